import type { ErrorCode } from '../../../domain/error-codes.ts';
import type { SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { readEach } from '../read-each.ts';
import type { DriveFile } from './answers.ts';
import { folderType, shortcutType, toEntry, toGap, toItemRef } from './map.ts';
import { type DriveListing, accountOf, getFile } from './requests.ts';
import { isInScope, isOthers } from './scope.ts';

const lookUpConcurrency = 8;

export interface FileEntries {
  readonly entries: readonly Entry[];
  /** Other people's folders whose contents no list includes; they are listed separately. */
  readonly follow: readonly string[];
}

/**
 * Converts files to entries. A shortcut is skipped and its target is added as an item of its own, under the target's
 * id, so that a target that is listed anyway is the same item. A target that is not visible gives a skip reason, not an
 * error.
 */
export async function toEntries(files: readonly DriveFile[], listing: DriveListing): Promise<FileEntries> {
  const listed = new Map(files.map((file) => [file.id, file]));
  const targets = await readTargets(files, listed, listing);
  const resolved = files.map((file) =>
    file.mimeType === shortcutType ? resolveShortcut(file, targets, listing) : { entries: [toEntry(file)], follow: [] },
  );
  return { entries: resolved.flatMap(({ entries }) => entries), follow: resolved.flatMap(({ follow }) => follow) };
}

type Target = { readonly file: DriveFile; readonly isListed: boolean } | { readonly error: SyncError };

async function readTargets(
  files: readonly DriveFile[],
  listed: ReadonlyMap<string, DriveFile>,
  listing: DriveListing,
): Promise<ReadonlyMap<string, Target>> {
  const keys = new Map<string, string | undefined>();
  for (const { mimeType, shortcutDetails } of files) {
    if (mimeType === shortcutType && shortcutDetails?.targetId)
      keys.set(shortcutDetails.targetId, shortcutDetails.targetResourceKey);
  }
  const known = [...keys.keys()].flatMap((id): [string, Target][] => {
    const file = listed.get(id);
    return file === undefined ? [] : [[id, { file, isListed: true }]];
  });
  const { read, unread } = await readEach(
    [...keys.keys()].filter((id) => !listed.has(id)),
    lookUpConcurrency,
    (id) => getFile(listing, id, keys.get(id)),
    accountOf(listing),
  );
  return new Map<string, Target>([
    ...known,
    ...[...read].map(([id, file]): [string, Target] => [id, { file, isListed: false }]),
    ...[...unread].map(([id, error]): [string, Target] => [id, { error }]),
  ]);
}

function resolveShortcut(file: DriveFile, targets: ReadonlyMap<string, Target>, listing: DriveListing): FileEntries {
  const id = file.shortcutDetails?.targetId;
  const target = id === undefined ? undefined : targets.get(id);
  if (id === undefined || target === undefined)
    return skipped(file, 'shortcut_dangling', 'The shortcut points to nothing.');
  if ('error' in target) return unreadTarget(file, id, target.error);
  if (target.file.trashed === true) return skipped(file, 'shortcut_dangling', 'The shortcut’s target is in the trash.');
  if (target.file.mimeType === shortcutType)
    return skipped(file, 'shortcut_dangling', 'The shortcut points to another shortcut, which is not followed.');
  if (!isInScope(listing.config, target.file))
    return skipped(file, 'shortcut_out_of_scope', 'The shortcut points to something that this source excludes.');
  if (target.isListed) return { entries: [toEntry(file)], follow: [] };
  return target.file.mimeType === folderType
    ? resolveFolder(file, target.file)
    : { entries: [toEntry(file), toEntry(target.file)], follow: [] };
}

/**
 * The account's own folders and those of shared drives are listed anyway. Other people's folders are followed only if
 * the account itself made the shortcut: shortcuts that others made within what they share may lead anywhere.
 */
function resolveFolder(file: DriveFile, target: DriveFile): FileEntries {
  if (!isOthers(target)) return { entries: [toEntry(file)], follow: [] };
  if (isOthers(file))
    return skipped(file, 'shortcut_to_folder', 'Shortcuts to folders are followed only if this account made them.');
  return { entries: [toEntry(file), toEntry(target)], follow: [target.id] };
}

/** A refused target may still exist, so everything known about it is kept. */
function unreadTarget(file: DriveFile, targetId: string, error: SyncError): FileEntries {
  if (error.kind === 'not_found')
    return skipped(file, 'shortcut_dangling', 'The shortcut’s target was deleted or is not shared with the account.');
  return { entries: [toEntry(file), toGap(targetId, toItemRef(file).name, error)], follow: [] };
}

function skipped(file: DriveFile, code: ErrorCode, message: string): FileEntries {
  return { entries: [{ state: 'present', ...toItemRef(file), skip: { code, message } }], follow: [] };
}
