/** Opens and closes a job's row, and updates it in between. */

import { sql } from 'kysely';
import type { Outcome, JobStatus, JobType, Counts, JobMode, JobEnd, LimitedBy } from '../../domain/contract.ts';
import type { Checkpoint, SourceType } from '../../domain/source.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { closeGaps, metUnknownGap } from '../items/gaps.ts';
import { forgetCandidates } from '../items/removal-candidates.ts';
import { forgetPlanContainers } from '../items/selection.ts';
import { type LastSync, lockJob, releaseSource } from './job-lease.ts';
import { countColumns, type OutcomeRow, toCounts } from './ledger.ts';
import type { ConnectionProvider } from '../tables/data-sources.ts';
import type { ProgressData } from '../tables/sync-jobs.ts';
import { recordJobDay } from '../statistics/source-days.ts';
import { recordJobEvent } from '../webhooks/webhook-outbox.ts';
import { toJson } from '../access/parameters.ts';
import type { ErrorCode } from '../../domain/error-codes.ts';

export interface JobRow {
  readonly id: string;
  readonly dataSourceId: string;
  readonly jobType: JobType;
  readonly mode: JobMode | null;
  readonly status: JobStatus;
  /** How it ended, if it has. */
  readonly errorCode: ErrorCode | null;
  readonly errorMessage: string | null;
  readonly dryRun: boolean;
  readonly externalIds: readonly string[] | null;
  readonly workflowId: string | null;
  readonly listingComplete: boolean;
  readonly nextCheckpoint: Checkpoint | null;
  readonly progressData: ProgressData;
}

const jobColumns = [
  'id',
  'dataSourceId',
  'jobType',
  'mode',
  'status',
  'errorCode',
  'errorMessage',
  'dryRun',
  'externalIds',
  'workflowId',
  'listingComplete',
  'nextCheckpoint',
  'progressData',
] as const;

/** Finds one of the user's jobs. */
export async function findJob(trx: UserTransaction, jobId: string): Promise<JobRow | undefined> {
  const row = await trx.selectFrom('syncJobs').select(jobColumns).where('id', '=', jobId).executeTakeFirst();
  if (row === undefined) return undefined;
  const { nextCheckpoint, errorCode } = row;
  return { ...row, nextCheckpoint: nextCheckpoint as Checkpoint | null, errorCode: errorCode as ErrorCode | null };
}

export interface SyncSource {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** Identifies the account whose rate limits it shares with the user's other sources. */
  readonly accountLabel: string | null;
  readonly sourceType: SourceType;
  readonly connectionProvider: ConnectionProvider | null;
  readonly config: Readonly<Record<string, unknown>>;
  /** When the config was changed; null once a full listing has applied it. */
  readonly configChangedAt: Date | null;
  readonly checkpoint: Checkpoint | null;
  readonly needsSignIn: boolean;
  readonly isActive: boolean;
  /** Whether the interval for full listings has passed since the last complete one, or there was none. */
  readonly reconcileDue: boolean;
}

/** Returns the facts about a source that a sync needs, without credentials. */
export async function findSyncSource(trx: UserTransaction, dataSourceId: string): Promise<SyncSource | undefined> {
  const row = await trx
    .selectFrom('dataSources')
    .select([
      'id',
      'userId',
      'name',
      'sourceType',
      'connectionProvider',
      'accountLabel',
      'config',
      'configChangedAt',
      'checkpoint',
    ])
    .select(['needsSignIn', 'isActive'])
    .select(
      sql<boolean>`last_full_listing_at is null
        or last_full_listing_at < now() - make_interval(hours => reconcile_interval_hours)`.as('reconcileDue'),
    )
    .where('id', '=', dataSourceId)
    .executeTakeFirst();
  return row === undefined ? undefined : { ...row, checkpoint: row.checkpoint as Checkpoint | null };
}

