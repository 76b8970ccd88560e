import pLimit from 'p-limit';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Entry, ListPage } from '../../../domain/source.ts';
import { stepFolders } from './folders.ts';
import { toDriveId, toEntry, toExternalId } from './map.ts';
import {
  type Positions,
  readCheckpoint,
  type SharedFolder,
  type Stretch,
  type Top,
  type WalkState,
} from './position.ts';
import { writeCheckpoint, writeCursor } from './position.ts';
import { getDelta, getDrive, getItem, isLost, takePosition } from './requests.ts';
import { isFolderLost, type OneDriveListing, type ResolvedShortcut, resolveShortcut } from './shortcuts.ts';
import type { DriveItem } from './wire.ts';

const parallelCalls = 8;

/**
 * A full listing: the enumeration that Graph's delta gives without a token. The position is taken first and not from the
 * enumeration's end: a folder deleted and made anew meanwhile leaves no tombstone there [reference 3.3].
 */
export async function startFull(listing: OneDriveListing): Promise<ListPage> {
  const driveId = toDriveId((await getDrive(listing.call, listing.signal)).id);
  const top: Top = { driveId, itemId: null };
  const link = await takePosition(listing.call, top, listing.signal);
  return await step(listing, {
    v: 1,
    kind: 'walk',
    full: true,
    queue: [{ how: 'list', top, link: null }],
    positions: { driveId, link, shared: [] },
    rootSeen: false,
  });
}

/**
 * What changed since the checkpoint: the own drive, then each shared folder.
 * @throws SyncError `checkpoint_expired` also where a folder has no feed: only a full listing finds what changed in it
 */
export async function startFeed(listing: OneDriveListing, checkpoint: Checkpoint): Promise<ListPage> {
  const { driveId, link, shared } = readCheckpoint(checkpoint);
  const kept = listing.config.includeSharedFolders ? shared : [];
  const left = listing.config.includeSharedFolders ? [] : shared;
  const queue: Stretch[] = [
    { how: 'changes', top: { driveId, itemId: null }, link },
    ...kept.map((folder): Stretch => ({ how: 'changes', top: placeOf(folder), link: linkOf(folder) })),
  ];
  const positions: Positions = { driveId, link, shared: kept };
  const page = await step(listing, { v: 1, kind: 'walk', full: false, queue, positions, rootSeen: false });
  const gone = left.map((folder): Entry => ({ state: 'gone', externalId: toExternalId(folder) }));
  return { ...page, entries: [...gone, ...page.entries] };
}

/** The next page of a walk: the first stretch of the queue, from its link on. */
export async function step(listing: OneDriveListing, state: WalkState): Promise<ListPage> {
  const [stretch, ...rest] = state.queue;
  if (stretch === undefined) return endOf(state, []);
  if (stretch.how === 'children') {
    const { entries, next } = await stepFolders(listing, stretch.folders);
    return goOn({ ...state, queue: next === null ? rest : [{ how: 'children', folders: next }, ...rest] }, entries);
  }
  try {
    return await stepDelta(listing, state, stretch, rest);
  } catch (error) {
    const { driveId, itemId } = stretch.top;
    if (itemId === null || !(await isFolderLost(listing, { driveId, itemId }, error))) throw error;
    return goOn(withoutFolder({ ...state, queue: rest }, { driveId, itemId }), [
      { state: 'gone', externalId: toExternalId({ driveId, itemId }) },
    ]);
  }
}

async function stepDelta(
  listing: OneDriveListing,
  state: WalkState,
  stretch: Exclude<Stretch, { how: 'children' }>,
  rest: readonly Stretch[],
): Promise<ListPage> {
  const { items, nextLink, deltaLink } = await getDelta(listing.call, stretch.top, stretch.link, listing.signal);
  const queue = nextLink === null ? [...rest] : [{ ...stretch, link: nextLink }, ...rest];
  const { top } = stretch;
  const rootSeen = state.rootSeen || (top.itemId === null && items.some((item) => item.root));
  const moved = stretch.how === 'changes' && deltaLink !== null ? withLink(state, top, deltaLink) : state;
  const { entries, state: after } = await readItems(listing, { ...moved, queue, rootSeen }, top, items);
  return goOn(after, entries);
}

