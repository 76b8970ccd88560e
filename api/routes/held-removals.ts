import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { asUser } from '../../db/access/as-user.ts';
import { listCandidates } from '../../db/items/removal-candidates.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findJobOrRefuse } from '../job-control.ts';
import { Problem } from '../problem.ts';
import * as schemas from '../schemas.ts';
import { pageOf, readTextCursor } from '../paging.ts';

/** The removals that a held job asks about. */
export const heldRemovalRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/api/data-sources/sync/:jobId/removals', {
      schema: {
        summary: 'List what a held job would remove',
        params: z.strictObject({ jobId: schemas.id }),
        querystring: z.strictObject({ limit: schemas.limit, cursor: schemas.cursor }),
        response: { 200: z.object({ items: z.array(schemas.unseenItem), nextCursor: schemas.nextCursor }) },
      },
      handler: async ({ userId, params: { jobId }, query }) => {
        const job = await findJobOrRefuse(deps, userId, jobId);
        if (job.status !== 'running' || job.progressData.removals?.decision !== 'waiting')
          throw new Problem(409, 'wrong_state', 'The job is not waiting for a decision.');
        const after = query.cursor === undefined ? '' : readTextCursor(query.cursor);
        const rows = await asUser(
          deps.db,
          userId,
          async (trx) => await listCandidates(trx, job, after, query.limit + 1),
        );
        const { page, nextCursor } = pageOf(rows, query.limit, ({ externalId }) => externalId);
        return { items: [...page], nextCursor };
      },
    });
    await Promise.resolve();
  };
