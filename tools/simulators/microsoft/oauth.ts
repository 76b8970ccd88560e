/**
 * The Microsoft identity platform, v2: consent page, token, refresh (docs/vendors/onedrive.md#sign-in). A single grant
 * cannot be revoked.
 */

import { createHash, randomBytes } from 'node:crypto';
import type { SimRequest, SimResponse } from '../kit/server.ts';

export interface Grant {
  readonly email: string;
  readonly scopes: readonly string[];
  revoked: boolean;
}

interface Code {
  readonly grant: Grant;
  readonly challenge: string | undefined;
  readonly redirectUri: string;
  readonly expiresAt: number;
  used: boolean;
}

export interface OAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Consents automatically, as this account. */
  autoApproveAs?: string | undefined;
  expiresInS: number;
  /** Using a refresh token invalidates it; Microsoft's own stays valid for a while. */
  rejectOldRefreshTokens: boolean;
  /** A new sign-in step is required (multi-factor), so nothing can be refreshed any more. */
  interactionRequired: boolean;
  /** The account is disabled, or a policy blocks it. */
  blocked?: 50057 | 53003;
}

const tenant = /^\/(common|organizations|consumers|[0-9a-f-]{36})\/oauth2\/v2\.0\/(authorize|token)$/;
const codeLivesMs = 10 * 60_000;
const refreshLivesMs = 90 * 24 * 3_600_000;
/** Scopes that are granted but never listed in an answer. */
const unnamed = new Set(['offline_access', 'openid', 'profile', 'email']);

export class MicrosoftOAuth {
  readonly options: OAuthOptions;
  /** Milliseconds added to the clock. */
  skewMs = 0;
  readonly #access = new Map<string, { readonly grant: Grant; readonly expiresAt: number }>();
  readonly #refresh = new Map<string, { readonly grant: Grant; readonly expiresAt: number }>();
  readonly #issued: string[] = [];
  readonly #codes = new Map<string, Code>();
  readonly #emails: () => string[];

  constructor(options: OAuthOptions, emails: () => string[]) {
    this.options = options;
    this.#emails = emails;
  }

