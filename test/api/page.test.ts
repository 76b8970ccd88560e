/** What only the web page uses of the API: its document, a session, and the data of its forms. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildPage, isPageBuilt } from '../../tools/local/page.ts';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { signToken } from '../harness/user-token.ts';

const jwtSecret = 'a secret of at least thirty-two characters';
const host = { host: 'headwater.example' };
let headwater: TestHeadwater;
let local: TestApi;
let shared: TestApi;

beforeAll(async () => {
  if (!(await isPageBuilt())) await buildPage();
  headwater = await startHeadwater();
  local = await startApiOf(headwater);
  shared = await startApiOf(headwater, {
    publicUrl: 'https://headwater.example',
    auth: { jwtSecret, jwksUrl: undefined, adminToken: undefined },
    page: { signInUrl: 'https://app.example/login', tokenExchangeUrl: 'https://app.example/headwater-token' },
  });
}, 60_000);
afterAll(async () => {
  await local[Symbol.asyncDispose]();
  await shared[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
});

describe('the document', () => {
  test.each(['/', '/sources/new', '/jobs/x', '/documents', '/search', '/schedules', '/webhooks'])(
    'is served at %s',
    async (path) => {
      const answer = await local.call('GET', path);
      expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
      expect(answer.text).toContain('<div id="root">');
    },
  );

  test('is that of a new build without a restart, and the last one while a build replaces it', async () => {
    const file = join(import.meta.dirname, '../../web/dist/index.html');
    const before = await readFile(file, 'utf8');
    try {
      await writeFile(file, `${before}<!-- a new build -->`);
      expect((await local.call('GET', '/')).text).toContain('<!-- a new build -->');
      await rm(file);
      expect((await local.call('GET', '/')).text).toContain('<!-- a new build -->');
    } finally {
      await writeFile(file, before);
    }
  });

  test.each(['/nowhere', '/api/nowhere', '/assets/nowhere.js', '/sources.html'])(
    'is not served at %s',
    async (path) => {
      expect((await local.call('GET', path)).status).toBe(404);
    },
  );

  test('says that there is no such page where a browser opens another address; a program gets JSON', async () => {
    const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    for (const address of ['/nowhere', '/documents/%E0%A4%A'])
      expect(await local.call('GET', address, { headers })).toMatchObject({
        status: 302,
        headers: { location: '/not-found' },
      });
    const answer = await local.call('GET', '/not-found', { headers });
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('<div id="root">');
    expect((await local.call('GET', '/api/nowhere', { headers })).body.code).toBe('route_not_found');
    expect((await local.call('GET', '/documents/%E0%A4%A')).body.code).toBe('invalid_address');
  });

  test('allows only its own scripts, none inline, and styles by a nonce that is unique to each answer', async () => {
    const [first, second] = [await local.call('GET', '/'), await local.call('GET', '/')];
    const policy = String(first.headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const nonceOf = (text: string) => /name="style-nonce" content="([0-9a-f]{32})"/.exec(text)?.[1];
    expect(policy).toContain(`style-src 'self' 'nonce-${nonceOf(first.text) ?? '?'}'`);
    expect(nonceOf(first.text)).not.toBe(nonceOf(second.text));
    expect(first.text.match(/<script(?![^>]* src="\/assets\/)/)).toBeNull();
    expect(first.text).not.toMatch(/<style|style="|onload=/);
  });

  test('may request a token from the configured application and no other', async () => {
    const { headers } = await shared.call('GET', '/', { headers: host });
    expect(headers['content-security-policy']).toContain("connect-src 'self' https://app.example;");
  });

  test('has files that may be cached forever, because their names change with their content', async () => {
    const { text } = await local.call('GET', '/');
    const script = /src="(\/assets\/[^"]+)"/.exec(text)?.[1] ?? '';
    const { status, headers } = await local.call('GET', script);
    expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
  });
});

describe('a session', () => {
  test('is that of the local user in local mode, without a cookie', async () => {
    const { body } = await local.call('GET', '/api/session');
    expect(body.session).toEqual({ userId: 'local', isLocal: true, expiresAt: null });
    expect((await local.call('POST', '/api/session')).headers['set-cookie']).toBeUndefined();
  });

  test('without a session, the page learns where to sign in', async () => {
    const { status, body } = await shared.call('GET', '/api/session', { headers: host });
    expect(status).toBe(200);
    expect(body).toEqual({
      session: null,
      signInUrl: 'https://app.example/login',
      tokenExchangeUrl: 'https://app.example/headwater-token',
    });
  });

  test('a bearer token is exchanged for a cookie that scripts cannot read and other sites cannot send', async () => {
    const bearer = { ...host, authorization: `Bearer ${await token('ana')}` };
    const started = await shared.call('POST', '/api/session', { headers: bearer });
    expect(started).toMatchObject({ status: 201, body: { session: { userId: 'ana', isLocal: false } } });
    const cookie = String(started.headers['set-cookie']);
    for (const part of ['__Host-headwater=', 'HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/', 'Expires='])
      expect(cookie).toContain(part);
    expect(cookie).not.toContain('Domain');
    expect((await shared.call('GET', '/api/data-sources', { headers: withCookie(cookie) })).status).toBe(200);
  });

  test('a cookie cannot be created from a cookie, without a token, or from an invalid token', async () => {
    const cookie = await session('ana');
    const own = { ...withCookie(cookie), origin: 'https://headwater.example' };
    expect((await shared.call('POST', '/api/session', { headers: own })).status).toBe(401);
    expect((await shared.call('POST', '/api/session', { headers: host })).status).toBe(401);
    const wrong = { ...host, authorization: `Bearer ${await token('ana', 'another secret of thirty-two characters')}` };
    expect((await shared.call('POST', '/api/session', { headers: wrong })).status).toBe(401);
  });

  test('ends when the cookie is deleted', async () => {
    const own = { ...withCookie(await session('ana')), origin: 'https://headwater.example' };
    const ended = await shared.call('DELETE', '/api/session', { headers: own });
    expect(ended.status).toBe(204);
    expect(String(ended.headers['set-cookie'])).toMatch(/^__Host-headwater=;.*1970/);
  });

  test.each([
    ['the page itself', 'https://headwater.example', 201],
    ['without the name of a page', undefined, 403],
    ['another site', 'https://evil.example', 403],
    ['a sandboxed frame', 'null', 403],
    ['a subdomain', 'https://x.headwater.example', 403],
  ])('a change with a cookie from %s', async (_name, origin, status) => {
    const headers = { ...withCookie(await session('bo')), ...(origin === undefined ? {} : { origin }) };
    const path = await mkdtemp(join(tmpdir(), 'headwater-page-'));
    const body = { name: 'F', sourceType: 'local_folder', config: { path } };
    expect((await shared.call('POST', '/api/data-sources', { headers, body })).status).toBe(status);
  });

  test('a change with a bearer token needs no origin, because no other site can send that header', async () => {
    const headers = { ...host, authorization: `Bearer ${await token('cy')}` };
    const body = { name: 'D', sourceType: 'google_drive' };
    expect((await shared.call('POST', '/api/data-sources', { headers, body })).status).toBe(201);
  });
});

describe('the callback of a sign-in', () => {
  const begin = async (user: string, then = '') => {
    const headers = { ...host, authorization: `Bearer ${await token(user)}` };
    const { body } = await shared.call('POST', '/api/data-sources', {
      headers,
      body: { name: 'D', sourceType: 'google_drive' },
    });
    const { id } = body.dataSource;
    const started = await shared.call('GET', `/api/data-sources/${id}/connect${then}`, { headers });
    const agreed = new URL(started.body.authorizationUrl);
    agreed.searchParams.set('choose', headwater.google.state.account(`${user}@example.com`).email);
    const { headers: sent } = await fetch(agreed, { redirect: 'manual' });
    const back = new URL(sent.get('location') ?? '');
    const state = async () =>
      (await shared.call('GET', '/api/data-sources', { headers })).body.dataSources.find(
        (row: { id: string }) => row.id === id,
      ).connectionStatus;
    return {
      callback: back.pathname + back.search,
      cookie: String(started.headers['set-cookie']).split(';', 1).join(''),
      id,
      state,
    };
  };
  const browser = { ...host, accept: 'text/html' };

  test('asks a browser that did not start the sign-in for confirmation, because somebody may have sent it the link', async () => {
    const { callback, state } = await begin('dee');
    const asked = await shared.call('GET', callback, { headers: browser });
    expect(asked.text).toContain('Did you start this sign-in?');
    expect(await state()).toBe('disconnected');
    const goOn = /href="([^"]+)"/.exec(asked.text)?.[1]?.replaceAll('&#38;', '&') ?? '';
    expect((await shared.call('GET', goOn, { headers: browser })).text).toContain('is connected as dee@example.com');
    expect(await state()).toBe('connected');
  });

  test('continues without a question in the browser that started it; a cookie for another source is ignored', async () => {
    const [own, other] = [await begin('eve', '?then=page'), await begin('eve', '?then=page')];
    const strange = { ...browser, cookie: other.cookie };
    expect((await shared.call('GET', own.callback, { headers: strange })).text).toContain('Did you start');
    const back = await shared.call('GET', own.callback, { headers: { ...browser, cookie: own.cookie } });
    expect(back).toMatchObject({ status: 303, headers: { location: `/sources/${own.id}/connected` } });
    expect(await own.state()).toBe('connected');
  });
});

describe('types of sources', () => {
  test('describe the sign-in, whether it is configured, the config, and the fields with choices from the account', async () => {
    const { body } = await local.call('GET', '/api/source-types');
    const of = (type: string) => body.sourceTypes.find((one: { sourceType: string }) => one.sourceType === type);
    expect(of('google_drive')).toMatchObject({
      label: 'Google Drive',
      signIn: { vendor: 'google', isConfigured: true, composio: false },
      configSchema: { type: 'object', properties: { includeSharedDrives: { type: 'boolean', default: true } } },
      choiceFields: ['folders', 'sharedDriveIds'],
    });
    expect(of('dropbox')).toMatchObject({ signIn: { isConfigured: false }, choiceFields: ['folders'] });
    expect(of('local_folder')).toMatchObject({
      signIn: null,
      configSchema: { required: ['path'] },
      choiceFields: ['path'],
    });
  });

  test('say whether Composio can hold the connection', async () => {
    await using api = await startApiOf(headwater, { composio: { apiKey: 'a key', baseUrl: undefined } });
    const { body } = await api.call('GET', '/api/source-types');
    const offered = body.sourceTypes.filter((one: { signIn: { composio: boolean } | null }) => one.signIn?.composio);
    expect(offered.map((one: { sourceType: string }) => one.sourceType)).toEqual(
      body.sourceTypes
        .filter((one: { signIn: object | null }) => one.signIn !== null)
        .map((one: { sourceType: string }) => one.sourceType),
    );
  });

  test('say whether real-time updates are supported, and what is missing for them', async () => {
    const { body } = await local.call('GET', '/api/source-types');
    const notifications = (type: string) =>
      body.sourceTypes.find((one: { sourceType: string }) => one.sourceType === type).changeNotifications;
    expect(notifications('google_drive')).toEqual({ problem: null });
    expect(notifications('gmail')).toEqual({ problem: expect.stringContaining('GMAIL_PUBSUB_TOPIC') });
    expect(notifications('local_folder')).toBeNull();
  });
});

describe('choices', () => {
  test('a Drive’s shared drives and a mailbox’s labels come from the account', async () => {
    const account = headwater.google.state.account('dee@example.com');
    const id = account.addSharedDrive('Harbour office');
    const drive = await headwater.createDrive('local', account.email);
    expect(await choices(`data-sources/${drive}`, 'field=sharedDriveIds')).toEqual([
      { value: id, label: 'Harbour office', hasChildren: false },
    ]);
  });

  test('folders of this machine are listed level by level, inside the allowed roots only', async () => {
    const top = await mkdtemp(join(tmpdir(), 'headwater-page-'));
    await mkdir(join(top, 'Letters'));
    await mkdir(join(top, '.hidden'));
    const roots = await choices('source-types/local_folder', 'field=path');
    expect(roots).toEqual([{ value: tmpdir(), label: tmpdir(), hasChildren: true }]);
    const below = await choices('source-types/local_folder', `field=path&within=${encodeURIComponent(top)}`);
    expect(below).toEqual([{ value: join(top, 'Letters'), label: 'Letters', hasChildren: true }]);
    const outside = await local.call('GET', '/api/source-types/local_folder/choices?field=path&within=/etc');
    expect(outside).toMatchObject({ status: 400, body: { code: 'path_not_allowed' } });
  });

  test('an unknown field, a type that needs a sign-in, another user’s source and one without a sign-in are refused with a message', async () => {
    const drive = await headwater.createDrive('local', headwater.google.state.account('eli@example.com').email);
    const field = await local.call('GET', `/api/data-sources/${drive}/choices?field=nothing`);
    expect(field).toMatchObject({ status: 400, body: { errors: [{ field: 'field' }] } });
    const type = await local.call('GET', '/api/source-types/gmail/choices?field=labels');
    expect(type).toMatchObject({ status: 409, body: { code: 'needs_sign_in' } });
    const other = await headwater.createDrive('somebody else', 'eli@example.com');
    expect((await local.call('GET', `/api/data-sources/${other}/choices?field=sharedDriveIds`)).status).toBe(404);
    const { id } = (await local.call('POST', '/api/data-sources', { body: { name: 'D', sourceType: 'gmail' } })).body
      .dataSource;
    const unconnected = await local.call('GET', `/api/data-sources/${id}/choices?field=labels`);
    expect(unconnected).toMatchObject({ status: 409, body: { code: 'needs_sign_in' } });
  });
});

describe('a sign-in that started on the page', () => {
  test.each([
    ['ends on that page', 'dee@example.com', /^\/sources\/[0-9a-f-]+\/connected$/],
    [
      'that was declined ends there too, with a code and none of the vendor’s text',
      'deny',
      /\/connect\?problem=access_denied$/,
    ],
  ])('%s', async (_name, choose, back) => {
    headwater.google.state.account('dee@example.com');
    const { id } = (await local.call('POST', '/api/data-sources', { body: { name: 'D', sourceType: 'google_drive' } }))
      .body.dataSource;
    const started = await local.call('GET', `/api/data-sources/${id}/connect?then=page`);
    const answer = await fetch(`${started.body.authorizationUrl}&choose=${choose}`, { redirect: 'manual' });
    const { pathname, search } = new URL(answer.headers.get('location') ?? '');
    const cookie = String(started.headers['set-cookie']).split(';')[0] ?? '';
    const returned = await local.call('GET', pathname + search, { headers: { cookie } });
    expect(returned.status).toBe(303);
    expect(returned.headers.location).toMatch(back);
  });
});

test('next runs include a source’s own frequency and its recurring syncs, whichever is sooner', async () => {
  const id = await headwater.createDrive('local', headwater.google.state.account('flo@example.com').email);
  await local.call('PUT', '/api/data-sources', { body: { id, syncFrequency: 'weekly' } });
  const body = { dataSourceId: id, scheduleType: 'interval', scheduleConfig: { everyMinutes: 30 } };
  await local.call('POST', '/api/scheduled-syncs', { body });
  const { nextRuns } = (await local.call('GET', '/api/scheduled-syncs/next-runs')).body;
  const mine = nextRuns.filter((run: { dataSourceId: string }) => run.dataSourceId === id);
  expect(mine).toHaveLength(1);
  expect(Date.parse(mine[0].at) - Date.now()).toBeLessThanOrEqual(30 * 60_000);
});

async function choices(of: string, query: string): Promise<object[]> {
  const { status, body } = await local.call('GET', `/api/${of}/choices?${query}`);
  expect(status).toBe(200);
  return body.choices;
}

async function session(userId: string): Promise<string> {
  const headers = { ...host, authorization: `Bearer ${await token(userId)}` };
  return String((await shared.call('POST', '/api/session', { headers })).headers['set-cookie']);
}

function withCookie(setCookie: string): Record<string, string> {
  return { ...host, cookie: setCookie.split(';')[0] ?? '' };
}

async function token(subject: string, secret = jwtSecret): Promise<string> {
  return await signToken(subject, secret);
}
