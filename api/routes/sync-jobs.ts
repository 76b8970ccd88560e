import pLimit from 'p-limit';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listJobs } from '../../db/jobs/job-queries.ts';
import { findDataSource } from '../../db/sources/data-sources.ts';
import { jobStatuses, jobTypes } from '../../domain/contract.ts';
import { refuseOutsideKey } from '../api-keys.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { watchedMs } from '../live-jobs.ts';
import { cancelJob, findJobOrRefuse, serializeLive, showJob, startJob, watchJob } from '../job-control.ts';
import { pageOf, readCursor } from '../paging.ts';
import { found, invalidField } from '../problem.ts';
import * as schemas from '../schemas.ts';
import { workerWarning } from '../worker-presence.ts';

export const jobsRoot = '/api/data-sources/sync';
export const jobParams = z.strictObject({ jobId: schemas.id });
export const jobAnswer = z.object({ job: schemas.job });
/** A job that was just started. */
export const startedAnswer = jobAnswer.extend({ warning: schemas.startWarning });
/** Number of running jobs in a list whose progress is queried concurrently. */
const lookConcurrency = 8;

/** Jobs: list, show, start, cancel. */
export const syncJobRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(readRoutes(deps));
    await app.register(writeRoutes(deps));
  };

const readRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(jobsRoot, {
      schema: {
        summary: 'List jobs',
        querystring: z.strictObject({
          dataSourceId: schemas.id.optional(),
          status: z.enum(jobStatuses).optional(),
          jobType: z.enum(jobTypes).optional(),
          dryRun: schemas.flag.optional().describe('only plans, or only syncs'),
          limit: schemas.limit,
          cursor: schemas.cursor,
        }),
        response: { 200: z.object({ jobs: z.array(schemas.job), nextCursor: schemas.nextCursor }) },
      },
      handler: async ({ userId, read, query }) => {
        const { dataSourceId, limit } = query;
        const after = readCursor(query.cursor);
        const jobs = await read(async (trx) => {
          if (dataSourceId !== undefined) found(await findDataSource(trx, dataSourceId), 'data source');
          return await listJobs(trx, query, limit + 1, after);
        });
        const { page, nextCursor } = pageOf(jobs, limit, ({ createdAt, id }) => ({ at: createdAt.toISOString(), id }));
        const atOnce = pLimit(lookConcurrency);
        const live = page.map((job) => atOnce(() => serializeLive(deps, userId, job, watchedMs)));
        return { jobs: await Promise.all(live), nextCursor };
      },
    });

    app.get(`${jobsRoot}/:jobId`, {
      schema: { summary: 'Show a job', params: jobParams, response: { 200: jobAnswer } },
      handler: async ({ userId, params: { jobId } }) => ({ job: await watchJob(deps, userId, jobId) }),
    });
  };

const writeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(jobsRoot, {
      schema: {
        summary: 'Start a sync',
        headers: z.looseObject({ 'idempotency-key': z.string().min(1).max(200).optional() }),
        body: z.strictObject({
          dataSourceId: schemas.id,
          jobType: z.enum(jobTypes).default('incremental'),
          externalIds: z.array(z.string().min(1).max(4096)).max(10_000).optional(),
          dryRun: z.boolean().default(false),
        }),
        response: {
          202: startedAnswer,
        },
      },
      handler: async ({ userId, apiKey, read, body, headers }, reply) => {
        const { dataSourceId, jobType, externalIds = null, dryRun } = body;
        if (externalIds !== null && jobType !== 'manual')
          throw invalidField('externalIds', 'only with jobType "manual"');
        refuseOutsideKey(apiKey, dataSourceId);
        const source = found(await read((trx) => findDataSource(trx, dataSourceId)), 'data source');
        const idempotencyKey = headers['idempotency-key'];
        const asked = { source, userId, jobType, externalIds, dryRun, trigger: 'api', idempotencyKey } as const;
        const [job, warning] = await Promise.all([startJob(deps, asked), workerWarning(deps)]);
        return await reply.code(202).send({ job: await serializeLive(deps, userId, job, watchedMs), warning });
      },
    });

    app.delete(jobsRoot, {
      schema: { summary: 'Cancel a sync', querystring: jobParams, response: { 202: jobAnswer } },
      handler: async ({ userId, query: { jobId } }, reply) => {
        await cancelJob(deps, userId, await findJobOrRefuse(deps, userId, jobId));
        return await reply.code(202).send({ job: await showJob(deps, userId, jobId) });
      },
    });
  };
