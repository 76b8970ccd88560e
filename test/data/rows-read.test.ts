/**
 * A new source is not in PostgreSQL's statistics, and the planner expects one row of it. Statements that fit each item
 * of a page to its row must not read all rows of the job for it.
 */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { wordsOf } from '../../content/words/words.ts';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import { planPage } from '../../db/items/diff.ts';
import { recordDownloads } from '../../db/jobs/ledger.ts';
import { recordJobDay } from '../../db/statistics/source-days.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

const dataSourceId = '0190b3c2-0000-7000-8000-000000000001';
const jobId = '0190b3c2-0000-7000-8000-000000000002';
const key = { jobId, userId: 'ana', dataSourceId, page: 1 };
const items = 1000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await as(async (trx) => {
    await sql`
      insert into data_sources (id, user_id, name, source_type) values (${dataSourceId}, 'ana', 'Files', 'google_drive')`.execute(
      trx,
    );
    await sql`
      insert into sync_jobs (id, user_id, data_source_id, job_type, trigger, status, started_at, completed_at, items_created)
      values (${jobId}, 'ana', ${dataSourceId}, 'full_sync', 'api', 'running', now(), now(), ${items})`.execute(trx);
    await sql`
      insert into job_items (job_id, user_id, data_source_id, page, external_id, name, item_type, listed_hash, hash_kind)
      select ${jobId}, 'ana', ${dataSourceId}, 1 + i % 2, md5(i::text), 'Minutes ' || i, 'file', i, 'md5'
      from generate_series(1, ${sql.lit(2 * items)}) i`.execute(trx);
  });
}, 60_000);
afterAll(async () => await database[Symbol.asyncDispose]());

async function as<T>(work: (trx: UserTransaction) => Promise<T>): Promise<T> {
  return await asUser(database.db, 'ana', work);
}

/** Runs `work` in a transaction. @returns the number of rows that its statements read */
async function rowsRead(work: (trx: UserTransaction) => Promise<unknown>): Promise<number> {
  return await as(async (trx) => {
    const before = await readSoFar(trx);
    await work(trx);
    return (await readSoFar(trx)) - before;
  });
}

/** Includes earlier transactions of the connection that it has not reported yet. */
async function readSoFar(trx: UserTransaction): Promise<number> {
  const { rows } = await sql<{ read: number }>`
    select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables`.execute(trx);
  return rows[0]?.read ?? 0;
}

test('a page is compared and divided into batches', async () => {
  const input = { ...key, force: false, isStalePage: false, transformationsHash: '', dryRun: false, batchSize: 100 };
  let batches = 0;
  const read = await rowsRead(async (trx) => (batches = await planPage(trx, { ...input, wordsOf })));
  expect(batches).toBe(items / 100);
  expect(read).toBeLessThan(50 * items);
  const { rows } = await as(async (trx) =>
    sql<{ first: string; last: string; count: number }>`
      select min(external_id) as first, max(external_id) as last, count(*)::int as count from job_items
      where batch is not null group by batch order by batch`.execute(trx),
  );
  expect(rows.map((batch) => batch.count)).toEqual(Array.from({ length: batches }, () => 100));
  expect(rows.every((batch, i) => batch.first > (rows[i - 1]?.last ?? ''))).toBe(true);
});

test('downloads are recorded', async () => {
  const ids = await as(
    async (trx) => await sql<{ id: string }>`select external_id as id from job_items where batch = 3`.execute(trx),
  );
  const downloads = ids.rows.map(({ id }) => ({
    externalId: id,
    contentHash: 'c',
    contentMimeType: 'text/plain',
    bytes: 1,
    fingerprint: null,
  }));
  const read = await rowsRead(async (trx) => await recordDownloads(trx, { ...key, batch: 3 }, downloads));
  expect(read).toBeLessThan(50 * downloads.length);
});

test('the tokens of an ended job are counted', async () => {
  await as(async (trx) => {
    await sql`
      insert into vector_spaces (user_id, store, model, dimensions, state) values ('ana', 'pgvector', 'm', 2, 'live')`.execute(
      trx,
    );
    await sql`
      insert into documents (user_id, data_source_id, external_id, item_type, title, content_hash, pipeline_version, live_generation)
      select 'ana', ${dataSourceId}, external_id, 'file', name, 'h', '1', gen_random_uuid() from job_items where page = 1`.execute(
      trx,
    );
    await sql`
      insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens)
      select 'ana', id, live_generation, 0, title, external_id, 3 from documents`.execute(trx);
    await sql`
      insert into embeddings (user_id, store, model, dimensions, text_hash, stored_at)
      select 'ana', 'pgvector', 'm', 2, text_hash, now() from document_chunks`.execute(trx);
    await sql`update job_items set state = 'done', outcome = 'created' where page = 1`.execute(trx);
  });
  const read = await rowsRead(async (trx) => await recordJobDay(trx, jobId));
  expect(read).toBeLessThan(50 * items);
  const { rows } = await as(
    async (trx) => await sql<{ tokens: string }>`select tokens_embedded as tokens from source_days`.execute(trx),
  );
  expect(rows).toEqual([{ tokens: String(3 * items) }]);
});
