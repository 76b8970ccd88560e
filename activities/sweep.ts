import { findJob, noteProgress } from '../db/jobs/job-lifecycle.ts';
import { countUnseen, recordSweepPage } from '../db/items/removal.ts';
import { recordJobEvent } from '../db/webhooks/webhook-outbox.ts';
import type { RemovalDecision, JobRef, SweepPlan } from '../domain/contract.ts';
import { removalsNeedApproval } from '../domain/guard.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { listOwn } from './list-page.ts';
import { asRunningJob, step } from './support/step.ts';
import { tellWebhooks } from './support/tell-webhooks.ts';

const notProven: SweepPlan = { proven: false, removals: 0, known: 0, needsApproval: false };

/** What the complete listing did not show, and whether a person must be asked before it goes. */
export const planSweep = (deps: ActivityDependencies) =>
  step(deps, async (ref: JobRef): Promise<SweepPlan> => {
    const planned = await asRunningJob(deps, ref, async (trx) => {
      const job = await findJob(trx, ref.jobId);
      if (job?.mode !== 'full') return notProven;
      if (!job.listingComplete) {
        await noteProgress(trx, ref.jobId, { sweepSkipped: 'The listing was not complete, so nothing was removed.' });
        return notProven;
      }
      const { unseen, known } = await countUnseen(trx, ref.jobId, ref.dataSourceId);
      const needsApproval = removalsNeedApproval(unseen, known);
      // A job that goes on in a new run plans what is left of removals that were decided about.
      const isDecided = ['approve', 'keep'].includes(job.progressData.removals?.decision ?? '');
      if (needsApproval && !isDecided) {
        await noteProgress(trx, ref.jobId, { removals: { count: unseen, of: known, decision: 'waiting' } });
        await recordJobEvent(trx, ref.jobId, 'job.held');
      }
      return { proven: true, removals: unseen, known, needsApproval };
    });
    if (planned.needsApproval) await tellWebhooks(deps, ref.userId);
    return planned;
  });

/** Writes down what a person decided about a held sweep. */
export const recordDecision = (deps: ActivityDependencies) =>
  step(deps, async (ref: JobRef & SweepPlan & { readonly decision: RemovalDecision }): Promise<void> => {
    await asRunningJob(
      deps,
      ref,
      async (trx) =>
        await noteProgress(trx, ref.jobId, {
          removals: { count: ref.removals, of: ref.known, decision: ref.decision },
        }),
    );
  });

/** Unseen items, as one more page to remove. */
export const listSweep = (deps: ActivityDependencies) => listOwn(deps, recordSweepPage);
