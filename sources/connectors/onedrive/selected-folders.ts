/** Finds the folders and libraries of the config that are gone: nothing else would show it. */

import type { Entry, ListPage } from '../../../domain/source.ts';
import { missingSelection } from '../missing-selection.ts';
import type { OneDriveConfig } from './config.ts';
import { lookUp } from './look-up.ts';
import type { OneDriveListing } from './shortcuts.ts';

/**
 * Adds to the first page of a full listing the folders that are not there, and to each page the folders and libraries
 * that it reports as deleted, if they are.
 */
export async function withMissing(listing: OneDriveListing, page: ListPage, isStart: boolean): Promise<ListPage> {
  const { folders, libraries } = listing.config;
  const selected = new Set([...folders, ...libraries]);
  const deleted = page.entries.flatMap((entry) =>
    entry.state === 'deleted' && selected.has(entry.externalId) ? [entry.externalId] : [],
  );
  const asked = [...new Set([...(isStart ? folders : []), ...deleted])];
  if (asked.length === 0) return page;
  const answers = await lookUp(listing, asked);
  // A folder about which Graph does not answer is neither there nor gone.
  const missing = answers.flatMap((entry) => (entry.state === 'deleted' ? [entry.externalId] : []));
  return { ...page, entries: [...page.entries, ...missing.map((id) => toMissing(listing.config, id))] };
}

function toMissing({ libraries }: OneDriveConfig, id: string): Entry {
  const what = libraries.includes(id) ? 'library' : 'folder';
  const problem = 'is no longer in OneDrive, or no longer shared with the account or added to its files';
  return missingSelection({ what, id, name: id, code: 'selected_folder_missing', problem });
}
