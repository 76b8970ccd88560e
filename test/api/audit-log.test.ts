/** The audit log: who did what, from where; what nobody can change, and how long it stays. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { sql } from 'kysely';
import { pino } from 'pino';
import { actionOf } from '../../api/audit.ts';
import { buildApp } from '../../api/app.ts';
import type { ApiDependencies } from '../../api/dependencies.ts';
import { auditPlugin } from '../../api/plugins/audit.ts';
import { authPlugin } from '../../api/plugins/auth.ts';
import { errorsPlugin } from '../../api/plugins/errors.ts';
import { transactionsPlugin } from '../../api/plugins/transactions.ts';
import { apiKeyRoutes } from '../../api/routes/api-keys.ts';
import { auditEventRoutes } from '../../api/routes/audit-events.ts';
import { sessionRoutes } from '../../api/routes/session.ts';
import { asUser } from '../../db/access/as-user.ts';
import { anonymizeAuditEvents, beginAuditEvent, pruneAuditEvents } from '../../db/access/audit-log.ts';
import { readConfig } from '../../platform/config.ts';
import type { Method } from '../harness/api.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { signToken } from '../harness/user-token.ts';

const secret = 'a secret of at least thirty-two characters';
let database: TestDatabase;
let app: FastifyInstance;
const lines: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const config = readConfig({ JWT_SECRET: secret });
  const deps = { config, db: database.db } as unknown as ApiDependencies;
  app = fastify({ logger: { level: 'info', stream: { write: (line: string) => void lines.push(line) } } });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(errorsPlugin);
  await app.register(authPlugin, { config, db: database.db });
  await app.register(transactionsPlugin, { db: database.db });
  await app.register(auditPlugin, { deps });
  for (const routes of [apiKeyRoutes, sessionRoutes, auditEventRoutes]) await app.register(routes(deps));
  app.post('/api/data-sources', () => ({}));
  app.post('/api/data-sources/sync/:jobId/approve', () => {
    throw new Error('the process is at its end');
  });
}, 60_000);
afterAll(async () => {
  await app.close();
  await database[Symbol.asyncDispose]();
});

describe('an event', () => {
  test('says who did what to what, from where, and how it ended', async () => {
    const made = await call('ana', 'POST', '/api/keys', { name: 'Nightly export', scope: 'admin' });
    await call('ana', 'DELETE', `/api/keys?id=${randomUUID()}`);
    const key = { authorization: `Bearer ${made.body.secret}` };
    await app.inject({ method: 'POST', url: '/api/data-sources', headers: key, remoteAddress: '203.0.113.7' });

    const [byKey, refused, created] = await eventsOf('ana');

    expect(created).toMatchObject({ action: 'key.create', outcome: 'done', actor: 'user', targetId: made.body.key.id });
    expect(created).toMatchObject({ address: '127.0.0.1', at: expect.stringMatching(/^20.*Z$/) });
    expect(refused).toMatchObject({ action: 'key.revoke', outcome: 'refused' });
    expect(byKey).toMatchObject({ action: 'source.create', actor: 'key', keyName: 'Nightly export' });
    expect(byKey).toMatchObject({ keyId: made.body.key.id, address: '203.0.113.7' });
  });

  test('names what it was done to while that exists: a key, a job by its source; another user’s id names nothing', async () => {
    const made = await call('nia', 'POST', '/api/keys', { name: 'Phone' });
    const [job, source] = [randomUUID(), randomUUID()];
    await asUser(database.db, 'nia', async (trx) => {
      await sql`insert into data_sources (id, user_id, name, source_type) values (${source}, 'nia', 'Drive', 'gmail')`.execute(
        trx,
      );
      await sql`insert into sync_jobs (id, user_id, data_source_id, job_type, trigger)
        values (${job}, 'nia', ${source}, 'full_sync', 'api')`.execute(trx);
    });
    await call('nia', 'POST', `/api/data-sources/sync/${job}/approve`);
    await call('oto', 'POST', `/api/data-sources/sync/${job}/approve`);
    expect((await eventsOf('nia')).map(({ targetId, targetName }) => [targetId, targetName])).toEqual([
      [job, 'Drive'],
      [made.body.key.id, 'Phone'],
    ]);
    expect(await eventsOf('oto')).toMatchObject([{ targetId: job, targetName: null }]);
  });

  test('is stored before the action, and stays where its process ends in the middle', async () => {
    const jobId = randomUUID();
    await asUser(database.db, 'dora', async (trx) => await beginAuditEvent(trx, eventOfUser('dora', jobId)));
    await call('dora', 'POST', `/api/data-sources/sync/${jobId}/approve`);

    expect(await eventsOf('dora')).toMatchObject([
      { action: 'removals.approve', outcome: 'failed', targetId: jobId },
      { action: 'removals.approve', outcome: 'unknown', targetId: jobId },
    ]);
  });

  test('contains no secret and no name, neither in the database nor in the log, which names the user by a hash', async () => {
    const { body } = await call('eve@example.com', 'POST', '/api/keys', { name: 'Salary list' });
    await call('eve@example.com', 'POST', '/api/session');
    const { rows } = await asUser(
      database.db,
      'eve@example.com',
      async (trx) => await sql`select * from audit_events`.execute(trx),
    );
    expect(rows).toHaveLength(4);
    for (const text of [JSON.stringify(rows), lines.join('')])
      for (const hidden of [body.secret, 'Salary list']) expect(text).not.toContain(hidden);
    const logged = lines.filter((line) => line.includes('"msg":"audit"')).join('');
    expect(logged).toContain('"action":"session.start"');
    expect(logged).not.toContain('eve@example.com');
  });

  test('of one user is shown to nobody else, and to a program with the scope admin only', async () => {
    await call('fay', 'POST', '/api/session');
    expect((await eventsOf('fay')).map(({ action }) => action)).toEqual(['session.start']);
    expect(await eventsOf('gus')).toEqual([]);
    const { body } = await call('fay', 'POST', '/api/keys', { name: 'reader', scope: 'read' });
    const answer = await app.inject({
      url: '/api/audit-events',
      headers: { authorization: `Bearer ${body.secret}` },
    });
    expect(answer.json()).toMatchObject({ status: 403, code: 'key_scope' });
  });
});

test('events are listed newest first, page by page, by action and time, and exported as lines', async () => {
  for (let i = 0; i < 5; i++) await call('hal', 'POST', '/api/session');
  await call('hal', 'DELETE', '/api/session');
  const first = (await call('hal', 'GET', '/api/audit-events?limit=4')).body;
  const second = (await call('hal', 'GET', `/api/audit-events?limit=4&cursor=${first.nextCursor}`)).body;
  const all = [...first.events, ...second.events];
  expect(all.map(({ action }: { action: string }) => action)).toEqual([
    'session.end',
    ...Array(5).fill('session.start'),
  ]);
  expect(second.nextCursor).toBeNull();

  const ended = await call('hal', 'GET', '/api/audit-events?action=session.end');
  expect(ended.body.events).toEqual([all[0]]);
  expect((await call('hal', 'GET', '/api/audit-events?until=2020-01-01T00:00:00Z')).body.events).toEqual([]);
  expect((await call('hal', 'GET', `/api/audit-events?since=${all[0].at}&limit=1`)).body.events).toHaveLength(1);

  const { text } = await call('hal', 'GET', '/api/audit-events/export');
  const exported = text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(exported[0]).toMatchObject({ action: 'audit.export' });
  expect(exported.slice(1)).toEqual(all);
});

describe('the log', () => {
  test.each([
    `update audit_events set action = 'nothing'`,
    `delete from audit_events`,
    `truncate audit_events`,
    `insert into audit_events (user_id, action, actor, at) values ('ana', 'x', 'user', '2020-01-01')`,
    `insert into audit_events (user_id, action, actor, id) values ('ana', 'x', 'user', gen_random_uuid())`,
  ])('is added to and not changed by the app’s role: %s', async (statement) => {
    await expect(asUser(database.db, 'ana', async (trx) => await sql.raw(statement).execute(trx))).rejects.toThrow(
      /permission denied/,
    );
  });

  test('is pruned after the retention period, and never of the last 30 days', async () => {
    const days = [400, 200, 29, 0];
    for (const age of days)
      await sql`
        insert into audit_events (user_id, action, actor, at)
        values ('ivy', ${`${age} days`}, 'user', now() - make_interval(days => ${age}::int))`.execute(database.db);
    const left = async (): Promise<string[]> =>
      (await eventsOf('ivy')).map(({ action }) => action).toSorted((a, b) => parseInt(a, 10) - parseInt(b, 10));

    expect(await pruneAuditEvents(database.db, 365)).toBe(1);
    expect(await left()).toEqual(['0 days', '29 days', '200 days']);
    expect(await pruneAuditEvents(database.db, 0)).toBe(1);
    expect(await left()).toEqual(['0 days', '29 days']);
  });

  test('keeps what an erased user did, without the user', async () => {
    await call('joe@example.com', 'POST', '/api/session');
    await call('joe@example.com', 'POST', '/api/keys', { name: 'mine' });
    await asUser(database.db, 'joe@example.com', anonymizeAuditEvents);

    expect(await eventsOf('joe@example.com')).toEqual([]);
    const { rows } = await sql<{ userId: string }>`
      select user_id, action, actor, address, key_id, status from audit_events where user_id like 'erased/%'
      order by coalesce(begun_as, id), status nulls first`.execute(database.db);
    expect(rows).toMatchObject([
      { action: 'session.start', address: null, keyId: null, status: null },
      { action: 'session.start', address: null, keyId: null, status: 201 },
      { action: 'key.create', status: null },
      { action: 'key.create', status: 201 },
    ]);
    expect(new Set(rows.map(({ userId }) => userId)).size).toBe(1);
  });
});

test('every route that changes something is recorded, and none that only reads', async () => {
  const deps = { config: readConfig({}), logger: pino({ level: 'silent' }) } as unknown as ApiDependencies;
  const whole = await buildApp(deps);
  await whole.ready();
  const routes = Object.entries(whole.swagger().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods ?? {}).map((method) => [method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1')] as const),
  );
  await whole.close();
  const recorded = (isRecorded: boolean) =>
    routes.filter(([method, path]) => (actionOf(method, path) !== null) === isRecorded).map((route) => route.join(' '));

  expect(recorded(false).filter((route) => !route.startsWith('GET '))).toEqual(
    expect.arrayContaining(['POST /api/search', 'POST /api/context', 'POST /mcp', 'POST /api/transformations/preview']),
  );
  expect(
    recorded(false).filter((route) => !/^GET |search|context|mcp|preview|change-notifications/.test(route)),
  ).toEqual([]);
  expect(recorded(true).filter((route) => route.startsWith('GET '))).toEqual([
    'GET /api/audit-events/export',
    'GET /api/data-sources/:id/connect',
    'GET /api/documents/export',
  ]);
});

function eventOfUser(userId: string, targetId: string) {
  return { userId, action: 'removals.approve', actor: 'user', keyId: null, address: '127.0.0.1', targetId } as const;
}

interface Event {
  readonly targetId: string | null;
  readonly targetName: string | null;
  readonly action: string;
  readonly outcome: string;
}

async function eventsOf(user: string): Promise<readonly Event[]> {
  return (await call(user, 'GET', '/api/audit-events')).body.events;
}

async function call(subject: string, method: Method, url: string, body?: object) {
  const token = await signToken(subject, secret);
  const response = await app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { payload: body }),
  });
  const isJson = response.headers['content-type']?.toString().startsWith('application/json') === true;
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test is about
  const parsed: any = isJson ? response.json() : null;
  return { status: response.statusCode, text: response.body, body: parsed };
}
