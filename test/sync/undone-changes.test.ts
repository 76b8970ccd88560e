/**
 * A change that is undone while it is being fetched, or listed again while it is being stored: the documents equal the
 * source.
 */

import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import type { PageRef } from '../../domain/contract.ts';
import { source, stepHostileSource, steps } from '../harness/hostile-steps.ts';
import { contentOf } from '../harness/state.ts';
import { until } from '../harness/until.ts';

let dataSourceId: string;

stepHostileSource();
beforeEach(async () => {
  dataSourceId = await steps.createSource();
});

const held = async (): Promise<Record<string, string>> =>
  await contentOf({ as: async (userId, work) => await asUser(steps.database.db, userId, work) }, steps.userId);

async function finish(page: PageRef): Promise<void> {
  const { batches } = await steps.run('diffPage', page);
  if (batches === 0) return;
  for (const stage of ['downloadBatch', 'transformBatch', 'embedBatch'] as const)
    await steps.run(stage, { ...page, batch: 0 });
  await steps.run('closePage', page);
}

async function close(job: PageRef): Promise<void> {
  await steps.run('closeJob', { ...job, status: 'completed', errorCode: null, errorMessage: null, swept: false });
}

test('an edit that was fetched and then undone: the next job restores the previously listed version', async () => {
  source.put('aba', 'as it was');
  const page = await steps.open(dataSourceId, 'full_sync');
  await steps.run('listPage', page);
  source.put('aba', 'edited after it was listed');
  await finish(page);
  source.put('aba', 'as it was');
  await close(page);

  await steps.sync(dataSourceId, 'incremental');

  expect(await held()).toMatchObject({ 'aba.md': 'as it was' });
});

test('an item that a later page lists again while its text is being switched is compared with that text', async () => {
  if (!steps.database.isReal) return; // the embedded database runs one transaction at a time
  source.pageSize = 1;
  source.put('raced', 'first');
  source.put('other', 'stays');
  source.put('last', 'stays too');
  await steps.sync(dataSourceId, 'full_sync');
  source.put('raced', 'second');
  const job = await steps.open(dataSourceId, 'full_sync');
  await steps.run('listPage', job);
  await steps.run('diffPage', job);
  const batch = { ...job, batch: 0 };
  await steps.run('downloadBatch', batch);
  await steps.run('transformBatch', batch);
  // Undone at the source, and shown once more by the next page
  source.put('raced', 'first');
  source.manners.repeats = true;

  const { switching, release } = await switchUntilItReadsVectors(batch);
  const listing = steps.run('listPage', { ...job, page: 2 });
  await Promise.race([listing, until(async () => (await waiting()) >= 2)]);
  await release();
  await Promise.all([switching, listing]);
  await steps.run('closePage', job);
  await finish({ ...job, page: 2 });
  await steps.run('listPage', { ...job, page: 3 });
  await close(job);
  await steps.sync(dataSourceId, 'full_sync');

  expect(await held()).toMatchObject({ 'raced.md': 'first', 'other.md': 'stays', 'last.md': 'stays too' });
}, 60_000);

/**
 * Pauses the activity after it has checked which items are its own and before it stores them, when it looks for their
 * vectors.
 */
async function switchUntilItReadsVectors(batch: PageRef & { readonly batch: number }) {
  const { db } = steps.database;
  const door = await db.startTransaction().execute();
  await sql`select 1 from vector_spaces for update`.execute(door);
  const switching = steps.run('embedBatch', batch);
  await until(async () => (await waiting()) === 1);
  const vectors = await db.startTransaction().execute();
  await sql`lock table embeddings in access exclusive mode`.execute(vectors);
  await door.commit().execute();
  await until(async () => await waitsForVectors());
  return { switching, release: async () => await vectors.commit().execute() };
}

async function waiting(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(steps.database.db);
  return rows[0]?.count ?? 0;
}

async function waitsForVectors(): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_locks where relation = 'embeddings'::regclass and not granted`.execute(steps.database.db);
  return rows.length > 0;
}
