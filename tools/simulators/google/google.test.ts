/** Tests the simulator against the vendor's documented behavior, over plain HTTP and with the official client. */

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GoogleSimulator, simulatedClient, startGoogle } from './server.ts';
import type { GoogleAccount } from './state.ts';

let google: GoogleSimulator;
let account: GoogleAccount;
let headers: Record<string, string>;
beforeEach(async () => {
  google = await startGoogle();
  account = google.state.account('ana@example.com');
  headers = { authorization: `Bearer ${google.oauth.issue(account.email).accessToken}` };
});
afterEach(async () => await google[Symbol.asyncDispose]());

// oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test is about
type Answer = { readonly status: number; readonly body: any };
const get = async (path: string, more: Record<string, string> = {}): Promise<Answer> => {
  const response = await fetch(`${google.url}${path}`, { headers: { ...headers, ...more } });
  return { status: response.status, body: await response.json().catch(() => null) };
};

async function exchange(verifier: string, redirectUri = 'http://127.0.0.1/back') {
  const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from('right verifier'))).toString(
    'base64url',
  );
  const query = new URLSearchParams({
    client_id: simulatedClient.clientId,
    redirect_uri: 'http://127.0.0.1/back',
    response_type: 'code',
    scope: 'https://www.googleapis.com/auth/drive.readonly',
    state: 's',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    choose: account.email,
  });
  const consent = await fetch(`${google.url}/o/oauth2/v2/auth?${query.toString()}`, { redirect: 'manual' });
  const code = new URL(consent.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const form = {
    client_id: simulatedClient.clientId,
    client_secret: simulatedClient.clientSecret,
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  const ask = async () => await fetch(`${google.url}/token`, { method: 'POST', body: new URLSearchParams(form) });
  return { first: await ask(), second: await ask() };
}

describe('sign-in', () => {
  test('a code works once, and only with its verifier and its redirect', async () => {
    const { first, second } = await exchange('right verifier');
    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({ token_type: 'Bearer', refresh_token: expect.stringMatching(/^1\/\//) });
    expect(await second.json()).toMatchObject({ error: 'invalid_grant' });
    expect((await exchange('wrong verifier')).first.status).toBe(400);
    expect((await exchange('right verifier', 'http://evil.example')).first.status).toBe(400);
  });

  test('a missing, expired or insufficient token is refused as at the vendor', async () => {
    expect(await get('/drive/v3/files', { authorization: '' })).toMatchObject({ status: 401 });
    google.oauth.expireAccessTokens(account.email);
    expect(await get('/drive/v3/files')).toMatchObject({
      status: 401,
      body: { error: { errors: [{ reason: 'authError' }] } },
    });
    const narrow = google.oauth.issue(account.email, ['https://www.googleapis.com/auth/userinfo.email']);
    expect(await get('/drive/v3/files', { authorization: `Bearer ${narrow.accessToken}` })).toMatchObject({
      status: 403,
      body: { error: { errors: [{ reason: 'insufficientPermissions' }] } },
    });
  });
});

describe('Drive', () => {
  test('pages belong to their query; another query with the same token is refused', async () => {
    for (let i = 0; i < 5; i++) account.addFile({ name: `${i}.md`, content: 'x' });
    const page = await get('/drive/v3/files?pageSize=2');
    expect(page.body.files).toHaveLength(2);
    const token = encodeURIComponent(page.body.nextPageToken);
    expect((await get(`/drive/v3/files?pageSize=2&pageToken=${token}`)).body.files).toHaveLength(2);
    expect(await get(`/drive/v3/files?pageSize=2&q=trashed=true&pageToken=${token}`)).toMatchObject({ status: 400 });
  });

  test('returns only the requested fields', async () => {
    account.addFile({ name: 'a.md', content: 'x' });
    const { body } = await get('/drive/v3/files?fields=files(id,name)');
    expect(Object.keys(body.files[0]).toSorted()).toEqual(['id', 'name']);
  });

  test('a trashed folder is one change; its contents are hidden without being reported', async () => {
    const folder = account.addFolder('F');
    account.addFile({ name: 'in.md', content: 'x', parent: folder });
    const { startPageToken } = (await get('/drive/v3/changes/startPageToken')).body;
    account.trash(folder);
    const { changes } = (await get(`/drive/v3/changes?pageToken=${startPageToken}&fields=*`)).body;
    expect(changes.map((change: { fileId: string }) => change.fileId)).toEqual([folder]);
    expect((await get("/drive/v3/files?q=trashed = false and name = 'in.md'")).body.files).toEqual([]);
  });

  test('an export ends at 10 MB, a link of the document does not, and leads to where no token is needed', async () => {
    const large = 'x'.repeat(10 * 1024 * 1024 + 1);
    const id = account.addFile({ name: 'Doc', mimeType: 'application/vnd.google-apps.document', content: large });
    const refused = await get(`/drive/v3/files/${id}/export?mimeType=text/plain`);
    expect(refused).toMatchObject({
      status: 403,
      body: { error: { errors: [{ reason: 'exportSizeLimitExceeded' }] } },
    });
    const link = (await get(`/drive/v3/files/${id}?fields=exportLinks`)).body.exportLinks['text/plain'];
    const redirected = await fetch(link, { headers, redirect: 'manual' });
    expect(redirected.status).toBe(307);
    expect(await (await fetch(redirected.headers.get('location') ?? '')).text()).toHaveLength(large.length);
    const withoutToken = await fetch(link, { redirect: 'manual' });
    expect(withoutToken.headers.get('location')).toMatch(/^https:\/\/accounts.google.com/);
  });

  test('a call that would change something succeeds, as at the vendor, and is logged (P11)', async () => {
    const id = account.addFile({ name: 'a.md', content: 'x' });
    await fetch(`${google.url}/drive/v3/files/${id}`, { method: 'DELETE', headers });
    expect(google.log.mutating()).toMatchObject([{ method: 'DELETE', path: `/drive/v3/files/${id}` }]);
    google.log.clear();
  });

  test('a large account is the same every time, and its content is generated on request', async () => {
    account.generate(500, 7);
    const again = await startGoogle();
    const other = again.state.account('ana@example.com');
    other.generate(500, 7);
    const hashes = (all: ReturnType<GoogleAccount['truth']>) => all.slice(0, 50).map((file) => [file.name, file.md5]);
    expect(hashes(other.truth().slice(0, 50))).toEqual(hashes(account.truth().slice(0, 50)));
    await again[Symbol.asyncDispose]();
  }, 60_000);
});
