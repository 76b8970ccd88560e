import pLimit from 'p-limit';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Entry, ListPage } from '../../../domain/source.ts';
import { isEndless, noPages, rememberPage } from '../page-memory.ts';
import { endless, foldersFrom, stepFolders } from './folders.ts';
import { isLibrary, openLibraries } from './libraries.ts';
import { toDriveId, toEntry, toExternalId, toGap, unreadGaps } from './map.ts';
import {
  type FeedSegment,
  maxTries,
  type Positions,
  readCheckpoint,
  type SharedFolder,
  type Segment,
  type Top,
  type WalkState,
} from './position.ts';
import { writeCheckpoint, writeCursor } from './position.ts';
import { type DeltaPage, getChildren, getDelta, getDrive, getItem, isLost, takePosition } from './requests.ts';
import {
  containerTrouble,
  follow,
  isFolderLost,
  type OneDriveListing,
  type ResolvedShortcut,
  resolveShortcut,
} from './shortcuts.ts';
import type { DriveItem } from './wire.ts';

const callConcurrency = 8;

/**
 * Starts a full listing: the enumeration that Graph's delta returns without a token. The position is requested first
 * and not taken from the enumeration's end, because a folder deleted and recreated in the meantime leaves no tombstone
 * there (docs/vendors/onedrive.md#delta).
 */
export async function startFull(listing: OneDriveListing): Promise<ListPage> {
  const driveId = toDriveId((await getDrive(listing.call, listing.signal)).id);
  const top: Top = { driveId, itemId: null };
  const link = await takePosition(listing.call, top, listing.signal);
  const libraries = await openLibraries(listing);
  const own: WalkState = {
    v: 1,
    kind: 'walk',
    full: true,
    queue: [listOf(top)],
    positions: { driveId, link, shared: [] },
    rootSeen: false,
  };
  const page = await step(listing, libraries.folders.reduce(withFolder, own));
  return { ...page, entries: [...libraries.entries, ...page.entries] };
}

/**
 * Lists the changes since the checkpoint: the account's own drive, then each shared folder.
 * @throws SyncError `checkpoint_expired` also if a folder has no feed: only a full listing finds its changes
 */
export async function startFeed(listing: OneDriveListing, checkpoint: Checkpoint): Promise<ListPage> {
  const { driveId, link, shared } = readCheckpoint(checkpoint);
  const { includeSharedFolders, libraries } = listing.config;
  const isWanted = (folder: SharedFolder): boolean =>
    isLibrary(folder) ? libraries.includes(toExternalId(folder)) : includeSharedFolders;
  const kept = shared.filter(isWanted);
  const left = shared.filter((folder) => !isWanted(folder));
  const queue: Segment[] = [
    { how: 'changes', top: { driveId, itemId: null }, link, held: false, memory: noPages, tries: 0 },
    ...kept.map(takeUp),
  ];
  const positions: Positions = { driveId, link, shared: kept };
  const page = await step(listing, { v: 1, kind: 'walk', full: false, queue, positions, rootSeen: false });
  const deleted = left.map((folder): Entry => ({ state: 'deleted', externalId: toExternalId(folder) }));
  return { ...page, entries: [...deleted, ...page.entries] };
}

/** Lists the next page of a walk: the first segment of the queue, starting at its link. */
export async function step(listing: OneDriveListing, state: WalkState): Promise<ListPage> {
  const [segment, ...rest] = state.queue;
  if (segment === undefined) return endOf(state, []);
  switch (segment.how) {
    case 'children': {
      const { entries, next } = await stepFolders(listing, segment.folders);
      return goOn({ ...state, queue: next === null ? rest : [{ how: 'children', folders: next }, ...rest] }, entries);
    }
    case 'follow':
      return await stepFollow(listing, { ...state, queue: rest }, segment);
    case 'list':
    case 'changes': {
      const { driveId, itemId } = segment.top;
      if (itemId === null) return await stepDelta(listing, { ...state, queue: rest }, segment);
      const folder = { driveId, itemId };
      try {
        return await stepDelta(listing, { ...state, queue: rest }, segment);
      } catch (thrown) {
        return await feedRefused(listing, { ...state, queue: rest }, { ...segment, top: folder }, thrown);
      }
    }
  }
}

