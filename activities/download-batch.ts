import pLimit from 'p-limit';
import type { Connector } from '../sources/connectors/connector.ts';
import { inHalves } from '../db/access/halves.ts';
import { putAside } from '../db/items/scans.ts';
import {
  type DownloadedItem,
  finishIdenticalContent,
  type ItemProblem,
  type LedgerItem,
  recordDownloads,
  recordProblems,
} from '../db/jobs/ledger.ts';
import type { StagingWriter } from '../content/staging/staging.ts';
import { wordsOf } from '../content/words/words.ts';
import { isLimit, SyncError, toSyncError } from '../domain/errors.ts';
import { maxAttemptsPerItem, maxRefusedAttempts } from '../domain/retry-policy.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { askOnce, classifyItemError, confirmSignIn, maxRetry } from './support/item-errors.ts';
import { endRefused } from './support/refused.ts';
import { inParts } from './support/parts.ts';
import { loadBatch } from './support/load-batch.ts';
import { recordSkips } from './support/skip-before-download.ts';
import { activity, type ActivityContext, type ActivityTransactions } from './support/activity.ts';
import type { BatchRef } from '../domain/contract.ts';
import type { Content } from '../domain/source.ts';

/** Number of concurrent downloads in one batch. */
const downloadConcurrency = 16;
/** The size that is assumed for an item of unknown size (a native document): the vendor's export limit. */
const assumedBytes = 10 * 1024 * 1024;

/**
 * Downloads the remaining items of the batch into staging. A bad item ends with its reason; only a wait makes the
 * activity repeat.
 */
export const downloadBatch = (deps: ActivityDependencies) =>
  activity(deps, async (ref: BatchRef, context): Promise<void> => {
    const { items, source, applicable } = await loadBatch(context, ref, 'planned');
    const wanted = await recordSkips(deps, ref, source, applicable, items, context);
    const left = await putPicturesAside(deps, ref, wanted, context);
    if (left.length === 0) return;
    const staged = deps.staging.writeTo(ref);
    const batch = { deps, ref, staged, transformationsHash: applicable.hash, context };
    const connector = deps.connectorFor(source);
    const repeat: SyncError[] = [];
    // A reader starts while the first files are fetched.
    deps.prepare();
    const others = await withoutRefused(batch, connector, left);
    await inParts(deps, ref, context, others, async (part) => {
      const results = await downloadAll(batch, connector, part);
      await saveDownloads(batch, results);
      repeat.push(...results.repeat);
    });
    const again = maxRetry(repeat);
    if (again !== undefined) throw again;
  });

/** Pictures are recognized after all other items, so they are not downloaded before that. @returns the other items */
async function putPicturesAside(
  deps: ActivityDependencies,
  ref: BatchRef,
  items: readonly LedgerItem[],
  { withJobLease }: ActivityTransactions,
): Promise<readonly LedgerItem[]> {
  const pictures = ref.isScans === true ? [] : items.filter((item) => deps.isPicture(item.ref));
  if (pictures.length === 0) return items;
  const ids = pictures.map((item) => item.ref.externalId);
  await withJobLease((trx) => putAside(trx, ref, ids));
  return items.filter((item) => !pictures.includes(item));
}

/**
 * A limit that a vendor applies to one item looks like one of the account, and would hold the job for ever. After some
 * refused attempts, the account is asked first and then the next item alone: what is refused then concerns only that
 * item, and is left to a later job.
 * @returns the items that are left
 * @throws SyncError if the account itself is limited
 */
async function withoutRefused(
  batch: Batch,
  connector: Connector,
  items: readonly LedgerItem[],
): Promise<readonly LedgerItem[]> {
  const [first, ...others] = items;
  if (batch.context.attempt <= maxRefusedAttempts || first === undefined) return items;
  await connector.check(batch.context.signal);
  const results = await downloadAll({ ...batch, isAlone: true }, connector, [first]);
  await saveDownloads(batch, results);
  const again = maxRetry(results.repeat);
  if (again !== undefined) throw again;
  return others;
}

interface DownloadResults {
  readonly downloaded: readonly DownloadedItem[];
  readonly problems: readonly ItemProblem[];
  readonly repeat: readonly SyncError[];
}

/** One attempt at a batch. */
interface Batch {
  readonly deps: ActivityDependencies;
  readonly ref: BatchRef;
  readonly staged: StagingWriter;
  readonly transformationsHash: string;
  readonly context: ActivityContext;
  /** Set if the account has just answered, so that a limit concerns the one item that is requested. */
  readonly isAlone?: boolean;
}

