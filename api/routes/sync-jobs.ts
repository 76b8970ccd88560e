import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { FastifyError } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { asUser } from '../../db/access/as-user.ts';
import { findDataSource } from '../../db/sources/data-sources.ts';
import { noteProgress } from '../../db/jobs/job-lifecycle.ts';
import { listJobItems, listJobs } from '../../db/jobs/job-queries.ts';
import {
  changeSpeedUpdate,
  decideRemovalsUpdate,
  outcomes,
  jobStatuses,
  jobTypes,
  maxPagesAtOnce,
  maxRequestsPerSecond,
  pauseUpdate,
  plannedActions,
  resumeUpdate,
} from '../../domain/contract.ts';
import { refuseOutsideKey } from '../api-keys.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { cancelJob, findJobOrRefuse, serializeLive, startJob, sendUpdate } from '../job-control.ts';
import { toProblem } from '../plugins/errors.ts';
import { csvReport, jsonReport } from '../job-report.ts';
import { invalidField, notFound, Problem } from '../problem.ts';
import { isWorkerRunning, noWorker } from '../worker-presence.ts';
import { tooManyAtOnce } from '../turns.ts';
import * as schemas from '../schemas.ts';
import { pageOf, readCursor, readTextCursor } from '../paging.ts';

const root = '/api/data-sources/sync';
const params = z.strictObject({ jobId: schemas.id });
const jobAnswer = z.object({ job: schemas.job });
const eventEveryMs = 1000;
/** Number of event streams that one user may have open at this process. */
const streamsOfUser = 20;
/** Number of running jobs in a list whose progress is queried concurrently. */
const lookConcurrency = 8;

