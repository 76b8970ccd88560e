import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listCandidates } from '../../db/items/removal-candidates.ts';
import { listJobItems } from '../../db/jobs/job-queries.ts';
import { outcomes, plannedActions } from '../../domain/contract.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findJobOrRefuse } from '../job-control.ts';
import { csvReport, jsonReport } from '../job-report.ts';
import { pageOf, readTextCursor } from '../paging.ts';
import { Problem } from '../problem.ts';
import * as schemas from '../schemas.ts';
import { serializeJobItem } from '../serializers.ts';
import { jobParams as params, jobsRoot as root } from './sync-jobs.ts';

/** Serves what a job did to each item, and what a held job would remove. */
export const jobItemRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(itemRoutes(deps));
    await app.register(reportRoutes(deps));
  };

const itemRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(`${root}/:jobId/items`, {
      schema: {
        summary: 'List a job’s items with their outcomes',
        params,
        querystring: z.strictObject({
          outcome: z.enum(outcomes).optional(),
          planned: z.enum(plannedActions).optional().describe('for a plan: what a sync would do with the item'),
          limit: schemas.limit,
          cursor: schemas.textCursor,
        }),
        response: { 200: z.object({ items: z.array(schemas.jobItem), nextCursor: schemas.nextCursor }) },
      },
      handler: async ({ userId, read, params: { jobId }, query }) => {
        await findJobOrRefuse(deps, userId, jobId);
        const { outcome, planned, limit, cursor } = query;
        const afterExternalId = cursor === undefined ? undefined : readTextCursor(cursor);
        const rows = await read((trx) => listJobItems(trx, jobId, { outcome, planned, afterExternalId }, limit + 1));
        const { page, nextCursor } = pageOf(rows, limit, ({ externalId }) => externalId);
        return { items: page.map(serializeJobItem), nextCursor };
      },
    });

    app.get(`${root}/:jobId/removals`, {
      schema: {
        summary: 'List what a held job would remove',
        params,
        querystring: z.strictObject({ limit: schemas.limit, cursor: schemas.textCursor }),
        response: { 200: z.object({ items: z.array(schemas.unseenItem), nextCursor: schemas.nextCursor }) },
      },
      handler: async ({ userId, read, params: { jobId }, query: { limit, cursor } }) => {
        const job = await findJobOrRefuse(deps, userId, jobId);
        if (job.status !== 'running' || job.progressData.removals?.decision !== 'waiting')
          throw new Problem(409, 'wrong_state', 'The job is not waiting for a decision.');
        const after = cursor === undefined ? '' : readTextCursor(cursor);
        const rows = await read((trx) => listCandidates(trx, job, after, limit + 1));
        const { page, nextCursor } = pageOf(rows, limit, ({ externalId }) => externalId);
        return { items: [...page], nextCursor };
      },
    });
  };

const reportRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(`${root}/:jobId/report`, {
      // A HEAD would read all of it, to send none.
      exposeHeadRoute: false,
      schema: {
        summary: 'Download a job’s report',
        description:
          'Contains its counts, which add up, and the outcome of each item. Unchanged items are only counted.',
        params,
        querystring: z.strictObject({ format: z.enum(['json', 'csv']).default('json') }),
      },
      handler: async ({ userId, params: { jobId }, query: { format } }, reply) => {
        const job = await findJobOrRefuse(deps, userId, jobId);
        if (job.status === 'pending' || job.status === 'running') {
          throw new Problem(409, 'wrong_state', 'The job has not ended yet. The report is available after its end.');
        }
        reply.header('content-disposition', `attachment; filename="sync-${jobId}.${format}"`);
        return format === 'csv'
          ? await reply.type('text/csv; charset=utf-8').send(csvReport(deps, userId, job))
          : await reply.type('application/json; charset=utf-8').send(jsonReport(deps, userId, job));
      },
    });
  };
