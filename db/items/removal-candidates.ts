/**
 * Items that a job considers deleted. They are collected while it lists and removed only at its end: after everything
 * was listed, missing items were confirmed with the vendor, and the guard was consulted (P4). An item that appears
 * after all is taken off this list until then.
 */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import type { JobRemovalsTable } from '../tables/sync-jobs.ts';
import { dropGapsOf, insideGaps, metUnknownGap, restAfter } from './gaps.ts';
import type { PageKey } from './listing.ts';
import { childrenOfInside, isChildOf, knownItem } from './item-look-ups.ts';
import { insertOwnPage } from './own-page.ts';
import { foldedCase } from './paths.ts';

type JobKey = Pick<PageKey, 'jobId' | 'userId' | 'dataSourceId'>;

/**
 * A condition on `s` (sync_items): this job has seen the item. A plan does not mark the items and has a row for each
 * instead.
 */
const isSeen = (jobId: string) => sql`(s.last_seen_job_id = ${jobId}
  or exists (select from job_items j where j.job_id = ${jobId} and j.external_id = s.external_id and not j.deleted))`;

/**
 * A condition on `s`: a full listing missed the item and the vendor could not say whether it was deleted, or the vendor
 * had no content for it, and no later job has seen it since (ids of jobs are in order of time). Jobs of any kind ask
 * again, because a change feed does not report the deletion a second time.
 */
const isInDoubt = sql`(s.missed_by is not null and coalesce(s.last_seen_job_id <= s.missed_by, true))`;

/** Whether a person asked to try everything again: no rest counts then. */
const triesAll = (jobId: string) =>
  sql`exists (select from sync_jobs where id = ${jobId} and mode = 'manual' and external_ids is null)`;

/** Whether this job listed its source completely, except for the gaps that it reported. */
const hasListedAll = (jobId: string) =>
  sql`exists (select from sync_jobs where id = ${jobId} and mode = 'full' and listing_complete)`;

/**
 * Records items or containers that the vendor reports as deleted. Other actions that the job planned for them are
 * dropped.
 */
export async function recordNamed(trx: UserTransaction, key: JobKey, externalIds: readonly string[]): Promise<void> {
  if (externalIds.length === 0) return;
  await insert(trx, key, 'named', sql`select unnest(${externalIds}::text[]) as external_id`);
  await sql`
    delete from job_items where job_id = ${key.jobId} and external_id = any(${externalIds}::text[])`.execute(trx);
}

/**
 * Records known items that the source's config does not select. Like for deleted ones, other actions that the job planned
 * for them are dropped. Items that no job has stored are ignored.
 */
export async function recordOutside(trx: UserTransaction, key: JobKey, externalIds: readonly string[]): Promise<void> {
  if (externalIds.length === 0) return;
  const ids = await insert(trx, key, 'outside', knownAmong(key, externalIds));
  await sql`delete from job_items where job_id = ${key.jobId} and external_id = any(${ids}::text[])`.execute(trx);
}

/**
 * Records known items of which is not known whether they are inside of what the config selects, because a container above
 * them is not known. They are confirmed like missing ones.
 */
export async function recordUnplaced(trx: UserTransaction, key: JobKey, externalIds: readonly string[]): Promise<void> {
  if (externalIds.length === 0) return;
  await cancelDeletions(trx, key, externalIds);
  await insert(trx, key, 'missed', knownAmong(key, externalIds));
}

/** Those of these items that an earlier job has stored, or that this job is about to store. */
const knownAmong = ({ jobId, dataSourceId }: JobKey, externalIds: readonly string[]) => sql`
  select o.external_id from unnest(${externalIds}::text[]) as o(external_id)
  where exists (select from sync_items s where s.data_source_id = ${dataSourceId} and s.external_id = o.external_id)
    or exists (select from job_items j where j.job_id = ${jobId} and j.external_id = o.external_id)`;

