/**
 * What a job takes for gone, gathered while it lists and removed only at its end: when all was listed, when what a listing
 * merely missed has been asked for, and when the guard has been asked (P4). Until then an item that shows up after all is
 * simply taken off this list.
 */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import type { JobRemovalsTable } from '../tables/sync-jobs.ts';
import { dropGapsOf, insideGaps, metUnknownGap } from './gaps.ts';
import type { PageKey } from './listing.ts';

type JobKey = Pick<PageKey, 'jobId' | 'userId' | 'dataSourceId'>;

/** Of `s` (sync_items): this job has seen it. A plan notes nothing with the items and has a row for each instead. */
const isSeen = (jobId: string) => sql`(s.last_seen_job_id = ${jobId}
  or exists (select from job_items j where j.job_id = ${jobId} and j.external_id = s.external_id and not j.deleted))`;

/** Did this job list its source whole, but for the gaps that it names? */
const hasListedAll = (jobId: string) =>
  sql`exists (select from sync_jobs where id = ${jobId} and mode = 'full' and listing_complete)`;

/** Items or containers that the vendor itself says to be gone. What the job means to do with them is dropped. */
export async function recordNamed(trx: UserTransaction, key: JobKey, externalIds: readonly string[]): Promise<void> {
  if (externalIds.length === 0) return;
  await insert(trx, key, 'named', sql`select unnest(${externalIds}::text[]) as external_id`);
  await sql`
    delete from job_items where job_id = ${key.jobId} and external_id = any(${externalIds}::text[])`.execute(trx);
}

/** Items and containers that are there after all, with all that lies in them. */
export async function takeBack(trx: UserTransaction, key: JobKey, externalIds: readonly string[]): Promise<void> {
  if (externalIds.length === 0) return;
  await sql`
    delete from job_removals
    where job_id = ${key.jobId} and external_id = any(${externalIds}::text[]) and state <> 'listed'`.execute(trx);
}

/**
 * What is known at or below these paths is gone. Not what this page shows, nor what an earlier page of this job showed at
 * another place: a move is told as a deleted path and a file, on one page or on two.
 * Only what is a folder by what is known is looked into: most paths are single files.
 * @param paths by path, whether all below goes too
 * @param shown items that this page shows
 */
export async function recordPaths(
  trx: UserTransaction,
  key: PageKey,
  paths: ReadonlyMap<string, boolean>,
  shown: readonly string[],
): Promise<void> {
  if (paths.size === 0) return;
  const hit = sql`
    with deleted as (select * from unnest(${[...paths.keys()]}::text[], ${[...paths.values()]}::boolean[]) as g(path, deep)),
    parents as materialized (
      select distinct string_to_array(regexp_replace(lower(external_path), '/[^/]*$', ''), '/') as parts
      from sync_items where data_source_id = ${key.dataSourceId} and external_path like '%/%'
    ), folders as materialized (
      select distinct array_to_string(parts[1:depth], '/') as path
      from parents, generate_series(1, cardinality(parts)) as depth
    ), at_or_below as (
      select s.external_id, g.path as deleted_path from deleted g join sync_items s on lower(s.external_path) = g.path
      where s.data_source_id = ${key.dataSourceId}
      union all
      select s.external_id, g.path from deleted g join folders f on f.path = g.path and g.deep
        join sync_items s on starts_with(lower(s.external_path), g.path || '/')
      where s.data_source_id = ${key.dataSourceId}
    )
    select distinct s.external_id from at_or_below s
    where s.external_id <> all (${shown}::text[]) and not exists (
      select from job_items j
      where j.job_id = ${key.jobId} and j.external_id = s.external_id
        and lower(j.external_path) <> s.deleted_path and not starts_with(lower(j.external_path), s.deleted_path || '/'))`;
  const ids = await insert(trx, key, 'path', hit);
  await sql`delete from job_items where job_id = ${key.jobId} and external_id = any(${ids}::text[])`.execute(trx);
}

