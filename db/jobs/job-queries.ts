/** Jobs as people see them. */

import { sql } from 'kysely';
import type { Outcome, JobStatus, JobType, Counts, PlannedAction } from '../../domain/contract.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { type PagePosition } from '../access/cursors.ts';
import { selectGapCount, selectGaps } from '../items/gaps.ts';
import type { ItemState } from '../tables/job-items.ts';
import { type OutcomeRow, toCounts } from './ledger.ts';

const columns = [
  'id',
  'dataSourceId',
  'jobType',
  'mode',
  'trigger',
  'dryRun',
  'status',
  'itemsFound',
  'itemsProcessed',
  'itemsCreated',
  'itemsUpdated',
  'itemsUnchanged',
  'itemsRemoved',
  'itemsSkipped',
  'itemsFailed',
  'itemsPending',
  'bytesProcessed',
  'listingComplete',
  'errorCode',
  'errorMessage',
  'progressData',
  'pagesAtOnce',
  'requestsPerSecond',
  'waitingReason',
  'waitingOn',
  'waitingUntil',
  'workflowId',
  'startedAt',
  'completedAt',
  'createdAt',
] as const;

export type Job = Awaited<ReturnType<typeof listJobs>>[number];

export interface JobFilter {
  readonly dataSourceId?: string | undefined;
  readonly status?: JobStatus | undefined;
  readonly jobType?: JobType | undefined;
  readonly dryRun?: boolean | undefined;
}

function detail(trx: UserTransaction) {
  return trx
    .selectFrom('syncJobs')
    .select(columns)
    .select([selectGaps('syncJobs'), selectGapCount('syncJobs')]);
}

