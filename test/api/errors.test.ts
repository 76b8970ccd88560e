/** The API's errors: every endpoint and every kind of invalid request. */

import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ServiceError } from '@temporalio/client';
import { SignJWT } from 'jose';
import { nastyRequests } from '../harness/nasty-requests.ts';
import { startApiOf, type Method, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';

interface Operation {
  readonly operationId: string;
  readonly description?: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

const jwtSecret = 'a secret of at least thirty-two characters';
const adminAuth = { jwtSecret, jwksUrl: undefined, adminToken: 'an admin token of ours' };
const unknownId = '00000000-0000-7000-8000-00000000dead';
const hugeBody = JSON.stringify({ name: 'x'.repeat(2 * 1024 * 1024), sourceType: 'google_drive' });

let headwater: TestHeadwater;
/** One API for a single local user, and one for many users with sign-in. */
let api: TestApi;
let shared: TestApi;
/** Of the first API, for requests that are no HTTP. */
let port: number;
let driveId: string;
let folderless: string;

beforeAll(async () => {
  headwater = await startHeadwater();
  api = await startApiOf(headwater);
  shared = await startApiOf(headwater, { auth: adminAuth });
  port = Number(new URL(await api.app.listen({ host: '127.0.0.1', port: 0 })).port);
  driveId = await headwater.createDrive('local', 'local@example.com');
  folderless = (await api.call('POST', '/api/data-sources', { body: { name: 'D', sourceType: 'google_drive' } })).body
    .dataSource.id;
}, 60_000);
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await shared[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
});

describe('invalid input is a 400 that names the field and the correction', () => {
  const sources = '/api/data-sources';
  const jobs = '/api/data-sources/sync';
  const cursorOf = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');
  const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });
  test.each<[Method, string, unknown, string]>([
    ['POST', sources, {}, 'name'],
    ['POST', sources, { name: '', sourceType: 'google_drive' }, 'name'],
    ['POST', sources, { name: 'x'.repeat(201), sourceType: 'google_drive' }, 'name'],
    ['POST', sources, { name: 7, sourceType: 'google_drive' }, 'name'],
    ['POST', sources, { name: 'n', sourceType: 'ftp' }, 'sourceType'],
    ['POST', sources, { name: 'n', sourceType: 'google_drive', userId: 'ana' }, 'body'],
    ['POST', sources, { name: 'n', sourceType: 'google_drive', syncFrequency: 'often' }, 'syncFrequency'],
    ['POST', sources, { name: 'n', sourceType: 'google_drive', config: { everything: true } }, 'config'],
    ['POST', sources, { name: 'n', sourceType: 'local_folder' }, 'config.path'],
    ['POST', sources, [], 'body'],
    ['POST', sources, null, 'body'],
    ['PUT', sources, { id: 'abc' }, 'id'],
    ['PUT', sources, { id: unknownId, isActive: 'yes' }, 'isActive'],
    ['PUT', sources, { id: unknownId, authData: {} }, 'body'],
    ['DELETE', `${sources}?id=1`, undefined, 'id'],
    ['DELETE', sources, undefined, 'id'],
    ['DELETE', `${sources}?id=${unknownId}&keepDocuments=perhaps`, undefined, 'keepDocuments'],
    ['GET', `${sources}/..%2f..%2fetc/connect`, undefined, 'id'],
    ['PUT', `${sources}/${unknownId}/credentials`, {}, 'accessToken'],
    ['PUT', `${sources}/${unknownId}/credentials`, { accessToken: 'a', expiresAt: 'soon' }, 'expiresAt'],
    ['PUT', `${sources}/${unknownId}/credentials`, { accessToken: 'a', token: 'b' }, 'body'],
    ['POST', `${sources}/x/disconnect`, undefined, 'id'],
    ['GET', `${jobs}?dataSourceId=x`, undefined, 'dataSourceId'],
    ['GET', `${jobs}?limit=0`, undefined, 'limit'],
    ['GET', `${jobs}?limit=9999`, undefined, 'limit'],
    ['GET', `${jobs}?status=sleeping`, undefined, 'status'],
    ['GET', `${jobs}?cursor=%00garbage`, undefined, 'cursor'],
    ['GET', `${jobs}?page=2`, undefined, 'query'],
    ['POST', jobs, { dataSourceId: unknownId, jobType: 'everything' }, 'jobType'],
    ['POST', jobs, { jobType: 'full_sync' }, 'dataSourceId'],
    ['POST', jobs, { dataSourceId: unknownId, jobType: 'full_sync', externalIds: ['a'] }, 'externalIds'],
    ['POST', jobs, { dataSourceId: unknownId, jobType: 'manual', externalIds: 'a' }, 'externalIds'],
    ['POST', jobs, { dataSourceId: unknownId, dryRun: 'no' }, 'dryRun'],
    ['DELETE', `${jobs}?jobId=x`, undefined, 'jobId'],
    ['GET', `${jobs}/x`, undefined, 'jobId'],
    ['GET', `${jobs}/x/items`, undefined, 'jobId'],
    ['GET', `${jobs}/x/events`, undefined, 'jobId'],
    ['POST', `${jobs}/x/pause`, undefined, 'jobId'],
    ['GET', '/api/scheduled-syncs?dataSourceId=x', undefined, 'dataSourceId'],
    ['POST', '/api/scheduled-syncs', { dataSourceId: unknownId, scheduleType: 'daily' }, 'scheduleConfig'],
    [
      'POST',
      '/api/scheduled-syncs',
      { dataSourceId: unknownId, scheduleType: 'yearly', scheduleConfig: {} },
      'scheduleType',
    ],
    [
      'POST',
      '/api/scheduled-syncs',
      { dataSourceId: unknownId, scheduleType: 'daily', scheduleConfig: { hour: 25 } },
      'scheduleConfig.hour',
    ],
    [
      'POST',
      '/api/scheduled-syncs/preview',
      { scheduleType: 'cron', scheduleConfig: { expression: '* *' } },
      'scheduleConfig.expression',
    ],
    ['PUT', '/api/scheduled-syncs', { id: 'x' }, 'id'],
    ['DELETE', '/api/scheduled-syncs', undefined, 'id'],
    ['GET', '/api/documents?limit=-1', undefined, 'limit'],
    ['GET', '/api/documents?cursor=e30', undefined, 'cursor'],
    ['GET', '/api/documents/changes?cursor=e30', undefined, 'cursor'],
    ['GET', '/api/documents/export?vectors=maybe', undefined, 'vectors'],
    ['GET', '/api/documents/1', undefined, 'id'],
    ['POST', '/api/search', {}, 'query'],
    ['POST', '/api/search', { query: '   ' }, 'query'],
    ['POST', '/api/search', { query: 'x'.repeat(2001) }, 'query'],
    ['POST', '/api/search', { query: 'x', limit: 1000 }, 'limit'],
    ['POST', '/api/search', { query: 'x', limit: '5' }, 'limit'],
    ['POST', '/api/search', { query: 'x', filters: { modifiedAfter: 'yesterday' } }, 'filters.modifiedAfter'],
    ['POST', '/api/search', { query: 'x', filters: { userId: 'ana' } }, 'filters'],
    ['POST', '/api/search', { query: 'x', filters: { tagIds: [] } }, 'filters.tagIds'],
    ['GET', '/api/documents?projectId=mine', undefined, 'projectId'],
    ['POST', '/api/transformations', { name: 'n', transformationType: 'translate', config: {} }, 'transformationType'],
    ['POST', '/api/transformations', { name: 'n', transformationType: 'redact', config: {} }, 'config.emails'],
    ['POST', '/api/transformations', { name: 'n', transformationType: 'redact' }, 'config'],
    ['POST', '/api/transformations', { name: 'n', transformationType: 'normalize', config: { all: true } }, 'config'],
    ['POST', '/api/transformations', { transformationType: 'normalize', config: {} }, 'name'],
    [
      'POST',
      '/api/transformations',
      { name: 'n', transformationType: 'filter', config: { action: 'exclude', pattern: '(?=x)' } },
      'config.pattern',
    ],
    ['PUT', '/api/transformations', { id: unknownId }, 'body'],
    ['PUT', '/api/transformations', { id: unknownId, executionOrder: -1 }, 'executionOrder'],
    ['DELETE', '/api/transformations?id=1', undefined, 'id'],
    ['POST', '/api/transformations/preview', {}, 'documentId'],
    ['POST', '/api/transformations/preview', { dataSourceId: unknownId }, 'documentId'],
    [
      'POST',
      '/api/transformations/preview',
      { documentId: unknownId, transformations: [{ transformationType: 'truncate', config: { maxCharacters: 0 } }] },
      'transformations.0.config.maxCharacters',
    ],
    ['POST', '/api/transformations/reprocess', { everything: true }, 'body'],
    ['POST', '/api/projects', { name: ' ' }, 'name'],
    ['POST', '/api/tags', { name: 'x', color: 'red' }, 'body'],
    ['POST', `/api/tags/${unknownId}/assign`, { documentIds: [] }, 'documentIds'],
    ['POST', `/api/projects/${unknownId}/rules`, { dataSourceId: unknownId, path: 'a{b' }, 'path'],
    [
      'POST',
      '/api/search',
      { query: 'x', filters: { modifiedAfter: '0000-01-01T00:00:00Z' } },
      'filters.modifiedAfter',
    ],
    // Values that Postgres cannot store
    ['POST', '/api/projects', { name: 'a\0b' }, 'name: must not contain the null character'],
    ['POST', '/api/search', { query: 'a\0b' }, 'query: must not contain the null character'],
    ['POST', sources, { name: 'n', sourceType: 'slack', config: { a: ['\0'] } }, 'config.a.0: must not contain'],
    ['GET', '/api/documents?text=a%00b', undefined, 'text: must not contain'],
    ['GET', '/api/documents?mimeType=%00', undefined, 'mimeType: must not contain'],
    ['POST', sources, { name: 'n', sourceType: 'slack', config: nested(2000) }, 'must not be nested deeper'],
    // Forged cursors
    ['GET', `${jobs}?cursor=${cursorOf(['1', unknownId])}`, undefined, 'cursor'],
    ['GET', `/api/documents?cursor=${cursorOf(['2026-01-31T00:00:00.000Z', '-'.repeat(36)])}`, undefined, 'cursor'],
  ])('%s %s %j: %s', async (method, path, body, field) => {
    const answer = await api.call(method, path, body === undefined ? {} : { body });
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer).toMatchObject({
      status: 400,
      body: { status: 400, title: expect.any(String), detail: expect.any(String) },
    });
    expect(`${answer.body.detail} ${JSON.stringify(answer.body.errors)}`).toContain(field);
    expect(answer.text).not.toMatch(/at .+\.ts:\d+|node_modules/);
  });

  test.each<[Method, string, object | undefined, string]>([
    ['POST', sources, {}, 'name: is missing'],
    ['POST', sources, { name: 7, sourceType: 'slack' }, 'name: must be a string'],
    ['POST', sources, { name: 'n', sourceType: 'ftp' }, 'sourceType: must be one of google_drive, gmail, '],
    ['POST', sources, { name: 'n', sourceType: 'slack', config: 5 }, 'config: must be an object'],
    ['POST', sources, { name: 'n', sourceType: 'slack', user: 'ana' }, 'body: has no field "user"'],
    ['POST', sources, { name: 'n', sourceType: 'local_folder' }, 'config.path: is missing'],
    ['GET', `${jobs}?limit=many`, undefined, 'limit: must be a number'],
    ['GET', `${jobs}?limit=1.5`, undefined, 'limit: must be a whole number'],
    ['GET', `${jobs}?limit=0`, undefined, 'limit: must be at least 1'],
    ['GET', `${jobs}?limit=201`, undefined, 'limit: must be at most 200'],
    ['POST', `${jobs}/${unknownId}/speed`, { pagesAtOnce: 1e300 }, 'pagesAtOnce: is too large'],
    ['POST', '/api/search', { query: 'x', filters: { tagIds: [] } }, 'filters.tagIds: must not be empty'],
  ])('in plain words: %s %s %j: %s', async (method, path, body, words) => {
    const { detail } = (await api.call(method, path, body === undefined ? {} : { body })).body;
    expect(detail.slice(0, words.length)).toBe(words);
  });

  test.each<[string, number]>([
    ['/api/documents/%ed%a0%80', 400],
    [`/api/documents/${'x'.repeat(600)}`, 414],
  ])('an address that cannot be read is a problem like any other', async (path, status) => {
    expect(await api.call('GET', path)).toMatchObject({
      status,
      headers: { 'content-type': expect.stringContaining('application/problem+json') },
      body: { status, code: 'invalid_address' },
    });
  });

  test.each(['{"name": ', 'not json', '{"a":1}}', '\u0000'])('broken JSON: %j', async (payload) => {
    expect(await api.call('POST', '/api/data-sources', { payload })).toMatchObject({
      status: 400,
      body: { code: 'invalid_json' },
    });
  });

  test.each(['/api/tags', '/api/search'])('a body in another character encoding than UTF-8: %s', async (path) => {
    const payload = Buffer.from('{"name":"Müller","query":"Müller"}', 'latin1');
    const headers = { 'content-type': 'application/json' };
    const answer = await api.app.inject({ method: 'POST', url: path, headers, payload });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      400,
      { code: 'invalid_json', detail: expect.stringMatching(/UTF-8/) },
    ]);
  });

  test('a compressed body is not stored as if it were the file', async () => {
    const answer = await api.call('PUT', `/api/data-sources/${unknownId}/files?path=a.txt`, {
      payload: 'x',
      headers: { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip' },
    });
    expect(answer).toMatchObject({ status: 415, body: { code: 'media_type', detail: expect.stringMatching(/gzip/) } });
  });

  test.each([
    [
      { name: 'n', transformationType: 'translate', config: {} },
      /^transformationType: must be one of normalize, strip/,
    ],
    [{ name: 'n', config: {} }, /^transformationType: is missing$/],
  ])('an unknown kind and a missing one are told apart: %j', async (body, detail) => {
    const answer = await api.call('POST', '/api/transformations', { body });
    expect(answer.body.detail).toMatch(detail);
  });

  test('a body of 2 MB is refused before it is read', async () => {
    expect(await api.call('POST', '/api/data-sources', { payload: hugeBody })).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
  });

  test('another content type is refused', async () => {
    const answer = await api.call('POST', '/api/data-sources', {
      payload: 'name=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer).toMatchObject({ status: 415, body: { code: 'media_type' } });
    const headers = { 'content-type': 'text/plain' };
    const text = await api.call('POST', '/api/search', { payload: '{"query":"x"}', headers });
    expect(text).toMatchObject({ status: 415, body: { code: 'media_type' } });
  });

  test('a route that does not exist', async () => {
    expect(await api.call('GET', '/api/nothing')).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
    expect(await api.call('OPTIONS', '/api/search')).toMatchObject({ status: 204, headers: { allow: 'POST' } });
    expect(await api.call('PUT', '/api/search')).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
      body: { code: 'method_not_allowed' },
    });
  });

  test.each([
    ['an unknown method', 'FOO /api/data-sources HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'invalid_request'],
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'invalid_request'],
    ['too large headers', `GET / HTTP/1.1\r\nhost: x\r\ncookie: ${'x'.repeat(40_000)}\r\n\r\n`, 431, 'invalid_header'],
  ])('%s is answered like every other error', async (_, request, status, code) => {
    const answer = await sendRaw(port, request);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status, code });
  });

  test.each([
    // Without a HEAD of its own, it is the address of a document.
    ['/api/documents/export', 400],
    ['/api/audit-events/export', 405],
    [`/api/data-sources/sync/${unknownId}/report`, 405],
    [`/api/data-sources/sync/${unknownId}/events`, 405],
    [`/api/data-sources/${unknownId}/connect`, 405],
    ['/api/oauth/callback?state=x', 405],
    ['/api/setup/etl-pipelines', 405],
    ['/api/documents', 200],
    ['/healthz', 200],
  ])('HEAD %s: %d; what streams or has an effect takes none', async (url, status) => {
    const answer = await api.app.inject({ method: 'HEAD', url });
    expect([answer.statusCode, answer.body]).toEqual([status, '']);
    if (status === 405) expect(answer.headers['allow']).toBe('GET');
  });

  test('a prototype in the body is treated as data', async () => {
    const answer = await api.call('POST', '/api/data-sources', {
      payload: '{"name":"n","sourceType":"google_drive","__proto__":{"isAdmin":true}}',
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect({}).not.toHaveProperty('isAdmin');
  });
});

