/** Texts as they were embedded, reconstructed from the stored chunks: for another model, or for a lost vector. */

import { sql } from 'kysely';
import { anyLabel, inSpace, isStored, labelsOfDocument } from '../vectors/vector-records.ts';
import { hasAnyId } from './document-filter.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import type { UserTransaction } from '../access/as-user.ts';

export interface StoredText {
  readonly textHash: string;
  readonly embeddingText: string;
  readonly tokens: number;
}

/** Chunks of older versions did not store their embedding context, so they are embedded without it. */
export async function findStoredTexts(trx: UserTransaction, textHashes: readonly string[]): Promise<StoredText[]> {
  const { rows } = await sql<StoredText>`
    select distinct on (text_hash) text_hash, coalesce(embedding_context, '') || text as embedding_text, tokens
    from document_chunks where text_hash = any(${textHashes}::text[])
    order by text_hash, embedding_context is null`.execute(trx);
  return rows;
}

/**
 * Texts of live documents that have no vector in the space, in order.
 * @param wanted whether the store must only have accepted the vector, or it must have been read back
 */
export async function findTextsWithout(
  trx: UserTransaction,
  space: VectorSpace,
  wanted: 'stored' | 'readable',
  after: string,
  limit: number,
): Promise<string[]> {
  const isEnough = wanted === 'stored' ? sql`true` : sql`e.unconfirmed_since is null`;
  const { rows } = await sql<{ textHash: string }>`
    select distinct c.text_hash from document_chunks c
    join documents d on d.id = c.document_id and d.live_generation = c.generation
    where c.text_hash > ${after} and not exists (select from embeddings e
      where ${inSpace(space)} and e.text_hash = c.text_hash and ${isStored} and ${isEnough} offset 0)
    order by 1 limit ${limit}`.execute(trx);
  return rows.map((row) => row.textHash);
}

/** How many texts of live documents have no readable vector in the space, and their tokens. */
export async function sumTextsWithout(
  trx: UserTransaction,
  space: VectorSpace,
): Promise<{ readonly texts: number; readonly tokens: number }> {
  const { rows } = await sql<{ texts: number; tokens: number }>`
    select count(*)::int as texts, coalesce(sum(tokens), 0)::float8 as tokens from (
      select distinct on (c.text_hash) c.tokens from document_chunks c
      join documents d on d.id = c.document_id and d.live_generation = c.generation
      where ${hasAnyId} and not exists (select from embeddings e where ${inSpace(space)}
        and e.text_hash = c.text_hash and ${isStored} and e.unconfirmed_since is null offset 0)
      order by c.text_hash) as missing`.execute(trx);
  return rows[0] ?? { texts: 0, tokens: 0 };
}

export async function countLiveTexts(trx: UserTransaction): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct c.text_hash)::int as count from document_chunks c
    join documents d on d.id = c.document_id and d.live_generation = c.generation
    where ${hasAnyId}`.execute(trx);
  return rows[0]?.count ?? 0;
}

/** The vectors that the space records as readable, in order. */
export async function findRecorded(
  trx: UserTransaction,
  space: VectorSpace,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ textHash: string }>`
    select e.text_hash from embeddings e
    where ${inSpace(space)} and e.text_hash > ${after} and e.stored_at is not null and e.unconfirmed_since is null
    order by 1 limit ${limit}`.execute(trx);
  return rows.map((row) => row.textHash);
}

/** Those of the given vectors that have no record, not even a claim. */
export async function findUnrecorded(
  trx: UserTransaction,
  space: VectorSpace,
  textHashes: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ textHash: string }>`
    select h as text_hash from unnest(${textHashes}::text[]) as u(h)
    where not exists (select from embeddings e where ${inSpace(space)} and e.text_hash = h offset 0)`.execute(trx);
  return rows.map((row) => row.textHash);
}

/** Marks vectors that the store has lost as not written. */
export async function recordLost(
  trx: UserTransaction,
  space: VectorSpace,
  textHashes: readonly string[],
): Promise<void> {
  await sql`
    update embeddings e set stored_at = null, claimed_by = null, claimed_until = null
    where ${inSpace(space)} and e.text_hash = any(${textHashes}::text[]) and e.stored_at is not null`.execute(trx);
}

/**
 * Recorded vectors that no chunk uses and no process is deleting, and those with outdated labels.
 * @param what whether they are only counted, or also queued for the stores
 */
export async function findStale(
  trx: UserTransaction,
  userId: string,
  space: VectorSpace,
  what: 'count' | 'note',
): Promise<{ readonly unused: number; readonly mislabeled: number }> {
  const noted =
    what === 'note'
      ? sql`, noted as (
        insert into vector_deletions (user_id, text_hash) select ${userId}, text_hash from stale order by 2
        on conflict (user_id, text_hash) do update set created_at = clock_timestamp())`
      : sql``;
  const { rows } = await sql<{ unused: number; mislabeled: number }>`
    with stale as (
      select e.text_hash, true as unused from embeddings e
      where ${inSpace(space)} and (e.stored_at is not null or e.claimed_until is null or e.claimed_until < now())
        and not exists (select from vector_deletions v
          where v.user_id = e.user_id and v.text_hash = e.text_hash offset 0)
        and not exists (select from document_chunks c
          where c.user_id = e.user_id and c.text_hash = e.text_hash offset 0)
      union all
      select e.text_hash, false from embeddings e
      where ${inSpace(space)} and e.stored_at is not null and exists (
        select from document_chunks c join documents d on d.id = c.document_id and d.live_generation = c.generation
        where c.user_id = e.user_id and c.text_hash = e.text_hash and not e.labels @> ${labelsOfDocument}
          and not e.labels @> array[${anyLabel}] offset 0)
    ) ${noted}
    select (count(*) filter (where unused))::int as unused, (count(*) filter (where not unused))::int as mislabeled
    from stale`.execute(trx);
  return rows[0] ?? { unused: 0, mislabeled: 0 };
}
