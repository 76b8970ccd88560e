import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { countUploads, deleteUploads, listUploads, measureUploads } from '../../db/sources/uploaded-files.ts';
import { findDataSource } from '../../db/sources/data-sources.ts';
import type { UserTransaction } from '../../db/access/as-user.ts';
import { definitionOf } from '../../sources/connectors/registry.ts';
import { refuseOutsideKey } from '../api-keys.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pageOf, readTextCursor } from '../paging.ts';
import { found, Problem } from '../problem.ts';
import * as schemas from '../schemas.ts';
import { maxUploads, storeUpload, syncSoon } from '../uploads.ts';

const root = '/api/data-sources/:id/files';
const params = z.strictObject({ id: schemas.id });
const warning = z.string().nullable().describe('set if no sync could be started');
const usage = z.object({ files: z.number(), bytes: z.number() });

/** Files that users upload. Their bytes are the body itself, without a form around it. */
export const uploadedFileRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    // The body is read by the handler while it arrives. The routes here accept this type, and no other.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/octet-stream', (_request, _body, done) => done(null));
    await app.register(listRoutes(deps));
    await app.register(writeRoutes(deps));
  };

const listRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(root, {
      schema: {
        summary: 'List uploaded files',
        description: 'In the order of their paths, with what the latest sync made of each.',
        params,
        querystring: z.strictObject({
          text: z.string().min(1).max(200).optional().describe('part of the path'),
          limit: schemas.limit,
          cursor: schemas.textCursor,
        }),
        response: {
          200: z.object({
            files: z.array(schemas.listedUpload),
            nextCursor: schemas.nextCursor,
            total: usage.describe('of this source'),
            used: usage.describe('of all the user’s files, also of uploads that have not ended'),
            limit: usage.describe('for each user'),
            maxFileBytes: z.number(),
          }),
        },
      },
      handler: async ({ read, apiKey, params: { id }, query: { text, limit, cursor } }) => {
        refuseOutsideKey(apiKey, id);
        const after = cursor === undefined ? null : readTextCursor(cursor);
        const { rows, total, used } = await read(async (trx) => {
          await requireUploadSource(trx, id);
          const filter = { after, text, limit: limit + 1 };
          return {
            rows: await listUploads(trx, id, filter),
            total: await countUploads(trx, id),
            used: await measureUploads(trx),
          };
        });
        const { page, nextCursor } = pageOf(rows, limit, ({ path }) => path);
        return {
          files: page.map(serialize),
          nextCursor,
          total,
          used,
          limit: maxUploads(deps.config),
          maxFileBytes: deps.config.maxItemBytes,
        };
      },
    });
  };

const writeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.put(root, {
      schema: {
        summary: 'Upload a file',
        description:
          'The body is the file. A file at the same path is replaced; the same bytes once more change nothing. A sync starts by itself a few seconds after the last change.',
        params,
        querystring: z.strictObject({ path: schemas.uploadPath }),
        consumes: ['application/octet-stream'],
        body: z.unknown().meta({ type: 'string', format: 'binary' }),
        response: {
          200: z.object({
            file: schemas.uploadedFile,
            outcome: z.enum(['created', 'replaced', 'unchanged']),
            warning,
          }),
        },
      },
      handler: async ({ userId, read, apiKey, params: { id }, query: { path }, headers, raw, log }) => {
        refuseOutsideKey(apiKey, id);
        await read((trx) => requireUploadSource(trx, id));
        const size = sizeOf(headers, deps.config.maxItemBytes);
        const { file, outcome } = await storeUpload(deps, { userId, dataSourceId: id, path, size, body: raw });
        const source = { userId, dataSourceId: id };
        return {
          file: serialize(file),
          outcome,
          warning: outcome === 'unchanged' ? null : await syncSoon(deps, log, source),
        };
      },
    });

    app.delete(root, {
      schema: {
        summary: 'Delete uploaded files',
        description: 'One file, or everything in a folder. The next sync removes their documents; it starts by itself.',
        params,
        querystring: z.strictObject({ path: schemas.deletedUploadPath }),
        response: { 200: z.object({ deleted: z.number(), warning }) },
      },
      handler: async ({ userId, write, params: { id }, query: { path }, log }) => {
        const deleted = await write(async (trx) => {
          await requireUploadSource(trx, id);
          return await deleteUploads(trx, { userId, dataSourceId: id, path });
        });
        if (deleted === 0) throw new Problem(404, 'not_found', 'There is no uploaded file with this path.');
        return { deleted, warning: await syncSoon(deps, log, { userId, dataSourceId: id }) };
      },
    });
  };

/** @throws Problem 404, 409 */
async function requireUploadSource(trx: UserTransaction, id: string): Promise<void> {
  const { sourceType } = found(await findDataSource(trx, id), 'data source');
  if (definitionOf(sourceType).receivesFiles !== true)
    throw new Problem(
      409,
      'not_an_upload_source',
      'Files can be uploaded only to a source of the type "upload". Add one, and upload the files to it.',
    );
}

/** @throws Problem 411, 413 */
function sizeOf(headers: Readonly<Record<string, unknown>>, maxBytes: number): number {
  const { 'content-length': stated } = headers;
  if (typeof stated !== 'string')
    throw new Problem(411, 'length_required', 'The upload does not state its size. Send a content-length header.');
  const size = Number(stated);
  if (size <= maxBytes) return size;
  throw new Problem(
    413,
    'file_too_large',
    `The file is larger than ${Math.floor(maxBytes / 1_048_576)} MB, the limit for reading (MAX_ITEM_BYTES).`,
  );
}

function serialize<File extends { readonly uploadedAt: Date }>(file: File) {
  return { ...file, uploadedAt: file.uploadedAt.toISOString() };
}
