/** Composio as connection provider: it holds the account, and the source is synced as if it were connected directly. */

import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type ComposioSimulator, simulatedComposioKey, startComposio } from '../../tools/simulators/composio/server.ts';
import type { Account } from '../../tools/simulators/composio/state.ts';
import { toolkitsOf } from '../../tools/simulators/composio/toolkits.ts';
import { type DropboxSimulator, simulatedDropboxClient, startDropbox } from '../../tools/simulators/dropbox/server.ts';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import {
  type MicrosoftSimulator,
  simulatedMicrosoftClient,
  startMicrosoft,
} from '../../tools/simulators/microsoft/server.ts';
import { freePort } from '../../tools/local/ports.ts';
import { notionPaths } from '../../tools/simulators/notion/oauth.ts';
import { type NotionSimulator, simulatedNotionClient, startNotion } from '../../tools/simulators/notion/server.ts';
import { type SlackSimulator, simulatedSlackClient, startSlack } from '../../tools/simulators/slack/server.ts';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { contentOf } from '../harness/state.ts';
import { until } from '../harness/until.ts';

const user = 'local';
const hour = 3_600_000;
let headwater: TestHeadwater;
let api: TestApi;
let dropbox: DropboxSimulator;
let microsoft: MicrosoftSimulator;
let notion: NotionSimulator;
let slack: SlackSimulator;
let composio: ComposioSimulator;
let account: GoogleAccount;

/** Hosts that this process has resolved or connected to since the file began. */
const reached = new Set<string>();
const onSocket = (message: unknown): void => {
  const { socket } = message as { socket: Socket };
  socket.on('lookup', (_error, _address, _family, host: string) => reached.add(host));
  socket.on('connectionAttempt', (ip: string) => reached.add(ip));
};

beforeAll(async () => {
  subscribe('net.client.socket', onSocket);
  [dropbox, microsoft, notion, slack] = await Promise.all([
    startDropbox(),
    startMicrosoft(),
    startNotion(),
    startSlack(),
  ]);
  const environment = {
    DROPBOX_API_BASE_URL: dropbox.url,
    DROPBOX_AUTH_URL: `${dropbox.url}/oauth2/authorize`,
    DROPBOX_TOKEN_URL: `${dropbox.url}/oauth2/token`,
    DROPBOX_CLIENT_ID: simulatedDropboxClient.clientId,
    DROPBOX_CLIENT_SECRET: simulatedDropboxClient.clientSecret,
    MICROSOFT_API_BASE_URL: microsoft.url,
    MICROSOFT_AUTH_URL: `${microsoft.url}/common/oauth2/v2.0/authorize`,
    MICROSOFT_TOKEN_URL: `${microsoft.url}/common/oauth2/v2.0/token`,
    MICROSOFT_CLIENT_ID: simulatedMicrosoftClient.clientId,
    MICROSOFT_CLIENT_SECRET: simulatedMicrosoftClient.clientSecret,
    NOTION_API_BASE_URL: notion.url,
    NOTION_AUTH_URL: `${notion.url}${notionPaths.authorize}`,
    NOTION_TOKEN_URL: `${notion.url}${notionPaths.token}`,
    NOTION_CLIENT_ID: simulatedNotionClient.clientId,
    NOTION_CLIENT_SECRET: simulatedNotionClient.clientSecret,
    SLACK_API_BASE_URL: slack.url,
    SLACK_AUTH_URL: `${slack.url}/oauth/v2/authorize`,
    SLACK_TOKEN_URL: `${slack.url}/api/oauth.v2.access`,
    SLACK_CLIENT_ID: simulatedSlackClient.clientId,
    SLACK_CLIENT_SECRET: simulatedSlackClient.clientSecret,
    COMPOSIO_API_KEY: simulatedComposioKey,
  };
  // Composio needs the vendors' URLs, and Headwater needs Composio's.
  const port = await freePort();
  headwater = await startHeadwater({ env: { ...environment, COMPOSIO_BASE_URL: `http://127.0.0.1:${port}` } });
  composio = await startComposio(port, toolkitsOf(headwater.config.vendors));
  api = await startApiOf(headwater);
}, 60_000);
afterAll(async () => {
  unsubscribe('net.client.socket', onSocket);
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
  await Promise.all(
    [composio, dropbox, microsoft, notion, slack].map(async (server) => await server[Symbol.asyncDispose]()),
  );
});
beforeEach(() => {
  for (const server of [composio, headwater.google]) server.faults.clear();
  Object.assign(composio.switches, { masked: false, pollsUntilActive: 0, mayProxy: true });
  composio.state.skewMs = 0;
  headwater.google.oauth.skewMs = 0;
  account = headwater.google.state.account(`${randomUUID()}@example.com`);
});
afterEach(() => {
  const paths = composio.log.calls.map((call) => call.path);
  expect(paths.filter((path) => /\/tools\/execute\/(?!proxy$)/.test(path))).toEqual([]);
  const servers = [composio, headwater.google, dropbox, microsoft, microsoft.downloadHost, notion, slack];
  const logs = servers.map((server) => server.log);
  expect(logs.flatMap((log) => log.mutating())).toEqual([]);
});

