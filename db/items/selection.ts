/**
 * Applies the selection of a source's config (folders, excluded paths, file types, a first date) to what a listing, a
 * feed or a look-up shows. It is applied here, for all sources alike, because only the stored tree of containers knows
 * the place of an item that a feed reports.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { ContainerRef } from '../../domain/source.ts';
import type { PlacedEntry, Selects } from '../../domain/selection.ts';
import type { StorableItem } from '../../domain/storable.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { toJson } from '../access/parameters.ts';
import type { JobPagesTable } from '../tables/sync-jobs.ts';
import type { PageKey } from './listing.ts';
import { recordAged, recordAnswers, recordOutside, recordUnplaced, cancelDeletions } from './removal-candidates.ts';

export interface Selection {
  readonly selects: Selects;
  /** Days after which items leave; null if they stay. */
  readonly retainDays: number | null;
  /**
   * False while a person has decided to keep what a changed config no longer selects: only the next full listing asks
   * again.
   */
  readonly removesOutside: boolean;
  /** Whether everything is listed, so that the folder of an item may follow later. */
  readonly isFull: boolean;
}

type Key = Pick<PageKey, 'jobId' | 'userId' | 'dataSourceId'> & { readonly dryRun: boolean };

/** A page of answers to look-ups comes last: nothing that it leaves open is asked for again by this job. */
type PageOf = Key & { readonly kind: JobPagesTable['kind'] };

/** Number of items compared before other work gets its turn. */
const itemsPerTurn = 100;
/** Number of known items that are compared again with one query. */
const itemsPerBatch = 5000;

/**
 * Returns the items that the selection includes. Known items that it does not include are recorded as outside, to be
 * removed like deleted ones at the job's end. Those whose place is not known are looked up first, like items that a
 * listing missed; if the vendor does not show the place either, they stay.
 */
export async function applySelection(
  trx: UserTransaction,
  key: PageOf,
  selection: Selection,
  items: readonly StorableItem[],
): Promise<StorableItem[]> {
  const places = await findPlaces(trx, key, parentsOf(items));
  const { inside, outside, unplaced } = await sort(items, selection.selects, places);
  if (selection.removesOutside) {
    await recordOutside(trx, key, idsOf(outside));
    if (key.kind === 'confirm') await recordAnswers(trx, key, { deleted: [], kept: idsOf(unplaced) });
    else await recordUnplaced(trx, key, idsOf(unplaced));
  } else {
    await cancelDeletions(trx, key, idsOf([...outside, ...unplaced]));
  }
  if (selection.isFull) await listUnplaced(trx, key, [...outside, ...unplaced], places);
  return inside;
}

interface Sorted<T> {
  readonly inside: T[];
  readonly outside: T[];
  /** Items that are outside as far as is known, but not wherever they might be. */
  readonly unplaced: T[];
}

/** Patterns are matched in linear time, but there may be many of them: other work gets its turn in between. */
async function sort<T extends Located>(items: readonly T[], selects: Selects, places: Places): Promise<Sorted<T>> {
  const sorted: Sorted<T> = { inside: [], outside: [], unplaced: [] };
  for (const [i, item] of items.entries()) {
    if (i > 0 && i % itemsPerTurn === 0) await nextTurn();
    const entry = placed(item, places);
    if (selects(entry)) sorted.inside.push(item);
    else if (isPlaced(item, places) || !selects({ ...entry, containers: null })) sorted.outside.push(item);
    else sorted.unplaced.push(item);
  }
  return sorted;
}

function idsOf(items: readonly Pick<StorableItem, 'externalId'>[]): string[] {
  return items.map(({ externalId }) => externalId);
}

/**
 * Queues containers that no page has shown so far although items name them: their folder may be selected after all. Most
 * vendors list folders before their contents, so there are few.
 */
async function listUnplaced(
  trx: UserTransaction,
  key: Key,
  outside: readonly StorableItem[],
  places: Places,
): Promise<void> {
  const missing = outside.flatMap(({ parentExternalId: id }) =>
    id === null ? [] : ((places.get(id) ?? unknownPlace(id)).missing ?? []),
  );
  if (missing.length === 0) return;
  await sql`
    insert into job_containers (job_id, external_id, user_id)
    select ${key.jobId}, external_id, ${key.userId} from (select distinct unnest(${missing}::text[]) as external_id) m
    on conflict do nothing`.execute(trx);
}

