import type { UserTransaction } from '../db/access/as-user.ts';
import { recordPageEnd, failUnfinished, findPageEnd } from '../db/jobs/ledger.ts';
import { hasScans } from '../db/items/scans.ts';
import { removeItems } from '../db/items/removal.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { followVectorChanges } from './support/follow-vector-changes.ts';
import { activity, type ActivityContext } from './support/activity.ts';
import type { PageEnd, PageRef, FailedBatch } from '../domain/contract.ts';

/** Number of documents that one transaction deletes. */
const removalsPerTransaction = 200;

/** Removes deleted items, counts the page and drops the rows of unchanged items. @returns the outcomes of its items */
export const closePage = (deps: ActivityDependencies) =>
  activity(deps, (ref: PageRef, context): Promise<PageEnd> => endPage(deps, ref, context));

/** Ends the items of a batch that no attempt could finish. */
export const failBatch = (deps: ActivityDependencies) =>
  activity(deps, async (ref: FailedBatch, { withJobLease }): Promise<void> => {
    await withJobLease((trx) => failUnfinished(trx, ref, ref));
  });

/**
 * See `closePage`. The last activity of a page with a single batch calls it, and the one that compares a page without
 * work. The removals that are left and the end of the page are one transaction.
 */
export async function endPage(deps: ActivityDependencies, ref: PageRef, context: ActivityContext): Promise<PageEnd> {
  for (;;) {
    const { removed, counts, end } = await context.withJobLease(async (trx) => {
      const handled = ref.dryRun ? 0 : await removeItems(trx, ref, removalsPerTransaction);
      if (handled === removalsPerTransaction) return { removed: handled, counts: null, end: null };
      return { removed: handled, ...(await recordEnd(trx, ref)) };
    });
    if (counts !== null && !ref.dryRun) deps.metrics.itemsEnded(counts);
    if (removed > 0) await followVectorChanges(deps, ref.userId, context);
    if (end !== null) return end;
  }
}

async function recordEnd(trx: UserTransaction, ref: PageRef) {
  const counts = await recordPageEnd(trx, ref, ref.dryRun);
  return { counts, end: { ...(await findPageEnd(trx, ref)), hasScans: await hasScans(trx, ref.jobId) } };
}