const create = async (sourceType = 'google_drive'): Promise<string> =>
  (await api.call('POST', '/api/data-sources', { body: { name: 'Mine', sourceType } })).body.dataSource.id;
const connect = async (id: string, choose = account.email) => await api.call('GET', await consent(id, choose));
const start = async (dataSourceId: string): Promise<string> =>
  (await api.call('POST', '/api/data-sources/sync', { body: { dataSourceId, jobType: 'full_sync' } })).body.job.id;
const jobOf = async (id: string) => (await api.call('GET', `/api/data-sources/sync/${id}`)).body.job;
const ended = async (id: string) => {
  await until(async () => !['pending', 'running'].includes((await jobOf(id)).status));
  return await jobOf(id);
};
const sourceOf = async (id: string) =>
  (await api.call('GET', '/api/data-sources')).body.dataSources.find((row: { id: string }) => row.id === id);
/** What Composio holds for the most recently connected source. */
const held = (): Account => [...composio.state.accounts.values()].at(-1) as Account;

/** Follows Composio's link like a browser. @returns the URL that leads back to us */
async function consent(id: string, choose: string): Promise<string> {
  const started = await api.call('GET', `/api/data-sources/${id}/connect?provider=composio`);
  expect(started.status).toBe(200);
  expect(started.body.authorizationUrl).toContain(`${composio.url}/link/lk_`);
  return await follow(started.body.authorizationUrl, choose);
}

