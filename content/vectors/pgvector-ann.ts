/**
 * An approximate index (HNSW) of one tenant's vectors, created when there are so many that an exact search takes too
 * long. It is a partial index, so that a filter on the tenant does not reduce its quality, and uses half precision,
 * which needs half the memory and supports up to 4,000 dimensions. Its candidates are compared again in full precision.
 */

import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { chunksOf, isLive } from '../../db/documents/live-chunks.ts';
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
/** Vectors that one step of the walk looks at, per requested hit: more find the nearest ones more reliably. */
const searchedPerHit = 4;
/**
 * Vectors that one step looks at, however few are requested. With 40 or 100, 6 of 80 indexes of 50 topics missed one
 * topic of 20 completely, because the walk ended among the texts of another; with 200 none did.
 */
const minSearched = 200;
/** pgvector's maximum for `hnsw.ef_search`. */
const maxSearched = 1000;
/** Vectors that are looked at in all. More take longer than an exact comparison of what so narrow a filter leaves. */
const maxWalked = 20_000;
/** Chunks that are compared in full precision, per requested hit. */
const comparedPerHit = 2;
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

function searchedBy(topK: number): number {
  return Math.min(maxSearched, Math.max(minSearched, topK * searchedPerHit));
}

/** Also drops an invalid index. */
export async function dropAnnIndex(db: Kysely<Database>, userId: string, space: VectorSpace): Promise<void> {
  const name = annIndexName(userId, space);
  const { rows } = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(db);
  if (rows[0]?.there === true) await sql`drop index concurrently if exists ${sql.ref(name)}`.execute(db);
}

export async function hasAnnIndex(trx: UserTransaction, userId: string, space: VectorSpace): Promise<boolean> {
  const { rows } = await sql`select 1 ${fromIndex(userId, space)}`.execute(trx);
  return rows.length > 0;
}

/**
 * Prepares the transaction for a walk through the index, if there is one. The walk continues as long as rows are deleted,
 * not stored, or outside of the filter.
 * @returns whether there is an index
 */
export async function prepareWalk(
  trx: UserTransaction,
  userId: string,
  space: VectorSpace,
  topK: number,
): Promise<boolean> {
  const { rows } = await sql`
    select set_config('hnsw.ef_search', ${String(searchedBy(topK))}, true),
      set_config('hnsw.iterative_scan', 'relaxed_order', true),
      set_config('hnsw.max_scan_tuples', ${String(maxWalked)}, true) ${fromIndex(userId, space)}`.execute(trx);
  return rows.length > 0;
}

/** One row if the index is there. */
function fromIndex(userId: string, space: VectorSpace) {
  return sql`from pg_index where indexrelid = to_regclass(${annIndexName(userId, space)}) and indisvalid`;
}

/**
 * Walks through the index from the nearest vector on, until enough chunks of live documents that pass the filter are
 * found. The row of each vector is checked while walking, so that no vector is read that is not needed, whatever share
 * the filter leaves. What was found is compared again in full precision. `prepareWalk` comes first.
 * @returns null if so few chunks are live and pass the filter that comparing their vectors one by one is better
 */
export async function findNearestApproximately(
  trx: UserTransaction,
  userId: string,
  space: VectorSpace,
  { vector, topK, filter }: VectorQuery,
): Promise<VectorHit[] | null> {
  const half = sql`halfvec(${sql.lit(space.dimensions)})`;
  const asked = sql`${encodeVector(vector)}::vector`;
  const { rows } = await sql<VectorHit>`
    with near as materialized (
      select c.id, e.vector from embeddings e
      cross join lateral (${chunksOf(userId, sql`e.text_hash`)}) c
      cross join lateral (${isLive(filter)}) live
      where e.user_id = ${userId} and ${inSpace(space)} and e.vector is not null and e.stored_at is not null
      order by (e.vector::${half}) <=> (${asked}::${half}) limit ${Math.ceil(topK * comparedPerHit)}
    )
    select id as chunk_id, 1 - (vector <=> ${asked}) as score from near
    order by score desc, id limit ${topK}`.execute(trx);
  return rows.length * 2 >= topK ? rows : null;
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
