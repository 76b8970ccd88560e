/** Opening and closing a job's row, and the counts between. */

import { sql } from 'kysely';
import type { Outcome, JobStatus, JobType, Counts, JobMode, JobEnd } from '../../domain/contract.ts';
import type { Checkpoint, SourceType } from '../../domain/source.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { closeGaps, metUnknownGap } from '../items/gaps.ts';
import { type LastSync, releaseSource } from './job-lease.ts';
import { countColumns, toCounts } from './ledger.ts';
import type { ConnectionProvider } from '../tables/data-sources.ts';
import type { ProgressData } from '../tables/sync-jobs.ts';
import { recordJobEvent } from '../webhooks/webhook-outbox.ts';
import { toJson } from '../access/parameters.ts';
import type { ErrorCode } from '../../domain/error-codes.ts';

export interface JobRow {
  readonly id: string;
  readonly dataSourceId: string;
  readonly jobType: JobType;
  readonly mode: JobMode | null;
  readonly status: JobStatus;
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
  'dryRun',
  'externalIds',
  'workflowId',
  'listingComplete',
  'nextCheckpoint',
  'progressData',
] as const;

/** One job of this user, or nothing. */
export async function findJob(trx: UserTransaction, jobId: string): Promise<JobRow | undefined> {
  const row = await trx.selectFrom('syncJobs').select(jobColumns).where('id', '=', jobId).executeTakeFirst();
  return row === undefined ? undefined : { ...row, nextCheckpoint: row.nextCheckpoint as Checkpoint | null };
}

export interface SyncSource {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** Whose limits at the vendor it shares with the user's other sources of this account. */
  readonly accountLabel: string | null;
  readonly sourceType: SourceType;
  readonly connectionProvider: ConnectionProvider | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly checkpoint: Checkpoint | null;
  readonly needsSignIn: boolean;
  readonly isActive: boolean;
  /** The interval for full listings has passed since the last complete one, or there was none. */
  readonly reconcileDue: boolean;
}

/** What a sync needs to know of its source; no credentials. */
export async function findSyncSource(trx: UserTransaction, dataSourceId: string): Promise<SyncSource | undefined> {
  const row = await trx
    .selectFrom('dataSources')
    .select(['id', 'userId', 'name', 'sourceType', 'connectionProvider', 'accountLabel', 'config', 'checkpoint'])
    .select(['needsSignIn', 'isActive'])
    .select(
      sql<boolean>`last_full_listing_at is null
        or last_full_listing_at < now() - make_interval(hours => reconcile_interval_hours)`.as('reconcileDue'),
    )
    .where('id', '=', dataSourceId)
    .executeTakeFirst();
  return row === undefined ? undefined : { ...row, checkpoint: row.checkpoint as Checkpoint | null };
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
    // What is signed out stays so: the end of a job makes "connected" of "syncing".
    .where('connectionStatus', '!=', 'disconnected')
    .execute();
}

/** Adds to what is shown about a job beyond its counters. */
export async function noteProgress(trx: UserTransaction, jobId: string, note: ProgressData): Promise<void> {
  await trx
    .updateTable('syncJobs')
    .set({ progressData: sql<string>`progress_data || ${toJson(note)}::jsonb`, updatedAt: sql<Date>`now()` })
    .where('id', '=', jobId)
    .execute();
}

/** Says until when a vendor or the embedder makes the job wait. */
export async function noteWaiting(
  trx: UserTransaction,
  jobId: string,
  reason: 'rate_limit' | 'quota',
  until: Date,
): Promise<void> {
  await trx
    .updateTable('syncJobs')
    .set({ waitingReason: reason, waitingUntil: until, updatedAt: sql<Date>`now()` })
    .where('id', '=', jobId)
    .where((eb) => eb.or([eb('waitingUntil', 'is', null), eb('waitingUntil', '<', until)]))
    .execute();
}

/** Says that the job waits for somebody to sign in, or no longer does. */
export async function noteSignInNeeded(trx: UserTransaction, jobId: string, isNeeded: boolean): Promise<void> {
  await trx
    .updateTable('syncJobs')
    .set({ waitingReason: isNeeded ? 'sign_in' : null, waitingUntil: null, updatedAt: sql<Date>`now()` })
    .where('id', '=', jobId)
    .execute();
}

/** Exact totals: rows of the ledger, and the unchanged rows that were dropped and only counted. */
export async function totalCounts(trx: UserTransaction, jobId: string): Promise<Counts> {
  const { rows } = await sql<{ outcome: Outcome | null; count: string; bytes: string | null }>`
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
 * Ends a job: totals from the ledger, and for a completed one the checkpoint. Counts that do not add up are a failed job
 * (pitfall 15). A job that has ended already stays as it is. @returns how it ended
 */
export async function closeJob(trx: UserTransaction, job: JobRow, asked: JobEnd): Promise<JobEnd> {
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
  if (end.status !== 'cancelled')
    await recordJobEvent(trx, job.id, end.status === 'completed' ? 'job.finished' : 'job.failed');
  return end;
}

/** What the source shows of its last sync. One that somebody cancelled has met no error. */
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
    errorMessage: `${counts.found - endedItems(counts)} of ${counts.found} items found were not brought to an end; the next sync takes them up again.`,
  };
}

/** The next incremental job starts where this one's listing began. Only after everything up to there is in. */
async function commitPosition(trx: UserTransaction, job: JobRow): Promise<void> {
  // What was not read lies before the position, and nobody knows where: it stays, and the next job lists everything.
  const lacksSomething = await metUnknownGap(trx, job.id);
  const wasFull = job.mode === 'full' && job.listingComplete && !lacksSomething;
  await closeGaps(trx, job, wasFull);
  await trx
    .updateTable('dataSources')
    .set({
      ...(job.mode === 'reprocess' ? {} : { lastSyncAt: sql<Date>`now()` }),
      totalItemsSynced: sql<number>`(select count(*) from sync_items
        where data_source_id = ${job.dataSourceId} and sync_status = 'synced')`,
      ...(job.nextCheckpoint === null || lacksSomething ? {} : { checkpoint: job.nextCheckpoint }),
      ...(wasFull ? { lastFullListingAt: sql<Date>`now()` } : {}),
    })
    .where('id', '=', job.dataSourceId)
    .execute();
}

/** Did any page bring new, renamed or moved containers? Then paths have to be computed again. */
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
 * A cancelled or failed job: what it had decided without trying anything ends so. All else was not tried: it is not counted as
 * left out, it is named with the reason, and the next job takes it up.
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
