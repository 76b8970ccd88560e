/** Finds the folders of the config that are gone: among several, nothing else would show it. */

import pLimit from 'p-limit';
import { foldCase } from '../../../domain/fold-case.ts';
import { isSyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { missingSelection } from '../missing-selection.ts';
import type { DropboxCall } from './client.ts';
import { findEntry } from './look-up.ts';
import type { DropboxEntry } from './wire.ts';

const maxConcurrency = 8;

/**
 * Asks Dropbox for each of these folders. A single one is listed by itself, and Dropbox then refuses the listing.
 * @returns an entry for each that is not there; a refusal proves nothing
 */
export async function nameMissing(
  at: { readonly call: DropboxCall; readonly root: string | undefined; readonly signal: AbortSignal },
  folders: readonly string[],
): Promise<Entry[]> {
  const limit = pLimit(maxConcurrency);
  const isMissing = async (folder: string): Promise<boolean> => {
    try {
      return (await findEntry(at, folder)) === null;
    } catch (error) {
      if (!isSyncError(error) || error.scope === 'account') throw error;
      return false;
    }
  };
  const missing = await Promise.all(folders.map((folder) => limit(() => isMissing(folder))));
  return folders.filter((_, i) => missing[i]).map(toMissing);
}

/** Returns the folders that a page of the feed reports as deleted, by themselves or with a folder above them. */
export function reportedDeleted(page: readonly DropboxEntry[], folders: readonly string[]): string[] {
  const deleted = page.flatMap((entry) =>
    entry['.tag'] === 'deleted' ? [`${foldCase(entry.path_lower || entry.path_display || '')}/`] : [],
  );
  return folders.filter((folder) => deleted.some((path) => `${foldCase(folder)}/`.startsWith(path)));
}

function toMissing(folder: string): Entry {
  const problem = 'is no longer in Dropbox at this path: it was deleted, renamed or moved, or is no longer shared';
  return missingSelection({ what: 'folder', id: folder, name: folder, code: 'selected_folder_missing', problem });
}
