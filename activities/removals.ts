import type { UserTransaction } from '../db/access/as-user.ts';
import { findApplicable } from '../db/documents/transformations.ts';
import { areAllClosed, findPageKind } from '../db/items/listing.ts';
import { completeCandidates, countCandidates, recordSweepPage } from '../db/items/removal-candidates.ts';
import { hasRetries } from '../db/items/retries.ts';
import { findUnlistedOutside } from '../db/items/selection.ts';
import { hasStale } from '../db/items/stale.ts';
import { findJob, findSyncSource, haveContainersChanged, noteProgress } from '../db/jobs/job-lifecycle.ts';
import { recordJobEvent } from '../db/webhooks/webhook-outbox.ts';
import type { FoundRemovals, JobRef, PageEnd, PageRef, SweepPlan } from '../domain/contract.ts';
import { mustApprove } from '../domain/guard.ts';
import { comparePage } from './diff-page.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import type { ActivityContext, ActivityTransactions } from './support/activity.ts';
import { notifyWebhooks } from './support/notify-webhooks.ts';
import { selectionOf } from './support/selection.ts';

/** See `findRemovals`. If nothing comes before the removals, they are planned as well. */
export async function removalsOf(
  deps: ActivityDependencies,
  ref: JobRef,
  { withJobLease }: ActivityTransactions,
): Promise<FoundRemovals> {
  return await noted(deps, ref, await withJobLease((trx) => find(deps, trx, ref)));
}

/**
 * Finds the removals for the activity that lists the last page. @returns null if an earlier page has not ended
 */
export async function removalsIfIdle(
  deps: ActivityDependencies,
  ref: JobRef,
  { withJobLease }: ActivityTransactions,
): Promise<FoundRemovals | null> {
  const found = await withJobLease(async (trx) => ((await areAllClosed(trx, ref)) ? await find(deps, trx, ref) : null));
  return found === null ? null : await noted(deps, ref, found);
}

/** Number of removals that the activity which finds them also carries out. */
const fewRemovals = 200;

/**
 * Finds the removals for the activity that ends the only page of a job, and also removes them, as one more page, if they
 * are few and nobody has to approve them. If items of the page failed, the job may stop instead, so it decides.
 */
export async function removalsAfter(
  deps: ActivityDependencies,
  ref: PageRef,
  { failure }: PageEnd,
  context: ActivityContext,
): Promise<FoundRemovals | null> {
  const sweep = { ...ref, page: ref.page + 1 };
  const found = await context.withJobLease(async (trx): Promise<FoundRemovals | null> => {
    // An earlier attempt of this activity may have come so far.
    if ((await findPageKind(trx, sweep)) === 'sweep') return alreadySwept;
    if (!(await areAllClosed(trx, ref))) return null;
    const candidates = await find(deps, trx, ref);
    const { plan } = candidates;
    if (failure !== null || plan === undefined || plan.needsApproval || plan.removals > fewRemovals) return candidates;
    await recordSweepPage(trx, sweep, fewRemovals);
    return { ...candidates, isSwept: true };
  });
  if (found?.isSwept === true) await comparePage(deps, sweep, context);
  return found === null ? null : await noted(deps, ref, found);
}

/** The result if the last page of removals has been removed already. */
const alreadySwept: FoundRemovals = { removals: 0, toConfirm: 0, hasRetries: false, hasStale: false, isSwept: true };

async function noted(deps: ActivityDependencies, ref: JobRef, found: FoundRemovals): Promise<FoundRemovals> {
  if (found.plan?.needsApproval === true) await notifyWebhooks(deps, ref.userId);
  return found;
}

async function find(deps: ActivityDependencies, trx: UserTransaction, ref: JobRef): Promise<FoundRemovals> {
  const job = await findJob(trx, ref.jobId);
  if (job?.mode === 'full' && !job.listingComplete)
    await noteProgress(trx, ref.jobId, { sweepSkipped: 'The listing was not complete, so nothing was removed.' });
  const source = await findSyncSource(trx, ref.dataSourceId);
  const connector = source === undefined ? undefined : deps.connectorFor(source);
  const selection = source === undefined || connector === undefined ? undefined : selectionOf(connector, source, job);
  if (selection !== undefined)
    await findUnlistedOutside(trx, { ...ref, dryRun: false }, selection, await haveContainersChanged(trx, ref.jobId));
  await completeCandidates(trx, { ...ref, dryRun: false });
  const { removals, open } = await countCandidates(trx, ref.jobId, ref.dataSourceId);
  const { hash } = source === undefined ? { hash: '' } : await findApplicable(trx, source.sourceType);
  const found = {
    removals,
    toConfirm: connector?.lookUpBatchSize === undefined ? 0 : open,
    hasRetries: await hasRetries(trx, ref),
    hasStale: source !== undefined && (await hasStale(trx, ref, hash)),
  };
  const isNext = removals > 0 && found.toConfirm === 0 && !found.hasRetries && !found.hasStale;
  return isNext ? { ...found, plan: await recordPlan(trx, ref) } : found;
}

/** Counts the removals, and records that a person must approve them if they are many. */
export async function recordPlan(trx: UserTransaction, ref: JobRef): Promise<SweepPlan> {
  const job = await findJob(trx, ref.jobId);
  const { removals, losses, aged, known } = await countCandidates(trx, ref.jobId, ref.dataSourceId);
  const source = await findSyncSource(trx, ref.dataSourceId);
  const configChanged = source !== undefined && source.configChangedAt !== null && job?.mode === 'full';
  const needsApproval = mustApprove({ losses, aged, known }, configChanged);
  // A job that continues in a new run removes the rest without asking again, if a decision was made.
  const isDecided = ['approve', 'keep'].includes(job?.progressData.removals?.decision ?? '');
  if (needsApproval && !isDecided) {
    await noteProgress(trx, ref.jobId, {
      removals: { count: removals, of: known, decision: 'waiting', configChanged },
    });
    await recordJobEvent(trx, ref.jobId, 'job.held');
  }
  return { removals, known, needsApproval };
}
