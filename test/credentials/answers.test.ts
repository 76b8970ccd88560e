/**
 * An answer of a token endpoint or of Composio is a sign-in only if it contains a token; everything else is not a valid
 * answer (P13).
 */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dropboxOAuth } from '../../sources/connectors/dropbox/oauth.ts';
import { googleDriveOAuth } from '../../sources/connectors/google-drive/oauth.ts';
import { notionOAuth } from '../../sources/connectors/notion/oauth.ts';
import type { OAuthDescription } from '../../sources/connectors/oauth.ts';
import { oneDriveOAuth } from '../../sources/connectors/onedrive/oauth.ts';
import { slackOAuth } from '../../sources/connectors/slack/oauth.ts';
import { createComposioClient } from '../../sources/credentials/composio/client.ts';
import { createComposioTokenProvider } from '../../sources/credentials/composio/token-provider.ts';
import { createOAuthClient } from '../../sources/credentials/oauth-client.ts';
import { serve, type SimServer } from '../../tools/simulators/kit/server.ts';

const calm = new AbortController().signal;
const odd = { kind: 'unavailable', code: 'unexpected_answer', remedy: 'retry' };
const page = '<!doctype html><h1>Sign in to the harbour’s network</h1>';
const noAnswers = [page, '', {}, [], null, { access_token: 5 }, { access_token: '' }, { kind: 'drive#file', id: '1' }];
const vendors: readonly [string, OAuthDescription][] = [
  ['google', googleDriveOAuth],
  ['dropbox', dropboxOAuth],
  ['microsoft', oneDriveOAuth],
  ['notion', notionOAuth],
  ['slack', slackOAuth],
];

let server: SimServer;
let status = 200;
let body: unknown;
beforeAll(async () => {
  server = await serve(0, () => ({ status, body }));
});
afterAll(async () => await server[Symbol.asyncDispose]());
beforeEach(() => {
  status = 200;
});

const clientOf = (description: OAuthDescription) =>
  createOAuthClient(description, {
    clientId: 'id',
    clientSecret: 'secret',
    apiBaseUrl: undefined,
    authUrl: undefined,
    tokenUrl: `${server.url}/token`,
    revokeUrl: `${server.url}/revoke`,
  });
const tokens = { accessToken: 'a', refreshToken: null, expiresAt: null };

