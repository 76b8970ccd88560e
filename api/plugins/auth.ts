import { timingSafeEqual } from 'node:crypto';
import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Kysely } from 'kysely';
import type { ApiKeyRow } from '../../db/access/api-keys.ts';
import type { Database } from '../../db/access/database.ts';
import type { Config } from '../../platform/config.ts';
import { isLocal } from '../../domain/sign-in.ts';
import { isApiKey, readApiKey, requireScope } from '../api-keys.ts';
import { isPageSession, type PageSessions } from '../page-sessions.ts';
import type { McpSignIn } from '../mcp-sign-in.ts';
import { Problem } from '../problem.ts';
import { asymmetric, keySetOf, verifyToken } from '../verify-token.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The user of this request. Empty on public routes. */
    userId: string;
    /** The key that the request came with; null for a person. */
    apiKey: ApiKeyRow | null;
  }
  interface FastifyInstance {
    /** The user that the request identifies, also on a public route. @throws Problem 401, 403 */
    identify(request: FastifyRequest): Promise<string>;
  }
  interface FastifyContextConfig {
    /** Needs no sign-in: health, documentation, the OAuth callback (its state identifies the user). */
    readonly public?: boolean;
    /** For operators, whose token is enough: where users sign in, the request needs no user. The route checks it. */
    readonly forOperators?: boolean;
    /** Accepts the OpenID provider's access tokens for assistants. */
    readonly acceptsAccessTokens?: boolean;
    /** The origin whose pages may also ask this route where nobody signs in. */
    readonly acceptsOrigin?: string | null;
    /** Accepts any Host header, because each request is verified by its signature. */
    readonly anyHost?: boolean;
  }
}

export interface AuthOptions {
  readonly config: Config;
  readonly db: Kysely<Database>;
  /** The page's own sessions; null without an OpenID provider. */
  readonly sessions?: PageSessions | null;
  /** The access tokens of the OpenID provider that open `/mcp`; null without a provider. */
  readonly mcpSignIn?: McpSignIn | null;
}

/** The single user of an installation without sign-in. */
export const localUser = 'local';

/**
 * The page's session cookie contains the JWT itself. The prefix makes browsers require Secure, this host and all its
 * paths.
 */
export const sessionCookie = '__Host-headwater';

/**
 * Identifies the user of each request: by an API key, by a session of the page, by a JWT if a secret or a key set is
 * configured, otherwise as the one local user.
 */
export const authPlugin = fastifyPlugin(
  async (app: FastifyInstance, { config, db, sessions = null, mcpSignIn = null }: AuthOptions) => {
    await app.register(cookie);
    const verify = createVerifier(config);
    const identify = async (request: FastifyRequest): Promise<string> => {
      const cookieValue = request.cookies[sessionCookie];
      if (sessions !== null && isPageSession(cookieValue) && bearerOf(request) === undefined) {
        refuseForgery(request, config);
        return await sessions.read(cookieValue);
      }
      return verify === null ? localUser : await verify(request);
    };
    app.decorateRequest('userId', '');
    app.decorateRequest('apiKey', null);
    app.decorate('identify', identify);
    app.addHook('onRequest', async (request) => {
      if (verify === null && request.routeOptions.config.anyHost !== true) refuseForeignPages(request);
      const { public: isPublic, forOperators } = request.routeOptions.config;
      if (isPublic === true || request.is404) return;
      if (verify !== null && forOperators === true && isOperatorAlone(config, request)) return;
      const token = bearerOf(request);
      if (!isApiKey(token)) {
        const isForMcp = request.routeOptions.config.acceptsAccessTokens === true && mcpSignIn?.isMeant(token) === true;
        request.userId = isForMcp ? await mcpSignIn.verify(token) : await identify(request);
        return;
      }
      const { userId, key } = await readApiKey(db, token);
      requireScope(request, key);
      Object.assign(request, { userId, apiKey: key });
    });
  },
  { name: 'auth', dependencies: ['errors'] },
);

/**
 * Admits operators only; the local user of an installation without JWT is its operator. Where no user signs in, the token
 * may also be the bearer token, because Prometheus' operator sends no other header.
 * @throws Problem 403
 */
