/** The page's own sign-in at an OpenID provider: the authorization code flow with PKCE, sessions, their renewal and end. */

import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import * as oidc from 'openid-client';
import { z } from 'zod';
import { asUser, ownerOf } from '../db/access/as-user.ts';
import type { Database } from '../db/access/database.ts';
import {
  createPageSession,
  deletePageSession,
  findPageSession,
  renewPageSession,
  takeRenewal,
} from '../db/access/page-sessions.ts';
import { isUserId } from '../domain/user-key.ts';
import { hashOfSecret } from '../domain/secret-hash.ts';
import type { Config } from '../platform/config.ts';
import type { Keyring } from '../sources/credentials/keyring.ts';
import { discoverOnce, unavailable } from './oidc-provider.ts';
import { Problem } from './problem.ts';

const prefix = 'hs_';
/** A session ends after so long, however often the provider confirms it. */
const maxAgeMs = 30 * 86_400_000;
/** How long a session without a refresh token lasts if the provider does not say, in seconds. */
const usualSeconds = 3600;
/** How long one request may take to renew a session before another one tries, in seconds. */
const renewalSeconds = 30;
const signInMs = 600_000;
const sealedAs = 'page sign-in';

/** The browser keeps these values, sealed, between the start of a sign-in and its end. */
const started = z.object({
  verifier: z.string(),
  state: z.string(),
  nonce: z.string(),
  returnTo: z.string(),
  until: z.number(),
});

const storedTokens = z.object({ idToken: z.string(), refreshToken: z.string().nullable(), subject: z.string() });
type StoredTokens = z.infer<typeof storedTokens>;

export interface PageSessions {
  /** @returns where to send the browser, and what it has to bring back */
  begin(returnTo: string | undefined): Promise<{ readonly url: string; readonly kept: string }>;
  /**
   * Ends a sign-in. @param query of the provider's redirect @param kept what the browser brought back
   * @throws Problem 401 if the provider or the browser did not bring what they should
   */
  finish(query: string, kept: string | undefined): Promise<FinishedSignIn>;
  /** Stores a session. @returns the cookie's value, and when it ends */
  open(signIn: FinishedSignIn): Promise<{ readonly cookie: string; readonly endsAt: Date }>;
  /** The user of a session, which the provider confirms from time to time. @throws Problem 401, 503 */
  read(cookie: string): Promise<string>;
  /** Ends a session. @returns where the browser ends it at the provider too; null if that has no such place */
  end(userId: string, cookie: string): Promise<string | null>;
}

export interface FinishedSignIn {
  readonly userId: string;
  readonly returnTo: string;
  readonly tokens: StoredTokens;
  readonly seconds: number;
}

export function isPageSession(cookie: string | undefined): cookie is string {
  return cookie?.startsWith(prefix) === true;
}

interface SessionDependencies {
  readonly config: Config;
  readonly db: Kysely<Database>;
  readonly keyring: Keyring;
}

