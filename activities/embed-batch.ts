import { InvalidValue } from '../db/access/data-error.ts';
import { inHalves } from '../db/access/halves.ts';
import {
  findBatchItems,
  type ItemProblem,
  type LedgerItem,
  recordProblems,
  reopenDownloaded,
} from '../db/jobs/ledger.ts';
import {
  type DocumentKey,
  type DocumentVersion,
  dropVersions,
  generationOf,
  memberId,
  type Switched,
  switchGenerations,
  writeGenerations,
} from '../db/documents/versions.ts';
import { isVector } from '../content/words/word-vector.ts';
import { wordsOf } from '../content/words/words.ts';
import { noteLeftBehind, openSpaces, type OpenSpaces } from '../db/vectors/vector-spaces.ts';
import type { RefusedTexts } from '../content/embeddings/batch.ts';
import { decodeStaged, embeddingTextOf } from '../content/staging/staged-document.ts';
import { memberTitle, type StagedChunk, type StagedDocument } from '../domain/documents.ts';
import type { Note } from '../domain/storable.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { dropUnused, fillSpace } from './support/fill-space.ts';
import { followVectorChanges } from './support/follow-vector-changes.ts';
import { endPage } from './close-page.ts';
import { removalsAfter } from './removals.ts';
import { claimantOf } from './support/claimant.ts';
import { classifyItemError } from './support/item-errors.ts';
import { endRefused } from './support/refused.ts';
import { inParts } from './support/parts.ts';
import { activity, type ActivityContext, type ActivityTransactions } from './support/activity.ts';
import { transformDownloaded } from './transform-batch.ts';
import type { BatchRef, PageEnd } from '../domain/contract.ts';

/** Amount of staged text that is loaded and written at once, in bytes. */
const bytesPerGroup = 6 * 1024 * 1024;

/**
 * Writes the chunks of the new versions, ensures that their vectors exist, and switches the documents to them. The old
 * version answers until the switch. Only texts that were never embedded for this user and model are embedded.
 * @returns the outcomes of the page if it ends with this batch
 */
export const embedBatch = (deps: ActivityDependencies) =>
  activity(deps, async (ref: BatchRef, context): Promise<PageEnd | null> => {
    const foreign = await embedStaged(deps, ref, context);
    if (foreign.length > 0) {
      await context.withJobLease((trx) => reopenDownloaded(trx, ref, foreign));
      await transformDownloaded(deps, ref, context);
      await embedStaged(deps, ref, context);
    }
    await deps.staging.deleteArea(ref);
    if (ref.endsPage !== true) return null;
    const end = await endPage(deps, ref, context);
    const found = ref.isWholeJob === true ? await removalsAfter(deps, ref, end, context) : null;
    return found === null ? end : { ...end, found };
  });

/** @returns the ids of items that another version of Headwater staged, which must be read again */
async function embedStaged(
  deps: ActivityDependencies,
  ref: BatchRef,
  context: ActivityContext,
): Promise<readonly string[]> {
  const items = await context.asUser((trx) => findBatchItems(trx, ref, 'transformed'));
  const foreign: string[] = [];
  await inParts(deps, ref, context, items, async (part) => {
    for await (const versions of loadGroups(deps, ref, part, foreign, context)) {
      const refused = await inHalves(versions, (some) => write(deps, ref, some.flat(), context, some === versions));
      await endRefused(
        deps,
        ref,
        refused.flatMap(({ item: [own], sqlState }) => (own === undefined ? [] : [{ item: own.item.ref, sqlState }])),
        context,
      );
    }
  });
  return foreign;
}

/**
 * Asks the embedder while the chunks are written if that is what the job waits for: a page of one batch. Not in large
 * pages, whose batches overlap anyway and would lose more answers if the worker is killed, and not after a failure,
 * when what is embedded may have to be embedded again.
 * @param isWhole whether no part of these was rejected
 */
async function write(
  deps: ActivityDependencies,
  ref: BatchRef,
  versions: readonly DocumentVersion[],
  context: ActivityContext,
  isWhole: boolean,
): Promise<void> {
  checkWords(versions);
  const chunksWritten = context.withJobLease((trx) => writeGenerations(trx, ref, versions, deps.pipelineVersion));
  // Its error is thrown below, and until then nobody else handles it.
  chunksWritten.catch(() => {});
  const isAlone = isWhole && ref.endsPage === true && context.attempt === 1;
  if (!isAlone) await chunksWritten;
  try {
    // If a move of the user's vectors switches at the same time, another round uses the new space.
    while (!(await embedAndSwitch(deps, ref, versions, isAlone ? chunksWritten : null, context)));
  } catch (error) {
    await chunksWritten;
    throw error;
  }
}

