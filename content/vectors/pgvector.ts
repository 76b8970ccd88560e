import { type Kysely, sql } from 'kysely';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import { textArray } from '../../db/access/binary-array.ts';
import type { Database } from '../../db/access/database.ts';
import { estimateFilter } from '../../db/documents/chunk-sample.ts';
import { inSpace, isStored, recordsOf } from '../../db/vectors/vector-records.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { dropAnnIndex, findNearestApproximately, prepareWalk } from './pgvector-ann.ts';
import { encodeVectors } from './pgvector-encoding.ts';
import { compareAll, compareFiltered } from './pgvector-exact.ts';
import type { VectorHit, VectorIndex, VectorQuery, VectorRecord } from './vector-index.ts';

/** Number of vectors per statement: about 3 MB at 1,536 dimensions. */
const recordsPerStatement = 500;
const listPage = 5000;
/** From this share on, a filter is applied to the nearest vectors instead of listing what passes it. */
const broadFrom = 0.25;
/**
 * So many vectors are compared one by one rather than looking at one on a walk through the index. It takes about as long
 * where a filter leaves a twentieth of 120,000, and misses none of the nearest, of which the walk found three quarters.
 */
const comparedPerWalked = 8;

/**
 * Stores vectors in Postgres, in the rows that record them. The search is exact within the tenant's rows, until a
 * tenant has enough vectors for its own approximate index (`pgvector-ann.ts`, docs/performance.md).
 */
export function createPgvectorIndex(db: Kysely<Database>, space: VectorSpace): VectorIndex {
  return {
    space,
    upsert: async (userId, records) => {
      for (let at = 0; at < records.length; at += recordsPerStatement) {
        const slice = records.slice(at, at + recordsPerStatement);
        await asUser(db, userId, (trx) => writeVectors(trx, userId, space, slice));
      }
    },
    // The row is the vector: a committed vector is readable, a deleted one is not found, and filters are joins.
    resume: () => Promise.resolve([]),
    confirm: () => Promise.resolve(),
    delete: () => Promise.resolve(),
    relabel: () => Promise.resolve(),
    deleteAll: (userId) => dropAnnIndex(db, userId, space),
    countOutside: () => Promise.resolve(0),
    read: (userId, textHashes) => asUser(db, userId, (trx) => readVectors(trx, space, textHashes)),
    list: async (userId, cursor) => {
      const textHashes = await asUser(db, userId, (trx) => listVectors(trx, space, cursor ?? ''));
      return { textHashes, next: textHashes.length < listPage ? null : (textHashes.at(-1) ?? null) };
    },
    query: (userId, query) => asUser(db, userId, (trx) => findNearest(trx, userId, space, query)),
  };
}

/** Uses binary parameters: a vector as text has three times the bytes, and every number must be formatted. */
async function writeVectors(
  trx: UserTransaction,
  userId: string,
  { store, model, dimensions }: VectorSpace,
  records: readonly VectorRecord[],
): Promise<void> {
  await sql`
    insert into embeddings (user_id, store, model, dimensions, text_hash, vector, stored_at)
    select ${userId}, ${store}, ${model}, ${dimensions}::integer, x.text_hash, x.vector, now()
    from unnest(${textArray(records.map((record) => record.textHash))}::text[],
      ${encodeVectors(records.map((record) => record.vector))}::vector[]) as x(text_hash, vector)
    on conflict (user_id, store, model, dimensions, text_hash)
      do update set vector = excluded.vector, stored_at = now(), claimed_by = null, claimed_until = null`.execute(trx);
}

async function readVectors(
  trx: UserTransaction,
  space: VectorSpace,
  textHashes: readonly string[],
): Promise<VectorRecord[]> {
  const { rows } = await sql<{ textHash: string; numbers: number[] }>`
    select e.text_hash, e.vector::real[] as numbers from ${recordsOf(space, textHashes)}
    where e.vector is not null and ${isStored}`.execute(trx);
  return rows.map(({ textHash, numbers }) => ({ textHash, vector: Float32Array.from(numbers) }));
}

async function listVectors(trx: UserTransaction, space: VectorSpace, after: string): Promise<string[]> {
  const { rows } = await sql<{ textHash: string }>`
    select e.text_hash from embeddings e
    where ${inSpace(space)} and e.text_hash > ${after} and e.vector is not null and ${isStored}
    order by e.text_hash limit ${listPage}`.execute(trx);
  return rows.map((row) => row.textHash);
}

/**
 * Chooses the way that takes least: a walk through the approximate index if there is one, unless a filter leaves so few
 * that comparing all of them takes less.
 */
async function findNearest(
  trx: UserTransaction,
  userId: string,
  space: VectorSpace,
  query: VectorQuery,
): Promise<VectorHit[]> {
  const { filter, topK } = query;
  const hasIndex = await prepareWalk(trx, userId, space, topK);
  const { chunks, share } =
    filter === undefined ? { chunks: Number.POSITIVE_INFINITY, share: 1 } : await estimateFilter(trx, userId, filter);
  if (!hasIndex) {
    const search = share < broadFrom ? compareFiltered : compareAll;
    return await search(trx, userId, space, query);
  }
  // A walk looks at about topK / share vectors.
  const isNarrow = share * chunks * share < comparedPerWalked * topK;
  const hits = isNarrow ? null : await findNearestApproximately(trx, userId, space, query);
  return hits ?? (await compareFiltered(trx, userId, space, query));
}