/**
 * Records items whose time, as it is stored, is past the retention of the source's config. Nothing that a vendor says now
 * decides it, so unlike other removals they do not look like a mistake, however many they are. A listing that shows an
 * aged item has recorded it as outside before.
 */
export async function recordAged(trx: UserTransaction, key: JobKey, retainDays: number): Promise<void> {
  const aged = sql`
    select s.external_id from sync_items s
    where s.data_source_id = ${key.dataSourceId}
      and s.external_modified_at < now() - make_interval(days => ${retainDays}::int)
      and not exists (select from job_items j
        where j.job_id = ${key.jobId} and j.external_id = s.external_id and not j.deleted offset 0)`;
  await insert(trx, key, 'aged', aged);
}

/** Cancels the deletion of items and containers that exist after all, with everything in them. */
export async function cancelDeletions(
  trx: UserTransaction,
  key: JobKey,
  externalIds: readonly string[],
): Promise<void> {
  if (externalIds.length === 0) return;
  await sql`
    delete from job_removals
    where job_id = ${key.jobId} and external_id = any(${externalIds}::text[]) and state <> 'listed'`.execute(trx);
}

/**
 * Records known items at or below these paths as deleted, except items that this page shows, or that an earlier page of
 * this job showed at another path: a move is reported as a deleted path and a file, on one page or on two. Only paths
 * that are known to be folders are searched, because most paths are single files. Items that an earlier page showed at or
 * below a path count too: until that page is written, they are known at their old path or not at all.
 * @param paths by path without case (`foldCase`), whether everything below is deleted too
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
      select distinct string_to_array(regexp_replace(${foldedCase(sql`external_path`)}, '/[^/]*$', ''), '/') as parts
      from sync_items where data_source_id = ${key.dataSourceId} and external_path like '%/%'
    ), folders as materialized (
      select distinct array_to_string(parts[1:depth], '/') as path
      from parents, generate_series(1, cardinality(parts)) as depth
    ), at_or_below as (
      select external_id, ${foldedCase(sql`external_path`)} as deleted_path from sync_items
      where data_source_id = ${key.dataSourceId} and ${foldedCase(sql`external_path`)} = any(${[...paths.keys()]}::text[])
      union all
      select s.external_id, g.path from deleted g join folders f on f.path = g.path and g.deep
        join sync_items s on starts_with(${foldedCase(sql`s.external_path`)}, g.path || '/')
      where s.data_source_id = ${key.dataSourceId}
    ), known_there as (
      select s.external_id from at_or_below s
      where not exists (
        select from job_items j
        where j.job_id = ${key.jobId} and j.external_id = s.external_id
          and ${foldedCase(sql`j.external_path`)} <> s.deleted_path and not starts_with(${foldedCase(sql`j.external_path`)}, s.deleted_path || '/') offset 0)
    ), listed_there as (
      select j.external_id from (
        select external_id, string_to_array(${foldedCase(sql`external_path`)}, '/') as parts from job_items
        where job_id = ${key.jobId} and external_path is not null
      ) j cross join lateral generate_series(1, cardinality(j.parts)) as depth
        join deleted g on g.path = array_to_string(j.parts[1:depth], '/') and (g.deep or depth = cardinality(j.parts))
    )
    select external_id from (select external_id from known_there union select external_id from listed_there) s
    where s.external_id <> all (${shown}::text[])`;
  const ids = await insert(trx, key, 'path', hit);
  await sql`delete from job_items where job_id = ${key.jobId} and external_id = any(${ids}::text[])`.execute(trx);
}

/** Records known items in these parents, at any depth, as missing if this job did not show them. */
export async function recordUnlisted(trx: UserTransaction, key: JobKey, parents: readonly string[]): Promise<void> {
  if (parents.length === 0) return;
  await insert(
    trx,
    key,
    'missed',
    sql`${inside(key, sql`select unnest(${parents}::text[]) as external_id`)}
      where not ${isSeen(key.jobId)} and s.external_id <> all(${parents}::text[])`,
  );
}

