/** Sign-in at Microsoft: its differences from other vendors are data in the description. */

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { oneDriveOAuth } from '../../sources/connectors/onedrive/oauth.ts';
import { createOAuthClient, newState, newVerifier, type OAuthClient } from '../../sources/credentials/oauth-client.ts';
import {
  type MicrosoftSimulator,
  simulatedMicrosoftClient,
  startMicrosoft,
} from '../../tools/simulators/microsoft/server.ts';

const redirectUri = 'http://127.0.0.1:3000/api/oauth/callback';
let microsoft: MicrosoftSimulator;
let client: OAuthClient;
beforeEach(async () => {
  microsoft = await startMicrosoft(0, { rejectOldRefreshTokens: true });
  microsoft.state.account('ana@example.com');
  client = clientWith(simulatedMicrosoftClient.clientSecret);
});
afterEach(async () => await microsoft[Symbol.asyncDispose]());

function clientWith(clientSecret: string): OAuthClient {
  const endpoint = `${microsoft.url}/common/oauth2/v2.0`;
  return createOAuthClient(oneDriveOAuth, {
    clientId: simulatedMicrosoftClient.clientId,
    clientSecret,
    apiBaseUrl: microsoft.url,
    authUrl: `${endpoint}/authorize`,
    tokenUrl: `${endpoint}/token`,
    revokeUrl: undefined,
  });
}

async function signIn(choose = 'ana@example.com', over: Record<string, string> = {}) {
  const request = { redirectUri, state: newState(), verifier: newVerifier() };
  const address = new URL(await client.authorizationUrl(request));
  for (const [name, value] of Object.entries({ choose, ...over })) address.searchParams.set(name, value);
  const answer = await fetch(address, { redirect: 'manual' });
  return await client.exchange(new URL(answer.headers.get('location') ?? ''), request);
}

test('the person chooses the account, and the least permissions for listing and reading are requested', async () => {
  const address = new URL(await client.authorizationUrl({ redirectUri, state: 's', verifier: newVerifier() }));
  expect(Object.fromEntries(address.searchParams)).toMatchObject({
    scope: 'offline_access User.Read Files.Read.All',
    prompt: 'select_account',
    response_mode: 'query',
    code_challenge_method: 'S256',
  });
});

test('signs in although the answer omits offline_access and contains an identity that was not requested', async () => {
  const tokens = await signIn();
  expect(tokens).toMatchObject({ accessToken: expect.any(String), refreshToken: expect.any(String) });
  expect(microsoft.oauth.grantOf(`Bearer ${tokens.accessToken}`)).toMatchObject({ email: 'ana@example.com' });
});

test('a permission that was not granted, and a refusal, are reported', async () => {
  await expect(signIn('ana@example.com', { scope: 'offline_access User.Read' })).rejects.toMatchObject({
    kind: 'insufficient_scope',
  });
  await expect(signIn('deny')).rejects.toMatchObject({ code: 'access_denied' });
});

test('every refresh stores the new refresh token; the old one is invalid', async () => {
  const { refreshToken } = await signIn();
  const fresh = await client.refresh(refreshToken ?? '');
  expect(fresh.refreshToken).not.toBe(refreshToken);
  await expect(client.refresh(refreshToken ?? '')).rejects.toMatchObject({ kind: 'unauthorized' });
  expect(await client.refresh(fresh.refreshToken ?? '')).toMatchObject({ accessToken: expect.any(String) });
});

test('a request for more (multi-factor) needs a sign-in; a rejected application is for the operator; other errors are retried', async () => {
  const { refreshToken } = await signIn();
  const refresh = async (with_ = client) => await with_.refresh(refreshToken ?? '');
  await expect(refresh(clientWith('an expired secret'))).rejects.toMatchObject({
    kind: 'invalid_input',
    code: 'invalid_client',
  });
  const body = { error: 'temporarily_unavailable', error_codes: [90033] };
  microsoft.faults.add({ path: '/token$', times: 1, then: { status: 400, body, headers: {} } });
  await expect(refresh()).rejects.toMatchObject({ kind: 'unavailable' });
  microsoft.oauth.options.interactionRequired = true;
  await expect(refresh()).rejects.toMatchObject({ kind: 'unauthorized', code: 'interaction_required' });
});

test('disconnecting calls nothing at Microsoft, because ending every session of the person would be too much', async () => {
  const tokens = await signIn();
  microsoft.log.clear();
  await expect(client.revoke(tokens)).rejects.toMatchObject({ kind: 'unsupported' });
  expect(microsoft.log.total).toBe(0);
});

test.each([
  [50057, /account is disabled\. Ask an administrator/],
  [53003, /access policy.*Ask its administrator/],
] as const)('what a new sign-in alone does not resolve (AADSTS%i) is named', async (blocked, message) => {
  const tokens = await signIn();
  microsoft.oauth.options.blocked = blocked;
  await expect(client.refresh(tokens.refreshToken ?? '')).rejects.toMatchObject({
    kind: 'unauthorized',
    message: expect.stringMatching(message),
  });
});
