import { asUser } from '../db/access/as-user.ts';
import { recordPageEnd, failUnfinished, findPageEnd } from '../db/jobs/ledger.ts';
import { hasScans } from '../db/items/scans.ts';
import { removeItems } from '../db/items/removal.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { followVectorChanges } from './support/follow-vector-changes.ts';
import { withJobLease, activity } from './support/activity.ts';
import type { PageEnd, PageRef, FailedBatch } from '../domain/contract.ts';

/** Number of documents that one transaction deletes. */
const removalsPerTransaction = 200;

/** Removes deleted items, counts the page and drops the rows of unchanged items. @returns the outcomes of its items */
export const closePage = (deps: ActivityDependencies) =>
  activity(deps, async (ref: PageRef, { signal }): Promise<PageEnd> => await closeAndCount(deps, ref, signal));

/** See `closePage`. The last activity of a page with a single batch calls it. */
export async function closeAndCount(deps: ActivityDependencies, ref: PageRef, signal: AbortSignal): Promise<PageEnd> {
  await endPage(deps, ref, signal);
  return await asUser(deps.db, ref.userId, async (trx) => ({
    ...(await findPageEnd(trx, ref)),
    hasScans: await hasScans(trx, ref.jobId),
  }));
}

/** Ends the items of a batch that no attempt could finish. */
export const failBatch = (deps: ActivityDependencies) =>
  activity(deps, async (ref: FailedBatch): Promise<void> => {
    await withJobLease(deps, ref, (trx) => failUnfinished(trx, ref, ref));
  });

/** See `closePage`. It also ends a page without work. */
export async function endPage(deps: ActivityDependencies, ref: PageRef, signal: AbortSignal): Promise<void> {
  if (!ref.dryRun) {
    let removed: number;
    do {
      removed = await withJobLease(deps, ref, (trx) => removeItems(trx, ref, removalsPerTransaction));
      if (removed > 0) await followVectorChanges(deps, ref.userId, signal);
    } while (removed === removalsPerTransaction);
  }
  const counts = await withJobLease(deps, ref, (trx) => recordPageEnd(trx, ref, ref.dryRun));
  if (counts !== null && !ref.dryRun) deps.metrics.itemsEnded(counts);
}
