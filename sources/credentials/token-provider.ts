import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokenProvider } from '../connectors/connector.ts';
import { asUser } from '../../db/access/as-user.ts';
import { lockRefresh, markNeedsSignIn, saveRefreshed, unlockRefresh } from '../../db/sources/credentials.ts';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import { joinCalls } from '../../platform/joined-calls.ts';
import { type OAuthClient, refreshHeadroomMs, signInEnded, type StoredTokens } from './oauth-client.ts';
import { readTokens, type ReadTokens, type SignInPlace } from './stored-sign-in.ts';

export interface TokenProviderOptions extends SignInPlace {
  /** Called only when a token must be refreshed. */
  readonly oauthClient: () => OAuthClient;
}

const lockSeconds = 30;
const lockPollMs = 250;
/** How long refreshed tokens are tried to be stored, in milliseconds, while this process still has the lock. */
const saveForMs = 20_000;
const saveAgainMs = 500;

/**
 * Provides access tokens of one source. Only one process refreshes at a time, because using a rotating refresh token
 * twice revokes a valid connection (pitfall 25). After a failure, the row is read again before giving up.
 */
export function createTokenProvider(options: TokenProviderOptions): AccessTokenProvider {
  const refused = new Set<string>();
  let cached: StoredTokens | null = null;
  const joined = joinCalls<ReadTokens>();

  const isUsable = (tokens: StoredTokens): boolean =>
    !refused.has(tokens.accessToken) &&
    (tokens.expiresAt === null || tokens.expiresAt - refreshHeadroomMs > Date.now());

  return {
    accessToken: async (signal) => {
      const began = performance.now();
      if (cached !== null && isUsable(cached)) return cached.accessToken;
      for (;;) {
        signal.throwIfAborted();
        const { tokens } = await joined('', () => readTokens(options));
        if (isUsable(tokens)) return (cached = tokens).accessToken;
        if (tokens.refreshToken === null) {
          if (hasExpired(tokens)) throw await signInNeeded(options, began);
          // The vendor may have refused one item only, so whoever asked finds out whether the account is refused too.
          return tokens.accessToken;
        }
        const mine = await asUser(options.db, options.userId, (trx) =>
          lockRefresh(trx, options.dataSourceId, lockSeconds),
        );
        if (mine) {
          const fresh = await refresh(options, tokens, began, isUsable);
          if (fresh !== null) return (cached = fresh).accessToken;
          continue;
        }
        await sleep(lockPollMs, undefined, { signal });
      }
    },
    invalidate: (accessToken) => {
      refused.add(accessToken);
    },
  };
}

function hasExpired({ expiresAt }: StoredTokens): boolean {
  return expiresAt !== null && expiresAt <= Date.now();
}

/** @returns null if the source was connected again or disconnected meanwhile, and what is stored must be read again */
async function refresh(
  options: TokenProviderOptions,
  seen: StoredTokens,
  began: number,
  isUsable: (tokens: StoredTokens) => boolean,
): Promise<StoredTokens | null> {
  const { db, userId, dataSourceId } = options;
  const stored = await readTokens(options);
  const unlock = () => asUser(db, userId, (trx) => unlockRefresh(trx, dataSourceId, stored.authData));
  // Another process may have refreshed the token between our read and the lock.
  if (stored.tokens.accessToken !== seen.accessToken && isUsable(stored.tokens)) {
    await unlock();
    return stored.tokens;
  }
  try {
    const fresh = await options.oauthClient().refresh(stored.tokens.refreshToken ?? '');
    return (await insistOnSaving(options, stored, fresh)) ? fresh : null;
  } catch (error) {
    if (isSyncError(error) && error.kind === 'unauthorized') {
      const { tokens: now } = await readTokens(options);
      if (now.refreshToken !== seen.refreshToken && isUsable(now)) return now;
      throw await signInNeeded(options, began, error.message);
    }
    await unlock();
    throw error;
  }
}

/**
 * The vendor may have used up the old refresh token, and then the new one exists only here: losing it because the database
 * is away for a moment would require a new sign-in. Tokens that were stored although the answer was lost are read again.
 */
async function insistOnSaving(...[options, used, fresh]: Parameters<typeof save>): Promise<boolean> {
  const until = performance.now() + saveForMs;
  for (;;) {
    try {
      return await save(options, used, fresh);
    } catch (error) {
      if (isSyncError(error) || performance.now() > until) throw error;
      await sleep(saveAgainMs);
    }
  }
}

/** @returns false if the tokens that were refreshed are no longer those of the source */
async function save(options: TokenProviderOptions, used: ReadTokens, fresh: StoredTokens): Promise<boolean> {
  const { db, userId, dataSourceId, keyring } = options;
  const refreshed = keyring.seal(fresh, dataSourceId);
  for (let read = used; ;) {
    const swap = { read: read.authData, refreshed };
    if (await asUser(db, userId, (trx) => saveRefreshed(trx, dataSourceId, swap))) return true;
    read = await readTokens(options);
    // The same tokens in another envelope were only encrypted with another key meanwhile.
    if (read.tokens.accessToken !== used.tokens.accessToken) return false;
  }
}

/**
 * @param began when a token was asked for, by `performance.now()`
 * @param reason what the vendor says, if it does: a new sign-in alone may not help
 */
async function signInNeeded(
  { db, userId, dataSourceId }: TokenProviderOptions,
  began: number,
  reason: string = signInEnded,
): Promise<SyncError> {
  const message = `${reason} Waiting syncs then resume automatically.`;
  await asUser(db, userId, (trx) =>
    markNeedsSignIn(trx, dataSourceId, { sinceMs: performance.now() - began, message }),
  );
  return new SyncError('unauthorized', { scope: 'account', code: 'needs_sign_in', message });
}
