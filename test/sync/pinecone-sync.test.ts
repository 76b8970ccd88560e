/**
 * A Drive with vectors in Pinecone, through the real workflow: additions, changes, deletions and erasure, store by
 * store.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { type PineconeSimulator, startPinecone } from '../../tools/simulators/pinecone/server.ts';
import { namespaceOf } from '../../content/vectors/pinecone-namespaces.ts';
import { erase, startApiFor, type UsersApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';

const user = randomUUID();
let pinecone: PineconeSimulator;
let headwater: TestHeadwater;
let api: UsersApi;
let account: GoogleAccount;
let dataSourceId: string;

beforeAll(async () => {
  pinecone = await startPinecone();
  pinecone.switches.visibleAfterMs = 300;
  headwater = await startHeadwater({
    openai: true,
    env: { VECTOR_STORE: 'pinecone', PINECONE_API_KEY: pinecone.apiKey, PINECONE_CONTROLLER_HOST: pinecone.url },
  });
  api = await startApiFor(headwater, user);
}, 60_000);
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
  await pinecone[Symbol.asyncDispose]();
});
beforeEach(async () => {
  pinecone.faults.clear();
  await erase(api);
  account = headwater.google.state.account(`${randomUUID()}@example.com`);
  dataSourceId = await headwater.createDrive(user, account.email);
});

async function sync(jobType: 'full_sync' | 'incremental' = 'incremental') {
  const { jobId } = await headwater.sync({ dataSourceId, jobType });
  return await headwater.job(user, jobId);
}
/** What Pinecone shows once every write is visible. */
const idsInPinecone = (): string[] => {
  const space = { store: 'pinecone/headwater', ...embedder } as const;
  const namespace = pinecone.indexes.get('headwater')?.namespaces.get(namespaceOf(user, space));
  return namespace?.records().map((record) => record.id) ?? [];
};
const labelsInPinecone = (): string[] =>
  [...(pinecone.indexes.get('headwater')?.namespaces.values() ?? [])].flatMap((namespace) =>
    namespace.records().flatMap((record) => record.metadata['labels'] as string[]),
  );
const embedder = { model: 'text-embedding-3-small', dimensions: 64 };
async function recorded(): Promise<string[]> {
  return await headwater.as(user, async (trx) => {
    const { rows } = await sql<{ textHash: string }>`
      select text_hash from embeddings where stored_at is not null and vector is null and store = 'pinecone/headwater'
      order by 1`.execute(trx);
    return rows.map((row) => row.textHash);
  });
}
const pending = async (): Promise<number> =>
  await headwater.as(user, async (trx) => (await trx.selectFrom('vectorDeletions').selectAll().execute()).length);
const titles = async (query: string, more: object = {}): Promise<string[]> =>
  (await api.call('POST', '/api/search', { body: { query, ...more } })).body.hits.map(
    (hit: { title: string }) => hit.title,
  );

test('a job is complete only when its vectors can be read back, and no text or user id is sent to Pinecone', async () => {
  for (let i = 0; i < 5; i++) account.addFile({ name: `${i}.md`, content: `harbour number ${i} of ${account.email}` });
  expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 5, failed: 0 });
  expect(idsInPinecone()).toHaveLength(5);
  expect(idsInPinecone()).toEqual(await recorded());
  const [namespace, ...others] = pinecone.indexes.get('headwater')?.namespaces.keys() ?? [];
  expect(others).toEqual([]);
  expect(namespace).toMatch(/^u-[0-9a-f]{40}$/);
  expect(await titles('harbour number 3')).toContain('3.md');
});

test('a search over a real connection calls the embedder and Pinecone, and gets results', async () => {
  account.addFile({ name: 'pier.md', content: 'the pier was painted green' });
  await sync('full_sync');
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const response = await fetch(`${url}/api/search`, {
    method: 'POST',
    headers: { ...api.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'painted pier' }),
  });
  expect([response.status, await response.json()]).toMatchObject([200, { hits: [{ title: 'pier.md' }] }]);
});

