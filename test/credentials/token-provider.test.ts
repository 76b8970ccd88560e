/** Tokens that expire during a sync, refreshed by one process at a time (pitfalls 25, 26). */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { googleDriveConfig } from '../../sources/connectors/google-drive/config.ts';
import { createGoogleDriveConnector } from '../../sources/connectors/google-drive/connector.ts';
import { googleDriveOAuth } from '../../sources/connectors/google-drive/oauth.ts';
import { createOAuthClient, type StoredTokens } from '../../sources/credentials/oauth-client.ts';
import { createTokenProvider } from '../../sources/credentials/token-provider.ts';
import { findCredentials, forgetConnection, lockRefresh, saveConnection } from '../../db/sources/credentials.ts';
import { findDataSource } from '../../db/sources/data-sources.ts';
import { listSealedSecrets, replaceSealedSecret } from '../../db/sources/sealed-secrets.ts';
import type { ItemRef } from '../../domain/source.ts';
import type { Fault } from '../../tools/simulators/kit/faults.ts';
import { contextOf } from '../harness/connectors.ts';
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

  test.each([
    ['admin_policy_enforced', 400, /administrator.*does not allow/],
    ['policy_enforced', 400, /Advanced Protection/],
    ['invalid_grant', 400, /new sign-in from time to time.*administrator/, 'reauth related error (invalid_rapt)'],
  ])(
    'and that is not refreshed for %s waits for a person, who learns why',
    async (error, status, message, text = 'x') => {
      const tokens = provider();
      tokens.invalidate(await tokens.accessToken(calm));
      headwater.google.faults.add({ path: '^/token$', then: { status, body: { error, error_description: text } } });
      const refused = { kind: 'unauthorized', code: 'needs_sign_in', message: expect.stringMatching(message) };
      await expect(tokens.accessToken(calm)).rejects.toMatchObject(refused);
      const source = await headwater.as(user, async (trx) => await findDataSource(trx, dataSourceId));
      expect(source).toMatchObject({ needsSignIn: true, lastSyncError: expect.stringMatching(message) });
    },
  );

  test.each(['deleted_client', 'disabled_client'])(
    'and that is not refreshed for %s is the operator’s business',
    async (error) => {
      const tokens = provider();
      tokens.invalidate(await tokens.accessToken(calm));
      headwater.google.faults.add({ path: '^/token$', then: { status: 401, body: { error } } });
      await expect(tokens.accessToken(calm)).rejects.toMatchObject({ kind: 'invalid_input', code: 'invalid_client' });
      expect((await stored())?.needsSignIn).toBe(false);
    },
  );

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

  test('is stored although the database is away for a moment, because the vendor has used up the old token', async () => {
    const { db } = headwater.database;
    const begin = db.transaction.bind(db);
    let failures = 0;
    using _away = jest.spyOn(db, 'transaction').mockImplementation(() => {
      if (refreshes() > 0 && ++failures <= 2) throw new Error('Connection terminated unexpectedly');
      return begin();
    });
    const tokens = provider();
    tokens.invalidate(await tokens.accessToken(calm));
    const fresh = await tokens.accessToken(calm);
    expect(failures).toBeGreaterThan(2);
    expect(refreshes()).toBe(1);
    expect(headwater.keyring.open((await stored())?.authData, dataSourceId)).toMatchObject({ accessToken: fresh });
  });

  test('that cannot be refreshed any more requires a new sign-in', async () => {
    const tokens = provider();
    const last = await tokens.accessToken(calm);
    headwater.google.oauth.revokeGrants(email);
    tokens.invalidate(last);
    await expect(tokens.accessToken(calm)).rejects.toMatchObject({ kind: 'unauthorized', remedy: 'sign_in' });
    expect((await stored())?.needsSignIn).toBe(true);
  });

  test('requires a new sign-in on a machine, too, whose clock is behind: it failed after this one', async () => {
    const tokens = provider();
    const last = await tokens.accessToken(calm);
    headwater.google.oauth.revokeGrants(email);
    tokens.invalidate(last);
    const Real = Date;
    const hourAgo = () => [Real.now() - 3_600_000];
    globalThis.Date = new Proxy(Real, {
      construct: (target, given: unknown[]) => new target(...((given.length === 0 ? hourAgo() : given) as [number])),
    });
    try {
      await expect(tokens.accessToken(calm)).rejects.toMatchObject({ kind: 'unauthorized', remedy: 'sign_in' });
    } finally {
      globalThis.Date = Real;
    }
    expect((await stored())?.needsSignIn).toBe(true);
  });
});

