/**
 * Notion's sign-in: no scopes and no PKCE, JSON bodies with HTTP Basic, tokens without expiry, rotating refresh tokens
 * (docs/vendors/notion.md#sign-in).
 */

import { randomBytes, randomUUID } from 'node:crypto';
import type { SimRequest, SimResponse } from '../kit/server.ts';
import { apiError } from './errors.ts';

export type NotionCapability = 'read_content' | 'read_comments' | 'read_users';

export interface NotionGrant {
  readonly email: string;
  readonly capabilities: readonly NotionCapability[];
  /** The token of an internal connection: nobody signed in, and nothing can be refreshed. */
  readonly internal: boolean;
  revoked: boolean;
}

interface Code {
  readonly email: string;
  readonly redirectUri: string;
  used: boolean;
}

export interface NotionOAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The connection's capabilities, as configured in Notion. */
  capabilities: readonly NotionCapability[];
}

export const notionPaths = {
  authorize: '/v1/oauth/authorize',
  token: '/v1/oauth/token',
  revoke: '/v1/oauth/revoke',
} as const;

export class NotionOAuth {
  readonly options: NotionOAuthOptions;
  readonly #access = new Map<string, NotionGrant>();
  readonly #refresh = new Map<string, NotionGrant>();
  readonly #codes = new Map<string, Code>();
  readonly #issued: string[] = [];
  readonly #emails: () => string[];

  constructor(options: NotionOAuthOptions, emails: () => string[]) {
    this.options = options;
    this.#emails = emails;
  }

  /** Issues tokens without the consent page. */
  issue(email: string, capabilities = this.options.capabilities) {
    const grant: NotionGrant = { email, capabilities, internal: false, revoked: false };
    return { accessToken: this.#newAccess(grant), refreshToken: this.#newRefresh(grant) };
  }

  /** Issues the secret of an internal connection, like one that a person pastes. */
  issueInternal(email: string): string {
    return this.#newAccess({ email, capabilities: this.options.capabilities, internal: true, revoked: false });
  }

  everIssued(): readonly string[] {
    return this.#issued;
  }

  grantOf(authorization: string | undefined): NotionGrant | null {
    const grant = this.#access.get(authorization?.replace(/^Bearer /, '') ?? '');
    return grant === undefined || grant.revoked ? null : grant;
  }

  /** Invalidates every access token of this account; refreshing still works. */
  expireAccessTokens(email: string): void {
    for (const [token, grant] of this.#access) if (grant.email === email) this.#access.delete(token);
  }

  /** The person removes the connection. */
  revokeGrants(email: string): void {
    for (const grant of [...this.#access.values(), ...this.#refresh.values()]) {
      if (grant.email === email) grant.revoked = true;
    }
  }

  handle(request: SimRequest): SimResponse | null {
    const { method, path } = request;
    if (path === notionPaths.authorize) return this.#authorize(request);
    if (method !== 'POST' || (path !== notionPaths.token && path !== notionPaths.revoke)) return null;
    if (request.willFail) return { status: 503 };
    const basic = Buffer.from(`${this.options.clientId}:${this.options.clientSecret}`).toString('base64');
    if (request.headers.authorization !== `Basic ${basic}`) {
      return { status: 401, body: { error: 'invalid_client', request_id: randomUUID() } };
    }
    const body = readJson(request.body);
    if (body === null) return apiError(400, 'invalid_json', 'Error parsing JSON body.');
    return path === notionPaths.token ? this.#token(body) : this.#revoke(body);
  }

  #authorize({ query }: SimRequest): SimResponse {
    const redirect = query['redirect_uri'] ?? '';
    const isKnown = query['client_id'] === this.options.clientId && URL.canParse(redirect);
    if (!isKnown || query['response_type'] !== 'code' || query['owner'] !== 'user') {
      return { status: 400, body: '<h1>Missing or invalid parameters</h1>' };
    }
    const { choose } = query;
    if (choose === undefined) return { status: 200, body: this.#consentPage(query) };
    const back = new URL(redirect);
    if (query['state'] !== undefined) back.searchParams.set('state', query['state']);
    if (choose === 'deny') back.searchParams.set('error', 'access_denied');
    else {
      const code = randomUUID();
      this.#codes.set(code, { email: choose, redirectUri: redirect, used: false });
      back.searchParams.set('code', code);
    }
    return { status: 302, headers: { location: back.href } };
  }

  #consentPage(query: Readonly<Record<string, string>>): string {
    const link = (choose: string): string =>
      `?${new URLSearchParams({ ...query, choose }).toString().replaceAll('&', '&amp;')}`;
    const accounts = this.#emails().map((email) => `<li><a href="${link(email)}">Allow as ${email}</a></li>`);
    return `<!doctype html><title>Sign in (simulated Notion)</title><h1>Headwater wants to read from Notion</h1>
<p>This is a simulator on your own machine.</p><ul>${accounts.join('')}<li><a href="${link('deny')}">Deny</a></li></ul>`;
  }

  #token(body: Readonly<Record<string, unknown>>): SimResponse {
    if (body['grant_type'] === 'refresh_token') return this.#refreshGrant(String(body['refresh_token']));
    if (body['grant_type'] !== 'authorization_code') return apiError(400, 'invalid_request', 'Unsupported grant_type.');
    const code = this.#codes.get(String(body['code']));
    if (code === undefined || code.used) return invalidGrant('Invalid code: this code has been revoked.');
    if (code.redirectUri !== body['redirect_uri']) return invalidGrant('Invalid redirect_uri.');
    code.used = true;
    const { email } = code;
    return this.#tokens({ email, capabilities: this.options.capabilities, internal: false, revoked: false });
  }

  #refreshGrant(token: string): SimResponse {
    const grant = this.#refresh.get(token);
    if (grant === undefined || grant.revoked) return invalidGrant('Invalid refresh token.');
    this.#refresh.delete(token);
    for (const [access, of] of this.#access) if (of === grant) this.#access.delete(access);
    return this.#tokens(grant);
  }

  #tokens(grant: NotionGrant): SimResponse {
    const person = { object: 'user', id: 'u1', name: grant.email, avatar_url: null, type: 'person' };
    return {
      status: 200,
      account: grant.email,
      body: {
        access_token: this.#newAccess(grant),
        token_type: 'bearer',
        refresh_token: this.#newRefresh(grant),
        bot_id: randomUUID(),
        workspace_id: randomUUID(),
        workspace_name: 'Harbour',
        workspace_icon: null,
        owner: { type: 'user', user: { ...person, person: { email: grant.email } } },
        duplicated_template_id: null,
        request_id: randomUUID(),
      },
    };
  }

  #revoke(body: Readonly<Record<string, unknown>>): SimResponse {
    const grant = this.#access.get(String(body['token']));
    if (grant === undefined) return apiError(400, 'invalid_request', 'Invalid token.');
    grant.revoked = true;
    return { status: 200, body: { request_id: randomUUID() }, account: grant.email };
  }

  #newAccess(grant: NotionGrant): string {
    const token = `ntn_${randomBytes(24).toString('base64url')}`;
    this.#issued.push(token);
    this.#access.set(token, grant);
    return token;
  }

  #newRefresh(grant: NotionGrant): string {
    const token = `nrt_${randomBytes(24).toString('base64url')}`;
    this.#issued.push(token);
    this.#refresh.set(token, grant);
    return token;
  }
}

function readJson(body: Buffer): Record<string, unknown> | null {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** Uses the API's form instead of OAuth's, with the code where others have `error`. */
function invalidGrant(message: string): SimResponse {
  return apiError(400, 'invalid_grant', message);
}
