/** Starts and shows deletions: workflows whose result lists what was deleted, store by store. */

import { WorkflowNotFoundError } from '@temporalio/client';
import type { z } from 'zod';
import type { DeletionMemo, DeletionResult } from '../domain/contract.ts';
import type { ApiDependencies } from './dependencies.ts';
import { temporalTimeoutMs } from './live-jobs.ts';
import { notFound } from './problem.ts';
import type * as schemas from './schemas.ts';
import { fairnessOf } from '../domain/user-key.ts';

interface DeletionRequest {
  readonly type: string;
  readonly workflowId: string;
  readonly input: object;
  readonly summary: string;
}

type Deletion = z.infer<typeof schemas.deletion>;

/** If a deletion is already running, returns that one. */
export async function startDeletion(
  deps: ApiDependencies,
  userId: string,
  request: DeletionRequest,
): Promise<Deletion> {
  await deps.temporal.withDeadline(Date.now() + temporalTimeoutMs, () =>
    deps.temporal.workflow.start(request.type, {
      taskQueue: deps.taskQueue,
      workflowId: request.workflowId,
      args: [request.input],
      // The user who may look at the deletion later, after the row itself was deleted.
      memo: { userId } satisfies DeletionMemo,
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: request.summary,
      priority: fairnessOf(userId),
    }),
  );
  return { id: request.workflowId, status: 'running', result: null };
}

/** @throws Problem 404 if it is not this user's, or Temporal no longer keeps it */
export async function findDeletion(deps: ApiDependencies, userId: string, id: string): Promise<Deletion> {
  const handle = deps.temporal.workflow.getHandle(id);
  try {
    const { memo, status } = await handle.describe();
    if (memo?.['userId'] !== userId) throw notFound('deletion');
    if (status.name === 'RUNNING' || status.name === 'PAUSED') return { id, status: 'running', result: null };
    if (status.name !== 'COMPLETED') return { id, status: 'failed', result: null };
    const result = (await handle.result()) as DeletionResult;
    return { id, status: 'completed', result: { signInsKept: 0, ...result } };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw notFound('deletion');
    throw error;
  }
}
