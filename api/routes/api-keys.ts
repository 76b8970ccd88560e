import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type ApiKeyRow, createApiKey, listApiKeys, revokeApiKey } from '../../db/access/api-keys.ts';
import type { UserTransaction } from '../../db/access/as-user.ts';
import { countOwned } from '../../db/access/count-owned.ts';
import { listCollections } from '../../db/documents/collections.ts';
import { findDataSource } from '../../db/sources/data-sources.ts';
import { keyScopes } from '../../domain/api-keys.ts';
import { newApiKey } from '../api-keys.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, invalidField, notFound, tooMany } from '../problem.ts';
import * as schemas from '../schemas.ts';

const root = '/api/keys';
/** How many keys may stand in the list for each that may be valid. */
const revokedForEach = 20;
const ids = z.array(schemas.id).min(1, 'must not be empty').max(100);

/** Keys that a user gives to programs. */
export const apiKeyRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(readRoutes);
    await app.register(writeRoutes(deps));
  };

const readRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(root, {
    schema: { summary: 'List API keys', response: { 200: z.object({ keys: z.array(schemas.apiKey) }) } },
    handler: async ({ read }) => ({ keys: (await read(listApiKeys)).map(serializeKey) }),
  });

  app.get(`${root}/:id`, {
    schema: {
      summary: 'Show an API key',
      params: z.strictObject({ id: schemas.id }),
      response: { 200: z.object({ key: schemas.apiKey }) },
    },
    handler: async ({ read, params: { id } }) => {
      const keys = await read(listApiKeys);
      return {
        key: serializeKey(
          found(
            keys.find((key) => key.id === id),
            'API key',
          ),
        ),
      };
    },
  });
};

const writeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(root, {
      schema: {
        summary: 'Create an API key',
        description: 'The key is shown here and never again. Send it as Authorization: Bearer hw_…, also to /mcp.',
        body: z.strictObject({
          name: schemas.name,
          scope: z.enum(keyScopes).default('read').describe('each scope includes those before it'),
          dataSourceIds: ids.optional().describe('limits it to these sources'),
          projectIds: ids.optional().describe('limits it to documents in these projects'),
          expiresAt: schemas.instant.optional(),
        }),
        response: { 201: z.object({ key: schemas.apiKey, secret: z.string() }) },
      },
      handler: async ({ userId, write, body }, reply) => {
        const { name, scope, expiresAt = null } = body;
        if (expiresAt !== null && Date.parse(expiresAt) <= Date.now())
          throw invalidField('expiresAt', 'is in the past');
        const limits = { dataSourceIds: body.dataSourceIds ?? null, projectIds: body.projectIds ?? null };
        const { key, keyHash, hint } = newApiKey();
        const row = await write(async (trx) => {
          await checkNumber(trx, userId, deps.config.maxPerUser.keys);
          await checkLimits(trx, limits);
          return await createApiKey(trx, { userId, name, scope, expiresAt, keyHash, hint, ...limits });
        });
        return await reply.code(201).send({ key: serializeKey(row), secret: key });
      },
    });

    app.delete(root, {
      schema: {
        summary: 'Revoke an API key',
        description: 'It is rejected from now on. The list still contains it.',
        querystring: z.strictObject({ id: schemas.id }),
        response: { 200: z.object({ key: schemas.apiKey }) },
      },
      handler: async ({ write, query: { id } }) => {
        const row = found(await write((trx) => revokeApiKey(trx, id)), 'API key');
        return { key: serializeKey(row) };
      },
    });
  };

/** Revoked keys stay in the list, so they have a limit of their own. @throws Problem 409 */
async function checkNumber(trx: UserTransaction, userId: string, max: number): Promise<void> {
  const all = await countOwned(trx, 'api_keys', userId);
  const valid = (await listApiKeys(trx)).filter(({ revokedAt }) => revokedAt === null);
  if (valid.length >= max || all >= max * revokedForEach) throw tooMany('keys', max);
}

/** Rejects limits that name nothing of this user. @throws Problem 404 */
async function checkLimits(
  trx: UserTransaction,
  limits: { readonly dataSourceIds: readonly string[] | null; readonly projectIds: readonly string[] | null },
): Promise<void> {
  for (const id of limits.dataSourceIds ?? []) found(await findDataSource(trx, id), 'data source');
  if (limits.projectIds === null) return;
  const projects = await listCollections(trx, 'project');
  if (!limits.projectIds.every((id) => projects.some((project) => project.id === id))) throw notFound('project');
}

function serializeKey(row: ApiKeyRow): z.infer<typeof schemas.apiKey> {
  return {
    ...row,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
