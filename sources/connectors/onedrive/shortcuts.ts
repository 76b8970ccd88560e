/** Shortcuts in the own drive to what others have shared: items with a `remoteItem` [reference 3.2, 3.4]. */

import { isSyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { GraphCall } from './client.ts';
import type { OneDriveConfig } from './config.ts';
import { fingerprintOf, leftOut, parentOf, type Place, toDriveId, toEntry, toExternalId } from './map.ts';
import type { SharedFolder } from './position.ts';
import { getItem, isLost, takePosition } from './requests.ts';
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
  if (!item.remoteItem?.folder) return { entry: await resolveFile(listing, driveId, item, target) };
  if (!listing.config.includeSharedFolders) {
    return {
      entry: leftOut(driveId, item, {
        code: 'shared_folder',
        message: 'Shared folders are left out by configuration.',
      }),
    };
  }
  const entry: Entry = {
    state: 'container',
    externalId: toExternalId(target),
    name: item.name ?? target.itemId,
    parentExternalId: parentOf(driveId, item),
  };
  const before = known.find((folder) => folder.driveId === target.driveId && folder.itemId === target.itemId);
  if (before !== undefined) return { entry, folder: { ...before, shortcutId: item.id } };
  try {
    return { entry, folder: { shortcutId: item.id, ...target, link: await positionOf(listing, target) } };
  } catch (error) {
    if (!isSyncError(error) || !(await isFolderLost(listing, target, error))) throw error;
    return { entry: dangling(driveId, item) };
  }
}

/**
 * Was access to a shared folder lost? A refused feed may also mean a lost position, or a sign-in that allows too little:
 * only the folder itself tells.
 */
export async function isFolderLost(listing: OneDriveListing, folder: Place, error: unknown): Promise<boolean> {
  if (!isSyncError(error) || !['checkpoint_expired', 'insufficient_scope', 'invalid_input'].includes(error.kind))
    return false;
  try {
    return Boolean((await getItem(listing.call, folder, listing.signal)).deleted);
  } catch (refusal) {
    if (isSyncError(refusal) && isLost(refusal)) return true;
    throw refusal;
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

async function resolveFile(
  { call, signal }: OneDriveListing,
  driveId: string,
  item: DriveItem,
  target: Place,
): Promise<Entry> {
  try {
    const found = await getItem(call, target, signal);
    const entry = toEntry(driveId, { ...item, file: found.file, malware: found.malware, size: found.size });
    if (entry.state !== 'present' || found.deleted) return dangling(driveId, item);
    return { ...entry, fingerprint: fingerprintOf(found), hints: { target: toExternalId(target) } };
  } catch (error) {
    if (isSyncError(error) && isLost(error)) return dangling(driveId, item);
    throw error;
  }
}

function targetOf(item: DriveItem): Place | null {
  const driveId = item.remoteItem?.parentReference?.driveId;
  return driveId && item.remoteItem ? { driveId: toDriveId(driveId), itemId: item.remoteItem.id } : null;
}

function dangling(driveId: string, item: DriveItem): Entry {
  return leftOut(driveId, item, {
    code: 'shortcut_dangling',
    message: 'What the shortcut leads to is gone, or no longer shared with the account.',
  });
}
