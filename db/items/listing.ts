/** What a listing step writes: one page, its items and containers, and the cursor that leads on. */

import { sql } from 'kysely';
import type { ContainerRef, Cursor, ItemRef, ListPage, SkipReason } from '../../domain/source.ts';
import { type StorableEntry, type StorableItem, storableListing, type StorablePage } from '../../domain/storable.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { butFor } from '../access/halves.ts';
import { lockJob } from '../jobs/job-lease.ts';
import { notStorable } from '../jobs/ledger.ts';
import type { JobPagesTable } from '../tables/sync-jobs.ts';
import type { RecordedPage } from '../../domain/contract.ts';
import { toJson } from '../access/parameters.ts';

export interface PageKey {
  readonly jobId: string;
  readonly userId: string;
  readonly dataSourceId: string;
  readonly page: number;
}

export interface ListingToRecord extends PageKey {
  readonly kind: JobPagesTable['kind'];
  readonly containerExternalId: string | null;
  readonly listing: ListPage;
  /**
   * Which containers of this page are listed whole. A feed announces a folder that is new to the account (moved in, shared),
   * not what lies in it; nor, where that matters, what else a new name or place of a folder changes.
   */
  readonly listContainers: 'none' | 'new' | 'changed';
  readonly dryRun: boolean;
  /** Why an item is left out although the connector would fetch it (type, size); null to take it. */
  readonly ineligible: (item: ItemRef) => SkipReason | null;
}

/** Where the listing of this page starts: after what the page before recorded. */
export type NextListing =
  | { readonly from: 'beginning' }
  | { readonly from: 'cursor'; readonly cursor: Cursor; readonly containerExternalId: string | null }
  | { readonly from: 'container'; readonly externalId: string }
  | { readonly from: 'nothing' };

/** What an earlier attempt of this very step recorded, if it got that far. */
export async function findRecordedPage(trx: UserTransaction, key: PageKey): Promise<RecordedPage | undefined> {
  const row = await trx
    .selectFrom('jobPages')
    .select(['itemsFound', 'itemsKept', 'nextCursor'])
    .where('jobId', '=', key.jobId)
    .where('page', '=', key.page)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    items: row.itemsFound - row.itemsKept,
    unchanged: row.itemsKept,
    more: row.nextCursor !== null || (await hasUnlistedContainer(trx, key.jobId)),
  };
}