  /** Issues tokens without the consent page, like those a person pastes. */
  issue(email: string, scopes: readonly string[] = ['User.Read', 'Files.Read.All', 'offline_access']) {
    const grant: Grant = { email, scopes, revoked: false };
    return { accessToken: this.#newAccess(grant), refreshToken: this.#newRefresh(grant) };
  }

  /** All tokens ever issued, so that a test can search for them in places where they must not occur. */
  everIssued(): readonly string[] {
    return this.#issued;
  }

  /** Returns the grant of a valid token. */
  grantOf(authorization: string | undefined): Grant | null {
    const found = this.#access.get(authorization?.replace(/^Bearer /, '') ?? '');
    return found === undefined || found.grant.revoked || found.expiresAt <= this.#now() ? null : found.grant;
  }

  /** Invalidates every access token of this account; refreshing still works. */
  expireAccessTokens(email: string): void {
    for (const [token, { grant }] of this.#access) if (grant.email === email) this.#access.delete(token);
  }

  /** The person withdraws the permission on their account page. */
  revokeGrants(email: string): void {
    for (const { grant } of [...this.#access.values(), ...this.#refresh.values()])
      if (grant.email === email) grant.revoked = true;
  }

  handle(request: SimRequest): SimResponse | null {
    const endpoint = tenant.exec(request.path)?.[2];
    if (endpoint === 'authorize' && request.method === 'GET') return this.#authorize(request);
    if (endpoint !== 'token' || request.method !== 'POST') return null;
    if (request.willFail) return { status: 503 };
    if (!request.headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
      return refusal('invalid_request', 900144, "The request body must contain the following parameter: 'grant_type'.");
    return this.#token(new URLSearchParams(request.body.toString()));
  }

  #authorize({ query }: SimRequest): SimResponse {
    if (query['client_id'] !== this.options.clientId)
      return { status: 400, body: '<h1>AADSTS700016: Application was not found in the directory.</h1>' };
    const redirect = query['redirect_uri'] ?? '';
    if (!URL.canParse(redirect)) return { status: 400, body: '<h1>AADSTS50011: The redirect URI does not match.</h1>' };
    const scopes = (query['scope'] ?? '').split(' ').filter((scope) => scope !== '');
    if (query['response_type'] !== 'code' || scopes.length === 0 || (query['response_mode'] ?? 'query') !== 'query')
      return { status: 400, body: '<h1>AADSTS900144: A required parameter is missing.</h1>' };
    if (query['code_challenge'] !== undefined && query['code_challenge_method'] !== 'S256')
      return { status: 400, body: '<h1>AADSTS50148: The code_challenge_method is not supported here.</h1>' };
    const choice = query['choose'] ?? this.options.autoApproveAs;
    if (choice === undefined) return { status: 200, body: this.#consentPage(query) };
    const back = new URL(redirect);
    if (query['state'] !== undefined) back.searchParams.set('state', query['state']);
    if (choice === 'deny') {
      back.searchParams.set('error', 'access_denied');
      back.searchParams.set('error_description', 'AADSTS65004: User declined to consent to access the app.');
    } else {
      const code = `0.A${randomBytes(24).toString('base64url')}`;
      const grant: Grant = { email: choice, scopes, revoked: false };
      const expiresAt = this.#now() + codeLivesMs;
      this.#codes.set(code, {
        grant,
        challenge: query['code_challenge'],
        redirectUri: redirect,
        expiresAt,
        used: false,
      });
      back.searchParams.set('code', code);
    }
    return { status: 302, headers: { location: back.href } };
  }

  #consentPage(query: Readonly<Record<string, string>>): string {
    const link = (choose: string): string =>
      `?${new URLSearchParams({ ...query, choose }).toString().replaceAll('&', '&amp;')}`;
    const accounts = this.#emails().map((email) => `<li><a href="${link(email)}">Accept as ${email}</a></li>`);
    return `<!doctype html><title>Sign in (simulated Microsoft)</title><h1>Headwater wants to read your OneDrive</h1>
<p>This is a simulator on your own machine. Asked for: <code>${query['scope']?.replaceAll('<', '&lt;') ?? ''}</code></p>
<ul>${accounts.join('')}<li><a href="${link('deny')}">Cancel</a></li></ul>`;
  }

  #token(form: URLSearchParams): SimResponse {
    if (form.get('client_id') !== this.options.clientId)
      return refusal('unauthorized_client', 700016, 'Application was not found in the directory.');
    if (form.get('client_secret') !== this.options.clientSecret)
      return refusal('invalid_client', 7000215, 'Invalid client secret provided.', 401);
    if (form.get('grant_type') === 'authorization_code') return this.#exchange(form);
    if (form.get('grant_type') === 'refresh_token') return this.#refreshGrant(form.get('refresh_token') ?? '');
    return refusal('unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
  }

  #exchange(form: URLSearchParams): SimResponse {
    const code = this.#codes.get(form.get('code') ?? '');
    if (code === undefined || code.expiresAt <= this.#now())
      return refusal('invalid_grant', 70008, 'The provided authorization code has expired.');
    if (code.used) return refusal('invalid_grant', 54005, 'OAuth2 Authorization code was already redeemed.');
    if (code.redirectUri !== form.get('redirect_uri'))
      return refusal('invalid_grant', 500112, 'The reply address does not match the one of the authorization request.');
    const verifier = createHash('sha256').update(form.get('code_verifier') ?? '');
    if (code.challenge !== undefined && code.challenge !== verifier.digest('base64url'))
      return refusal('invalid_grant', 501481, 'The Code_Verifier does not match the code_challenge.');
    code.used = true;
    return this.#tokens(code.grant);
  }

  /** Every refresh issues a new refresh token. */
  #refreshGrant(token: string): SimResponse {
    if (this.options.interactionRequired)
      return refusal(
        'interaction_required',
        50076,
        'Due to a configuration change, you must use multi-factor authentication.',
      );
    if (this.options.blocked === 50057) return refusal('invalid_grant', 50057, 'The user account is disabled.');
    if (this.options.blocked === 53003)
      return refusal('interaction_required', 53003, 'Access has been blocked by Conditional Access policies.');
    const found = this.#refresh.get(token);
    if (found === undefined || found.grant.revoked || found.expiresAt <= this.#now())
      return refusal('invalid_grant', 70008, 'The refresh token has expired due to inactivity.');
    if (this.options.rejectOldRefreshTokens) this.#refresh.delete(token);
    return this.#tokens(found.grant);
  }

  #tokens(grant: Grant): SimResponse {
    const expiry = { expires_in: this.options.expiresInS, ext_expires_in: this.options.expiresInS };
    const offline = grant.scopes.includes('offline_access');
    return {
      status: 200,
      account: grant.email,
      body: {
        token_type: 'Bearer',
        scope: grant.scopes.filter((scope) => !unnamed.has(scope)).join(' '),
        ...expiry,
        access_token: this.#newAccess(grant),
        ...(offline ? { refresh_token: this.#newRefresh(grant) } : {}),
        // Issued by the person's tenant, not by `common`; a client that only needs access should ignore it.
        id_token: idToken(this.options.clientId, grant.email),
      },
    };
  }

  #newAccess(grant: Grant): string {
    const token = `eyJ0eXAi${randomBytes(32).toString('base64url')}`;
    this.#issued.push(token);
    this.#access.set(token, { grant, expiresAt: this.#now() + this.options.expiresInS * 1000 });
    return token;
  }

  #newRefresh(grant: Grant): string {
    const token = `0.AXEA${randomBytes(32).toString('base64url')}`;
    this.#issued.push(token);
    this.#refresh.set(token, { grant, expiresAt: this.#now() + refreshLivesMs });
    return token;
  }

  #now(): number {
    return Date.now() + this.skewMs;
  }
}

function refusal(error: string, code: number, text: string, status = 400): SimResponse {
  const trace = { timestamp: '2026-01-15 10:00:00Z', trace_id: '0000', correlation_id: '1111' };
  const error_description = `AADSTS${code}: ${text} Trace ID: 0000 Correlation ID: 1111 Timestamp: 2026-01-15 10:00:00Z`;
  return { status, body: { error, error_description, error_codes: [code], ...trace } };
}

function idToken(audience: string, email: string): string {
  const issuer = 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0';
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ typ: 'JWT', alg: 'RS256' })}.${part({ iss: issuer, aud: audience, sub: email })}.c2lnbmF0dXJl`;
}
