/** Keys for programs: what each opens, how far, and when it no longer does. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { sql } from 'kysely';
import { pino } from 'pino';
import { newApiKey, ruleOf } from '../../api/api-keys.ts';
import { buildApp } from '../../api/app.ts';
import type { ApiDependencies } from '../../api/dependencies.ts';
import { authPlugin } from '../../api/plugins/auth.ts';
import { transactionsPlugin } from '../../api/plugins/transactions.ts';
import { errorsPlugin } from '../../api/plugins/errors.ts';
import { apiKeyRoutes } from '../../api/routes/api-keys.ts';
import { projectRoutes } from '../../api/routes/collections.ts';
import { documentRoutes } from '../../api/routes/documents.ts';
import { mcpRoutes } from '../../api/routes/mcp.ts';
import { searchRoutes } from '../../api/routes/search.ts';
import { sessionRoutes } from '../../api/routes/session.ts';
import { asUser } from '../../db/access/as-user.ts';
import { readConfig } from '../../platform/config.ts';
import type { Method } from '../harness/api.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { signToken } from '../harness/user-token.ts';

const secret = 'a secret of at least thirty-two characters';
let database: TestDatabase;
let app: FastifyInstance;
/** What searches were asked with. */
const searched: unknown[] = [];
const [inside, outside] = [randomUUID(), randomUUID()];
const sources: string[] = [];
let project: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const config = readConfig({ JWT_SECRET: secret, MAX_PER_USER: 'keys=20' });
  const deps = {
    config,
    db: database.db,
    search: async (_userId: string, request: { readonly filter?: object }) => {
      searched.push(request.filter);
      return await Promise.resolve([]);
    },
  } as unknown as ApiDependencies;
  app = fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(errorsPlugin);
  await app.register(authPlugin, { config, db: database.db });
  await app.register(transactionsPlugin, { db: database.db });
  for (const routes of [apiKeyRoutes, sessionRoutes, projectRoutes, documentRoutes, searchRoutes, mcpRoutes])
    await app.register(routes(deps));
  // Stand for the routes of their kind: what opens them is decided by their address.
  for (const url of ['/api/data-sources', '/api/data-sources/:id/connect', '/api/data-sources/sync/:jobId'])
    app.get(url, () => ({}));
  for (const url of ['/api/data-sources', '/api/data-sources/sync/:jobId/pause']) app.post(url, () => ({}));
  await createDocuments();
}, 60_000);
afterAll(async () => {
  await app.close();
  await database[Symbol.asyncDispose]();
});