/**
 * The items `s` that these ids name or contain, at any depth. They are looked up one by one, because the planner expects so
 * many of them that it would read all items of the source instead, for each job in which something was deleted.
 */
const inside = ({ dataSourceId }: JobKey, ids: ReturnType<typeof sql>) => sql`
  with recursive inside as (
    ${ids}
    union
    ${childrenOfInside(dataSourceId)}
  )
  select s.external_id from inside i cross join ${knownItem(dataSourceId, sql`i.external_id`)} s`;

/**
 * Records known items whose id the vendor shows as that of a container and of nothing else: it is no item any more. They
 * are confirmed like missing ones.
 */
export async function recordReplaced(trx: UserTransaction, key: JobKey, containers: readonly string[]): Promise<void> {
  if (containers.length === 0) return;
  await insert(
    trx,
    key,
    'missed',
    sql`select s.external_id from sync_items s
      where s.data_source_id = ${key.dataSourceId} and s.external_id = any(${containers}::text[])
        and not ${isSeen(key.jobId)}`,
  );
}

async function insert(
  trx: UserTransaction,
  { jobId, userId }: JobKey,
  reason: JobRemovalsTable['reason'],
  ids: ReturnType<typeof sql>,
): Promise<string[]> {
  const { rows } = await sql<{ externalId: string }>`
    insert into job_removals (job_id, external_id, user_id, reason)
    select ${jobId}, found.external_id, ${userId}, ${reason} from (${ids}) found
    on conflict (job_id, external_id) do update set reason = excluded.reason
      where excluded.reason in ('named', 'outside') or (excluded.reason = 'aged' and job_removals.reason = 'outside')
    returning external_id`.execute(trx);
  return rows.map((row) => row.externalId);
}

/**
 * Completes the list when all pages have ended: it adds the contents of containers that the vendor named, items that a complete
 * listing did not show, and items in doubt from earlier jobs, then takes off items in a gap. A gap inside something that the vendor reports as deleted
 * does not count. Before anything was confirmed, repeating it changes nothing.
 */
export async function completeCandidates(
  trx: UserTransaction,
  key: JobKey & { readonly dryRun: boolean },
): Promise<void> {
  const hasNamed = await hasCandidates(trx, key.jobId);
  if (hasNamed) {
    await insert(trx, key, 'inside', insideNamed(key));
    // A plan stores nothing, so what it has seen may still be known where it was before.
    if (!key.dryRun) await insert(trx, key, 'missed', seenInsideNamed(key));
    await dropGapsOf(
      trx,
      key,
      sql`select external_id from job_removals where job_id = ${key.jobId} and reason in ('named', 'inside')
        union ${containersInside(key)}`,
    );
  }
  const missed = await insert(
    trx,
    key,
    'missed',
    sql`select s.external_id from sync_items s
      where s.data_source_id = ${key.dataSourceId} and ${hasListedAll(key.jobId)} and not ${isSeen(key.jobId)}`,
  );
  const inDoubt = await insert(
    trx,
    key,
    'missed',
    sql`select s.external_id from sync_items s
      where s.data_source_id = ${key.dataSourceId} and ${isInDoubt} and (${triesAll(key.jobId)}
        or coalesce(s.confirm_after <= now(), true)) and not ${isSeen(key.jobId)}`,
  );
  // Most jobs have none, and then there is nothing to keep.
  if (hasNamed || missed.length > 0 || inDoubt.length > 0) await keepGaps(trx, key);
}