/** @returns null unless a provider is configured */
export function createPageSessions({ config, db, keyring }: SessionDependencies): PageSessions | null {
  const settings = config.auth.oidc ?? null;
  if (settings === null) return null;
  const provider = discoverOnce(settings);
  const redirectUri = `${config.publicUrl}/api/session/callback`;

  const sessions: PageSessions = {
    begin: async (returnTo) => {
      const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
      const url = oidc.buildAuthorizationUrl(await provider(), {
        redirect_uri: redirectUri,
        scope: settings.scopes,
        // Consent has to be asked for, or a provider may ignore the wish for a refresh token (OpenID Connect Core, section 11).
        ...(settings.scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      const back = {
        verifier,
        state,
        nonce,
        returnTo: ownPath(returnTo, config.publicUrl),
        until: Date.now() + signInMs,
      };
      return { url: url.href, kept: encode(keyring.seal(back satisfies z.infer<typeof started>, sealedAs)) };
    },
    finish: async (query, kept) => {
      const { verifier, state, nonce, returnTo } = openStarted(keyring, kept);
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
      const granted = await asking(async () =>
        oidc.authorizationCodeGrant(await provider(), new URL(`${redirectUri}${query}`), checks),
      );
      return { ...signInOf(granted, null), returnTo };
    },
    open: async ({ userId, tokens, seconds }) => {
      const cookie = `${prefix}${randomBytes(32).toString('base64url')}`;
      const sessionHash = hashOfSecret(cookie);
      const endsAt = new Date(Date.now() + maxAgeMs);
      const session = { userId, sessionHash, tokens: keyring.seal(tokens, sessionHash), endsAt };
      await asUser(
        db,
        userId,
        async (trx) => await createPageSession(trx, { ...session, renewAt: inSeconds(seconds) }),
      );
      return { cookie, endsAt };
    },
    read: async (cookie) => {
      const sessionHash = hashOfSecret(cookie);
      const userId = await ownerOf(db, 'page_sessions', sessionHash);
      if (userId === null) throw ended();
      const row = await asUser(db, userId, (trx) => findPageSession(trx, sessionHash));
      if (row === undefined || row.endsAt.getTime() <= Date.now()) throw ended();
      if (row.renewAt.getTime() <= Date.now()) await renew(userId, sessionHash, row.tokens);
      return userId;
    },
    end: async (userId, cookie) => {
      const sessionHash = hashOfSecret(cookie);
      const row = await asUser(db, userId, async (trx) => {
        const found = await findPageSession(trx, sessionHash);
        await deletePageSession(trx, sessionHash);
        return found;
      });
      const tokens = row === undefined ? null : openTokens(keyring, row.tokens, sessionHash);
      return tokens === null ? null : await endSessionUrl(provider, tokens.idToken, config.publicUrl);
    },
  };
  return sessions;

  async function renew(userId: string, sessionHash: string, sealed: unknown): Promise<void> {
    if (!(await asUser(db, userId, (trx) => takeRenewal(trx, sessionHash, renewalSeconds)))) return;
    const tokens = openTokens(keyring, sealed, sessionHash);
    try {
      if (tokens === null || tokens.refreshToken === null) throw ended();
      const { refreshToken } = tokens;
      const granted = await asking(async () => oidc.refreshTokenGrant(await provider(), refreshToken));
      const { tokens: renewed, seconds } = signInOf(granted, tokens);
      const change = { tokens: keyring.seal(renewed, sessionHash), renewAt: inSeconds(seconds) };
      await asUser(db, userId, (trx) => renewPageSession(trx, sessionHash, change));
    } catch (error) {
      if (error instanceof Problem && error.status === 401)
        await asUser(db, userId, (trx) => deletePageSession(trx, sessionHash));
      throw error;
    }
  }
}

type Granted = Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>;

/** @param before the tokens that were renewed: a provider may send no new ID token and keep the refresh token */
function signInOf(granted: Granted, before: StoredTokens | null): Omit<FinishedSignIn, 'returnTo'> {
  const subject = granted.claims()?.sub ?? before?.subject;
  const idToken = granted.id_token ?? before?.idToken;
  if (subject === undefined || idToken === undefined || (before !== null && subject !== before.subject)) throw ended();
  if (!isUserId(subject))
    throw new Problem(401, 'sign_in_failed', 'The provider’s `sub` must name a user (1 to 200 characters).');
  const refreshToken = granted.refresh_token ?? before?.refreshToken ?? null;
  const seconds = granted.expiresIn() ?? usualSeconds;
  return { userId: subject, tokens: { idToken, refreshToken, subject }, seconds };
}

/** Answers 401 if the provider refuses, and 503 if it does not answer. */
async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (isRefusal(error))
      throw new Problem(401, 'sign_in_failed', 'The sign-in was not completed. Start it again.', {});
    throw unavailable(error);
  }
}

/** Whether the provider answered, and the answer says no or is not one for this sign-in. */
function isRefusal(error: unknown): boolean {
  if (error instanceof oidc.AuthorizationResponseError) return true;
  if (error instanceof oidc.ResponseBodyError) return error.status < 500;
  return error instanceof oidc.ClientError && !/TIMEOUT|RESPONSE_IS_NOT|NETWORK/.test(error.code ?? '');
}

function ended(): Problem {
  return new Problem(401, 'unauthenticated', 'The session has ended. Sign in again.');
}

async function endSessionUrl(
  provider: () => Promise<oidc.Configuration>,
  idToken: string,
  publicUrl: string,
): Promise<string | null> {
  const configuration = await provider().catch(() => null);
  if (configuration?.serverMetadata().end_session_endpoint === undefined) return null;
  return oidc.buildEndSessionUrl(configuration, {
    id_token_hint: idToken,
    post_logout_redirect_uri: `${publicUrl}/`,
  }).href;
}

/** Returns the path only if it is a page of ours, so that nobody is sent elsewhere after a sign-in. */
function ownPath(returnTo: string | undefined, publicUrl: string): string {
  const base = new URL(publicUrl);
  if (returnTo === undefined || !URL.canParse(returnTo, base.href)) return '/';
  const { origin, pathname, search, hash } = new URL(returnTo, base.href);
  // A path that begins with two slashes would be another host's address.
  return origin === base.origin && !pathname.startsWith('//') ? `${pathname}${search}${hash}` : '/';
}

function openStarted(keyring: Keyring, kept: string | undefined): z.infer<typeof started> {
  const failed = new Problem(
    401,
    'sign_in_failed',
    'This sign-in was not started in this browser, or took longer than ten minutes. Start it again.',
  );
  if (kept === undefined) throw failed;
  try {
    const read = started.parse(keyring.open(decode(kept), sealedAs));
    if (read.until < Date.now()) throw failed;
    return read;
  } catch {
    throw failed;
  }
}

/** @returns null if they were sealed with a key that is no longer configured */
function openTokens(keyring: Keyring, sealed: unknown, sessionHash: string): StoredTokens | null {
  try {
    return storedTokens.parse(keyring.open(sealed, sessionHash));
  } catch {
    return null;
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString());
const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
