import { asUser } from '../db/as-user.ts';
import {
  closeJob as close,
  endUnfinished,
  findJob,
  findJobCounts,
  haveContainersChanged,
  type JobEnd,
  noteProgress,
} from '../db/job-lifecycle.ts';
import { applyRules } from '../db/assignment-rules.ts';
import { recomputePaths } from '../db/paths.ts';
import { computePlan } from '../db/plan.ts';
import { sweepContainers } from '../db/removal.ts';
import type { Fate } from '../domain/contract.ts';
import { removalsNeedApproval } from '../domain/guard.ts';
import { dropUnusedVectors } from './close-page.ts';
import type { ActivityDependencies, JobRef } from './dependencies.ts';
import { step } from './step.ts';

export interface CloseJobInput extends JobRef, JobEnd {
  /** The sweep ran (or had nothing to do): containers that were not seen go too. */
  readonly swept: boolean;
}

/** How it ended, and the counts that go into the report of the Web UI. */
export interface ClosedJob extends JobEnd {
  readonly counts: Readonly<Record<Fate | 'found', number>> | null;
}

/** Ends the job: totals from the ledger, the checkpoint, the source's state. Repeating it changes nothing. */
export const closeJob = (deps: ActivityDependencies) =>
  step(deps, async (ref: CloseJobInput): Promise<ClosedJob> => {
    await dropUnusedVectors(deps, ref);
    const end = await asUser(deps.db, ref.userId, async (trx) => {
      const job = await findJob(trx, ref.jobId);
      if (job === undefined) return ref;
      if (job.dryRun) await noteProgress(trx, ref.jobId, { plan: await computePlan(trx, job, planOptions(deps)) });
      else {
        if (ref.swept) await sweepContainers(trx, ref.jobId, ref.dataSourceId);
        if (await haveContainersChanged(trx, ref.jobId)) {
          await recomputePaths(trx, ref.dataSourceId);
          await applyRules(trx, ref.dataSourceId);
        }
        if (ref.status !== 'completed') await endUnfinished(trx, ref.jobId, unfinishedReason(ref));
      }
      return await close(trx, job, ref);
    });
    await deps.staging.deleteJob(ref.jobId);
    const counts = await asUser(deps.db, ref.userId, async (trx) => await findJobCounts(trx, ref.jobId));
    const { status, errorCode } = end;
    deps.logger.info({ jobId: ref.jobId, dataSourceId: ref.dataSourceId, status, errorCode, ...counts }, 'job ended');
    return { status, errorCode, errorMessage: end.errorMessage, counts };
  });

function planOptions(deps: ActivityDependencies) {
  return { dollarsPerMillionTokens: deps.embedder.dollarsPerMillionTokens, needsApproval: removalsNeedApproval };
}

function unfinishedReason(end: JobEnd) {
  return end.status === 'cancelled'
    ? { code: 'cancelled', message: 'The job was cancelled before this item; the next sync takes it up.' }
    : { code: 'job_failed', message: 'The job ended before this item; the next sync takes it up.' };
}
