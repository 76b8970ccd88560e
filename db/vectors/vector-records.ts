/**
 * Records which text has a vector in which store. Postgres is the source of truth: a row that is not stored is a claim,
 * so that no two processes embed, write or delete the same vector at the same time, whatever happens in an external
 * store.
 */

import { type RawBuilder, sql } from 'kysely';
import type { VectorSpace } from '../../domain/vectors.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { textArray } from '../access/binary-array.ts';
import { toJson } from '../access/parameters.ts';

export interface Claim {
  readonly by: string;
  readonly forSeconds: number;
}

/** A condition on `e`. */
export function inSpace({ store, model, dimensions }: VectorSpace) {
  return sql`e.store = ${store} and e.model = ${model} and e.dimensions = ${dimensions}`;
}

/**
 * The records `e` of these texts in a space, looked up one by one in the primary key. As a plain condition,
 * `text_hash = any(...)` let PostgreSQL read all of the user's records and compare each with the list, because it
 * underestimates how many one user has: its statistics are of an average user, and of the time before a first sync.
 */
export function recordsOf(space: VectorSpace, textHashes: readonly string[]) {
  return sql`(select distinct h from unnest(${textArray(textHashes)}::text[]) as u(h)) as texts
    cross join ${recordOf(space, sql`texts.h`)} e`;
}

/**
 * The record `e` of one text in a space, for each row of a statement: `cross join ${recordOf(…)} e`. A plain join may read
 * all of the user's records for each row, for the same reason.
 */
export function recordOf(space: VectorSpace, textHash: RawBuilder<unknown>) {
  return sql`lateral (select * from embeddings e where ${inSpace(space)} and e.text_hash = ${textHash} offset 0)`;
}

/** A condition on `e`. A vector that the store accepted but never returned counts as lost. */
export const isStored = sql`(e.stored_at is not null
  and (e.unconfirmed_since is null or e.stored_at > now() - interval '10 minutes'))`;

/** A condition on `e` for rows that are not stored: the claim has expired or belongs to this claimant. */
const isFree = ({ by }: Claim) => sql`(e.claimed_until is null or e.claimed_until < now() or e.claimed_by = ${by})`;

/**
 * Claims the texts that no process has embedded or is embedding. Claims expire, so that a killed worker blocks nobody,
 * and a claimant gets its own claims again. Rows are locked in order, so that two batches cannot deadlock.
 * @returns the hashes that this claimant has to embed now
 */
export async function claimEmbeddings(
  trx: UserTransaction,
  space: VectorSpace & { readonly userId: string },
  claim: Claim,
  textHashes: readonly string[],
): Promise<Set<string>> {
  if (textHashes.length === 0) return new Set();
  const { rows } = await sql<{ textHash: string }>`
    insert into embeddings as e (user_id, store, model, dimensions, text_hash, claimed_by, claimed_until)
    select ${space.userId}, ${space.store}, ${space.model}, ${space.dimensions}::integer, h, ${claim.by}::uuid,
      now() + make_interval(secs => ${claim.forSeconds})
    from (select distinct h from unnest(${textArray(textHashes)}::text[]) as u(h) order by h) hashes
    on conflict (user_id, store, model, dimensions, text_hash) do update
      set claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until, stored_at = null,
        unconfirmed_since = null, cut_tokens = null
      where not ${isStored} and ${isFree(claim)}
    returning text_hash`.execute(trx);
  return new Set(rows.map((row) => row.textHash));
}

/**
 * Renews the claims that this claimant still has. A row that is locked is being stored, and waiting for it while others are held
 * could be a deadlock.
 */
export async function renewClaims(
  trx: UserTransaction,
  space: VectorSpace,
  claim: Claim,
  textHashes: readonly string[],
): Promise<void> {
  await sql`
    with mine as (
      select e.text_hash from embeddings e
      where ${inSpace(space)} and e.text_hash = any(${textHashes}::text[]) and e.claimed_by = ${claim.by}::uuid
        and e.stored_at is null
      for update skip locked
    )
    update embeddings e set claimed_until = now() + make_interval(secs => ${claim.forSeconds})
    from mine where ${inSpace(space)} and e.text_hash = mine.text_hash
      and e.text_hash = any(${textHashes}::text[])`.execute(trx);
}

