/** Signing in to the page at a real OpenID provider: there and back in a browser, renewal, and the end. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { Provider } from 'oidc-provider';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { buildApp } from '../../api/app.ts';
import type { ApiDependencies } from '../../api/dependencies.ts';
import { asUser } from '../../db/access/as-user.ts';
import { readConfig } from '../../platform/config.ts';
import { createKeyring } from '../../sources/credentials/keyring.ts';
import { freePort } from '../../tools/local/ports.ts';
import { buildPage, isPageBuilt } from '../../tools/local/page.ts';
import { startBrowser } from '../harness/browser.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

const client = { clientId: 'headwater', clientSecret: 'the secret of the client' };
/** An assistant on a user's machine. */
const assistant = { clientId: 'assistant', redirectUri: 'http://127.0.0.1:9/callback' };
const name = '__Host-headwater';
let database: TestDatabase;
let provider: Server;
let issuer: string;
let app: FastifyInstance;
let url: string;
let browser: Browser;
const backgroundOfDialog = `getComputedStyle(document.querySelector('[aria-label="You are signed out"]')).backgroundColor`;
/** What the browser was sent to the provider with. */
const asked: URL[] = [];

beforeAll(async () => {
  [database, browser] = await Promise.all([createTestDatabase(), startBrowser()]);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [provider, issuer] = await startProvider();
  const config = readConfig({
    PUBLIC_URL: url,
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: client.clientId,
    OIDC_CLIENT_SECRET: client.clientSecret,
    OIDC_SCOPES: 'openid offline_access',
    MCP_SCOPES: 'mcp:read',
  });
  const keyring = createKeyring('ab'.repeat(32));
  if (!(await isPageBuilt())) await buildPage();
  app = await buildApp({
    config,
    keyring,
    db: database.db,
    logger: pino({ level: 'silent' }),
  } as unknown as ApiDependencies);
  await app.listen({ host: '127.0.0.1', port });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await app.close();
  provider.close();
  provider.closeAllConnections();
  await database[Symbol.asyncDispose]();
});

test('a person signs in with consent, returns to where they were, and signs out here and there', async () => {
  const tab = await browser.newPage();
  await signIn(tab, 'ana@example.com', '/docs');
  expect(new URL(tab.url()).pathname).toBe('/docs/');
  expect(asked.at(-1)?.searchParams.get('code_challenge_method')).toBe('S256');
  for (const part of ['state', 'nonce', 'code_challenge'])
    expect(asked.at(-1)?.searchParams.get(part)).toMatch(/^.{40,}$/);

  const [cookie] = (await tab.context().cookies()).filter((each) => each.name === name);
  expect(cookie).toMatchObject({
    httpOnly: true,
    secure: true,
    sameSite: 'Lax',
    value: expect.stringMatching(/^hs_.{43}$/),
  });
  const session = await call(cookie?.value ?? '', 'GET', '/api/session');
  expect(session.json()).toMatchObject({ session: { userId: 'ana@example.com', isLocal: false } });
  expect((await call(cookie?.value ?? '', 'GET', '/api/data-sources')).statusCode).toBe(200);
  const { rows } = await asUser(database.db, 'ana@example.com', (trx) => sql`select * from page_sessions`.execute(trx));
  expect(JSON.stringify(rows)).not.toContain(cookie?.value);

  const out = await call(cookie?.value ?? '', 'DELETE', '/api/session', { origin: url });
  expect((await call(cookie?.value ?? '', 'GET', '/api/data-sources')).statusCode).toBe(401);
  await tab.goto(out.json<{ signOutUrl: string }>().signOutUrl);
  await tab.getByRole('button', { name: /yes/i }).click();
  await tab.waitForURL((at) => at.origin === url);
  const events = await asUser(database.db, 'ana@example.com', (trx) =>
    sql<{ action: string }>`select action from audit_events where status is not null order by id`.execute(trx),
  );
  expect(events.rows.map(({ action }) => action)).toEqual(['session.start', 'session.end']);
  await tab.context().close();
}, 120_000);