test('a file in an archive cannot be deleted alone, and the answer names the archive', async () => {
  const [archiveId, id] = [randomUUID(), randomUUID()];
  const names = {
    userId: 'local',
    dataSourceId: driveId,
    externalId: archiveId,
    itemType: 'file',
    title: 'a',
  } as const;
  const version = { contentHash: 'a', pipelineVersion: '1', liveGeneration: randomUUID(), metadata: '{}' } as const;
  const archive = { ...names, ...version, id: archiveId };
  await headwater.as('local', async (trx) => {
    await trx.insertInto('documents').values(archive).execute();
    await trx
      .insertInto('documents')
      .values({ ...archive, id, archiveId, memberPath: 'a.md' })
      .execute();
  });
  const answer = await api.call('DELETE', `/api/documents/${id}`);
  expect([answer.status, answer.body]).toEqual([409, expect.objectContaining({ code: 'part_of_archive', archiveId })]);
  await headwater.as('local', async (trx) => {
    await trx.deleteFrom('documents').where('externalId', '=', archiveId).execute();
  });
});

describe('another user’s objects are not found (404)', () => {
  const routes = (source: string, job: string, document: string): [Method, string, unknown?][] => [
    ['PUT', '/api/data-sources', { id: source, name: 'mine now' }],
    ['DELETE', `/api/data-sources?id=${source}`],
    ['GET', `/api/data-sources/${source}/connect`],
    ['PUT', `/api/data-sources/${source}/credentials`, { accessToken: 'x' }],
    ['POST', `/api/data-sources/${source}/disconnect`],
    ['GET', `/api/data-sources/sync?dataSourceId=${source}`],
    ['GET', `/api/scheduled-syncs?dataSourceId=${source}`],
    ['POST', '/api/scheduled-syncs', { dataSourceId: source, scheduleType: 'daily', scheduleConfig: { hour: 3 } }],
    ['PUT', '/api/scheduled-syncs', { id: source, isActive: false }],
    ['DELETE', `/api/scheduled-syncs?id=${source}`],
    ['POST', '/api/data-sources/sync', { dataSourceId: source }],
    ['DELETE', `/api/data-sources/sync?jobId=${job}`],
    ...['', '/items', '/events'].map((rest): [Method, string] => ['GET', `/api/data-sources/sync/${job}${rest}`]),
    ...['pause', 'resume', 'approve', 'keep', 'retry'].map((verb): [Method, string] => [
      'POST',
      `/api/data-sources/sync/${job}/${verb}`,
    ]),
    ['GET', `/api/documents/${document}`],
  ];

  test('Bob’s request for each of Ana’s ids is answered like one for an unknown id', async () => {
    const account = headwater.google.state.account('ana@example.com');
    account.addFile({ name: 'a.md', content: 'the words of ana' });
    const source = await headwater.createDrive('ana', account.email);
    const { jobId } = await headwater.sync({ dataSourceId: source, jobType: 'full_sync' });
    const [document] = await headwater.as(
      'ana',
      async (trx) => await trx.selectFrom('documents').select('id').execute(),
    );
    const bob = { authorization: `Bearer ${await token('bob')}` };
    const foreign = routes(source, jobId ?? '', document?.id ?? '');
    const never = routes(randomUUID(), randomUUID(), randomUUID());
    for (const [i, [method, path, body]] of foreign.entries()) {
      const answer = await shared.call(method, path, { headers: bob, ...(body === undefined ? {} : { body }) });
      const [neverMethod, neverPath, neverBody] = never[i] ?? ['GET', '/'];
      const reference = await shared.call(neverMethod, neverPath, {
        headers: bob,
        ...(neverBody === undefined ? {} : { body: neverBody }),
      });
      expect([method, path, answer.status]).toEqual([method, path, 404]);
      expect(answer.body).toEqual(reference.body);
    }
    // Bob's lists are also empty, and his search finds none of her text
    for (const path of ['/api/data-sources', '/api/data-sources/sync', '/api/documents'])
      expect(Object.values((await shared.call('GET', path, { headers: bob })).body)).toContainEqual([]);
    expect(
      (await shared.call('POST', '/api/search', { headers: bob, body: { query: 'words of ana' } })).body.hits,
    ).toEqual([]);
    const ana = { authorization: `Bearer ${await token('ana')}` };
    expect(
      (await shared.call('POST', '/api/search', { headers: ana, body: { query: 'words of ana' } })).body.hits,
    ).toHaveLength(1);
  }, 60_000);
});

