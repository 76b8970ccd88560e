/**
 * Resolves shortcuts in the own drive to items that others have shared: items with a `remoteItem`
 * (docs/vendors/onedrive.md#drives, docs/vendors/onedrive.md#items-and-hashes).
 */

import { isSyncError, type SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { GraphCall } from './client.ts';
import type { OneDriveConfig } from './config.ts';
import {
  fingerprintOf,
  skippedEntry,
  parentOf,
  type OneDrivePlace,
  toDriveId,
  toEntry,
  toExternalId,
  toGap,
} from './map.ts';
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
  /** The target, if it is a folder to follow. */
  readonly folder?: SharedFolder;
}

/**
 * A shared folder becomes a container under its own id, with the location and name of the shortcut, because the feed of
 * the own drive reports nothing about its contents. A shared file becomes an item under the id of the shortcut.
 * @param known the shared folders that are followed already: their positions are kept
 */
export async function resolveShortcut(
  listing: OneDriveListing,
  driveId: string,
  item: DriveItem,
  known: readonly SharedFolder[],
): Promise<ResolvedShortcut> {
  const target = targetOf(item);
  if (target === null || item.remoteItem?.package) {
    return { entry: skippedEntry(driveId, item, { code: 'notebook', message: 'Shared notebooks cannot be read.' }) };
  }
  if (!item.remoteItem?.folder) return await resolveFile(listing, driveId, item, target, known);
  return await resolveFolder(listing, driveId, item, target, known);
}

async function resolveFolder(
  listing: OneDriveListing,
  driveId: string,
  item: DriveItem,
  target: OneDrivePlace,
  known: readonly SharedFolder[],
): Promise<ResolvedShortcut> {
  if (!listing.config.includeSharedFolders) {
    return {
      entry: skippedEntry(driveId, item, {
        code: 'shared_folder',
        message: 'This source is configured to exclude shared folders.',
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

/** The start of a shared folder's feed, or why it cannot be followed now. */
export type Followed =
  | { readonly how: 'followed'; readonly link: string | null }
  | { readonly how: 'lost' }
  | { readonly how: 'refused'; readonly error: SyncError };

/** @throws errors that concern the account and not the folder */
export async function follow(listing: OneDriveListing, folder: OneDrivePlace): Promise<Followed> {
  try {
    return { how: 'followed', link: await positionOf(listing, folder) };
  } catch (thrown) {
    const error = await containerTrouble(listing, thrown);
    return (await isFolderLost(listing, folder, error)) ? { how: 'lost' } : { how: 'refused', error };
  }
}

/**
 * One folder, drive or vault that is refused, locked or unreadable stops nothing else. If Graph does not answer, or
 * refuses the token, everything may be affected, so the account is checked first.
 * @throws errors that concern the account, and anything that is not an answer of Graph (an abort)
 */
export async function containerTrouble({ call, signal }: OneDriveListing, error: unknown): Promise<SyncError> {
  if (!isSyncError(error) || error.scope === 'account') throw error;
  if (error.kind === 'unavailable' || error.kind === 'unauthorized') await getDrive(call, signal);
  return error;
}

/**
 * Checks whether access to a shared folder was lost. A refused feed may also mean a lost position; only the folder
 * itself shows which.
 */
export async function isFolderLost(
  listing: OneDriveListing,
  folder: OneDrivePlace,
  error: SyncError,
): Promise<boolean> {
  if (!['checkpoint_expired', 'forbidden', 'not_found', 'invalid_input'].includes(error.kind)) return false;
  try {
    return Boolean((await getItem(listing.call, folder, listing.signal)).deleted);
  } catch (refusal) {
    return isLost(await containerTrouble(listing, refusal));
  }
}

/** Null, because business drives offer a feed of the whole drive only (OneDrive/onedrive-api-docs#842, #1060). */
async function positionOf(listing: OneDriveListing, folder: OneDrivePlace): Promise<string | null> {
  try {
    return await takePosition(listing.call, folder, listing.signal);
  } catch (error) {
    if (isSyncError(error) && error.kind === 'unsupported') return null;
    throw error;
  }
}

/** A target that the shortcut does not call a folder may still be one, so the target is looked up. */
async function resolveFile(
  listing: OneDriveListing,
  driveId: string,
  item: DriveItem,
  target: OneDrivePlace,
  known: readonly SharedFolder[],
): Promise<ResolvedShortcut> {
  try {
    const found = await getItem(listing.call, target, listing.signal);
    if (found.deleted) return { entry: dangling(driveId, item) };
    if (found.folder) return await resolveFolder(listing, driveId, item, target, known);
    const { file, malware, size } = found;
    const entry = toEntry(driveId, { ...item, file, malware, size });
    if (entry.state !== 'present') return { entry: dangling(driveId, item) };
    return { entry: { ...entry, fingerprint: fingerprintOf(found), fetchHints: { target: toExternalId(target) } } };
  } catch (thrown) {
    const error = await containerTrouble(listing, thrown);
    if (isLost(error)) return { entry: dangling(driveId, item) };
    // Its row is stored under the shortcut's id, so its synced content is kept.
    return { entry: toGap({ driveId, itemId: item.id }, item.name || item.id, error) };
  }
}

function targetOf(item: DriveItem): OneDrivePlace | null {
  const driveId = item.remoteItem?.parentReference.driveId;
  return driveId !== undefined && item.remoteItem ? { driveId: toDriveId(driveId), itemId: item.remoteItem.id } : null;
}

function dangling(driveId: string, item: DriveItem): Entry {
  return skippedEntry(driveId, item, {
    code: 'shortcut_dangling',
    message: 'The shortcut’s target was deleted, or is no longer shared with the account.',
  });
}
