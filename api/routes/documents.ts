import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { findDataSource } from '../../db/sources/data-sources.ts';
import type { UserTransaction } from '../../db/access/as-user.ts';
import type { PagePosition } from '../../db/access/cursors.ts';
import {
  countDocuments,
  type DocumentOrder,
  type DocumentRow,
  findDocument,
  listChunks,
  listDocuments,
  listLatestDocuments,
  listSortedDocuments,
} from '../../db/documents/document-queries.ts';
import { findRecordedHistory, findLastFullListing } from '../../db/items/item-history.ts';
import { isWithinKey, withinKey } from '../api-keys.ts';
import { itemHistory } from '../item-history.ts';
import { serializeDocument } from '../serializers.ts';
import { found, notFound } from '../problem.ts';
import * as schemas from '../schemas.ts';
import { pageOf, readCursor, readIdCursor, readSortCursor } from '../paging.ts';

const fullDocument = schemas.document.extend({
  text: z.string(),
  chunks: z.array(z.object({ id: schemas.id, ordinal: z.number(), text: z.string(), tokens: z.number() })).optional(),
});

/** Lists and reads synced documents. */
export const documentRoutes = (): FastifyPluginAsyncZod => async (app) => {
  await app.register(listRoutes);
  await app.register(readRoutes);
};

const listRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get('/api/documents', {
    schema: {
      summary: 'List documents',
      description:
        'In the order of their creation, newest first: page after page has every document that exists all the while, once. `order=changed` shows the latest change first; a document that changes meanwhile moves to the front. `title`, `modified` and `tokens` sort by title, by the latest modification at the source and by size.',
      querystring: z.strictObject({
        dataSourceId: schemas.id.optional(),
        sourceType: schemas.sourceType.optional(),
        mimeType: z.string().max(200).optional(),
        projectId: schemas.id.optional(),
        tagId: schemas.id.optional(),
        text: z.string().min(1).max(200).optional().describe('part of the title or the path'),
        order: z.enum(['created', 'changed', 'title', 'modified', 'tokens']).default('created'),
        total: schemas.flag.default(false).describe('with the number of all documents that match'),
        limit: schemas.limit,
        cursor: schemas.textCursor,
      }),
      response: {
        200: z.object({
          documents: z.array(schemas.document),
          nextCursor: schemas.nextCursor,
          total: z.number().nullable().describe('null if it was not asked for, or exceeds 100,000'),
        }),
      },
    },
    handler: async ({ read, apiKey, query }) => {
      const filter = withinKey(apiKey, {
        dataSourceIds: query.dataSourceId === undefined ? undefined : [query.dataSourceId],
        sourceTypes: query.sourceType === undefined ? undefined : [query.sourceType],
        mimeTypes: query.mimeType === undefined ? undefined : [query.mimeType],
        projectIds: query.projectId === undefined ? undefined : [query.projectId],
        tagIds: query.tagId === undefined ? undefined : [query.tagId],
        text: query.text,
      });
      const rowCount = query.limit + 1;
      const { rows, total } = await read(async (trx) => ({
        rows: await listInOrder(trx, filter, query, rowCount),
        total: query.total ? await countDocuments(trx, filter) : null,
      }));
      const { page, nextCursor } = pageOf(rows, query.limit, ({ place }) => place);
      return { documents: page.map(({ row }) => serializeDocument(row)), nextCursor, total };
    },
  });
};

const readRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get('/api/documents/history', {
    schema: {
      summary: 'Show the history of one item',
      description:
        'Shows when it was found, what each job did with it, why it was skipped or failed, and when it is retried.',
      querystring: z
        .strictObject({
          dataSourceId: schemas.id,
          externalId: z.string().min(1).max(4096).optional(),
          path: z.string().min(1).max(8192).optional(),
        })
        .refine((query) => (query.externalId === undefined) !== (query.path === undefined), {
          path: ['externalId'],
          message: 'set either externalId or path',
        }),
      response: { 200: schemas.itemHistory },
    },
    handler: ({ read, query: { dataSourceId, externalId, path } }) =>
      read(async (trx) => {
        found(await findDataSource(trx, dataSourceId), 'data source');
        const key = externalId === undefined ? { path: path ?? '' } : { externalId };
        return itemHistory(
          await findRecordedHistory(trx, dataSourceId, key),
          await findLastFullListing(trx, dataSourceId),
        );
      }),
  });

  app.get('/api/documents/:id', {
    schema: {
      summary: 'Read a document',
      params: z.strictObject({ id: schemas.id }),
      querystring: z.strictObject({ chunks: schemas.flag.default(false) }),
      response: { 200: z.object({ document: fullDocument }) },
    },
    handler: async ({ read, apiKey, params: { id }, query }) => {
      const { row, chunks } = await read(async (trx) => {
        const document = found(await findDocument(trx, id), 'document');
        if (!isWithinKey(apiKey, document)) throw notFound('document');
        return { row: document, chunks: await listChunks(trx, id) };
      });
      const text = chunks.map((chunk) => chunk.text).join('');
      return { document: { ...serializeDocument(row), text, ...(query.chunks ? { chunks } : {}) } };
    },
  });
};

interface Listed {
  readonly row: DocumentRow;
  /** The position after this document, at which the next page begins. */
  readonly place: PagePosition | string;
}

/** @throws Problem 400 for a cursor of another order */
async function listInOrder(
  trx: UserTransaction,
  filter: Parameters<typeof listDocuments>[1],
  { order, cursor }: { readonly order: 'created' | 'changed' | DocumentOrder; readonly cursor?: string | undefined },
  limit: number,
): Promise<Listed[]> {
  switch (order) {
    case 'created': {
      const rows = await listDocuments(trx, filter, limit, readIdCursor(cursor));
      return rows.map((row) => ({ row, place: row.id }));
    }
    case 'changed': {
      const rows = await listLatestDocuments(trx, filter, limit, readCursor(cursor));
      return rows.map((row) => ({ row, place: { at: row.updatedAt.toISOString(), id: row.id } }));
    }
    case 'title':
    case 'modified':
    case 'tokens': {
      const rows = await listSortedDocuments(trx, filter, order, limit, readSortCursor(cursor, order));
      return rows.map(({ sortValue, ...row }) => ({ row, place: JSON.stringify([order, sortValue, row.id]) }));
    }
  }
}
