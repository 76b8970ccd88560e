import { activityInfo } from '@temporalio/activity';
import type { UserTransaction } from '../db/access/as-user.ts';
import { lockJob } from '../db/jobs/job-lease.ts';
import {
  recordJobEnd,
  endUnfinished,
  findJob,
  findJobCounts,
  findSyncSource,
  haveContainersChanged,
  type JobRow,
  noteProgress,
  type SyncSource,
} from '../db/jobs/job-lifecycle.ts';
import { dropDeadVersions } from '../db/documents/versions.ts';
import { hasUnfinishedJobs } from '../db/jobs/unfinished-jobs.ts';
import { applyRules, hasRules } from '../db/documents/assignment-rules.ts';
import { forgetOldDeletions } from '../db/documents/changes.ts';
import { forgetUnusedPages } from '../db/documents/recognized-pages.ts';
import { countJobGaps } from '../db/items/gaps.ts';
import { recomputePaths } from '../db/items/paths.ts';
import { findUnlistedOutside, forgetPlanContainers, recordPlannedPaths } from '../db/items/selection.ts';
import { computePlan } from '../db/jobs/plan.ts';
import {
  completeCandidates,
  forgetCandidates,
  listPlannedRemovals,
  sweepContainers,
} from '../db/items/removal-candidates.ts';
import { findSpaces } from '../db/vectors/vector-spaces.ts';
import {
  workflowIds,
  workflowTypes,
  type JobEnd,
  type CloseJobInput,
  type ClosedJob,
  type UserRef,
} from '../domain/contract.ts';
import { mustApprove, type RemovalCounts } from '../domain/guard.ts';
import type { VectorSpace } from '../domain/vectors.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { followVectorChanges } from './support/follow-vector-changes.ts';
import { activity, transactionsOf } from './support/activity.ts';
import { notifyWebhooks } from './support/notify-webhooks.ts';
import { selectionOf } from './support/selection.ts';
import type { ErrorCode } from '../domain/error-codes.ts';

/** Ends the job: totals from the ledger, the checkpoint, the source's state. Repeating it changes nothing. */
export const closeJob = (all: ActivityDependencies) =>
  activity(all, async (ref: CloseJobInput, given): Promise<ClosedJob> => {
    // A cancellation takes effect even if other jobs use every connection.
    const deps = ref.status === 'cancelled' ? { ...all, db: all.reserve } : all;
    const context = { ...given, ...transactionsOf(deps, ref, given.signal) };
    const { asUser } = context;
    if (ref.status === 'completed') await asUser((trx) => clearAfterStopped(trx, ref));
    // A cancelled job ends even while a vector store does not answer: what is pending is left to the next job.
    if (ref.status !== 'cancelled') await followVectorChanges(deps, ref.userId, context, 'wait');
    while (await asUser((trx) => correctSomePaths(trx, ref)));
    const end = await asUser(async (trx) => {
      // The job is locked before all other rows, like in the other activities. Otherwise the two could deadlock.
      await lockJob(trx, ref.jobId);
      const job = await findJob(trx, ref.jobId);
      if (job === undefined) return ref;
      // An earlier attempt ended it. What belongs to the job is no longer its own: the next job may have the source.
      const earlier = endOf(job);
      if (earlier !== null) return earlier;
      if (job.dryRun) {
        const source = await findSyncSource(trx, ref.dataSourceId);
        if (source !== undefined) await findOutsidePlan(deps, trx, ref, source, job);
        await completeCandidates(trx, { ...ref, dryRun: true });
        await noteProgress(trx, ref.jobId, { plan: await computePlan(trx, job, planOptions(deps, source, job)) });
        await listPlannedRemovals(trx, ref);
        await recordPlannedPaths(trx, { ...ref, dryRun: true });
      } else {
        if (ref.swept) {
          await sweepContainers(trx, ref);
          await forgetUnusedPages(trx);
        }
        if (await haveContainersChanged(trx, ref.jobId)) {
          await recomputePaths(trx, ref.dataSourceId, null);
          if (await hasRules(trx, ref.dataSourceId)) await applyRules(trx, ref.dataSourceId);
        }
        if (ref.status !== 'completed') await endUnfinished(trx, ref.jobId, unfinishedReason(ref));
      }
      await forgetCandidates(trx, ref.jobId);
      await forgetPlanContainers(trx, ref.jobId);
      return await recordJobEnd(trx, job, ref);
    });
    await notifyWebhooks(deps, ref.userId);
    await deps.staging.deleteJob(ref.jobId);
    const { counts, gaps, spaces } = await asUser(async (trx) => {
      await forgetOldDeletions(trx, ref.userId);
      return {
        counts: await findJobCounts(trx, ref.jobId),
        gaps: await countJobGaps(trx, ref.jobId),
        spaces: await findSpaces(trx, 'live'),
      };
    });
    const { status, errorCode } = end;
    deps.logger.info(
      { jobId: ref.jobId, dataSourceId: ref.dataSourceId, status, errorCode, gaps, ...counts },
      'job ended',
    );
    await maintainVectorIndex(deps, ref.userId, spaces[0]);
    return { status, errorCode, errorMessage: end.errorMessage, counts, gaps };
  });

