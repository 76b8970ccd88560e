import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { definitionOf } from '../../sources/connectors/registry.ts';
import { countOwned } from '../../db/access/count-owned.ts';
import { createDataSource, findDataSource, listDataSources, updateDataSource } from '../../db/sources/data-sources.ts';
import { workflowIds, workflowTypes } from '../../domain/contract.ts';
import type { SourceType } from '../../domain/source.ts';
import { startDeletion } from '../deletion.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { serializeDataSource } from '../serializers.ts';
import { found, Problem, tooMany } from '../problem.ts';
import { checkChangeNotifications, requestSubscriptionCheck } from '../change-notifications.ts';
import { applySchedules } from './scheduled-syncs.ts';
import * as schemas from '../schemas.ts';

const config = z.record(z.string(), z.unknown()).describe('what to sync; the fields depend on the source type');

export const dataSourceRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(readRoutes);
    await app.register(writeRoutes(deps));
    await app.register(changeRoutes(deps));
    await app.register(deleteRoutes(deps));
  };

const readRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get('/api/data-sources', {
    schema: { summary: 'List sources', response: { 200: z.object({ dataSources: z.array(schemas.dataSource) }) } },
    handler: async ({ read }) => ({
      dataSources: (await read((trx) => listDataSources(trx))).map(serializeDataSource),
    }),
  });

  app.get('/api/data-sources/:id', {
    schema: {
      summary: 'Show a source',
      params: z.strictObject({ id: schemas.id }),
      response: { 200: z.object({ dataSource: schemas.dataSource }) },
    },
    handler: async ({ read, params: { id } }) => {
      const row = found(await read((trx) => findDataSource(trx, id)), 'data source');
      return { dataSource: serializeDataSource(row) };
    },
  });
};

const writeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.post('/api/data-sources', {
      schema: {
        summary: 'Add a source',
        body: z.strictObject({
          name: schemas.name,
          sourceType: schemas.sourceType,
          config: config.default({}),
          syncFrequency: schemas.syncFrequency.default('manual'),
        }),
        response: { 201: z.object({ dataSource: schemas.dataSource }) },
      },
      handler: async ({ userId, write, body, signal, log }, reply) => {
        const checked = checkConfig(body.sourceType, body.config);
        const accountLabel = await checkNow(deps, body.sourceType, checked, signal);
        const row = await write(async (trx) => {
          if ((await countOwned(trx, 'data_sources', userId)) >= deps.config.maxPerUser.sources)
            throw tooMany('sources', deps.config.maxPerUser.sources);
          return await createDataSource(trx, { ...body, userId, config: checked, accountLabel });
        });
        if (row.syncFrequency !== 'manual') await applySchedules(deps, log, userId, row.id);
        return await reply.code(201).send({ dataSource: serializeDataSource(row) });
      },
    });
  };

const changeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.put('/api/data-sources', {
      schema: {
        summary: 'Change a source',
        body: z.strictObject({
          id: schemas.id,
          name: schemas.name.optional(),
          config: config.optional(),
          syncFrequency: schemas.syncFrequency.optional(),
          isActive: z.boolean().optional(),
          changeNotificationsEnabled: z
            .boolean()
            .optional()
            .describe('request change notifications from the vendor: a subscription is created there on your behalf'),
        }),
        response: { 200: z.object({ dataSource: schemas.dataSource }) },
      },
      handler: async ({ userId, read, write, body, signal, log }) => {
        const { id, config: asked, ...rest } = body;
        const existing = found(await read((trx) => findDataSource(trx, id)), 'data source');
        if (rest.changeNotificationsEnabled === true) checkChangeNotifications(deps.config, existing.sourceType);
        const checked = asked === undefined ? undefined : checkConfig(existing.sourceType, asked);
        const label = checked === undefined ? null : await checkNow(deps, existing.sourceType, checked, signal);
        const change = { ...rest, config: checked, accountLabel: label ?? undefined };
        const row = found(await write((trx) => updateDataSource(trx, id, change)), 'data source');
        if (rest.isActive !== undefined || rest.syncFrequency !== undefined)
          await applySchedules(deps, log, userId, id);
        if (
          rest.changeNotificationsEnabled !== undefined ||
          (rest.isActive !== undefined && row.changeNotificationsEnabled)
        )
          await requestSubscriptionCheck(deps, log, userId, id);
        return { dataSource: serializeDataSource(row) };
      },
    });
  };

const deleteRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.delete('/api/data-sources', {
      schema: {
        summary: 'Delete a source and its documents',
        querystring: z.strictObject({ id: schemas.id, keepDocuments: schemas.flag.default(false) }),
        response: { 202: z.object({ deletion: schemas.deletion }) },
      },
      handler: async ({ userId, read, write, query, log }, reply) => {
        const { id, keepDocuments } = query;
        const before = found(await read((trx) => findDataSource(trx, id)), 'data source');
        const switchTo = async (isActive: boolean): Promise<void> => {
          await write((trx) => updateDataSource(trx, id, { isActive }));
          if (before.changeNotificationsEnabled) await requestSubscriptionCheck(deps, log, userId, id);
        };
        await switchTo(false);
        try {
          const deletion = await startDeletion(deps, userId, {
            type: workflowTypes.deleteSource,
            workflowId: workflowIds.deletion(id),
            input: { dataSourceId: id, userId, keepDocuments },
            summary: 'Deletes a source and its documents',
          });
          return await reply.code(202).send({ deletion });
        } catch (error) {
          // If the deletion could not be started, the source stays as it was.
          if (before.isActive) await switchTo(true);
          throw error;
        }
      },
    });
  };

/** @throws Problem 400 with each invalid field below `config` */
function checkConfig(sourceType: SourceType, value: object): object {
  const parsed = definitionOf(sourceType).config.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    field: ['config', ...issue.path].join('.'),
    message: issue.message,
  }));
  throw new Problem(400, 'invalid_request', errors.map((e) => `${e.field}: ${e.message}`).join('; '), { errors });
}

/** Verifies a source without a sign-in now; others are verified when they are connected. @returns its label, or null */
async function checkNow(
  deps: ApiDependencies,
  sourceType: SourceType,
  checked: object,
  signal: AbortSignal,
): Promise<string | null> {
  if (definitionOf(sourceType).oauth !== null) return null;
  const { account } = await deps.checkSource({ sourceType, config: checked, tokens: null }, signal);
  return account;
}
