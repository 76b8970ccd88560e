import * as oauth from 'oauth4webapi';
import type { VendorSettings } from '../../platform/config.ts';
import type { OAuthDescription } from '../connectors/oauth.ts';
import { type ErrorCode, isErrorCode } from '../../domain/error-codes.ts';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import { noAnswerMessage, operatorReason } from '../../domain/no-answer.ts';
import { isCode } from '../connectors/answers.ts';
import { basic, fetchAsJson, fetchSignIn, requireRevoked, standardAnswer, tokenResponse } from './oauth-dialects.ts';

/** The values that are stored for a connection, encrypted. */
export interface StoredTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Milliseconds since 1970; null if unknown, and then the token is used until it is refused. */
  readonly expiresAt: number | null;
}

/** The sign-in at one vendor, with the application that this installation has registered there. */
export interface OAuthClient {
  /** Builds the address of the consent page. `verifier` stays here; only its hash is sent (PKCE, S256). */
  authorizationUrl(request: {
    readonly redirectUri: string;
    readonly state: string;
    readonly verifier: string;
  }): Promise<string>;
  /** @param callback the address that the vendor redirected the person to, with `code` and `state` */
  exchange(
    callback: URL,
    request: { readonly redirectUri: string; readonly state: string; readonly verifier: string },
  ): Promise<StoredTokens>;
  /**
   * Takes no abort signal and stops only at its own timeout: a vendor that rotates refresh tokens has already
   * invalidated the old one when its answer arrives, so the answer must not be lost.
   * @throws SyncError `unauthorized` for `invalid_grant`, `unavailable` for everything else
   */
  refresh(refreshToken: string): Promise<StoredTokens>;
  /**
   * Revokes the grant at the vendor. A grant that is already revoked is not an error. @throws if the vendor supports no
   * revocation, or does not answer
   */
  revoke(tokens: StoredTokens): Promise<void>;
}

const timeoutMs = 20_000;
/** A token is refreshed this long before it expires, in milliseconds. */
export const refreshHeadroomMs = 60_000;

/** @throws SyncError `invalid_input` naming the variables that are missing */
export function createOAuthClient(description: OAuthDescription, settings: VendorSettings): OAuthClient {
  const { clientId, clientSecret } = settings;
  if (clientId === undefined || clientSecret === undefined) {
    const prefix = description.vendor.toUpperCase();
    throw new SyncError('invalid_input', {
      code: 'oauth_not_configured',
      message: `Sign-in is not set up for this vendor. The operator must set ${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET. Until then, you can provide a token obtained elsewhere (PUT /api/data-sources/:id/credentials).`,
    });
  }
  const { dialect } = description;
  const authUrl = settings.authUrl ?? description.authUrl;
  const revokeUrl = settings.revokeUrl ?? description.revokeUrl;
  const server: oauth.AuthorizationServer = {
    issuer: new URL(authUrl).origin,
    authorization_endpoint: authUrl,
    token_endpoint: settings.tokenUrl ?? description.tokenUrl,
    ...(revokeUrl === null ? {} : { revocation_endpoint: revokeUrl }),
  };
  const client: oauth.Client = { client_id: clientId };
  const isJson = description.requests === 'json_basic';
  const usesPkce = description.pkce !== false;
  const authenticate = isJson ? basic(clientId, clientSecret) : oauth.ClientSecretPost(clientSecret);
  const options = {
    [oauth.customFetch]: isJson ? fetchAsJson : fetchSignIn,
    [oauth.allowInsecureRequests]: isLoopback(server.token_endpoint),
    signal: () => AbortSignal.timeout(timeoutMs),
  };
  const refresh = async (refreshToken: string): Promise<StoredTokens> => {
    const response = await oauth.refreshTokenGrantRequest(server, client, authenticate, refreshToken, options);
    const answer = await tokenResponse(await standardAnswer(response, description), description);
    return toStored(await oauth.processRefreshTokenResponse(server, client, answer), refreshToken);
  };
  return {
    authorizationUrl: async ({ redirectUri, state, verifier }) => {
      const url = new URL(authUrl);
      const params = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        ...(description.scopes.length === 0
          ? {}
          : { [dialect?.scopeParameter ?? 'scope']: description.scopes.join(dialect?.scopeSeparator ?? ' ') }),
        state,
        ...(usesPkce
          ? { code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' }
          : {}),
        ...description.extraAuthorizeParams,
      };
      for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
      return url.href;
    },
    exchange: (callback, { redirectUri, state, verifier }) =>
      translated(description, async () => {
        const params = oauth.validateAuthResponse(server, client, callback, state);
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          authenticate,
          params,
          redirectUri,
          usesPkce ? verifier : oauth.nopkce,
          options,
        );
        const answer = await tokenResponse(await standardAnswer(response, description), description);
        const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer);
        requireScopes(description, tokens.scope);
        return toStored(tokens, null);
      }),
    refresh: (refreshToken) => translated(description, () => refresh(refreshToken)),
    revoke: async (tokens) => {
      if (revokeUrl === null)
        throw new SyncError('unsupported', {
          message: 'This vendor does not let apps end a sign-in. End it in the account’s settings at the vendor.',
        });
      await translated(description, async () => {
        if (description.revokeBy === 'bearer') return await revokeBearer(description, revokeUrl, tokens, refresh);
        const token =
          description.revokeBy === 'access_token' ? tokens.accessToken : (tokens.refreshToken ?? tokens.accessToken);
        const response = await oauth.revocationRequest(server, client, authenticate, token, options);
        // For a grant that no longer exists, Google answers 400 `invalid_token`; other vendors answer 200.
        await requireRevoked(await standardAnswer(response, description), description);
      });
    },
  };
}