describe('a session', () => {
  test('is confirmed by the provider again when it is due, once for many requests', async () => {
    const cookie = await sessionOf('bob');
    await makeDue('bob');
    const before = await tokensOf('bob');
    const answers = await Promise.all(Array.from({ length: 5 }, () => call(cookie, 'GET', '/api/data-sources')));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
    expect(await tokensOf('bob')).not.toEqual(before);
    expect(await isDue('bob')).toBe(false);
  }, 60_000);

  test('ends when the provider no longer confirms it', async () => {
    const cookie = await sessionOf('cleo');
    await asUser(database.db, 'cleo', (trx) =>
      sql`update page_sessions set tokens = '{}', renew_at = now()`.execute(trx),
    );
    expect((await call(cookie, 'GET', '/api/data-sources')).json()).toMatchObject({ code: 'unauthenticated' });
    expect((await call(cookie, 'GET', '/api/data-sources')).statusCode).toBe(401);
  }, 60_000);

  test('of nobody, or that has ended, opens nothing; and no other site uses one', async () => {
    const cookie = await sessionOf('dan');
    expect((await call('hs_unknown', 'GET', '/api/data-sources')).statusCode).toBe(401);
    const foreign = await call(cookie, 'DELETE', '/api/session', { origin: 'https://evil.example' });
    expect(foreign.json()).toMatchObject({ code: 'foreign_origin' });
    await asUser(database.db, 'dan', (trx) => sql`update page_sessions set ends_at = now()`.execute(trx));
    expect((await call(cookie, 'GET', '/api/data-sources')).statusCode).toBe(401);
  }, 60_000);
});

