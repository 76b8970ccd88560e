/** API keys: how they are created and recognized, and which routes each scope allows. */

import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { type ApiKeyRow, useApiKey } from '../db/access/api-keys.ts';
import { asUser, ownerOf } from '../db/access/as-user.ts';
import type { Database } from '../db/access/database.ts';
import { isLimited, type KeyLimits, type KeyScope, keyScopes } from '../domain/api-keys.ts';
import type { DocumentFilter } from '../domain/documents.ts';
import { hashOfSecret } from '../domain/secret-hash.ts';
import { Problem } from './problem.ts';

/** People and secret scanners recognize a leaked key by this prefix. */
const prefix = 'hw_';
const randomLength = 32;
const hintLength = prefix.length + 6;

export function newApiKey(): { readonly key: string; readonly keyHash: string; readonly hint: string } {
  const key = `${prefix}${randomBytes(randomLength).toString('base64url')}`;
  return { key, keyHash: hashOfSecret(key), hint: key.slice(0, hintLength) };
}

export function isApiKey(token: string | undefined): token is string {
  return token?.startsWith(prefix) === true;
}

/** Finds the user of a key and what it allows. @throws Problem 401 */
export async function readApiKey(
  db: Kysely<Database>,
  token: string,
): Promise<{ readonly userId: string; readonly key: ApiKeyRow }> {
  const keyHash = hashOfSecret(token);
  const userId = await ownerOf(db, 'api_keys', keyHash);
  const key = userId === null ? undefined : await asUser(db, userId, (trx) => useApiKey(trx, keyHash));
  if (userId === null || key === undefined || key.revokedAt !== null)
    throw new Problem(401, 'unauthenticated', 'The API key is not valid: it was revoked, or never was one of ours.');
  if (key.expiresAt !== null && key.expiresAt.getTime() <= Date.now())
    throw new Problem(401, 'key_expired', 'The API key has expired; its owner can make another.');
  return { userId, key };
}

interface RouteRule {
  readonly routes: RegExp;
  /** `person`: no key is accepted. */
  readonly needs: KeyScope | 'person';
  /** Whether the route applies the limits of a key. Routes that do not reject limited keys. */
  readonly heedsLimits?: true;
}

/** The first match counts. Without a match, GET requires `read` and any other method `admin`. */
const rules: readonly RouteRule[] = [
  { routes: /^\w+ \/api\/(keys|session|user)\b/, needs: 'person' },
  { routes: /^POST \/api\/(search|context)$/, needs: 'read', heedsLimits: true },
  { routes: /^\w+ \/mcp$/, needs: 'read', heedsLimits: true },
  { routes: /^GET \/api\/documents(\/:id)?$/, needs: 'read', heedsLimits: true },
  { routes: /^POST \/api\/(transformations|scheduled-syncs)\/preview$/, needs: 'read' },
  { routes: /^POST \/api\/data-sources\/sync$/, needs: 'sync', heedsLimits: true },
  { routes: /^(POST|DELETE) \/api\/data-sources\/sync\b/, needs: 'sync' },
  { routes: /^POST \/api\/transformations\/reprocess$/, needs: 'sync' },
  { routes: /^(GET|PUT) \/api\/data-sources\/:id\/files$/, needs: 'sync', heedsLimits: true },
  { routes: /^GET \/api\/data-sources\/:id\/connect$/, needs: 'admin' },
  { routes: /^GET \/api\/audit-events\b/, needs: 'admin' },
];

/** Returns the permission that a route such as `GET /api/documents/:id` requires. */
export function ruleOf(route: string): Pick<RouteRule, 'needs' | 'heedsLimits'> {
  return rules.find(({ routes }) => routes.test(route)) ?? { needs: route.startsWith('GET ') ? 'read' : 'admin' };
}

/** @throws Problem 403 if the key does not allow this route */
export function requireScope({ method, routeOptions }: FastifyRequest, key: ApiKeyRow): void {
  const { needs, heedsLimits } = ruleOf(`${method === 'HEAD' ? 'GET' : method} ${routeOptions.url ?? ''}`);
  if (needs === 'person')
    throw new Problem(403, 'needs_a_person', 'No API key opens this: sign in yourself, and try again.');
  if (keyScopes.indexOf(key.scope) < keyScopes.indexOf(needs))
    throw new Problem(403, 'key_scope', `This needs a key with the scope "${needs}"; this one has "${key.scope}".`);
  if (isLimited(key) && heedsLimits !== true)
    throw new Problem(403, 'key_limited', 'A key that is limited to sources or projects does not open this.');
}

/** Narrows a filter to what a limited key may read. @throws Problem 403 if the filter names anything else */
export function withinKey<Filter extends DocumentFilter>(limits: KeyLimits | null, filter: Filter): Filter {
  if (limits === null) return filter;
  const dataSourceIds = narrow(limits.dataSourceIds, filter.dataSourceIds);
  const projectIds = narrow(limits.projectIds, filter.projectIds);
  return {
    ...filter,
    ...(dataSourceIds === undefined ? {} : { dataSourceIds }),
    ...(projectIds === undefined ? {} : { projectIds }),
  };
}

/** Like `listWithinKey`, for a search, which is faster without a filter. */
export function searchWithinKey(
  limits: KeyLimits | null,
  filter: DocumentFilter | undefined,
): DocumentFilter | undefined {
  return limits === null || !isLimited(limits) ? filter : withinKey(limits, filter ?? {});
}

function narrow(
  allowed: readonly string[] | null,
  asked: readonly string[] | undefined,
): readonly string[] | undefined {
  if (allowed === null || asked === undefined) return allowed ?? asked;
  const both = asked.filter((id) => allowed.includes(id));
  if (both.length === 0) throw new Problem(403, 'key_limited', 'The key is limited to other sources or projects.');
  return both;
}

/** A sync covers a whole source, so a key for projects cannot start one. @throws Problem 403 */
export function refuseOutsideKey(limits: KeyLimits | null, dataSourceId: string): void {
  if (limits === null || !isLimited(limits)) return;
  if (limits.projectIds === null && limits.dataSourceIds?.includes(dataSourceId) === true) return;
  throw new Problem(403, 'key_limited', 'The key is limited to other sources or projects.');
}

/** Whether a key with these limits may read the document. */
export function isWithinKey(
  limits: KeyLimits | null,
  document: { readonly dataSourceId: string | null; readonly projects: readonly { readonly id: string }[] },
): boolean {
  if (limits === null) return true;
  const { dataSourceIds, projectIds } = limits;
  const inSource =
    dataSourceIds === null || (document.dataSourceId !== null && dataSourceIds.includes(document.dataSourceId));
  return inSource && (projectIds === null || document.projects.some(({ id }) => projectIds.includes(id)));
}
