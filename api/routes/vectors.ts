import { WorkflowNotFoundError } from '@temporalio/client';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { vectorCountsQuery, workflowIds, workflowTypes } from '../../domain/contract.ts';
import type { UserTransaction } from '../../db/access/as-user.ts';
import { sumTextsWithout } from '../../db/documents/stored-texts.ts';
import { findOpenSpaces } from '../../db/vectors/vector-spaces.ts';
import { hasSameModel, isSameSpace } from '../../domain/vectors.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { isOperator, requireAdmin } from '../plugins/auth.ts';
import { notFound } from '../problem.ts';
import * as schemas from '../schemas.ts';

const answer = z.object({ operation: schemas.vectorOperation });
type Operation = z.infer<typeof schemas.vectorOperation>;

const operations = {
  verify: { workflowId: workflowIds.verifyVectors, type: workflowTypes.verifyVectors },
  move: { workflowId: workflowIds.moveVectors, type: workflowTypes.moveVectors },
} as const;
const params = z.strictObject({ operation: z.enum(['verify', 'move']) });

/** For operators: compares the vectors of all users with their stores, or moves them to another store or model. */
export const vectorRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.post('/api/vectors/verify', {
      config: { forOperators: true },
      schema: {
        summary: 'Compare vectors with their stores',
        description: 'Operators only. Repairs the differences; with `dryRun` it only counts them.',
        body: z.strictObject({ dryRun: z.boolean().default(false) }),
        response: { 202: answer },
      },
      handler: async (request, reply) => {
        requireAdmin(deps.config, request);
        return await reply
          .code(202)
          .send({ operation: await start(deps, 'verify', [{ dryRun: request.body.dryRun }]) });
      },
    });

    app.post('/api/vectors/move', {
      config: { forOperators: true },
      schema: {
        summary: 'Move vectors to the configured store and model',
        description: 'Operators only. Searches use the old vectors until each user’s new ones are complete.',
        body: z.strictObject({}),
        response: { 202: answer },
      },
      handler: async (request, reply) => {
        requireAdmin(deps.config, request);
        return await reply.code(202).send({ operation: await start(deps, 'move', [{}]) });
      },
    });

    app.get('/api/vectors', {
      schema: {
        summary: 'Show which store and model answer your searches',
        description: 'If the installation is configured with others, also what moving your vectors there takes.',
        response: { 200: schemas.vectorStatus },
      },
      handler: (request) => request.read((trx) => findStatus(trx, deps.embedding, isOperator(deps.config, request))),
    });

    app.get('/api/vectors/:operation', {
      config: { forOperators: true },
      schema: {
        summary: 'Show the last comparison or move of vectors',
        description: 'Operators only. While it runs, its counts are those so far.',
        params,
        response: { 200: answer },
      },
      handler: async (request) => {
        requireAdmin(deps.config, request);
        return { operation: await find(deps, request.params.operation) };
      },
    });
  };

/** Counts texts only while there is something to move. */
async function findStatus(trx: UserTransaction, embedding: ApiDependencies['embedding'], canStart: boolean) {
  const { dollarsPerMillionTokens, tokensPerSecond, finer, ...configured } = embedding;
  const { live = null, building } = await findOpenSpaces(trx);
  const isMoved = live === null || isSameSpace(live, configured);
  if (isMoved) return { live, configured, move: null, finer };
  const { texts, tokens } = await sumTextsWithout(trx, configured);
  const isCopy = hasSameModel(live, configured);
  const cost = isCopy
    ? { dollars: 0, seconds: null }
    : {
        dollars: (tokens / 1_000_000) * dollarsPerMillionTokens,
        seconds: tokensPerSecond === null ? null : Math.ceil(tokens / tokensPerSecond),
      };
  const isRunning = building !== undefined && isSameSpace(building, configured);
  return {
    live,
    configured,
    move: { state: isRunning ? 'running' : 'offered', canStart, isCopy, texts, tokens, ...cost },
    finer,
  } as const;
}

/** If it is already running, returns the running one. */
async function start(
  deps: ApiDependencies,
  name: keyof typeof operations,
  args: readonly object[],
): Promise<Operation> {
  const { type, workflowId } = operations[name];
  await deps.temporal.workflow.start(type, {
    taskQueue: deps.taskQueue,
    workflowId,
    args: [...args],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: name === 'verify' ? 'Compares vectors with their stores' : 'Moves vectors',
  });
  return { name, status: 'running', counts: {} };
}

/** @throws Problem 404 if there was none, or Temporal no longer keeps it */
async function find(deps: ApiDependencies, name: keyof typeof operations): Promise<Operation> {
  const handle = deps.temporal.workflow.getHandle(operations[name].workflowId);
  try {
    const { status } = await handle.describe();
    if (status.name === 'COMPLETED')
      return { name, status: 'completed', counts: (await handle.result()) as Record<string, number> };
    if (status.name !== 'RUNNING' && status.name !== 'PAUSED') return { name, status: 'failed', counts: {} };
    // A worker answers a query; without a worker, the operation waits anyway.
    const counts = await handle.query<Record<string, number>>(vectorCountsQuery).catch(() => ({}));
    return { name, status: 'running', counts };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw notFound('operation');
    throw error;
  }
}
