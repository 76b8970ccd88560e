/** The checks of `headwater doctor`, each where something is wrong and where nothing is. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase } from '../../db/access/database.ts';
import { readConfig } from '../../platform/config.ts';
import { createTestDatabase, type TestDatabase } from '../../test/harness/database.ts';
import {
  apiCheck,
  databaseCheck,
  versionFindings,
  embedderCheck,
  filesCheck,
  keysCheck,
  migrationsCheck,
  rerankerCheck,
  rightsCheck,
  signInCheck,
  stagingCheck,
  vendorChecks,
} from './checks.ts';
import { startS3 } from '../../test/harness/s3.ts';
import { type Check, ok, runCheck } from './finding.ts';

const execFileAsync = promisify(execFile);
let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  [database, folder] = await Promise.all([createTestDatabase(), mkdtemp(join(tmpdir(), 'headwater-doctor-'))]);
}, 60_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A server that answers everything with the same JSON. */
async function serve(answer: () => object): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    request.resume();
    response.end(JSON.stringify(answer()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const configOf = (env: Readonly<Record<string, string>> = {}) =>
  readConfig({ DATA_DIR: folder, EMBEDDING_MODEL: 'local-lexical-384', ...env });
const statesOf = async (check: Check) => (await runCheck(check)).map(({ state }) => state);

test('a migrated database with pgvector is in order, but for a login that is a superuser', async () => {
  expect(await runCheck(databaseCheck(configOf(), database.db))).toMatchObject([
    { check: 'database', state: 'ok', detail: expect.stringMatching(/^PostgreSQL \d+\.\d+, pgvector \d/) },
  ]);
  expect(await statesOf(migrationsCheck(database.db))).toEqual(['ok']);
  expect(await runCheck(rightsCheck(database.db))).toMatchObject([
    { state: 'warning', action: expect.stringContaining('a login of its own') },
  ]);
});

test.each([
  [140_012, ['failed']],
  [150_004, ['warning']],
  [150_005, []],
  [160_000, ['warning']],
  [160_001, []],
  [180_000, []],
])('version %i of PostgreSQL is judged %j', (version, states) => {
  expect(versionFindings(version).map(({ state }) => state)).toEqual(states);
});

test('a database that does not answer has failed, with what to check', async () => {
  const url = 'postgres://nobody@127.0.0.1:9/none';
  await using db = openDatabase(url, 1);
  expect(await runCheck(databaseCheck(configOf({ DATABASE_URL: url }), db))).toMatchObject([
    {
      state: 'failed',
      detail: expect.stringMatching(/^PostgreSQL at 127\.0\.0\.1:9 \(DATABASE_URL\) .*ECONNREFUSED/),
      action: expect.stringContaining('DATABASE_URL'),
    },
  ]);
});

test('an API that is not ready, and something else at its address, are said', async () => {
  let answer: object = { ready: false, checks: { temporal: { ok: false, detail: 'Temporal does not answer.' } } };
  const server = createServer((_request, response) => response.end(JSON.stringify(answer))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const check = apiCheck(configOf({ PUBLIC_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  expect(await runCheck(check)).toMatchObject([{ state: 'failed', detail: 'temporal: Temporal does not answer.' }]);
  answer = { hello: 'world' };
  expect(await runCheck(check)).toMatchObject([{ state: 'failed', detail: expect.stringContaining('something else') }]);
  answer = { ready: true, checks: { temporal: { ok: true, detail: null } } };
  expect(await statesOf(check)).toEqual(['ok']);
  // `npm start -- --port 3100` does not change PUBLIC_URL for others.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await statesOf(apiCheck(configOf({ PUBLIC_URL: 'http://127.0.0.1:9' }), url))).toEqual(['ok']);
  server.close();
  await once(server, 'close');
  const away = apiCheck(configOf({ PUBLIC_URL: 'http://127.0.0.1:9' }), url);
  expect(await runCheck(away)).toMatchObject([{ state: 'failed', action: expect.stringContaining('HEADWATER_URL') }]);
});

test('the embedder is called once; a server that is away has failed', async () => {
  expect(await runCheck(embedderCheck(configOf()))).toMatchObject([
    { state: 'ok', detail: expect.stringMatching(/^local-lexical-384, 384 dimensions/) },
  ]);
  const away = configOf({ OPENAI_API_KEY: 'x', OPENAI_BASE_URL: 'http://127.0.0.1:9', EMBEDDING_MODEL: '' });
  expect(await runCheck(embedderCheck(away))).toMatchObject([
    { state: 'failed', action: expect.stringContaining('OPENAI_BASE_URL') },
  ]);
});

test('the reranker is called once, because searches would silently do without it', async () => {
  let answer: object = { results: [0.9, 0.1].map((score, index) => ({ index, relevance_score: score })) };
  await using server = await serve(() => answer);
  const check = rerankerCheck(configOf({ RERANK_URL: `${server.url}/rerank`, RERANK_MODEL: 'm' })) ?? never;
  expect(await statesOf(check)).toEqual(['ok']);
  answer = { results: [0.1, 0.9].map((score, index) => ({ index, relevance_score: score })) };
  expect(await statesOf(check)).toEqual(['warning']);
  answer = { error: 'no such model' };
  expect(await runCheck(check)).toMatchObject([
    { check: 'reranker', state: 'failed', action: expect.stringContaining('RERANK_URL') },
  ]);
  expect(rerankerCheck(configOf())).toBeNull();
});

test('the sign-in provider must answer, and be the one that is named', async () => {
  let answer: object = {};
  await using server = await serve(() => answer);
  const oidc = { OIDC_ISSUER: server.url, OIDC_CLIENT_ID: 'headwater' };
  const check = async (env: Readonly<Record<string, string>>) => await runCheck(signInCheck(configOf(env)) ?? never);
  answer = { issuer: `${server.url}/` };
  expect(await check(oidc)).toMatchObject([{ state: 'failed', detail: expect.stringContaining(`${server.url}/.`) }]);
  answer = { issuer: server.url };
  expect(await check(oidc)).toMatchObject([{ check: 'sign-in', state: 'ok' }]);
  const keySet = { JWT_ISSUER: 'a', JWT_AUDIENCE: 'b', JWKS_URL: server.url };
  expect(await check(keySet)).toMatchObject([{ state: 'failed', detail: expect.stringContaining('no key set') }]);
  answer = { keys: [] };
  expect(await check(keySet)).toMatchObject([{ state: 'ok' }]);
  expect(await check({ ...keySet, JWKS_URL: 'http://127.0.0.1:9/keys' })).toMatchObject([{ state: 'failed' }]);
  expect(signInCheck(configOf())).toBeNull();
});

test('a vendor needs both settings, and an address that answers', async () => {
  const check = async (env: Readonly<Record<string, string>>) =>
    await runCheck(vendorChecks(configOf(env))[0] ?? never);
  expect(await check({})).toMatchObject([{ check: 'vendors', state: 'skipped' }]);
  expect(await check({ SLACK_CLIENT_ID: 'a' })).toMatchObject([
    { check: 'slack', state: 'failed', detail: 'SLACK_CLIENT_SECRET not set.' },
  ]);
  const away = { SLACK_CLIENT_ID: 'a', SLACK_CLIENT_SECRET: 'b', SLACK_TOKEN_URL: 'http://127.0.0.1:9/token' };
  expect(await check(away)).toMatchObject([{ state: 'failed', action: expect.stringContaining('127.0.0.1:9') }]);
});

test('files need a folder that can be written; keys of several processes must be the same', async () => {
  expect(await statesOf(filesCheck(configOf()))).not.toContain('failed');
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  expect(await runCheck(filesCheck(configOf({ DATA_DIR: file })))).toMatchObject([
    { state: 'failed', action: expect.stringContaining('DATA_DIR') },
  ]);
  expect(await statesOf(keysCheck(configOf()))).toEqual(['ok']);
  expect(await statesOf(keysCheck(configOf({ DATABASE_URL: 'postgres://a/b' })))).toEqual(['warning']);
});

test('a Temporal server that is named is checked beside the embedded database too', async () => {
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    DATA_DIR: folder,
    EMBEDDING_MODEL: 'local-lexical-384',
  };
  const doctor = execFileAsync(process.execPath, [join(import.meta.dirname, 'main.ts'), '--json'], { env });
  // It ends with 1, because something has failed.
  const { stdout } = (await doctor.catch((error: unknown) => error)) as { readonly stdout: string };
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly { check: string; state: string }[] };
  expect(findings).toContainEqual(expect.objectContaining({ check: 'temporal', state: 'failed' }));
}, 60_000);

test('a check that takes too long has failed', async () => {
  const slow = { name: 'slow', timeoutMs: 10, action: 'Wait.', run: () => new Promise<never>(() => {}) };
  expect(await runCheck(slow)).toEqual([
    { check: 'slow', state: 'failed', detail: 'no answer within 0.01 seconds', action: 'Wait.' },
  ]);
});

const never: Check = { name: 'never', timeoutMs: 1, action: '', run: async () => await Promise.resolve([ok('')]) };

test('the object store for staged bytes is tried with one object, or says what is wrong', async () => {
  expect(stagingCheck(configOf())).toBeNull();
  await using s3 = await startS3();
  const check = (change: Readonly<Record<string, string>>) => {
    const found = stagingCheck(configOf({ ...s3.environment, ...change }));
    if (found === null) throw new Error('no check');
    return runCheck(found);
  };
  expect(await check({})).toMatchObject([{ state: 'ok', detail: expect.stringContaining('headwater-test/staging/') }]);
  expect(await check({ STAGING_S3_BUCKET: 'nowhere' })).toMatchObject([
    {
      state: 'failed',
      detail: expect.stringContaining('bucket does not exist'),
      action: expect.stringContaining('STAGING_S3_BUCKET'),
    },
  ]);
}, 300_000);
