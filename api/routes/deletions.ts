import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { findDocument } from '../../db/documents/document-queries.ts';
import { workflowIds, workflowTypes } from '../../domain/contract.ts';
import { findDeletion, startDeletion } from '../deletion.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, Problem } from '../problem.ts';
import * as schemas from '../schemas.ts';

const answer = z.object({ deletion: schemas.deletion });

/** Deletes a document or everything of a user, and shows deletions. */
export const deletionRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.delete('/api/documents/:id', {
      schema: {
        summary: 'Delete a document',
        description:
          'Deletes it in Headwater, never at the source. Its item is skipped until a manual sync names it. An archive is deleted with its files, which cannot be deleted alone.',
        params: z.strictObject({ id: schemas.id }),
        response: { 202: answer },
      },
      handler: async ({ userId, read, params: { id } }, reply) => {
        const { archiveId } = found(await read((trx) => findDocument(trx, id)), 'document');
        if (archiveId !== null) throw partOfArchive(archiveId);
        const deletion = await startDeletion(deps, userId, {
          type: workflowTypes.deleteDocument,
          workflowId: workflowIds.deletion(id),
          input: { userId, documentId: id },
          summary: 'Deletes a document',
        });
        return await reply.code(202).send({ deletion });
      },
    });

    app.post('/api/user/erase', {
      schema: {
        summary: 'Erase everything of this user',
        description: 'Deletes all sources, documents, vectors, jobs, schedules and sign-ins. This cannot be undone.',
        body: z.strictObject({
          confirm: z.literal('erase everything', {
            error: 'must be "erase everything", to prevent an accidental deletion',
          }),
        }),
        response: { 202: answer },
      },
      handler: async ({ userId }, reply) => {
        const deletion = await startDeletion(deps, userId, {
          type: workflowTypes.eraseUser,
          workflowId: workflowIds.erasure(userId),
          input: { userId },
          summary: 'Erases everything of a user',
        });
        return await reply.code(202).send({ deletion });
      },
    });

    app.get('/api/deletions', {
      schema: {
        summary: 'Show a deletion',
        description: 'Shows what was deleted, store by store, after it has ended.',
        querystring: z.strictObject({ id: z.string().min(1).max(1000) }),
        response: { 200: answer },
      },
      handler: async ({ userId, query: { id } }) => ({ deletion: await findDeletion(deps, userId, id) }),
    });
  };

function partOfArchive(archiveId: string): Problem {
  const message = 'This document is a file in an archive. Delete the document of the archive instead.';
  return new Problem(409, 'part_of_archive', message, { extra: { archiveId } });
}