async function hasCandidates(trx: UserTransaction, jobId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('jobRemovals')
    .select('jobId')
    .where('jobId', '=', jobId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Excludes items that this job has seen, here or elsewhere: they keep their own entries. A page ages without its sub-pages. */
const insideNamed = (key: JobKey) => sql`
  ${inside(key, sql`select external_id from job_removals where job_id = ${key.jobId} and reason not in ('missed', 'aged')`)}
  where not ${isSeen(key.jobId)}`;

/**
 * Items that this job has seen in something that the vendor then reported as deleted: an attachment of a mail that was
 * deleted while the job went on, of which no feed says more. They are confirmed like missing ones.
 */
const seenInsideNamed = (key: JobKey) => sql`
  ${inside(key, sql`select external_id from job_removals where job_id = ${key.jobId} and reason = 'named'`)}
  where ${isSeen(key.jobId)}`;

/** Containers that the vendor reported as deleted, and those inside them, unless this job has seen them. */
const containersInside = (key: JobKey) => sql`
  select * from (
    with recursive inside as (
      select external_id from job_removals where job_id = ${key.jobId} and reason = 'named'
      union
      select c.external_id from inside i join source_containers c
        on ${isChildOf('c', key.dataSourceId, sql`i.external_id`)}
      where c.last_seen_job_id is distinct from ${key.jobId}
    )
    select external_id from inside
  ) named`;

/**
 * Keeps items in a gap. If the extent of a gap is unknown, all missing items are kept. What is in a gap may have been
 * moved there, so an item at a path that was deleted elsewhere counts as missing and is confirmed like those.
 */
async function keepGaps(trx: UserTransaction, key: JobKey): Promise<void> {
  await sql`
    update job_removals set reason = 'missed'
    where job_id = ${key.jobId} and reason = 'path' and state = 'open'
      and exists (select from job_gaps where job_id = ${key.jobId})`.execute(trx);
  await sql`
    delete from job_removals
    where job_id = ${key.jobId} and reason in ('path', 'missed')
      and external_id in (${insideGaps(key.jobId, key.dataSourceId)})`.execute(trx);
  if (!(await metUnknownGap(trx, key.jobId))) return;
  await sql`delete from job_removals where job_id = ${key.jobId} and reason = 'missed'`.execute(trx);
}

/**
 * A condition on `s` (sync_items): the item is not one that this job considers deleted. Such an item is handled at the
 * job's end, whatever other work it needs; a row in the job would make it count as seen.
 */
export const isNotDeleted = (jobId: string) => sql`not exists (
  select from job_removals r where r.job_id = ${jobId} and r.external_id = s.external_id offset 0)`;

export interface RemovalCount {
  readonly removals: number;
  /** Number of those that were known before this job began, without those that aged; the guard uses this count. */
  readonly losses: number;
  /** Number of those that are past the retention of the source's config. */
  readonly aged: number;
  /** Number of removals that are only missing from a listing and have not been confirmed yet. */
  readonly open: number;
  /** Number of items known before this job began. */
  readonly known: number;
}

/** Counts the items that this job would remove according to what is known so far. */
export async function countCandidates(
  trx: UserTransaction,
  jobId: string,
  dataSourceId: string,
): Promise<RemovalCount> {
  const wasKnown = sql`s.created_at < coalesce(j.started_at, j.created_at)`;
  const { rows } = await sql<RemovalCount>`
    select count(*)::int as removals, (count(*) filter (where ${wasKnown} and r.reason <> 'aged'))::int as losses,
      (count(*) filter (where r.reason = 'aged'))::int as aged,
      (count(*) filter (where r.reason = 'missed' and r.state = 'open'))::int as open,
      case when count(*) = 0 then 0 else (select count(*) from sync_items s, sync_jobs j
        where s.data_source_id = ${dataSourceId} and j.id = ${jobId} and ${wasKnown})::int end as known
    from job_removals r join sync_jobs j on j.id = r.job_id
      cross join ${knownItem(dataSourceId, sql`r.external_id`)} s
    where r.job_id = ${jobId} and r.state <> 'listed'`.execute(trx);
  return rows[0] ?? { removals: 0, losses: 0, aged: 0, open: 0, known: 0 };
}

/** Lists what a job would remove, by id. */
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

/** The next missing items that have not been confirmed, in order. */
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

/**
 * Records the vendor's answers for missing items: `deleted` items are removed, `kept` ones stay although the listing
 * did not show them, and later jobs ask for them again.
 */
export async function recordAnswers(
  trx: UserTransaction,
  { jobId, dataSourceId }: JobKey,
  { deleted, kept }: { readonly deleted: readonly string[]; readonly kept: readonly string[] },
): Promise<void> {
  await sql`
    update job_removals set state = 'confirmed'
    where job_id = ${jobId} and external_id = any(${deleted}::text[]) and state = 'open'`.execute(trx);
  await sql`delete from job_removals where job_id = ${jobId} and external_id = any(${kept}::text[])`.execute(trx);
  if (kept.length === 0) return;
  const times = sql`case when ${isInDoubt} then s.missed_times + 1 else 1 end`;
  await sql`
    update sync_items s set missed_by = ${jobId}, missed_times = ${times}, confirm_after = ${restAfter(times)}
    where s.data_source_id = ${dataSourceId} and s.external_id = any(${kept}::text[])`.execute(trx);
  await sql`
    update sync_jobs set progress_data = jsonb_set(progress_data, '{unconfirmed}',
      to_jsonb(coalesce((progress_data ->> 'unconfirmed')::int, 0) + ${kept.length}::int))
    where id = ${jobId}`.execute(trx);
}

/** Puts up to `limit` deleted items on a page of their own, to be removed. @returns their number */
export async function recordSweepPage(trx: UserTransaction, key: PageKey, limit: number): Promise<number> {
  const { rows } = await sql`
    with next as (
      select r.external_id, s.name, s.item_type, s.external_path
      from job_removals r cross join ${knownItem(key.dataSourceId, sql`r.external_id`)} s
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
  return await insertOwnPage(trx, key, 'sweep', rows.length);
}

/**
 * Deletes containers: those that the vendor reported, with their contents, and those that a complete listing did not
 * show. Containers in a gap stay, and so do those above an item that stays, because they form its path.
 */
export async function sweepContainers(trx: UserTransaction, key: JobKey): Promise<void> {
  const missed = sql`
    select external_id from source_containers
    where data_source_id = ${key.dataSourceId} and last_seen_job_id is distinct from ${key.jobId}
      and ${hasListedAll(key.jobId)} and not exists (select from job_gaps where job_id = ${key.jobId} and external_id = '')`;
  await sql`
    with recursive to_delete as materialized (
      select c.external_id, c.parent_external_id from source_containers c
      where c.data_source_id = ${key.dataSourceId} and c.external_id in (${containersInside(key)} union ${missed})
        and c.external_id not in (${insideGaps(key.jobId, key.dataSourceId)})
    ), kept as (
      select d.* from to_delete d where exists (select from sync_items s
        where ${isChildOf('s', key.dataSourceId, sql`d.external_id`)} offset 0)
      union
      select d.* from kept k join to_delete d on d.external_id = k.parent_external_id
    )
    delete from source_containers c
    using to_delete d
    where c.data_source_id = ${key.dataSourceId} and c.external_id = d.external_id
      and d.external_id not in (select external_id from kept)`.execute(trx);
}

/** A plan lists what a sync would remove among its items, like all other actions. */
export async function listPlannedRemovals(trx: UserTransaction, key: JobKey): Promise<void> {
  await sql`
    insert into job_items (job_id, external_id, user_id, data_source_id, page, deleted, item_type, name, external_path,
      mime_type, size, web_url, action, state)
    select ${key.jobId}, s.external_id, ${key.userId}, s.data_source_id, 0, true, s.item_type, s.name, s.external_path,
      s.mime_type, s.size, s.web_url, 'delete', 'planned'
    from job_removals r cross join ${knownItem(key.dataSourceId, sql`r.external_id`)} s
    where r.job_id = ${key.jobId}
    on conflict (job_id, external_id) do nothing`.execute(trx);
}

/** Clears the list when the job has ended. */
export async function forgetCandidates(trx: UserTransaction, jobId: string): Promise<void> {
  await trx.deleteFrom('jobRemovals').where('jobId', '=', jobId).execute();
}