/**
 * A renamed folder may contain everything. At the end of a transaction, changes of paths enter the feed of changes one by
 * one, and whatever else changes the user's documents waits for that.
 */
const pathsPerStep = 5000;

/** Corrects paths in containers that were renamed or moved. @returns whether more may be left */
async function correctSomePaths(trx: UserTransaction, ref: CloseJobInput): Promise<boolean> {
  // Few jobs meet one, so this comes before the lock.
  if (!(await haveContainersChanged(trx, ref.jobId))) return false;
  await lockJob(trx, ref.jobId);
  const job = await findJob(trx, ref.jobId);
  if (job === undefined || job.dryRun || endOf(job) !== null) return false;
  return (await recomputePaths(trx, ref.dataSourceId, pathsPerStep)) === pathsPerStep;
}

/** Returns how the job has ended; null while it has not. */
function endOf({ status, errorCode, errorMessage }: JobRow): JobEnd | null {
  return status === 'pending' || status === 'running' ? null : { status, errorCode, errorMessage };
}

/** Deletes what jobs that were stopped have written and no later job has used. */
async function clearAfterStopped(trx: UserTransaction, ref: CloseJobInput): Promise<void> {
  // Few jobs follow one that was stopped, so this comes before the lock.
  if (!(await hasUnfinishedJobs(trx, ref.dataSourceId))) return;
  await lockJob(trx, ref.jobId);
  const job = await findJob(trx, ref.jobId);
  if (job?.status === 'running' && !job.dryRun) await dropDeadVersions(trx, ref);
}

/**
 * Building an index keeps the database's cores busy for seconds to minutes. Jobs often follow a first sync at once: the
 * changes that happened meanwhile, the user's next source.
 */
const buildDelay = '30 seconds';

/**
 * Starts a workflow that builds an index for a tenant that has grown large. It is separate because it takes minutes.
 */
async function maintainVectorIndex(
  deps: ActivityDependencies,
  userId: string,
  live: VectorSpace | undefined,
): Promise<void> {
  if (live === undefined || !(await deps.annIndex.isDue(userId, live))) return;
  await deps.temporal.workflow.start(workflowTypes.maintainVectorIndex, {
    taskQueue: activityInfo().taskQueue,
    workflowId: workflowIds.maintainVectorIndex(userId),
    args: [{ userId } satisfies UserRef],
    workflowIdConflictPolicy: 'USE_EXISTING',
    startDelay: buildDelay,
    staticSummary: 'Builds the vector index of a large tenant',
  });
}

/** A plan that lists a moved folder finds what is in it now, like the sync that follows it. */
async function findOutsidePlan(
  deps: ActivityDependencies,
  trx: UserTransaction,
  ref: CloseJobInput,
  source: SyncSource,
  job: JobRow,
): Promise<void> {
  const selection = selectionOf(deps.connectorFor(source), source, job);
  if (selection !== undefined && ref.status === 'completed')
    await findUnlistedOutside(trx, { ...ref, dryRun: true }, selection, true);
}

function planOptions(deps: ActivityDependencies, source: SyncSource | undefined, job: JobRow) {
  const configChanged = source !== undefined && source.configChangedAt !== null && job.mode === 'full';
  return {
    dollarsPerMillionTokens: deps.embedder.dollarsPerMillionTokens,
    needsApproval: (counts: RemovalCounts) => mustApprove(counts, configChanged),
  };
}

function unfinishedReason(end: JobEnd): { readonly code: ErrorCode; readonly message: string } {
  return end.status === 'cancelled'
    ? {
        code: 'cancelled',
        message: 'The job was cancelled before this item was processed. The next sync will process it.',
      }
    : { code: 'job_failed', message: 'The job ended before this item was processed. The next sync will process it.' };
}