/** A container outside of the selection is not listed completely when a feed reports it. */
export async function skipOutsideContainers(
  trx: UserTransaction,
  key: Key,
  { selects }: Selection,
  containers: readonly ContainerRef[],
): Promise<void> {
  if (containers.length === 0) return;
  const ids = containers.map(({ externalId }) => externalId);
  const places = await findPlaces(trx, key, ids);
  const outside = containers.filter(({ externalId, name }) => {
    const place = places.get(externalId) ?? unknownPlace(externalId);
    return !selects({
      kind: 'container',
      name,
      path: place.path,
      containers: place.containers,
      mimeType: null,
      modifiedAt: null,
    });
  });
  await sql`
    delete from job_containers where job_id = ${key.jobId} and not listed
      and external_id = any(${outside.map(({ externalId }) => externalId)}::text[])`.execute(trx);
}

/**
 * Finds items that a config no longer selects although no listing shows it: items age, and folders that moved take
 * their contents along.
 */
export async function findUnlistedOutside(
  trx: UserTransaction,
  key: Key,
  selection: Selection,
  haveContainersChanged: boolean,
): Promise<void> {
  if (!selection.removesOutside) return;
  if (haveContainersChanged) await findOutside(trx, key, selection);
  if (selection.retainDays !== null) await recordAged(trx, key, selection.retainDays);
}

/**
 * Compares all known items again, once the job has seen all containers: a folder that was moved or renamed takes its
 * contents along, and the vendor does not report them.
 */
async function findOutside(trx: UserTransaction, key: Key, { selects }: Selection): Promise<void> {
  for (let after = ''; ;) {
    const known = await trx
      .selectFrom('syncItems')
      .select(['externalId', 'name', 'externalPath', 'parentExternalId', 'mimeType', 'externalModifiedAt'])
      .where('dataSourceId', '=', key.dataSourceId)
      .where('externalId', '>', after)
      .orderBy('externalId')
      .limit(itemsPerBatch)
      .execute();
    const items = known.map(({ externalPath, externalModifiedAt, ...item }) => ({
      ...item,
      ...(item.parentExternalId === null ? { path: externalPath } : {}),
      modifiedAt: externalModifiedAt?.toISOString() ?? null,
    }));
    const places = await findPlaces(trx, key, parentsOf(items));
    const { outside, unplaced } = await sort(items, selects, places);
    await recordOutside(trx, key, idsOf(outside));
    await recordUnplaced(trx, key, idsOf(unplaced));
    const last = known.at(-1);
    if (known.length < itemsPerBatch || last === undefined) return;
    after = last.externalId;
  }
}

type Located = Pick<StorableItem, 'name' | 'parentExternalId' | 'path' | 'mimeType' | 'modifiedAt'>;

interface Place {
  readonly path: string;
  /** The container itself and those above it, nearest first. */
  readonly containers: readonly string[];
  /** The first container above that is not known. */
  readonly missing: string | null;
}
type Places = ReadonlyMap<string, Place>;

function parentsOf(items: readonly Located[]): string[] {
  return [...new Set(items.flatMap(({ parentExternalId }) => parentExternalId ?? []))];
}

function unknownPlace(externalId: string): Place {
  return { path: '', containers: [externalId], missing: externalId };
}

/** Whether all containers above are known, up to the top of the source. */
function isPlaced({ parentExternalId: parent }: Located, places: Places): boolean {
  return parent === null || (places.get(parent) ?? unknownPlace(parent)).missing === null;
}

function placed(item: Located, places: Places): PlacedEntry {
  const { name, parentExternalId: parent, mimeType, modifiedAt } = item;
  const place = parent === null ? null : (places.get(parent) ?? unknownPlace(parent));
  const above = place === null || place.path === '' ? '' : `${place.path}/`;
  return {
    kind: 'item',
    name,
    path: item.path ?? above + name,
    containers: place?.containers ?? [],
    mimeType,
    modifiedAt,
  };
}

