import type { Choice } from '../connector.ts';
import { readFiles } from './answers.ts';
import { folderType } from './map.ts';
import { type DriveListing, getRoot, listDrives, listFiles } from './requests.ts';
import { escapeQuery } from './tree.ts';

/** Nobody reads a longer list; the id of another drive can be typed in. */
const maxShown = 500;
/** Maximum number of pages, with a hundred drives each, which also ends an endless list. Pages of folders may be empty. */
const maxPages = 5;

/** Lists the shared drives that the account is a member of. */
export async function sharedDriveChoices(listing: Pick<DriveListing, 'call' | 'signal'>): Promise<readonly Choice[]> {
  const choices: Choice[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < maxPages && choices.length < maxShown; page++) {
    const { drives, nextPageToken } = await listDrives(listing, pageToken);
    choices.push(...drives.map(({ id, name }) => ({ value: id, label: name ?? id, hasChildren: false })));
    if (nextPageToken === undefined) break;
    pageToken = nextPageToken;
  }
  return choices;
}

/**
 * Lists the folders directly below one; null: My Drive, the shared drives, and the folders that others have shared with
 * the account.
 */
export async function folderChoices(listing: DriveListing, within: string | null): Promise<readonly Choice[]> {
  if (within !== null) return await foldersOf(listing, `'${escapeQuery(within)}' in parents`);
  const [root, drives, shared] = await Promise.all([
    getRoot(listing),
    sharedDriveChoices(listing),
    foldersOf(listing, 'sharedWithMe = true'),
  ]);
  const below = drives.map((drive) => ({ ...drive, hasChildren: true }));
  const top = root === null ? [] : [{ value: root.id, label: root.name ?? 'My Drive', hasChildren: true }];
  return [...top, ...below, ...shared];
}

/** Drive does not say whether a folder contains others. */
async function foldersOf(listing: DriveListing, where: string): Promise<readonly Choice[]> {
  const choices: Choice[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < maxPages && choices.length < maxShown; page++) {
    const { files, nextPageToken } = await listFiles(listing, 'container', {
      q: `trashed = false and mimeType = '${folderType}' and ${where}`,
      includeItemsFromAllDrives: true,
      pageSize: maxShown,
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    choices.push(
      ...readFiles(files, null).files.map(({ id, name }) => ({ value: id, label: name ?? id, hasChildren: true })),
    );
    if (nextPageToken == null) break;
    pageToken = nextPageToken;
  }
  return choices.toSorted((a, b) => a.label.localeCompare(b.label, 'en'));
}
