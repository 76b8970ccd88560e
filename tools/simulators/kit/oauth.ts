/**
 * A vendor's sign-in: consent page, code with PKCE, token, refresh, revoke. The differences between vendors are data.
 */

import { createHash, randomBytes } from 'node:crypto';
import type { SimRequest, SimResponse } from './server.ts';

export interface Grant {
  readonly email: string;
  readonly scopes: readonly string[];
  revoked: boolean;
}

interface Code {
  readonly grant: Grant;
  readonly challenge: string | undefined;
  readonly redirectUri: string;
  used: boolean;
}

export interface OAuthOptions {
  /** The name on the consent page. */
  readonly vendor: string;
  readonly paths: { readonly authorize: string; readonly token: string; readonly revoke: string | null };
  readonly clientId: string;
  readonly clientSecret: string;
  readonly prefixes: { readonly access: string; readonly refresh: string };
  /** Scopes of tokens that are issued without the consent page. */
  readonly defaultScopes: readonly string[];
  /** How a grant is revoked: with the token in the form, or as the bearer of the call. */
  readonly revokeBy: 'form' | 'bearer';
  /** Set if revoking one token ends all grants of the account for this client. */
  readonly revokesAll?: boolean;
  /** Fields that a vendor adds to its token answers. */
  readonly extra?: (email: string) => object;
  /** Consents automatically, as this account. */
  autoApproveAs?: string | undefined;
  expiresInS: number;
  /** Every refresh issues a new refresh token and invalidates the old one. */
  rotate: boolean;
}

/** The authorization server of one simulated vendor. Tests control its clock. */
export class OAuthServer {
  readonly options: OAuthOptions;
  /** Milliseconds added to the clock. */
  skewMs = 0;
  readonly #access = new Map<string, { readonly grant: Grant; readonly expiresAt: number }>();
  readonly #refresh = new Map<string, Grant>();
  /** All tokens ever issued, so that a test can search for them in places where they must not occur. */
  readonly #issued: string[] = [];
  readonly #codes = new Map<string, Code>();
  readonly #emails: () => string[];

  constructor(options: OAuthOptions, emails: () => string[]) {
    this.options = options;
    this.#emails = emails;
  }

