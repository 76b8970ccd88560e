/** P1: the pending or running row of `sync_jobs` is the lease on its data source; a partial unique index keeps it single. */

import { sql } from 'kysely';
import type { JobStatus, JobTrigger, JobType, JobMode } from '../../domain/contract.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { TransactionId } from '../access/cancel-transaction.ts';
import { toJson } from '../access/parameters.ts';

export interface NewJob {
  /** Chosen by the caller if the workflow id needs it in advance. */
  readonly id?: string;
  readonly userId: string;
  readonly dataSourceId: string;
  readonly jobType: JobType;
  readonly trigger: JobTrigger;
  readonly dryRun: boolean;
  readonly externalIds: readonly string[] | null;
  readonly workflowId: string | null;
  readonly idempotencyKey?: string;
  /** If omitted, the mode is chosen when the job opens. */
  readonly mode?: JobMode;
}

export interface ActiveJob {
  readonly id: string;
  readonly workflowId: string | null;
  readonly status: JobStatus;
  readonly createdAt: Date;
}

/** Takes the lease. @returns the new job's id, or null if another job holds the source @throws as `isKeyTaken` tells */
export async function insertJob(trx: UserTransaction, job: NewJob): Promise<string | null> {
  const row = await trx
    .insertInto('syncJobs')
    .values({
      ...(job.id === undefined ? {} : { id: job.id }),
      userId: job.userId,
      dataSourceId: job.dataSourceId,
      jobType: job.jobType,
      trigger: job.trigger,
      dryRun: job.dryRun,
      externalIds: job.externalIds === null ? null : toJson(job.externalIds),
      workflowId: job.workflowId,
      mode: job.mode ?? null,
      idempotencyKey: job.idempotencyKey ?? null,
    })
    .onConflict((c) => c.column('dataSourceId').where('status', 'in', ['pending', 'running']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Whether a job was not inserted because another one of the user has its idempotency key. */
export function isKeyTaken(error: unknown): boolean {
  return Error.isError(error) && 'constraint' in error && error.constraint === 'sync_jobs_idempotency';
}

/** Records a scheduled run that was skipped because another job held the source. */
export async function recordSkippedRun(
  trx: UserTransaction,
  job: Omit<NewJob, 'id' | 'idempotencyKey'>,
): Promise<string> {
  // A repeated step finds its own row, because each scheduled run has its own workflow id.
  const earlier = await trx
    .selectFrom('syncJobs')
    .select('id')
    .where('dataSourceId', '=', job.dataSourceId)
    .where('workflowId', '=', job.workflowId)
    .executeTakeFirst();
  if (earlier !== undefined) return earlier.id;
  const row = await trx
    .insertInto('syncJobs')
    .values({
      ...job,
      externalIds: null,
      status: 'cancelled',
      errorCode: 'already_running',
      errorMessage:
        'This run was skipped because another job was still syncing the source. The next scheduled run will sync it.',
      completedAt: sql<Date>`now()`,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Finds the job that holds this source, if any. */
export async function findActiveJob(trx: UserTransaction, dataSourceId: string): Promise<ActiveJob | undefined> {
  return await trx
    .selectFrom('syncJobs')
    .select(['id', 'workflowId', 'status', 'createdAt'])
    .where('dataSourceId', '=', dataSourceId)
    .where('status', 'in', ['pending', 'running'])
    .executeTakeFirst();
}

export interface LastSync {
  readonly status: string;
  readonly error: string | null;
}

/** Marks the source as no longer syncing. @param last how its sync ended; null after a plan, which synced nothing */
export async function releaseSource(trx: UserTransaction, dataSourceId: string, last: LastSync | null): Promise<void> {
  await trx
    .updateTable('dataSources')
    .set((eb) => ({
      connectionStatus: eb
        .case()
        .when('connectionStatus', '=', 'syncing')
        .then(eb.val('connected' as const))
        .else(eb.ref('connectionStatus'))
        .end(),
      ...(last === null ? {} : { lastSyncStatus: last.status, lastSyncError: last.error }),
      updatedAt: sql<Date>`now()`,
    }))
    .where('id', '=', dataSourceId)
    .execute();
}

/**
 * Ensures that only the job that holds the lease writes; an activity of a job whose lease was taken over must not
 * change anything. The row lock makes a take-over wait for this transaction.
 * @returns the name of this transaction; null if the job does not hold the lease
 */
export async function shareLease(trx: UserTransaction, jobId: string): Promise<TransactionId | null> {
  const { rows } = await sql<TransactionId>`
    select pg_backend_pid() as pid, now()::text as started_at
    from sync_jobs where id = ${jobId} and status = 'running' for share`.execute(trx);
  return rows[0] ?? null;
}

/**
 * Waits for the job's writing activities and makes later ones wait: they lock the job's row in shared mode
 * (`shareLease`) before any other row.
 */
export async function lockJob(trx: UserTransaction, jobId: string): Promise<void> {
  await trx.selectFrom('syncJobs').select('id').where('id', '=', jobId).forUpdate().execute();
}