describe('a session that ends while somebody types', () => {
  test('leaves what was typed: it is hidden until the same person has signed in again, and can be sent then', async () => {
    const tab = await (await browser.newContext()).newPage();
    await signIn(tab, 'fay', '/keys');
    await typeName(tab, 'Reading room');
    await endSessionsOf('fay');
    await tab.getByRole('button', { name: 'Create key', exact: true }).click();

    const signedOut = tab.getByRole('dialog', { name: 'You are signed out' });
    const link = signedOut.getByRole('link', { name: 'Sign in' });
    await link.waitFor();
    // The dialog below does not close, which would lose its fields.
    await tab.keyboard.press('Escape');
    // The command palette stays closed: it would open above, and lead away from what was typed.
    await tab.keyboard.press('Control+K');
    expect(await tab.evaluate(backgroundOfDialog)).toMatch(/^rgb\(/);
    const [other] = await Promise.all([tab.waitForEvent('popup'), link.click()]);
    await agreeIfAsked(other);
    await other.waitForURL((at) => at.pathname === '/keys');
    await other.close();
    await tab.bringToFront();

    await signedOut.waitFor({ state: 'detached' });
    expect(await tab.getByRole('dialog', { name: 'Command palette' }).count()).toBe(0);
    expect(await tab.getByLabel('Name').inputValue()).toBe('Reading room');
    await tab.getByRole('button', { name: 'Create key', exact: true }).click();
    await tab.getByRole('dialog', { name: 'Key created' }).waitFor();
    await tab.context().close();
  }, 120_000);

  test('gives nothing of it to another person who signs in', async () => {
    const tab = await (await browser.newContext()).newPage();
    await signIn(tab, 'gus', '/keys');
    await typeName(tab, 'For Gus only');
    await tab.context().clearCookies();
    const other = await tab.context().newPage();
    await signIn(other, 'hal', '/docs');
    await other.close();
    await tab.evaluate("window.dispatchEvent(new Event('visibilitychange'))");

    await tab.getByLabel('Name').waitFor({ state: 'detached' });
    await tab.getByText('No API keys yet').waitFor();
    await tab.getByRole('button', { name: 'Account and theme' }).click();
    await tab.getByText('hal', { exact: true }).waitFor();
    await tab.context().close();
  }, 120_000);
});

describe('a sign-in', () => {
  test('that another browser started, or that nobody started, is not finished', async () => {
    const tab = await browser.newPage();
    await tab.goto(`${url}/api/session/callback?code=stolen&state=forged`);
    expect(await tab.textContent('h1')).toBe('Not signed in');
    expect((await tab.context().cookies()).filter((each) => each.name === name)).toEqual([]);
    await tab.context().close();
    const answer = await app.inject({ url: '/api/session/callback?code=x&state=y' });
    expect([answer.statusCode, answer.json()]).toMatchObject([401, { code: 'sign_in_failed' }]);
  });

  test.each([
    ['https://evil.example/', '/'],
    ['//evil.example/', '/'],
    ['/\\evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/search?q=x#y', '/search?q=x#y'],
  ])('returns to pages of ours only: %s', async (returnTo, path) => {
    const answer = await app.inject({ url: `/api/session/sign-in?returnTo=${encodeURIComponent(returnTo)}` });
    const kept = answer.cookies.find((cookie) => cookie.name === '__Host-headwater-sign-in')?.value ?? '';
    const sealed: unknown = JSON.parse(Buffer.from(kept, 'base64url').toString());
    expect(createKeyring('ab'.repeat(32)).open(sealed, 'page sign-in')).toMatchObject({ returnTo: path });
  });
});

describe('an assistant without a header', () => {
  test('is led to the provider, signs its user in with consent, and reads as that user', async () => {
    const { credentials, tokens, redirectedTo } = assistantCredentials();
    const connect = async (): Promise<Client> => {
      const mcp = new Client({ name: 'test', version: '1' });
      await mcp.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { authProvider: credentials }));
      return mcp;
    };
    await expect(connect()).rejects.toThrow('Unauthorized');
    expect(redirectedTo()?.searchParams.get('resource')).toBe(`${url}/mcp`);
    expect(redirectedTo()?.searchParams.get('scope')).toBe('mcp:read');

    const code = await consent(redirectedTo()?.href ?? '', 'eve@example.com');
    await new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { authProvider: credentials }).finishAuth(code);
    const mcp = await connect();
    expect((await mcp.listTools()).tools.map((tool) => tool.name)).toEqual(['search', 'fetch']);
    await mcp.close();

    // The token is for assistants only.
    const authorization = `Bearer ${tokens()?.access_token ?? ''}`;
    expect((await app.inject({ url: '/api/data-sources', headers: { authorization } })).statusCode).toBe(401);
    const changed = `${authorization.slice(0, -4)}AAAA`;
    const forged = await app.inject({ method: 'POST', url: '/mcp', headers: { authorization: changed }, payload: {} });
    expect([forged.statusCode, forged.headers['www-authenticate']]).toEqual([
      401,
      `Bearer error="invalid_token", resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"`,
    ]);
  }, 120_000);

  test('finds the description where the refusal says, and at the root', async () => {
    for (const path of ['', '/mcp']) {
      const answer = await app.inject({ url: `/.well-known/oauth-protected-resource${path}` });
      expect(answer.json()).toMatchObject({ resource: `${url}/mcp`, authorization_servers: [issuer] });
    }
    const refused = await app.inject({ method: 'POST', url: '/mcp', payload: {} });
    expect(refused.headers['www-authenticate']).toBe(
      `Bearer resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"`,
    );
    expect((await app.inject({ url: '/api/data-sources' })).headers['www-authenticate']).toBeUndefined();
  });

  test('is refused with a token for another server, and ID tokens cannot be configured to open it', async () => {
    const { credentials, tokens, redirectedTo } = assistantCredentials();
    const elsewhere = { ...credentials, validateResourceURL: async () => new URL('https://other.example/mcp') };
    const transport = () => new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { authProvider: elsewhere });
    const first = new Client({ name: 'test', version: '1' });
    await expect(first.connect(transport())).rejects.toThrow('Unauthorized');
    await transport().finishAuth(await consent(redirectedTo()?.href ?? '', 'eve@example.com'));
    const headers = { authorization: `Bearer ${tokens()?.access_token ?? ''}` };
    expect((await app.inject({ method: 'POST', url: '/mcp', headers, payload: {} })).statusCode).toBe(401);

    expect(() => readConfig({ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'headwater', MCP_AUDIENCE: 'headwater' })).toThrow(
      'MCP_AUDIENCE',
    );
  }, 120_000);
});

