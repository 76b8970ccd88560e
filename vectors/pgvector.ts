import { endianness } from 'node:os';
import { type Kysely, sql } from 'kysely';
import { asUser } from '../db/as-user.ts';
import type { Database } from '../db/database.ts';
import { documentFilter } from '../db/document-filter.ts';
import type { VectorHit, VectorIndex, VectorQuery, VectorRecord } from './vector-index.ts';

/** Vectors one statement writes: far below Postgres's 65,535 parameters, about 3 MB at 1,536 dimensions. */
const recordsPerStatement = 500;

/**
 * Vectors in Postgres, beside the texts they belong to. Search is exact behind the tenant's rows: 10,000 vectors of one
 * tenant take 8 ms, and an approximate index must earn its place by a measurement (design section 9).
 */
export function createPgvectorIndex(
  db: Kysely<Database>,
  space: { readonly model: string; readonly dimensions: number },
): VectorIndex {
  return {
    upsert: async (userId, records) => {
      for (let at = 0; at < records.length; at += recordsPerStatement) {
        const slice = records.slice(at, at + recordsPerStatement);
        await asUser(db, userId, async (trx) => await writeVectors(trx, userId, space, slice));
      }
    },
    deleteUnused: async (userId, textHashes) => {
      if (textHashes.length === 0) return;
      await asUser(db, userId, async (trx) => {
        await sql`
          delete from embeddings e
          where e.user_id = ${userId} and e.text_hash = any(${textHashes}::text[])
            and not exists (select from document_chunks c
              where c.user_id = e.user_id and c.text_hash = e.text_hash)`.execute(trx);
      });
    },
    deleteAll: async (userId) => {
      await asUser(
        db,
        userId,
        async (trx) => await trx.deleteFrom('embeddings').where('userId', '=', userId).execute(),
      );
    },
    query: async (userId, query) =>
      await asUser(db, userId, async (trx) => await findNearest(trx, userId, space, query)),
  };
}

/** Binary parameters: a vector as text is three times the bytes and costs a number format for each dimension. */
async function writeVectors(
  trx: Kysely<Database>,
  userId: string,
  space: { readonly model: string; readonly dimensions: number },
  records: readonly VectorRecord[],
): Promise<void> {
  const rows = records.map(
    (r) =>
      sql`(${userId}, ${space.model}, ${space.dimensions}::integer, ${r.textHash}, ${encodeVector(r.vector)}::vector)`,
  );
  await sql`
    insert into embeddings (user_id, model, dimensions, text_hash, vector)
    values ${sql.join(rows)}
    on conflict (user_id, model, dimensions, text_hash)
      do update set vector = excluded.vector, claimed_by = null, claimed_until = null`.execute(trx);
}

/** pgvector's binary form (`vector_recv`): dimensions and an unused word as int16, then big-endian float32. */
export function encodeVector(vector: Float32Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeInt16BE(vector.length, 0);
  const numbers = Buffer.from(vector.buffer.slice(vector.byteOffset, vector.byteOffset + vector.byteLength));
  return Buffer.concat([header, endianness() === 'LE' ? numbers.swap32() : numbers]);
}

async function findNearest(
  trx: Kysely<Database>,
  userId: string,
  space: { readonly model: string; readonly dimensions: number },
  query: VectorQuery,
): Promise<VectorHit[]> {
  const { rows } = await sql<{ chunkId: string; distance: number }>`
    select c.id as chunk_id, e.vector <=> ${encodeVector(query.vector)}::vector as distance
    from document_chunks c
    join documents d on d.id = c.document_id and d.live_generation = c.generation
    left join data_sources s on s.id = d.data_source_id
    join embeddings e on e.user_id = c.user_id and e.model = ${space.model} and e.dimensions = ${space.dimensions}
      and e.text_hash = c.text_hash and e.vector is not null
    where c.user_id = ${userId} ${documentFilter(query.filter)}
    order by distance, c.id
    limit ${query.topK}`.execute(trx);
  return rows.map((row) => ({ chunkId: row.chunkId, score: 1 - row.distance }));
}