describe('every described address with an id', () => {
  test('answers for another user’s object as for one that does not exist', async () => {
    const [ana, bob] = [`Bearer ${await token('anja')}`, `Bearer ${await token('bob')}`];
    const hers = await objectsOf('anja', ana);
    const { paths } = (await shared.call('GET', '/docs/openapi.json')).body;
    const operations = Object.entries(paths as Record<string, Record<string, object>>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase() as Method, path] as const),
    );
    const named = operations.filter(([, path]) => /\{(id|jobId)\}/.test(path));
    expect(named.length).toBeGreaterThan(50);
    for (const [method, path] of named) {
      const ask = async (id: string) => {
        const body = bodyFor(method, path);
        const headers = {
          authorization: bob,
          ...(path.endsWith('/files') ? { 'content-type': 'application/octet-stream' } : {}),
        };
        const to = path.replace(/\{(id|jobId)\}/, id).replace(/\{\w+\}/, unknownId) + queryFor(method, path);
        return await shared.call(method, to, { headers, ...(body === undefined ? {} : { body }) });
      };
      const noun = path.includes('{jobId}') ? 'jobs' : (path.split('/')[2] ?? '');
      const answers = [await ask(hers[noun] ?? `no ${noun}`), await ask(randomUUID())];
      expect([method, path, ...answers.map(({ status }) => status)]).toEqual([method, path, 404, 404]);
      expect(answers[0]?.text).toBe(answers[1]?.text);
    }
  }, 60_000);

  test('and ids within a body are looked up as the caller’s own only', async () => {
    const [ana, bob] = [`Bearer ${await token('anja')}`, `Bearer ${await token('bob')}`];
    const hers = await objectsOf('anja', ana);
    const his = await objectsOf('bob', bob);
    const bodies = (ids: Readonly<Record<string, string>>): [Method, string, object][] => [
      ['POST', `/api/projects/${his['projects'] ?? ''}/assign`, { documentIds: [ids['documents']] }],
      ['POST', `/api/projects/${his['projects'] ?? ''}/rules`, { dataSourceId: ids['data-sources'] }],
      ['POST', '/api/keys', { name: 'k', dataSourceIds: [ids['data-sources']] }],
      ['POST', '/api/keys', { name: 'k', projectIds: [ids['projects']] }],
      ['POST', '/api/search', { query: 'words', filters: { dataSourceIds: [ids['data-sources']] } }],
      ['POST', '/api/transformations/preview', { documentId: ids['documents'] }],
    ];
    const unknown = Object.fromEntries(Object.keys(hers).map((noun) => [noun, unknownId]));
    for (const [i, [method, path, body]] of bodies(hers).entries()) {
      const headers = { authorization: bob };
      const foreign = await shared.call(method, path, { headers, body });
      const never = await shared.call(method, path, { headers, body: bodies(unknown)[i]?.[2] ?? {} });
      const without = (text: string): string =>
        Object.values({ ...hers, unknownId }).reduce((left, id) => left.replaceAll(id, 'ID'), text);
      expect([path, foreign.status, without(foreign.text)]).toEqual([path, never.status, without(never.text)]);
    }
  }, 60_000);
});