/** Entries of one page, and what its shortcuts add to the walk or take from it. */
async function readItems(
  listing: OneDriveListing,
  state: WalkState,
  top: Top,
  items: readonly DriveItem[],
): Promise<{ readonly entries: readonly Entry[]; readonly state: WalkState }> {
  const limit = pLimit(parallelCalls);
  const { shared } = state.positions;
  const mayBeNear = shared.some(({ driveId, itemId }) => driveId === top.driveId && itemId !== top.itemId);
  const resolved = await Promise.all(
    lastOccurrences(items).map(async (told): Promise<ResolvedShortcut & { item: DriveItem }> => {
      const isLeaving = told.deleted && top.itemId !== null && told.id !== top.itemId && mayBeNear;
      const item = isLeaving ? await limit(async () => await whereItIs(listing, top.driveId, told)) : told;
      return item.remoteItem && !item.deleted && top.itemId === null
        ? { item, ...(await limit(async () => await resolveShortcut(listing, top.driveId, item, shared))) }
        : { item, entry: toEntry(top.driveId, item) };
    }),
  );
  const entries: Entry[] = [];
  let after = state;
  for (const { item, entry, folder } of resolved) {
    if (folder !== undefined) after = withFolder(after, folder);
    const left = item.deleted ? shared.find((one) => isWay(one, top, item.id)) : undefined;
    if (left !== undefined) {
      after = withoutFolder(after, left);
      entries.push({ state: 'gone', externalId: toExternalId(left) });
    } else if (item.id !== top.itemId) {
      // A shared folder names itself with a parent that is not ours to see; the shortcut has said where it lies.
      entries.push(entry);
    }
  }
  return { entries, state: after };
}

/**
 * What has left one folder of somebody's drive may lie in another that is followed too, whose feed has been read already. It
 * keeps its id there: only the item itself tells whether it is gone.
 */
async function whereItIs({ call, signal }: OneDriveListing, driveId: string, told: DriveItem): Promise<DriveItem> {
  try {
    return await getItem(call, { driveId, itemId: told.id }, signal);
  } catch (error) {
    if (isSyncError(error) && isLost(error)) return told;
    throw error;
  }
}

/** Is it the shortcut to this folder, or the folder itself as its own feed names it? */
function isWay(folder: SharedFolder, top: Top, itemId: string): boolean {
  return top.itemId === null
    ? folder.shortcutId === itemId
    : folder.itemId === itemId && top.itemId === itemId && folder.driveId === top.driveId;
}

/** A feed may name an item twice, on one page too: the last one counts [reference 3.3]. */
function lastOccurrences(items: readonly DriveItem[]): DriveItem[] {
  const latest = new Map<string, DriveItem>();
  for (const item of items) {
    latest.delete(item.id);
    latest.set(item.id, item);
  }
  return [...latest.values()];
}

/** A folder followed from here on: listed whole once, by its feed or, where it has none, folder by folder. */
function withFolder(state: WalkState, folder: SharedFolder): WalkState {
  const { driveId, itemId, link } = folder;
  const others = state.positions.shared.filter((one) => one.driveId !== driveId || one.itemId !== itemId);
  const isNew = others.length === state.positions.shared.length;
  const positions = { ...state.positions, shared: [...others, folder] };
  if (!isNew) return { ...state, positions };
  const stretch: Stretch =
    link === null
      ? { how: 'children', folders: { driveId, folder: null, link: null, pending: [itemId] } }
      : { how: 'list', top: { driveId, itemId }, link: null };
  return { ...state, positions, queue: [...state.queue, stretch] };
}

function withoutFolder(state: WalkState, { driveId, itemId }: { driveId: string; itemId: string }): WalkState {
  const shared = state.positions.shared.filter((one) => one.driveId !== driveId || one.itemId !== itemId);
  const queue = state.queue.filter(
    (stretch) => stretch.how === 'children' || stretch.top.driveId !== driveId || stretch.top.itemId !== itemId,
  );
  return { ...state, queue, positions: { ...state.positions, shared } };
}

function withLink(state: WalkState, top: Top, link: string): WalkState {
  const { positions } = state;
  if (top.itemId === null) return { ...state, positions: { ...positions, link } };
  const shared = positions.shared.map((one) =>
    one.driveId === top.driveId && one.itemId === top.itemId ? { ...one, link } : one,
  );
  return { ...state, positions: { ...positions, shared } };
}

function goOn(state: WalkState, entries: readonly Entry[]): ListPage {
  return state.queue.length === 0
    ? endOf(state, entries)
    : { entries, next: { more: true, cursor: writeCursor(state) } };
}

function endOf(state: WalkState, entries: readonly Entry[]): ListPage {
  const checkpoint = writeCheckpoint(state.positions);
  return { entries, next: { more: false, checkpoint, complete: state.full && state.rootSeen } };
}

function placeOf({ driveId, itemId }: SharedFolder): Top {
  return { driveId, itemId };
}

function linkOf({ link }: SharedFolder): string {
  if (link !== null) return link;
  throw new SyncError('checkpoint_expired', {
    code: 'shared_folder_without_feed',
    message: 'A shared folder tells nothing of its changes; everything is listed again.',
  });
}
