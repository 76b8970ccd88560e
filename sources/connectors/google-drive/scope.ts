/** Decides what the config puts in scope. */

import type { DriveFile } from './answers.ts';
import type { GoogleDriveConfig } from './config.ts';
import { askDrive, type DriveListing } from './requests.ts';

export function isDriveInScope({ includeSharedDrives, sharedDriveIds }: GoogleDriveConfig, driveId: string): boolean {
  return includeSharedDrives && (sharedDriveIds === undefined || sharedDriveIds.includes(driveId));
}

/** Files of shared drives have no owner; files that others own may be excluded. */
export function isInScope(config: GoogleDriveConfig, { driveId, ownedByMe }: DriveFile): boolean {
  return driveId === undefined ? config.includeSharedWithMe || ownedByMe !== false : isDriveInScope(config, driveId);
}

/**
 * Returns the files that the config includes. Those of a shared drive of which the account is no member were shared with
 * it directly, which Drive does not say of a file.
 */
export async function filesInScope(listing: DriveListing, files: readonly DriveFile[]): Promise<DriveFile[]> {
  const { config } = listing;
  const inScope = files.filter((file) => isInScope(config, file));
  if (config.includeSharedWithMe) return inScope;
  const notMember = new Set<string>();
  for (const driveId of new Set(inScope.flatMap((file) => file.driveId ?? [])))
    if ((await askDrive(listing, driveId)).is === 'deleted') notMember.add(driveId);
  return inScope.filter(({ driveId }) => driveId === undefined || !notMember.has(driveId));
}

/**
 * Decides whether a file in the user's own list is taken from there. Files of a shared drive that is listed itself are
 * not; others were shared with the account directly.
 */
export function isOfUser(config: GoogleDriveConfig, listedDrives: ReadonlySet<string>, file: DriveFile): boolean {
  const { driveId } = file;
  return driveId === undefined || (!listedDrives.has(driveId) && isInScope(config, file));
}

/**
 * Recognizes somebody else's folder outside of the shared drives. Google lists its contents only to accounts that have
 * opened it.
 */
export function isOthers({ driveId, ownedByMe }: DriveFile): boolean {
  return driveId === undefined && ownedByMe === false;
}