describe('signing in', () => {
  test.each<[string, () => Promise<string | undefined>, string]>([
    ['without a token', async () => await Promise.resolve(undefined), 'unauthenticated'],
    ['not a JWT', async () => await Promise.resolve('Bearer abc'), 'unauthenticated'],
    ['basic auth', async () => await Promise.resolve('Basic YTpi'), 'unauthenticated'],
    [
      'signed with another secret',
      async () => `Bearer ${await token('ana', { secret: 'x'.repeat(40) })}`,
      'unauthenticated',
    ],
    [
      'expired',
      async () => `Bearer ${await token('ana', { expires: Math.floor(Date.now() / 1000) - 10 })}`,
      'token_expired',
    ],
    ['without an expiry', async () => `Bearer ${await token('ana', { expires: null })}`, 'unauthenticated'],
    ['without a subject', async () => `Bearer ${await token('')}`, 'unauthenticated'],
    ['with alg none', async () => await Promise.resolve(`Bearer ${unsigned('ana')}`), 'unauthenticated'],
  ])('%s: 401', async (_name, make, code) => {
    const authorization = await make();
    const answer = await shared.call('GET', '/api/data-sources', {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(answer).toMatchObject({ status: 401, body: { code } });
  });

  test('health, readiness and documentation need no sign-in', async () => {
    for (const path of ['/healthz', '/readyz', '/docs/'])
      expect([path, (await shared.call('GET', path)).status]).toEqual([path, 200]);
  });

  test('the documentation page has its script, and what it lacks is not found', async () => {
    const answers = ['/docs', '/docs/js/scalar.js', '/docs/openapi.yaml', '/docs/nothing'].map(async (path) => {
      const { status, headers, text } = await shared.call('GET', path);
      return [path, status, headers.location ?? String(headers['content-type']).split(';')[0], text.length > 1000];
    });
    expect(await Promise.all(answers)).toEqual([
      ['/docs', 301, '/docs/', false],
      ['/docs/js/scalar.js', 200, 'application/javascript', true],
      ['/docs/openapi.yaml', 200, 'application/yaml', true],
      ['/docs/nothing', 404, 'application/problem+json', false],
    ]);
  });

  test('migrations are for operators', async () => {
    const authorization = `Bearer ${await token('ana')}`;
    expect(await shared.call('GET', '/api/setup/etl-pipelines', { headers: { authorization } })).toMatchObject({
      status: 403,
      body: { code: 'admin_only' },
    });
    expect(
      await shared.call('GET', '/api/setup/etl-pipelines', {
        headers: { authorization, 'x-admin-token': 'an admin token of ours' },
      }),
    ).toMatchObject({ status: 200, body: { pending: [] } });
    expect(await api.call('GET', '/api/setup/etl-pipelines')).toMatchObject({
      status: 200,
      body: { pending: [], applied: expect.any(Array) },
    });
  });
});

test('where users sign in, the operator’s token opens what is for operators, and nothing else', async () => {
  const operator = { 'x-admin-token': 'an admin token of ours' };
  const routes = ['/api/setup/etl-pipelines', '/api/setup/notion-verification', '/api/vectors/verify'];
  for (const headers of [operator, { authorization: 'Bearer wrong' }, {}]) {
    for (const path of routes) {
      const { status } = await shared.call('GET', path, { headers });
      expect([path, headers, [200, 404].includes(status)]).toEqual([path, headers, headers === operator]);
    }
  }
  expect(await shared.call('GET', '/api/data-sources', { headers: operator })).toMatchObject({ status: 401 });
  const wrong = { 'x-admin-token': 'another' };
  expect(await shared.call('POST', '/api/vectors/verify', { headers: wrong, body: {} })).toMatchObject({ status: 401 });
  // It is one workflow for the whole Temporal server, which other test files start.
  const temporal = Object.create(headwater.temporal, {
    workflow: { value: { start: async () => await Promise.resolve() } },
  }) as TestHeadwater['temporal'];
  await using operated = await startApiOf({ ...headwater, temporal }, { auth: adminAuth });
  const logged = headwater.logged().length;
  const started = await operated.call('POST', '/api/vectors/verify', { headers: operator, body: { dryRun: true } });
  expect(started).toMatchObject({ status: 202, body: { operation: { name: 'verify' } } });
  expect(headwater.logged().slice(logged)).toMatch(/"action":"vectors.verify","outcome":"\w+","actor":"operator"/);
  // The token of a user that comes along must be valid, and names who did it.
  const forged = { ...operator, authorization: `Bearer ${unsigned('ana')}` };
  expect(await shared.call('GET', '/api/vectors/verify', { headers: forged })).toMatchObject({ status: 401 });
  const ana = { ...operator, authorization: `Bearer ${await token('ana')}` };
  await operated.call('POST', '/api/vectors/verify', { headers: ana, body: { dryRun: true } });
  const { events } = (await shared.call('GET', '/api/audit-events', { headers: ana })).body;
  expect(events[0]).toMatchObject({ action: 'vectors.verify', actor: 'user' });
});

describe('without sign-in, other sites cannot reach the API', () => {
  test.each<[string, Record<string, string>, number]>([
    ['our own address', { host: 'localhost:3000' }, 200],
    ['our own page', { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' }, 200],
    ['a host name that resolves to this machine', { host: 'evil.example:3000' }, 403],
    ['a page of another site', { host: 'localhost:3000', origin: 'https://evil.example' }, 403],
    ['a file or a sandbox', { host: 'localhost:3000', origin: 'null' }, 403],
    ['another port of this machine', { host: 'localhost:3000', origin: 'http://localhost:9999' }, 403],
  ])('%s', async (_name, headers, status) => {
    expect((await api.call('GET', '/api/data-sources', { headers })).status).toBe(status);
  });
});

describe('answers', () => {
  test('never hold a token, an encrypted envelope or a stack', async () => {
    const tokens = headwater.google.oauth.everIssued();
    const paths = [
      '/api/data-sources',
      `/api/data-sources/sync?dataSourceId=${driveId}`,
      '/readyz',
      '/docs/openapi.json',
    ];
    for (const path of paths) {
      const { text } = await api.call('GET', path);
      for (const secret of [...tokens, 'authData', 'auth_data', '"iv"'])
        expect([path, text.includes(secret)]).toEqual([path, false]);
    }
  });

  test('forbid sniffing, framing and referrers', async () => {
    const { headers } = await api.call('GET', '/');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.stringContaining("default-src 'self'"),
    });
  });

  test('every route is described in OpenAPI', async () => {
    const { body } = await api.call('GET', '/docs/openapi.json');
    expect(body.paths['/healthz'].get.security).toEqual([]);
    expect(body.paths['/api/documents'].get.security).toBeUndefined();
    const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const operations = Object.values(body.paths as Record<string, Record<string, Operation>>).flatMap((path) =>
      Object.values(path),
    );
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    expect(operations.filter(({ responses }) => responses['4XX'] === undefined)).toEqual([]);
    for (const kind of ['data-sources', 'scheduled-syncs', 'transformations', 'projects', 'tags', 'webhooks'])
      for (const method of ['GET', 'PATCH', 'DELETE']) expect(described).toContain(`${method} /api/${kind}/{id}`);
    expect(operations.filter(({ description }) => description === undefined)).toEqual([]);
    expect(body.openapi).toBe('3.1.0');
    expect(body.components.schemas.Job.properties.mode.anyOf).toContainEqual({ type: 'null' });
    expect(Object.keys(body.components.schemas).filter((name) => name.endsWith('Input'))).toEqual([]);
    for (const route of [
      ...['GET', 'POST', 'PUT', 'DELETE'].map((m) => `${m} /api/data-sources`),
      ...['GET', 'POST', 'DELETE'].map((m) => `${m} /api/data-sources/sync`),
      ...['', '/items', '/events'].map((rest) => `GET /api/data-sources/sync/{jobId}${rest}`),
      ...['pause', 'resume', 'approve', 'keep', 'retry'].map((verb) => `POST /api/data-sources/sync/{jobId}/${verb}`),
      'GET /api/data-sources/{id}/connect',
      'PUT /api/data-sources/{id}/credentials',
      'POST /api/data-sources/{id}/disconnect',
      'GET /api/oauth/callback',
      ...['GET', 'POST', 'PUT', 'DELETE'].map((m) => `${m} /api/scheduled-syncs`),
      'POST /api/scheduled-syncs/preview',
      'GET /api/documents',
      'GET /api/documents/{id}',
      'POST /api/search',
      'GET /api/setup/etl-pipelines',
      'GET /healthz',
      'GET /readyz',
    ])
      expect(described).toContain(route);
  });

  test('a denied sign-in, and a callback without one, are refused with a message', async () => {
    const { authorizationUrl } = (await api.call('GET', `/api/data-sources/${folderless}/connect`)).body;
    const answer = await fetch(`${authorizationUrl}&choose=deny`, { redirect: 'manual' });
    const location = new URL(answer.headers.get('location') ?? '');
    const denied = await api.call('GET', `${location.pathname}${location.search}`);
    expect(denied.status).toBeGreaterThanOrEqual(400);
    expect(denied.status).toBeLessThan(500);
    expect(denied.body.detail).toMatch(/declined/);
    for (const query of ['', '?state=x&code=y', `?state=${'x'.repeat(500)}`]) {
      const refused = await api.call('GET', `/api/oauth/callback${query}`);
      expect(refused.status).toBe(400);
    }
  });

  test('if Temporal is unavailable, readiness fails, and a start is a 503 that leaves no job behind', async () => {
    await using away = await startApiOf(headwater);
    await using lost = await startApiOf({ ...headwater, temporal: brokenTemporal(headwater.temporal) });
    expect((await away.call('GET', '/readyz')).status).toBe(200);
    expect(await lost.call('GET', '/readyz')).toMatchObject({
      status: 503,
      body: { ready: false, checks: { temporal: { ok: false } } },
    });
    expect(await lost.call('POST', '/api/data-sources/sync', { body: { dataSourceId: driveId } })).toMatchObject({
      status: 503,
      body: { code: 'temporal_unavailable' },
    });
    expect((await api.call('GET', `/api/data-sources/sync?dataSourceId=${driveId}`)).body.jobs).toEqual([]);
  });

  test('a deletion that Temporal does not accept is also a 503, without delay, and lists of schedules work without Temporal', async () => {
    const silence = new ServiceError('Failed to start Workflow', {
      cause: Object.assign(new Error('deadline'), { code: 4, details: 'deadline', metadata: {} }),
    });
    await using lost = await startApiOf({ ...headwater, temporal: brokenTemporal(headwater.temporal, silence) });
    for (const [method, path, body] of [
      ['DELETE', `/api/data-sources?id=${driveId}`, undefined],
      ['POST', '/api/user/erase', { confirm: 'erase everything' }],
    ] as const) {
      const answer = await lost.call(method, path, body === undefined ? {} : { body });
      expect(answer).toMatchObject({ status: 503, body: { code: 'temporal_unavailable' } });
    }
    const { dataSources } = (await api.call('GET', '/api/data-sources')).body;
    expect(dataSources).toContainEqual(expect.objectContaining({ id: driveId, isActive: true }));
    const daily = { dataSourceId: driveId, scheduleType: 'daily', scheduleConfig: { hour: 3 } };
    expect(await lost.call('POST', '/api/scheduled-syncs', { body: daily })).toMatchObject({ status: 201 });
    const { scheduledSyncs } = (await lost.call('GET', '/api/scheduled-syncs')).body;
    expect(scheduledSyncs).toMatchObject([{ nextRunAt: scheduledSyncs[0].nextRuns[0] }]);
  });

  test('a refusal by Temporal is not reported as an outage: the message says what is missing', async () => {
    const refusal = new ServiceError('Failed to start Workflow', {
      cause: Object.assign(new Error('no mapping'), { code: 3, details: 'no mapping', metadata: {} }),
    });
    await using refused = await startApiOf({ ...headwater, temporal: brokenTemporal(headwater.temporal, refusal) });
    expect(await refused.call('POST', '/api/data-sources/sync', { body: { dataSourceId: driveId } })).toMatchObject({
      status: 503,
      body: { code: 'temporal_unavailable', detail: expect.stringMatching(/rejects.*npm run worker/) },
    });
  });

  test('a start waits for the first worker of a namespace, which prepares it while it starts', async () => {
    const details = 'Namespace default has no mapping defined for search attribute UserId';
    const refusal = new ServiceError('Failed to start Workflow', {
      cause: Object.assign(new Error(details), { code: 3, details, metadata: {} }),
    });
    let refused = 0;
    const temporal = brokenTemporal(headwater.temporal, refusal, () => ++refused <= 2);
    await using early = await startApiOf({ ...headwater, temporal });
    const dataSourceId = await headwater.createDrive('local', 'early@example.com');
    const started = await early.call('POST', '/api/data-sources/sync', { body: { dataSourceId } });
    expect(started).toMatchObject({ status: 202, body: { job: { status: 'pending' } } });
    await until(
      async () =>
        (await api.call('GET', `/api/data-sources/sync/${started.body.job.id}`)).body.job.status === 'completed',
    );
  });
});

test('no value of any field, parameter or header of any route causes a server error (500)', async () => {
  const { paths } = (await api.call('GET', '/docs/openapi.json')).body;
  const failed: unknown[] = [];
  // Work over all users has one workflow for the whole Temporal server, which other test files start at the same time
  const requests = nastyRequests(paths, folderless).filter(
    ({ method, path }) => !(method === 'POST' && path.startsWith('/api/vectors/')),
  );
  expect(requests.length).toBeGreaterThan(1000);
  for (const { method, path, body, headers } of requests) {
    const { status } = await api.call(method, path, { headers, ...(body === undefined ? {} : { body }) });
    if (status >= 500 && status !== 503) failed.push([status, method, path.slice(0, 200), body, headers]);
  }
  expect(failed).toEqual([]);
}, 240_000);

describe('an unusable database', () => {
  test.each<[string, object, string]>([
    ['lacks a table', { code: '42P01' }, 'database_not_migrated'],
    ['lacks our role', { code: '22023', message: 'role "headwater_app" does not exist' }, 'database_not_migrated'],
    ['does not exist', { code: '3D000' }, 'database_unavailable'],
    ['refuses our login', { code: '28P01' }, 'database_unavailable'],
    [
      'is a standby',
      { code: '0A000', message: 'cannot set transaction read-write mode during recovery' },
      'database_unavailable',
    ],
  ])('because it %s: 503, in words', async (_name, trouble, code) => {
    const db = { ...headwater.database, db: brokenDatabase(headwater.database.db, trouble) };
    await using broken = await startApiOf({ ...headwater, database: db });
    expect(await broken.call('GET', '/api/data-sources')).toMatchObject({ status: 503, body: { code } });
  });

  test('refuses a row of a source that was deleted meanwhile: it is not found', async () => {
    const trouble = { code: '23503', message: 'insert or update on table "oauth_states" violates a foreign key' };
    const db = { ...headwater.database, db: brokenDatabase(headwater.database.db, trouble) };
    await using broken = await startApiOf({ ...headwater, database: db });
    const answer = await broken.call('GET', `/api/data-sources/${driveId}/connect`);
    expect(answer).toMatchObject({
      status: 404,
      body: { code: 'not_found', detail: expect.stringMatching(/deleted/) },
    });
  });

  test('that does not answer: the state of migrations is unknown', async () => {
    const db = { ...headwater.database, db: brokenDatabase(headwater.database.db, { code: 'ECONNREFUSED' }) };
    await using broken = await startApiOf({ ...headwater, database: db });
    const { checks } = (await broken.call('GET', '/readyz')).body;
    expect(checks.database).toEqual({ ok: false, detail: 'The database does not answer.' });
    expect(checks.migrations).toEqual(checks.database);
  });
});

test('the log of a failure has its code, its class and its place, and nothing that it quotes', async () => {
  await using failing = await startApiOf(headwater);
  const quoting = Object.assign(new RangeError('cannot store "the harbour is for sale"'), {
    code: '22001',
    detail: 'Failing row contains (ana, /home/ana/Plans).',
    cause: Object.assign(new Error('14 UNAVAILABLE: /home/ana'), { code: 14 }),
  });
  failing.app.get('/fails', () => {
    throw quoting;
  });
  expect(await failing.call('GET', '/fails')).toMatchObject({ status: 500, body: { code: 'internal' } });
  const line =
    headwater
      .logged()
      .split('\n')
      .findLast((text) => text.includes('request failed')) ?? '{}';
  const at = expect.arrayContaining([expect.stringContaining('errors.test.ts')]);
  expect(JSON.parse(line).err).toEqual({ code: '22001', reason: 'RangeError', at, cause: 14 });
});

function brokenDatabase(db: TestHeadwater['database']['db'], trouble: object): TestHeadwater['database']['db'] {
  const fail = async () => await Promise.reject(Object.assign(new Error('no'), trouble));
  const transaction = { execute: fail, setAccessMode: () => transaction };
  return new Proxy(db, {
    get: (target, property) =>
      property === 'transaction'
        ? () => transaction
        : property === 'getExecutor'
          ? () => ({ ...target.getExecutor(), executeQuery: fail, provideConnection: fail })
          : Reflect.get(target, property, target),
  });
}

function brokenTemporal(
  client: TestHeadwater['temporal'],
  error = new Error('14 UNAVAILABLE'),
  isBroken = () => true,
): TestHeadwater['temporal'] {
  return new Proxy(client, {
    get: (target, property) =>
      property === 'withDeadline' && isBroken()
        ? async () => await Promise.reject(error)
        : Reflect.get(target, property, target),
  });
}

async function token(
  subject: string,
  {
    secret = jwtSecret,
    expires = Math.floor(Date.now() / 1000) + 600,
  }: { secret?: string; expires?: number | null } = {},
): Promise<string> {
  const jwt = new SignJWT({ sub: subject }).setProtectedHeader({ alg: 'HS256' });
  if (expires !== null) jwt.setExpirationTime(expires);
  return await jwt.sign(new TextEncoder().encode(secret));
}

function unsigned(subject: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: subject, exp: Math.floor(Date.now() / 1000) + 600 })}.`;
}

/** Sends bytes as they are. @returns all that is answered until the connection is closed */
async function sendRaw(to: number, request: string): Promise<string> {
  const socket = connect(to, '127.0.0.1');
  socket.write(request);
  return await textOf(socket);
}

/** One object of each kind of a user, by the noun in its address. */
async function objectsOf(user: string, authorization: string): Promise<Record<string, string>> {
  const account = headwater.google.state.account(`${user}-${randomUUID()}@example.com`);
  account.addFile({ name: 'a.md', content: 'words' });
  const source = await headwater.createDrive(user, account.email);
  const { jobId } = await headwater.sync({ dataSourceId: source, jobType: 'full_sync' });
  const [document] = await headwater.as(user, async (trx) => await trx.selectFrom('documents').select('id').execute());
  const make = async (noun: string, body: object): Promise<[string, string]> => {
    const answer = await shared.call('POST', `/api/${noun}`, { headers: { authorization }, body });
    expect([noun, answer.status]).toEqual([noun, 201]);
    const [made] = Object.values(answer.body as Record<string, { id?: string }>);
    return [noun, made?.id ?? ''];
  };
  return {
    'data-sources': source,
    jobs: jobId ?? '',
    documents: document?.id ?? '',
    ...Object.fromEntries([
      await make('projects', { name: randomUUID() }),
      await make('tags', { name: randomUUID() }),
      await make('keys', { name: 'k' }),
      await make('webhooks', { url: 'http://127.0.0.1:9/hook' }),
      await make('transformations', { name: 't', transformationType: 'redact', config: { cards: true } }),
      await make('scheduled-syncs', { dataSourceId: source, scheduleType: 'daily', scheduleConfig: { hour: 3 } }),
    ]),
  };
}

/** A body that is valid, so that only the id decides. */
function bodyFor(method: Method, path: string): object | undefined {
  if (path.endsWith('/assign') || path.endsWith('/remove')) return { documentIds: [unknownId] };
  if (path.endsWith('/rules')) return method === 'POST' ? { dataSourceId: unknownId } : undefined;
  if (path.endsWith('/credentials')) return { accessToken: 'x' };
  if (path.endsWith('/speed')) return { pagesAtOnce: 1 };
  if (method !== 'PATCH') return undefined;
  return /projects|tags/.test(path) ? { name: 'mine now' } : { isActive: false };
}

function queryFor(method: Method, path: string): string {
  if (path.endsWith('/files')) return method === 'GET' ? '' : '?path=a.md';
  if (path.endsWith('/rules') && method === 'DELETE') return `?ruleId=${unknownId}`;
  return path.endsWith('/choices') ? '?field=folderIds' : '';
}