async function downloadAll(batch: Batch, connector: Connector, items: readonly LedgerItem[]): Promise<DownloadResults> {
  const { attempt, signal } = batch.context;
  const downloaded: DownloadedItem[] = [];
  const problems: ItemProblem[] = [];
  const repeat: SyncError[] = [];
  const limit = pLimit(downloadConcurrency);
  const checkSignIn = askOnce(() => connector.check(signal));
  const settled = await Promise.allSettled(
    items.map((item) =>
      limit(async () => {
        // Once the vendor limits the rate, further calls would only extend the limit.
        if (repeat.some((error) => error.kind !== 'unavailable')) return;
        try {
          downloaded.push(await downloadOne(batch, connector, item));
        } catch (thrown) {
          signal.throwIfAborted();
          const error = batch.isAlone === true ? asLimitOfItem(thrown) : thrown;
          await confirmSignIn(error, 'item', checkSignIn);
          const outcome = classifyItemError(item.ref.externalId, error, attempt);
          if ('end' in outcome) problems.push({ ...outcome.end, isInDoubt: isUnknownToVendor(connector, error) });
          else repeat.push(outcome.repeat);
        }
      }),
    ),
  );
  const stop = settled.find((result) => result.status === 'rejected');
  if (stop !== undefined) {
    if (!signal.aborted) await saveDownloads(batch, { downloaded, problems, repeat });
    throw stop.reason;
  }
  return { downloaded, problems, repeat };
}

function asLimitOfItem(thrown: unknown): unknown {
  const error = toSyncError(thrown);
  if (!isLimit(error)) return thrown;
  const { kind, code, message, operatorMessage, retryAfterMs } = error;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new SyncError(kind, { code, message, operatorMessage, scope: 'item', ...wait });
}

/** Whether the vendor says that the item does not exist, and can be asked by a look-up whether that is so. */
function isUnknownToVendor(connector: Connector, error: unknown): boolean {
  return connector.lookUpBatchSize !== undefined && toSyncError(error).kind === 'not_found';
}

async function downloadOne(batch: Batch, connector: Connector, item: LedgerItem): Promise<DownloadedItem> {
  const { deps, ref, staged, context } = batch;
  const weight = Math.min(item.ref.size ?? assumedBytes, deps.maxItemBytes);
  using _bytes = await deps.bytesInFlight.acquire(weight, context.signal, ref.userId);
  const content = await fetchInTime(batch, connector, item);
  const contentHash = await staged.put(content.bytes);
  return {
    externalId: item.ref.externalId,
    contentHash,
    contentMimeType: deps.mediaTypeOf(content.mimeType, item.ref.name),
    bytes: content.bytes.byteLength,
    fingerprint: content.fingerprint?.value ?? null,
    notes: content.notes ?? [],
  };
}

/** @throws SyncError `no_answer` for an item whose bytes arrive so slowly that it would hold all others */
async function fetchInTime(
  { deps, context: { signal, attempt } }: Batch,
  connector: Connector,
  item: LedgerItem,
): Promise<Content> {
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), deps.downloadTimeoutMs);
  try {
    return await connector.fetch(item.ref, AbortSignal.any([signal, tooLate.signal]), attempt >= maxAttemptsPerItem);
  } catch (error) {
    signal.throwIfAborted();
    throw tooLate.signal.aborted ? tooSlow(deps.downloadTimeoutMs) : error;
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(ms: number): SyncError {
  return new SyncError('unavailable', {
    code: 'no_answer',
    scope: 'item',
    message: `The file arrived too slowly to be complete within ${Math.ceil(ms / 60_000)} minutes. It is downloaded again automatically.`,
  });
}

async function saveDownloads(
  { deps, ref, staged, transformationsHash, context }: Batch,
  results: DownloadResults,
): Promise<void> {
  await staged.flush();
  const refused = await inHalves(results.downloaded, async (part) => {
    await context.withJobLease(async (trx) => {
      await recordDownloads(trx, ref, part);
      await recordProblems(trx, ref, results.problems);
      await finishIdenticalContent(trx, ref, { pipelineVersion: deps.pipelineVersion, transformationsHash, wordsOf });
    });
  });
  await endRefused(deps, ref, refused, context);
}
