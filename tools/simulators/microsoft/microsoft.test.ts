/** Tests the simulator against the vendor's documented behavior and specification, over plain HTTP. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type MicrosoftSimulator, simulatedMicrosoftClient, startMicrosoft } from './server.ts';
import { quickXor } from './wire.ts';
import type { MicrosoftAccount } from './state.ts';

const specs = join(import.meta.dirname, '../../../test/specs');
const graphSchemas = JSON.parse(readFileSync(join(specs, 'graph.schemas.json'), 'utf8')) as { $defs: object };
const ajv = new Ajv2020({ strict: false, schemas: [{ $id: 'graph', $defs: graphSchemas.$defs }] });
/** Throws, with the reasons, if the vendor's specification forbids the answer. */
const conform = (answer: unknown, name: string): void => {
  const valid = ajv.validate(`graph#/$defs/${name}`, answer);
  expect(valid ? [] : ajv.errors).toEqual([]);
};

let microsoft: MicrosoftSimulator;
let account: MicrosoftAccount;
let headers: Record<string, string>;
beforeEach(async () => {
  microsoft = await startMicrosoft();
  account = microsoft.state.account('ana@example.com');
  headers = { authorization: `Bearer ${microsoft.oauth.issue(account.email).accessToken}` };
});
afterEach(async () => await microsoft[Symbol.asyncDispose]());

// oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test is about
type Answer = { readonly status: number; readonly headers: Headers; readonly body: any };
const get = async (address: string, more: Record<string, string> = {}): Promise<Answer> => {
  const url = address.replace('https://graph.microsoft.com', microsoft.url);
  const response = await fetch(url.startsWith('/') ? microsoft.url + url : url, {
    headers: { ...headers, ...more },
    redirect: 'manual',
  });
  return { status: response.status, headers: response.headers, body: await response.json().catch(() => null) };
};
const link = (answer: Answer): string => answer.body['@odata.nextLink'] ?? answer.body['@odata.deltaLink'];

describe('sign-in', () => {
  const redirect = 'http://127.0.0.1/back';
  const tokenUrl = (): string => `${microsoft.url}/common/oauth2/v2.0/token`;
  const post = async (form: Record<string, string>): Promise<Answer> => {
    const body = new URLSearchParams({
      client_id: simulatedMicrosoftClient.clientId,
      client_secret: simulatedMicrosoftClient.clientSecret,
      ...form,
    });
    const response = await fetch(tokenUrl(), { method: 'POST', body });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  async function exchange(verifier: string, redirectUri = redirect) {
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from('right verifier'));
    const query = new URLSearchParams({
      client_id: simulatedMicrosoftClient.clientId,
      redirect_uri: redirect,
      response_type: 'code',
      scope: 'offline_access User.Read Files.Read.All',
      state: 's',
      code_challenge: Buffer.from(digest).toString('base64url'),
      code_challenge_method: 'S256',
      choose: account.email,
    });
    const consent = await fetch(`${microsoft.url}/common/oauth2/v2.0/authorize?${query.toString()}`, {
      redirect: 'manual',
    });
    const code = new URL(consent.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
    return { first: await post(form), second: await post(form) };
  }

  test('a code works once, and only with its verifier and its redirect', async () => {
    const { first, second } = await exchange('right verifier');
    expect(first.body).toMatchObject({ token_type: 'Bearer', scope: 'User.Read Files.Read.All', expires_in: 3599 });
    expect(second.body).toMatchObject({ error: 'invalid_grant', error_codes: [54005] });
    expect((await exchange('wrong verifier')).first.body).toMatchObject({ error_codes: [501481] });
    expect((await exchange('right verifier', 'http://evil.example')).first.status).toBe(400);
  });

  test('every refresh issues a new refresh token; the old one may become invalid', async () => {
    microsoft.oauth.options.rejectOldRefreshTokens = true;
    const { refreshToken } = microsoft.oauth.issue(account.email);
    const refresh = async () => await post({ grant_type: 'refresh_token', refresh_token: refreshToken });
    const first = await refresh();
    expect(first.body.refresh_token).not.toBe(refreshToken);
    expect((await refresh()).body).toMatchObject({ error: 'invalid_grant', error_codes: [70008] });
    expect(await post({ client_secret: 'wrong', grant_type: 'refresh_token' })).toMatchObject({ status: 401 });
  });

  test('a missing, expired or insufficient token is refused as at the vendor', async () => {
    const refused = await get('/v1.0/me/drive', { authorization: '' });
    expect(refused).toMatchObject({ status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } });
    expect(refused.headers.get('www-authenticate')).toContain('authorization_uri=');
    conform(refused.body, 'ODataError');
    const narrow = microsoft.oauth.issue(account.email, ['User.Read']).accessToken;
    expect(await get('/v1.0/me/drive', { authorization: `Bearer ${narrow}` })).toMatchObject({
      status: 403,
      body: { error: { code: 'accessDenied' } },
    });
  });
});

