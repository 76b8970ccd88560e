/**
 * Looks up single items within the scope of a listing: the account's own drive, and everything below the shared folders
 * that its shortcuts point to.
 */

import pLimit from 'p-limit';
import { isSyncError, withScope } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { type OneDrivePlace, readExternalId, toDriveId, toEntry, toExternalId, toGap } from './map.ts';
import { oddAnswer } from './errors.ts';
import { getAncestor, getDrive, getItem, getShortcutTargets, isLost } from './requests.ts';
import { containerTrouble, type OneDriveListing, resolveShortcut } from './shortcuts.ts';
import type { Ancestor, DriveItem } from './wire.ts';

/** Each id costs one call of one unit (docs/vendors/onedrive.md#errors-and-throttling). */
export const lookUpBatchSize = 50;
const maxConcurrency = 8;
/** Maximum number of ancestors examined (a path of 400 characters has fewer), and of pages searched for shortcuts. */
const maxDepth = 250;
const maxPages = 50;

interface LookUp extends OneDriveListing {
  readonly ownDrive: () => Promise<string>;
  /**
   * The ids of the shortcuts' targets in the own drive; null if they are unknown because there are too many items or
   * unreadable ones.
   */
  readonly targets: () => Promise<ReadonlySet<string> | null>;
}

export async function lookUp(listing: OneDriveListing, externalIds: readonly string[]): Promise<Entry[]> {
  const limit = pLimit(maxConcurrency);
  const ownDrive = once(async () => toDriveId((await getDrive(listing.call, listing.signal)).id));
  const targets = once(async () => await findTargets(listing, await ownDrive()));
  const context: LookUp = { ...listing, ownDrive, targets };
  return await Promise.all(externalIds.map((id) => limit(() => lookUpOne(context, id))));
}

/** If Graph refuses to answer for an item, it is a gap: neither present nor deleted. */
async function lookUpOne(context: LookUp, externalId: string): Promise<Entry> {
  const place = readExternalId(externalId);
  if (place === null) return { state: 'deleted', externalId };
  try {
    const item = await getItem(context.call, place, context.signal);
    if (item.id.toLowerCase() !== place.itemId.toLowerCase())
      throw withScope(oddAnswer('item', 'another item'), 'item');
    if (item.deleted) return { state: 'deleted', externalId };
    if (!item.remoteItem) return await withinScope(context, place, item);
    return (await resolveShortcut(context, place.driveId, item, [])).entry;
  } catch (thrown) {
    const error = await containerTrouble(context, thrown);
    // Access to the account's own drive is never withdrawn per item, so a refusal there does not mean deletion.
    const isDeleted =
      error.kind === 'not_found' || (isLost(error) && toDriveId(place.driveId) !== (await context.ownDrive()));
    return isDeleted ? { state: 'deleted', externalId } : toGap(place, externalId, error);
  }
}

async function withinScope(context: LookUp, place: OneDrivePlace, item: DriveItem): Promise<Entry> {
  const driveId = toDriveId(place.driveId);
  if (driveId === (await context.ownDrive())) return toEntry(driveId, item);
  const libraries = new Set(context.config.libraries.filter((id) => readExternalId(id)?.driveId === driveId));
  if (await liesBelow(context, driveId, item, libraries)) return toEntry(driveId, item);
  const targets = context.config.includeSharedFolders ? await context.targets() : new Set<string>();
  const isWithin = targets === null || (await liesBelow(context, driveId, item, targets));
  return isWithin ? toEntry(driveId, item) : { state: 'deleted', externalId: toExternalId(place) };
}

/**
 * Follows the ancestors to one that a shortcut points to, or to one that is not visible. Only a drive's root and the
 * top of a shared folder have no parent; if it is missing elsewhere, nothing is proven.
 */
async function liesBelow(
  { call, signal }: LookUp,
  driveId: string,
  item: DriveItem,
  targets: ReadonlySet<string>,
): Promise<boolean> {
  if (targets.size === 0) return false;
  let current: Ancestor = item;
  for (let depth = 0; depth < maxDepth; depth++) {
    if (targets.has(toExternalId({ driveId, itemId: current.id }))) return true;
    if (current.root) return false;
    const parent = current.parentReference?.id;
    if (!parent) throw oddAnswer('item', 'no parent');
    try {
      current = await getAncestor(call, { driveId, itemId: parent }, signal);
    } catch (error) {
      if (isSyncError(error) && isLost(error)) return false;
      throw error;
    }
  }
  throw oddAnswer('item', 'folders without end above it');
}

async function findTargets({ call, signal }: OneDriveListing, driveId: string): Promise<ReadonlySet<string> | null> {
  const found = new Set<string>();
  let link: string | null = null;
  for (let page = 0; page < maxPages; page++) {
    const { targets, unread, nextLink } = await getShortcutTargets(call, driveId, link, signal);
    if (unread > 0) return null;
    for (const target of targets) found.add(toExternalId(target));
    if (nextLink === null) return found;
    link = nextLink;
  }
  return null;
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return async () => await (result ??= work());
}
