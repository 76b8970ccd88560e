import { condition, defineSignal, isCancellation, log, setHandler } from '@temporalio/workflow';
import {
  pausePageSignal,
  type BatchRef,
  type PageInput,
  type PageEnd,
  type FailureReason,
} from '../domain/contract.ts';
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
 * counted. A small page was compared when it was listed, and is counted by the last activity of its only batch.
 */
export async function syncPage({ batches: compared, ...page }: PageInput): Promise<PageEnd | null> {
  let paused = false;
  setHandler(pausePage, (isPaused) => {
    paused = isPaused;
  });
  const concurrency = page.isScans === true ? 1 : batchConcurrency;
  const { batches } = compared === undefined ? await database.diffPage(page) : { batches: compared };
  if (batches === 0) return null;
  const goOn = async (): Promise<void> => await condition(() => !paused);
  let next = 0;
  let fatal: FailureReason | null = null;
  let end: PageEnd | null = null;
  const lane = async (): Promise<void> => {
    while (next < batches && fatal === null) {
      const batch = { ...page, batch: next++, ...(batches === 1 ? { endsPage: true as const } : {}) };
      const ended = await syncBatch(batch, goOn);
      if (ended.fatal !== null) fatal ??= ended.fatal;
      end = ended.page;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, batches) }, lane));
  if (fatal !== null) throw failureOf(fatal);
  return end ?? (await database.closePage(page));
}

interface BatchEnd {
  /** The reason why nothing else in this job can succeed, if there is one. */
  readonly fatal: FailureReason | null;
  /** The outcomes of the page, if it ended with this batch. */
  readonly page: PageEnd | null;
}

const nothingElse: BatchEnd = { fatal: null, page: null };

/** A batch that cannot finish fails only its own items (P3). */
async function syncBatch(batch: BatchRef, goOn: () => Promise<void>): Promise<BatchEnd> {
  try {
    const summary = `Batch ${batch.batch + 1}`;
    const transform = batch.isScans === true ? recognition.transformBatch : transfer.transformBatch;
    for (const stage of [transfer.downloadBatch, transform]) {
      await goOn();
      await stage.executeWithOptions({ summary }, [batch]);
    }
    await goOn();
    // Workers of the first release return nothing.
    const page: PageEnd | null | undefined = await transfer.embedBatch.executeWithOptions({ summary }, [batch]);
    return { fatal: null, page: page ?? null };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const reason = failureReason(error);
    if (isFatal(reason)) return { fatal: reason, page: null };
    log.warn('batch failed', { batch: batch.batch, code: reason.code });
    await database.failBatch({ ...batch, code: reason.code, message: reason.message });
    return nothingElse;
  }
}