describe.each(vendors)('the token endpoint of %s', (_name, description) => {
  const client = () => clientOf(description);
  const exchange = async () =>
    await client().exchange(new URL('http://127.0.0.1/callback?code=c&state=s'), {
      redirectUri: 'http://127.0.0.1/callback',
      state: 's',
      verifier: 'v'.repeat(43),
    });

  test.each(noAnswers)('with %j is not a sign-in, and nobody has to sign in again', async (answer) => {
    body = answer;
    await expect(client().refresh('r')).rejects.toMatchObject(odd);
    await expect(exchange()).rejects.toMatchObject(odd);
  });

  test.each([302, 400, 401, 403, 404, 500])('with a proxy’s page and status %i ends no sign-in', async (refused) => {
    status = refused;
    body = page;
    await expect(client().refresh('r')).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(client().revoke(tokens)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('with an answer without end is not read on', async () => {
    body = { access_token: 'a'.repeat(2 * 1024 * 1024) };
    await expect(client().refresh('r')).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(client().revoke(tokens)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('with a page has revoked nothing', async () => {
    body = page;
    await expect(client().revoke(tokens)).rejects.toMatchObject(odd);
  });
});

describe('fields besides the token', () => {
  test.each([
    [{ expires_in: null }, { expiresAt: null }],
    [{ expires_in: 'soon' }, { expiresAt: null }],
    [{ expires_in: '3600' }, { expiresAt: expect.any(Number) }],
    [{ expires_in: -1 }, { expiresAt: null }],
    // Such a token would count as expired when it arrives, and each call would refresh it.
    [{ expires_in: 1 }, { expiresAt: null }],
    [{ token_type: null }, {}],
    [{ token_type: 7 }, {}],
    [{ refresh_token: null }, { refreshToken: 'r' }],
    [{ refresh_token: {} }, { refreshToken: 'r' }],
    [{ scope: 7 }, {}],
    [{ id_token: 'not one' }, {}],
  ])('%j does not break the sign-in', async (field, expected) => {
    body = { access_token: 'new', token_type: 'Bearer', expires_in: 3600, ...field };
    expect(await clientOf(dropboxOAuth).refresh('r')).toMatchObject({ accessToken: 'new', ...expected });
  });

  test.each([{ access_token: 'a\r\nb: c' }, { access_token: 'a\0' }, { access_token: 'new', error: 'invalid_grant' }])(
    '%j is no token, and the one before is kept',
    async (answer) => {
      body = { token_type: 'Bearer', expires_in: 3600, ...answer };
      await expect(clientOf(dropboxOAuth).refresh('r')).rejects.toMatchObject(odd);
    },
  );

  test('a permission that was not granted is named, with its purpose', async () => {
    body = { access_token: 'new', token_type: 'bearer', scope: 'account_info.read files.metadata.read' };
    const exchange = clientOf(dropboxOAuth).exchange(new URL('http://127.0.0.1/callback?code=c&state=s'), {
      redirectUri: 'http://127.0.0.1/callback',
      state: 's',
      verifier: 'v'.repeat(43),
    });
    await expect(exchange).rejects.toMatchObject({
      kind: 'insufficient_scope',
      message: expect.stringContaining('"files.content.read" (to read the text of files)'),
    });
  });
});

describe('Composio', () => {
  const composio = () => createComposioClient({ apiKey: 'key', baseUrl: server.url });
  const provider = () =>
    createComposioTokenProvider({
      composio,
      connectedAccountId: async () => await Promise.resolve('ca_1'),
      files: /^never:/,
      maxItemBytes: 1024,
    });
  const account = { id: 'ca_1', status: 'ACTIVE', toolkit: { slug: 'dropbox' } };

  test.each([page, '', {}, [], null, { ...account, status: null }, { ...account, status: 'PAUSED_BY_NEW_RULE' }])(
    'with %j about an account is not a valid answer, and nobody has to sign in',
    async (answer) => {
      body = answer;
      await expect(provider().accessToken(calm)).rejects.toMatchObject(odd);
    },
  );

  test.each([401, 403, 404, 422])('with a proxy’s page and status %i ends no connection', async (refused) => {
    status = refused;
    body = page;
    await expect(provider().accessToken(calm)).rejects.toMatchObject(odd);
    const request = { connectedAccountId: 'ca_1', endpoint: 'https://x.test/', headers: new Map(), body: undefined };
    await expect(composio().proxy({ ...request, method: 'GET' }, calm)).rejects.toMatchObject(odd);
  });

  test.each([page, '', {}, [], null, { status: 'ok', data: {} }, { status: 200, binary_data: { size: 5 } }])(
    'with %j instead of a proxied call is not an answer of the vendor',
    async (answer) => {
      body = answer;
      const request = { connectedAccountId: 'ca_1', endpoint: 'https://x.test/', headers: new Map(), body: undefined };
      await expect(composio().proxy({ ...request, method: 'GET' }, calm)).rejects.toMatchObject(odd);
    },
  );

  test.each([page, {}, [], { connected_account_id: 'ca_1' }, { connected_account_id: 'ca_1', redirect_url: 'x:y' }])(
    'with %j instead of a consent page starts no sign-in',
    async (answer) => {
      body = answer;
      const started = composio().link({ authConfigId: 'ac', userId: 'u', callbackUrl: 'http://127.0.0.1/' }, calm);
      await expect(started).rejects.toMatchObject(odd);
    },
  );
});
