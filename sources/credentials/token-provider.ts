import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokenProvider } from '../connectors/connector.ts';
import { asUser } from '../../db/access/as-user.ts';
import { lockRefresh, markNeedsSignIn, saveRefreshed, unlockRefresh } from '../../db/sources/credentials.ts';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import { joinCalls } from '../../platform/joined-calls.ts';
import { type OAuthClient, refreshHeadroomMs, type StoredTokens } from './oauth-client.ts';
import { readTokens, type SignInPlace } from './stored-sign-in.ts';

export interface TokenProviderOptions extends SignInPlace {
  /** Called only when a token must be refreshed. */
  readonly oauthClient: () => OAuthClient;
}

const lockSeconds = 30;
const lockPollMs = 250;

/**
 * Provides access tokens of one source. Only one process refreshes at a time, because using a rotating refresh token
 * twice revokes a valid connection (pitfall 25). After a failure, the row is read again before giving up.
 */
export function createTokenProvider(options: TokenProviderOptions): AccessTokenProvider {
  const refused = new Set<string>();
  let cached: StoredTokens | null = null;
  const joined = joinCalls<StoredTokens>();

  const isUsable = (tokens: StoredTokens): boolean =>
    !refused.has(tokens.accessToken) &&
    (tokens.expiresAt === null || tokens.expiresAt - refreshHeadroomMs > Date.now());

  return {
    accessToken: async (signal) => {
      const since = new Date();
      if (cached !== null && isUsable(cached)) return cached.accessToken;
      for (;;) {
        signal.throwIfAborted();
        const stored = await joined('', () => readTokens(options));
        if (isUsable(stored)) return (cached = stored).accessToken;
        if (stored.refreshToken === null) throw await signInNeeded(options, since);
        const mine = await asUser(options.db, options.userId, (trx) =>
          lockRefresh(trx, options.dataSourceId, lockSeconds),
        );
        if (mine) return (cached = await refresh(options, stored, since, isUsable)).accessToken;
        await sleep(lockPollMs, undefined, { signal });
      }
    },
    invalidate: (accessToken) => {
      refused.add(accessToken);
    },
  };
}

async function refresh(
  options: TokenProviderOptions,
  seen: StoredTokens,
  since: Date,
  isUsable: (tokens: StoredTokens) => boolean,
): Promise<StoredTokens> {
  const { db, userId, dataSourceId, keyring } = options;
  try {
    // Another process may have refreshed the token between our read and the lock.
    const stored = await readTokens(options);
    if (stored.accessToken !== seen.accessToken && isUsable(stored)) {
      await asUser(db, userId, (trx) => unlockRefresh(trx, dataSourceId));
      return stored;
    }
    const fresh = await options.oauthClient().refresh(stored.refreshToken ?? '');
    await asUser(db, userId, (trx) => saveRefreshed(trx, dataSourceId, keyring.seal(fresh, dataSourceId)));
    return fresh;
  } catch (error) {
    if (isSyncError(error) && error.kind === 'unauthorized') {
      const now = await readTokens(options);
      if (now.refreshToken !== seen.refreshToken && isUsable(now)) return now;
      throw await signInNeeded(options, since);
    }
    await asUser(db, userId, (trx) => unlockRefresh(trx, dataSourceId));
    throw error;
  }
}

async function signInNeeded({ db, userId, dataSourceId }: TokenProviderOptions, since: Date): Promise<SyncError> {
  const message =
    'The sign-in was revoked or has expired. Connect the account again; waiting syncs then resume automatically.';
  await asUser(db, userId, (trx) => markNeedsSignIn(trx, dataSourceId, { since, message }));
  return new SyncError('unauthorized', { scope: 'account', code: 'needs_sign_in', message });
}
