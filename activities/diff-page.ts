import { findJob, findSyncSource } from '../db/jobs/job-lifecycle.ts';
import { planPage } from '../db/items/diff.ts';
import { findPageKind } from '../db/items/listing.ts';
import { findApplicable } from '../db/documents/transformations.ts';
import { wordsOf } from '../content/words/words.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { endPage } from './close-page.ts';
import { activity, type ActivityContext } from './support/activity.ts';
import type { PageRef, PageWork } from '../domain/contract.ts';

/**
 * Number of items that one download, transform or embed activity handles; for scans one, because each takes as long as
 * a batch of other items.
 */
const batchSize = 200;

/** Decides what to do with each item of the page. A page without work ends here. */
export const diffPage = (deps: ActivityDependencies) =>
  activity(deps, (ref: PageRef, context): Promise<PageWork> => comparePage(deps, ref, context));

/** See `diffPage`. Listing activities call it for a last page. */
export async function comparePage(
  deps: ActivityDependencies,
  ref: PageRef,
  context: ActivityContext,
): Promise<PageWork> {
  const batches = await context.withJobLease(async (trx) => {
    const job = await findJob(trx, ref.jobId);
    const source = await findSyncSource(trx, ref.dataSourceId);
    const kind = await findPageKind(trx, ref);
    return await planPage(trx, {
      ...ref,
      batchSize: ref.isScans === true ? 1 : batchSize,
      force: job?.mode === 'manual' && (kind === 'manual' || kind === 'retry'),
      isStalePage: kind === 'stale',
      wordsOf,
      transformationsHash: source === undefined ? '' : (await findApplicable(trx, source.sourceType)).hash,
    });
  });
  if (batches === 0 || ref.dryRun) {
    await endPage(deps, ref, context);
    return { batches: 0 };
  }
  return { batches };
}