/** Newest first. */
export async function listJobs(trx: UserTransaction, filter: JobFilter, limit: number, after: PagePosition | null) {
  return await detail(trx)
    .$if(filter.dataSourceId !== undefined, (q) => q.where('dataSourceId', '=', filter.dataSourceId ?? ''))
    .$if(filter.status !== undefined, (q) => q.where('status', '=', filter.status ?? 'pending'))
    .$if(filter.jobType !== undefined, (q) => q.where('jobType', '=', filter.jobType ?? 'delta'))
    .$if(filter.dryRun !== undefined, (q) => q.where('dryRun', '=', filter.dryRun ?? false))
    .$if(after !== null, (q) => q.where(sql<boolean>`id < ${after?.id}`))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

export async function findJobDetail(trx: UserTransaction, id: string): Promise<Job | undefined> {
  return await detail(trx).where('id', '=', id).executeTakeFirst();
}

/** A job with the version of its row, which every change of the row replaces. */
export async function findJobWithVersion(trx: UserTransaction, id: string) {
  return await detail(trx).select(rowVersion.as('version')).where('id', '=', id).executeTakeFirst();
}

/** The version alone, which costs PostgreSQL a fifth of planning and reading the whole job. */
export async function findJobVersion(trx: UserTransaction, id: string): Promise<string | null> {
  const { rows } = await sql<{ version: string }>`
    select ${rowVersion} as version from sync_jobs where id = ${id}`.execute(trx);
  return rows[0]?.version ?? null;
}

const rowVersion = sql<string>`sync_jobs.xmin::text`;

/** With what was asked of it, to tell a repeat from another request under the same key. */
export async function findJobByIdempotencyKey(trx: UserTransaction, key: string) {
  return await detail(trx).select('externalIds').where('idempotencyKey', '=', key).executeTakeFirst();
}

/** Deletes a job whose workflow could not be started. */
export async function deletePendingJob(trx: UserTransaction, id: string): Promise<void> {
  await trx.deleteFrom('syncJobs').where('id', '=', id).where('status', '=', 'pending').execute();
}

/** The stages at which the items of a running job are, and how many finished recently. */
export interface LiveStages {
  /** Found but not yet fetched. */
  readonly waiting: number;
  readonly downloaded: number;
  readonly transformed: number;
  readonly endedOfLate: number;
}

/** The period that counts as recent, in seconds. */
export const lateSeconds = 60;

/** What is known of a running job beside its row. */
export interface LiveLedger {
  readonly counts: Counts;
  readonly stages: LiveStages;
}

/**
 * Adds the totals of closed pages to the rows of open ones, of which there are a few, however long the job. Those who
 * watch a job ask twice a second, so its rows are read once. Items of a closed page count as ended evenly between its
 * listing and its end.
 */
export async function readLiveLedger(trx: UserTransaction, jobId: string): Promise<LiveLedger> {
  const { rows } = await sql<LedgerRow>`
    with late as (select now() - make_interval(secs => ${lateSeconds}) as since)
    select i.state, i.outcome, count(*) as count, sum(i.bytes) as bytes,
      count(*) filter (where i.state = 'done' and i.updated_at > late.since)::float8 as late
    from late, job_pages p cross join lateral (
      select state, outcome, bytes, updated_at from job_items i where i.job_id = ${jobId} and i.page = p.page offset 0
    ) i
    where p.job_id = ${jobId} and p.state = 'listed' group by i.state, i.outcome
    union all
    select 'done', 'unchanged', coalesce(sum(items_kept), 0), 0, 0 from job_pages
    where job_id = ${jobId} and state = 'listed'
    union all
    select 'done', f.outcome, sum(f.count)::bigint, sum(f.bytes)::numeric, coalesce(sum(f.count * ${shareOfLate}), 0)
    from late, job_pages p, lateral (values
      ('created', p.items_created, p.bytes_processed), ('updated', p.items_updated, 0),
      ('unchanged', p.items_unchanged, 0), ('removed', p.items_removed, 0),
      ('skipped', p.items_skipped, 0), ('failed', p.items_failed, 0)) as f(outcome, count, bytes)
    where p.job_id = ${jobId} and p.state <> 'listed' group by f.outcome`.execute(trx);
  const inState = (...states: readonly ItemState[]) =>
    rows.reduce((sum, { state, count }) => sum + (states.includes(state) ? Number(count) : 0), 0);
  return {
    counts: toCounts(rows),
    stages: {
      waiting: inState('listed', 'planned'),
      downloaded: inState('downloaded'),
      transformed: inState('transformed'),
      endedOfLate: Math.round(rows.reduce((sum, row) => sum + row.late, 0)),
    },
  };
}

interface LedgerRow extends OutcomeRow {
  readonly state: ItemState;
  /** How many of them ended recently. */
  readonly late: number;
}

/** The share of a closed page's time that is recent: 0 to 1. */
const shareOfLate = sql`case when p.closed_at <= late.since then 0 else extract(epoch from
  p.closed_at - greatest(p.listed_at, late.since))::float8 /
  greatest(extract(epoch from p.closed_at - p.listed_at)::float8, 0.001) end`;

export interface JobItemFilter {
  readonly outcome?: Outcome | undefined;
  /** Set for plans only. */
  readonly planned?: PlannedAction | undefined;
  readonly afterExternalId?: string | undefined;
}

/** Counted like the totals of a plan (`computePlan`). A sync also leaves items alone whose wait has not passed. */
const planned = sql<PlannedAction | null>`case when sync_jobs.dry_run then case job_items.action
  when 'create' then 'create' when 'update' then 'update' when 'touch' then 'update' when 'reprocess' then 'update'
  when 'retry' then 'retry' when 'delete' then 'remove' when 'skip' then 'skip' when 'defer' then 'skip'
  when 'keep' then 'unchanged' end end`;

/** The ledger of a job. Unchanged items are only counted and have no rows. */
export async function listJobItems(trx: UserTransaction, jobId: string, filter: JobItemFilter, limit: number) {
  return await trx
    .selectFrom('jobItems')
    .innerJoin('syncJobs', 'syncJobs.id', 'jobItems.jobId')
    .leftJoin('syncItems', (join) =>
      join
        .onRef('syncItems.dataSourceId', '=', 'jobItems.dataSourceId')
        .onRef('syncItems.externalId', '=', 'jobItems.externalId'),
    )
    .select([
      'jobItems.externalId',
      'jobItems.name',
      'jobItems.action',
      'jobItems.state',
      'jobItems.outcome',
      'jobItems.errorCode',
      'jobItems.errorMessage',
      'jobItems.notes',
      'jobItems.bytes',
      'jobItems.size',
      'jobItems.mimeType',
      'jobItems.webUrl',
      'jobItems.updatedAt',
    ])
    .select(planned.as('planned'))
    .select(
      sql<Date | null>`case when job_items.outcome = 'failed' and sync_items.sync_status = 'failed'
        then sync_items.next_attempt_at end`.as('nextAttemptAt'),
    )
    .select(sql<string | null>`coalesce(sync_items.external_path, job_items.external_path, job_items.name)`.as('path'))
    .where('jobItems.jobId', '=', jobId)
    .$if(filter.outcome !== undefined, (q) => q.where('jobItems.outcome', '=', filter.outcome ?? 'failed'))
    .$if(filter.planned !== undefined, (q) => q.where(planned, '=', filter.planned ?? 'skip'))
    .$if(filter.afterExternalId !== undefined, (q) => q.where('jobItems.externalId', '>', filter.afterExternalId ?? ''))
    .orderBy('jobItems.externalId')
    .limit(limit)
    .execute();
}
