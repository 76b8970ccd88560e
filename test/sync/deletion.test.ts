/** Deleting a source, a document or everything: deletions are counted store by store, and are permanent. */

import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { erasedTables } from '../../db/documents/deletion.ts';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { deletionOf, erase } from '../harness/api.ts';
import { api, headwater, runHeadwater } from '../harness/running.ts';
import { titlesOf } from '../harness/state.ts';
import { until } from '../harness/until.ts';

const user = randomUUID();
let account: GoogleAccount;
let dataSourceId: string;

runHeadwater(() => ({}), user);
beforeEach(async () => {
  headwater.google.faults.clear();
  await erase(api);
  ({ account, dataSourceId } = await driveOf(user));
});

async function driveOf(owner: string, files = 5) {
  const drive = headwater.google.state.account(`${randomUUID()}@example.com`);
  for (let i = 0; i < files; i++) drive.addFile({ name: `${i}.md`, content: `${i} of ${drive.email}` });
  return { account: drive, dataSourceId: await headwater.createDrive(owner, drive.email) };
}
const sync = async (id = dataSourceId) => await headwater.sync({ dataSourceId: id, jobType: 'full_sync' });

test('a source is deleted with its schedule and its sign-in, and the result counts each store', async () => {
  await sync();
  await api.call('PUT', '/api/data-sources', { body: { id: dataSourceId, syncFrequency: 'daily' } });
  const asked = await api.call('DELETE', `/api/data-sources?id=${dataSourceId}`);
  expect(asked.status).toBe(202);
  const { status, result } = await deletionOf(api, asked.body.deletion.id);
  expect(status).toBe('completed');
  expect(result).toMatchObject({
    removed: { sources: 1, documents: 5, chunks: 5, vectors: 5, schedules: 1 },
    signInsRevoked: 1,
    signInsNotRevoked: 0,
  });
  expect(result.removed.otherRows).toBeGreaterThanOrEqual(11);
  expect(new Set(Object.values(result.left))).toEqual(new Set([0]));
  expect(headwater.google.log.calls.some((call) => call.path === '/revoke' && call.account === account.email)).toBe(
    true,
  );
});

test('the sign-in of another source of the same account stays, until the last one is deleted', async () => {
  const other = await headwater.createDrive(user, account.email);
  const deleted = async (id: string) =>
    await deletionOf(api, (await api.call('DELETE', `/api/data-sources?id=${id}`)).body.deletion.id);
  expect(await deleted(dataSourceId)).toMatchObject({
    result: { signInsRevoked: 0, signInsNotRevoked: 0, signInsKept: 1 },
  });
  expect(await headwater.job(user, (await sync(other)).jobId)).toMatchObject({ status: 'completed', created: 5 });
  expect(await deleted(other)).toMatchObject({ result: { signInsRevoked: 1, signInsKept: 0 } });
});

test('disconnecting ends the sign-in of no other source of the same account, also at the same time', async () => {
  const others = [await headwater.createDrive(user, account.email), await headwater.createDrive(user, account.email)];
  const revocations = () => headwater.google.log.calls.filter(({ path }) => path === '/revoke').length;
  headwater.google.log.clear();
  const disconnect = async (id: string) => await api.call('POST', `/api/data-sources/${id}/disconnect`);
  expect((await disconnect(dataSourceId)).body.dataSource).toMatchObject({ connectionStatus: 'disconnected' });
  expect(revocations()).toBe(0);
  await Promise.all(others.map(disconnect));
  expect(revocations()).toBe(1);
});

test('a vendor that does not answer does not prevent the deletion of a source', async () => {
  await sync();
  headwater.google.faults.add({ path: '^/revoke', then: { status: 503 } });
  const asked = await api.call('DELETE', `/api/data-sources?id=${dataSourceId}`);
  expect(await deletionOf(api, asked.body.deletion.id)).toMatchObject({
    status: 'completed',
    result: { signInsRevoked: 0, signInsNotRevoked: 1 },
  });
});

