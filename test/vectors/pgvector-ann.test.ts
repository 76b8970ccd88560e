/** A large tenant's approximate index, on a real PostgreSQL; the embedded database never builds one. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { createPgvectorIndex } from '../../content/vectors/pgvector.ts';
import { hasAnnIndex, isAnnIndexDue, maintainAnnIndex } from '../../content/vectors/pgvector-ann.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { startHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';
import { dimensions, hashOf, recordOf, vectorOf } from './texts.ts';

const never = new AbortController().signal;
const user = "O'Hara\\";
const texts = Array.from({ length: 10_000 }, (_, i) => `topic${i % 50} text ${i}`);
const space: VectorSpace = { store: 'pgvector', model: "model'", dimensions };
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await addDocuments(texts);
  await createPgvectorIndex(database.db, space).upsert(user, texts.map(recordOf), never);
}, 120_000);
afterAll(async () => await database[Symbol.asyncDispose]());

/** One chunk per document; every hundredth has a type of its own, and every seventh of the others. */
async function addDocuments(all: readonly string[]): Promise<void> {
  await asUser(database.db, user, async (trx) => {
    await sql`
      with made as (
        insert into documents (user_id, external_id, item_type, title, mime_type, content_hash, pipeline_version,
          live_generation)
        select ${user}, h, 'file', h, case when o % 100 = 0 then 'text/rare' when o % 7 = 0 then 'text/html' else 'text/plain' end, 'h', '1',
          ${randomUUID()}::uuid
        from unnest(${all.map(hashOf)}::text[]) with ordinality as x(h, o)
        returning id, external_id, live_generation
      )
      insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens)
      select ${user}, id, live_generation, 0, 'text', external_id, 1 from made`.execute(trx);
  });
}

test('is built once there are ten thousand vectors, and finds what an exact search finds', async () => {
  const index = createPgvectorIndex(database.db, space);
  const questions = Array.from({ length: 20 }, (_, i) => vectorOf(`topic${i} question`));
  const ask = async (filter?: object) =>
    await Promise.all(
      questions.map(async (vector) =>
        (await index.query(user, { vector, topK: 10, ...(filter ? { filter } : {}) }, never)).map((hit) => hit.chunkId),
      ),
    );
  const exact = await ask();
  const exactRare = await ask({ mimeTypes: ['text/rare'] });
  const exactSeventh = await ask({ mimeTypes: ['text/html'] });

  expect(await isAnnIndexDue(database.db, user, space)).toBe(database.isReal);
  expect(await maintainAnnIndex(database.db, user, space)).toBe(database.isReal);
  if (!database.isReal) return;
  expect(await isAnnIndexDue(database.db, user, space)).toBe(false);
  expect(await plan()).toMatch(/Index Scan using embeddings_ann_/);

  expect(recall(await ask(), exact)).toBeGreaterThanOrEqual(0.95);
  // The first candidates are too few of this type; more of them are enough.
  expect(recall(await ask({ mimeTypes: ['text/html'] }), exactSeventh)).toBeGreaterThanOrEqual(0.95);
  // So few documents pass this filter that the exact search is used.
  expect(await ask({ mimeTypes: ['text/rare'] })).toEqual(exactRare);

  await index.deleteAll(user, never);
  expect(await asUser(database.db, user, async (trx) => await hasAnnIndex(trx, user, space))).toBe(false);
}, 120_000);

/** The share of the first ten that were found, of all questions. */
function recall(found: readonly (readonly string[])[], exact: readonly (readonly string[])[]): number {
  const shares = found.map((ids, i) => ids.filter((id) => exact[i]?.includes(id)).length / 10);
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

test('a tenant that a job has made large gets its index automatically', async () => {
  await using headwater = await startHeadwater();
  const tenant = `user-${randomUUID()}`;
  const account = headwater.google.state.account(`${tenant}@example.com`);
  account.addFile({ name: 'a.md', content: 'one more file' });
  const dataSourceId = await headwater.createDrive(tenant, account.email);
  // Ten texts have one vector each: such an index is built in a tenth of the time
  await headwater.as(
    tenant,
    async (trx) =>
      await sql`
        with directions as materialized (
          select n, (select array_agg(random()) from generate_series(1, 384 + 0 * n))::vector as vector
          from generate_series(1, 1000) n
        )
        insert into embeddings (user_id, store, model, dimensions, text_hash, vector, stored_at)
        select ${tenant}, 'pgvector', 'local-lexical-384', 384, 'hash ' || n || ' ' || text, vector, now()
        from directions cross join generate_series(1, 10) text`.execute(trx),
  );
  expect(await headwater.sync({ dataSourceId, jobType: 'full_sync' })).toMatchObject({ status: 'completed' });
  if (!headwater.database.isReal) return;
  const grown: VectorSpace = { store: 'pgvector', model: 'local-lexical-384', dimensions: 384 };
  await until(async () => await headwater.as(tenant, async (trx) => await hasAnnIndex(trx, tenant, grown)));
}, 120_000);

/** The query plan for the candidates, because a partial index that the planner does not use would be useless. */
async function plan(): Promise<string> {
  return await asUser(database.db, user, async (trx) => {
    const vector = `[${vectorOf('topic1').join(',')}]`;
    const { rows } = await sql<{ 'QUERY PLAN': string }>`
      explain select e.text_hash from embeddings e
      where e.user_id = ${user} and e.store = ${space.store} and e.model = ${space.model}
        and e.dimensions = ${space.dimensions} and e.vector is not null and e.stored_at is not null
      order by (e.vector::halfvec(${sql.lit(dimensions)})) <=> (${vector}::vector::halfvec(${sql.lit(dimensions)}))
      limit 40`.execute(trx);
    return rows.map((row) => Object.values(row)[0]).join('\n');
  });
}
