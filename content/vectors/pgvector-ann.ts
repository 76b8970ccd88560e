/**
 * An approximate index (HNSW) of one tenant's vectors, created when there are so many that an exact search takes too
 * long. It is a partial index, so that a filter on the tenant does not reduce its quality, and uses half precision,
 * which needs half the memory and supports up to 4,000 dimensions. Its candidates are compared again in full precision.
 */

import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { findLiveChunks } from '../../db/documents/live-chunks.ts';
import { inSpace } from '../../db/vectors/vector-records.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { encodeVector } from './pgvector-encoding.ts';
import type { VectorHit, VectorQuery } from './vector-index.ts';

/**
 * Number of one tenant's vectors above which an exact search takes more than about 50 ms, whatever their size
 * (docs/performance.md).
 */
const worthwhile = 10_000;
/** Maximum number of dimensions that pgvector can index in half precision. */
const maxDimensions = 4000;
/** Candidates per requested hit: a text may be in deleted and stale versions, or outside of the filter. */
const candidatesPerHit = 4;
/** pgvector's maximum for `hnsw.ef_search`. */
const maxSearched = 1000;
/** More candidates take longer than an exact comparison of what so narrow a filter leaves. */
const maxCandidates = 4000;
/** Ask for more candidates than the first ones suggest, because relevant texts are not spread evenly. */
const margin = 1.5;
const buildMemory = '512MB';

/**
 * Checks whether the index is missing and worthwhile. Never true on the embedded database, which has only one
 * connection.
 */
export async function isAnnIndexDue(db: Kysely<Database>, userId: string, space: VectorSpace): Promise<boolean> {
  if (space.store !== 'pgvector' || space.dimensions > maxDimensions || (await isEmbedded(db))) return false;
  return await asUser(
    db,
    userId,
    async (trx) => !(await hasAnnIndex(trx, userId, space)) && (await hasWorthwhileCount(trx, space)),
  );
}

/**
 * Builds the tenant's index if it is due. Vectors can be read and written during the build. A build that was killed
 * leaves an invalid index, which is dropped first.
 * @returns whether it was due
 */
export async function maintainAnnIndex(db: Kysely<Database>, userId: string, space: VectorSpace): Promise<boolean> {
  if (!(await isAnnIndexDue(db, userId, space))) return false;
  await dropAnnIndex(db, userId, space);
  await buildAnnIndex(db, userId, space);
  return true;
}

async function buildAnnIndex(db: Kysely<Database>, userId: string, space: VectorSpace): Promise<void> {
  await db.connection().execute(async (connection) => {
    await sql`set maintenance_work_mem = ${sql.lit(buildMemory)}`.execute(connection);
    try {
      await sql`
        create index concurrently ${sql.ref(annIndexName(userId, space))}
        on embeddings using hnsw ((vector::halfvec(${sql.lit(space.dimensions)})) halfvec_cosine_ops)
        where user_id = ${sql.lit(userId)} and store = 'pgvector' and model = ${sql.lit(space.model)}
          and dimensions = ${sql.lit(space.dimensions)} and vector is not null`.execute(connection);
    } finally {
      await sql`reset maintenance_work_mem`.execute(connection);
    }
  });
}

/** Also drops an invalid index. */
export async function dropAnnIndex(db: Kysely<Database>, userId: string, space: VectorSpace): Promise<void> {
  const name = annIndexName(userId, space);
  const { rows } = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(db);
  if (rows[0]?.there === true) await sql`drop index concurrently if exists ${sql.ref(name)}`.execute(db);
}

export async function hasAnnIndex(trx: UserTransaction, userId: string, space: VectorSpace): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_index where indexrelid = to_regclass(${annIndexName(userId, space)}) and indisvalid`.execute(trx);
  return rows.length > 0;
}

/**
 * Looks for more candidates if a filter leaves too few of the first ones.
 * @returns null if so few candidates pass the filter that an exact comparison of the filtered vectors is better
 */
export async function findNearestApproximately(
  trx: UserTransaction,
  userId: string,
  space: VectorSpace,
  query: VectorQuery,
): Promise<VectorHit[] | null> {
  const look = async (candidates: number) => {
    const texts = await findCandidates(trx, userId, space, query, candidates);
    const hits = await findLiveChunks(trx, userId, texts, query.filter, query.topK);
    return { hits, isComplete: hits.length === query.topK || texts.length < candidates };
  };
  const candidates = Math.min(maxSearched, query.topK * candidatesPerHit);
  const first = await look(candidates);
  if (first.isComplete) return first.hits;
  const wanted = Math.ceil((margin * candidates * query.topK) / Math.max(1, first.hits.length));
  const second = wanted > maxCandidates ? first : await look(wanted);
  return second.isComplete ? second.hits : null;
}

async function findCandidates(
  trx: UserTransaction,
  userId: string,
  space: VectorSpace,
  query: VectorQuery,
  candidates: number,
) {
  // Uses an iterative scan, so that rows that are deleted or not stored do not use up the candidates.
  await sql`
    select set_config('hnsw.ef_search', ${String(Math.min(maxSearched, candidates))}, true),
      set_config('hnsw.iterative_scan', 'relaxed_order', true)`.execute(trx);
  const half = sql`halfvec(${sql.lit(space.dimensions)})`;
  const asked = sql`${encodeVector(query.vector)}::vector`;
  const { rows } = await sql<{ textHash: string; score: number }>`
    with candidates as materialized (
      select e.text_hash, e.vector from embeddings e
      where e.user_id = ${userId} and ${inSpace(space)} and e.vector is not null and e.stored_at is not null
      order by (e.vector::${half}) <=> (${asked}::${half}) limit ${candidates}
    )
    select text_hash, 1 - (vector <=> ${asked}) as score from candidates`.execute(trx);
  return rows;
}

async function hasWorthwhileCount(trx: UserTransaction, space: VectorSpace): Promise<boolean> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count
    from (select 1 from embeddings e where ${inSpace(space)} and e.stored_at is not null limit ${worthwhile}) few`.execute(
    trx,
  );
  return rows[0]?.count === worthwhile;
}

async function isEmbedded(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql<{ version: string }>`select version()`.execute(db);
  return /emscripten|emcc|wasm/i.test(rows[0]?.version ?? '');
}

/** Postgres truncates names to 63 bytes, and a user id may contain anything. */
function annIndexName(userId: string, { model, dimensions }: VectorSpace): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([userId, model, dimensions]))
    .digest('hex');
  return `embeddings_ann_${digest.slice(0, 24)}`;
}