/** What is known to lie in these parents, at any depth, and was not shown by this job is missed. */
export async function recordUnlisted(trx: UserTransaction, key: JobKey, parents: readonly string[]): Promise<void> {
  if (parents.length === 0) return;
  await insert(
    trx,
    key,
    'missed',
    sql`
    with recursive inside as (
      select unnest(${parents}::text[]) as external_id
      union
      ${childrenOf(key)}
    )
    select s.external_id from inside i
      join sync_items s on s.data_source_id = ${key.dataSourceId} and s.external_id = i.external_id
    where s.external_id <> all(${parents}::text[]) and not ${isSeen(key.jobId)}`,
  );
}

/** What lies directly in `inside`: items and containers, by the parent they name. */
const childrenOf = ({ dataSourceId }: JobKey) => sql`
  select child.external_id
  from inside i, lateral (
    select c.external_id from source_containers c
    where c.data_source_id = ${dataSourceId} and c.parent_external_id = i.external_id
    union all
    select s.external_id from sync_items s
    where s.data_source_id = ${dataSourceId} and s.parent_external_id = i.external_id
  ) child`;

async function insert(
  trx: UserTransaction,
  { jobId, userId }: JobKey,
  reason: JobRemovalsTable['reason'],
  ids: ReturnType<typeof sql>,
): Promise<string[]> {
  const { rows } = await sql<{ externalId: string }>`
    insert into job_removals (job_id, external_id, user_id, reason)
    select ${jobId}, found.external_id, ${userId}, ${reason} from (${ids}) found
    on conflict (job_id, external_id) do update set reason = excluded.reason where excluded.reason = 'named'
    returning external_id`.execute(trx);
  return rows.map((row) => row.externalId);
}

/**
 * Completes the list when all is listed: what lies in what the vendor named, and what a complete listing did not show. Then
 * takes off it what lies in a gap. A gap in something that the vendor itself says to be gone is none. Repeating it before
 * anything was confirmed changes nothing.
 */
export async function completeCandidates(
  trx: UserTransaction,
  key: JobKey & { readonly dryRun: boolean },
): Promise<void> {
  await insert(trx, key, 'inside', insideNamed(key));
  await dropGapsOf(
    trx,
    key,
    sql`select external_id from job_removals where job_id = ${key.jobId} and reason in ('named', 'inside')
      union ${containersInside(key)}`,
  );
  await insert(
    trx,
    key,
    'missed',
    sql`select s.external_id from sync_items s
      where s.data_source_id = ${key.dataSourceId} and ${hasListedAll(key.jobId)} and not ${isSeen(key.jobId)}`,
  );
  await keepGaps(trx, key);
}

/** Not what this job has seen elsewhere, or here: it keeps its own entry. */
const insideNamed = (key: JobKey) => sql`
  with recursive inside as (
    select external_id from job_removals where job_id = ${key.jobId} and reason <> 'missed'
    union
    ${childrenOf(key)}
  )
  select s.external_id from inside i
    join sync_items s on s.data_source_id = ${key.dataSourceId} and s.external_id = i.external_id
  where not ${isSeen(key.jobId)}`;

/** Containers that the vendor named as gone, and those in them, unless this job has seen them. */
const containersInside = (key: JobKey) => sql`
  select * from (
    with recursive inside as (
      select external_id from job_removals where job_id = ${key.jobId} and reason = 'named'
      union
      select c.external_id from inside i join source_containers c
        on c.data_source_id = ${key.dataSourceId} and c.parent_external_id = i.external_id
      where c.last_seen_job_id is distinct from ${key.jobId}
    )
    select external_id from inside
  ) named`;

