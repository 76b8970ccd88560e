/**
 * Slack's OAuth v2 (docs/vendors/slack.md#sign-in): consent, code, user tokens below `authed_user`, rotation,
 * revocation. Failures have status 200.
 */

import { randomBytes } from 'node:crypto';
import type { SimRequest, SimResponse } from '../kit/server.ts';
import type { SlackState } from './state.ts';

export interface Grant {
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly isBot: boolean;
  /** Granted for the whole organization. */
  readonly isOrgWide: boolean;
  revoked: boolean;
}

export interface OAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Consents automatically, as the person with this handle. */
  autoApproveAs?: string | undefined;
  /** Tokens are valid for twelve hours and have a refresh token; without rotation they never expire. */
  rotation: boolean;
}

export const allScopes = [
  ...['channels', 'groups', 'im', 'mpim'].flatMap((kind) => [`${kind}:read`, `${kind}:history`]),
  'users:read',
  'files:read',
];
const lifetimeS = 43_200;

export class SlackOAuth {
  readonly options: OAuthOptions;
  /** Milliseconds added to the clock. */
  skewMs = 0;
  readonly #state: SlackState;
  readonly #access = new Map<string, { readonly grant: Grant; readonly expiresAt: number }>();
  readonly #refresh = new Map<string, Grant>();
  readonly #codes = new Map<string, { readonly grant: Grant; readonly redirectUri: string }>();
  readonly #issued: string[] = [];

  constructor(options: OAuthOptions, state: SlackState) {
    this.options = options;
    this.#state = state;
  }