/** Releases what this claimant could not embed, so that nobody waits for it. */
export async function releaseClaims(trx: UserTransaction, space: VectorSpace, by: string): Promise<void> {
  await sql`
    update embeddings e set claimed_until = null
    where ${inSpace(space)} and e.claimed_by = ${by}::uuid and e.stored_at is null`.execute(trx);
}

/** Records claimed texts of which only the beginning is embedded, because the model accepts no more. */
export async function noteCut(
  trx: UserTransaction,
  space: VectorSpace,
  texts: readonly { readonly textHash: string; readonly cutTokens: number | null }[],
): Promise<void> {
  const rows = texts.map(({ textHash, cutTokens }) => ({ textHash, cutTokens }));
  await sql`
    update embeddings e set cut_tokens = x."cutTokens"
    from jsonb_to_recordset(${toJson(rows)}::jsonb) as x("textHash" text, "cutTokens" integer)
    where ${inSpace(space)} and e.text_hash = x."textHash"
      and e.text_hash = any(${rows.map((row) => row.textHash)}::text[])`.execute(trx);
}

/** Finds those of these texts that have a vector, and whether only their beginning was embedded. */
export async function findEmbedded(
  trx: UserTransaction,
  space: VectorSpace,
  textHashes: readonly string[],
): Promise<ReadonlyMap<string, { readonly isCut: boolean }>> {
  const { rows } = await sql<{ textHash: string; isCut: boolean }>`
    select e.text_hash, e.cut_tokens is not null as is_cut from ${recordsOf(space, textHashes)}
    where ${isStored}`.execute(trx);
  return new Map(rows.map((row) => [row.textHash, row]));
}

/** Finds those of these texts that have no vector yet because another claimant is embedding them. */
export async function findUnembedded(
  trx: UserTransaction,
  space: VectorSpace,
  textHashes: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ hash: string }>`
    select h as hash from unnest(${textArray(textHashes)}::text[]) as u(h)
    where not exists (select from embeddings e where ${inSpace(space)} and e.text_hash = h and ${isStored} offset 0)`.execute(
    trx,
  );
  return rows.map((row) => row.hash);
}

export interface StoredVector {
  readonly textHash: string;
  /** The labels by which filters find it. */
  readonly labels: readonly string[];
}

/**
 * Records that an external store accepted these. @param sequence the store's number of the write, 0 if it returns none
 */
export async function recordStored(
  trx: UserTransaction,
  userId: string,
  space: VectorSpace,
  vectors: readonly StoredVector[],
  sequence: number,
): Promise<void> {
  await sql`
    insert into embeddings (user_id, store, model, dimensions, text_hash, stored_at, unconfirmed_since, labels)
    select ${userId}, ${space.store}, ${space.model}, ${space.dimensions}::integer, "textHash", now(), ${sequence},
      labels
    from jsonb_to_recordset(${toJson(vectors)}::jsonb) as x("textHash" text, labels text[]) order by 5
    on conflict (user_id, store, model, dimensions, text_hash) do update
      set stored_at = excluded.stored_at, unconfirmed_since = excluded.unconfirmed_since, labels = excluded.labels,
        claimed_by = null, claimed_until = null, vector = null`.execute(trx);
}

/** Finds those of these texts whose vectors the store has accepted but not yet returned, by the number of the write. */
export async function findUnconfirmedVectors(
  trx: UserTransaction,
  space: VectorSpace,
  textHashes: readonly string[],
): Promise<{ readonly textHash: string; readonly sequence: number }[]> {
  const { rows } = await sql<{ textHash: string; sequence: number }>`
    select e.text_hash, e.unconfirmed_since::float8 as sequence from ${recordsOf(space, textHashes)}
    where e.unconfirmed_since is not null
    order by 2`.execute(trx);
  return rows;
}

export async function confirmStored(
  trx: UserTransaction,
  space: VectorSpace,
  textHashes: readonly string[],
): Promise<void> {
  await sql`
    update embeddings e set unconfirmed_since = null
    where ${inSpace(space)} and e.text_hash = any(${textHashes}::text[])`.execute(trx);
}

/** More labels than this would not fit into a store's metadata. Then every filter matches the text, and SQL decides. */
const maxLabels = 400;
export const anyLabel = '*';
export const labelOf = {
  source: (dataSourceId: string): string => `source:${dataSourceId}`,
  mimeType: (mimeType: string): string => `mime:${mimeType}`,
} as const;