type OfFolder<S extends Segment> = S & { readonly top: { readonly driveId: string; readonly itemId: string } };

/** Follows a folder that could not be followed when its shortcut was seen, or in the last job. */
async function stepFollow(
  listing: OneDriveListing,
  state: WalkState,
  segment: Extract<Segment, { how: 'follow' }>,
): Promise<ListPage> {
  const { top, name } = segment;
  const found = await follow(listing, top);
  if (found.how === 'lost') return deletedFolder(state, top);
  if (found.how === 'followed') {
    const started = changed(state, top, ({ refused: _refused, ...folder }) => ({ ...folder, link: found.link }));
    return goOn({ ...started, queue: [segmentOf(top, found.link, name), ...started.queue] }, []);
  }
  if (found.error.kind === 'unavailable' && segment.tries + 1 < maxTries)
    return goOn({ ...state, queue: [...state.queue, { ...segment, tries: segment.tries + 1 }] }, []);
  return goOn(state, [toGap(top, name, found.error)]);
}

/**
 * Handles a shared folder whose feed fails: it is deleted if its owner has withdrawn access, else tried again after the
 * others, then named as a gap. A change feed keeps its position; an enumeration starts again with the next job.
 */
async function feedRefused(
  listing: OneDriveListing,
  state: WalkState,
  segment: OfFolder<FeedSegment>,
  thrown: unknown,
): Promise<ListPage> {
  const { top } = segment;
  const error = await containerTrouble(listing, thrown);
  if (await isFolderLost(listing, top, error)) return deletedFolder(state, top);
  if (error.kind === 'checkpoint_expired' && segment.how === 'changes') throw error;
  const tries = segment.tries + 1;
  const mayPass = error.kind === 'unavailable' || error.kind === 'checkpoint_expired';
  if (mayPass && tries < maxTries) {
    const again: Segment = segment.how === 'list' ? { ...listOf(top), tries } : { ...segment, tries };
    return goOn({ ...state, queue: [...state.queue, again] }, []);
  }
  const left = segment.how === 'list' ? changed(state, top, (folder) => ({ ...folder, refused: true })) : state;
  return goOn(left, [toGap(top, nameOf(state, top), error)]);
}

/** @param state the walk's state, with this segment removed from its queue */
async function stepDelta(listing: OneDriveListing, state: WalkState, segment: FeedSegment): Promise<ListPage> {
  const page = await getDelta(listing.call, segment.top, segment.link, listing.signal);
  const { items, unread, deltaLink } = page;
  const { top } = segment;
  const following = nextSegment(segment, page);
  const queue = following === null ? state.queue : [following, ...state.queue];
  const rootSeen = state.rootSeen || (top.itemId === null && items.some((item) => item.root));
  const isHeld = segment.how === 'list' || segment.held || unread.length > 0;
  const moved = isHeld || deltaLink === null ? state : withLink(state, top, deltaLink);
  const { entries, state: after } = await readItems(listing, { ...moved, queue, rootSeen }, top, items);
  return goOn(after, [...entries, ...unreadGaps(top.driveId, top.itemId, unread)]);
}

/**
 * The segment from the next link on; null at its end.
 * @throws SyncError `endless_listing` if the vendor's pages form a cycle
 */
function nextSegment(segment: FeedSegment, { items, unread, nextLink }: DeltaPage): FeedSegment | null {
  if (nextLink === null) return null;
  const memory = rememberPage(segment.memory, [...items.map(({ id, deleted }) => [id, Boolean(deleted)]), ...unread]);
  if (nextLink === segment.link || isEndless(memory)) throw endlessFeed(segment);
  return segment.how === 'list'
    ? { ...segment, link: nextLink, memory }
    : { ...segment, link: nextLink, memory, held: segment.held || unread.length > 0 };
}