/** @returns the URL that leads back to us */
async function follow(link: string, choose: string): Promise<string> {
  const next = async (url: string): Promise<string> =>
    (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
  const vendor = new URL(await next(link));
  vendor.searchParams.set('choose', choose);
  const back = new URL(await next(await next(vendor.href)));
  return `${back.pathname}${back.search}`;
}

describe('connecting with a link', () => {
  test('a Drive is connected, synced with Composio’s token by the official client, and disconnected at Composio', async () => {
    account.addFile({ name: 'Ferry.md', content: 'The last ferry leaves at 21:40.' });
    const id = await create();
    composio.switches.pollsUntilActive = 2;
    const way = await consent(id, account.email);
    expect(await api.call('GET', way)).toMatchObject({
      status: 200,
      body: { dataSource: { connectionProvider: 'composio', accountLabel: account.email } },
    });
    // The return URL works only once
    expect(await api.call('GET', way)).toMatchObject({ status: 400, body: { code: 'state_unknown' } });
    expect(await ended(await start(id))).toMatchObject({ status: 'completed', counts: { created: 1, failed: 0 } });
    expect(Object.values(await contentOf(headwater, user)).join()).toContain('21:40');
    expect(composio.log.calls.some((call) => call.path.endsWith('/proxy'))).toBe(false);

    expect(await api.call('POST', `/api/data-sources/${id}/disconnect`)).toMatchObject({ status: 200 });
    expect(composio.log.calls.at(-1)).toMatchObject({ method: 'DELETE', query: { revoke_on_delete: 'true' } });
    expect(composio.state.accounts.size).toBe(0);
  }, 60_000);

  test('the command line prints Composio’s link, which leads back to a connected source', async () => {
    const id = await create();
    const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
    const cli = [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, '../../cli/main.ts'),
      'connect',
      id,
    ];
    const env = { PATH: process.env['PATH'], HEADWATER_URL: url, NO_COLOR: '1' };
    const printed = await promisify(execFile)(process.execPath, [...cli, '--provider', 'composio'], { env });
    const [link = ''] = /http:\S+/.exec(printed.stdout) ?? [];
    expect(link).toContain(`${composio.url}/link/lk_`);
    expect(await api.call('GET', await follow(link, account.email))).toMatchObject({ status: 200 });
    expect(await sourceOf(id)).toMatchObject({ connectionProvider: 'composio', accountLabel: account.email });
    await api.call('POST', `/api/data-sources/${id}/disconnect`);
  }, 60_000);

  test('declining is reported, nothing stays behind at Composio, and connecting directly remains the default', async () => {
    const id = await create();
    expect(await connect(id, 'deny')).toMatchObject({ status: 400, body: { code: 'composio_not_connected' } });
    expect(composio.state.accounts.size).toBe(0);
    expect(await sourceOf(id)).toMatchObject({ connectionProvider: null, connectionStatus: 'disconnected' });
    const direct = await api.call('GET', `/api/data-sources/${id}/connect`);
    expect(direct.body.authorizationUrl).toContain(headwater.google.url);
    const odd = await api.call('GET', `/api/data-sources/${id}/connect?provider=nango`);
    expect(odd).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  test('an account of somebody else, or of another kind, is not accepted', async () => {
    for (const change of [{ userId: 'somebody' }, { toolkit: 'gmail' }]) {
      const way = await consent(await create(), account.email);
      Object.assign(held(), change);
      expect(await api.call('GET', way)).toMatchObject({ status: 400, body: { code: 'composio_not_connected' } });
    }
  });

  test('a new connection replaces the old one, whose grant is not revoked because it may be the same', async () => {
    const id = await create();
    await connect(id);
    const first = held().id;
    await connect(id);
    expect([...composio.state.accounts.keys()]).not.toContain(first);
    const deletion = composio.log.calls.find((call) => call.path.endsWith(first) && call.method === 'DELETE');
    expect(deletion?.query).toEqual({});
    await api.call('POST', `/api/data-sources/${id}/disconnect`);
  });

  test.each([
    [
      'a rejected key',
      { status: 401, body: { error: { message: 'Invalid API key', code: 401, status: 401 } } },
      400,
      'composio_key_refused',
    ],
    // A page from something between us and Composio says nothing about the key.
    ['a proxy', { status: 401, body: '<html>' }, 503, 'unexpected_answer'],
    ['a rate limit', { status: 429, headers: { 'retry-after': '7' } }, 503, 'rate_limited'],
    ['an outage', { status: 503 }, 503, 'composio_unavailable'],
    ['a broken connection', { reset: true }, 503, 'composio_unavailable'],
  ])('%s at Composio is reported with a message, after a single request', async (_name, then, status, code) => {
    composio.faults.add({ path: 'auth_configs', then });
    const id = await create();
    const answer = await api.call('GET', `/api/data-sources/${id}/connect?provider=composio`);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(composio.faults.hits()).toEqual([1]);
  });

  test('without a key, the answer names the missing variable', async () => {
    await using keyless = await startApiOf(headwater, { composio: { apiKey: undefined, baseUrl: undefined } });
    const answer = await keyless.call('GET', `/api/data-sources/${await create()}/connect?provider=composio`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'composio_not_configured' } });
    expect(answer.body.detail).toContain('COMPOSIO_API_KEY');
  });
});