describe('a token without a refresh token', () => {
  let accessToken: string;
  let file: string;
  const store = async (expiresAt: number | null) => {
    const authData = headwater.keyring.seal({ accessToken, refreshToken: null, expiresAt }, dataSourceId);
    await headwater.as(user, async (trx) => {
      await saveConnection(trx, dataSourceId, { authData, provider: 'token', accountLabel: email });
      // A sign-in of the same millisecond would count as newer than the refusal.
      const connectedAt = new Date(Date.now() - 1000);
      await trx.updateTable('dataSources').set({ connectedAt }).where('id', '=', dataSourceId).execute();
    });
  };
  beforeEach(async () => {
    ({ accessToken } = headwater.google.oauth.issue(email));
    file = headwater.google.state.account(email).addFile({ name: 'a.md', content: 'x' });
    await store(null);
  });
  const fetchFile = async () => {
    const context = { ...contextOf(() => ({ accessToken })), tokens: provider() };
    const drive = createGoogleDriveConnector(googleDriveConfig.parse({}), context, headwater.google.url);
    const [item] = await drive.lookUp([file], calm);
    headwater.google.faults.add(refusal);
    return await drive.fetch(item as ItemRef, calm).catch((error: unknown) => error);
  };
  let refusal: Fault;

  test.each([
    ['by Google for one file', { error: { code: 401, message: 'x', errors: [{ reason: 'authError' }] } }, 'item'],
    ['by a proxy’s page', '<h1>sign in</h1>', undefined],
  ])('that is refused %s stays: only the account’s own refusal asks for a new sign-in', async (_name, body, scope) => {
    refusal = { path: `/files/${file}$`, then: { status: 401, body } };
    expect(await fetchFile()).toMatchObject({ scope });
    expect((await stored())?.needsSignIn).toBe(false);
  });

  test('whose account is refused as well requires a new sign-in', async () => {
    refusal = { path: '^/drive/', then: { status: 401, body: { error: { code: 401, message: 'x', errors: [] } } } };
    expect(await fetchFile()).toMatchObject({ kind: 'unauthorized', scope: 'account', remedy: 'sign_in' });
  });

  test('that has expired requires a new sign-in', async () => {
    await store(Date.now() - 1000);
    await expect(provider().accessToken(calm)).rejects.toMatchObject({ kind: 'unauthorized', remedy: 'sign_in' });
    expect((await stored())?.needsSignIn).toBe(true);
  });
});

describe('a refresh that is under way', () => {
  /** Does something while the vendor answers the refresh. */
  async function meanwhile(work: () => Promise<void>, answer: object = {}): Promise<unknown> {
    const tokens = provider();
    tokens.invalidate(await tokens.accessToken(calm));
    headwater.google.log.clear();
    headwater.google.faults.add({ path: '^/token$', times: 1, then: { answerDelayMs: 2000, ...answer } });
    const asked = tokens.accessToken(calm).catch((error: unknown) => error);
    await until(async () => await Promise.resolve(refreshes() === 1));
    await work();
    return await asked;
  }
  const connect = async (accessToken: string) => {
    const authData = headwater.keyring.seal({ accessToken, refreshToken: null, expiresAt: null }, dataSourceId);
    const connection = { authData, provider: 'token', accountLabel: 'another@example.com' } as const;
    await headwater.as(user, async (trx) => await saveConnection(trx, dataSourceId, connection));
  };

  test('is discarded when another account is connected meanwhile', async () => {
    expect(await meanwhile(async () => await connect('ya29.another'))).toBe('ya29.another');
    const kept = headwater.keyring.open((await stored())?.authData, dataSourceId);
    expect(kept).toMatchObject({ accessToken: 'ya29.another' });
  });

  test('does not bring tokens back after a disconnect', async () => {
    const answer = await meanwhile(
      async () => await headwater.as(user, async (trx) => await forgetConnection(trx, dataSourceId)),
    );
    expect(answer).toMatchObject({ kind: 'unauthorized', code: 'needs_sign_in' });
    expect((await stored())?.authData).toBeNull();
  });

  test('is stored although the same tokens were encrypted with another key meanwhile', async () => {
    const answer = await meanwhile(async () => {
      await headwater.as(user, async (trx) => {
        for (const secret of await listSealedSecrets(trx)) {
          const anew = headwater.keyring.seal(headwater.keyring.open(secret.envelope, secret.id), secret.id);
          await replaceSealedSecret(trx, secret, anew);
        }
      });
    });
    const kept = headwater.keyring.open((await stored())?.authData, dataSourceId);
    expect(kept).toMatchObject({ accessToken: answer });
  });

  test('that fails does not release the lock of the sign-in that replaced it', async () => {
    const lock = async () => await headwater.as(user, async (trx) => await lockRefresh(trx, dataSourceId, 30));
    const failed = await meanwhile(
      async () => {
        await connect('ya29.another');
        expect(await lock()).toBe(true);
      },
      { status: 503, body: {} },
    );
    expect(failed).toMatchObject({ kind: 'unavailable' });
    expect(await lock()).toBe(false);
  });
});
