/**
 * A job that was stopped after it had recorded what it listed, and before it had processed it: the next job does the
 * rest, although the listing shows nothing new to it.
 */

import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import type { JobType } from '../../domain/contract.ts';
import { SyncError } from '../../domain/errors.ts';
import { cancel, source, stepHostileSource, steps, terminate } from '../harness/hostile-steps.ts';
import { contentOf } from '../harness/state.ts';

let dataSourceId: string;

stepHostileSource({ pageSize: 100 });
beforeEach(async () => {
  dataSourceId = await steps.createSource();
});

const held = async (): Promise<string[]> =>
  Object.keys(
    await contentOf({ as: async (userId, work) => await asUser(steps.database.db, userId, work) }, steps.userId),
  );

const ends = [
  ['cancelled', cancel],
  ['terminated', terminate],
] as const;

test.each<[string, JobType]>([
  ['a change feed', 'incremental'],
  ['a full listing', 'full_sync'],
])('a rename whose job stopped before it was stored is stored by the next job, with %s', async (_name, jobType) => {
  source.put('plan', 'the text', { name: 'Old.md' });
  source.put('other', 'stays');
  await steps.sync(dataSourceId, 'full_sync');
  source.put('plan', 'the text', { name: 'New.md' });
  const job = await steps.open(dataSourceId, jobType);
  await steps.run('listPage', job);
  await steps.run('diffPage', job);
  const batch = { ...job, batch: 0 };
  for (const stage of ['downloadBatch', 'transformBatch'] as const) await steps.run(stage, batch);
  const interrupted = { status: 'failed', errorCode: 'interrupted', errorMessage: 'Stopped.' } as const;
  await steps.run('closeJob', { ...job, ...interrupted, swept: false });

  await steps.sync(dataSourceId, jobType);

  const { rows } = await asUser(
    steps.database.db,
    steps.userId,
    async (trx) =>
      await sql<{ title: string; embedded: string }>`
        select d.title, coalesce(c.embedding_context, '') as embedded
        from documents d join document_chunks c on c.document_id = d.id
        where d.data_source_id = ${dataSourceId} order by d.title`.execute(trx),
  );
  // One version each, and the new name is embedded with the text.
  expect(rows).toMatchObject([{ title: 'New.md', embedded: expect.stringContaining('New') }, { title: 'other.md' }]);
  const again = await steps.sync(dataSourceId, 'full_sync');
  expect(again).toMatchObject({ counts: { updated: 0, created: 0 } });
});

test.each(ends)(
  'the contents of a folder that was moved in are found by the job after one that was %s',
  async (_name, end) => {
    const folder = `folder ${randomUUID()}`;
    source.put(`own ${folder}`, 'stays');
    await steps.sync(dataSourceId, 'full_sync');
    source.items.set('inside', { id: 'inside', name: `inside ${folder}.md`, text: 'moved in', parent: folder });
    source.addFolder(folder, folder);
    const job = await steps.open(dataSourceId, 'incremental');
    await steps.run('listPage', job);
    await end(job);

    await steps.sync(dataSourceId, 'incremental');

    expect(await held()).toContain(`${folder}/inside ${folder}.md`);
  },
);

test.each(ends)('the paths below a renamed folder are corrected after a job that was %s', async (_name, end) => {
  const name = `renamed ${randomUUID()}`;
  source.addFolder('folder', 'Old');
  source.put(`in ${name}`, 'text', { parent: 'folder' });
  source.put('own', 'stays');
  await steps.sync(dataSourceId, 'full_sync');
  source.addFolder('folder', name);
  const job = await steps.open(dataSourceId, 'incremental');
  await steps.run('listPage', job);
  await end(job);

  await steps.sync(dataSourceId, 'incremental');

  expect(await held()).toContain(`${name}/in ${name}.md`);
});

test.each(ends)(
  'a version that a %s job wrote, of a change that was then undone, is deleted with its vectors',
  async (_name, end) => {
    const id = `edited ${randomUUID()}`;
    source.put(id, 'as it was');
    await steps.sync(dataSourceId, 'full_sync');
    source.put(id, 'edited, and soon undone');
    const job = await steps.open(dataSourceId, 'incremental');
    await steps.run('listPage', job);
    await steps.run('diffPage', job);
    const batch = { ...job, batch: 0 };
    for (const stage of ['downloadBatch', 'transformBatch'] as const) await steps.run(stage, batch);
    // Its vectors are written before the switch, which fails here.
    const embedding = steps.run('embedBatch', batch, {
      deps: {
        embedderOf: () => ({
          ...steps.deps.embedder,
          embed: async () => await Promise.reject(new Error('killed here')),
        }),
      },
    });
    await expect(embedding).rejects.toThrow();
    expect(await versions(id)).toHaveLength(2);
    source.put(id, 'as it was');
    await end(job);

    await steps.sync(dataSourceId, 'incremental');

    expect(await versions(id)).toEqual(['as it was']);
  },
);

