/** Looks up single files by id. */

import type { SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { readEach } from '../read-each.ts';
import type { DriveFile } from './answers.ts';
import { findAncestors } from './folders.ts';
import { toGap } from './map.ts';
import { type DriveListing, accountOf, getFile } from './requests.ts';
import { filesInScope } from './scope.ts';
import { toEntries } from './shortcuts.ts';

/** Each id costs one call of five units; a few run concurrently. */
export const lookUpBatchSize = 100;
const lookUpConcurrency = 8;

/**
 * A file that Drive reports as missing, or that is in the trash or out of scope, is deleted. If Drive refuses to
 * answer, it is a gap.
 */
export async function lookUp(listing: DriveListing, externalIds: readonly string[]): Promise<readonly Entry[]> {
  const { present, others } = await lookUpFiles(listing, externalIds);
  const { entries } = await toEntries(present, listing);
  // Folders outside of the selected ones are listed nowhere, and a file that moved there has to be known as outside.
  const above = listing.config.folders.length === 0 ? [] : await findAncestors(listing, present);
  return [...above, ...entries, ...others];
}

/** Does the same, but returns existing files as Drive sent them. */
export async function lookUpFiles(
  listing: DriveListing,
  ids: readonly string[],
): Promise<{ readonly present: readonly DriveFile[]; readonly others: readonly Entry[] }> {
  const { read, unread } = await readEach(ids, lookUpConcurrency, (id) => getFile(listing, id), accountOf(listing));
  const present = await filesInScope(
    listing,
    [...read.values()].filter(({ trashed }) => trashed !== true),
  );
  const there = new Set(present.map(({ id }) => id));
  const deleted = [...read.keys()]
    .filter((id) => !there.has(id))
    .map((externalId): Entry => ({ state: 'deleted', externalId }));
  return { present, others: [...deleted, ...[...unread].map(([id, error]) => unreadEntry(id, error))] };
}

function unreadEntry(externalId: string, error: SyncError): Entry {
  return error.kind === 'not_found' ? { state: 'deleted', externalId } : toGap(externalId, externalId, error);
}