  /** Issues tokens without the consent page, like those a person pastes. */
  issue(email: string, scopes: readonly string[] = this.options.defaultScopes, expiresInS = this.options.expiresInS) {
    const grant: Grant = { email, scopes, revoked: false };
    return { accessToken: this.#newAccess(grant, expiresInS), refreshToken: this.#newRefresh(grant) };
  }

  everIssued(): readonly string[] {
    return this.#issued;
  }

  /** Returns the grant of a valid token. */
  grantOf(authorization: string | undefined): Grant | null {
    const found = this.#access.get(authorization?.replace(/^Bearer /, '') ?? '');
    if (found === undefined || found.grant.revoked || found.expiresAt <= this.#now()) return null;
    return found.grant;
  }

  /** Invalidates every access token of this account; refreshing still works. */
  expireAccessTokens(email: string): void {
    for (const [token, { grant }] of this.#access) if (grant.email === email) this.#access.delete(token);
  }

  /** The person withdraws the permission. */
  revokeGrants(email: string): void {
    for (const { grant } of this.#access.values()) if (grant.email === email) grant.revoked = true;
    for (const grant of this.#refresh.values()) if (grant.email === email) grant.revoked = true;
  }

  handle(request: SimRequest): SimResponse | null {
    const { authorize, token, revoke } = this.options.paths;
    if (request.path === authorize) return this.#authorize(request);
    if (request.path === token && request.willFail) return { status: 503 };
    if (request.path === token && request.method === 'POST')
      return this.#token(new URLSearchParams(request.body.toString()));
    if (request.path === revoke && request.method === 'POST') return this.#revoke(request);
    return null;
  }

  #authorize({ query }: SimRequest): SimResponse {
    if (query['client_id'] !== this.options.clientId)
      return { status: 401, body: '<h1>Error 401: invalid_client</h1>' };
    const redirect = query['redirect_uri'] ?? '';
    if (!URL.canParse(redirect)) return { status: 400, body: '<h1>Error 400: redirect_uri_mismatch</h1>' };
    if (query['response_type'] !== 'code') return { status: 400, body: '<h1>Error 400: invalid_request</h1>' };
    const choice = query['choose'] ?? this.options.autoApproveAs;
    if (choice === undefined) return { status: 200, body: this.#consentPage(query) };
    const back = new URL(redirect);
    if (query['state'] !== undefined) back.searchParams.set('state', query['state']);
    if (choice === 'deny') back.searchParams.set('error', 'access_denied');
    else {
      const code = `4/${randomBytes(24).toString('base64url')}`;
      const grant: Grant = { email: choice, scopes: (query['scope'] ?? '').split(' '), revoked: false };
      this.#codes.set(code, { grant, challenge: query['code_challenge'], redirectUri: redirect, used: false });
      back.searchParams.set('code', code);
      back.searchParams.set('scope', query['scope'] ?? '');
    }
    return { status: 302, headers: { location: back.href } };
  }

  #consentPage(query: Readonly<Record<string, string>>): string {
    const link = (choose: string): string =>
      `?${new URLSearchParams({ ...query, choose }).toString().replaceAll('&', '&amp;')}`;
    const accounts = this.#emails().map((email) => `<li><a href="${link(email)}">Allow as ${email}</a></li>`);
    return `<!doctype html><title>Sign in (simulated ${this.options.vendor})</title><h1>Headwater wants to read from ${this.options.vendor}</h1>
<p>This is a simulator on your own machine. Asked for: <code>${query['scope']?.replaceAll('<', '&lt;') ?? ''}</code></p>
<ul>${accounts.join('')}<li><a href="${link('deny')}">Deny</a></li></ul>`;
  }

  #token(form: URLSearchParams): SimResponse {
    if (form.get('client_id') !== this.options.clientId || form.get('client_secret') !== this.options.clientSecret) {
      return { status: 401, body: { error: 'invalid_client', error_description: 'Unauthorized' } };
    }
    if (form.get('grant_type') === 'authorization_code') return this.#exchange(form);
    if (form.get('grant_type') === 'refresh_token') return this.#refreshGrant(form.get('refresh_token') ?? '');
    return { status: 400, body: { error: 'unsupported_grant_type', error_description: 'Invalid grant_type' } };
  }

  #exchange(form: URLSearchParams): SimResponse {
    const code = this.#codes.get(form.get('code') ?? '');
    if (code === undefined || code.used) return invalidGrant('Malformed auth code.');
    if (code.redirectUri !== form.get('redirect_uri'))
      return { status: 400, body: { error: 'redirect_uri_mismatch', error_description: 'Bad Request' } };
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (code.challenge !== undefined && code.challenge !== challenge) return invalidGrant('Invalid code verifier.');
    code.used = true;
    return this.#tokens(code.grant, this.#newRefresh(code.grant));
  }

  #refreshGrant(token: string): SimResponse {
    const grant = this.#refresh.get(token);
    if (grant === undefined || grant.revoked) return invalidGrant('Token has been expired or revoked.');
    if (!this.options.rotate) return this.#tokens(grant, undefined);
    this.#refresh.delete(token);
    return this.#tokens(grant, this.#newRefresh(grant));
  }

  #tokens(grant: Grant, refreshToken: string | undefined): SimResponse {
    return {
      status: 200,
      account: grant.email,
      body: {
        access_token: this.#newAccess(grant, this.options.expiresInS),
        expires_in: this.options.expiresInS,
        ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
        scope: grant.scopes.join(' '),
        token_type: 'Bearer',
        ...this.options.extra?.(grant.email),
      },
    };
  }

  #revoke({ query, body, headers }: SimRequest): SimResponse {
    if (this.options.revokeBy === 'bearer') return this.#revokeBearer(headers.authorization);
    const token = query['token'] ?? new URLSearchParams(body.toString()).get('token') ?? '';
    const grant = this.#access.get(token)?.grant ?? this.#refresh.get(token);
    if (grant === undefined || grant.revoked)
      return { status: 400, body: { error: 'invalid_token', error_description: 'Token expired or revoked' } };
    grant.revoked = true;
    if (this.options.revokesAll === true) this.revokeGrants(grant.email);
    return { status: 200, body: {}, account: grant.email };
  }

  #revokeBearer(authorization: string | undefined): SimResponse {
    const grant = this.grantOf(authorization);
    if (grant === null)
      return {
        status: 401,
        body: { error_summary: 'invalid_access_token/', error: { '.tag': 'invalid_access_token' } },
      };
    grant.revoked = true;
    return { status: 200, body: null, account: grant.email };
  }

  #newAccess(grant: Grant, expiresInS: number): string {
    const token = `${this.options.prefixes.access}${randomBytes(32).toString('base64url')}`;
    this.#issued.push(token);
    this.#access.set(token, { grant, expiresAt: this.#now() + expiresInS * 1000 });
    return token;
  }

  #newRefresh(grant: Grant): string {
    const token = `${this.options.prefixes.refresh}${randomBytes(32).toString('base64url')}`;
    this.#issued.push(token);
    this.#refresh.set(token, grant);
    return token;
  }

  #now(): number {
    return Date.now() + this.skewMs;
  }
}

function invalidGrant(description: string): SimResponse {
  return { status: 400, body: { error: 'invalid_grant', error_description: description } };
}