/** What an assistant keeps of its sign-in. */
function assistantCredentials() {
  let kept: OAuthTokens | undefined;
  let verifier = '';
  let at: URL | undefined;
  const credentials: OAuthClientProvider = {
    redirectUrl: assistant.redirectUri,
    clientMetadata: { redirect_uris: [assistant.redirectUri], client_name: 'Assistant' },
    clientInformation: () => ({ client_id: assistant.clientId, issuer }),
    tokens: () => kept,
    saveTokens: (given) => void (kept = given),
    redirectToAuthorization: (to) => void (at = to),
    saveCodeVerifier: (given) => void (verifier = given),
    codeVerifier: () => verifier,
  };
  return { credentials, tokens: () => kept, redirectedTo: () => at };
}

/** @returns the code that the provider sends back */
async function consent(address: string, login: string): Promise<string> {
  const tab = await (await browser.newContext()).newPage();
  const returned = tab.waitForRequest((request) => request.url().startsWith(assistant.redirectUri));
  await tab.goto(address);
  await agree(tab, login);
  const code = new URL((await returned).url()).searchParams.get('code') ?? '';
  await tab.context().close();
  return code;
}

async function signIn(tab: Page, login: string, returnTo: string): Promise<void> {
  await tab.goto(`${url}/api/session/sign-in?returnTo=${encodeURIComponent(returnTo)}`);
  await agree(tab, login);
  await tab.waitForURL((at) => at.origin === url);
}

/** Types a name into the provider's own pages and agrees. */
async function agree(tab: Page, login: string): Promise<void> {
  await tab.locator('input[name=login]').fill(login);
  await tab.locator('input[name=password]').fill('any');
  await tab.locator('button[type=submit]').click();
  await tab.locator('form button[type=submit]').click();
}

/** The provider may remember the person, and then asks nothing. */
async function agreeIfAsked(tab: Page): Promise<void> {
  await tab.locator('input[name=login], form button[type=submit]').first().waitFor();
  await ((await tab.locator('input[name=login]').count()) > 0
    ? agree(tab, 'fay')
    : tab.locator('form button[type=submit]').click());
}

async function typeName(tab: Page, text: string): Promise<void> {
  await tab.getByRole('button', { name: 'Create a key' }).first().click();
  await tab.getByLabel('Name').fill(text);
}

async function endSessionsOf(user: string): Promise<void> {
  await asUser(database.db, user, (trx) => sql`update page_sessions set ends_at = now()`.execute(trx));
}

async function sessionOf(user: string): Promise<string> {
  const tab = await (await browser.newContext()).newPage();
  await signIn(tab, user, '/docs');
  const cookies = await tab.context().cookies();
  await tab.context().close();
  return cookies.find((each) => each.name === name)?.value ?? '';
}

async function makeDue(user: string): Promise<void> {
  await asUser(database.db, user, (trx) => sql`update page_sessions set renew_at = now()`.execute(trx));
}

async function tokensOf(user: string): Promise<unknown> {
  return (await asUser(database.db, user, (trx) => sql`select tokens from page_sessions`.execute(trx))).rows;
}

async function isDue(user: string): Promise<boolean | undefined> {
  const { rows } = await asUser(database.db, user, (trx) =>
    sql<{ due: boolean }>`select renew_at <= now() + interval '1 minute' as due from page_sessions`.execute(trx),
  );
  return rows[0]?.due;
}

async function call(
  cookie: string,
  method: 'GET' | 'DELETE',
  path: string,
  headers: Readonly<Record<string, string>> = {},
) {
  return await app.inject({ method, url: path, headers: { ...headers, cookie: `${name}=${cookie}` } });
}

async function startProvider(): Promise<[Server, string]> {
  // It warns of its defaults, which are right for a test.
  for (const level of ['warn', 'info'] as const) jest.spyOn(console, level).mockImplementation(() => {});
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const oidc = new Provider(address, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [`${url}/api/session/callback`],
        post_logout_redirect_uris: [`${url}/`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
      {
        client_id: assistant.clientId,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: [assistant.redirectUri],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    features: {
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: 'mcp:read',
          audience: resource,
          accessTokenFormat: 'jwt',
        }),
      },
    },
    cookies: { keys: ['a key of the test'] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  const handle = oidc.callback();
  server.on('request', (request, response) => {
    const at = new URL(request.url ?? '/', address);
    if (at.pathname === '/auth') asked.push(at);
    void handle(request, response);
  });
  return [server, address];
}
