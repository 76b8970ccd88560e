import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteProgress } from '../../db/jobs/job-lifecycle.ts';
import { findDataSource } from '../../db/sources/data-sources.ts';
import {
  changeSpeedUpdate,
  decideRemovalsUpdate,
  maxPagesAtOnce,
  maxRequestsPerSecond,
  pauseUpdate,
  resumeUpdate,
} from '../../domain/contract.ts';
import type { ApiDependencies } from '../dependencies.ts';
import {
  findJobOrRefuse,
  findRunningJobOrRefuse,
  sendUpdate,
  serializeLive,
  showJob,
  startJob,
} from '../job-control.ts';
import { found } from '../problem.ts';
import { workerWarning } from '../worker-presence.ts';
import { jobAnswer, jobParams as params, jobsRoot as root, startedAnswer } from './sync-jobs.ts';

/** Without an argument, the update concerns the job as a whole; a decision also notes who made it. */
const updates = {
  pause: { summary: 'Pause a job: no new work starts', update: pauseUpdate, decision: null },
  resume: { summary: 'Resume a paused job', update: resumeUpdate, decision: null },
  approve: { summary: 'Approve the removals of a held job', update: decideRemovalsUpdate, decision: 'approve' },
  keep: { summary: 'Keep the items that a held job would remove', update: decideRemovalsUpdate, decision: 'keep' },
} as const;

/** Control of a running job, and a new job for what an earlier one could not do. */
export const jobControlRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    for (const [verb, { summary, update, decision }] of Object.entries(updates)) {
      app.post(`${root}/:jobId/${verb}`, {
        schema: { summary, params, response: { 200: jobAnswer } },
        handler: async ({ userId, write, params: { jobId } }) => {
          const job = await findRunningJobOrRefuse(deps, userId, jobId);
          await sendUpdate(deps, job, update, decision ?? undefined);
          if (decision !== null) {
            const decided = { by: userId, at: new Date().toISOString() };
            await write((trx) => noteProgress(trx, jobId, { decided }));
          }
          return { job: await showJob(deps, userId, jobId) };
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
        const job = await findRunningJobOrRefuse(deps, userId, jobId);
        await sendUpdate(deps, job, changeSpeedUpdate, body);
        return { job: await showJob(deps, userId, jobId) };
      },
    });

    app.post(`${root}/:jobId/retry`, {
      schema: {
        summary: 'Retry failed items',
        params,
        response: { 202: startedAnswer },
        description: 'Starts a new job for all failed items of this job’s source.',
      },
      handler: async ({ userId, read, params: { jobId } }, reply) => {
        const { dataSourceId } = await findJobOrRefuse(deps, userId, jobId);
        const job = await startJob(deps, {
          source: found(await read((trx) => findDataSource(trx, dataSourceId)), 'data source'),
          userId,
          jobType: 'manual',
          externalIds: null,
          dryRun: false,
          trigger: 'retry',
          idempotencyKey: undefined,
        });
        const warning = await workerWarning(deps);
        return await reply.code(202).send({ job: await serializeLive(deps, userId, job), warning });
      },
    });
  };