  /** Issues tokens without the consent page, like those a person pastes. */
  issue(userId: string, over: Partial<Omit<Grant, 'userId' | 'revoked'>> = {}) {
    const grant: Grant = { userId, scopes: allScopes, isBot: false, isOrgWide: false, revoked: false, ...over };
    return { accessToken: this.#newAccess(grant), refreshToken: this.#newRefresh(grant) };
  }

  /** All tokens ever issued, so that a test can search for them in places where they must not occur. */
  everIssued(): readonly string[] {
    return this.#issued;
  }

  /** Returns the grant of a valid token, or the error code of a refusal. */
  grantOf(
    authorization: string | undefined,
  ): Grant | 'not_authed' | 'invalid_auth' | 'token_expired' | 'token_revoked' {
    if (authorization === undefined) return 'not_authed';
    const found = this.#access.get(authorization.replace(/^Bearer /, ''));
    if (found === undefined) return 'invalid_auth';
    if (found.grant.revoked) return 'token_revoked';
    return found.expiresAt <= Date.now() + this.skewMs ? 'token_expired' : found.grant;
  }

  expireAccessTokens(): void {
    for (const [token, { grant }] of this.#access) this.#access.set(token, { grant, expiresAt: 0 });
  }

  revokeGrants(userId: string): void {
    for (const { grant } of this.#access.values()) if (grant.userId === userId) grant.revoked = true;
    for (const grant of this.#refresh.values()) if (grant.userId === userId) grant.revoked = true;
  }

  handle(request: SimRequest, args: Readonly<Record<string, string>>): SimResponse | null {
    if (request.path === '/oauth/v2/authorize' && request.method === 'GET') return this.#authorize(request);
    if (request.path === '/api/oauth.v2.access') return request.willFail ? { status: 503 } : this.#token(args);
    return request.path === '/api/auth.revoke' ? this.#revoke(request, args) : null;
  }

  #authorize({ query }: SimRequest): SimResponse {
    if (query['client_id'] !== this.options.clientId) return { status: 200, body: '<h1>Invalid client_id</h1>' };
    const redirect = query['redirect_uri'] ?? '';
    if (!URL.canParse(redirect)) return { status: 200, body: '<h1>redirect_uri did not match</h1>' };
    const scopes = (query['user_scope'] ?? '').split(',').filter((scope) => scope !== '');
    if (scopes.length === 0 && !query['scope']) return { status: 200, body: '<h1>No scopes requested</h1>' };
    if (scopes.some((scope) => !/^[a-z:.]+$/.test(scope)))
      return { status: 200, body: '<h1>Invalid permissions requested</h1>' };
    const choice = query['choose'] ?? this.options.autoApproveAs;
    if (choice === undefined) return { status: 200, body: this.#consentPage(query) };
    const back = new URL(redirect);
    if (query['state'] !== undefined) back.searchParams.set('state', query['state']);
    if (choice === 'deny') back.searchParams.set('error', 'access_denied');
    else {
      const code = `${randomBytes(8).toString('hex')}.${randomBytes(24).toString('hex')}`;
      const grant = { userId: this.#state.user(choice), scopes, isBot: false, isOrgWide: false, revoked: false };
      this.#codes.set(code, { grant, redirectUri: redirect });
      back.searchParams.set('code', code);
    }
    return { status: 302, headers: { location: back.href } };
  }

  #consentPage(query: Readonly<Record<string, string>>): string {
    const link = (choose: string): string =>
      `?${new URLSearchParams({ ...query, choose }).toString().replaceAll('&', '&amp;')}`;
    const people = [...this.#state.users.values()].filter((user) => !user.isBot);
    const items = people.map(({ name }) => `<li><a href="${link(name)}">Allow as ${name}</a></li>`);
    return `<!doctype html><title>Sign in (simulated Slack)</title><h1>Headwater wants to read from Slack</h1>
<p>This is a simulator on your own machine. Asked for: <code>${query['user_scope']?.replaceAll('<', '&lt;') ?? ''}</code></p>
<ul>${items.join('')}<li><a href="${link('deny')}">Deny</a></li></ul>`;
  }

  #token(args: Readonly<Record<string, string>>): SimResponse {
    if (args['client_id'] !== this.options.clientId) return refusal('invalid_client_id');
    if (args['client_secret'] !== this.options.clientSecret) return refusal('bad_client_secret');
    if (args['grant_type'] === 'refresh_token') return this.#refreshGrant(args['refresh_token'] ?? '');
    const code = this.#codes.get(args['code'] ?? '');
    if (code === undefined) return refusal('invalid_code');
    if (code.redirectUri !== args['redirect_uri']) return refusal('bad_redirect_uri');
    this.#codes.delete(args['code'] ?? '');
    const own = { id: code.grant.userId, ...this.#tokens(code.grant) };
    return { status: 200, body: { ok: true, app_id: 'A0SIM', authed_user: own, ...this.#place() } };
  }

  /** Using a refresh token invalidates it. A refreshed user token is at the top level. */
  #refreshGrant(token: string): SimResponse {
    const grant = this.#refresh.get(token);
    if (grant === undefined || grant.revoked) return refusal('invalid_refresh_token');
    this.#refresh.delete(token);
    return { status: 200, body: { ok: true, app_id: 'A0SIM', ...this.#tokens(grant), ...this.#place() } };
  }

  #tokens(grant: Grant): object {
    const rotation = { refresh_token: this.#newRefresh(grant), expires_in: lifetimeS };
    return {
      scope: grant.scopes.join(','),
      access_token: this.#newAccess(grant),
      token_type: 'user',
      ...(this.options.rotation ? rotation : {}),
    };
  }

  #place(): object {
    const [team] = this.#state.teams;
    return {
      team: { id: team?.[0], name: team?.[1] },
      enterprise: this.#state.enterprise,
      is_enterprise_install: false,
    };
  }

  #revoke({ headers }: SimRequest, args: Readonly<Record<string, string>>): SimResponse {
    const grant = this.grantOf(headers.authorization);
    if (typeof grant === 'string') return refusal(grant);
    if (args['test'] !== '1') grant.revoked = true;
    return { status: 200, body: { ok: true, revoked: args['test'] !== '1' } };
  }

  #newAccess(grant: Grant): string {
    const prefix = `${this.options.rotation ? 'xoxe.' : ''}${grant.isBot ? 'xoxb' : 'xoxp'}-1-`;
    const token = `${prefix}${randomBytes(32).toString('base64url')}`;
    this.#issued.push(token);
    const expiresAt = this.options.rotation ? Date.now() + this.skewMs + lifetimeS * 1000 : Number.POSITIVE_INFINITY;
    this.#access.set(token, { grant, expiresAt });
    return token;
  }

  #newRefresh(grant: Grant): string {
    const token = `xoxe-1-${randomBytes(32).toString('base64url')}`;
    this.#issued.push(token);
    this.#refresh.set(token, grant);
    return token;
  }
}

function refusal(error: string): SimResponse {
  return { status: 200, body: { ok: false, error } };
}