describe('delta', () => {
  test.each(['business', 'personal'] as const)('answers for a %s drive match the specification', async (type) => {
    account = microsoft.state.account(`${type}@example.com`, type);
    const other = microsoft.state.account('other@example.com', type);
    headers = { authorization: `Bearer ${microsoft.oauth.issue(account.email).accessToken}` };
    const shared = other.addFolder('Shared');
    other.share(shared, account);
    const folder = account.addFolder('Plans');
    const file = account.addFile({ name: 'a.md', content: 'a', parent: folder });
    account.addFile({ name: 'virus.exe', malware: true });
    account.addNotebook('Notes');
    account.addShortcut('Shared', other, shared);
    const first = await get('/v1.0/me/drive/root/delta?$top=3');
    conform(first.body, 'deltaPage');
    const second = await get(link(first));
    conform(second.body, 'deltaPage');
    expect([...first.body.value, ...second.body.value].map((item) => item.name)).toEqual([
      'root',
      'Plans',
      'a.md',
      'virus.exe',
      'Notes',
      'Shared',
    ]);
    expect(first.body.value[2].cTag === undefined).toBe(type === 'business');
    expect(JSON.stringify(first.body)).not.toContain('"path"');
    account.delete(file);
    const feed = await get(link(second));
    conform(feed.body, 'deltaPage');
    expect(feed.body.value).toMatchObject([{ id: file, deleted: {} }]);
    conform((await get('/v1.0/me/drive')).body, 'microsoft.graph.drive');
    conform((await get(`/v1.0/drives/${account.drive.id}/items/${folder}`)).body, 'microsoft.graph.driveItem');
    conform((await get(`/v1.0/drives/${account.drive.id}/items/${folder}/children`)).body, 'children');
  });

  test('a moved folder is reported alone, with its new parents and the root', async () => {
    const [from, to] = [account.addFolder('From'), account.addFolder('To')];
    const folder = account.addFolder('Folder', from);
    account.addFile({ name: 'in.md', content: 'x', parent: folder });
    const latest = await get('/v1.0/me/drive/root/delta?token=latest');
    expect(latest.body.value).toEqual([]);
    account.move(folder, to);
    const feed = await get(link(latest));
    expect(feed.body.value.map((item: { name: string }) => item.name)).toEqual(['root', 'To', 'Folder']);
  });

  test('an expired position, one of another drive, and one never issued are refused', async () => {
    const latest = await get('/v1.0/me/drive/root/delta?token=latest');
    account.expirePositions();
    const lost = await get(link(latest));
    expect(lost).toMatchObject({
      status: 410,
      body: { error: { code: 'resyncRequired', innerError: { code: 'resyncApplyDifferences' } } },
    });
    expect((await get(lost.headers.get('location') ?? '')).status).toBe(200);
    expect((await get('/v1.0/me/drive/root/delta?token=nonsense')).status).toBe(400);
    const bo = microsoft.state.account('bo@example.com');
    const stranger = { authorization: `Bearer ${microsoft.oauth.issue(bo.email).accessToken}` };
    const token = /token='([^']+)'/.exec(link(await get('/v1.0/me/drive/root/delta?token=latest')))?.[1] ?? '';
    expect((await get(`/v1.0/me/drive/root/delta?token=${token}`, stranger)).status).toBe(400);
  });

  test('business drives have a feed of the whole drive only', async () => {
    const folder = account.addFolder('F');
    expect(await get(`/v1.0/drives/${account.drive.id}/items/${folder}/delta`)).toMatchObject({
      status: 501,
      body: { error: { code: 'notSupported' } },
    });
  });

  test('only requested fields are returned; unknown ones are refused', async () => {
    const { body } = await get('/v1.0/me/drive/root/delta?$select=id,name');
    expect(Object.keys(body.value[0]).toSorted()).toEqual(['id', 'name']);
    expect((await get('/v1.0/me/drive/root/delta?$select=id,color')).status).toBe(400);
  });
});