describe('a document', () => {
  test('that is deleted stays deleted, through full listings and changes, until it is requested by hand', async () => {
    await sync();
    const { documents } = (await api.call('GET', '/api/documents?text=3.md')).body;
    const asked = await api.call('DELETE', `/api/documents/${documents[0].id}`);
    expect(await deletionOf(api, asked.body.deletion.id)).toMatchObject({
      status: 'completed',
      result: { removed: { documents: 1, chunks: 1, vectors: 1, sources: 0 } },
    });
    account.update(documents[0].externalId, 'changed at the source');
    await sync();
    expect(await titlesOf(headwater, user)).toEqual([0, 1, 2, 4].map((i) => `My Drive/${i}.md`));
    const history = await api.call(
      'GET',
      `/api/documents/history?dataSourceId=${dataSourceId}&externalId=${documents[0].externalId}`,
    );
    expect(history.body.summary).toMatch(/You deleted this document in Headwater/);

    await headwater.sync({ dataSourceId, jobType: 'manual', externalIds: [documents[0].externalId] });
    expect(await titlesOf(headwater, user)).toContain('My Drive/3.md');
    expect(headwater.google.log.mutating()).toEqual([]);
  }, 60_000);

  test('of another user is not found', async () => {
    expect((await api.call('DELETE', `/api/documents/${randomUUID()}`)).status).toBe(404);
    expect((await api.call('GET', `/api/deletions?id=delete/${randomUUID()}`)).status).toBe(404);
  });
});

describe('erasing everything', () => {
  test('deletes every row, vector, staged byte and schedule of the user, and nothing of others', async () => {
    const second = await driveOf(user, 3);
    const [stranger, theirs] = ['stranger', await driveOf('stranger', 2)];
    for (const id of [dataSourceId, second.dataSourceId, theirs.dataSourceId]) await sync(id);
    await api.call('PUT', '/api/data-sources', { body: { id: dataSourceId, syncFrequency: 'weekly' } });
    const { status, result } = await erase(api);
    expect(status).toBe('completed');
    expect(result).toMatchObject({
      removed: { sources: 2, documents: 8, chunks: 8, vectors: 8, schedules: 1 },
      signInsRevoked: 2,
    });
    const tables = await userTables();
    for (const table of tables) expect([table, await rowsOf(table, user)]).toEqual([table, 0]);
    // Whatever table comes later is erased too, or this list is wrong
    const erased = [...erasedTables, 'data_sources', 'document_chunks'];
    expect(tables.filter((table) => !erased.includes(table))).toEqual([]);
    expect(await titlesOf(headwater, stranger)).toHaveLength(2);
  }, 60_000);

  test('continues after a crash in the middle, and reports the counts from its start', async () => {
    const drives = [dataSourceId, ...(await Promise.all([driveOf(user), driveOf(user)])).map((d) => d.dataSourceId)];
    for (const id of drives) await sync(id);
    headwater.google.faults.add({ path: '^/revoke', then: { delayMs: 700 } });
    const { body } = await api.call('POST', '/api/user/erase', { body: { confirm: 'erase everything' } });
    await until(async () => (await rowsOf('documents', user)) < 15);
    await headwater.stopWorker();
    await headwater.startWorker();
    const { status, result } = await deletionOf(api, body.deletion.id);
    expect(status).toBe('completed');
    expect(result.removed).toMatchObject({ sources: 3, documents: 15, vectors: 15 });
    expect(new Set(Object.values(result.left))).toEqual(new Set([0]));
  }, 60_000);

  test('requires a confirmation', async () => {
    expect(await api.call('POST', '/api/user/erase', { body: {} })).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/confirm: must be "erase everything"/) },
    });
  });
});

/** Every table with a user, from the database's catalog, so that a new one cannot be forgotten. */
async function userTables(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'user_id'`.execute(
    headwater.database.db,
  );
  return rows.map((row) => row.name);
}

async function rowsOf(table: string, owner: string): Promise<number> {
  return await headwater.as(owner, async (trx) => {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`.execute(trx);
    return rows[0]?.count ?? 0;
  });
}