test('changes and deletions at the source are applied in Pinecone, and old text is never found', async () => {
  const changed = account.addFile({ name: 'changed.md', content: 'the ferry leaves at seven' });
  const deleted = account.addFile({ name: 'deleted.md', content: 'the lighthouse lamp is broken' });
  account.addFile({ name: 'kept.md', content: 'ropes and paint' });
  await sync('full_sync');
  account.update(changed, 'the service has ended');
  account.delete(deleted);
  expect(await sync()).toMatchObject({ status: 'completed', updated: 1, removed: 1 });
  await until(() => idsInPinecone().length === 2);
  expect(idsInPinecone()).toEqual(await recorded());
  expect(await pending()).toBe(0);
  expect(await titles('lighthouse lamp broken')).not.toContain('deleted.md');
  const hits = (await api.call('POST', '/api/search', { body: { query: 'ferry leaves at seven' } })).body.hits;
  expect(JSON.stringify(hits)).not.toContain('seven');
});

test('a text and title that a second source contains too are embedded once and found with both filters', async () => {
  account.addFile({ name: 'one.md', content: 'the same minutes of the meeting' });
  await sync('full_sync');
  const other = headwater.google.state.account(`${randomUUID()}@example.com`);
  other.addFile({ name: 'one.md', content: 'the same minutes of the meeting' });
  const second = await headwater.createDrive(user, other.email);
  const before = headwater.openai.counts.inputs;
  await headwater.sync({ dataSourceId: second, jobType: 'full_sync' });
  expect(headwater.openai.counts.inputs).toBe(before);
  expect(await pending()).toBe(0);
  const wanted = [dataSourceId, second].map((id) => `source:${id}`);
  await until(() => wanted.every((label) => labelsInPinecone().includes(label)));
  expect(idsInPinecone()).toHaveLength(1);
  expect(await titles('minutes', { filters: { dataSourceIds: [second] } })).toEqual(['one.md']);
});

describe('erasing a user', () => {
  test('deletes everything in both stores, and the result counts both', async () => {
    for (let i = 0; i < 4; i++) account.addFile({ name: `${i}.md`, content: `text ${i} of ${account.email}` });
    await sync('full_sync');
    const { status, result } = await erase(api);
    expect(status).toBe('completed');
    expect(result.removed).toMatchObject({ documents: 4, chunks: 4, vectors: 4 });
    expect(new Set(Object.values(result.left))).toEqual(new Set([0]));
    expect(idsInPinecone()).toEqual([]);
    expect(await recorded()).toEqual([]);
  });
});

describe('Pinecone that misbehaves', () => {
  test.each([
    ['limits the rate without a time', { status: 429, body: { code: 8, message: 'too many', details: [] } }],
    ['is briefly unavailable', { status: 503, body: 'unavailable' }],
    ['accepts a write and closes the connection', { reset: true }],
  ])('and %s: the job completes, and every text is embedded once', async (_name, effect) => {
    pinecone.faults.add({ path: '/vectors/upsert$', times: 2, then: effect });
    for (let i = 0; i < 3; i++) account.addFile({ name: `${i}.md`, content: `storm ${i} of ${account.email}` });
    const before = headwater.openai.counts.inputs;
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 3, failed: 0 });
    expect(headwater.openai.counts.inputs - before).toBe(3);
    expect(idsInPinecone()).toEqual(await recorded());
    expect(idsInPinecone()).toHaveLength(3);
  });

  test('and rejects the key: the job stops with a message that names the variable', async () => {
    pinecone.faults.add({ path: '/vectors/', then: { status: 401, body: 'Invalid API Key' } });
    account.addFile({ name: 'a.md', content: `text of ${account.email}` });
    expect(await sync('full_sync')).toMatchObject({
      status: 'failed',
      errorCode: 'vector_store_key',
      errorMessage: expect.stringContaining('PINECONE_API_KEY'),
    });
  });

  test('and loses a deletion half way: the next job repeats it, and nothing is left over', async () => {
    const toDelete = account.addFile({ name: 'doomed.md', content: `doomed of ${account.email}` });
    account.addFile({ name: 'kept.md', content: `kept of ${account.email}` });
    await sync('full_sync');
    pinecone.faults.add({ path: '/vectors/delete$', times: 1, then: { reset: true } });
    account.delete(toDelete);
    expect(await sync()).toMatchObject({ status: 'completed', removed: 1 });
    await until(() => idsInPinecone().length === 1);
    expect(idsInPinecone()).toEqual(await recorded());
    expect(await pending()).toBe(0);
  });
});