/** An endless change feed counts as a lost position; an endless enumeration cannot be completed. */
function endlessFeed({ top, how }: FeedSegment): SyncError {
  if (top.itemId !== null) return endless();
  return how === 'changes'
    ? new SyncError('checkpoint_expired', {
        code: 'endless_listing',
        message: 'OneDrive keeps reporting the same changes, so everything is listed instead.',
        scope: 'account',
      })
    : new SyncError('invalid_input', {
        code: 'endless_listing',
        message:
          'OneDrive keeps returning the same page of its listing, so it cannot be listed completely. Nothing was removed. Sync again later; if this persists, report it to Microsoft.',
        scope: 'account',
      });
}

/** Returns the entries of one page, and the folders that its shortcuts add to the walk or remove from it. */
async function readItems(
  listing: OneDriveListing,
  state: WalkState,
  top: Top,
  items: readonly DriveItem[],
): Promise<{ readonly entries: readonly Entry[]; readonly state: WalkState }> {
  const limit = pLimit(callConcurrency);
  const { shared } = state.positions;
  const mayBeNear = shared.some(({ driveId, itemId }) => driveId === top.driveId && itemId !== top.itemId);
  const resolved = await Promise.all(
    lastOccurrences(items).map(async (reported): Promise<ResolvedShortcut & { item: DriveItem }> => {
      const isLeaving = reported.deleted && top.itemId !== null && reported.id !== top.itemId && mayBeNear;
      const item = isLeaving ? await limit(() => whereItIs(listing, top.driveId, reported)) : reported;
      return item.remoteItem && !item.deleted && top.itemId === null
        ? { item, ...(await limit(() => resolveShortcut(listing, top.driveId, item, shared))) }
        : { item, entry: toEntry(top.driveId, item) };
    }),
  );
  const entries: Entry[] = await lockedVaults(listing, top.driveId, items);
  let after = state;
  for (const { item, entry, folder } of resolved) {
    if (folder !== undefined) after = withFolder(after, folder);
    const left = item.deleted ? shared.find((one) => isWay(one, top, item.id)) : undefined;
    if (left !== undefined) {
      after = withoutFolder(after, left);
      entries.push({ state: 'deleted', externalId: toExternalId(left) });
    } else if (item.id !== top.itemId) {
      // A shared folder names a parent that we cannot see; the shortcut has already given its location.
      entries.push(entry);
    }
  }
  return { entries, state: after };
}

/**
 * An item that left one shared folder of a drive may have moved to another followed one, whose feed has been read
 * already. It keeps its id, so only the item itself shows whether it is deleted.
 */
async function whereItIs({ call, signal }: OneDriveListing, driveId: string, reported: DriveItem): Promise<DriveItem> {
  try {
    return await getItem(call, { driveId, itemId: reported.id }, signal);
  } catch (error) {
    if (isSyncError(error) && isLost(error)) return reported;
    throw error;
  }
}

/** A vault that its owner has locked shows itself but not its contents: it is refused, not empty. */
async function lockedVaults(listing: OneDriveListing, driveId: string, items: readonly DriveItem[]): Promise<Entry[]> {
  const vaults = items.filter((item) => item.folder && !item.deleted && item.specialFolder?.name === 'vault');
  const gaps: Entry[] = [];
  for (const { id, name } of vaults) {
    try {
      await getChildren(listing.call, { driveId, itemId: id }, null, listing.signal);
    } catch (thrown) {
      await containerTrouble(listing, thrown);
      gaps.push(toGap({ driveId, itemId: id }, name || id, vaultLocked()));
    }
  }
  return gaps;
}

function vaultLocked(): SyncError {
  return new SyncError('forbidden', {
    code: 'vault_locked',
    message:
      'The Personal Vault is locked, so its contents cannot be listed. Its synced items are kept. Unlock it, then sync again.',
    scope: 'container',
  });
}

/** Checks whether the item is the shortcut to this folder, or the folder itself as its own feed names it. */
function isWay(folder: SharedFolder, top: Top, itemId: string): boolean {
  return top.itemId === null
    ? folder.shortcutId === itemId
    : folder.itemId === itemId && top.itemId === itemId && folder.driveId === top.driveId;
}

