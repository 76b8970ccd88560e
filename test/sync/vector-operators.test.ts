/** What operators do with vectors: compare them with their store, and move them to another while searches continue. */

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Config } from '../../platform/config.ts';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { type PineconeSimulator, startPinecone } from '../../tools/simulators/pinecone/server.ts';
import { namespaceOf } from '../../content/vectors/pinecone-namespaces.ts';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';
import { hashOf } from '../vectors/texts.ts';

const user = 'local';
const files = 30;
let pinecone: PineconeSimulator;
let headwater: TestHeadwater;
let api: TestApi;
let account: GoogleAccount;
let dataSourceId: string;

beforeAll(async () => {
  pinecone = await startPinecone();
  pinecone.switches.visibleAfterMs = 100;
  headwater = await startHeadwater({
    openai: true,
    env: { PINECONE_API_KEY: pinecone.apiKey, PINECONE_CONTROLLER_HOST: pinecone.url },
  });
  api = await startApiOf(headwater);
  account = headwater.google.state.account(`${randomUUID()}@example.com`);
  for (let i = 0; i < files; i++) account.addFile({ name: `${i}.md`, content: textOf(i) });
  dataSourceId = await headwater.createDrive(user, account.email);
  await headwater.sync({ dataSourceId, jobType: 'full_sync' });
}, 60_000);
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
  await pinecone[Symbol.asyncDispose]();
});

const textOf = (i: number): string => `harbour ${i} has ${i * 7919} ships`;

