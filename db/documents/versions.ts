/**
 * A document's new text is written beside the old one, its vectors are verified, and one transaction switches to it.
 * The old version answers until then.
 */

import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { StagedChunk, StagedDocument } from '../../domain/documents.ts';
import { toVector } from '../../domain/search.ts';
import type { Note } from '../../domain/storable.ts';
import { isSameSpace } from '../../domain/vectors.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { applyRules } from './assignment-rules.ts';
import { forgetRedactedPages } from './recognized-pages.ts';
import { userTag } from './word-index.ts';
import { deleteDocuments } from '../items/removal.ts';
import type { BatchKey, LedgerItem } from '../jobs/ledger.ts';
import { findEmbedded, noteMislabeled } from '../vectors/vector-records.ts';
import { findOpenSpaces, lockSpaces, type OpenSpaces } from '../vectors/vector-spaces.ts';
import { binaryArray, textArray } from '../access/binary-array.ts';
import { toJson } from '../access/parameters.ts';
import { toUuid } from '../../domain/uuid.ts';

export interface DocumentVersion {
  /** The item whose content this is. */
  readonly item: LedgerItem;
  readonly document: DocumentKey;
  readonly extracted: Omit<StagedDocument, 'members'>;
  /** The changes that were made so that the listing's facts and the document could be stored. */
  readonly notes: readonly Note[];
  /** The words of the title. */
  readonly titleWords: string;
  /** Names the set of chunks: see `generationOf`. */
  readonly generation: string;
}

/** An item's own document, or a file in the archive that the item is. */
export interface DocumentKey {
  readonly id: string;
  readonly title: string;
  readonly mimeType: string | null;
  /** Null for an item's own document. */
  readonly member: { readonly archiveId: string; readonly path: string } | null;
}

/**
 * Derives the name of a set of chunks from its content, so that a repeated step finds its own work and never a
 * half-written set with other content.
 */
export function generationOf(documentId: string, chunks: readonly StagedChunk[]): string {
  const hash = createHash('sha256').update(documentId);
  for (const { textHash, text, words } of chunks)
    hash.update(`\n${textHash}\n${text.byteLength}\n`).update(text).update(words);
  return uuidFrom(hash.digest());
}

/**
 * The id of a file in an archive, the same whenever the archive is read. It begins with the archive's time, because
 * documents are listed in the order of their ids.
 */
export function memberId(archiveId: string, path: string): string {
  const digest = createHash('sha256').update(`${archiveId}\n${path}`).digest();
  Buffer.from(archiveId.replaceAll('-', '').slice(0, timeDigits), 'hex').copy(digest);
  return uuidFrom(digest);
}

/** The hexadecimal digits of a UUIDv7 that hold its time. */
const timeDigits = 12;

/** RFC 9562 version 8 allows custom content. Postgres requires the form of a UUID. */
function uuidFrom(digest: Buffer): string {
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return toUuid(digest.toString('hex', 0, 16));
}

/**
 * Writes the chunks of new generations, which are not live yet. A generation that already exists is not changed. Items
 * that are no longer to be processed are left out: the owner has just deleted the document, which must not exist again.
 */
export async function writeGenerations(
  trx: UserTransaction,
  key: BatchKey,
  given: readonly DocumentVersion[],
  pipelineVersion: string,
): Promise<void> {
  const open = new Set(await lockOpenItems(trx, key, given, 'share'));
  const versions = given.filter(({ item }) => open.has(item.ref.externalId));
  const documents = versions.map(({ item, document, extracted }) => ({
    id: document.id,
    external_id: item.ref.externalId,
    archive_id: document.member?.archiveId ?? null,
    member_path: document.member?.path ?? null,
    item_type: item.ref.itemType,
    title: document.title,
    mime_type: document.mimeType,
    content_hash: extracted.contentHash,
  }));
  await sql`
    insert into documents (id, user_id, data_source_id, external_id, archive_id, member_path, item_type, title,
      mime_type, content_hash, pipeline_version)
    select id, ${key.userId}, ${key.dataSourceId}, external_id, archive_id, member_path, item_type, title, mime_type,
      content_hash, ${pipelineVersion}
    from jsonb_to_recordset(${toJson(documents)}::jsonb)
      as x(id uuid, external_id text, archive_id uuid, member_path text, item_type text, title text, mime_type text,
        content_hash text)
    on conflict (id) do nothing`.execute(trx);
  const missing = await findMissingGenerations(trx, versions);
  await insertChunks(
    trx,
    key.userId,
    versions.filter(({ generation }) => missing.has(generation)),
  );
}