/** A feed may contain an item twice, even on one page; the last occurrence counts (docs/vendors/onedrive.md#delta). */
function lastOccurrences(items: readonly DriveItem[]): DriveItem[] {
  const latest = new Map<string, DriveItem>();
  for (const item of items) {
    latest.delete(item.id);
    latest.set(item.id, item);
  }
  return [...latest.values()];
}

/** Adds a folder to follow: it is listed completely once, by its feed or, if it has none, folder by folder. */
function withFolder(state: WalkState, folder: SharedFolder): WalkState {
  const { driveId, itemId } = folder;
  const others = state.positions.shared.filter((one) => one.driveId !== driveId || one.itemId !== itemId);
  // A shortcut to a library that is followed anyway adds nothing, and its deletion removes nothing.
  if (state.positions.shared.some((one) => isLibrary(one) && !others.includes(one))) return state;
  const isNew = others.length === state.positions.shared.length;
  const positions = { ...state.positions, shared: [...others, folder] };
  if (!isNew) return { ...state, positions };
  const top = { driveId, itemId };
  const name = folder.name ?? itemId;
  const segment: Segment =
    folder.refused === true ? { how: 'follow', top, name, tries: 1 } : segmentOf(top, folder.link, name);
  return { ...state, positions, queue: [...state.queue, segment] };
}

/** Returns a segment for all of a shared folder. @param link the start of its feed; null if it has none */
function segmentOf(top: { driveId: string; itemId: string }, link: string | null, name: string): Segment {
  return link === null ? { how: 'children', folders: foldersFrom(top.driveId, top.itemId, name) } : listOf(top);
}

function listOf(top: Top): Extract<Segment, { how: 'list' }> {
  return { how: 'list', top, link: null, memory: noPages, tries: 0 };
}

/** Returns the segment with which a shared folder starts the next job. */
function takeUp(folder: SharedFolder): Segment {
  const { driveId, itemId, name = itemId } = folder;
  const top = { driveId, itemId };
  return folder.refused === true
    ? { how: 'follow', top, name, tries: 0 }
    : { how: 'changes', top, link: linkOf(folder), held: false, memory: noPages, tries: 0 };
}

function nameOf(state: WalkState, { driveId, itemId }: { driveId: string; itemId: string }): string {
  const folder = state.positions.shared.find((one) => one.driveId === driveId && one.itemId === itemId);
  return folder?.name ?? itemId;
}

function deletedFolder(state: WalkState, top: { driveId: string; itemId: string }): ListPage {
  return goOn(withoutFolder(state, top), [{ state: 'deleted', externalId: toExternalId(top) }]);
}

function changed(
  state: WalkState,
  top: { driveId: string; itemId: string },
  change: (folder: SharedFolder) => SharedFolder,
): WalkState {
  const shared = state.positions.shared.map((one) =>
    one.driveId === top.driveId && one.itemId === top.itemId ? change(one) : one,
  );
  return { ...state, positions: { ...state.positions, shared } };
}

function withoutFolder(state: WalkState, { driveId, itemId }: { driveId: string; itemId: string }): WalkState {
  const shared = state.positions.shared.filter((one) => one.driveId !== driveId || one.itemId !== itemId);
  const queue = state.queue.filter(
    (segment) => segment.how === 'children' || segment.top.driveId !== driveId || segment.top.itemId !== itemId,
  );
  return { ...state, queue, positions: { ...state.positions, shared } };
}

function withLink(state: WalkState, { driveId, itemId }: Top, link: string): WalkState {
  return itemId === null
    ? { ...state, positions: { ...state.positions, link } }
    : changed(state, { driveId, itemId }, (folder) => ({ ...folder, link }));
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

function linkOf({ link }: SharedFolder): string {
  if (link !== null) return link;
  throw new SyncError('checkpoint_expired', {
    code: 'shared_folder_without_feed',
    message: 'OneDrive reports no changes for a shared folder, so everything is listed again.',
  });
}
