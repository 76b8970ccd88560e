import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyError } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { ApiDependencies } from '../dependencies.ts';
import { findJobOrRefuse, watchJob } from '../job-control.ts';
import { createOpenAnswers } from '../open-answers.ts';
import { toProblem } from '../plugins/errors.ts';
import { Problem } from '../problem.ts';
import type * as schemas from '../schemas.ts';
import { jobParams as params, jobsRoot as root } from './sync-jobs.ts';

const eventEveryMs = 1000;
/** Number of event streams that one user may have open at this process. */
const maxStreamsOfUser = 20;

/** Watches a job: server-sent events. */
export const jobEventRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    const streams = createOpenAnswers(maxStreamsOfUser);
    // The server closes when all answers have ended, and these last as long as their jobs. Who watches asks another process.
    const closing = new AbortController();
    app.addHook('preClose', (done) => {
      closing.abort();
      done();
    });
    app.get(`${root}/:jobId/events`, {
      // A HEAD would read all of it, to send none.
      exposeHeadRoute: false,
      schema: {
        summary: 'Watch a job',
        params,
        description:
          'Server-sent events: `progress` with the job every second until it ends; `problem` (a code and a detail) while it cannot be read.',
      },
      handler: async ({ userId, params: { jobId } }, reply) => {
        await findJobOrRefuse(deps, userId, jobId);
        streams.open(userId, reply.raw);
        reply.hijack();
        await streamJob(() => lookAt(deps, userId, jobId), reply.raw, closing.signal);
      },
    });
  };

type Look = z.infer<typeof schemas.job> | 'deleted' | Problem;

async function streamJob(look: () => Promise<Look>, response: ServerResponse, closing: AbortSignal): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    // A server that closes would wait for a connection that is kept for further requests.
    connection: 'close',
  });
  for (let event = 1; !response.destroyed && !closing.aborted; event++) {
    const job = await look();
    if (job === 'deleted') break;
    if (job instanceof Problem) response.write(`event: problem\ndata: ${JSON.stringify(detailOf(job))}\n\n`);
    else response.write(`id: ${event}\nevent: progress\ndata: ${JSON.stringify({ job })}\n\n`);
    if (!(job instanceof Problem) && job.status !== 'pending' && job.status !== 'running') break;
    await sleep(eventEveryMs, undefined, { signal: closing }).catch(() => {});
  }
  response.end();
}

/**
 * Reads the job for the stream. If that fails (for example, the database is away), it sends why; if the job's source
 * was deleted meanwhile, the job is deleted too.
 */
async function lookAt(deps: ApiDependencies, userId: string, jobId: string): Promise<Look> {
  try {
    return await watchJob(deps, userId, jobId);
  } catch (error) {
    const problem = toProblem(error as FastifyError);
    return problem.status === 404 ? 'deleted' : problem;
  }
}

function detailOf({ code, message }: Problem) {
  return { code, detail: message };
}
