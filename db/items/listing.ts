/**
 * Records the result of a listing activity: one page with its items and containers, and the cursor of the next page.
 */

import { sql } from 'kysely';
import { foldCase } from '../../domain/fold-case.ts';
import type { ContainerRef, Cursor, Gap, ItemRef, ListPage, SkipReason } from '../../domain/source.ts';
import {
  hashedIdPrefix,
  type StorableEntry,
  type StorableItem,
  storableListing,
  type StorablePage,
} from '../../domain/storable.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { butFor } from '../access/halves.ts';
import { lockJob } from '../jobs/job-lease.ts';
import { notStorable } from '../jobs/ledger.ts';
import type { JobPagesTable } from '../tables/sync-jobs.ts';
import type { RecordedPage } from '../../domain/contract.ts';
import { textArray } from '../access/binary-array.ts';
import { toJson } from '../access/parameters.ts';
import { unfinishedJobs } from '../jobs/unfinished-jobs.ts';
import { forgetJobGaps, recordGaps } from './gaps.ts';
import { knownItem } from './item-look-ups.ts';
import type { ListingProgress } from './listing-progress.ts';
import { isUnderOtherName } from './renamed.ts';
import { applySelection, recordPlanContainers, type Selection, skipOutsideContainers } from './selection.ts';
import { recordNamed, recordPaths, recordReplaced, recordUnlisted, cancelDeletions } from './removal-candidates.ts';

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
  /** Absent for pages that are not listings. */
  readonly progress?: ListingProgress;
  /** Set if the source's position is only a time, after which it reports changes, whatever was listed before. */
  readonly isPositionTime?: boolean;
  /**
   * Which containers of this page are listed completely. A feed reports a folder that is new to the account (moved in,
   * shared) but not its contents. For some sources it also omits what else changes when a folder is renamed or moved.
   */
  readonly listContainers: 'none' | 'new' | 'changed';
  readonly dryRun: boolean;
  /** The items that the source's config selects; absent if that is everything. */
  readonly selection?: Selection | undefined;
  /** Why an item is skipped although the connector could fetch it (type, size); null to accept it. */
  readonly ineligible: (item: ItemRef) => SkipReason | null;
}

/** The place where the listing of this page starts, given what the previous page recorded. */
export type NextListing =
  | { readonly from: 'beginning' }
  | { readonly from: 'cursor'; readonly cursor: Cursor; readonly containerExternalId: string | null }
  | { readonly from: 'container'; readonly externalId: string }
  | { readonly from: 'nothing' };

/** The page that an earlier attempt of this same step recorded, if it got that far. */
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

/** Whether nothing of this job is left to process: every page that it has recorded has ended. */
export async function areAllClosed(trx: UserTransaction, { jobId }: Pick<PageKey, 'jobId'>): Promise<boolean> {
  const row = await trx
    .selectFrom('jobPages')
    .select('page')
    .where('jobId', '=', jobId)
    .where('state', '!=', 'closed')
    .limit(1)
    .executeTakeFirst();
  return row === undefined;
}

/** Returns the kind of work that a page contains. */
export async function findPageKind(trx: UserTransaction, key: PageKey): Promise<JobPagesTable['kind'] | undefined> {
  const row = await trx
    .selectFrom('jobPages')
    .select('kind')
    .where('jobId', '=', key.jobId)
    .where('page', '=', key.page)
    .executeTakeFirst();
  return row?.kind;
}

/** Finds where the listing continues. */
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
  if (previous === undefined && !(await isByHand(trx, key.jobId))) return { from: 'beginning' };
  if (previous !== undefined && previous.nextCursor !== null) {
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
    .where(sql<boolean>`not listed`)
    .orderBy('externalId')
    .limit(1)
    .executeTakeFirst();
  return container === undefined ? { from: 'nothing' } : { from: 'container', externalId: container.externalId };
}