describe('a connection lives at Composio', () => {
  test('a token that expires in the middle of a job is read again, and the job continues', async () => {
    for (let i = 0; i < 60; i++) account.addFile({ name: `${i}.md`, content: `text ${i} of ${account.email}` });
    const id = await create();
    await connect(id);
    headwater.google.faults.add({ path: '^/drive/v3/files/[^/]+$', query: { alt: 'media' }, then: { delayMs: 500 } });
    const jobId = await start(id);
    await until(() => (headwater.google.faults.hits()[0] ?? 0) > 0);
    const before = held().tokens?.accessToken;
    headwater.google.oauth.skewMs = 2 * hour;
    composio.state.skewMs = 2 * hour;
    expect(await ended(jobId)).toMatchObject({ status: 'completed', counts: { created: 60, failed: 0 } });
    expect(held().tokens?.accessToken).not.toBe(before);
  }, 60_000);

  test('a connection that has ended needs a sign-in; what waited continues automatically afterwards', async () => {
    account.addFile({ name: 'a.md', content: `text of ${account.email}` });
    const id = await create();
    await connect(id);
    composio.state.set(held(), 'REVOKED', 'Revoked via user-initiated revoke endpoint');
    const jobId = await start(id);
    await until(async () => (await jobOf(jobId)).progress?.waitingFor?.reason === 'sign_in');
    expect(await sourceOf(id)).toMatchObject({ needsSignIn: true, connectionStatus: 'error' });
    await connect(id);
    expect(await ended(jobId)).toMatchObject({ status: 'completed', counts: { created: 1 } });
    expect(await sourceOf(id)).toMatchObject({ needsSignIn: false, connectionProvider: 'composio' });
  }, 60_000);

  test('no token and no key is in histories, logs or answers', async () => {
    account.addFile({ name: 'a.md', content: 'a' });
    const id = await create();
    const answers = [(await connect(id)).text];
    const jobId = await start(id);
    await ended(jobId);
    const { workflowId } = await jobOf(jobId);
    const history = await headwater.temporal.workflow.getHandle(workflowId).fetchHistory();
    answers.push(JSON.stringify(history), headwater.logged(), JSON.stringify(await sourceOf(id)));
    const secrets = [simulatedComposioKey, ...headwater.google.oauth.everIssued()];
    expect(secrets.filter((secret) => answers.some((text) => text.includes(secret)))).toEqual([]);
  }, 60_000);

  test('only this machine was ever contacted: no version check, no reports', () => {
    expect([...reached].filter((host) => !['127.0.0.1', '::1', 'localhost'].includes(host))).toEqual([]);
    expect(reached.size).toBeGreaterThan(0);
  });
});

describe('a masked token', () => {
  beforeEach(() => {
    composio.switches.masked = true;
  });

  const proxied = (): number => composio.log.calls.filter((call) => call.path.endsWith('/proxy')).length;
  /** A message whose file has the text, so that both kinds of calls are made. */
  const postFile = (name: string, text: string): void => {
    const file = slack.state.addFile({ name, content: text });
    slack.state.post(slack.state.channel('harbour'), {
      user: slack.state.user(account.email),
      text: '',
      files: [file],
    });
  };
  const texts = (of: string): Record<string, string> => ({ 'one.md': `one of ${of}`, 'Größe.md': `ünï of ${of}` });
  test.each([
    ['google_drive', (name: string, text: string) => void account.addFile({ name, content: text })],
    ['gmail', (name: string, text: string) => void account.mailbox.add({ subject: name, text })],
    [
      'dropbox',
      (name: string, text: string) =>
        void dropbox.state.account(account.email).addFile({ path: `/${name}`, content: text }),
    ],
    [
      'onedrive',
      (name: string, text: string) =>
        void microsoft.state.account(account.email, 'personal').addFile({ name, content: text }),
    ],
    [
      'notion',
      (name: string, text: string) =>
        void notion.state.workspace(account.email).addPage({ title: name, content: text }),
    ],
    ['slack', postFile],
  ])(
    'of %s: Composio makes the calls for the official client, which makes them itself with an unmasked one',
    async (sourceType, add) => {
      const sync = async () => await ended(await start(id));
      const wanted = texts(account.email);
      for (const [name, text] of Object.entries(wanted)) add(name, text);
      const id = await create(sourceType);
      expect(await connect(id)).toMatchObject({ status: 200 });
      expect(await sync()).toMatchObject({ status: 'completed', counts: { skipped: 0, failed: 0 } });
      const content = async () => Object.values(await contentOf(headwater, user)).join('\n');
      for (const text of Object.values(wanted)) expect(await content()).toContain(text);
      expect(proxied()).toBeGreaterThan(0);

      composio.switches.masked = false;
      add('three.md', `three of ${account.email}`);
      const before = proxied();
      expect(await sync()).toMatchObject({ status: 'completed', counts: { skipped: 0, failed: 0 } });
      expect(await content()).toContain(`three of ${account.email}`);
      expect(proxied()).toBe(before);
    },
    60_000,
  );

  test('a file that the proxy does not return byte for byte is skipped with instructions; one over the size limit too', async () => {
    account.addFile({ name: 'data.json', mimeType: 'application/json', content: '{ "a":  1 }' });
    account.addFile({ name: 'good.md', content: 'good' });
    const id = await create();
    await connect(id);
    const job = await ended(await start(id));
    expect(job.counts).toMatchObject({ created: 1, failed: 0, skipped: 1 });
    const { items } = (await api.call('GET', `/api/data-sources/sync/${job.id}/items?outcome=skipped`)).body;
    expect(items).toMatchObject([{ errorCode: 'composio_proxy_bytes' }]);
    expect(JSON.stringify(items)).toContain('Mask Connected Account Secrets');
  }, 60_000);

  test('if the key may not use the proxy, connecting says what to grant', async () => {
    composio.switches.mayProxy = false;
    const answer = await connect(await create());
    expect(answer).toMatchObject({ status: 400, body: { code: 'composio_not_permitted' } });
    expect(answer.body.detail).toContain('Proxy execute');
  });

  test('a vendor’s rate limit behind the proxy counts as the vendor’s: the job waits, then continues', async () => {
    account.addFile({ name: 'a.md', content: 'a' });
    const id = await create();
    await connect(id);
    const body = { error: { code: 429, errors: [{ reason: 'rateLimitExceeded' }] } };
    headwater.google.faults.add({
      path: '^/drive/v3/files$',
      times: 1,
      then: { status: 429, headers: { 'retry-after': '1' }, body },
    });
    expect(await ended(await start(id))).toMatchObject({ status: 'completed', counts: { created: 1 } });
    expect(headwater.google.faults.hits()).toEqual([1]);
  }, 60_000);
});

