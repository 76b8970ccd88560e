/** Tokens that expire during a sync, refreshed by one process at a time (pitfalls 25, 26). */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { googleDriveOAuth } from '../../sources/connectors/google-drive/oauth.ts';
import { createOAuthClient, type StoredTokens } from '../../sources/credentials/oauth-client.ts';
import { createTokenProvider } from '../../sources/credentials/token-provider.ts';
import { findCredentials } from '../../db/sources/credentials.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';

const calm = new AbortController().signal;
let headwater: TestHeadwater;
let user: string;
let email: string;
let dataSourceId: string;

beforeAll(async () => {
  headwater = await startHeadwater({ rotate: true });
}, 60_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());
beforeEach(async () => {
  headwater.google.faults.clear();
  headwater.google.log.clear();
  user = randomUUID();
  email = `${user}@example.com`;
  headwater.google.state.account(email);
  dataSourceId = await headwater.createDrive(user, email);
});

/** In production there is one per process. */
function provider() {
  return createTokenProvider({
    db: headwater.database.db,
    keyring: headwater.keyring,
    userId: user,
    dataSourceId,
    oauthClient: () => createOAuthClient(googleDriveOAuth, headwater.config.vendors.google),
  });
}

const stored = async () => await headwater.as(user, async (trx) => await findCredentials(trx, dataSourceId));
const refreshes = (): number => headwater.google.log.calls.filter((call) => call.path === '/token').length;

describe('an access token that the vendor rejects', () => {
  test('is refreshed once for all concurrent callers, and the rotated token is stored', async () => {
    const before = headwater.keyring.open((await stored())?.authData, dataSourceId) as StoredTokens;
    headwater.google.log.clear();
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const tokens = provider();
        tokens.invalidate(before.accessToken);
        return await tokens.accessToken(calm);
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).not.toBe(before.accessToken);
    expect(refreshes()).toBe(1);
    const after = headwater.keyring.open((await stored())?.authData, dataSourceId) as StoredTokens;
    expect(after.refreshToken).not.toBe(before.refreshToken);
    expect(headwater.google.oauth.grantOf(`Bearer ${answers[0]}`)).toMatchObject({ email });
  });

  test('stays usable when the token endpoint is briefly down, and nobody is asked to sign in', async () => {
    const tokens = provider();
    tokens.invalidate(await tokens.accessToken(calm));
    headwater.google.faults.add({ path: '^/token$', times: 1, then: { status: 503, body: {} } });
    await expect(tokens.accessToken(calm)).rejects.toMatchObject({ kind: 'unavailable' });
    expect((await stored())?.needsSignIn).toBe(false);
    expect(await tokens.accessToken(calm)).toMatch(/^ya29\./);
  });

  test('is refreshed completely although the job is cancelled meanwhile, because the vendor may have used up the old token', async () => {
    const tokens = provider();
    tokens.invalidate(await tokens.accessToken(calm));
    const job = new AbortController();
    headwater.google.faults.add({ path: '^/token$', times: 1, then: { answerDelayMs: 200 } });
    const asked = tokens.accessToken(job.signal).catch((error: unknown) => error);
    await until(async () => await Promise.resolve(headwater.google.log.calls.some((call) => call.path === '/token')));
    job.abort(new Error('cancelled'));
    await asked;
    const next = provider();
    next.invalidate(await next.accessToken(calm));
    expect(await next.accessToken(calm)).toMatch(/^ya29\./);
    expect((await stored())?.needsSignIn).toBe(false);
  });

  test('that cannot be refreshed any more requires a new sign-in', async () => {
    const tokens = provider();
    const last = await tokens.accessToken(calm);
    headwater.google.oauth.revokeGrants(email);
    tokens.invalidate(last);
    await expect(tokens.accessToken(calm)).rejects.toMatchObject({ kind: 'unauthorized', remedy: 'sign_in' });
    expect((await stored())?.needsSignIn).toBe(true);
  });
});