/** Whether a person requested specific items. They are looked up, and only containers with earlier gaps are listed. */
async function isByHand(trx: UserTransaction, jobId: string): Promise<boolean> {
  const job = await trx.selectFrom('syncJobs').select('mode').where('id', '=', jobId).executeTakeFirst();
  return job?.mode === 'manual';
}

/** Records one page. Idempotent by (job, page): the caller calls `findRecordedPage` in the same transaction first. */
export async function recordListing(trx: UserTransaction, asked: ListingToRecord): Promise<RecordedPage> {
  const input = { ...asked, listing: storableListing(asked.listing) };
  const { entries, next } = input.listing;
  // The end is written to the job's row, which active steps hold with a shared lock. Locking it last, after rows that
  // they wait for, would cause a deadlock.
  if (!next.more && input.kind === 'listing') await lockJob(trx, input.jobId);
  const record = (some: readonly StorableEntry[]) =>
    recordEntries(trx, { ...input, listing: { ...input.listing, entries: some } });
  return await butFor(trx, {
    all: () => record(entries),
    items: () => Promise.resolve(entries),
    some: record,
    without: async (refused) => {
      const states = new Map(refused.map(({ item, sqlState }) => [item, sqlState]));
      return await record(entries.map((entry) => withoutFacts(entry, states.get(entry))));
    },
  });
}

type StorableListing = Omit<ListingToRecord, 'listing'> & { readonly listing: StorablePage };

async function recordEntries(trx: UserTransaction, input: StorableListing): Promise<RecordedPage> {
  const { containers, deleted, deletedPaths, allListed, gaps, ...page } = latestPerId(input.listing.entries);
  const { next } = input.listing;
  const containersChanged = await recordContainers(trx, input, containers);
  const listed = await withoutKnownGaps(trx, input, page.items, gaps);
  const items = input.selection === undefined ? listed : await applySelection(trx, input, input.selection, listed);
  const shown = [...containers, ...items].map(({ externalId }) => externalId);
  // A container that the main listing cannot read still exists. A container that is listed again may be refused because
  // it was deleted.
  const refused = input.kind === 'listing' ? gaps.flatMap(({ externalId }) => externalId ?? []) : [];
  await cancelDeletions(trx, input, [...shown, ...refused]);
  const itemIds = new Set([...page.items.map(({ externalId }) => externalId), ...refused]);
  await recordReplaced(
    trx,
    input,
    containers.map(({ externalId }) => externalId).filter((id) => !itemIds.has(id)),
  );
  const rows = items.map((item) => toItemRow(item, input.ineligible));
  const same = await findUnchanged(trx, input, rows);
  const rest = rows.filter((row) => !same.has(row.external_id));
  const kept = [...same.values()].filter((isFirst) => isFirst).length;
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
      ...(rest.length === 0 ? closed : {}),
      containersChanged,
      ...(input.progress ?? noProgress),
    })
    .execute();
  await recordItems(trx, input, rest);
  await recordNamed(trx, input, deleted);
  await recordPaths(trx, input, deletedPaths, shown);
  await recordGaps(trx, { ...input, ofSource: !input.dryRun && input.kind !== 'manual' }, gaps);
  if (!next.more) await recordEnd(trx, input, next);
  await recordUnlisted(trx, input, next.more ? allListed : [...allListed, ...wholeContainer(input, next, gaps)]);
  return { items: rest.length, unchanged: kept, more: next.more || (await hasUnlistedContainer(trx, input.jobId)) };
}

/** Records a container that is proven to be listed completely: other known items in it are missing. */
function wholeContainer(
  { containerExternalId }: StorableListing,
  { complete }: Extract<ListPage['next'], { more: false }>,
  gaps: readonly Gap[],
): string[] {
  if (containerExternalId === null || !complete) return [];
  return gaps.some(({ externalId }) => externalId === containerExternalId) ? [] : [containerExternalId];
}

/**
 * The saved position is lost, so everything is listed again from this page on. If the page is already in the ledger,
 * another attempt of this step got an answer after all, and the listing continues from there.
 */