/** This call needs a valid access token, so an expired one is refreshed first. */
async function revokeBearer(
  description: OAuthDescription,
  url: string,
  tokens: StoredTokens,
  refresh: (refreshToken: string) => Promise<StoredTokens>,
): Promise<void> {
  const call = async (accessToken: string): Promise<Response> => {
    const headers = { authorization: `Bearer ${accessToken}` };
    const init = { method: 'POST', headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) } as const;
    return await standardAnswer(await fetchSignIn(url, init), description);
  };
  let answer = await call(tokens.accessToken);
  if (answer.status === 401 && tokens.refreshToken !== null)
    answer = await call((await refresh(tokens.refreshToken)).accessToken);
  await requireRevoked(answer, description);
}

/** Generates a PKCE verifier and a state, 32 random bytes each. */
export const newVerifier = oauth.generateRandomCodeVerifier;
export const newState = oauth.generateRandomState;

function toStored(tokens: oauth.TokenEndpointResponse, previousRefreshToken: string | null): StoredTokens {
  return {
    accessToken: tokens.access_token,
    // Google issues a refresh token only once; other vendors issue a new one with every refresh.
    refreshToken: tokens.refresh_token ?? previousRefreshToken,
    expiresAt: endOf(tokens.expires_in),
  };
}

/**
 * A token that would have to be refreshed as soon as it is received counts as one of unknown lifetime and is used until
 * it is refused: otherwise each call would refresh it, and several processes would never see one that they may use.
 */
function endOf(lifetimeSeconds: number | undefined): number | null {
  if (lifetimeSeconds === undefined || lifetimeSeconds * 1000 <= 2 * refreshHeadroomMs) return null;
  return Date.now() + lifetimeSeconds * 1000;
}

/** People can clear individual permissions on the consent page. */
function requireScopes(description: OAuthDescription, granted: string | undefined): void {
  if (granted === undefined) return;
  const all = [...granted.split(' '), ...(description.unnamedScopes ?? [])];
  const missing = description.scopes.filter((scope) => !all.includes(scope));
  if (missing.length > 0) {
    const named = missing.map(
      (scope) => `"${scope}"${description.purposes?.[scope] === undefined ? '' : ` (${description.purposes[scope]})`}`,
    );
    throw new SyncError('insufficient_scope', {
      message: `A required permission was not granted: ${named.join(', ')}. Connect again and leave all boxes checked.`,
    });
  }
}

/**
 * Error codes that only a person can resolve. The last ones are Microsoft's (multi-factor, consent) and standard OpenID
 * Connect.
 */
const signInCodes: ReadonlySet<ErrorCode> = new Set([
  'invalid_grant',
  'invalid_token',
  'interaction_required',
  'login_required',
  'consent_required',
] as const);
/** The vendor refused the registered application itself, usually because its secret is wrong or has expired. */
const setUpCodes: ReadonlySet<ErrorCode> = new Set(['invalid_client', 'unauthorized_client'] as const);
/** Google's words for an application that was deleted or switched off (docs/vendors/google-drive.md#sign-in). */
const endedClients: ReadonlySet<string> = new Set(['deleted_client', 'disabled_client']);
/** What to say of a refusal that gives no other reason. */
export const signInEnded = 'The sign-in was revoked or has expired. Connect the account again.';

/** Drops the original error because it may contain the request with its secrets. */
async function translated<T>({ refusals = {} }: OAuthDescription, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isSyncError(error)) throw error;
    const known = (text: string): string | undefined =>
      Object.entries(refusals).find(([word]) => new RegExp(`\\b${word}\\b`).test(text))?.[1];
    if (error instanceof oauth.AuthorizationResponseError) {
      throw new SyncError('invalid_input', {
        code: error.error === 'access_denied' ? 'access_denied' : 'sign_in_refused',
        message: known(`${error.error} ${error.error_description ?? ''}`) ?? refusalMessage(error.error),
      });
    }
    const answered = error instanceof oauth.ResponseBodyError ? error.error : 'no answer';
    const description = error instanceof oauth.ResponseBodyError ? error.error_description : undefined;
    const code = codeOf(answered);
    const reason = known(`${answered} ${description ?? ''}`);
    if (signInCodes.has(code) || reason !== undefined) {
      throw new SyncError('unauthorized', {
        code: signInCodes.has(code) ? code : 'sign_in_refused',
        message: reason ?? signInEnded,
        operatorMessage: `oauth: ${isCode(answered) ? answered : 'refused'}`,
      });
    }
    if (setUpCodes.has(code)) {
      throw new SyncError('invalid_input', {
        code,
        message:
          'The vendor refused this installation’s application. The operator must check the client id and secret.',
        operatorMessage: `oauth: ${answered}`,
      });
    }
    throw new SyncError('unavailable', {
      code: 'token_endpoint_unavailable',
      message: noAnswerMessage('The vendor’s sign-in service', error),
      operatorMessage: `oauth: ${answered}${operatorReason(error)}`,
    });
  }
}

function codeOf(answered: string): ErrorCode {
  if (endedClients.has(answered)) return 'invalid_client';
  return isErrorCode(answered) ? answered : 'token_endpoint_unavailable';
}

function refusalMessage(code: string): string {
  return code === 'access_denied'
    ? 'The sign-in was declined, so nothing was connected.'
    : `The vendor refused the sign-in (${code}).`;
}

/** Plain http is allowed only for simulators on this machine. */
function isLoopback(url: string | undefined): boolean {
  const { protocol, hostname } = new URL(url ?? 'https://invalid');
  return protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
