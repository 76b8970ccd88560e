/** Sign-in at Slack: its dialect of OAuth 2.0 is data in the description. */

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { forConfig } from '../../sources/connectors/oauth.ts';
import { slackOAuth } from '../../sources/connectors/slack/oauth.ts';
import { createOAuthClient, newState, newVerifier, type OAuthClient } from '../../sources/credentials/oauth-client.ts';
import { simulatedSlackClient, type SlackSimulator, startSlack } from '../../tools/simulators/slack/server.ts';

const redirectUri = 'http://127.0.0.1:3000/api/oauth/callback';
let slack: SlackSimulator;
beforeEach(async () => {
  slack = await startSlack();
});
afterEach(async () => await slack[Symbol.asyncDispose]());

function clientWith(config: object = {}, clientSecret: string = simulatedSlackClient.clientSecret): OAuthClient {
  return createOAuthClient(forConfig(slackOAuth, config), {
    clientId: simulatedSlackClient.clientId,
    clientSecret,
    apiBaseUrl: slack.url,
    authUrl: `${slack.url}/oauth/v2/authorize`,
    tokenUrl: `${slack.url}/api/oauth.v2.access`,
    revokeUrl: `${slack.url}/api/auth.revoke`,
  });
}

async function signIn(over: Record<string, string> = {}, client = clientWith()) {
  const request = { redirectUri, state: newState(), verifier: newVerifier() };
  const address = new URL(await client.authorizationUrl(request));
  for (const [name, value] of Object.entries({ choose: 'ana', ...over })) address.searchParams.set(name, value);
  const answer = await fetch(address, { redirect: 'manual' });
  return await client.exchange(new URL(answer.headers.get('location') ?? ''), request);
}

test('requests the person’s own token, without PKCE, with the least permissions that the config needs', async () => {
  const asked = async (config: object) => {
    const address = await clientWith(config).authorizationUrl({ redirectUri, state: 's', verifier: newVerifier() });
    return Object.fromEntries(new URL(address).searchParams);
  };
  const narrow = await asked({ includePrivateChannels: false });
  expect(narrow).toMatchObject({ user_scope: 'channels:read,channels:history,users:read,files:read' });
  expect(narrow).not.toHaveProperty('scope');
  expect(narrow).not.toHaveProperty('code_challenge');
  expect((await asked({ includePrivateChannels: true }))['user_scope']).toContain(',groups:read,groups:history');
});

test('reads the tokens where Slack puts them, with their expiry; a missing permission and a refusal are reported', async () => {
  const tokens = await signIn();
  expect(slack.oauth.grantOf(`Bearer ${tokens.accessToken}`)).toMatchObject({ userId: slack.state.user('ana') });
  expect(tokens.expiresAt).toBeGreaterThan(Date.now() + 11 * 3_600_000);
  await expect(signIn({ user_scope: 'channels:read' })).rejects.toMatchObject({ kind: 'insufficient_scope' });
  await expect(signIn({ choose: 'deny' })).rejects.toMatchObject({ code: 'access_denied' });
});

test('without token rotation, a token has no expiry and no refresh token', async () => {
  slack.oauth.options.rotation = false;
  expect(await signIn()).toMatchObject({ refreshToken: null, expiresAt: null });
});

test('every refresh stores the new refresh token; the old one requires a sign-in', async () => {
  const { refreshToken } = await signIn();
  const fresh = await clientWith().refresh(refreshToken ?? '');
  expect(fresh.refreshToken).not.toBe(refreshToken);
  await expect(clientWith().refresh(refreshToken ?? '')).rejects.toMatchObject({ kind: 'unauthorized' });
  expect(await clientWith().refresh(fresh.refreshToken ?? '')).toMatchObject({ accessToken: expect.any(String) });
});

test('failures with status 200 are failures: of the operator’s secret, or at Slack', async () => {
  const { refreshToken } = await signIn();
  const refresh = clientWith({}, 'an old secret').refresh(refreshToken ?? '');
  await expect(refresh).rejects.toMatchObject({ kind: 'invalid_input', code: 'invalid_client' });
  slack.faults.add({ path: 'oauth.v2.access', times: 1, then: { status: 200, body: '<html>busy</html>' } });
  await expect(clientWith().refresh(refreshToken ?? '')).rejects.toMatchObject({ kind: 'unavailable' });
});

test('disconnecting revokes the token, even an expired one', async () => {
  const tokens = await signIn();
  await clientWith().revoke(tokens);
  expect(slack.oauth.grantOf(`Bearer ${tokens.accessToken}`)).toBe('token_revoked');
  const others = await signIn();
  slack.oauth.expireAccessTokens();
  await clientWith().revoke(others);
  await expect(clientWith().refresh(others.refreshToken ?? '')).rejects.toMatchObject({ kind: 'unauthorized' });
});