export async function restartListing(trx: UserTransaction, key: PageKey, reason: string): Promise<void> {
  // Waits for a concurrent attempt that is recording this page.
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
  await forgetJobGaps(trx, key.jobId);
}

/**
 * Reduces an entry that the database rejects for an unforeseen reason to the fact that it exists. @param sqlState
 * undefined if the entry was accepted
 */
function withoutFacts(entry: StorableEntry, sqlState: string | undefined): StorableEntry {
  if (sqlState === undefined) return entry;
  const name = 'Item that cannot be stored';
  if (entry.state === 'container') return { ...entry, name };
  if (entry.state !== 'present') return entry;
  const { state, externalId, itemType, fingerprint } = entry;
  const nothing = { parentExternalId: null, mimeType: null, size: null, modifiedAt: null, webUrl: null, notes: [] };
  const skip = notStorable(sqlState);
  return { state, externalId, itemType, name, fingerprint: { ...fingerprint, value: 'refused' }, ...nothing, skip };
}

const noProgress = { cursorDigest: null, contentDigest: null } as const;

/** State of a page that needs no work and that therefore no workflow will close. */
const closed = { state: 'closed', closedAt: sql<Date>`now()` } as const;

type PresentEntry = Extract<StorableEntry, { state: 'present' }>;

/**
 * A listing may contain an item or a container twice on one page; the later entry counts. A container that it cannot
 * list is not deleted.
 */
function latestPerId(entries: readonly StorableEntry[]) {
  const containers = new Map<string, ContainerRef>();
  const items = new Map<string, PresentEntry>();
  const deleted = new Set<string>();
  /** Paths without case, with true if everything below is deleted too. */
  const deletedPaths = new Map<string, boolean>();
  const allListed: string[] = [];
  const gaps = new Map<string | null, Gap>();
  for (const entry of entries) {
    if (entry.state === 'deleted_path') {
      const path = foldCase(entry.path);
      deletedPaths.set(path, deletedPaths.get(path) === true || entry.only === undefined);
    } else if (entry.state === 'all_listed') allListed.push(entry.externalId);
    else if (entry.state === 'gap') gaps.set(entry.externalId, entry);
    else if (entry.state === 'deleted') {
      deleted.add(entry.externalId);
      containers.delete(entry.externalId);
      items.delete(entry.externalId);
    } else {
      deleted.delete(entry.externalId);
      if (entry.state === 'container') containers.set(entry.externalId, entry);
      else items.set(entry.externalId, entry);
    }
  }
  for (const externalId of gaps.keys()) if (externalId !== null) deleted.delete(externalId);
  return {
    containers: [...containers.values()],
    items: [...items.values()],
    deleted: [...deleted],
    deletedPaths,
    allListed: allListed.filter((externalId) => !gaps.has(externalId)),
    gaps: [...gaps.values()],
  };
}

/**
 * An item that is also a gap states nothing but its id. One that is known keeps what is known of it; another is
 * recorded, so that its failure is visible.
 */
async function withoutKnownGaps(
  trx: UserTransaction,
  { dataSourceId }: ListingToRecord,
  items: readonly PresentEntry[],
  gaps: readonly Gap[],
): Promise<readonly PresentEntry[]> {
  const inGaps = new Set(gaps.map(({ externalId }) => externalId));
  const doubtful = items.filter(({ externalId }) => inGaps.has(externalId)).map(({ externalId }) => externalId);
  if (doubtful.length === 0) return items;
  const rows = await trx
    .selectFrom('syncItems')
    .select('externalId')
    .where('dataSourceId', '=', dataSourceId)
    .where('externalId', 'in', doubtful)
    .execute();
  const known = new Set(rows.map(({ externalId }) => externalId));
  return items.filter(({ externalId }) => !known.has(externalId));
}

/**
 * A container that a stopped job was the first to see is still new, and one that it renamed is still renamed: that job
 * may not have listed its contents nor corrected their paths.
 * @returns whether a container is new, renamed or moved, so that the paths below it have changed
 */
