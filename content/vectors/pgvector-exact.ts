/** Exact searches: vectors are compared one by one. */

import { sql } from 'kysely';
import type { UserTransaction } from '../../db/access/as-user.ts';
import { documentFilter, documentsToFilter, hasAnyId } from '../../db/documents/document-filter.ts';
import { chunksOf, chunksOfDocument, isLive } from '../../db/documents/live-chunks.ts';
import { inSpace, isStored, recordOf } from '../../db/vectors/vector-records.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { encodeVector } from './pgvector-encoding.ts';
import type { VectorHit, VectorQuery } from './vector-index.ts';

/** Compares the vectors of what passes the filter. */
export async function compareFiltered(
  trx: UserTransaction,
  userId: string,
  space: VectorSpace,
  query: VectorQuery,
): Promise<VectorHit[]> {
  const { rows } = await sql<VectorHit>`
    select c.id as chunk_id, 1 - (e.vector <=> ${encodeVector(query.vector)}::vector) as score
    from (select d.id, d.live_generation
      from ${documentsToFilter(query.filter)} d
      where ${hasAnyId} and d.user_id = ${userId} ${documentFilter(query.filter)} offset 0) d
    cross join ${chunksOfDocument} c
    cross join ${recordOf(space, sql`c.text_hash`)} e
    where e.vector is not null and ${isStored}
    order by score desc, c.id
    limit ${query.topK}`.execute(trx);
  return rows;
}

/**
 * Compares all vectors first, and then looks up the chunks of the nearest texts until enough of them are live and pass
 * the filter: looking up a row takes ten times as long as comparing a vector. `offset 0` fixes this order.
 */
export async function compareAll(
  trx: UserTransaction,
  userId: string,
  space: VectorSpace,
  query: VectorQuery,
): Promise<VectorHit[]> {
  const { rows } = await sql<VectorHit>`
    select chunk_id, 1 - distance as score from (
      select c.id as chunk_id, near.distance from (
        select e.text_hash, e.vector <=> ${encodeVector(query.vector)}::vector as distance from embeddings e
        where e.user_id = ${userId} and ${inSpace(space)} and e.vector is not null and ${isStored}
        order by distance, e.text_hash offset 0) near
      cross join lateral (${chunksOf(userId, sql`near.text_hash`)}) c
      cross join lateral (${isLive(query.filter)}) live
      limit ${query.topK}
    ) nearest
    order by distance, chunk_id`.execute(trx);
  return rows;
}
