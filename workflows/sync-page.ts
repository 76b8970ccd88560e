import { condition, defineSignal, isCancellation, log, setHandler } from '@temporalio/workflow';
import { pausePageSignal, type BatchRef, type PageRef, type PageEnd, type FailureReason } from '../domain/contract.ts';
import { database, recognition, transfer } from './activity-options.ts';
import { failureOf, failureReason, isFatal } from './failure-reason.ts';

/**
 * Batches of one page that run concurrently: waits for the vendor and the embedder overlap, and staged bytes stay
 * bounded. A feed's changes often fit on one page, which then has the whole worker to itself.
 */
const batchConcurrency = 8;

export const pausePage = defineSignal<[boolean]>(pausePageSignal);

/**
 * Runs one page of items through the stages: diff, then download, transform and embed batch by batch; then the page is
 * counted.
 */
export async function syncPage(page: PageRef): Promise<PageEnd | null> {
  let paused = false;
  setHandler(pausePage, (isPaused) => {
    paused = isPaused;
  });
  const concurrency = page.isScans === true ? 1 : batchConcurrency;
  const { batches } = await database.diffPage(page);
  if (batches === 0) return null;
  const goOn = async (): Promise<void> => await condition(() => !paused);
  let next = 0;
  let fatal: FailureReason | null = null;
  const lane = async (): Promise<void> => {
    while (next < batches && fatal === null) fatal = (await syncBatch({ ...page, batch: next++ }, goOn)) ?? fatal;
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, batches) }, lane));
  if (fatal !== null) throw failureOf(fatal);
  return await database.closePage(page);
}

/**
 * A batch that cannot finish fails only its own items (P3).
 * @returns the reason why nothing else in this job can succeed, if there is one
 */
async function syncBatch(batch: BatchRef, goOn: () => Promise<void>): Promise<FailureReason | null> {
  try {
    const transform = batch.isScans === true ? recognition.transformBatch : transfer.transformBatch;
    for (const stage of [transfer.downloadBatch, transform, transfer.embedBatch]) {
      await goOn();
      await stage.executeWithOptions({ summary: `Batch ${batch.batch + 1}` }, [batch]);
    }
    return null;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const reason = failureReason(error);
    if (isFatal(reason)) return reason;
    log.warn('batch failed', { batch: batch.batch, code: reason.code });
    await database.failBatch({ ...batch, code: reason.code, message: reason.message });
    return null;
  }
}
