import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { UserTransaction } from '../../db/access/as-user.ts';
import { countOwned } from '../../db/access/count-owned.ts';
import { createRule, deleteRule, listRules } from '../../db/documents/assignment-rules.ts';
import {
  assignByHand,
  type CollectionKind,
  createCollection,
  deleteCollection,
  listCollections,
  renameCollection,
} from '../../db/documents/collections.ts';
import { findDataSource } from '../../db/sources/data-sources.ts';
import { pathGlob } from '../../content/transformations/configs.ts';
import { globToPattern } from '../../domain/path-globs.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, notFound, Problem, tooMany } from '../problem.ts';
import * as schemas from '../schemas.ts';

export const collection = z.object({
  id: schemas.id,
  name: z.string(),
  documents: z.number().describe('number of live documents in it'),
  createdAt: schemas.time,
});
export const rule = z.object({
  id: schemas.id,
  dataSourceId: schemas.id,
  path: z.string().nullable().describe('null for the whole source'),
  createdAt: schemas.time,
});
const params = z.strictObject({ id: schemas.id });
const documentIds = z.array(schemas.id).min(1, 'must not be empty').max(1000, 'must have at most 1,000 entries');

export const projectRoutes = (deps: ApiDependencies): FastifyPluginAsyncZod => collectionRoutes(deps, 'project');
export const tagRoutes = (deps: ApiDependencies): FastifyPluginAsyncZod => collectionRoutes(deps, 'tag');

type Parts = Readonly<ReturnType<typeof partsOf>>;

/** Projects and tags, the documents that a person adds to them, and the rules that assign synced documents. */
const collectionRoutes =
  (deps: ApiDependencies, kind: CollectionKind): FastifyPluginAsyncZod =>
  async (app) => {
    const parts = partsOf(kind);
    await app.register(ownRoutes(deps, kind, parts));
    await app.register(assignmentRoutes(kind, parts));
    await app.register(ruleRoutes(deps, kind, parts));
  };

/** Returns the parts in which projects and tags differ, for the routes that they share. */
function partsOf(kind: CollectionKind) {
  return {
    root: `/api/${kind}s`,
    answer: z.object({ [kind]: collection }),
    /** @throws Problem 404 */
    show: async (trx: UserTransaction, id: string) => {
      const [row] = await listCollections(trx, kind, id);
      return { [kind]: serializeRow(found(row, kind)) };
    },
  };
}

const ownRoutes =
  (deps: ApiDependencies, kind: CollectionKind, { root, answer, show }: Parts): FastifyPluginAsyncZod =>
  async (app) => {
    const { [`${kind}s` as const]: maxCollections } = deps.config.maxPerUser;

    app.get(root, {
      schema: { summary: `List ${kind}s`, response: { 200: z.object({ [`${kind}s`]: z.array(collection) }) } },
      handler: async ({ read }) => ({
        [`${kind}s`]: (await read((trx) => listCollections(trx, kind))).map(serializeRow),
      }),
    });

    app.get(`${root}/:id`, {
      schema: { summary: `Show a ${kind}`, params, response: { 200: answer } },
      handler: ({ read, params: { id } }) => read((trx) => show(trx, id)),
    });

    app.post(root, {
      schema: { summary: `Add a ${kind}`, body: z.strictObject({ name: schemas.name }), response: { 201: answer } },
      handler: async ({ userId, write, body: { name } }, reply) => {
        const added = await write(async (trx) => {
          if ((await countOwned(trx, `${kind}s`, userId)) >= maxCollections) throw tooMany(`${kind}s`, maxCollections);
          const id = await createCollection(trx, kind, { userId, name });
          return id === null ? null : await show(trx, id);
        });
        if (added === null) throw new Problem(409, 'name_taken', `A ${kind} with this name already exists.`);
        return await reply.code(201).send(added);
      },
    });

    app.put(root, {
      schema: {
        summary: `Rename a ${kind}`,
        body: z.strictObject({ id: schemas.id, name: schemas.name }),
        response: { 200: answer },
      },
      handler: ({ write, body }) =>
        write(async (trx) => {
          const outcome = await renameCollection(trx, kind, body);
          if (outcome === 'missing') throw notFound(kind);
          if (outcome === 'taken') throw new Problem(409, 'name_taken', `A ${kind} with this name already exists.`);
          return await show(trx, body.id);
        }),
    });

    app.delete(root, {
      schema: {
        summary: `Delete a ${kind}`,
        description: 'Deletes its assignments and rules too. The documents stay.',
        querystring: params,
        response: { 200: z.object({ deleted: z.object({ id: schemas.id }) }) },
      },
      handler: async ({ write, query: { id } }) => {
        if (!(await write((trx) => deleteCollection(trx, kind, id)))) throw notFound(kind);
        return { deleted: { id } };
      },
    });
  };