/** Reads where to go on. */
export async function findNextListing(trx: UserTransaction, key: PageKey): Promise<NextListing> {
  const previous = await trx
    .selectFrom('jobPages')
    .innerJoin('syncJobs', 'syncJobs.id', 'jobPages.jobId')
    .select(['jobPages.nextCursor', 'jobPages.containerExternalId'])
    .where('jobPages.jobId', '=', key.jobId)
    .where('jobPages.kind', 'in', ['listing', 'container'])
    .where('jobPages.page', '<', key.page)
    .whereRef('jobPages.page', '>=', 'syncJobs.listingFromPage')
    .orderBy('jobPages.page', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (previous === undefined) return { from: 'beginning' };
  if (previous.nextCursor !== null) {
    return {
      from: 'cursor',
      cursor: previous.nextCursor as Cursor,
      containerExternalId: previous.containerExternalId,
    };
  }
  const container = await trx
    .selectFrom('jobContainers')
    .select('externalId')
    .where('jobId', '=', key.jobId)
    .where('listed', '=', false)
    .orderBy('externalId')
    .limit(1)
    .executeTakeFirst();
  return container === undefined ? { from: 'nothing' } : { from: 'container', externalId: container.externalId };
}

/** Records one page. Idempotent by (job, page): the caller asks `findRecordedPage` in the same transaction first. */
export async function recordListing(trx: UserTransaction, asked: ListingToRecord): Promise<RecordedPage> {
  const input = { ...asked, listing: storableListing(asked.listing) };
  const { entries } = input.listing;
  const record = async (some: readonly StorableEntry[]) =>
    await recordEntries(trx, { ...input, listing: { ...input.listing, entries: some } });
  return await butFor(trx, {
    all: async () => await record(entries),
    items: async () => await Promise.resolve(entries),
    some: record,
    without: async (refused) => {
      const states = new Map(refused.map(({ item, sqlState }) => [item, sqlState]));
      return await record(entries.map((entry) => withoutFacts(entry, states.get(entry))));
    },
  });
}

type StorableListing = Omit<ListingToRecord, 'listing'> & { readonly listing: StorablePage };

async function recordEntries(trx: UserTransaction, input: StorableListing): Promise<RecordedPage> {
  const { containers, items, gonePaths, allListed } = latestPerId(input.listing.entries);
  const { next } = input.listing;
  await takeBackGone(trx, input, containers);
  const containersChanged = input.dryRun ? false : await recordContainers(trx, input, containers);
  const rows = items.map((item) => (item.state === 'gone' ? toGoneRow(item) : toItemRow(item, input.ineligible)));
  const same = await findUnchanged(trx, input, rows);
  const rest = rows.filter((row) => !same.has(row.external_id));
  const kept = [...same.values()].filter((isFirst) => isFirst).length;
  const isEmpty = rest.length + gonePaths.size + allListed.length === 0;
  await trx
    .insertInto('jobPages')
    .values({
      jobId: input.jobId,
      page: input.page,
      userId: input.userId,
      kind: input.kind,
      containerExternalId: input.containerExternalId,
      nextCursor: next.more ? next.cursor : null,
      itemsFound: rest.length + kept,
      itemsUnchanged: kept,
      itemsKept: kept,
      ...(isEmpty ? closed : {}),
      containersChanged,
    })
    .execute();
  await recordItems(trx, input, rest);
  const gone =
    (await recordGonePaths(trx, input, gonePaths, [...same.keys()])) + (await recordUnlisted(trx, input, allListed));
  const found = rest.length + gone;
  if (found === 0 && !isEmpty) await closeEmpty(trx, input);
  if (!next.more) await recordEnd(trx, input, next);
  return { items: found, unchanged: kept, more: next.more || (await hasUnlistedContainer(trx, input.jobId)) };
}

/**
 * The saved position is lost: list everything again, from this page on. Not where the page stands in the ledger: another
 * attempt of the step was answered after all, and the listing goes on from there.
 */
export async function restartListing(trx: UserTransaction, key: PageKey, reason: string): Promise<void> {
  // Whoever is recording the page just now is waited for.
  await lockJob(trx, key.jobId);
  if ((await findRecordedPage(trx, key)) !== undefined) return;
  await trx
    .updateTable('syncJobs')
    .set({
      mode: 'full',
      listingFromPage: key.page,
      listingComplete: false,
      nextCheckpoint: null,
      progressData: sql<string>`progress_data || ${toJson({ fallback: reason })}::jsonb`,
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', key.jobId)
    .execute();
  await trx.deleteFrom('jobContainers').where('jobId', '=', key.jobId).execute();
}

/** Of what the database refuses for a reason that nobody foresaw, only that it is there. @param sqlState undefined: it takes it */
function withoutFacts(entry: StorableEntry, sqlState: string | undefined): StorableEntry {
  if (sqlState === undefined) return entry;
  const name = 'What cannot be stored';
  if (entry.state === 'container') return { ...entry, name };
  if (entry.state !== 'present') return entry;
  const { state, externalId, itemType, fingerprint } = entry;
  const nothing = { parentExternalId: null, mimeType: null, size: null, modifiedAt: null, webUrl: null, notes: [] };
  const skip = notStorable(sqlState);
  return { state, externalId, itemType, name, fingerprint: { ...fingerprint, value: 'refused' }, ...nothing, skip };
}

/** A page about which nothing is to be done: no workflow will close it. */
const closed = { state: 'closed', closedAt: sql<Date>`now()` } as const;

/** What it told to be gone was not known. */
async function closeEmpty(trx: UserTransaction, { jobId, page }: PageKey): Promise<void> {
  await trx.updateTable('jobPages').set(closed).where('jobId', '=', jobId).where('page', '=', page).execute();
}

type ItemEntry = Extract<StorableEntry, { state: 'present' | 'gone' }>;

/** A listing may name an item or a container twice on one page; the later entry counts. */
function latestPerId(entries: readonly StorableEntry[]) {
  const containers = new Map<string, ContainerRef>();
  const items = new Map<string, ItemEntry>();
  /** Whether all below goes too. */
  const gonePaths = new Map<string, boolean>();
  const allListed: string[] = [];
  for (const entry of entries) {
    if (entry.state === 'container') {
      containers.set(entry.externalId, entry);
      // A page of Notion's is an item and a container; what is there is not gone.
      if (items.get(entry.externalId)?.state === 'gone') items.delete(entry.externalId);
    } else if (entry.state === 'gone_path') {
      const path = entry.path.toLowerCase();
      gonePaths.set(path, gonePaths.get(path) === true || entry.only === undefined);
    } else if (entry.state === 'all_listed') allListed.push(entry.externalId);
    else if (entry.state !== 'gap') {
      items.set(entry.externalId, entry);
      if (entry.state === 'gone') containers.delete(entry.externalId);
    }
  }
  return { containers: [...containers.values()], items: [...items.values()], gonePaths, allListed };
}

/**
 * Containers that an earlier page told as gone, which has not been compared yet, are there after all, with all in them. One
 * that has been compared is forgotten by now, and so a new one.
 */
async function takeBackGone(
  trx: UserTransaction,
  input: ListingToRecord,
  containers: readonly ContainerRef[],
): Promise<void> {
  if (containers.length === 0) return;
  await sql`
    delete from job_items
    where job_id = ${input.jobId} and external_id = any(${containers.map((c) => c.externalId)}::text[])
      and gone and state = 'listed'`.execute(trx);
}

/** @returns whether any container is new, renamed or moved, so that paths below it have changed */
async function recordContainers(
  trx: UserTransaction,
  input: ListingToRecord,
  containers: readonly ContainerRef[],
): Promise<boolean> {
  if (containers.length === 0) return false;
  const rows = containers.map((c) => ({
    external_id: c.externalId,
    name: c.name,
    parent_external_id: c.parentExternalId,
  }));
  const { rows: changed } = await sql<{ isNew: boolean }>`
    with incoming as (
      select * from jsonb_to_recordset(${toJson(rows)}::jsonb)
        as x(external_id text, name text, parent_external_id text)
    ), changed as (
      select i.external_id, c.external_id is null as is_new
      from incoming i
      left join source_containers c on c.data_source_id = ${input.dataSourceId} and c.external_id = i.external_id
      where c.external_id is null or c.name <> i.name or c.parent_external_id is distinct from i.parent_external_id
    ), upserted as (
      insert into source_containers (user_id, data_source_id, external_id, parent_external_id, name, last_seen_job_id)
      select ${input.userId}, ${input.dataSourceId}, external_id, parent_external_id, name, ${input.jobId} from incoming
      on conflict (data_source_id, external_id) do update
        set parent_external_id = excluded.parent_external_id, name = excluded.name,
            last_seen_job_id = excluded.last_seen_job_id
    ), queued as (
      insert into job_containers (job_id, external_id, user_id)
      select ${input.jobId}, external_id, ${input.userId} from changed
      where ${input.listContainers} = 'changed' or (is_new and ${input.listContainers} = 'new')
      on conflict do nothing
    )
    select is_new from changed`.execute(trx);
  return changed.length > 0;
}

/**
 * What is as it was when it was last synced is noted as seen and needs no ledger: a listing of what has not changed costs
 * one statement a page. An item that this job has a row for goes by its row. @returns by id, whether it is the first time
 * that this job sees the item
 */
async function findUnchanged(
  trx: UserTransaction,
  input: ListingToRecord,
  rows: readonly ItemRow[],
): Promise<ReadonlyMap<string, boolean>> {
  // A plan changes nothing, and what is asked for by hand is fetched changed or not.
  if (rows.length === 0 || input.dryRun || input.kind === 'manual') return new Map();
  const { rows: same } = await sql<{ externalId: string; isFirst: boolean }>`
    with same as (
      select s.external_id, s.last_seen_job_id is distinct from ${input.jobId} as is_first
      from jsonb_to_recordset(${toJson(rows)}::jsonb) as i(external_id text, gone boolean, name text,
          parent_external_id text, external_path text, mime_type text, listed_hash text, hash_kind text, web_url text,
          error_code text)
        join sync_items s on s.data_source_id = ${input.dataSourceId} and s.external_id = i.external_id
      where not i.gone and i.error_code is null and s.sync_status = 'synced'
        and s.external_hash = i.listed_hash and s.external_hash_kind = i.hash_kind
        and (s.name, s.parent_external_id, s.web_url, s.mime_type)
          is not distinct from (i.name, i.parent_external_id, i.web_url, i.mime_type)
        and (i.external_path is null or i.external_path = s.external_path)
        and not exists (select from job_items j where j.job_id = ${input.jobId} and j.external_id = i.external_id)
    ), seen as (
      update sync_items s set last_seen_job_id = ${input.jobId} from same
      where s.data_source_id = ${input.dataSourceId} and s.external_id = same.external_id and same.is_first
    )
    select external_id, is_first from same`.execute(trx);
  return new Map(same.map((row) => [row.externalId, row.isFirst]));
}

/**
 * An item that a later page lists again with other facts moves to that page; steps still at work on the earlier page find
 * it gone and leave it alone. The same facts again change nothing.
 */
async function recordItems(trx: UserTransaction, input: ListingToRecord, rows: readonly ItemRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into job_items (job_id, user_id, data_source_id, page, external_id, gone, item_type, name,
      parent_external_id, external_path, mime_type, size, external_modified_at, listed_hash, hash_kind, web_url, hints,
      notes, error_code, error_message)
    select ${input.jobId}, ${input.userId}, ${input.dataSourceId}, ${input.page}, x.*
    from jsonb_to_recordset(${toJson(rows)}::jsonb) as x(external_id text, gone boolean, item_type text,
      name text, parent_external_id text, external_path text, mime_type text, size bigint,
      external_modified_at timestamptz, listed_hash text, hash_kind text, web_url text, hints jsonb,
      notes jsonb, error_code text, error_message text)
    on conflict (job_id, external_id) do update set
      page = excluded.page, batch = null, state = 'listed', action = null, fate = null, gone = excluded.gone,
      item_type = excluded.item_type, name = excluded.name, parent_external_id = excluded.parent_external_id,
      external_path = excluded.external_path, mime_type = excluded.mime_type, size = excluded.size,
      external_modified_at = excluded.external_modified_at, listed_hash = excluded.listed_hash,
      hash_kind = excluded.hash_kind, web_url = excluded.web_url, hints = excluded.hints, notes = excluded.notes,
      error_code = excluded.error_code, error_message = excluded.error_message,
      content_hash = null, extracted_hash = null, updated_at = now()
    where (job_items.gone, job_items.listed_hash, job_items.name, job_items.parent_external_id, job_items.external_path)
      is distinct from (excluded.gone, excluded.listed_hash, excluded.name, excluded.parent_external_id,
        coalesce(excluded.external_path, job_items.external_path))`.execute(trx);
}

/**
 * What is known at or below these paths is gone. Not what this page shows, nor what an earlier page of this job showed at
 * another place: a move is told as a deleted path and a file, on one page or on two.
 * Only what is a folder by what is known is looked into: most paths are single files.
 * @param paths by path, whether all below goes too
 * @param unchanged items that this page shows and that have no row
 * @returns how many items
 */
async function recordGonePaths(
  trx: UserTransaction,
  input: ListingToRecord,
  paths: ReadonlyMap<string, boolean>,
  unchanged: readonly string[],
): Promise<number> {
  if (paths.size === 0) return 0;
  const { rows } = await sql`
    with gone as (select * from unnest(${[...paths.keys()]}::text[], ${[...paths.values()]}::boolean[]) as g(path, deep)),
    parents as materialized (
      select distinct string_to_array(regexp_replace(lower(external_path), '/[^/]*$', ''), '/') as parts
      from sync_items where data_source_id = ${input.dataSourceId} and external_path like '%/%'
    ), folders as materialized (
      select distinct array_to_string(parts[1:depth], '/') as path
      from parents, generate_series(1, cardinality(parts)) as depth
    ), at_or_below as (
      select s.*, g.path as gone_path from gone g join sync_items s on lower(s.external_path) = g.path
      where s.data_source_id = ${input.dataSourceId}
      union all
      select s.*, g.path from gone g join folders f on f.path = g.path and g.deep
        join sync_items s on starts_with(lower(s.external_path), g.path || '/')
      where s.data_source_id = ${input.dataSourceId}
    ), hit as (
      select distinct s.external_id, s.name, s.item_type, s.external_path
      from at_or_below s
      where s.external_id <> all (${unchanged}::text[]) and not exists (
        select from job_items j
        where j.job_id = ${input.jobId} and j.external_id = s.external_id and not j.gone and (j.page = ${input.page}
          or (lower(j.external_path) <> s.gone_path and not starts_with(lower(j.external_path), s.gone_path || '/'))))
    )
    insert into job_items (job_id, user_id, data_source_id, page, external_id, gone, name, item_type, external_path)
    select ${input.jobId}, ${input.userId}, ${input.dataSourceId}, ${input.page}, h.external_id, true, h.name, h.item_type,
      h.external_path
    from hit h
    on conflict (job_id, external_id) do update set page = excluded.page, batch = null, state = 'listed', action = null,
      fate = null, gone = true, updated_at = now()
    returning external_id`.execute(trx);
  await sql`
    update job_pages set items_found = items_found + ${rows.length}
    where job_id = ${input.jobId} and page = ${input.page}`.execute(trx);
  return rows.length;
}

/**
 * What is known to lie in these parents, at any depth, and was not shown by this job is gone. What it showed has a row of
 * the job or is noted as seen. @returns how many items
 */
async function recordUnlisted(
  trx: UserTransaction,
  input: ListingToRecord,
  parents: readonly string[],
): Promise<number> {
  if (parents.length === 0) return 0;
  const { rows } = await sql`
    with recursive inside as (
      select s.external_id, s.name, s.item_type, s.external_path, s.last_seen_job_id from sync_items s
      where s.data_source_id = ${input.dataSourceId} and s.parent_external_id = any(${parents}::text[])
      union
      select s.external_id, s.name, s.item_type, s.external_path, s.last_seen_job_id
      from inside i join sync_items s
        on s.data_source_id = ${input.dataSourceId} and s.parent_external_id = i.external_id
    )
    insert into job_items (job_id, user_id, data_source_id, page, external_id, gone, name, item_type, external_path)
    select ${input.jobId}, ${input.userId}, ${input.dataSourceId}, ${input.page}, i.external_id, true, i.name,
      i.item_type, i.external_path
    from inside i
    where i.last_seen_job_id is distinct from ${input.jobId} and not exists (
      select from job_items j where j.job_id = ${input.jobId} and j.external_id = i.external_id)
    returning external_id`.execute(trx);
  await sql`
    update job_pages set items_found = items_found + ${rows.length}
    where job_id = ${input.jobId} and page = ${input.page}`.execute(trx);
  return rows.length;
}

type ItemRow = ReturnType<typeof toGoneRow> | ReturnType<typeof toItemRow>;

function toGoneRow(entry: { readonly externalId: string }) {
  return { external_id: entry.externalId, gone: true };
}

function toItemRow(item: StorableItem, ineligible: ListingToRecord['ineligible']) {
  const skip = item.skip ?? ineligible(item);
  return {
    external_id: item.externalId,
    gone: false,
    item_type: item.itemType,
    name: item.name,
    parent_external_id: item.parentExternalId,
    external_path: item.path ?? null,
    mime_type: item.mimeType,
    size: item.size,
    external_modified_at: item.modifiedAt,
    listed_hash: item.fingerprint.value,
    hash_kind: item.fingerprint.kind,
    web_url: item.webUrl,
    hints: item.hints ?? null,
    notes: item.notes.length === 0 ? null : item.notes,
    error_code: skip?.code ?? null,
    error_message: skip?.message ?? null,
  };
}

async function recordEnd(
  trx: UserTransaction,
  input: ListingToRecord,
  end: Extract<ListPage['next'], { more: false }>,
): Promise<void> {
  if (input.kind === 'container') {
    await trx
      .updateTable('jobContainers')
      .set({ listed: true })
      .where('jobId', '=', input.jobId)
      .where('externalId', '=', input.containerExternalId ?? '')
      .execute();
  } else if (input.kind === 'listing') {
    await trx
      .updateTable('syncJobs')
      .set({
        // A listing that started over may have shown, before it did, what is gone since: the next job begins where this one did.
        nextCheckpoint: sql`case when listing_from_page > 1 then null else ${end.checkpoint}::text end`,
        listingComplete: end.complete,
        updatedAt: sql<Date>`now()`,
      })
      .where('id', '=', input.jobId)
      .execute();
  }
}

async function hasUnlistedContainer(trx: UserTransaction, jobId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('jobContainers')
    .select('externalId')
    .where('jobId', '=', jobId)
    .where('listed', '=', false)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
