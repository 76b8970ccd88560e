/** Decides what the config puts in scope. */

import type { DriveFile } from './answers.ts';
import type { GoogleDriveConfig } from './config.ts';

export function isDriveInScope({ includeSharedDrives, sharedDriveIds }: GoogleDriveConfig, driveId: string): boolean {
  return includeSharedDrives && (sharedDriveIds === undefined || sharedDriveIds.includes(driveId));
}

/** Files of shared drives have no owner; files that others own may be excluded. */
export function isInScope(config: GoogleDriveConfig, { driveId, ownedByMe }: DriveFile): boolean {
  return driveId === undefined ? config.includeSharedWithMe || ownedByMe !== false : isDriveInScope(config, driveId);
}

/**
 * Recognizes somebody else's folder outside of the shared drives. Google lists its contents only to accounts that have
 * opened it.
 */
export function isOthers({ driveId, ownedByMe }: DriveFile): boolean {
  return driveId === undefined && ownedByMe === false;
}