/** Jobs: start, list, watch, control, cancel. */
export const syncJobRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    /** Open event streams, by user. */
    const streams = new Map<string, number>();

    app.get(root, {
      schema: {
        summary: 'List jobs',
        querystring: z.strictObject({
          dataSourceId: schemas.id.optional(),
          status: z.enum(jobStatuses).optional(),
          jobType: z.enum(jobTypes).optional(),
          dryRun: z.stringbool().optional().describe('only plans, or only syncs'),
          limit: schemas.limit,
          cursor: schemas.cursor,
        }),
        response: { 200: z.object({ jobs: z.array(schemas.job), nextCursor: schemas.nextCursor }) },
      },
      handler: async ({ userId, query }) => {
        const after = readCursor(query.cursor);
        const jobs = await asUser(deps.db, userId, async (trx) => {
          if (query.dataSourceId !== undefined && (await findDataSource(trx, query.dataSourceId)) === undefined) {
            throw notFound('data source');
          }
          return await listJobs(trx, query, query.limit + 1, after);
        });
        const { page, nextCursor } = pageOf(jobs, query.limit, ({ createdAt, id }) => ({
          at: createdAt.toISOString(),
          id,
        }));
        const atOnce = pLimit(lookConcurrency);
        return {
          jobs: await Promise.all(
            page.map(async (job) => await atOnce(async () => await serializeLive(deps, userId, job))),
          ),
          nextCursor,
        };
      },
    });

    app.post(root, {
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
          202: jobAnswer.extend({
            warning: z.string().nullable().describe('why the job will not start yet, as far as is known'),
          }),
        },
      },
      handler: async ({ userId, apiKey, body, headers }, reply) => {
        if (body.externalIds !== undefined && body.jobType !== 'manual') {
          throw invalidField('externalIds', 'only with jobType "manual"');
        }
        refuseOutsideKey(apiKey, body.dataSourceId);
        const source = await asUser(deps.db, userId, async (trx) => await findDataSource(trx, body.dataSourceId));
        if (source === undefined) throw notFound('data source');
        const job = await startJob(deps, {
          source,
          userId,
          jobType: body.jobType,
          externalIds: body.externalIds ?? null,
          dryRun: body.dryRun,
          trigger: 'api',
          idempotencyKey: headers['idempotency-key'],
        });
        const warning = (await isWorkerRunning(deps)) === false ? noWorker : null;
        return await reply.code(202).send({ job: await serializeLive(deps, userId, job), warning });
      },
    });

    app.delete(root, {
      schema: { summary: 'Cancel a sync', querystring: params, response: { 202: jobAnswer } },
      handler: async ({ userId, query }, reply) => {
        const job = await findJobOrRefuse(deps, userId, query.jobId);
        await cancelJob(deps, userId, job);
        return await reply
          .code(202)
          .send({ job: await serializeLive(deps, userId, await findJobOrRefuse(deps, userId, job.id)) });
      },
    });

    app.get(`${root}/:jobId`, {
      schema: { summary: 'Show a job', params, response: { 200: jobAnswer } },
      handler: async ({ userId, params: { jobId } }) => ({
        job: await serializeLive(deps, userId, await findJobOrRefuse(deps, userId, jobId)),
      }),
    });

    app.get(`${root}/:jobId/items`, {
      schema: {
        summary: 'List a job’s items with their outcomes',
        params,
        querystring: z.strictObject({
          outcome: z.enum(outcomes).optional(),
          planned: z.enum(plannedActions).optional().describe('for a plan: what a sync would do with the item'),
          limit: schemas.limit,
          cursor: schemas.cursor,
        }),
        response: { 200: z.object({ items: z.array(schemas.jobItem), nextCursor: schemas.nextCursor }) },
      },
      handler: async ({ userId, params: { jobId }, query }) => {
        await findJobOrRefuse(deps, userId, jobId);
        const afterExternalId = query.cursor === undefined ? undefined : readTextCursor(query.cursor);
        const rows = await asUser(
          deps.db,
          userId,
          async (trx) =>
            await listJobItems(
              trx,
              jobId,
              { outcome: query.outcome, planned: query.planned, afterExternalId },
              query.limit + 1,
            ),
        );
        const { page, nextCursor } = pageOf(rows, query.limit, ({ externalId }) => externalId);
        return {
          items: page.map((row) => ({
            ...row,
            notes: [...(row.notes ?? [])],
            bytes: Number(row.bytes),
            size: row.size === null ? null : Number(row.size),
            nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
            updatedAt: row.updatedAt.toISOString(),
          })),
          nextCursor,
        };
      },
    });

    app.get(`${root}/:jobId/receipt`, {
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

    app.get(`${root}/:jobId/events`, {
      schema: {
        summary: 'Watch a job',
        params,
        description:
          'Server-sent events: `progress` with the job every second until it ends; `problem` (a code and a detail) while it cannot be read.',
      },
      handler: async ({ userId, params: { jobId }, raw }, reply) => {
        await findJobOrRefuse(deps, userId, jobId);
        const open = streams.get(userId) ?? 0;
        if (open >= streamsOfUser) throw tooManyAtOnce();
        streams.set(userId, open + 1);
        reply.raw.once('close', () => {
          const left = (streams.get(userId) ?? 1) - 1;
          if (left > 0) streams.set(userId, left);
          else streams.delete(userId);
        });
        reply.hijack();
        reply.raw.writeHead(200, {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        });
        for (let event = 1; !raw.destroyed && !reply.raw.destroyed; event++) {
          const job = await lookAt(deps, userId, jobId);
          if (job === 'gone') break;
          if (job instanceof Problem) reply.raw.write(`event: problem\ndata: ${JSON.stringify(detailOf(job))}\n\n`);
          else reply.raw.write(`id: ${event}\nevent: progress\ndata: ${JSON.stringify({ job })}\n\n`);
          if (!(job instanceof Problem) && job.status !== 'pending' && job.status !== 'running') break;
          await sleep(eventEveryMs);
        }
        reply.raw.end();
      },
    });

    const steering = {
      pause: ['Pause a job: no new work starts', pauseUpdate, undefined],
      resume: ['Resume a paused job', resumeUpdate, undefined],
      approve: ['Approve the removals of a held job', decideRemovalsUpdate, 'approve'],
      keep: ['Keep the items that a held job would remove', decideRemovalsUpdate, 'keep'],
    } as const;
    for (const [verb, [summary, update, argument]] of Object.entries(steering)) {
      app.post(`${root}/:jobId/${verb}`, {
        schema: { summary, params, response: { 200: jobAnswer } },
        handler: async ({ userId, params: { jobId } }) => {
          const job = await findJobOrRefuse(deps, userId, jobId);
          if (job.status !== 'running')
            throw new Problem(409, 'wrong_state', `The job is not running (${job.status}).`);
          await sendUpdate(deps, job, update, argument);
          if (argument !== undefined) {
            const decided = { by: userId, at: new Date().toISOString() };
            await asUser(deps.db, userId, async (trx) => await noteProgress(trx, jobId, { decided }));
          }
          return { job: await serializeLive(deps, userId, await findJobOrRefuse(deps, userId, jobId)) };
        },
      });
    }

    app.post(`${root}/:jobId/speed`, {
      schema: {
        summary: 'Change the speed of a running job',
        description: 'null restores the default speed; omitted fields are not changed.',
        params,
        body: z
          .strictObject({
            pagesAtOnce: z.int().min(1).max(maxPagesAtOnce).nullable().optional(),
            requestsPerSecond: z.number().min(0.01).max(maxRequestsPerSecond).nullable().optional(),
          })
          .refine((change) => Object.keys(change).length > 0, 'set pagesAtOnce, requestsPerSecond or both'),
        response: { 200: jobAnswer },
      },
      handler: async ({ userId, params: { jobId }, body }) => {
        const job = await findJobOrRefuse(deps, userId, jobId);
        if (job.status !== 'running') throw new Problem(409, 'wrong_state', `The job is not running (${job.status}).`);
        await sendUpdate(deps, job, changeSpeedUpdate, body);
        return { job: await serializeLive(deps, userId, await findJobOrRefuse(deps, userId, jobId)) };
      },
    });

    app.post(`${root}/:jobId/retry`, {
      schema: {
        summary: 'Retry failed items',
        params,
        response: { 202: jobAnswer },
        description: 'Starts a new job for all failed items of this job’s source.',
      },
      handler: async ({ userId, params: { jobId } }, reply) => {
        const { dataSourceId } = await findJobOrRefuse(deps, userId, jobId);
        const source = await asUser(deps.db, userId, async (trx) => await findDataSource(trx, dataSourceId));
        if (source === undefined) throw notFound('data source');
        const job = await startJob(deps, {
          source,
          userId,
          jobType: 'manual',
          externalIds: null,
          dryRun: false,
          trigger: 'retry',
          idempotencyKey: undefined,
        });
        return await reply.code(202).send({ job: await serializeLive(deps, userId, job) });
      },
    });
    await Promise.resolve();
  };

/**
 * Reads the job for the stream. If that fails (for example, the database is away), it sends why; if the job's source
 * was deleted meanwhile, the job is deleted too.
 */
async function lookAt(
  deps: ApiDependencies,
  userId: string,
  jobId: string,
): Promise<z.infer<typeof schemas.job> | 'gone' | Problem> {
  try {
    return await serializeLive(deps, userId, await findJobOrRefuse(deps, userId, jobId));
  } catch (error) {
    const problem = toProblem(error as FastifyError);
    return problem.status === 404 ? 'gone' : problem;
  }
}

function detailOf({ code, message }: Problem) {
  return { code, detail: message };
}