/** What lies in a gap stays, and all that was missed where it is not known what a gap lacks. */
async function keepGaps(trx: UserTransaction, key: JobKey): Promise<void> {
  await sql`
    delete from job_removals
    where job_id = ${key.jobId} and reason in ('path', 'missed')
      and external_id in (${insideGaps(key.jobId, key.dataSourceId)})`.execute(trx);
  if (!(await metUnknownGap(trx, key.jobId))) return;
  await sql`delete from job_removals where job_id = ${key.jobId} and reason = 'missed'`.execute(trx);
}

/**
 * Of `s` (sync_items): not one that this job takes for gone. That is its end's business, whatever else there may be to do about
 * it; with a row of the job it would be taken for seen.
 */
export const isNotDeleted = (jobId: string) => sql`not exists (
  select from job_removals r where r.job_id = ${jobId} and r.external_id = s.external_id)`;

export interface RemovalCount {
  readonly removals: number;
  /** Of them, those that were known before this job began: what the guard goes by. */
  readonly losses: number;
  /** Of the removals, those that a listing merely missed and that have not been asked for yet. */
  readonly open: number;
  /** Items known before this job began. */
  readonly known: number;
}

/** What this job would remove, as far as is known by now. */
export async function countCandidates(
  trx: UserTransaction,
  jobId: string,
  dataSourceId: string,
): Promise<RemovalCount> {
  const wasKnown = sql`s.created_at < coalesce(j.started_at, j.created_at)`;
  const { rows } = await sql<RemovalCount>`
    select count(*)::int as removals, (count(*) filter (where ${wasKnown}))::int as losses,
      (count(*) filter (where r.reason = 'missed' and r.state = 'open'))::int as open,
      case when count(*) = 0 then 0 else (select count(*) from sync_items s, sync_jobs j
        where s.data_source_id = ${dataSourceId} and j.id = ${jobId} and ${wasKnown})::int end as known
    from job_removals r join sync_items s on s.data_source_id = ${dataSourceId} and s.external_id = r.external_id
      join sync_jobs j on j.id = r.job_id
    where r.job_id = ${jobId} and r.state <> 'listed'`.execute(trx);
  return rows[0] ?? { removals: 0, losses: 0, open: 0, known: 0 };
}

/** What a job would remove, by id. */
export async function listCandidates(
  trx: UserTransaction,
  job: { readonly id: string; readonly dataSourceId: string },
  afterExternalId: string,
  limit: number,
) {
  return await trx
    .selectFrom('jobRemovals')
    .innerJoin('syncItems', 'syncItems.externalId', 'jobRemovals.externalId')
    .select(['syncItems.externalId', 'syncItems.name', 'syncItems.externalPath as path'])
    .where('jobRemovals.jobId', '=', job.id)
    .where('syncItems.dataSourceId', '=', job.dataSourceId)
    .where('syncItems.externalId', '>', afterExternalId)
    .orderBy('syncItems.externalId')
    .limit(limit)
    .execute();
}

/** The next of those that a listing merely missed, in order. */
export async function findUnconfirmed(trx: UserTransaction, jobId: string, limit: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('jobRemovals')
    .select('externalId')
    .where('jobId', '=', jobId)
    .where('reason', '=', 'missed')
    .where('state', '=', 'open')
    .orderBy('externalId')
    .limit(limit)
    .execute();
  return rows.map((row) => row.externalId);
}

/** The vendor's answers for some that were missed: `gone` goes, `kept` stays although nothing was shown of it. */
export async function recordAnswers(
  trx: UserTransaction,
  jobId: string,
  { deleted, kept }: { readonly deleted: readonly string[]; readonly kept: readonly string[] },
): Promise<void> {
  await sql`
    update job_removals set state = 'confirmed'
    where job_id = ${jobId} and external_id = any(${deleted}::text[]) and state = 'open'`.execute(trx);
  await sql`delete from job_removals where job_id = ${jobId} and external_id = any(${kept}::text[])`.execute(trx);
  if (kept.length === 0) return;
  await sql`
    update sync_jobs set progress_data = jsonb_set(progress_data, '{unconfirmed}',
      to_jsonb(coalesce((progress_data ->> 'unconfirmed')::int, 0) + ${kept.length}::int))
    where id = ${jobId}`.execute(trx);
}