async function recordContainers(
  trx: UserTransaction,
  input: ListingToRecord,
  containers: readonly ContainerRef[],
): Promise<boolean> {
  if (containers.length === 0) return false;
  if (input.dryRun) {
    await recordPlanContainers(trx, input, containers);
    return false;
  }
  const rows = containers.map((c) => ({
    external_id: c.externalId,
    name: c.name,
    parent_external_id: c.parentExternalId,
  }));
  const { rows: changed } = await sql<{ isNew: boolean }>`
    with incoming as (
      select * from jsonb_to_recordset(${toJson(rows)}::jsonb)
        as x(external_id text, name text, parent_external_id text)
    ), unfinished as materialized (
      ${unfinishedJobs(input.dataSourceId)}
    ), changed as (
      select i.external_id, c.external_id is null or c.changed_by in (select id from unfinished) as is_new
      from incoming i
      left join source_containers c on c.data_source_id = ${input.dataSourceId} and c.external_id = i.external_id
      where c.external_id is null or c.name <> i.name or c.parent_external_id is distinct from i.parent_external_id
        or c.changed_by in (select id from unfinished)
    ), upserted as (
      insert into source_containers as c (user_id, data_source_id, external_id, parent_external_id, name,
        last_seen_job_id, changed_by)
      select ${input.userId}, ${input.dataSourceId}, external_id, parent_external_id, name, ${input.jobId}, ${input.jobId}
      from incoming
      on conflict (data_source_id, external_id) do update
        set parent_external_id = excluded.parent_external_id, name = excluded.name,
            last_seen_job_id = excluded.last_seen_job_id,
            changed_by = case when c.external_id in (select external_id from changed) then excluded.changed_by
              else c.changed_by end
    ), queued as (
      insert into job_containers (job_id, external_id, user_id)
      select ${input.jobId}, external_id, ${input.userId} from changed
      where (${input.listContainers} = 'changed' or (is_new and ${input.listContainers} = 'new'))
        and not starts_with(external_id, ${hashedIdPrefix})
      on conflict do nothing
    )
    select is_new from changed`.execute(trx);
  if (input.selection !== undefined && input.listContainers !== 'none')
    await skipOutsideContainers(trx, input, input.selection, containers);
  return changed.length > 0;
}

/**
 * Items that have not changed since they were last synced are marked as seen and get no ledger row, so listing
 * unchanged items costs one statement per page. An item that already has a row in this job is handled by that row.
 * @returns by id, whether this job sees the item for the first time
 */
async function findUnchanged(
  trx: UserTransaction,
  input: ListingToRecord,
  rows: readonly ItemRow[],
): Promise<ReadonlyMap<string, boolean>> {
  // A plan changes nothing, and items requested by hand are fetched whether they changed or not.
  const wanted = rows.filter((row) => row.error_code === null);
  if (wanted.length === 0 || input.dryRun || input.kind === 'manual') return new Map();
  const { rows: same } = await sql<{ externalId: string; isFirst: boolean }>`
    with same as (
      select s.external_id, s.last_seen_job_id is distinct from ${input.jobId} as is_first
      from unnest(${textArray(wanted.map((row) => row.external_id))}::text[],
          ${textArray(wanted.map((row) => row.name))}::text[],
          ${textArray(wanted.map((row) => row.parent_external_id))}::text[],
          ${textArray(wanted.map((row) => row.external_path))}::text[],
          ${textArray(wanted.map((row) => row.mime_type))}::text[],
          ${textArray(wanted.map((row) => row.listed_hash))}::text[],
          ${textArray(wanted.map((row) => row.web_url))}::text[],
          ${textArray(wanted.map((row) => row.external_modified_at))}::text[]) as i(external_id, name,
          parent_external_id, external_path, mime_type, listed_hash, web_url, external_modified_at)
        cross join ${knownItem(input.dataSourceId, sql`i.external_id`)} s
      where s.sync_status = 'synced'
        and s.external_hash = i.listed_hash and not ${isUnderOtherName(sql`i.name`)}
        and (s.name, s.parent_external_id, s.web_url, s.mime_type, s.external_modified_at)
          is not distinct from (i.name, i.parent_external_id, i.web_url, i.mime_type, i.external_modified_at::timestamptz)
        and (i.external_path is null or i.external_path = s.external_path)
        and not exists (select from job_items j
          where j.job_id = ${input.jobId} and j.external_id = i.external_id offset 0)
    ), seen as (
      update sync_items s set last_seen_job_id = ${input.jobId}
      where s.data_source_id = ${input.dataSourceId}
        and s.external_id = any(array(select external_id from same where is_first))
    )
    select external_id, is_first from same`.execute(trx);
  return new Map(same.map((row) => [row.externalId, row.isFirst]));
}

