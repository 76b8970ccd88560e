/** Folder by folder: where no feed covers a folder, and for the whole of one that a feed announces. */

import { isSyncError } from '../../../domain/errors.ts';
import type { Entry, ListPage } from '../../../domain/source.ts';
import { leftOut, readExternalId, toEntry } from './map.ts';
import { type Folders, type SubtreeState, writeCursor } from './position.ts';
import { getChildren, isLost } from './requests.ts';
import type { OneDriveListing } from './shortcuts.ts';
import type { DriveItem } from './wire.ts';

/** The whole subtree of one container. */
export async function startSubtree(listing: OneDriveListing, externalId: string): Promise<ListPage> {
  const place = readExternalId(externalId);
  if (place === null) return endOfSubtree([]);
  const folders = { driveId: place.driveId, folder: null, link: null, pending: [place.itemId] };
  return await stepSubtree(listing, { v: 1, kind: 'subtree', folders });
}

export async function stepSubtree(listing: OneDriveListing, state: SubtreeState): Promise<ListPage> {
  const { entries, next } = await stepFolders(listing, state.folders);
  return next === null
    ? endOfSubtree(entries)
    : { entries, next: { more: true, cursor: writeCursor({ ...state, folders: next }) } };
}

/** The next page of children. The folder found last is listed first: what waits stays small, whatever lies below. */
export async function stepFolders(
  { call, signal }: OneDriveListing,
  { driveId, folder, link, pending }: Folders,
): Promise<{ readonly entries: readonly Entry[]; readonly next: Folders | null }> {
  const current = folder ?? pending.at(-1);
  if (current === undefined) return { entries: [], next: null };
  const waiting = folder === null ? pending.slice(0, -1) : pending;
  const { items, nextLink } = await childrenOf(
    async () => await getChildren(call, { driveId, itemId: current }, link, signal),
  );
  const found = items.filter((item) => item.folder && !item.package && item.folder.childCount !== 0);
  const next: Folders = {
    driveId,
    folder: nextLink === null ? null : current,
    link: nextLink,
    pending: [...waiting, ...found.map((item) => item.id)],
  };
  const entries = items.map((item) => toChild(driveId, item));
  return { entries, next: next.folder === null && next.pending.length === 0 ? null : next };
}

/** A folder that went, or was taken from us, since it was seen has nothing to list. */
async function childrenOf(
  list: () => Promise<{ readonly items: readonly DriveItem[]; readonly nextLink: string | null }>,
): Promise<{ readonly items: readonly DriveItem[]; readonly nextLink: string | null }> {
  try {
    return await list();
  } catch (error) {
    if (isSyncError(error) && isLost(error)) return { items: [], nextLink: null };
    throw error;
  }
}

function toChild(driveId: string, item: DriveItem): Entry {
  if (!item.remoteItem) return toEntry(driveId, item);
  return leftOut(driveId, item, {
    code: 'shortcut',
    message: 'A shortcut; what it leads to is synced from where the account has added it.',
  });
}

function endOfSubtree(entries: readonly Entry[]): ListPage {
  return { entries, next: { more: false, checkpoint: null, complete: false } };
}
