import type { drive_v3 } from 'googleapis/build/src/apis/drive/v3.js';
import pLimit from 'p-limit';
import { isSyncError } from '../../../domain/errors.ts';
import type { Entry, SkipReason } from '../../../domain/source.ts';
import type { DriveCall } from './client.ts';
import { callTimeoutMs } from './client.ts';
import type { GoogleDriveConfig } from './config.ts';
import { fileFields, folderType, shortcutType, toEntry, toItemRef } from './map.ts';

const parallelLookUps = 8;

interface Asked {
  readonly call: DriveCall;
  readonly config: GoogleDriveConfig;
  readonly signal: AbortSignal;
}

/** Is it a file of somebody else's, where the source is not about these? Files of shared drives have no owner. */
export function isOthers(config: GoogleDriveConfig, file: drive_v3.Schema$File): boolean {
  return !config.includeSharedWithMe && !file.driveId && file.ownedByMe === false;
}

/**
 * Files as entries. A shortcut is left out, with its target beside it as an item of its own (under the target's id, so that
 * a target which is listed anyway is the same item); a target that cannot be seen is a reason, not an error.
 */
export async function toEntries(files: readonly drive_v3.Schema$File[], asked: Asked): Promise<Entry[]> {
  const listed = new Set(files.map((file) => file.id));
  const limit = pLimit(parallelLookUps);
  const entries = await Promise.all(
    files.map(async (file) =>
      file.mimeType === shortcutType
        ? await limit(async () => await resolveShortcut(file, listed, asked))
        : [toEntry(file)],
    ),
  );
  return entries.flat();
}

async function resolveShortcut(
  file: drive_v3.Schema$File,
  listed: ReadonlySet<string | null | undefined>,
  { call, config, signal }: Asked,
): Promise<Entry[]> {
  const target = file.shortcutDetails;
  if (!target?.targetId) return [leftOut(file, 'shortcut_dangling', 'The shortcut leads nowhere.')];
  if (target.targetMimeType === folderType) {
    return [
      leftOut(
        file,
        'shortcut_to_folder',
        'Shortcuts to folders are not followed; what the account can see is synced anyway.',
      ),
    ];
  }
  if (listed.has(target.targetId)) return [toEntry(file)];
  try {
    const found = await getFile(call, target.targetId, target.targetResourceKey ?? undefined, signal);
    if (isOthers(config, found)) {
      return [leftOut(file, 'shortcut_out_of_scope', 'The shortcut leads to a file of others, which are left out.')];
    }
    return found.trashed === true || found.mimeType === shortcutType
      ? [leftOut(file, 'shortcut_dangling', 'What the shortcut points to is in the trash.')]
      : [toEntry(file), toEntry(found)];
  } catch (error) {
    if (!isSyncError(error) || error.remedy !== 'skip_item') throw error;
    return [leftOut(file, 'shortcut_dangling', 'What the shortcut points to is gone or not shared with the account.')];
  }
}

/** One file's facts. @throws SyncError `not_found`, `forbidden` and whatever the call itself runs into */
export async function getFile(
  call: DriveCall,
  fileId: string,
  resourceKey: string | undefined,
  signal: AbortSignal,
): Promise<drive_v3.Schema$File> {
  return await call(
    'item',
    'read',
    signal,
    async (drive) =>
      await drive.files.get(
        { fileId, fields: fileFields, supportsAllDrives: true },
        { signal, timeout: callTimeoutMs, headers: resourceKeyHeader(fileId, resourceKey) },
      ),
  );
}

/** Old link-shared files answer only with their key [reference 3.3]. */
export function resourceKeyHeader(fileId: string, resourceKey: string | undefined): Record<string, string> {
  return resourceKey === undefined ? {} : { 'X-Goog-Drive-Resource-Keys': `${fileId}/${resourceKey}` };
}

function leftOut(file: drive_v3.Schema$File, code: string, message: string): Entry {
  const skip: SkipReason = { code, message };
  return { state: 'present', ...toItemRef(file), skip };
}
