/** Parts of a source that could not be listed. Refused is not empty (P13): what lies in them is neither removed nor hidden. */

import { sql } from 'kysely';
import type { Gap } from '../../domain/source.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { toJson } from '../access/parameters.ts';
import type { PageKey } from './listing.ts';

/** Stands for a gap of which it is not known what it lacks. */
const everywhere = '';

type JobKey = Pick<PageKey, 'jobId' | 'userId' | 'dataSourceId'>;

/**
 * Writes down what a page could not list, with the job and, where later jobs are to try it again, with the source. A plan
 * changes nothing of the source, and what is asked for by hand are items, whose failure is theirs.
 */
export async function recordGaps(
  trx: UserTransaction,
  key: JobKey & { readonly ofSource: boolean },
  gaps: readonly Gap[],
): Promise<void> {
  if (gaps.length === 0) return;
  const rows = gaps.map(({ externalId, name, code, message, retryAfterMs }) => ({
    external_id: externalId ?? everywhere,
    name,
    code,
    message,
    rest_ms: retryAfterMs,
  }));
  const incoming = sql`
    select distinct on (external_id) *, now() + make_interval(secs => rest_ms / 1000) as next_attempt_at
    from jsonb_to_recordset(${toJson(rows)}::jsonb)
      as x(external_id text, name text, code text, message text, rest_ms float8)
    order by external_id`;
  if (key.ofSource) {
    await sql`
      insert into source_gaps as g (data_source_id, external_id, user_id, name, code, message, next_attempt_at, last_job_id)
      select ${key.dataSourceId}, i.external_id, ${key.userId}, i.name, i.code, i.message, i.next_attempt_at, ${key.jobId}
      from (${incoming}) i
      on conflict (data_source_id, external_id) do update set name = excluded.name, code = excluded.code,
        message = excluded.message, next_attempt_at = excluded.next_attempt_at, last_job_id = excluded.last_job_id,
        attempts = g.attempts + case when g.last_job_id = excluded.last_job_id then 0 else 1 end`.execute(trx);
  }
  await sql`
    insert into job_gaps (job_id, external_id, user_id, name, code, message, since, next_attempt_at)
    select ${key.jobId}, i.external_id, ${key.userId}, i.name, i.code, i.message, coalesce(g.since, now()),
      i.next_attempt_at
    from (${incoming}) i
    left join source_gaps g on g.data_source_id = ${key.dataSourceId} and g.external_id = i.external_id
    on conflict (job_id, external_id) do update set name = excluded.name, code = excluded.code,
      message = excluded.message, next_attempt_at = excluded.next_attempt_at`.execute(trx);
}

