import { asUser } from '../db/as-user.ts';
import {
  findBatchItems,
  type ItemProblem,
  type LedgerItem,
  recordProblems,
  recordTransformed,
  type TransformedItem,
} from '../db/ledger.ts';
import type { SyncError } from '../domain/errors.ts';
import type { ActivityDependencies, BatchRef } from './dependencies.ts';
import { judgeItem, worstOf } from './item-problem.ts';
import { asRunningJob, step } from './step.ts';

/** Extracted text is rarely larger than twice the bytes it came from; both are in memory together. */
const weightFactor = 3;

/** Staged bytes become staged text and chunks. The database sees the text once, when the version is written. */
export const transformBatch = (deps: ActivityDependencies) =>
  step(deps, async (ref: BatchRef, { signal, attempt }): Promise<void> => {
    const items = await asUser(deps.db, ref.userId, async (trx) => await findBatchItems(trx, ref, 'downloaded'));
    if (items.length === 0) return;
    const transformed: TransformedItem[] = [];
    const problems: ItemProblem[] = [];
    const repeat: SyncError[] = [];
    await Promise.all(
      items.map(async (item) => {
        try {
          transformed.push(await transformOne(deps, ref, item, signal));
        } catch (error) {
          signal.throwIfAborted();
          const outcome = judgeItem(item.ref.externalId, error, attempt);
          if ('end' in outcome) problems.push(outcome.end);
          else repeat.push(outcome.repeat);
        }
      }),
    );
    await asRunningJob(deps, ref, async (trx) => {
      await recordTransformed(trx, ref, transformed);
      await recordProblems(trx, ref, problems);
    });
    const again = worstOf(repeat);
    if (again !== undefined) throw again;
  });

async function transformOne(
  deps: ActivityDependencies,
  ref: BatchRef,
  item: LedgerItem,
  signal: AbortSignal,
): Promise<TransformedItem> {
  using _bytes = await deps.bytesInFlight.acquire(weightFactor * (item.ref.size ?? deps.maxItemBytes / 10), signal);
  const bytes = await deps.staging.get(ref, item.contentHash ?? '');
  const extracted = await deps.extract(
    { bytes, mimeType: item.contentMimeType ?? 'application/octet-stream', name: item.ref.name },
    signal,
  );
  const extractedHash = await deps.staging.put(ref, new TextEncoder().encode(JSON.stringify(extracted)));
  return { externalId: item.ref.externalId, extractedHash };
}