describe('content', () => {
  const contentOf = async (id: string, query = ''): Promise<Answer> =>
    await get(`/v1.0/drives/${account.drive.id}/items/${id}/content${query}`);

  test('is on another host, which accepts no bearer token and supports ranges', async () => {
    const answer = await contentOf(account.addFile({ name: 'a.md', content: 'hello' }));
    const address = answer.headers.get('location') ?? '';
    expect(answer.status).toBe(302);
    expect(new URL(address).origin).not.toBe(microsoft.url);
    expect(await (await fetch(address)).text()).toBe('hello');
    expect((await fetch(address, { headers })).status).toBe(401);
    const part = await fetch(address, { headers: { range: 'bytes=1-2' } });
    expect([part.status, await part.text()]).toEqual([206, 'el']);
  });

  test('an address expires; malware is not served; not everything can become a PDF', async () => {
    microsoft.downloads.liveMs = -1;
    const old = await contentOf(account.addFile({ name: 'a.md', content: 'hello' }));
    expect((await fetch(old.headers.get('location') ?? '')).status).toBe(401);
    const malware = await contentOf(account.addFile({ name: 'v.doc', content: 'x', malware: true }));
    expect(malware).toMatchObject({ status: 403, body: { error: { code: 'malwareDetected' } } });
    expect((await contentOf(account.addFile({ name: 'v.png', content: 'x' }), '?format=pdf')).status).toBe(406);
  });

  test('the hash matches the published vectors', () => {
    const vectors = JSON.parse(readFileSync(join(specs, 'hash-vectors.json'), 'utf8')) as {
      quickXorHash: { inBase64: string; outBase64: string }[];
    };
    expect(vectors.quickXorHash.length).toBeGreaterThan(50);
    for (const { inBase64, outBase64 } of vectors.quickXorHash)
      expect(quickXor(Buffer.from(inBase64, 'base64'))).toBe(outBase64);
  });
});

test('unshared items of others stay hidden; shared ones are readable with their subtree', async () => {
  const bo = microsoft.state.account('bo@example.com');
  const folder = bo.addFolder('Shared');
  const inside = bo.addFile({ name: 'in.md', content: 'x', parent: folder });
  const item = async (id: string) => (await get(`/v1.0/drives/${bo.drive.id}/items/${id}`)).status;
  expect(await item(inside)).toBe(403);
  bo.share(folder, account);
  expect(await item(inside)).toBe(200);
  expect(await item(bo.drive.rootId)).toBe(403);
});

test('traffic without an application name is throttled first; headers appear near the limit', async () => {
  microsoft.throttle.limit = 8;
  const named = { 'user-agent': 'ISV|Headwater|Headwater/0.1' };
  for (let i = 0; i < 4; i++) expect((await get('/v1.0/me/drive', named)).status).toBe(200);
  const refused = await get('/v1.0/me/drive');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('2');
  conform(refused.body, 'ODataError');
  await get('/v1.0/me/drive', named);
  expect((await get('/v1.0/me/drive', named)).headers.get('ratelimit-remaining')).toBe('1');
});

test('a call that would change something succeeds, as at the vendor, and is logged (P11)', async () => {
  const id = account.addFile({ name: 'a.md', content: 'x' });
  await fetch(`${microsoft.url}/v1.0/drives/${account.drive.id}/items/${id}/createLink`, { method: 'POST', headers });
  expect(microsoft.log.mutating()).toMatchObject([{ method: 'POST' }]);
  microsoft.log.clear();
});
