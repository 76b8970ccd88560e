/** Uploading, replacing, listing and deleting files over HTTP, on a real database; Temporal only notes who asks for a sync. */

import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { pino } from 'pino';
import { buildApp } from '../../api/app.ts';
import type { ApiDependencies } from '../../api/dependencies.ts';
import { localUser } from '../../api/plugins/auth.ts';
import { storeUpload } from '../../api/uploads.ts';
import { asUser } from '../../db/access/as-user.ts';
import { deleteDataSource } from '../../db/sources/data-sources.ts';
import { readConfig } from '../../platform/config.ts';
import { createUploadConnector } from '../../sources/connectors/upload/connector.ts';
import { contextOf, feed, walk } from '../harness/connectors.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { createUploadSource } from '../harness/uploads.ts';

const megabyte = 1_048_576;
const config = readConfig({ MAX_ITEM_BYTES: String(3 * megabyte), MAX_PER_USER: 'files=4,uploadMegabytes=6' });
let database: TestDatabase;
let app: Awaited<ReturnType<typeof buildApp>>;
let source: Awaited<ReturnType<typeof createUploadSource>>;
/** The sources for which a sync was requested. */
let requested: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const temporal = {
    workflow: {
      signalWithStart: async (_type: string, { args }: { readonly args: readonly { dataSourceId: string }[] }) => {
        requested.push(args[0]?.dataSourceId ?? '');
        await Promise.resolve();
      },
    },
  };
  const deps = { config, db: database.db, temporal, taskQueue: 'test', logger: pino({ level: 'silent' }) };
  app = await buildApp(deps as unknown as ApiDependencies);
}, 60_000);
afterAll(async () => {
  await app.close();
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await asUser(database.db, localUser, async (trx) => await sql`delete from data_sources`.execute(trx));
  source = await createUploadSource(database.db, localUser);
  requested = [];
});