const assignmentRoutes =
  (kind: CollectionKind, { root, answer, show }: Parts): FastifyPluginAsyncZod =>
  async (app) => {
    for (const verb of ['assign', 'remove'] as const) {
      app.post(`${root}/:id/${verb}`, {
        schema: {
          summary: verb === 'assign' ? `Add documents to a ${kind}` : `Remove documents from a ${kind}`,
          description: 'Manual assignments are not changed by later syncs and rules.',
          params,
          body: z.strictObject({ documentIds }),
          response: { 200: answer },
        },
        handler: ({ userId, write, params: { id }, body }) =>
          write(async (trx) => {
            await show(trx, id);
            const wanted = new Set(body.documentIds);
            const change = { userId, id, documentIds: [...wanted], remove: verb === 'remove' };
            if ((await assignByHand(trx, kind, change)) < wanted.size) throw notFound('document');
            return await show(trx, id);
          }),
      });
    }
  };

const ruleRoutes =
  (deps: ApiDependencies, kind: CollectionKind, { root, show }: Parts): FastifyPluginAsyncZod =>
  async (app) => {
    const { rules: maxRules } = deps.config.maxPerUser;

    app.get(`${root}/:id/rules`, {
      schema: { summary: `List the rules of a ${kind}`, params, response: { 200: z.object({ rules: z.array(rule) }) } },
      handler: ({ read, params: { id } }) =>
        read(async (trx) => {
          await show(trx, id);
          return { rules: (await listRules(trx, kind, id)).map(serializeRow) };
        }),
    });

    app.post(`${root}/:id/rules`, {
      schema: {
        summary: `Assign synced documents to a ${kind}`,
        description:
          'Documents that are already stored are assigned at once. A path is a folder, or a pattern such as Reports/**/*.pdf.',
        params,
        body: z.strictObject({ dataSourceId: schemas.id, path: pathGlob.nullable().default(null) }),
        response: { 201: z.object({ rule }) },
      },
      handler: async ({ userId, write, params: { id }, body }, reply) => {
        const added = await write(async (trx) => {
          await show(trx, id);
          found(await findDataSource(trx, body.dataSourceId), 'data source');
          const pathPattern = body.path === null ? null : globToPattern(body.path);
          return await createRule(trx, kind, { userId, id, ...body, pathPattern }, maxRules);
        });
        if (added === null)
          throw new Problem(409, 'too_many', `It already has ${maxRules} rules, the limit. Delete one first.`);
        return await reply.code(201).send({ rule: serializeRow(added) });
      },
    });

    app.delete(`${root}/:id/rules`, {
      schema: {
        summary: `Delete a rule of a ${kind}`,
        description: 'Also removes its assignments, unless another rule or a person made them too.',
        params,
        querystring: z.strictObject({ ruleId: schemas.id }),
        response: { 200: z.object({ deleted: z.object({ id: schemas.id }) }) },
      },
      handler: async ({ write, params: { id }, query: { ruleId } }) => {
        if (!(await write((trx) => deleteRule(trx, kind, id, ruleId)))) throw notFound('rule');
        return { deleted: { id: ruleId } };
      },
    });
  };

function serializeRow<Row extends { readonly createdAt: Date }>(row: Row) {
  return { ...row, createdAt: row.createdAt.toISOString() };
}