describe('Composio’s own specification', () => {
  const specification = join(import.meta.dirname, '../specs/composio.schemas.json');
  const schemas = JSON.parse(readFileSync(specification, 'utf8')) as Record<string, object>;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const check = (name: string, value: unknown): unknown => {
    const validate = ajv.compile(schemas[name] ?? false);
    return validate(value) ? null : validate.errors;
  };
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { 'x-api-key': simulatedComposioKey, 'content-type': 'application/json' };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return await (await fetch(`${composio.url}/api/v3.1${path}`, init)).json();
  };

  test.each([true, false])('allows the simulator’s answers, with secrets masked: %s', async (masked) => {
    composio.switches.masked = masked;
    expect(check('GET /auth_configs 200', await ask('GET', '/auth_configs?toolkit_slug=googledrive'))).toBeNull();
    const request = { auth_config_id: 'ac_googledrive', user_id: user, callback_url: 'http://127.0.0.1/back' };
    expect(check('POST /connected_accounts/link request', request)).toBeNull();
    const started = (await ask('POST', '/connected_accounts/link', request)) as { connected_account_id: string };
    expect(check('POST /connected_accounts/link 201', started)).toBeNull();
    const path = `/connected_accounts/${started.connected_account_id}`;
    expect(check('GET /connected_accounts/{nanoid} 200', await ask('GET', path))).toBeNull();
    await connect(await create());
    const active = `/connected_accounts/${held().id}`;
    expect(check('GET /connected_accounts/{nanoid} 200', await ask('GET', active))).toBeNull();
    const proxied = { connected_account_id: held().id, endpoint: '/drive/v3/about?fields=user', method: 'GET' };
    expect(check('POST /tools/execute/proxy 200', await ask('POST', '/tools/execute/proxy', proxied))).toBeNull();
    const foreign = { ...proxied, endpoint: 'https://elsewhere.example/' };
    expect(check('Error', await ask('POST', '/tools/execute/proxy', foreign))).toBeNull();
    composio.state.set(held(), 'EXPIRED', 'Permanent auth error during token refresh');
    expect(check('GET /connected_accounts/{nanoid} 200', await ask('GET', active))).toBeNull();
    expect(check('DELETE /connected_accounts/{nanoid} 200', await ask('DELETE', path))).toBeNull();
    expect(check('Error', await ask('GET', path))).toBeNull();
  });
});