/** Finds the places of these containers in the stored tree; a plan stores the containers that it lists by itself. */
async function findPlaces(trx: UserTransaction, key: Key, ids: readonly string[]): Promise<Places> {
  if (ids.length === 0) return new Map();
  const known = key.dryRun ? plannedContainers(key) : storedContainers(key);
  const { rows } = await sql<Place & { externalId: string }>`
    with recursive up as (
      select c.external_id as leaf, c.parent_external_id as above, c.name as path, array[c.external_id] as containers, 1 as depth
      from unnest(${ids}::text[]) as asked(external_id)
        cross join lateral (${known(sql.ref('asked.external_id'))}) c
      union all
      select up.leaf, c.parent_external_id, c.name || '/' || up.path, up.containers || c.external_id, up.depth + 1
      from up cross join lateral (${known(sql.ref('up.above'))}) c
      where up.depth < 100
    )
    select distinct on (leaf) leaf as external_id, path, above as missing,
      case when above is null then containers else containers || above end as containers
    from up order by leaf, depth desc`.execute(trx);
  return new Map(rows.map(({ externalId, ...place }) => [externalId, place]));
}

type ContainerQuery = (externalId: ReturnType<typeof sql.ref>) => ReturnType<typeof sql>;

const storedContainers =
  ({ dataSourceId }: Key): ContainerQuery =>
  (externalId) =>
    sql`
    select c.external_id, c.parent_external_id, c.name from source_containers c
    where c.data_source_id = ${dataSourceId} and c.external_id = ${externalId}`;

const plannedContainers =
  (key: Key): ContainerQuery =>
  (externalId) =>
    sql`
    (select p.external_id, p.parent_external_id, p.name, 1 as rank from plan_containers p
      where p.job_id = ${key.jobId} and p.external_id = ${externalId}
    union all
    select s.*, 2 as rank from (${storedContainers(key)(externalId)}) s
    order by rank limit 1)`;

/** Paths of containers, as far as they were listed: people recognize them, and not the vendor's ids. */
export async function findContainerPaths(
  trx: UserTransaction,
  dataSourceId: string,
  externalIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const places = await findPlaces(trx, { dataSourceId, jobId: '', userId: '', dryRun: false }, externalIds);
  return new Map([...places].map(([id, { path }]) => [id, path]));
}

/** A plan changes nothing of the source, so it keeps the containers that it lists apart from the stored ones. */
export async function recordPlanContainers(
  trx: UserTransaction,
  key: Key,
  containers: readonly ContainerRef[],
): Promise<void> {
  if (containers.length === 0) return;
  await trx
    .insertInto('planContainers')
    .values(
      containers.map(({ externalId, name, parentExternalId }) => ({
        jobId: key.jobId,
        userId: key.userId,
        externalId,
        name,
        parentExternalId,
      })),
    )
    .onConflict((oc) =>
      oc.columns(['jobId', 'externalId']).doUpdateSet((eb) => ({
        name: eb.ref('excluded.name'),
        parentExternalId: eb.ref('excluded.parentExternalId'),
      })),
    )
    .execute();
}

/**
 * Completes the paths of the items that a plan found: a folder may be listed after what is in it. Items that are stored
 * have theirs.
 */
export async function recordPlannedPaths(trx: UserTransaction, key: Key): Promise<void> {
  const pages = await trx.selectFrom('jobPages').select('page').where('jobId', '=', key.jobId).execute();
  for (const { page } of pages) {
    const items = trx.selectFrom('jobItems').where('jobId', '=', key.jobId).where('page', '=', page);
    const rows = await items
      .select('parentExternalId')
      .distinct()
      .where('externalPath', 'is', null)
      .where('action', '!=', 'keep')
      .execute();
    const places = await findPlaces(
      trx,
      key,
      rows.flatMap(({ parentExternalId }) => parentExternalId ?? []),
    );
    const folders = [...places].map(([id, { path }]) => ({ id, path })).filter(({ path }) => path !== '');
    if (folders.length === 0) continue;
    await sql`
      update job_items j set external_path = folder.path || '/' || j.name
      from jsonb_to_recordset(${toJson(folders)}::jsonb) as folder(id text, path text)
      where j.job_id = ${key.jobId} and j.page = ${page} and j.external_path is null and j.action <> 'keep'
        and j.parent_external_id = folder.id`.execute(trx);
  }
}

/** Clears what `recordPlanContainers` has stored. */
export async function forgetPlanContainers(trx: UserTransaction, jobId: string): Promise<void> {
  await trx.deleteFrom('planContainers').where('jobId', '=', jobId).execute();
}