async function insertChunks(trx: UserTransaction, userId: string, versions: readonly DocumentVersion[]): Promise<void> {
  const rows = versions.flatMap(({ document, generation, extracted }) =>
    extracted.chunks.map((chunk, ordinal) => ({ documentId: document.id, generation, ordinal, chunk })),
  );
  if (rows.length === 0) return;
  const chunks = rows.map(({ chunk }) => chunk);
  await sql`
    insert into document_chunks (user_id, document_id, generation, ordinal, text_hash, tokens, text, embedding_context,
      search, place)
    select ${userId}, document_id, generation, ordinal, text_hash, tokens, text, context, words, place::jsonb
    from unnest(${binaryArray(
      chunks.map((chunk) => chunk.words),
      'tsvector',
    )}::tsvector[],
      ${binaryArray(chunks.map((chunk) => chunk.text))}::text[], ${binaryArray(chunks.map((chunk) => chunk.context))}::text[],
      ${binaryArray(chunks.map((chunk) => chunk.place))}::text[],
      ${textArray(rows.map((row) => row.documentId))}::text[]::uuid[],
      ${textArray(rows.map((row) => row.generation))}::text[]::uuid[], ${textArray(rows.map((row) => String(row.ordinal)))}::text[]::integer[],
      ${textArray(chunks.map((chunk) => chunk.textHash))}::text[], ${textArray(chunks.map((chunk) => String(chunk.tokens)))}::text[]::integer[])
      as x(words, text, context, place, document_id, generation, ordinal, text_hash, tokens)
    on conflict do nothing`.execute(trx);
}

async function findMissingGenerations(
  trx: UserTransaction,
  versions: readonly DocumentVersion[],
): Promise<Set<string>> {
  const wanted = versions.filter((v) => v.extracted.chunks.length > 0);
  const { rows } = await sql<{ generation: string }>`
    select g.generation from unnest(${wanted.map((v) => v.document.id)}::uuid[], ${wanted.map((v) => v.generation)}::uuid[])
      as g(document_id, generation)
    where not exists (select from document_chunks c
      where c.document_id = g.document_id and c.generation = g.generation offset 0)`.execute(trx);
  return new Set(rows.map((row) => row.generation));
}

interface BatchVersions {
  readonly complete: readonly DocumentVersion[];
  /** Files in archives whose old versions stay, because their new ones cannot be completed. */
  readonly skipped: readonly DocumentVersion[];
}

/**
 * Switches documents to their new chunks, queues the old chunks' texts for the vector index, records the items as
 * synced (last, and only here) and completes them in the ledger. Items that a later page has taken over, or whose
 * vectors are incomplete, are not changed.
 * @returns null, with nothing done, if the user's vectors have been moved since `spaces` was read
 */
export async function switchGenerations(
  trx: UserTransaction,
  key: BatchKey,
  spaces: OpenSpaces,
  { complete: versions, skipped }: BatchVersions,
  pipelineVersion: string,
): Promise<Switched | null> {
  if (!(await areStillOpen(trx, spaces))) return null;
  const rows = await lockSwitchable(trx, key, spaces, versions);
  if (rows.length === 0) return { documentIds: new Set(), vectorChanges: 0 };
  const param = toJson(rows);
  const documentIds = rows.map((row) => row.id);
  const externalIds = rows.flatMap((row) => row.external_id ?? []);
  // The ids are named besides being joined, because the planner may take a new source for one row and join each of its
  // items with each of these.
  const inBatch = sql`j.job_id = ${key.jobId} and j.page = ${key.page} and j.batch = ${key.batch}
    and j.external_id = any(${externalIds}::text[])`;
  const { rows: switched } = await sql<{ id: string }>`
    with x as (select * from jsonb_to_recordset(${param}::jsonb) as x(id uuid, external_id text, generation uuid,
      title text, mime_type text, source_url text, content_hash text, metadata jsonb, modified_at timestamptz,
      chunk_count integer, tokens integer, original text, words tsvector, notes jsonb)),
    ledger as (
      update job_items j set state = 'done', updated_at = now(), error_code = null, error_message = null, notes = x.notes,
        outcome = case when d.live_generation is null then 'created' else 'updated' end
      from x join documents d on d.id = x.id
      where ${inBatch} and j.external_id = x.external_id and d.id = any(${documentIds}::uuid[])
    ), synced as (
      update sync_items s set sync_status = 'synced', external_hash = j.listed_hash, content_hash = x.content_hash,
        transformations_hash = coalesce(j.transformations_hash, ''), notes = x.notes,
        last_error_code = null, last_error_message = null, attempts = 0, next_attempt_at = null,
        last_synced_at = now(), updated_at = now()
      from x join job_items j on ${inBatch} and j.external_id = x.external_id
      where s.data_source_id = ${key.dataSourceId} and s.external_id = x.external_id
        and s.external_id = any(${externalIds}::text[])
    )
    update documents d set
      version = d.version + (case when d.live_generation is distinct from x.generation then 1 else 0 end),
      live_generation = x.generation, title = x.title, mime_type = x.mime_type, source_url = x.source_url,
      content_hash = x.content_hash, metadata = x.metadata, modified_at = x.modified_at,
      chunk_count = x.chunk_count, tokens = x.tokens, original = x.original, search = x.words, pipeline_version = ${pipelineVersion}, updated_at = now()
    from x where d.id = x.id and d.id = any(${documentIds}::uuid[])
    returning d.id`.execute(trx);
  const live = versions.filter(({ document }) => documentIds.includes(document.id));
  await keepOriginals(trx, key, live);
  await forgetRedactedPages(
    trx,
    live.filter(isRedactedScan).map(({ extracted }) => extracted.contentHash),
  );
  const kept = [...documentIds, ...skipped.map(({ document }) => document.id)];
  await deleteDocuments(trx, key, await findFormerMembers(trx, documentIds, kept));
  await applyRules(trx, key.dataSourceId, documentIds);
  let vectorChanges = await dropDead(
    trx,
    key,
    sql`c.document_id = any(${documentIds}::uuid[])
      and c.generation <> all(${rows.map((row) => row.generation)}::uuid[])`,
  );
  for (const space of openOnes(spaces)) {
    if (space.store !== 'pgvector') vectorChanges += await noteMislabeled(trx, key.userId, space, documentIds);
  }
  return { documentIds: new Set(switched.map(({ id }) => id)), vectorChanges };
}

