/** Starting and watching deletions: workflows whose result says what went, store by store. */

import { WorkflowNotFoundError } from '@temporalio/client';
import type { z } from 'zod';
import type { DeletionResult } from '../domain/deletion.ts';
import type { ApiDependencies } from './dependencies.ts';
import { temporalTimeoutMs } from './job-control.ts';
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

/** One that is under way already is the answer. */
export async function startDeletion(
  deps: ApiDependencies,
  userId: string,
  request: DeletionRequest,
): Promise<Deletion> {
  await deps.temporal.withDeadline(
    Date.now() + temporalTimeoutMs,
    async () =>
      await deps.temporal.workflow.start(request.type, {
        taskQueue: deps.taskQueue,
        workflowId: request.workflowId,
        args: [request.input],
        // Who may ask for it later, when the row it is about is gone.
        memo: { userId },
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: request.summary,
        priority: fairnessOf(userId),
      }),
  );
  return { id: request.workflowId, status: 'running', result: null };
}

/** @throws Problem 404 for one that is not this user's, or that Temporal no longer keeps */
export async function findDeletion(deps: ApiDependencies, userId: string, id: string): Promise<Deletion> {
  const handle = deps.temporal.workflow.getHandle(id);
  try {
    const { memo, status } = await handle.describe();
    if (memo?.['userId'] !== userId) throw notFound('deletion');
    if (status.name === 'RUNNING' || status.name === 'PAUSED') return { id, status: 'running', result: null };
    if (status.name !== 'COMPLETED') return { id, status: 'failed', result: null };
    return { id, status: 'completed', result: (await handle.result()) as DeletionResult };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw notFound('deletion');
    throw error;
  }
}
