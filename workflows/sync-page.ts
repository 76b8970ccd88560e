import { ApplicationFailure, isCancellation, log } from '@temporalio/workflow';
import type { BatchRef, PageRef } from '../activities/dependencies.ts';
import { database, transfer } from './activity-options.ts';
import { failureReason, isFatal } from './failure-reason.ts';

/** Batches of one page under way at once: waiting for the vendor and for the embedder overlap, staged bytes stay bounded. */
const parallelBatches = 4;

/** One page of items through the stages: diff, then batch by batch download, transform, embed; then the page is counted. */
export async function syncPage(page: PageRef): Promise<void> {
  const { batches } = await database.diffPage(page);
  if (batches === 0) return;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < batches) await syncBatch({ ...page, batch: next++ });
  };
  await Promise.all(Array.from({ length: Math.min(parallelBatches, batches) }, lane));
  await database.closePage(page);
}

/** A batch that cannot be brought to an end fails its own items and no others (P3). */
async function syncBatch(batch: BatchRef): Promise<void> {
  try {
    await transfer.downloadBatch(batch);
    await transfer.transformBatch(batch);
    await transfer.embedBatch(batch);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const reason = failureReason(error);
    if (isFatal(reason))
      throw ApplicationFailure.create({ type: reason.code, message: reason.message, nonRetryable: true });
    log.warn('batch failed', { batch: batch.batch, code: reason.code });
    await database.failBatch({ ...batch, ...reason });
  }
}