/** The same installation with other settings, as after a restart. */
async function restartWith(change: Partial<Config>): Promise<void> {
  await headwater.stopWorker();
  Object.assign(headwater.parts, { config: { ...headwater.parts.config, ...change } });
  await headwater.startWorker();
  await api[Symbol.asyncDispose]();
  api = await startApiOf(headwater, headwater.parts.config);
}
async function operate(name: 'verify' | 'move', body: object = {}) {
  expect((await api.call('POST', `/api/vectors/${name}`, { body })).status).toBe(202);
  for (;;) {
    const { operation } = (await api.call('GET', `/api/vectors/${name}`)).body;
    if (operation.status !== 'running') return operation;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const namespace = (model: string) =>
  pinecone.indexes
    .get('headwater')
    ?.namespaces.get(namespaceOf(user, { store: 'pinecone/headwater', model, dimensions: 64 }));
const spaces = async () =>
  await headwater.as(
    user,
    async (trx) => await trx.selectFrom('vectorSpaces').select(['store', 'model', 'state']).execute(),
  );
const stored = async (): Promise<Record<string, number>> =>
  await headwater.as(user, async (trx) => {
    const { rows } = await sql<{ store: string; count: number }>`
      select store || ' ' || model as store, count(*)::int as count from embeddings where stored_at is not null
      group by 1`.execute(trx);
    return Object.fromEntries(rows.map((row) => [row.store, row.count]));
  });
const search = async (query: string) => await api.call('POST', '/api/search', { body: { query } });
const small = 'text-embedding-3-small';
const large = 'text-embedding-3-large';

test('moves from pgvector to Pinecone while searches continue and a sync runs, and embeds nothing twice', async () => {
  await restartWith({ vectors: { ...headwater.config.vectors, store: 'pinecone/headwater' } });
  expect((await api.call('GET', '/api/vectors')).body).toMatchObject({
    live: { store: 'pgvector', model: small },
    configured: { store: 'pinecone/headwater', model: small },
    move: { state: 'offered', isCopy: true, texts: files, dollars: 0, seconds: null },
  });
  // Until the move, the previous store answers, not the configured one.
  expect((await search('harbour 3')).body.hits.length).toBeGreaterThan(0);
  account.addFile({ name: 'new.md', content: 'a new pier was built' });
  const refused: number[] = [];
  const watching = { on: true };
  const watcher = (async () => {
    while (watching.on) {
      const { status, body } = await search('harbour 3 ships');
      if (status !== 200 || body.hits.length === 0) refused.push(status);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const [operation] = await Promise.all([operate('move'), headwater.sync({ dataSourceId, jobType: 'incremental' })]);
  watching.on = false;
  await watcher;
  expect(refused).toEqual([]);
  expect(operation).toMatchObject({ status: 'completed', counts: { users: 1 } });
  for (let i = 0; i < files; i++) {
    // The title comes before the text.
    expect(headwater.openai.embedded.get(hashOf(`${i}\n\n${textOf(i)}`))).toBe(1);
  }
  expect(await spaces()).toEqual([{ store: 'pinecone/headwater', model: small, state: 'live' }]);
  expect(await stored()).toEqual({ [`pinecone/headwater ${small}`]: files + 1 });
  expect(namespace(small)?.records()).toHaveLength(files + 1);
  expect((await search('new pier built')).body.hits[0]).toMatchObject({ title: 'new.md' });
}, 120_000);

test('finds differences, counts them without changing anything, then repairs them', async () => {
  const visible = namespace(small);
  const [lost, ...others] = visible?.records() ?? [];
  visible?.write(0, 0, (records) => {
    records.delete(lost?.id ?? '');
    records.set('f'.repeat(64), { id: 'f'.repeat(64), values: others[0]?.values ?? [], metadata: {} });
  });
  await headwater.as(user, async (trx) => {
    await sql`delete from embeddings where text_hash = ${others[0]?.id ?? ''}`.execute(trx);
    await sql`update embeddings set labels = '{}' where text_hash = ${others[1]?.id ?? ''}`.execute(trx);
  });

  // A vector without a record is unknown in the store, and its text has no vector.
  const differences = { lost: 1, unknown: 2, unrecorded: 1, mislabeled: 1, unused: 0 };
  expect((await operate('verify', { dryRun: true })).counts).toMatchObject(differences);
  expect((await operate('verify', { dryRun: true })).counts).toMatchObject(differences);
  expect((await operate('verify')).counts).toMatchObject(differences);
  const nothing = { lost: 0, unknown: 0, unrecorded: 0, mislabeled: 0, unused: 0 };
  await until(async () => namespace(small)?.records().length === files + 1);
  expect((await operate('verify', { dryRun: true })).counts).toMatchObject(nothing);
  expect(await stored()).toEqual({ [`pinecone/headwater ${small}`]: files + 1 });
});

test('moves to another model from the stored texts alone, with a crash in the middle', async () => {
  const calls = headwater.google.log.total;
  expect((await api.call('GET', '/api/vectors')).body).toMatchObject({ move: null, finer: null });
  await restartWith({ embedding: { ...headwater.config.embedding, model: large } });
  const { move } = (await api.call('GET', '/api/vectors')).body;
  expect(move).toMatchObject({ state: 'offered', canStart: true, isCopy: false, texts: files + 1, seconds: null });
  expect(move.dollars).toBeCloseTo((move.tokens / 1_000_000) * 0.13, 12);
  headwater.openai.faults.add({ path: '^/v1/embeddings$', times: 1, then: { status: 500 } });
  await api.call('POST', '/api/vectors/move', { body: {} });
  await until(async () => (await spaces()).some((space) => space.state === 'building'));
  expect((await api.call('GET', '/api/vectors')).body).toMatchObject({ move: { state: 'running' } });
  await headwater.stopWorker();
  await headwater.startWorker();
  expect((await operate('move')).status).toBe('completed');
  expect(await stored()).toEqual({ [`pinecone/headwater ${large}`]: files + 1 });
  await until(() => namespace(small)?.records().length === 0 || namespace(small) === undefined);
  expect(namespace(large)?.records()).toHaveLength(files + 1);
  expect((await search('harbour 3 ships')).body.hits.length).toBeGreaterThan(0);
  expect(headwater.google.log.total).toBe(calls);
}, 120_000);

test('can be used from the command line', async () => {
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const file = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', file, 'vectors', 'verify', '--dry-run'],
    { env: { PATH: process.env['PATH'], HEADWATER_URL: url } },
  );
  expect(stdout).toContain(`Compared: 1 users, ${files + 1} texts, 0 unrecorded, 0 lost, 0 unknown`);
});

test('is for operators: without the admin token nobody can start or see it', async () => {
  const auth = { ...headwater.config.auth, adminToken: 'an admin token of length' };
  const embedding = { ...headwater.config.embedding, model: small };
  await using guarded = await startApiOf(headwater, { auth, embedding });
  expect((await guarded.call('GET', '/api/vectors')).body.move).toMatchObject({ state: 'offered', canStart: false });
  for (const [method, path] of [
    ['POST', '/api/vectors/verify'],
    ['POST', '/api/vectors/move'],
    ['GET', '/api/vectors/move'],
  ] as const) {
    const { status, body } = await guarded.call(method, path, method === 'POST' ? { body: {} } : {});
    expect([path, status, body.code]).toEqual([path, 403, 'admin_only']);
  }
});
