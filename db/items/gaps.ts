/**
 * Parts of a source that could not be listed. A refusal does not mean that they are empty (P13): the items in them are
 * neither removed nor hidden.
 */

import { sql } from 'kysely';
import type { Gap } from '../../domain/source.ts';
import { failedItemRestMinutes, gapAttemptsAtFirst } from '../../domain/retry-policy.ts';
import { hashedIdPrefix } from '../../domain/storable.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { toJson } from '../access/parameters.ts';
import type { PageKey } from './listing.ts';
import { childrenOfInside } from './item-look-ups.ts';
import { foldedCase } from './paths.ts';

/**
 * When a gap, or an item in doubt, is asked for again after so many jobs met it. A full listing looks at everything
 * anyway.
 */
export const restAfter = (
  attempts: ReturnType<typeof sql>,
) => sql`case when ${attempts} > ${sql.lit(gapAttemptsAtFirst)}
  then now() + interval '1 minute' * least(${sql.lit(failedItemRestMinutes.max)},
    ${sql.lit(failedItemRestMinutes.first)} * power(2, least(${attempts} - ${sql.lit(gapAttemptsAtFirst + 1)}, 10))) end`;

/** Stands for a gap whose extent is unknown. */
const everywhere = '';

type JobKey = Pick<PageKey, 'jobId' | 'userId' | 'dataSourceId'>;

/**
 * Records the parts that a page could not list: with the job, and with the source if later jobs are to retry them. A
 * plan changes nothing of the source, and a manual job looks up items, which fail on their own.
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
    const attempts = sql`(g.attempts + case when g.last_job_id = excluded.last_job_id then 0 else 1 end)`;
    await sql`
      insert into source_gaps as g (data_source_id, external_id, user_id, name, code, message, next_attempt_at, last_job_id)
      select ${key.dataSourceId}, i.external_id, ${key.userId}, i.name, i.code, i.message, i.next_attempt_at, ${key.jobId}
      from (${incoming}) i
      on conflict (data_source_id, external_id) do update set name = excluded.name, code = excluded.code,
        message = excluded.message, last_job_id = excluded.last_job_id, attempts = ${attempts},
        next_attempt_at = greatest(excluded.next_attempt_at, ${restAfter(attempts)})`.execute(trx);
  }
  await sql`
    insert into job_gaps (job_id, external_id, user_id, name, code, message, since, next_attempt_at)
    select ${key.jobId}, i.external_id, ${key.userId}, i.name, i.code, i.message, coalesce(g.since, now()),
      greatest(i.next_attempt_at, g.next_attempt_at)
    from (${incoming}) i
    left join source_gaps g on g.data_source_id = ${key.dataSourceId} and g.external_id = i.external_id
    on conflict (job_id, external_id) do update set name = excluded.name, code = excluded.code,
      message = excluded.message, next_attempt_at = excluded.next_attempt_at`.execute(trx);
}

/** The name of a container as people know it: from the listing or from an earlier gap, or else its id. */
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

/** A listing that starts over reports its gaps again. */
export async function forgetJobGaps(trx: UserTransaction, jobId: string): Promise<void> {
  await trx.deleteFrom('jobGaps').where('jobId', '=', jobId).execute();
}

/**
 * Queues the gaps of earlier jobs that are due, so that this job lists their containers completely. @param asked true
 * for a manual request, which ignores the vendor's requested wait
 */
export async function queueGaps(
  trx: UserTransaction,
  job: { readonly id: string; readonly userId: string; readonly dataSourceId: string },
  asked: boolean,
): Promise<void> {
  await sql`
    insert into job_containers (job_id, external_id, user_id)
    select ${job.id}, external_id, ${job.userId} from source_gaps
    where data_source_id = ${job.dataSourceId} and external_id <> ${everywhere}
      and not starts_with(external_id, ${hashedIdPrefix})
      and (${asked} or next_attempt_at is null or next_attempt_at <= now())
    on conflict do nothing`.execute(trx);
}

/** Whether the source has a gap of unknown extent. Only a full listing can close it. */
export async function hasUnknownGap(trx: UserTransaction, dataSourceId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('sourceGaps')
    .select('externalId')
    .where('dataSourceId', '=', dataSourceId)
    .where('externalId', '=', everywhere)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Whether this job met a gap of unknown extent. If so, its position does not move, and nothing that it missed is
 * removed.
 */
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
 * Closes the gaps that this completed job has filled: after a complete full listing, all that it did not report again;
 * otherwise those whose containers it listed completely. It runs in the transaction that moves the position, so that a
 * killed process cannot leave one without the other.
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

/** Removes the gaps of containers that the vendor reports as deleted. A plan changes nothing of the source. */
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
 * The gaps that apply to a job: its own, and those of earlier jobs that it has not filled. A complete full listing has
 * filled all that it did not report again.
 */
const standingGaps = (jobId: string, dataSourceId: string) => sql`
  select external_id from job_gaps where job_id = ${jobId}
  union
  select g.external_id from source_gaps g
  where g.data_source_id = ${dataSourceId}
    and not exists (select from sync_jobs where id = ${jobId} and mode = 'full' and listing_complete)
    and not exists (select from job_containers c where c.job_id = ${jobId} and c.external_id = g.external_id and c.listed)`;

/**
 * A query for the ids of the items and containers in open gaps, at any depth, and of the gaps themselves. It follows
 * the tree of containers, items that contain others (pages, mails), and paths if a source has no containers: those that
 * are shown, and those that are ids (a local folder's, whose names need not be text).
 */
export const insideGaps = (jobId: string, dataSourceId: string) => sql`
  with recursive gap as materialized (
    ${standingGaps(jobId, dataSourceId)}
  ), inside as (
    select external_id from gap
    union
    ${childrenOfInside(dataSourceId)}
  )
  select external_id from inside
  union all
  select s.external_id from gap g join sync_items s on s.data_source_id = ${dataSourceId}
    and s.parent_external_id is null
    and (starts_with(${foldedCase(sql`s.external_path`)} || '/', ${foldedCase(sql`trim(both '/' from g.external_id)`)} || '/')
      or starts_with(s.external_id || '/', g.external_id || '/'))
  where g.external_id <> ${everywhere}`;

/** A gap as stored, with times as Postgres writes them into JSON. */
export interface StoredGap {
  /** Null if the extent of the gap is unknown. */
  readonly externalId: string | null;
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly since: string;
  /** Null if the next job retries it. */
  readonly nextAttemptAt: string | null;
}

/** Maximum number of gaps that are shown for a job or source. The count is exact. */
const maxShown = 100;

const owners = {
  syncJobs: { table: sql.table('job_gaps'), key: sql.ref('job_id'), owner: sql.ref('sync_jobs.id') },
  dataSources: { table: sql.table('source_gaps'), key: sql.ref('data_source_id'), owner: sql.ref('data_sources.id') },
} as const;

/** Columns for a query over jobs (gaps that each met) or sources (gaps that each still has): the first gaps by name. */
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