describe('a key', () => {
  test('is shown once; what is kept is its hash, and the list tells it by its beginning', async () => {
    const { key, secret: made } = await create({ name: 'Nightly export' });
    expect(made).toMatch(/^hw_[\w-]{43}$/);
    expect(key).toMatchObject({ scope: 'read', hint: made.slice(0, 9), lastUsedAt: null, revokedAt: null });
    const { text, body } = await person('GET', '/api/keys');
    expect(body.keys).toContainEqual(key);
    expect(text).not.toContain(made);
    const { rows } = await asUser(database.db, 'ana', async (trx) => await sql`select * from api_keys`.execute(trx));
    expect(JSON.stringify(rows)).not.toContain(made.slice(12));
  });

  test('says when it was used last', async () => {
    const { key, secret: made } = await create({ name: 'used' });
    expect((await call(made, 'GET', '/api/documents')).status).toBe(200);
    const { body } = await person('GET', '/api/keys');
    expect(body.keys.find(({ id }: { id: string }) => id === key.id).lastUsedAt).toMatch(/^20/);
  });

  test('that is revoked, has expired, or never was one opens nothing', async () => {
    const { key, secret: made } = await create({ name: 'gone' });
    expect((await person('DELETE', `/api/keys?id=${key.id}`)).body.key.revokedAt).toMatch(/^20/);
    expect(await call(made, 'GET', '/api/documents')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect((await person('DELETE', `/api/keys?id=${key.id}`)).status).toBe(404);

    const late = await create({ name: 'late', expiresAt: '2999-01-01T00:00:00Z' });
    await asUser(
      database.db,
      'ana',
      async (trx) => await sql`update api_keys set expires_at = now() where id = ${late.key.id}`.execute(trx),
    );
    expect(await call(late.secret, 'GET', '/api/documents')).toMatchObject({
      status: 401,
      body: { code: 'key_expired' },
    });
    expect((await call(newApiKey().key, 'GET', '/api/documents')).status).toBe(401);
    expect((await call('hw_', 'GET', '/api/documents')).status).toBe(401);
  });

  test('of Ana’s shows her documents and not Bob’s, and nobody else revokes it', async () => {
    const { key, secret: made } = await create({ name: 'hers' });
    const { body } = await call(made, 'GET', '/api/documents');
    expect(body.documents.map(({ id }: { id: string }) => id).toSorted()).toEqual([inside, outside].toSorted());
    expect((await as('bob', 'GET', '/api/keys')).body.keys).toEqual([]);
    expect((await as('bob', 'DELETE', `/api/keys?id=${key.id}`)).status).toBe(404);
  });

  test.each([
    [{ name: 'x', scope: 'root' }, 400],
    [{ name: 'x', expiresAt: '2020-01-01T00:00:00Z' }, 400],
    [{ name: 'x', dataSourceIds: [] }, 400],
    [{ name: 'x', dataSourceIds: [randomUUID()] }, 404],
    [{ name: 'x', projectIds: [randomUUID()] }, 404],
  ])('%j is none: %i', async (body, status) => {
    expect((await person('POST', '/api/keys', body)).status).toBe(status);
  });
});

describe('a scope opens what those before it do, and no more', () => {
  const pause = `/api/data-sources/sync/${randomUUID()}/pause`;
  test.each<[Method, string, string]>([
    ['GET', '/api/documents', 'read'],
    ['GET', '/api/data-sources', 'read'],
    ['POST', '/api/search', 'read'],
    ['POST', '/mcp', 'read'],
    ['POST', pause, 'sync'],
    ['POST', '/api/data-sources', 'admin'],
    ['POST', '/api/projects', 'admin'],
    ['GET', `/api/data-sources/${randomUUID()}/connect`, 'admin'],
    ['GET', '/api/keys', 'person'],
    ['POST', '/api/keys', 'person'],
    ['POST', '/api/session', 'person'],
  ])('%s %s: %s', async (method, path, needed) => {
    const scopes = ['read', 'sync', 'admin'];
    for (const scope of scopes) {
      const { status, body } = await call(await keyOf(scope), method, path, {});
      const isOpen = needed !== 'person' && scopes.indexOf(scope) >= scopes.indexOf(needed);
      expect([scope, status === 403, body?.code]).toEqual([
        scope,
        !isOpen,
        isOpen ? body?.code : needed === 'person' ? 'needs_a_person' : 'key_scope',
      ]);
    }
  });
});

test('of all routes, these change something and need less than admin, and these no key opens', async () => {
  const whole = await buildApp({
    config: readConfig({}),
    logger: pino({ level: 'silent' }),
  } as unknown as ApiDependencies);
  await whole.ready();
  const routes = Object.entries(whole.swagger().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods ?? {}).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  await whole.close();
  const changing = (needs: string): string[] =>
    routes.filter((route) => ruleOf(route).needs === needs && !route.startsWith('GET ')).toSorted();

  expect(changing('read')).toEqual([
    'POST /api/context',
    'POST /api/scheduled-syncs/preview',
    'POST /api/search',
    'POST /api/transformations/preview',
    'POST /mcp',
  ]);
  expect(changing('sync')).toEqual([
    'DELETE /api/data-sources/sync',
    'DELETE /api/data-sources/sync/:jobId',
    'POST /api/data-sources/sync',
    ...['approve', 'keep', 'pause', 'resume', 'retry', 'speed'].map(
      (what) => `POST /api/data-sources/sync/:jobId/${what}`,
    ),
    'POST /api/transformations/reprocess',
    'PUT /api/data-sources/:id/files',
  ]);
  expect(changing('person')).toEqual([
    'DELETE /api/keys',
    'DELETE /api/keys/:id',
    'DELETE /api/session',
    'POST /api/keys',
    'POST /api/session',
    'POST /api/user/erase',
  ]);
  expect(routes.filter((route) => ruleOf(route).needs === 'admin' && route.startsWith('GET ')).toSorted()).toEqual([
    'GET /api/audit-events',
    'GET /api/audit-events/export',
    'GET /api/data-sources/:id/connect',
  ]);
  // What a key that is limited to sources or projects opens.
  expect(routes.filter((route) => ruleOf(route).heedsLimits === true).toSorted()).toEqual([
    'GET /api/data-sources/:id/files',
    'GET /api/documents',
    'GET /api/documents/:id',
    'POST /api/context',
    'POST /api/data-sources/sync',
    'POST /api/search',
    'POST /mcp',
    'PUT /api/data-sources/:id/files',
  ]);
});

test('revoked keys do not count against the limit of valid ones', async () => {
  const another = async () => await as('kim', 'POST', '/api/keys', { name: 'one of many' });
  const made = [];
  for (let i = 0; i < 20; i++) made.push(await another());
  expect(await another()).toMatchObject({ status: 409, body: { code: 'too_many' } });
  await as('kim', 'DELETE', `/api/keys?id=${made[0]?.body.key.id}`);
  expect(await another()).toMatchObject({ status: 201 });
});

describe('a key that is limited', () => {
  test.each<[string, () => object]>([
    ['to a source', () => ({ dataSourceIds: [sources[0]] })],
    ['to a project', () => ({ projectIds: [project] })],
  ])('%s sees what lies there, in lists, by id, in searches and to assistants', async (name, limits) => {
    const { secret: made } = await create({ name, ...limits() });
    expect((await call(made, 'GET', '/api/documents')).body.documents).toMatchObject([{ id: inside }]);
    expect((await call(made, 'GET', `/api/documents/${inside}`)).status).toBe(200);
    expect((await call(made, 'GET', `/api/documents/${outside}`)).status).toBe(404);
    await call(made, 'POST', '/api/search', { query: 'x', filters: { mimeTypes: ['text/plain'] } });
    expect(searched.at(-1)).toEqual({ mimeTypes: ['text/plain'], ...limits() });
    await mcp(made, 'search', { query: 'x' });
    expect(searched.at(-1)).toEqual(limits());
    expect(await mcp(made, 'fetch', { id: inside })).not.toContain('There is no document with this id');
    expect(await mcp(made, 'fetch', { id: outside })).toContain('There is no document with this id');
  });

  test('asks for nothing outside, and opens no route that does not heed limits', async () => {
    const { secret: made } = await create({ name: 'narrow', scope: 'admin', dataSourceIds: [sources[0]] });
    const elsewhere = { query: 'x', filters: { dataSourceIds: [sources[1]] } };
    for (const [method, path, body] of [
      ['POST', '/api/search', elsewhere],
      ['GET', `/api/documents?dataSourceId=${sources[1]}`, undefined],
      ['GET', '/api/data-sources', undefined],
      ['POST', '/api/projects', { name: 'p' }],
    ] as const)
      expect(await call(made, method, path, body)).toMatchObject({ status: 403, body: { code: 'key_limited' } });
  });
});

test('there are at most so many', async () => {
  const answers = [];
  for (let i = 0; i < 21; i++) answers.push((await as('carol', 'POST', '/api/keys', { name: `${i}` })).status);
  expect(answers).toEqual([...Array.from({ length: 20 }, () => 201), 409]);
});

async function createDocuments(): Promise<void> {
  await asUser(database.db, 'ana', async (trx) => {
    for (const [at, id] of [inside, outside].entries()) {
      const source = { userId: 'ana', name: `Source ${at}`, sourceType: 'local_folder' } as const;
      sources.push((await trx.insertInto('dataSources').values(source).returning('id').executeTakeFirstOrThrow()).id);
      await sql`
        insert into documents (id, user_id, data_source_id, external_id, item_type, title, content_hash,
          pipeline_version, live_generation)
        values (${id}, 'ana', ${sources[at]}, 'a', 'file', 'a', 'h', '1', ${id})`.execute(trx);
    }
    const { rows } = await sql<{ id: string }>`
      insert into projects (user_id, name) values ('ana', 'Ferries') returning id`.execute(trx);
    project = rows[0]?.id ?? '';
    await sql`
      insert into project_documents (user_id, project_id, document_id) values ('ana', ${project}, ${inside})`.execute(
      trx,
    );
  });
}

async function create(body: object) {
  const answer = await person('POST', '/api/keys', body);
  expect(answer.status).toBe(201);
  return answer.body as { key: { id: string }; secret: string };
}

const keys = new Map<string, string>();
async function keyOf(scope: string): Promise<string> {
  const known = keys.get(scope) ?? (await create({ name: scope, scope })).secret;
  keys.set(scope, known);
  return known;
}

async function person(method: Method, path: string, body?: object) {
  return await as('ana', method, path, body);
}

async function as(subject: string, method: Method, path: string, body?: object) {
  const token = await signToken(subject, secret);
  return await call(token, method, path, body);
}

async function call(token: string, method: Method, path: string, body?: object, accept = 'application/json') {
  const response = await app.inject({
    method,
    url: path,
    headers: {
      authorization: `Bearer ${token}`,
      accept,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  const isJson = response.headers['content-type']?.toString().includes('json') === true;
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test is about
  const parsed: any = isJson ? response.json() : null;
  return { status: response.statusCode, text: response.body, body: parsed };
}

async function mcp(token: string, name: string, args: object): Promise<string> {
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
  return (await call(token, 'POST', '/mcp', body, 'application/json, text/event-stream')).text;
}
