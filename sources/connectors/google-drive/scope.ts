/** What the source is about, by its config. */

import type { DriveFile } from './answers.ts';
import type { GoogleDriveConfig } from './config.ts';

export function isDriveInScope({ includeSharedDrives, sharedDriveIds }: GoogleDriveConfig, driveId: string): boolean {
  return includeSharedDrives && (sharedDriveIds === undefined || sharedDriveIds.includes(driveId));
}

/** Files of shared drives have no owner; what others own may be left out. */
export function isInScope(config: GoogleDriveConfig, { driveId, ownedByMe }: DriveFile): boolean {
  return driveId === undefined ? config.includeSharedWithMe || ownedByMe !== false : isDriveInScope(config, driveId);
}

/** A folder of somebody else's, outside of the shared drives: Google lists what lies in it only to those who look there. */
export function isOthers({ driveId, ownedByMe }: DriveFile): boolean {
  return driveId === undefined && ownedByMe === false;
}
