/** Finds folders by id, and the folders above them, which form the paths of what is in them. */

import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { isOfAccount, readEach } from '../read-each.ts';
import type { DriveFile } from './answers.ts';
import { folderType, nowhere, toEntry, toGap, toMissing } from './map.ts';
import { accountOf, askDrive, type DriveListing, getFile, getRoot } from './requests.ts';
import { filesInScope } from './scope.ts';

const askedConcurrency = 8;
/** Drive allows 100 levels of folders. */
const maxDepth = 100;

interface FoundFolders {
  /** Those of the config that can be listed. */
  readonly folders: readonly string[];
  /** The shared drives that they are in. */
  readonly drives: readonly string[];
  /** They and the folders above them, and a gap for each that is refused or missing. */
  readonly entries: readonly Entry[];
}

/**
 * Finds the folders of the config. One that is deleted, or no longer shared with the account (Drive answers the same), has
 * no contents: what was synced of it is looked up file by file, and removed if Drive no longer shows it.
 */
export async function findFolders(listing: DriveListing): Promise<FoundFolders> {
  const folders: string[] = [];
  const drives = new Set<string>();
  const entries: Entry[] = [];
  const files: DriveFile[] = [];
  const { read, unread } = await readEach(
    [...new Set(listing.config.folders)],
    askedConcurrency,
    (id) => getFile(listing, id),
    accountOf(listing),
  );
  for (const id of new Set(listing.config.folders)) {
    const answer = await toAnswer(listing, id, read.get(id) ?? unread.get(id));
    if ('entry' in answer) entries.push(answer.entry);
    if (answer.is === 'drive') drives.add(id);
    if (answer.is === 'folder') files.push(answer.file);
    if (answer.is === 'folder' && answer.file.driveId !== undefined) drives.add(answer.file.driveId);
    if (answer.is === 'drive' || answer.is === 'folder') folders.push(id);
  }
  const above = await findAncestors(listing, files);
  return { folders, drives: [...drives], entries: [...entries, ...above, ...files.map(toEntry)] };
}

type FolderAnswer =
  | { readonly is: 'folder'; readonly file: DriveFile }
  | { readonly is: 'drive' }
  | { readonly is: 'nothing' | 'refused'; readonly entry: Entry };

/** @param asked what Drive says of the folder; it says nothing of a shared drive's id */
async function toAnswer(
  listing: DriveListing,
  id: string,
  asked: DriveFile | SyncError | undefined,
): Promise<FolderAnswer> {
  if (isSyncError(asked) && asked.kind !== 'not_found') return { is: 'refused', entry: toGap(id, id, asked) };
  if (isSyncError(asked) || asked === undefined) {
    const answer = await askDrive(listing, id);
    if (answer.is === 'refused') return { is: 'refused', entry: toGap(id, id, answer.error) };
    return answer.is === 'there' ? { is: 'drive' } : { is: 'nothing', entry: toMissing('folder', id, id, nowhere) };
  }
  if (asked.driveId === id) return { is: 'drive' };
  const name = asked.name ?? id;
  if (asked.trashed === true) return { is: 'nothing', entry: toMissing('folder', id, name, 'in the trash') };
  if (asked.mimeType !== folderType) return { is: 'refused', entry: toGap(id, name, notAFolder()) };
  const isListed = (await filesInScope(listing, [asked])).length > 0;
  const outside = 'in a drive or of an owner that the source excludes';
  return isListed ? { is: 'folder', file: asked } : { is: 'nothing', entry: toMissing('folder', id, name, outside) };
}

function notAFolder(): SyncError {
  return new SyncError('invalid_input', {
    code: 'not_a_folder',
    message:
      'This is selected as a folder, but is none, so nothing is listed in it. Choose the folders of the source again.',
    scope: 'container',
  });
}

/**
 * Returns the folders above these files, up to the top or to the first that is not visible. A shared drive at the top is
 * an entry as well.
 */
export async function findAncestors(listing: DriveListing, files: readonly DriveFile[]): Promise<Entry[]> {
  const root = await getRoot(listing);
  const found = new Map<string, Entry>();
  for (const file of files) {
    let current: DriveFile | null = file;
    for (let depth = 0; current !== null && depth < maxDepth; depth++) {
      const id: string | undefined = current.parents[0] ?? current.driveId;
      if (id === undefined || found.has(id)) break;
      current = await addAncestor(listing, root, found, id);
    }
  }
  return [...found.values()];
}

/** @returns the folder, if there may be others above it */
async function addAncestor(
  listing: DriveListing,
  root: { readonly id: string; readonly name?: string | undefined } | null,
  found: Map<string, Entry>,
  id: string,
): Promise<DriveFile | null> {
  if (id === root?.id) {
    found.set(id, { state: 'container', externalId: id, name: root.name ?? 'My Drive', parentExternalId: null });
    return null;
  }
  try {
    const file = await getFile(listing, id);
    if (file.driveId !== id) {
      found.set(id, toEntry(file));
      return file;
    }
  } catch (error) {
    if (!isSyncError(error) || isOfAccount(error)) throw error;
  }
  const answer = await askDrive(listing, id);
  if (answer.is === 'there')
    found.set(id, { state: 'container', externalId: id, name: answer.name, parentExternalId: null });
  return null;
}
