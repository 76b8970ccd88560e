import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { openFeed, readChanges } from '../../db/documents/changes.ts';
import { findDataSource } from '../../db/sources/data-sources.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { exportDocuments } from '../document-export.ts';
import { exportParquet } from '../parquet-export.ts';
import { cursorExpired, encodeFeedCursor, readFeedCursor } from '../feed-cursor.ts';
import { createOpenAnswers } from '../open-answers.ts';
import { found } from '../problem.ts';
import * as schemas from '../schemas.ts';
import { serializeDocument } from '../serializers.ts';

const parquetType = 'application/vnd.apache.parquet';
/** Exports that one user may read at once from this process. */
const maxExportsOfUser = 3;

/** Serves programs that keep a copy elsewhere: everything at first, and then what changes. */
export const documentChangeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(feedRoutes);
    await app.register(exportRoutes(deps));
  };

const feedRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get('/api/documents/changes', {
    schema: {
      summary: 'List changes of documents',
      description:
        'In the order in which they became visible, complete while syncs run. Without a cursor it begins with every document. A document is shown as it is now: several updates in a row are one. A deletion may name a document that was never shown.',
      querystring: z.strictObject({
        limit: schemas.limit,
        cursor: schemas.cursor.describe('`nextCursor` of the previous call, or the cursor of an export'),
      }),
      response: {
        200: z.object({
          changes: z.array(schemas.documentChange),
          nextCursor: z.string().describe('where to continue, now or later; valid for 30 days'),
          hasMore: z.boolean().describe('false: this was the last change until now'),
        }),
      },
    },
    handler: async ({ userId, write, query: { limit, cursor } }) => {
      const page = await write(async (trx) => {
        const after = cursor === undefined ? await openFeed(trx, userId) : readFeedCursor(cursor);
        return await readChanges(trx, userId, after, { limit, latestOnly: false });
      });
      if (page === null) throw cursorExpired();
      return {
        changes: page.changes.map(({ kind, at, documentId, dataSourceId, document }) => ({
          type: kind,
          at: at.toISOString(),
          documentId,
          dataSourceId,
          document: document === null ? null : serializeDocument(document),
        })),
        nextCursor: encodeFeedCursor(page.next),
        hasMore: page.hasMore,
      };
    },
  });
};

const exportRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    const exports = createOpenAnswers(maxExportsOfUser);

    app.get('/api/documents/export', {
      // A HEAD would read all of it, to send none.
      exposeHeadRoute: false,
      schema: {
        summary: 'Export documents',
        description:
          'Lines of JSON (NDJSON): `document` with its chunks, `deleted` after a cursor, and at last `end`; without that line it was cut off. Each line has the cursor after it, to resume from, and to read the changes since. A document that changes while the export runs may appear again: the later line replaces the earlier.\n\n`format=parquet` has a row for each chunk, with the columns of its document, in one file that is streamed: of a document that appears twice, the rows with the larger `position` count. Its metadata has the cursor after it (`headwater.cursor`), and whether more follows (`headwater.hasMore`); a file that was cut off cannot be opened. With `limit`, a long export comes in parts: after a broken connection, only the last part is read again.',
        produces: ['application/x-ndjson', parquetType],
        querystring: z.strictObject({
          dataSourceId: schemas.id.optional().describe('only documents of this source'),
          format: z.enum(['ndjson', 'parquet']).default('ndjson'),
          vectors: schemas.flag.default(false).describe('with the vector of each chunk'),
          cursor: schemas.cursor.describe('of a line of an export, or of the feed of changes'),
          limit: z.coerce
            .number()
            .int()
            .min(1)
            .max(1_000_000)
            .optional()
            .describe('documents after which the answer ends; its cursor continues'),
        }),
      },
      handler: async ({ userId, read, query: { dataSourceId, format, vectors, cursor, limit } }, reply) => {
        const after = cursor === undefined ? null : readFeedCursor(cursor);
        if (dataSourceId !== undefined) found(await read((trx) => findDataSource(trx, dataSourceId)), 'data source');
        exports.open(userId, reply.raw);
        const request = { userId, after, dataSourceId, withVectors: vectors, limit };
        if (format === 'parquet')
          return await reply
            .type(parquetType)
            .header('content-disposition', 'attachment; filename="headwater.parquet"')
            .send(await exportParquet(deps, request));
        const lines = await exportDocuments(deps, request);
        return await reply.type('application/x-ndjson; charset=utf-8').send(lines);
      },
    });
  };