export function requireAdmin(config: Config, request: FastifyRequest): void {
  if (isOperator(config, request)) return;
  throw new Problem(403, 'admin_only', 'This is for operators only. Send the ADMIN_TOKEN in the header X-Admin-Token.');
}

/** Whether a request may do what only operators may. */
export function isOperator(config: Config, request: FastifyRequest): boolean {
  const { adminToken } = config.auth;
  const given = request.headers['x-admin-token'] ?? bearerOf(request);
  if (adminToken === undefined && isLocal(config.auth)) return true;
  return typeof given === 'string' && isAdminToken(config, given);
}

/** Whether the request comes with the operator's token and nothing that identifies a user. */
function isOperatorAlone(config: Config, request: FastifyRequest): boolean {
  const token = tokenIn(request);
  return isOperator(config, request) && (token === undefined || isAdminToken(config, token));
}

/** Compared in constant time. */
export function isAdminToken({ auth: { adminToken } }: Config, given: string): boolean {
  return adminToken !== undefined && isSame(given, adminToken);
}

function createVerifier(config: Config): ((request: FastifyRequest) => Promise<string>) | null {
  const { jwksUrl, jwtSecret, issuer, audience } = config.auth;
  const claims = { ...(issuer === undefined ? {} : { issuer }), ...(audience === undefined ? {} : { audience }) };
  if (jwksUrl !== undefined) {
    const options = { ...claims, algorithms: asymmetric };
    const keys = keySetOf(jwksUrl, 'JWKS_URL');
    return async (request) => await verifyToken(tokenOf(request, config), keys, options);
  }
  if (isLocal(config.auth)) return null;
  if (jwtSecret === undefined)
    return () =>
      Promise.reject(
        new Problem(401, 'unauthenticated', 'Sign in on the page, or send an API key: Authorization: Bearer hw_…'),
      );
  const secret = new TextEncoder().encode(jwtSecret);
  return async (request) =>
    await verifyToken(tokenOf(request, config), () => Promise.resolve(secret), {
      ...claims,
      algorithms: ['HS256'],
    });
}

/**
 * Takes the token from the header, which other sites cannot make a browser send, or else from the page's cookie, which
 * they could.
 */
function tokenOf(request: FastifyRequest, config: Config): string {
  const token = tokenIn(request);
  if (token === undefined)
    throw new Problem(
      401,
      'unauthenticated',
      'Authentication is required. Send a JWT or an API key: Authorization: Bearer …',
    );
  if (bearerOf(request) === undefined) refuseForgery(request, config);
  return token;
}

/**
 * The token by which a request identifies its user, not verified yet. Another scheme in the header does not prevent the
 * use of the cookie.
 */
export function tokenIn(request: FastifyRequest): string | undefined {
  return bearerOf(request) ?? request.cookies[sessionCookie];
}

export function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/** A browser sends the origin of the page that makes a changing request. It must be one of ours. */
function refuseForgery({ method, headers }: FastifyRequest, { publicUrl }: Config): void {
  if (safeMethods.includes(method)) return;
  const { origin = '' } = headers;
  const isOurs =
    origin === new URL(publicUrl).origin || (URL.canParse(origin) && new URL(origin).host === headers.host);
  if (!isOurs)
    throw new Problem(403, 'foreign_origin', 'Changes with a cookie are accepted only from Headwater’s own pages.');
}

/**
 * Without sign-in the browser is the risk: another site must not reach us from its own origin (Origin) or through a
 * name of its own that resolves to this machine (Host).
 */
function refuseForeignPages(request: FastifyRequest): void {
  if (!isLoopbackHost(request.headers.host ?? '')) {
    throw new Problem(403, 'foreign_host', 'Without sign-in, Headwater accepts requests to localhost only.');
  }
  const { origin } = request.headers;
  if (origin !== undefined && origin === request.routeOptions.config.acceptsOrigin) return;
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== request.headers.host)) {
    throw foreignOrigin();
  }
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = request.headers;
  // An image or a frame on another site sends no origin. A link that a person follows is allowed, wherever it is.
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  if (!isOwn && !(mode === 'navigate' && dest === 'document')) throw foreignOrigin();
}

function foreignOrigin(): Problem {
  return new Problem(403, 'foreign_origin', 'Without sign-in, Headwater accepts requests from its own pages only.');
}

function isLoopbackHost(host: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host);
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
