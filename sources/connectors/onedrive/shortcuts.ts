/** Shortcuts in the own drive to what others have shared: items with a `remoteItem` (docs/vendors/onedrive.md#drives, docs/vendors/onedrive.md#items-and-hashes). */

import { isSyncError, type SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { GraphCall } from './client.ts';
import type { OneDriveConfig } from './config.ts';
import { fingerprintOf, leftOut, parentOf, type Place, toDriveId, toEntry, toExternalId, toGap } from './map.ts';
import type { SharedFolder } from './position.ts';
import { getDrive, getItem, isLost, takePosition } from './requests.ts';
import type { DriveItem } from './wire.ts';

export interface OneDriveListing {
  readonly call: GraphCall;
  readonly config: OneDriveConfig;
  readonly signal: AbortSignal;
}

export interface ResolvedShortcut {
  readonly entry: Entry;
  /** Where it leads, when that is a folder to follow. */
  readonly folder?: SharedFolder;
}

/**
 * A shared folder becomes a container under its own id, in the place and with the name of the shortcut: the feed of the own
 * drive tells nothing of what lies in it. A shared file becomes an item under the id of the shortcut.
 * @param known the shared folders followed already: their positions are kept
 */
export async function resolveShortcut(
  listing: OneDriveListing,
  driveId: string,
  item: DriveItem,
  known: readonly SharedFolder[],
): Promise<ResolvedShortcut> {
  const target = targetOf(item);
  if (target === null || item.remoteItem?.package) {
    return { entry: leftOut(driveId, item, { code: 'notebook', message: 'Shared notebooks are not read.' }) };
  }
  if (!item.remoteItem?.folder) return await resolveFile(listing, driveId, item, target, known);
  return await resolveFolder(listing, driveId, item, target, known);
}

async function resolveFolder(
  listing: OneDriveListing,
  driveId: string,
  item: DriveItem,
  target: Place,
  known: readonly SharedFolder[],
): Promise<ResolvedShortcut> {
  if (!listing.config.includeSharedFolders) {
    return {
      entry: leftOut(driveId, item, {
        code: 'shared_folder',
        message: 'Shared folders are left out by configuration.',
      }),
    };
  }
  const name = item.name || target.itemId;
  const entry: Entry = {
    state: 'container',
    externalId: toExternalId(target),
    name,
    parentExternalId: parentOf(driveId, item),
  };
  const before = known.find((folder) => folder.driveId === target.driveId && folder.itemId === target.itemId);
  if (before !== undefined) return { entry, folder: { ...before, shortcutId: item.id, name } };
  const found = await follow(listing, target);
  if (found.how === 'lost') return { entry: dangling(driveId, item) };
  const folder = { shortcutId: item.id, ...target, name };
  return {
    entry,
    folder: found.how === 'refused' ? { ...folder, link: null, refused: true } : { ...folder, link: found.link },
  };
}

/** Where the feed of a shared folder begins, or why it cannot be followed now. */
export type Followed =
  | { readonly how: 'followed'; readonly link: string | null }
  | { readonly how: 'lost' }
  | { readonly how: 'refused'; readonly error: SyncError };

/** @throws what is the account's trouble and not the folder's */
export async function follow(listing: OneDriveListing, folder: Place): Promise<Followed> {
  try {
    return { how: 'followed', link: await positionOf(listing, folder) };
  } catch (thrown) {
    const error = await containerTrouble(listing, thrown);
    return (await isFolderLost(listing, folder, error)) ? { how: 'lost' } : { how: 'refused', error };
  }
}

/**
 * One folder, drive or vault that is refused, locked or unreadable stops nothing else. Where Graph does not answer, or
 * refuses the token, that may be true of everything: the account is asked for first.
 * @throws what is the account's trouble, and what is no answer of Graph at all (an abort)
 */
export async function containerTrouble({ call, signal }: OneDriveListing, error: unknown): Promise<SyncError> {
  if (!isSyncError(error) || error.scope === 'account') throw error;
  if (error.kind === 'unavailable' || error.kind === 'unauthorized') await getDrive(call, signal);
  return error;
}

/** Was access to a shared folder lost? A refused feed may also mean a lost position: only the folder itself tells. */
export async function isFolderLost(listing: OneDriveListing, folder: Place, error: SyncError): Promise<boolean> {
  if (!['checkpoint_expired', 'forbidden', 'not_found', 'invalid_input'].includes(error.kind)) return false;
  try {
    return Boolean((await getItem(listing.call, folder, listing.signal)).deleted);
  } catch (refusal) {
    return isLost(await containerTrouble(listing, refusal));
  }
}

/** Null: business drives offer a feed of the whole drive only (OneDrive/onedrive-api-docs#842, #1060). */
async function positionOf(listing: OneDriveListing, folder: Place): Promise<string | null> {
  try {
    return await takePosition(listing.call, folder, listing.signal);
  } catch (error) {
    if (isSyncError(error) && error.kind === 'unsupported') return null;
    throw error;
  }
}

/** What the shortcut does not call a folder may be one all the same: its target knows. */
async function resolveFile(
  listing: OneDriveListing,
  driveId: string,
  item: DriveItem,
  target: Place,
  known: readonly SharedFolder[],
): Promise<ResolvedShortcut> {
  try {
    const found = await getItem(listing.call, target, listing.signal);
    if (found.deleted) return { entry: dangling(driveId, item) };
    if (found.folder) return await resolveFolder(listing, driveId, item, target, known);
    const { file, malware, size } = found;
    const entry = toEntry(driveId, { ...item, file, malware, size });
    if (entry.state !== 'present') return { entry: dangling(driveId, item) };
    return { entry: { ...entry, fingerprint: fingerprintOf(found), hints: { target: toExternalId(target) } } };
  } catch (thrown) {
    const error = await containerTrouble(listing, thrown);
    if (isLost(error)) return { entry: dangling(driveId, item) };
    // Its row is named by the shortcut, so that what is known of it stays.
    return { entry: toGap({ driveId, itemId: item.id }, item.name || item.id, error) };
  }
}

function targetOf(item: DriveItem): Place | null {
  const driveId = item.remoteItem?.parentReference.driveId;
  return driveId !== undefined && item.remoteItem ? { driveId: toDriveId(driveId), itemId: item.remoteItem.id } : null;
}

function dangling(driveId: string, item: DriveItem): Entry {
  return leftOut(driveId, item, {
    code: 'shortcut_dangling',
    message: 'What the shortcut leads to is gone, or no longer shared with the account.',
  });
}