/** Files that were in these archives and are no longer. */
async function findFormerMembers(
  trx: UserTransaction,
  archiveIds: readonly string[],
  kept: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from documents
    where archive_id = any(${archiveIds}::uuid[]) and id <> all (${kept}::uuid[]) order by id`.execute(trx);
  return rows.map(({ id }) => id);
}

/** The result of a switch. */
export interface Switched {
  /** Documents whose new text is now live. */
  readonly documentIds: ReadonlySet<string>;
  /** Number of texts that were queued for the vector stores. */
  readonly vectorChanges: number;
}

/**
 * Either a concurrent move waits for this transaction before it switches over, or this transaction sees that the move
 * has switched.
 */
async function areStillOpen(trx: UserTransaction, { live, building }: OpenSpaces): Promise<boolean> {
  await lockSpaces(trx);
  const { live: liveNow, building: buildingNow } = await findOpenSpaces(trx);
  if (liveNow === undefined || !isSameSpace(liveNow, live)) return false;
  if (buildingNow === undefined || building === null) return buildingNow === undefined && building === null;
  return isSameSpace(buildingNow, building);
}

/**
 * Locks the items in order and returns the documents of those that may switch: an archive with all its files, or none.
  The job's rows are locked first. A later
 * page that lists one of the items again either takes it over before that, and this page leaves the item alone, or it
 * waits and compares with what was switched. Otherwise that page could record its own fingerprint with this page's
 * text.
 */
async function lockSwitchable(
  trx: UserTransaction,
  key: BatchKey,
  spaces: OpenSpaces,
  versions: readonly DocumentVersion[],
) {
  const mine = new Set(await lockOpenItems(trx, key, versions, 'update'));
  await sql`
    select 1 from sync_items
    where data_source_id = ${key.dataSourceId} and external_id = any(${externalIdsOf(versions)}::text[])
    order by external_id for update`.execute(trx);
  const switchable = versions.filter((version) => mine.has(version.item.ref.externalId));
  const hashes = [...new Set(switchable.flatMap((v) => v.extracted.chunks.map((c) => c.textHash)))];
  const embedded = await Promise.all(openOnes(spaces).map((space) => findEmbedded(trx, space, hashes)));
  const [inLive] = embedded;
  const cut = new Set(hashes.filter((hash) => inLive?.get(hash)?.isCut));
  const incomplete = new Set(
    switchable
      .filter(({ extracted }) =>
        extracted.chunks.some(({ textHash }) => embedded.some((texts) => !texts.has(textHash))),
      )
      .map(({ item }) => item.ref.externalId),
  );
  return switchable
    .filter(({ item }) => !incomplete.has(item.ref.externalId))
    .map((version) => toDocumentRow(version, cut, userTag(key.userId)));
}

/** Locks the batch's rows, in order, of items that wait for their new version. @returns their ids */
async function lockOpenItems(
  trx: UserTransaction,
  key: BatchKey,
  versions: readonly DocumentVersion[],
  mode: 'share' | 'update',
): Promise<string[]> {
  const { rows } = await sql<{ externalId: string }>`
    select j.external_id from job_items j
    where j.job_id = ${key.jobId} and j.page = ${key.page} and j.external_id = any(${externalIdsOf(versions)}::text[])
      and j.state = 'transformed'
    order by j.external_id for ${sql.raw(mode)}`.execute(trx);
  return rows.map((row) => row.externalId);
}

function externalIdsOf(versions: readonly DocumentVersion[]): string[] {
  return [...new Set(versions.map((version) => version.item.ref.externalId))];
}

function openOnes({ live, building }: OpenSpaces) {
  return building === null ? [live] : [live, building];
}

/**
 * @param cut texts of which the model embeds only the beginning; the document records how many of its chunks are
 * affected
 */
function toDocumentRow(version: DocumentVersion, cut: ReadonlySet<string>, tag: string) {
  const { item, document, extracted, titleWords, generation } = version;
  const embeddedInPart = extracted.chunks.filter((chunk) => cut.has(chunk.textHash)).length;
  return {
    id: document.id,
    // The ledger has a row for an item's own document only.
    external_id: document.member === null ? item.ref.externalId : null,
    generation,
    words: toVector(tag, titleWords),
    title: document.title,
    mime_type: document.mimeType,
    source_url: item.ref.webUrl,
    content_hash: extracted.contentHash,
    metadata: { ...extracted.metadata, title: extracted.title, ...(embeddedInPart > 0 ? { embeddedInPart } : {}) },
    modified_at: item.ref.modifiedAt,
    chunk_count: extracted.chunks.length,
    tokens: extracted.chunks.reduce((sum, chunk) => sum + chunk.tokens, 0),
    original: extracted.originalPlace,
    notes: version.notes.length === 0 ? null : version.notes,
  };
}

/**
 * Stores the original text of documents whose chunks no longer contain it, and deletes it where it must not or need not
 * be stored.
 */
async function keepOriginals(trx: UserTransaction, key: BatchKey, versions: readonly DocumentVersion[]): Promise<void> {
  const kept = versions.flatMap(({ document, extracted: { original } }) =>
    original === undefined ? [] : [{ id: document.id, ...original }],
  );
  const others = versions.filter((version) => version.extracted.original === undefined);
  await sql`
    delete from original_texts where document_id = any(${others.map(({ document }) => document.id)}::uuid[])`.execute(
    trx,
  );
  if (kept.length === 0) return;
  await sql`
    insert into original_texts (document_id, user_id, text, metadata)
    select id, ${key.userId}, text, metadata
    from json_to_recordset(${toJson(kept)}::json) as x(id uuid, text text, metadata jsonb)
    on conflict (document_id) do update set text = excluded.text, metadata = excluded.metadata`.execute(trx);
}

function isRedactedScan({ extracted: { originalPlace, metadata } }: DocumentVersion): boolean {
  return originalPlace === 'nowhere' && 'recognisedPages' in metadata;
}

/** Deletes versions that cannot become live, with their chunks. The live version of the same document stays. */
export async function dropVersions(
  trx: UserTransaction,
  key: BatchKey,
  versions: readonly DocumentVersion[],
): Promise<void> {
  if (versions.length === 0) return;
  const generations = versions.map((version) => version.generation);
  const documentIds = versions.map((version) => version.document.id);
  await dropDead(
    trx,
    key,
    sql`c.document_id = any(${documentIds}::uuid[]) and c.generation = any(${generations}::uuid[]) and ${isDead}`,
  );
}

/**
 * Deletes all versions of a source's documents that are not live. Only the job that holds the source may do it, when
 * nothing is in progress: a version that a stopped job has written stays until its document is switched, and if the
 * change was undone at the source, it never is.
 */
export async function dropDeadVersions(
  trx: UserTransaction,
  key: { readonly userId: string; readonly dataSourceId: string },
): Promise<void> {
  await dropDead(
    trx,
    key,
    sql`c.document_id = any(array(select id from documents where data_source_id = ${key.dataSourceId})) and ${isDead}`,
  );
}

/** Whether the chunk `c` is not part of its document's live version. `offset 0` makes it a look-up. */
const isDead = sql`exists (select from documents d
  where d.id = c.document_id and d.live_generation is distinct from c.generation offset 0)`;

/**
 * Deletes chunks of versions that are not live.
 * @param condition on the chunks `c`
 * @returns the number of texts that were queued for the vector stores
 */
async function dropDead(
  trx: UserTransaction,
  { userId }: { readonly userId: string },
  condition: RawBuilder<unknown>,
): Promise<number> {
  const { rows } = await sql`
    with dropped as (
      delete from document_chunks c where ${condition} returning c.text_hash
    )
    insert into vector_deletions (user_id, text_hash)
    select distinct ${userId}, text_hash from dropped order by 2
    on conflict (user_id, text_hash) do update set created_at = clock_timestamp()
    returning text_hash`.execute(trx);
  return rows.length;
}
