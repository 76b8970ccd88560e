/**
 * Lists folder by folder: for a folder that no feed covers, and for the whole subtree of one that a feed or a gap
 * names.
 */

import { SyncError } from '../../../domain/errors.ts';
import type { Entry, ListPage } from '../../../domain/source.ts';
import { isEndless, noPages, rememberPage } from '../page-memory.ts';
import { skippedEntry, readExternalId, toDriveId, toEntry, toGap, unreadGaps } from './map.ts';
import { type Folders, maxTries, type PendingFolder, type SubtreeState, writeCursor } from './position.ts';
import { getChildren, getDrive, type ItemsPage } from './requests.ts';
import { containerTrouble, type OneDriveListing, type ResolvedShortcut, resolveShortcut } from './shortcuts.ts';
import type { DriveItem } from './wire.ts';

/** Lists the whole subtree of one container. @throws SyncError `not_found` if it does not exist (any more) */
export async function startSubtree(listing: OneDriveListing, externalId: string): Promise<ListPage> {
  const place = readExternalId(externalId);
  if (place === null) return endOfSubtree([]);
  const { driveId, itemId } = place;
  const folders = foldersFrom(driveId, itemId, itemId);
  const pending = folders.pending.map((folder) => ({ ...folder, isTop: true as const }));
  return await stepSubtree(listing, { v: 1, kind: 'subtree', folders: { ...folders, pending } });
}

export async function stepSubtree(listing: OneDriveListing, state: SubtreeState): Promise<ListPage> {
  const { entries, next } = await stepFolders(listing, state.folders);
  return next === null
    ? endOfSubtree(entries)
    : { entries, next: { more: true, cursor: writeCursor({ ...state, folders: next }) } };
}

export function foldersFrom(driveId: string, id: string, name: string): Folders {
  return { driveId, folder: null, link: null, pending: [{ id, name, tries: 0 }], memory: noPages };
}

export interface FoldersStep {
  readonly entries: readonly Entry[];
  readonly next: Folders | null;
}

/**
 * Lists the next page of children. The folder found last is listed first, and the folders of one page before the next
 * page, which keeps the queue small however large or wide the subtree is.
 */
export async function stepFolders(listing: OneDriveListing, state: Folders): Promise<FoldersStep> {
  const current = state.folder ?? state.pending.at(-1);
  if (current === undefined) return { entries: [], next: null };
  const pending = state.folder === null ? state.pending.slice(0, -1) : state.pending;
  const waiting: Folders = { ...state, folder: null, link: null, pending, memory: noPages };
  const { link, memory } = state.folder === null ? (current.rest ?? { link: null, memory: noPages }) : state;
  try {
    const place = { driveId: current.driveId ?? state.driveId, itemId: current.id };
    const page = await getChildren(listing.call, place, link, listing.signal);
    return await readPage(listing, { ...state, folder: current, link, memory, pending }, current, page);
  } catch (thrown) {
    return refused(waiting, current, await containerTrouble(listing, thrown));
  }
}

/** @throws SyncError `endless_listing` */
async function readPage(
  listing: OneDriveListing,
  state: Folders,
  current: PendingFolder,
  { items: all, unread, nextLink }: ItemsPage,
): Promise<FoldersStep> {
  const driveId = current.driveId ?? state.driveId;
  const above = [...(current.above ?? []), current.id];
  const items = all.filter(({ id }) => !above.includes(id));
  const memory = rememberPage(state.memory, [...all.map(({ id }) => id), ...unread]);
  if (nextLink !== null && (nextLink === state.link || isEndless(memory))) throw endless();
  const isOwn = items.some((item) => item.remoteItem) && (await isOwnDrive(listing, driveId));
  const children = await Promise.all(items.map((item) => toChild(listing, driveId, item, isOwn)));
  const entries = [...children.map(({ entry }) => entry), ...unreadGaps(driveId, current.id, unread)];
  const found = items
    .filter((item) => item.folder && !item.package && !item.remoteItem && item.folder.childCount !== 0)
    .map(({ id, name }) => ({ id, name: name || id, driveId: current.driveId, above, tries: 0 }));
  const shared = children.flatMap(({ folder }) =>
    folder === undefined
      ? []
      : [{ id: folder.itemId, name: folder.name ?? folder.itemId, driveId: folder.driveId, above, tries: 0 }],
  );
  const below = [...found, ...shared];
  const waiting: Folders = { ...state, folder: null, link: null, memory: noPages };
  if (nextLink === null) return { entries, next: nextOf({ ...waiting, pending: [...state.pending, ...below] }) };
  if (below.length === 0) return { entries, next: { ...state, folder: current, link: nextLink, memory } };
  const rest = { ...current, rest: { link: nextLink, memory } };
  return { entries, next: { ...waiting, pending: [...state.pending, rest, ...below] } };
}

/**
 * A folder deleted since it was seen needs no listing. One that is refused or unreadable is tried again after the
 * others, and then named as a gap.
 */
function refused(waiting: Folders, folder: PendingFolder, error: SyncError): FoldersStep {
  const place = { driveId: folder.driveId ?? waiting.driveId, itemId: folder.id };
  if (error.kind === 'not_found' && folder.isTop === true) throw error;
  if (error.kind === 'not_found') return { entries: [], next: nextOf(waiting) };
  const tries = folder.tries + 1;
  const mayPass = error.kind === 'unavailable' || error.kind === 'checkpoint_expired';
  if (mayPass && tries < maxTries)
    return { entries: [], next: { ...waiting, pending: [{ ...folder, rest: undefined, tries }, ...waiting.pending] } };
  return { entries: [toGap(place, folder.name, error)], next: nextOf(waiting) };
}

function nextOf(state: Folders): Folders | null {
  return state.pending.length === 0 ? null : state;
}

/** The error for one folder; for a whole drive it concerns the account. */
export function endless(): SyncError {
  return new SyncError('forbidden', {
    code: 'endless_listing',
    message:
      'OneDrive keeps returning the same page of this folder, so it cannot be listed completely. Its synced items are kept, and the next sync tries again.',
    scope: 'container',
  });
}

async function isOwnDrive({ call, signal }: OneDriveListing, driveId: string): Promise<boolean> {
  return toDriveId((await getDrive(call, signal)).id) === toDriveId(driveId);
}

/** Shortcuts are followed only from the account's own drive, as in a full listing. */
async function toChild(
  listing: OneDriveListing,
  driveId: string,
  item: DriveItem,
  isOwn: boolean,
): Promise<ResolvedShortcut> {
  if (!item.remoteItem) return { entry: toEntry(driveId, item) };
  if (isOwn) return await resolveShortcut(listing, driveId, item, []);
  return {
    entry: skippedEntry(driveId, item, {
      code: 'shortcut',
      message: 'This is a shortcut. Its target is synced from the place where the account added it.',
    }),
  };
}

function endOfSubtree(entries: readonly Entry[]): ListPage {
  return { entries, next: { more: false, checkpoint: null, complete: false } };
}