async function call(method: 'GET' | 'PUT' | 'DELETE', query: string, body?: Buffer | string, headers: object = {}) {
  const answer = await app.inject({
    method,
    url: `/api/data-sources/${source.id}/files${query}`,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/octet-stream' }), ...headers },
    ...(body === undefined ? {} : { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json() };
}
const put = async (path: string, body: Buffer | string) =>
  await call('PUT', `?path=${encodeURIComponent(path)}`, body, { 'content-length': String(Buffer.byteLength(body)) });
const countRows = async (table: string): Promise<number> => {
  const { rows } = await asUser(
    database.db,
    localUser,
    async (trx) => await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`.execute(trx),
  );
  return rows[0]?.count ?? -1;
};

test('a file is stored byte for byte, replaced under its id, and a sync follows each change but not a repetition', async () => {
  const bytes = randomBytes(2.5 * megabyte);
  const created = await put('Reports/2026/Mai Größe.pdf', bytes);
  expect(created).toMatchObject({ status: 200, body: { outcome: 'created', warning: null } });
  expect(created.body.file.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect((await put('Reports/2026/Mai Größe.pdf', bytes)).body.outcome).toBe('unchanged');
  expect(requested).toEqual([source.id]);

  const connector = createUploadConnector(
    {},
    {
      ...contextOf(() => ({ accessToken: '' }), 3 * megabyte),
      uploads: source.uploads,
    },
  );
  const before = await walk(connector);
  const [listed] = [...before.known.values()];
  if (listed?.state !== 'present') throw new Error('not listed');
  const content = await connector.fetch(listed, AbortSignal.timeout(10_000));
  expect(Buffer.compare(content.bytes, bytes)).toBe(0);

  const replaced = await put('Reports/2026/Mai Größe.pdf', 'shorter');
  expect(replaced.body).toMatchObject({ outcome: 'replaced', file: { id: created.body.file.id, size: 7 } });
  expect(requested).toHaveLength(2);
  expect([...(await walk(connector, feed(before))).known.values()]).toMatchObject([{ state: 'present', size: 7 }]);
  // Nothing of the first version is left.
  expect([await countRows('uploaded_contents'), await countRows('uploaded_parts')]).toEqual([1, 1]);
});

test('files are listed by path, page by page, with what the latest sync made of each', async () => {
  for (const path of ['b.md', 'a/2.md', 'a/10.md']) await put(path, path);
  const { body } = await call('GET', '?limit=2');
  expect(body.files.map((file: { path: string }) => file.path)).toEqual(['a/10.md', 'a/2.md']);
  expect(body).toMatchObject({
    total: { files: 3, bytes: 17 },
    used: { files: 3, bytes: 17 },
    limit: { files: 4, bytes: 6 * megabyte },
    maxFileBytes: 3 * megabyte,
  });
  const file = (await source.uploads.list(null, 10)).find(({ path }) => path === 'b.md');
  await asUser(database.db, localUser, async (trx) => {
    await trx
      .insertInto('syncItems')
      .values({
        userId: localUser,
        dataSourceId: source.id,
        externalId: file?.id ?? '',
        externalPath: 'b.md',
        name: 'b.md',
        itemType: 'file',
        listedHash: file?.sha256 ?? '',
        externalHashKind: 'sha256',
        syncStatus: 'skipped',
        lastErrorMessage: 'Images are not read.',
      })
      .execute();
  });
  const next = await call('GET', `?limit=2&cursor=${body.nextCursor}`);
  expect(next.body.files).toMatchObject([{ path: 'b.md', syncStatus: 'skipped', message: 'Images are not read.' }]);
  expect(next.body.nextCursor).toBeNull();
  // What is known of the old version is not said of the new one.
  await put('b.md', 'new');
  expect((await call('GET', '?text=B.M')).body.files).toMatchObject([{ path: 'b.md', syncStatus: null }]);
});

test('a deleted file, and a deleted folder, are reported by the feed; a file uploaded again keeps its id', async () => {
  const first = await put('a/one.md', 'one');
  await put('a/two.md', 'two');
  await put('ab.md', 'beside');
  const connector = createUploadConnector({}, { ...contextOf(() => ({ accessToken: '' })), uploads: source.uploads });
  const before = await walk(connector);
  expect(await call('DELETE', '?path=a/')).toMatchObject({ status: 200, body: { deleted: 2 } });
  expect(await call('DELETE', '?path=a/')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  const after = await walk(connector, feed(before));
  expect([...after.known.values()].map(({ state }) => state)).toEqual(['deleted', 'deleted']);
  expect((await put('a/one.md', 'one again')).body.file.id).toBe(first.body.file.id);
  expect([...(await walk(connector, feed(after))).known.values()]).toMatchObject([{ state: 'present' }]);
  expect(await countRows('uploaded_contents')).toBe(2);
});

test.each([
  ['a/../b.md', 'names with "/"'],
  ['/a.md', 'names with "/"'],
  ['a//b.md', 'names with "/"'],
  ['a\nb.md', 'names with "/"'],
  ['a\0b.md', 'null character'],
  ['x'.repeat(256), 'names with "/"'],
  ['x/'.repeat(501), 'at most 1000'],
])('the path %j is refused', async (path, why) => {
  const answer = await put(path, 'x');
  expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining(why)]);
  expect(await countRows('uploaded_contents')).toBe(0);
});

test('too large, too many, too much, without a size, to another type of source: each is refused and stores nothing', async () => {
  expect(await put('large.bin', Buffer.alloc(3 * megabyte + 1))).toMatchObject({
    status: 413,
    body: { code: 'file_too_large' },
  });
  expect(await call('PUT', '?path=a', undefined, { 'content-type': 'application/octet-stream' })).toMatchObject({
    status: 411,
    body: { code: 'length_required' },
  });
  expect(await call('PUT', '?path=a', '{}', { 'content-type': 'application/json' })).toMatchObject({ status: 415 });
  await put('1.bin', Buffer.alloc(3 * megabyte));
  await put('2.bin', Buffer.alloc(2 * megabyte));
  const full = await put('3.bin', Buffer.alloc(2 * megabyte));
  expect(full).toMatchObject({ status: 409, body: { code: 'upload_quota' } });
  expect(full.body.detail).toContain('(2, 5.0 MB) and this one exceed the limit of 4 files and 6.0 MB');
  // What is replaced makes room for what replaces it.
  expect((await put('2.bin', Buffer.alloc(3 * megabyte))).status).toBe(200);
  for (const name of ['4', '5']) expect((await put(name, '')).status).toBe(200);
  expect((await put('6', '')).status).toBe(409);
  expect(await countRows('uploaded_contents')).toBe(4);
});

test('an upload that breaks off leaves the earlier version and no bytes; a source deleted meanwhile is not found', async () => {
  await put('a.md', 'whole');
  const upload = { userId: localUser, dataSourceId: source.id, path: 'a.md', size: 2 * megabyte };
  const half = Readable.from([Buffer.alloc(megabyte)], { objectMode: false });
  const deps = { db: database.db, config };
  await expect(storeUpload(deps, { ...upload, body: half })).rejects.toMatchObject({ code: 'upload_broken_off' });
  expect((await source.uploads.list(null, 9)).map(({ size }) => size)).toEqual([5]);
  expect([await countRows('uploaded_contents'), await countRows('uploaded_parts')]).toEqual([1, 1]);

  const body = Readable.from(
    (async function* () {
      yield Buffer.alloc(megabyte);
      await asUser(database.db, localUser, (trx) => deleteDataSource(trx, source.id));
      yield Buffer.alloc(megabyte);
    })(),
    { objectMode: false },
  );
  await expect(storeUpload(deps, { ...upload, body })).rejects.toMatchObject({ status: 404 });
  expect(await countRows('uploaded_parts')).toBe(0);
});

test('a position older than the deletions that are kept is lost, not believed', async () => {
  const connector = createUploadConnector({}, { ...contextOf(() => ({ accessToken: '' })), uploads: source.uploads });
  const old = JSON.stringify({ revision: 1, time: Date.now() - 32 * 24 * 3_600_000 });
  await expect(walk(connector, { at: 'checkpoint', checkpoint: old as never })).rejects.toMatchObject({
    kind: 'checkpoint_expired',
  });
});