/** Whether a job with a full listing has ended early since the last one that ended well. */
export async function wasFullListingStopped(trx: UserTransaction, dataSourceId: string): Promise<boolean> {
  const last = await trx
    .selectFrom('syncJobs')
    .select('status')
    .where('dataSourceId', '=', dataSourceId)
    .where('mode', '=', 'full')
    .where('dryRun', '=', false)
    .where('status', 'in', ['completed', 'failed', 'cancelled'])
    .orderBy('createdAt', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last !== undefined && last.status !== 'completed';
}

/** Marks the job as running under this workflow and its source as syncing. Repeating it changes nothing. */
export async function markRunning(
  trx: UserTransaction,
  job: { readonly id: string; readonly dataSourceId: string },
  run: {
    readonly workflowId: string;
    readonly runId: string;
    readonly mode: JobMode;
    readonly fallback: string | null;
  },
): Promise<void> {
  await trx
    .updateTable('syncJobs')
    .set({
      status: 'running',
      mode: run.mode,
      workflowId: run.workflowId,
      runId: run.runId,
      startedAt: sql<Date>`coalesce(started_at, now())`,
      updatedAt: sql<Date>`now()`,
      ...(run.fallback === null
        ? {}
        : { progressData: sql<string>`progress_data || ${toJson({ fallback: run.fallback })}::jsonb` }),
    })
    .where('id', '=', job.id)
    .execute();
  await trx
    .updateTable('dataSources')
    .set({ connectionStatus: 'syncing', updatedAt: sql<Date>`now()` })
    .where('id', '=', job.dataSourceId)
    // A signed-out source stays disconnected, because the end of a job turns "syncing" into "connected".
    .where('connectionStatus', '!=', 'disconnected')
    .execute();
}

/** Adds to the details that are shown about a job beside its counters. */
export async function noteProgress(trx: UserTransaction, jobId: string, note: ProgressData): Promise<void> {
  await trx
    .updateTable('syncJobs')
    .set({ progressData: sql<string>`progress_data || ${toJson(note)}::jsonb`, updatedAt: sql<Date>`now()` })
    .where('id', '=', jobId)
    .execute();
}

/** Records until when a vendor or the embedder makes the job wait. */
export async function noteWaiting(
  trx: UserTransaction,
  jobId: string,
  limit: { readonly reason: 'rate_limit' | 'quota'; readonly of: LimitedBy; readonly until: Date },
): Promise<void> {
  const { reason, until } = limit;
  await trx
    .updateTable('syncJobs')
    .set({ waitingReason: reason, waitingOn: limit.of, waitingUntil: until, updatedAt: sql<Date>`now()` })
    .where('id', '=', jobId)
    .where((eb) => eb.or([eb('waitingUntil', 'is', null), eb('waitingUntil', '<', until)]))
    .execute();
}

/** Records that the job waits for a sign-in, or no longer does. */
export async function noteSignInNeeded(trx: UserTransaction, jobId: string, isNeeded: boolean): Promise<void> {
  await trx
    .updateTable('syncJobs')
    .set({ waitingReason: isNeeded ? 'sign_in' : null, waitingUntil: null, updatedAt: sql<Date>`now()` })
    .where('id', '=', jobId)
    .execute();
}

/** Exact totals: the rows of the ledger plus the unchanged rows that were dropped and only counted. */
export async function totalCounts(trx: UserTransaction, jobId: string): Promise<Counts> {
  const { rows } = await sql<OutcomeRow>`
    select outcome, count(*) as count, sum(bytes) as bytes from job_items where job_id = ${jobId} group by outcome
    union all
    select 'unchanged', coalesce(sum(p.items_unchanged), 0) - (
      select count(*) from job_items i where i.job_id = ${jobId} and i.outcome = 'unchanged'
    ), 0
    from job_pages p where p.job_id = ${jobId}`.execute(trx);
  return toCounts(rows);
}

/** The totals of a job that has ended. */
export async function findJobCounts(
  trx: UserTransaction,
  jobId: string,
): Promise<Readonly<Record<Outcome | 'found', number>> | null> {
  const row = await trx
    .selectFrom('syncJobs')
    .select([
      'itemsFound as found',
      'itemsCreated as created',
      'itemsUpdated as updated',
      'itemsUnchanged as unchanged',
      'itemsRemoved as removed',
      'itemsSkipped as skipped',
      'itemsFailed as failed',
    ])
    .where('id', '=', jobId)
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Ends a job: sets its totals from the ledger and, if it completed, the checkpoint. If the counts do not add up, the
 * job fails. A job that has already ended is not changed. @returns how it ended
 */
export async function recordJobEnd(trx: UserTransaction, job: JobRow, asked: JobEnd): Promise<JobEnd> {
  const total = await totalCounts(trx, job.id);
  const end = job.dryRun ? asked : verdict(asked, total);
  const pending = asked.status === 'completed' ? 0 : total.found - endedItems(total);
  const counts = { ...total, found: total.found - pending };
  const closed = await trx
    .updateTable('syncJobs')
    .set({
      status: end.status,
      errorCode: end.errorCode,
      errorMessage: end.errorMessage,
      ...countColumns(counts),
      itemsPending: pending,
      itemsProcessed: endedItems(counts),
      waitingReason: null,
      waitingUntil: null,
      completedAt: sql<Date>`now()`,
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', job.id)
    .where('status', 'in', ['pending', 'running'])
    .returning('id')
    .executeTakeFirst();
  if (closed === undefined) return end;
  await releaseSource(trx, job.dataSourceId, job.dryRun ? null : lastSyncOf(end));
  if (end.status === 'completed' && !job.dryRun) await commitPosition(trx, job);
  await recordJobDay(trx, job.id);
  if (end.status !== 'cancelled')
    await recordJobEvent(trx, job.id, end.status === 'completed' ? 'job.finished' : 'job.failed');
  return end;
}

/**
 * Ends a job whose workflow no longer exists (terminated, lost) as failed, with the totals of what it did, and releases
 * its source. It does nothing to a job that has ended.
 */
export async function markInterrupted(trx: UserTransaction, jobId: string): Promise<void> {
  await lockJob(trx, jobId);
  const job = await findJob(trx, jobId);
  if (job?.status !== 'pending' && job?.status !== 'running') return;
  const message =
    'The job was stopped from outside. Its finished work is kept, and the next sync continues from there.';
  if (!job.dryRun) await endUnfinished(trx, jobId, { code: 'interrupted', message });
  await forgetCandidates(trx, jobId);
  await forgetPlanContainers(trx, jobId);
  await recordJobEnd(trx, job, { status: 'failed', errorCode: 'interrupted', errorMessage: message });
}

/** Returns what the source shows about its last sync. A cancelled one has no error. */
function lastSyncOf({ status, errorMessage }: JobEnd): LastSync {
  return { status, error: status === 'failed' ? errorMessage : null };
}

function endedItems(counts: Counts): number {
  return counts.created + counts.updated + counts.unchanged + counts.removed + counts.skipped + counts.failed;
}

function verdict(asked: JobEnd, counts: Counts): JobEnd {
  if (asked.status !== 'completed' || endedItems(counts) === counts.found) return asked;
  return {
    status: 'failed',
    errorCode: 'counts_do_not_add_up',
    errorMessage: `${counts.found - endedItems(counts)} of ${counts.found} items were not finished. The next sync will process them.`,
  };
}

/**
 * The next incremental job starts where this one's listing began, but only once everything up to that point is stored.
 */
async function commitPosition(trx: UserTransaction, job: JobRow): Promise<void> {
  // Part of the source before the position was not read, and it is unknown which part. So the position does not move,
  // and the next job lists everything.
  const lacksSomething = await metUnknownGap(trx, job.id);
  const wasFull = job.mode === 'full' && job.listingComplete && !lacksSomething;
  await closeGaps(trx, job, wasFull);
  await trx
    .updateTable('dataSources')
    .set({
      ...(job.mode === 'reprocess' ? {} : { lastSyncAt: sql<Date>`now()` }),
      totalItemsSynced: sql<number>`(select count(*) from sync_items
        where data_source_id = ${job.dataSourceId} and sync_status = 'synced')`,
      ...(job.nextCheckpoint === null || lacksSomething
        ? {}
        : {
            checkpoint: sql<string>`case when ${changedMeanwhile(job.id)} then checkpoint else ${job.nextCheckpoint} end`,
          }),
      ...(wasFull ? { lastFullListingAt: sql<Date>`now()` } : {}),
      ...(wasFull && job.progressData.removals?.decision !== 'keep'
        ? { configChangedAt: sql<Date>`case when ${changedMeanwhile(job.id)} then config_changed_at end` }
        : {}),
    })
    .where('id', '=', job.dataSourceId)
    .execute();
}

/** Whether the config was changed while this job ran: the job has listed something else, and its position does not apply. */
const changedMeanwhile = (jobId: string) => sql`(config_changed_at is not null
  and config_changed_at >= (select started_at from sync_jobs where id = ${jobId}))`;

/** Whether any page contained new, renamed or moved containers, so that paths have to be recomputed. */
export async function haveContainersChanged(trx: UserTransaction, jobId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('jobPages')
    .select('page')
    .where('jobId', '=', jobId)
    .where('containersChanged', '=', true)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Ends the items of a cancelled or failed job. Decisions that needed no attempt are kept. All other items were not
 * tried: they do not count as skipped, they are listed with the reason, and the next job processes them.
 */
export async function endUnfinished(
  trx: UserTransaction,
  jobId: string,
  reason: { readonly code: ErrorCode; readonly message: string },
): Promise<void> {
  await sql`
    update job_items set state = 'done', updated_at = now(),
      outcome = case action when 'keep' then 'unchanged' when 'skip' then 'skipped' else 'failed' end
    where job_id = ${jobId} and state <> 'done' and action in ('keep', 'skip', 'defer')`.execute(trx);
  await sql`
    update job_items set error_code = ${reason.code}, error_message = ${reason.message}, updated_at = now()
    where job_id = ${jobId} and state <> 'done'`.execute(trx);
}
