import { asUser } from '../db/as-user.ts';
import { closePage as close, failUnfinished, findPageEnd, type PageEnd } from '../db/ledger.ts';
import { forgetVectorDeletions, pendingVectorDeletions, removeItems } from '../db/removal.ts';
import type { ActivityDependencies, BatchRef, JobRef, PageRef } from './dependencies.ts';
import { asRunningJob, step } from './step.ts';

/** Documents one transaction deletes. */
const removalsPerTransaction = 200;
const vectorsPerDeletion = 1000;

/** Removes what is gone, counts the page and drops the rows of unchanged items. @returns what became of its items */
export const closePage = (deps: ActivityDependencies) =>
  step(deps, async (ref: PageRef): Promise<PageEnd> => {
    await endPage(deps, ref);
    return await asUser(deps.db, ref.userId, async (trx) => await findPageEnd(trx, ref));
  });

/** The items of a batch that no attempt could bring to an end. */
export const failBatch = (deps: ActivityDependencies) =>
  step(deps, async (ref: BatchRef & { readonly code: string; readonly message: string }): Promise<void> => {
    await asRunningJob(deps, ref, async (trx) => await failUnfinished(trx, ref, ref));
  });

/** See `closePage`; also what ends a page that had no work. */
export async function endPage(deps: ActivityDependencies, ref: PageRef): Promise<void> {
  if (!ref.dryRun) {
    let removed: number;
    do {
      removed = await asRunningJob(deps, ref, async (trx) => await removeItems(trx, ref, removalsPerTransaction));
      if (removed > 0) await dropUnusedVectors(deps, ref);
    } while (removed === removalsPerTransaction);
  }
  const counts = await asRunningJob(deps, ref, async (trx) => await close(trx, ref, ref.dryRun));
  if (counts !== null && !ref.dryRun) deps.metrics.itemsEnded(counts);
}

/** The vector index follows what was deleted in Postgres; what a kill leaves behind, the next call finds. */
export async function dropUnusedVectors(deps: ActivityDependencies, job: Pick<JobRef, 'userId'>): Promise<void> {
  for (;;) {
    const hashes = await asUser(
      deps.db,
      job.userId,
      async (trx) => await pendingVectorDeletions(trx, vectorsPerDeletion),
    );
    if (hashes.length === 0) return;
    await deps.vectors.deleteUnused(job.userId, hashes);
    await asUser(deps.db, job.userId, async (trx) => await forgetVectorDeletions(trx, hashes));
  }
}