/** What a person calls a container: as the listing named it, or the gap that it was before, else its id. */
export async function findContainerName(trx: UserTransaction, key: JobKey, externalId: string): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select name from source_containers where data_source_id = ${key.dataSourceId} and external_id = ${externalId}
    union all
    select name from source_gaps where data_source_id = ${key.dataSourceId} and external_id = ${externalId}
    union all
    select name from sync_items where data_source_id = ${key.dataSourceId} and external_id = ${externalId}
    limit 1`.execute(trx);
  return rows[0]?.name ?? externalId;
}

/** A listing that starts over names its gaps anew. */
export async function forgetJobGaps(trx: UserTransaction, jobId: string): Promise<void> {
  await trx.deleteFrom('jobGaps').where('jobId', '=', jobId).execute();
}

/** Gaps of earlier jobs that are due: this job lists their containers whole. @param asked by hand: whatever the vendor's time */
export async function queueGaps(
  trx: UserTransaction,
  job: { readonly id: string; readonly userId: string; readonly dataSourceId: string },
  asked: boolean,
): Promise<void> {
  await sql`
    insert into job_containers (job_id, external_id, user_id)
    select ${job.id}, external_id, ${job.userId} from source_gaps
    where data_source_id = ${job.dataSourceId} and external_id <> ${everywhere}
      and (${asked} or next_attempt_at is null or next_attempt_at <= now())
    on conflict do nothing`.execute(trx);
}

/** Is there a gap of which it is not known what it lacks? Only a full listing can close it. */
export async function hasUnknownGap(trx: UserTransaction, dataSourceId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('sourceGaps')
    .select('externalId')
    .where('dataSourceId', '=', dataSourceId)
    .where('externalId', '=', everywhere)
    .executeTakeFirst();
  return row !== undefined;
}

/** Did this job meet a gap of which it is not known what it lacks? Its position stays, and nothing it missed is removed. */
export async function metUnknownGap(trx: UserTransaction, jobId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('jobGaps')
    .select('externalId')
    .where('jobId', '=', jobId)
    .where('externalId', '=', everywhere)
    .executeTakeFirst();
  return row !== undefined;
}

export async function countJobGaps(trx: UserTransaction, jobId: string): Promise<number> {
  const row = await trx
    .selectFrom('jobGaps')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('jobId', '=', jobId)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/**
 * Closes the gaps that this completed job has filled: after a complete full listing all that it did not name again, else those
 * whose containers it listed whole. In the transaction that moves the position, so that no kill leaves one without the other.
 */
export async function closeGaps(
  trx: UserTransaction,
  job: { readonly id: string; readonly dataSourceId: string },
  wasFull: boolean,
): Promise<void> {
  await sql`
    delete from source_gaps g
    where g.data_source_id = ${job.dataSourceId}
      and not exists (select from job_gaps j where j.job_id = ${job.id} and j.external_id = g.external_id)
      and (${wasFull} or exists (select from job_containers c
        where c.job_id = ${job.id} and c.external_id = g.external_id and c.listed))`.execute(trx);
}

/** What the vendor itself says to be gone is no gap any more. A plan changes nothing of the source. */
export async function dropGapsOf(
  trx: UserTransaction,
  key: JobKey & { readonly dryRun: boolean },
  externalIds: ReturnType<typeof sql>,
): Promise<void> {
  await sql`delete from job_gaps where job_id = ${key.jobId} and external_id in (${externalIds})`.execute(trx);
  if (key.dryRun) return;
  await sql`
    delete from source_gaps where data_source_id = ${key.dataSourceId} and external_id in (${externalIds})`.execute(
    trx,
  );
}

/**
 * The gaps that a job goes by: its own, and those of earlier jobs that it has not filled. A complete full listing has filled
 * all that it did not name again.
 */
const standingGaps = (jobId: string, dataSourceId: string) => sql`
  select external_id from job_gaps where job_id = ${jobId}
  union
  select g.external_id from source_gaps g
  where g.data_source_id = ${dataSourceId}
    and not exists (select from sync_jobs where id = ${jobId} and mode = 'full' and listing_complete)
    and not exists (select from job_containers c where c.job_id = ${jobId} and c.external_id = g.external_id and c.listed)`;

/**
 * A query for the ids of the items and containers that lie in standing gaps at any depth, and of the gaps themselves: by the
 * tree of containers, by items that hold others (pages, mails), and by paths where a source has no containers.
 */
export const insideGaps = (jobId: string, dataSourceId: string) => sql`
  with recursive gap as materialized (
    ${standingGaps(jobId, dataSourceId)}
  ), inside as (
    select external_id from gap
    union
    select child.external_id
    from inside i, lateral (
      select c.external_id from source_containers c
      where c.data_source_id = ${dataSourceId} and c.parent_external_id = i.external_id
      union all
      select s.external_id from sync_items s
      where s.data_source_id = ${dataSourceId} and s.parent_external_id = i.external_id
    ) child
  )
  select external_id from inside
  union all
  select s.external_id from gap g join sync_items s on s.data_source_id = ${dataSourceId}
    and s.parent_external_id is null
    and starts_with(lower(s.external_path), lower(trim(both '/' from g.external_id)) || '/')
  where g.external_id <> ${everywhere}`;

/** A gap as it is kept: times as Postgres writes them into JSON. */
export interface StoredGap {
  /** Null: it is not known what is missing. */
  readonly externalId: string | null;
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly since: string;
  /** Null: the next job tries it again. */
  readonly nextAttemptAt: string | null;
}

/** Gaps that are shown of one job or source at the most; the count is exact. */
const maxShown = 100;

const owners = {
  syncJobs: { table: sql.table('job_gaps'), key: sql.ref('job_id'), owner: sql.ref('sync_jobs.id') },
  dataSources: { table: sql.table('source_gaps'), key: sql.ref('data_source_id'), owner: sql.ref('data_sources.id') },
} as const;

/** Columns of a query over jobs (what each met) or over sources (what is open of each): the first gaps by name. */
export function selectGaps(of: keyof typeof owners) {
  const { table, key, owner } = owners[of];
  return sql<readonly StoredGap[]>`coalesce((
    select jsonb_agg(jsonb_build_object('externalId', nullif(g.external_id, ${everywhere}), 'name', g.name,
      'code', g.code, 'message', g.message, 'since', g.since, 'nextAttemptAt', g.next_attempt_at)
      order by g.name, g.external_id)
    from (select * from ${table} where ${key} = ${owner} order by name, external_id limit ${sql.lit(maxShown)}) g
  ), '[]')`.as('gaps');
}

export function selectGapCount(of: keyof typeof owners) {
  const { table, key, owner } = owners[of];
  return sql<number>`(select count(*) from ${table} where ${key} = ${owner})::int`.as('gapCount');
}
