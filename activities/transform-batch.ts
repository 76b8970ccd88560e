import { inHalves } from '../db/access/halves.ts';
import { type SyncSource } from '../db/jobs/job-lifecycle.ts';
import {
  type ItemProblem,
  type LedgerItem,
  recordProblems,
  recordTransformed,
  type TransformedItem,
} from '../db/jobs/ledger.ts';
import { putAside } from '../db/items/scans.ts';
import { findOriginals } from '../db/documents/originals.ts';
import { type Applicable } from '../db/documents/transformations.ts';
import { userTag } from '../db/documents/word-index.ts';
import { SyncError } from '../domain/errors.ts';
import { endedItsReader, endsItsReader } from '../domain/reading.ts';
import type { ReadDocument } from '../domain/transformations.ts';
import type { StagingWriter } from '../content/staging/staging.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { loadBatch } from './support/load-batch.ts';
import { classifyItemError, maxRetry } from './support/item-errors.ts';
import { readScan } from './support/recognize.ts';
import { endRefused } from './support/refused.ts';
import { inParts } from './support/parts.ts';
import { factsOf, problemOf } from './support/skip-before-download.ts';
import { activity, type ActivityContext } from './support/activity.ts';
import type { BatchRef } from '../domain/contract.ts';

/** Extracted text is rarely larger than twice its bytes, and both are in memory together. */
const weightFactor = 3;
/** Number of stored texts that one statement loads: at most 5 million characters each, usually far fewer. */
const originalsPerQuery = 10;

/**
 * Turns staged bytes into staged text and chunks. The text is written to the database only once, with the new version.
 */
export const transformBatch = (deps: ActivityDependencies) =>
  activity(deps, (ref: BatchRef, context): Promise<void> => transformDownloaded(deps, ref, context));

/** See `transformBatch`. It also reads items again that another version of Headwater staged. */
export async function transformDownloaded(
  deps: ActivityDependencies,
  ref: BatchRef,
  context: ActivityContext,
): Promise<void> {
  const { items, source, applicable } = await loadBatch(context, ref, 'downloaded');
  if (items.length === 0) return;
  const repeat: SyncError[] = [];
  await inParts(deps, ref, context, items, async (part) => {
    const run: Run = {
      deps,
      ref,
      staged: deps.staging.writeTo(ref),
      source,
      applicable,
      context,
      transformed: [],
      problems: [],
      aside: [],
      repeat,
    };
    const [fetched, kept] = [true, false].map((isFetched) =>
      part.filter((item) => (item.contentHash !== null) === isFetched),
    );
    await Promise.all((fetched ?? []).map((item) => transformOne(run, item, () => readStaged(run, item))));
    await transformKept(run, kept ?? []);
    await saveTransformed(run);
  });
  const again = maxRetry(repeat);
  if (again !== undefined) throw again;
}

async function saveTransformed(run: Run): Promise<void> {
  const { deps, ref, staged, applicable, context, transformed, problems, aside } = run;
  await staged.flush();
  const refused = await inHalves(transformed, async (part) => {
    await context.withJobLease(async (trx) => {
      await recordTransformed(trx, ref, part, applicable.hash);
      await recordProblems(trx, ref, problems);
      await putAside(trx, ref, aside);
    });
  });
  await endRefused(deps, ref, refused, context);
}

/** One attempt at a batch, and the outcomes of its items so far. */
interface Run {
  readonly deps: ActivityDependencies;
  readonly ref: BatchRef;
  readonly staged: StagingWriter;
  readonly source: SyncSource;
  readonly applicable: Applicable;
  readonly context: ActivityContext;
  readonly transformed: TransformedItem[];
  readonly problems: ItemProblem[];
  /** Ids of items whose text has to be recognized after all other items. */
  readonly aside: string[];
  readonly repeat: SyncError[];
}

/** Transforms texts that are already stored, a limited number at a time. */
async function transformKept(run: Run, items: readonly LedgerItem[]): Promise<void> {
  for (let at = 0; at < items.length; at += originalsPerQuery) {
    const some = items.slice(at, at + originalsPerQuery);
    const ids = some.map((item) => item.documentId);
    const originals = await run.context.asUser((trx) => findOriginals(trx, ids));
    for (const item of some) {
      await transformOne(run, item, () => transformRead(run, item, originals.get(item.documentId)));
    }
  }
}

async function transformOne(run: Run, item: LedgerItem, transform: () => ReturnType<typeof readStaged>): Promise<void> {
  const { deps, ref, applicable } = run;
  const { signal, attempt } = run.context;
  try {
    using _turn = ref.isScans === true ? await deps.recognition?.turns.acquire(1, signal, ref.userId) : undefined;
    using _bytes = await deps.bytesInFlight.acquire(
      weightFactor * (item.ref.size ?? deps.maxItemBytes / 10),
      signal,
      ref.userId,
    );
    const result = await transform();
    if (result === null) {
      run.aside.push(item.ref.externalId);
      return;
    }
    if ('excluded' in result) {
      run.problems.push(...problemOf(item, result.excluded, applicable));
      return;
    }
    const extractedHash = await run.staged.put(result.staged);
    run.transformed.push({ externalId: item.ref.externalId, extractedHash });
  } catch (error) {
    signal.throwIfAborted();
    const outcome = classifyItemError(item.ref.externalId, error, attempt);
    if ('end' in outcome)
      run.problems.push({ ...restIfItEndsReaders(item, outcome.end), transformationsHash: applicable.hash });
    else run.repeat.push(outcome.repeat);
  }
}

/**
 * A file that ended its reader in an earlier job and does so again is skipped until it changes, so that it crashes no
 * more readers.
 */
function restIfItEndsReaders(item: LedgerItem, problem: ItemProblem): ItemProblem {
  if (!endedItsReader(problem.code) || !endedItsReader(item.lastErrorCode)) return problem;
  const message =
    'This file crashed the reader in two syncs, so it is skipped until it changes. To try it again, sync it by hand.';
  return { ...problem, outcome: 'skipped', code: endsItsReader, message };
}

/** @returns null for a document that has to be deferred */
async function readStaged(
  run: Run,
  item: LedgerItem,
): Promise<Awaited<ReturnType<ActivityDependencies['transform']>> | null> {
  const { deps, ref } = run;
  const { asUser, signal } = run.context;
  const bytes = await deps.staging.get(ref, item.contentHash ?? '');
  const mimeType = item.contentMimeType ?? 'application/octet-stream';
  const file = { bytes, mimeType, name: item.ref.name, readsArchives: deps.readsArchives };
  const recognized = deps.recognition === null ? {} : { recognized: [] };
  const read = await deps.read({ ...file, ...recognized, ...rulesFor(run, item) }, signal, ref.userId);
  if (!('scanned' in read)) return read;
  const reading = { asUser, userId: ref.userId, signal, mayRecognize: ref.isScans === true };
  const document = await readScan(deps, file, read.scanned, reading);
  return document === null ? null : await transformRead(run, item, document);
}

async function transformRead(
  run: Run,
  item: LedgerItem,
  document: ReadDocument | undefined,
): ReturnType<ActivityDependencies['transform']> {
  if (document === undefined)
    throw new SyncError('not_found', {
      code: 'document_deleted',
      message: 'The document was deleted while this job ran.',
    });
  return await run.deps.transform({ document, ...rulesFor(run, item) }, run.context.signal, run.ref.userId);
}

function rulesFor({ deps, ref, source, applicable: { transformations } }: Run, item: LedgerItem) {
  const target = { version: deps.pipelineVersion, tag: userTag(ref.userId) };
  return { facts: factsOf(item, source), transformations, target };
}