/**
 * If a later page lists an item again with other facts, the item moves to that page; activities that still work on the
 * earlier page no longer find it and leave it alone. Repeated identical facts change nothing and lock nothing: Notion
 * lists everything twice, and a lock on the rows of a batch that is being saved would be a deadlock, after which all of
 * the batch is downloaded again.
 */
async function recordItems(trx: UserTransaction, input: ListingToRecord, rows: readonly ItemRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into job_items (job_id, user_id, data_source_id, page, external_id, item_type, name,
      parent_external_id, external_path, mime_type, size, external_modified_at, listed_hash, hash_kind, web_url, hints,
      notes, error_code, error_message)
    select ${input.jobId}, ${input.userId}, ${input.dataSourceId}, ${input.page}, x.*
    from jsonb_to_recordset(${toJson(rows)}::jsonb) as x(external_id text, item_type text,
      name text, parent_external_id text, external_path text, mime_type text, size bigint,
      external_modified_at timestamptz, listed_hash text, hash_kind text, web_url text, hints jsonb,
      notes jsonb, error_code text, error_message text)
    where not exists (
      select from job_items j where j.job_id = ${input.jobId} and j.external_id = x.external_id
        and ${isRecorded('j', 'x')} offset 0)
    on conflict (job_id, external_id) do update set
      page = excluded.page, batch = null, state = 'listed', action = null, outcome = null, deleted = false,
      item_type = excluded.item_type, name = excluded.name, parent_external_id = excluded.parent_external_id,
      external_path = excluded.external_path, mime_type = excluded.mime_type, size = excluded.size,
      external_modified_at = excluded.external_modified_at, listed_hash = excluded.listed_hash,
      hash_kind = excluded.hash_kind, web_url = excluded.web_url, hints = excluded.hints, notes = excluded.notes,
      error_code = excluded.error_code, error_message = excluded.error_message,
      content_hash = null, extracted_hash = null, updated_at = now()
    where not (${isRecorded('job_items', 'excluded')})`.execute(trx);
}

/** Whether the job's row of an item has the facts that are listed now. */
function isRecorded(row: string, listed: string) {
  const [known, shown] = [sql.raw(row), sql.raw(listed)];
  return sql`not ${known}.deleted
    and (${known}.listed_hash, ${known}.name, ${known}.parent_external_id, ${known}.external_path)
      is not distinct from (${shown}.listed_hash, ${shown}.name, ${shown}.parent_external_id,
        coalesce(${shown}.external_path, ${known}.external_path))`;
}

type ItemRow = ReturnType<typeof toItemRow>;

function toItemRow(item: StorableItem, ineligible: ListingToRecord['ineligible']) {
  const skip = item.skip ?? ineligible(item);
  return {
    external_id: item.externalId,
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
    hints: item.fetchHints ?? null,
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
    const mayMove = end.complete || input.isPositionTime === true;
    await trx
      .updateTable('syncJobs')
      .set({
        // If the listing started over, it may have shown items before that which have since been deleted. So the next
        // job starts where this one did. So it does after a full listing that may lack something: a feed would not
        // report what is missing.
        nextCheckpoint: sql`case when listing_from_page > 1 or (mode = 'full' and not ${mayMove}::boolean) then null
          else ${end.checkpoint}::text end`,
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
    .where(sql<boolean>`not listed`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