/** Puts up to `limit` of what is gone on a page of their own, to be removed. @returns how many */
export async function recordSweepPage(trx: UserTransaction, key: PageKey, limit: number): Promise<number> {
  const { rows } = await sql`
    with next as (
      select r.external_id, s.name, s.item_type, s.external_path
      from job_removals r join sync_items s on s.data_source_id = ${key.dataSourceId} and s.external_id = r.external_id
      where r.job_id = ${key.jobId} and r.state <> 'listed'
      order by r.external_id limit ${limit}
    ), taken as (
      update job_removals r set state = 'listed' from next n
      where r.job_id = ${key.jobId} and r.external_id = n.external_id
    )
    insert into job_items (job_id, user_id, data_source_id, page, external_id, deleted, name, item_type, external_path)
    select ${key.jobId}, ${key.userId}, ${key.dataSourceId}, ${key.page}, n.external_id, true, n.name, n.item_type,
      n.external_path
    from next n
    on conflict (job_id, external_id) do update set page = excluded.page, batch = null, state = 'listed', action = null,
      outcome = null, deleted = true, updated_at = now()
    returning external_id`.execute(trx);
  if (rows.length === 0) return 0;
  await trx
    .insertInto('jobPages')
    .values({ jobId: key.jobId, page: key.page, userId: key.userId, kind: 'sweep', itemsFound: rows.length })
    .execute();
  return rows.length;
}

/**
 * Containers that are gone: those that the vendor named, with what lies in them, and those that a complete listing did not
 * show. Not those in a gap, nor those above an item that stays: the way to it is kept.
 */
export async function sweepContainers(trx: UserTransaction, key: JobKey): Promise<void> {
  const missed = sql`
    select external_id from source_containers
    where data_source_id = ${key.dataSourceId} and last_seen_job_id is distinct from ${key.jobId}
      and ${hasListedAll(key.jobId)} and not exists (select from job_gaps where job_id = ${key.jobId} and external_id = '')`;
  await sql`
    with recursive doomed as materialized (
      select c.external_id, c.parent_external_id from source_containers c
      where c.data_source_id = ${key.dataSourceId} and c.external_id in (${containersInside(key)} union ${missed})
        and c.external_id not in (${insideGaps(key.jobId, key.dataSourceId)})
    ), kept as (
      select d.* from doomed d where exists (select from sync_items s
        where s.data_source_id = ${key.dataSourceId} and s.parent_external_id = d.external_id)
      union
      select d.* from kept k join doomed d on d.external_id = k.parent_external_id
    )
    delete from source_containers c
    using doomed d
    where c.data_source_id = ${key.dataSourceId} and c.external_id = d.external_id
      and d.external_id not in (select external_id from kept)`.execute(trx);
}

/** A plan names what a sync would remove among its items, as it does all else. */
export async function listPlannedRemovals(trx: UserTransaction, key: JobKey): Promise<void> {
  await sql`
    insert into job_items (job_id, external_id, user_id, data_source_id, page, deleted, item_type, name, external_path,
      mime_type, size, web_url, action, state)
    select ${key.jobId}, s.external_id, ${key.userId}, s.data_source_id, 0, true, s.item_type, s.name, s.external_path,
      s.mime_type, s.size, s.web_url, 'delete', 'planned'
    from job_removals r join sync_items s on s.data_source_id = ${key.dataSourceId} and s.external_id = r.external_id
    where r.job_id = ${key.jobId}
    on conflict (job_id, external_id) do nothing`.execute(trx);
}

/** The list has done its work when the job has ended. */
export async function forgetCandidates(trx: UserTransaction, jobId: string): Promise<void> {
  await trx.deleteFrom('jobRemovals').where('jobId', '=', jobId).execute();
}