/** The same labels as `labelOf`, for a document `d`. */
export const labelsOfDocument = sql`array_remove(array['source:' || d.data_source_id, 'mime:' || d.mime_type], null)`;

/** The labels that each text needs: the sources and types of the documents that contain it. */
export async function findLabels(trx: UserTransaction, textHashes: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await sql<StoredVector & { labels: string[] }>`
    select text_hash, case when count(*) > ${maxLabels} then array[${anyLabel}] else array_agg(label order by label) end
      as labels
    from (
      select distinct c.text_hash, l.label
      from document_chunks c join documents d on d.id = c.document_id, unnest(${labelsOfDocument}) as l(label)
      where c.text_hash = any(${textHashes}::text[])
    ) labeled
    group by text_hash`.execute(trx);
  return new Map(rows.map((row) => [row.textHash, row.labels]));
}

/**
 * Finds those of these texts whose stored labels lack one that they need. An extra label does no harm, because SQL has
 * the last word on filters.
 */
export async function findMislabeled(
  trx: UserTransaction,
  space: VectorSpace,
  textHashes: readonly string[],
): Promise<StoredVector[]> {
  const { rows } = await sql<{ textHash: string; labels: string[] }>`
    select e.text_hash, e.labels from ${recordsOf(space, textHashes)} where e.labels is not null and ${isStored}`.execute(
    trx,
  );
  const wanted = await findLabels(trx, textHashes);
  return rows.flatMap(({ textHash, labels }) => {
    const now = wanted.get(textHash) ?? [];
    return now.every((label) => labels.includes(label) || labels.includes(anyLabel)) ? [] : { textHash, labels: now };
  });
}

/** Queues texts of these documents whose labels in the stores are outdated. @returns their number */
export async function noteMislabeled(
  trx: UserTransaction,
  userId: string,
  space: VectorSpace,
  documentIds: readonly string[],
): Promise<number> {
  const { rows } = await sql`
    insert into vector_deletions (user_id, text_hash)
    select distinct ${userId}, c.text_hash
    from documents d join document_chunks c on c.document_id = d.id and c.generation = d.live_generation
    cross join ${recordOf(space, sql`c.text_hash`)} e
    where d.id = any(${documentIds}::uuid[]) and not e.labels @> ${labelsOfDocument}
      and not e.labels @> array[${anyLabel}]
    order by 2
    on conflict (user_id, text_hash) do update set created_at = clock_timestamp()
    returning text_hash`.execute(trx);
  return rows.length;
}

export async function recordLabels(
  trx: UserTransaction,
  space: VectorSpace,
  vectors: readonly StoredVector[],
): Promise<void> {
  await sql`
    update embeddings e set labels = x.labels
    from jsonb_to_recordset(${toJson(vectors)}::jsonb) as x("textHash" text, labels text[])
    where ${inSpace(space)} and e.text_hash = x."textHash"
      and e.text_hash = any(${vectors.map((vector) => vector.textHash)}::text[])`.execute(trx);
}

export interface PendingChange {
  readonly textHash: string;
  /** When it was last queued. If it is queued again while the stores are being updated, it stays queued. */
  readonly notedAt: string;
}

/** Texts that the vector stores still have to process, in order. */
export async function pendingVectorChanges(
  trx: UserTransaction,
  after: string,
  limit: number,
): Promise<PendingChange[]> {
  const { rows } = await sql<PendingChange>`
    select text_hash, created_at::text as noted_at from vector_deletions where text_hash > ${after}
    order by text_hash limit ${limit}`.execute(trx);
  return rows;
}

/** Removes changes that the stores have applied. */
export async function forgetVectorChanges(trx: UserTransaction, changes: readonly PendingChange[]): Promise<void> {
  await sql`
    delete from vector_deletions v
    using unnest(${changes.map((c) => c.textHash)}::text[], ${changes.map((c) => c.notedAt)}::timestamptz[])
      as x(text_hash, noted_at)
    where v.text_hash = x.text_hash and v.created_at = x.noted_at`.execute(trx);
}

/** A condition on `e`: no chunk contains the text. It is looked up for each of a few texts, not joined (`offset 0`). */
const isUnused = sql`not exists (select from document_chunks c
  where c.user_id = e.user_id and c.text_hash = e.text_hash offset 0)`;