/** The texts of all versions of a document, live or not. */
async function versions(externalId: string): Promise<string[]> {
  const { rows } = await asUser(
    steps.database.db,
    steps.userId,
    async (trx) =>
      await sql<{ text: string }>`
        select c.text from documents d join document_chunks c on c.document_id = d.id
        where d.data_source_id = ${dataSourceId} and d.external_id = ${externalId} order by c.text`.execute(trx),
  );
  return rows.map((row) => row.text);
}

test('a terminated job shows what it has done, and leaves nothing of its removals behind', async () => {
  for (const id of ['a', 'b', 'c']) source.put(id, `text of ${id}`);
  const job = await steps.open(dataSourceId, 'full_sync');
  for (const stage of [
    'listPage',
    'diffPage',
    'downloadBatch',
    'transformBatch',
    'embedBatch',
    'findRemovals',
  ] as const)
    await steps.run(stage, { ...job, batch: 0 });
  await terminate(job);
  const row = await asUser(
    steps.database.db,
    steps.userId,
    async (trx) => await trx.selectFrom('syncJobs').selectAll().where('id', '=', job.jobId).executeTakeFirstOrThrow(),
  );
  expect(row).toMatchObject({ status: 'failed', errorCode: 'interrupted', itemsFound: 3, itemsCreated: 3 });
});

test('the end of a job that is repeated after the next job has begun changes nothing of that job', async () => {
  source.addFolder('f0', 'Old');
  source.put('a', 'the text', { parent: 'f0' });
  const first = await steps.open(dataSourceId, 'full_sync');
  await steps.run('listPage', first);
  await steps.run('diffPage', first);
  const end = { ...first, status: 'completed', errorCode: null, errorMessage: null, swept: true } as const;
  const ended = await steps.run('closeJob', end);

  source.addFolder('f1', 'New');
  const next = await steps.open(dataSourceId, 'full_sync');
  await steps.run('listPage', next);
  expect(await steps.run('closeJob', end)).toMatchObject({ status: ended.status, errorCode: ended.errorCode });

  const { rows } = await asUser(
    steps.database.db,
    steps.userId,
    async (trx) =>
      await sql<{ name: string }>`
        select name from source_containers where data_source_id = ${dataSourceId} order by name`.execute(trx),
  );
  expect(rows.map(({ name }) => name)).toEqual(['New', 'Old']);
  await cancel(next);
});

test('a job can be cancelled while a vector store does not answer', async () => {
  const job = await steps.open(dataSourceId, 'full_sync');
  const as = async (work: (trx: UserTransaction) => Promise<unknown>) =>
    await asUser(steps.database.db, steps.userId, work);
  await as(async (trx) => {
    await sql`
      insert into vector_spaces (user_id, store, model, dimensions, state)
      values (${steps.userId}, 'pinecone', 'm', 3, 'dropping')`.execute(trx);
    await sql`
      insert into embeddings (user_id, store, model, dimensions, text_hash, stored_at)
      values (${steps.userId}, 'pinecone', 'm', 3, 'unused', now())`.execute(trx);
    await trx.insertInto('vectorDeletions').values({ userId: steps.userId, textHash: 'unused' }).execute();
  });
  const end = { status: 'cancelled', errorCode: 'cancelled', errorMessage: 'Cancelled.', swept: false } as const;
  const unreachable = {
    ...steps.deps.vectors,
    indexOf: () => {
      throw new SyncError('unavailable', { message: 'The vector store does not answer.' });
    },
  };
  const deps = { vectors: unreachable };
  expect(await steps.run('closeJob', { ...job, ...end }, { deps })).toMatchObject({ status: 'cancelled' });
  await as(async (trx) => {
    for (const table of ['vectorDeletions', 'embeddings', 'vectorSpaces'] as const)
      await trx.deleteFrom(table).execute();
  });
});
