import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Kysely } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import type { ActiveJob } from '../../db/jobs/job-lease.ts';
import { markInterrupted } from '../../db/jobs/job-lifecycle.ts';

/** A younger job row may have been inserted by an API that is about to start its workflow, in milliseconds. */
const startingMs = 60_000;

/**
 * Asks Temporal whether the workflow of a job that holds a source is still running, and releases the source if it is
 * not. `describe` is exact, unlike the visibility list.
 */
export async function releaseDeadLease(
  deps: { readonly db: Kysely<Database>; readonly temporal: Client },
  userId: string,
  holder: ActiveJob,
): Promise<'alive' | 'settled'> {
  if (await isAlive(deps.temporal, holder)) return 'alive';
  await asUser(deps.db, userId, (trx) => markInterrupted(trx, holder.id));
  return 'settled';
}

async function isAlive(temporal: Client, holder: ActiveJob): Promise<boolean> {
  if (holder.workflowId !== null) {
    try {
      const { status } = await temporal.workflow.getHandle(holder.workflowId).describe();
      return status.name === 'RUNNING' || status.name === 'PAUSED';
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  return holder.status === 'pending' && Date.now() - holder.createdAt.getTime() < startingMs;
}