/** Like `recordsOf`, for every space of the user: a space is recorded before its first vector. `ctid` is a column. */
function recordsInAllSpaces(textHashes: readonly string[], locking = sql``) {
  return sql`(select distinct h from unnest(${textArray(textHashes)}::text[]) as u(h) order by h) as texts
    cross join (select store, model, dimensions from vector_spaces offset 0) s
    cross join lateral (
      select e.ctid, e.* from embeddings e
      where e.store = s.store and e.model = s.model and e.dimensions = s.dimensions and e.text_hash = texts.h
      offset 0 ${locking}
    ) e`;
}

/** Queues those of these texts that are recorded and that no chunk uses. @returns their number */
export async function noteUnused(trx: UserTransaction, userId: string, textHashes: readonly string[]): Promise<number> {
  const { rows } = await sql`
    insert into vector_deletions (user_id, text_hash)
    select distinct ${userId}, e.text_hash from ${recordsInAllSpaces(textHashes)} where ${isUnused}
    order by 2
    on conflict (user_id, text_hash) do update set created_at = clock_timestamp()
    returning text_hash`.execute(trx);
  return rows.length;
}

/**
 * Deletes the vectors in Postgres for those of these texts that no chunk uses any more. The rows are locked before it is
 * looked whether they are used: a batch that needs one of them at the same time either has written its chunks by then,
 * or waits with its claim, which it repeats after them, and then sees that the vector is deleted. What is claimed is
 * left to its claimant, whose chunks may be on their way.
 * @returns the unused texts that are claimed. Their claimant may have been killed, so they are to be looked at again.
 */
export async function deleteUnusedHere(trx: UserTransaction, textHashes: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ place: string; isClaimed: boolean }>`
    select e.ctid::text as place, e.stored_at is null and coalesce(e.claimed_until >= now(), false) as is_claimed
    from ${recordsInAllSpaces(textHashes, sql`for update`)}
    where e.store = 'pgvector'`.execute(trx);
  const { free = [], claimed = [] } = Object.groupBy(rows, ({ isClaimed }) => (isClaimed ? 'claimed' : 'free'));
  const unusedAt = (places: readonly { readonly place: string }[]) =>
    sql`e.ctid = any(${places.map(({ place }) => place)}::tid[]) and ${isUnused}`;
  await sql`delete from embeddings e where ${unusedAt(free)}`.execute(trx);
  if (claimed.length === 0) return new Set();
  const left = await sql<{ textHash: string }>`
    select e.text_hash from embeddings e where ${unusedAt(claimed)}`.execute(trx);
  return new Set(left.rows.map(({ textHash }) => textHash));
}

/**
 * Claims an external store's vectors of unused texts for deletion. A process that needs one of them meanwhile waits,
 * then writes it again. The rows are locked before it is looked whether they are used, like in `deleteUnusedHere`.
 * @returns `mine` to delete, and `others` that another claimant is deleting
 */
export async function claimUnused(
  trx: UserTransaction,
  space: VectorSpace,
  claim: Claim,
  textHashes: readonly string[],
): Promise<{ readonly mine: string[]; readonly others: string[] }> {
  const these = sql`${inSpace(space)} and e.text_hash = any(${textHashes}::text[])`;
  await sql`select 1 from embeddings e where ${these} order by e.text_hash for update`.execute(trx);
  const { rows } = await sql<{ textHash: string; mine: boolean }>`
    with unused as (
      select e.text_hash, (${isStored} or ${isFree(claim)}) as mine from embeddings e
      where ${these} and ${isUnused}
    ), claimed as (
      update embeddings e set stored_at = null, unconfirmed_since = null, claimed_by = ${claim.by}::uuid,
        claimed_until = now() + make_interval(secs => ${claim.forSeconds})
      from unused u where ${these} and e.text_hash = u.text_hash and u.mine
    )
    select text_hash, mine from unused`.execute(trx);
  const hashes = (mine: boolean): string[] => rows.filter((row) => row.mine === mine).map((row) => row.textHash);
  return { mine: hashes(true), others: hashes(false) };
}

/** Removes the records that this claimant has deleted from the store. */
export async function forgetDeleted(
  trx: UserTransaction,
  space: VectorSpace,
  by: string,
  textHashes: readonly string[],
): Promise<void> {
  await sql`
    delete from embeddings e
    where ${inSpace(space)} and e.text_hash = any(${textHashes}::text[]) and e.claimed_by = ${by}::uuid
      and e.stored_at is null`.execute(trx);
}