/** @throws InvalidValue, which `inHalves` takes for PostgreSQL's own answer */
function checkWords(versions: readonly DocumentVersion[]): void {
  const areWords = versions.every(({ extracted }) => extracted.chunks.every(({ words }) => isVector(words)));
  if (!areWords) throw new InvalidValue('words that are no text search vector');
}

/**
 * Loads staged documents in groups of bounded size. An item whose text is lost fails, and the next job fetches it
 * again.
 * @param foreign receives the ids of items that another version staged
 * @returns for each item its own document and, of an archive, those of its files
 */
async function* loadGroups(
  deps: ActivityDependencies,
  ref: BatchRef,
  items: readonly LedgerItem[],
  foreign: string[],
  { withJobLease }: ActivityTransactions,
): AsyncGenerator<DocumentVersion[][]> {
  let group: DocumentVersion[][] = [];
  let bytes = 0;
  for (const item of items) {
    try {
      const staged = await deps.staging.get(ref, item.extractedHash ?? '');
      const decoded = decodeStaged(staged, deps.pipelineVersion);
      if (decoded === null) foreign.push(item.ref.externalId);
      else group.push(versionsOf(item, decoded.document, decoded.notes));
      bytes += staged.byteLength;
    } catch (error) {
      const outcome = classifyItemError(item.ref.externalId, error, 1);
      if ('repeat' in outcome) throw error;
      await withJobLease((trx) => recordProblems(trx, ref, [outcome.end]));
    }
    if (bytes < bytesPerGroup) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

function versionsOf(
  item: LedgerItem,
  { members = [], ...own }: StagedDocument,
  notes: readonly Note[],
): DocumentVersion[] {
  const { name } = item.ref;
  const shared = { item, notes: allNotes(item.notes, notes) };
  const archiveId = item.documentId;
  return [
    versionOf(shared, { id: archiveId, title: name, mimeType: item.contentMimeType, member: null }, own),
    ...members.map(({ path, mimeType, ...extracted }) => {
      const id = memberId(archiveId, path);
      return versionOf(
        shared,
        { id, title: memberTitle(name, path), mimeType, member: { archiveId, path } },
        extracted,
      );
    }),
  ];
}

function versionOf(
  shared: Pick<DocumentVersion, 'item' | 'notes'>,
  document: DocumentKey,
  extracted: DocumentVersion['extracted'],
): DocumentVersion {
  const generation = generationOf(document.id, extracted.chunks);
  return { ...shared, document, extracted, generation, titleWords: wordsOf(document.title) };
}

function allNotes(...lists: readonly (readonly Note[])[]): Note[] {
  return [...new Map(lists.flat().map((note) => [note.code, note])).values()];
}

/** @returns false if the user's vectors have been moved meanwhile */
async function embedAndSwitch(
  deps: ActivityDependencies,
  ref: BatchRef,
  versions: readonly DocumentVersion[],
  chunksWritten: Promise<void> | null,
  context: ActivityContext,
): Promise<boolean> {
  const configured = deps.vectors.configured;
  const spaces = await context.asUser((trx) => openSpaces(trx, ref.userId, configured));
  const refused = await fillSpaces(deps, ref, spaces, versions, chunksWritten, context);
  const switched = await context
    .withJobLease(async (trx) => {
      const { complete, skipped, failed, problems } = withoutRefused(versions, refused);
      const done = await switchGenerations(trx, ref, spaces, { complete, skipped }, deps.pipelineVersion);
      if (done === null) return null;
      await recordProblems(trx, ref, problems);
      await dropVersions(trx, ref, [...failed, ...skipped]);
      return done;
    })
    .catch(async (error: unknown) => {
      await dropUnused(deps, { userId: ref.userId, textHashes: [...textsOf(versions).keys()] }, context);
      throw error;
    });
  if (switched === null) {
    await context.asUser((trx) => noteLeftBehind(trx, ref.userId, spaces));
    return false;
  }
  await tidyVectors(deps, ref, switched, versions, context);
  return true;
}

/**
 * There is nothing to do if all documents were switched and no old text became unused. After a crash, the end of the
 * job finds what is left.
 */
async function tidyVectors(
  deps: ActivityDependencies,
  { userId }: BatchRef,
  { documentIds, vectorChanges }: Switched,
  versions: readonly DocumentVersion[],
  context: ActivityContext,
): Promise<void> {
  const others = versions.filter(({ document }) => !documentIds.has(document.id));
  if (vectorChanges > 0 || others.length > 0) await followVectorChanges(deps, userId, context);
  if (others.length > 0) await dropUnused(deps, { userId, textHashes: [...textsOf(others).keys()] }, context);
}

function textsOf(versions: readonly DocumentVersion[]): Map<string, StagedChunk> {
  return new Map(versions.flatMap(({ extracted }) => extracted.chunks.map((chunk) => [chunk.textHash, chunk])));
}

interface Sorted {
  readonly complete: readonly DocumentVersion[];
  /** Files in archives that can be switched without them. */
  readonly skipped: readonly DocumentVersion[];
  readonly failed: readonly DocumentVersion[];
  readonly problems: readonly ItemProblem[];
}

/**
 * If the embedder rejects part of a document, the document fails as a whole, so that what is live is always complete
 * (the old version stays). A file in an archive fails alone, and the archive counts it with those that cannot be read.
 */
function withoutRefused(versions: readonly DocumentVersion[], refused: RefusedTexts): Sorted {
  const isRefused = ({ extracted }: DocumentVersion): boolean =>
    extracted.chunks.some((chunk) => refused.has(chunk.textHash));
  const [refusedMembers = [], others = []] = [true, false].map((isSkipped) =>
    versions.filter((version) => (version.document.member !== null && isRefused(version)) === isSkipped),
  );
  const problems = others.flatMap((version) => problemOf(version, refused));
  const failedIds = new Set(problems.map((problem) => problem.externalId));
  const hasFailed = ({ item }: DocumentVersion): boolean => failedIds.has(item.ref.externalId);
  const skipped = refusedMembers.filter((version) => !hasFailed(version));
  return {
    complete: others.filter((version) => !hasFailed(version)).map((version) => countSkipped(version, skipped)),
    skipped,
    failed: versions.filter(hasFailed),
    problems,
  };
}

function countSkipped(version: DocumentVersion, skipped: readonly DocumentVersion[]): DocumentVersion {
  const { document, extracted } = version;
  const count = skipped.filter(({ document: { member } }) => member?.archiveId === document.id).length;
  if (count === 0) return version;
  const { members, membersNotRead } = extracted.metadata;
  const metadata = {
    ...extracted.metadata,
    members: Number(members) - count,
    membersNotRead: Number(membersNotRead ?? 0) + count,
  };
  return { ...version, extracted: { ...extracted, metadata } };
}

function problemOf({ item, extracted }: DocumentVersion, refused: RefusedTexts): ItemProblem[] {
  const error = extracted.chunks.map((chunk) => refused.get(chunk.textHash)).find((found) => found !== undefined);
  if (error === undefined) return [];
  return [{ externalId: item.ref.externalId, outcome: 'failed', code: error.code, message: error.message }];
}

/**
 * Ensures that the vectors exist, also in the space that is being built. @returns the texts that an embedder rejects
 */
async function fillSpaces(
  deps: ActivityDependencies,
  ref: BatchRef,
  { live, building }: OpenSpaces,
  versions: readonly DocumentVersion[],
  chunksWritten: Promise<void> | null,
  context: ActivityContext,
): Promise<RefusedTexts> {
  const chunks = textsOf(versions);
  const textHashes = [...chunks.keys()];
  const work = {
    userId: ref.userId,
    textHashes,
    claimant: claimantOf('batch', ref.jobId, ref.page, ref.batch),
    textsOf: async (hashes: readonly string[]) => {
      const found = hashes.flatMap((hash) => chunks.get(hash) ?? []);
      return await Promise.resolve(found.map((chunk) => ({ ...chunk, embeddingText: embeddingTextOf(chunk) })));
    },
    unusedAreLookedFor: true,
    ...(chunksWritten === null ? {} : { chunksWritten }),
  } as const;
  const refused = await fillSpace(deps, { ...work, to: live, from: null }, context);
  if (building === null) return refused;
  return new Map([...refused, ...(await fillSpace(deps, { ...work, to: building, from: live }, context))]);
}
