import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { countOwned } from '../../db/access/count-owned.ts';
import { countStale } from '../../db/items/stale.ts';
import {
  createTransformation,
  deleteTransformation,
  findCurrentHashes,
  findTransformation,
  listTransformations,
  type TransformationRow,
  updateTransformation,
} from '../../db/documents/transformations.ts';
import { configSchemas } from '../../content/transformations/configs.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { requireNewPatterns } from '../new-patterns.ts';
import { found, invalidFields, notFound, tooMany } from '../problem.ts';
import { previewTransformations, reprocess } from '../reprocess.ts';
import * as schemas from '../schemas.ts';
import * as shapes from '../transformation-schemas.ts';
import { workerWarning } from '../worker-presence.ts';

const root = '/api/transformations';
const answer = z.object({ transformation: shapes.transformation });

/** Transformations of text between reading and chunking, in order, for one type of source or for all. */
export const transformationRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(readRoutes);
    await app.register(writeRoutes(deps));
    await app.register(processingRoutes(deps));
  };

const readRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(root, {
    schema: {
      summary: 'List transformations',
      description: 'In execution order.',
      response: { 200: z.object({ transformations: z.array(shapes.transformation) }) },
    },
    handler: async ({ read }) => ({
      transformations: (await read(listTransformations)).map(serializeTransformation),
    }),
  });

  app.get(`${root}/:id`, {
    schema: {
      summary: 'Show a transformation',
      params: z.strictObject({ id: schemas.id }),
      response: { 200: answer },
    },
    handler: async ({ read, params: { id } }) => {
      const row = found(await read((trx) => findTransformation(trx, id)), 'transformation');
      return { transformation: serializeTransformation(row) };
    },
  });
};

const writeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(root, {
      schema: {
        summary: 'Add a transformation',
        description:
          'It applies to what is synced from now on. Stored documents are stale until they are processed again.',
        body: shapes.newTransformation,
        response: { 201: answer },
      },
      handler: async ({ userId, write, body, signal }, reply) => {
        const { transformationType: type, config } = body;
        await requireNewPatterns(deps, { userId, signal }, [{ path: ['config'], type, config }]);
        const max = deps.config.maxPerUser.transformations;
        const row = await write(async (trx) => {
          if ((await countOwned(trx, 'etl_transformations', userId)) >= max) throw tooMany('transformations', max);
          return await createTransformation(trx, { ...body, userId });
        });
        return await reply.code(201).send({ transformation: serializeTransformation(row) });
      },
    });

    app.put(root, {
      schema: {
        summary: 'Change a transformation',
        body: shapes.transformationChange,
        response: { 200: answer },
      },
      handler: async ({ userId, read, write, body: { id, config, ...change }, signal }) => {
        const checked = config && (await checkedConfig(deps, { userId, read, signal }, id, config));
        const row = found(
          await write((trx) => updateTransformation(trx, id, { ...change, config: checked })),
          'transformation',
        );
        return { transformation: serializeTransformation(row) };
      },
    });

    app.delete(root, {
      schema: {
        summary: 'Delete a transformation',
        querystring: z.strictObject({ id: schemas.id }),
        response: { 200: z.object({ deleted: z.object({ id: schemas.id }) }) },
      },
      handler: async ({ write, query: { id } }) => {
        const deleted = await write((trx) => deleteTransformation(trx, id));
        if (!deleted) throw notFound('transformation');
        return { deleted: { id } };
      },
    });
  };

/** Tries transformations, and applies changed ones to stored documents. */
const processingRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(`${root}/preview`, {
      schema: {
        summary: 'Try transformations on a document',
        description: 'Stores nothing and calls no vendor. Long texts are cut to 100,000 characters.',
        body: shapes.previewRequest,
        response: { 200: z.object({ preview: shapes.preview }) },
      },
      handler: async ({ userId, body, signal }) => ({
        preview: await previewTransformations(deps, userId, body, signal),
      }),
    });

    app.get(`${root}/stale`, {
      schema: {
        summary: 'List stale documents, whose transformations have changed',
        description:
          'Counts are per source. The next sync of a source processes them; POST /api/transformations/reprocess does it at once.',
        response: { 200: z.object({ sources: z.array(shapes.staleSource) }) },
      },
      handler: async ({ read }) => ({
        sources: await read(async (trx) => await countStale(trx, await findCurrentHashes(trx), deps.pipelineVersion)),
      }),
    });

    app.post(`${root}/reprocess`, {
      schema: {
        summary: 'Process stale documents again',
        description:
          'Starts one job for each source with stale items. It uses the stored original text; items without one are fetched again.',
        body: z.strictObject({ dataSourceId: schemas.id.optional() }),
        response: {
          202: z.object({
            jobs: z.array(schemas.job),
            notStarted: z.array(z.object({ dataSourceId: schemas.id, code: z.string(), message: z.string() })),
            warning: schemas.startWarning,
          }),
        },
      },
      handler: async ({ userId, body }, reply) => {
        const started = await reprocess(deps, userId, body);
        const warning = started.jobs.length === 0 ? null : await workerWarning(deps);
        return await reply.code(202).send({ ...started, warning });
      },
    });
  };

/**
 * Checks a changed config against the type of its transformation, which never changes.
 * @throws Problem 404; 400 with each invalid field below `config`
 */
async function checkedConfig(
  deps: ApiDependencies,
  who: Pick<FastifyRequest, 'userId' | 'read' | 'signal'>,
  id: string,
  config: object,
): Promise<object> {
  const existing = found(await who.read((trx) => findTransformation(trx, id)), 'transformation');
  const { transformationType: type, config: stored } = existing;
  const read = configSchemas[type].safeParse(config);
  if (!read.success)
    throw invalidFields(
      read.error.issues.map(({ path, message }) => ({ field: ['config', ...path].join('.'), message })),
    );
  await requireNewPatterns(deps, who, [{ path: ['config'], type, config: read.data, stored }]);
  return read.data;
}

/** The config was validated when it was saved; the answer's schema validates it again. */
function serializeTransformation(row: TransformationRow): z.infer<typeof shapes.transformation> {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  } as z.infer<typeof shapes.transformation>;
}
