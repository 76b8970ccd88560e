/**
 * Lists folders with their whole subtrees, breadth first: all of one container, or folders whose contents no list
 * includes.
 */

import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { isEndless, noPages, rememberPage } from '../page-memory.ts';
import { isTriedAgain, retryDelayMs } from '../part-tries.ts';
import { isOfAccount } from '../read-each.ts';
import { readFiles } from './answers.ts';
import { folderType, toGap, toLost } from './map.ts';
import type { TreeSegment } from './position.ts';
import { type DriveListing, getAccount, getFile, listFiles } from './requests.ts';
import { toEntries } from './shortcuts.ts';

/** Number of folders whose contents one query requests. */
const foldersPerQuery = 40;

export interface TreeStep {
  readonly entries: readonly Entry[];
  /** Folders on this page, which this walk lists too. */
  readonly folders: readonly string[];
  /** Folders elsewhere that shortcuts on this page point to. */
  readonly follow: readonly string[];
  readonly next: TreeSegment | null;
}

export function newTree(folders: readonly string[]): TreeSegment {
  return {
    how: 'tree',
    listing: [],
    token: null,
    pending: [...folders],
    unseen: [],
    alone: [],
    width: foldersPerQuery,
    attempts: 0,
    until: 0,
    memory: noPages,
  };
}

/**
 * Lists the next page. The folders found last are listed first, which keeps the queue small however wide the tree is.
 */
export async function stepTree(
  listing: DriveListing,
  segment: TreeSegment,
  followed: ReadonlySet<string>,
): Promise<TreeStep> {
  const state = segment.token === null ? withNextFolders(segment) : segment;
  const folders = state.listing;
  if (folders.length === 0) return { entries: [], folders: [], follow: [], next: null };
  try {
    return await readPage(listing, state, followed);
  } catch (error) {
    if (!isSyncError(error) || isOfAccount(error)) throw error;
    return await afterRefusal(listing, { ...state, listing: [], token: null, memory: noPages }, folders, error);
  }
}

function withNextFolders(segment: TreeSegment): TreeSegment {
  const { pending, alone, width } = segment;
  const single = alone.at(-1);
  if (single !== undefined) return { ...segment, listing: [single], unseen: [], alone: alone.slice(0, -1) };
  const listing = pending.slice(-width);
  return { ...segment, listing, unseen: listing, pending: pending.slice(0, -width) };
}

async function readPage(listing: DriveListing, state: TreeSegment, followed: ReadonlySet<string>): Promise<TreeStep> {
  const within = state.listing.map((id) => `'${escapeQuery(id)}' in parents`).join(' or ');
  const data = await listFiles(listing, 'container', {
    q: `trashed = false and (${within})`,
    includeItemsFromAllDrives: true,
    ...(state.token === null ? {} : { pageToken: state.token }),
  });
  const { files, gaps } = readFiles(data.files, state.listing.length === 1 ? (state.listing[0] ?? null) : null);
  const token = data.nextPageToken ?? null;
  const memory = rememberPage(state.memory, data.files);
  if (token !== null && (token === state.token || isEndless(memory))) throw endless();
  const found = files.filter((file) => file.mimeType === folderType).map(({ id }) => id);
  const folders = found.filter((id) => !followed.has(id));
  const { entries, follow } = await toEntries(files, listing);
  const pending = [...state.pending, ...folders];
  const parents = new Set(files.flatMap((file) => file.parents));
  const unseen = state.unseen.filter((id) => !parents.has(id));
  const width = Math.min(foldersPerQuery, state.width * 2);
  const incomplete = data.incompleteSearch
    ? await Promise.all(state.listing.map(async (folder) => await refusedFolder(listing, folder, partialFolder())))
    : [];
  // Drive may answer a query for several folders with nothing of some of them, and call that complete.
  const alone = state.listing.length > 1 ? [...state.alone, ...unseen] : state.alone;
  const next: TreeSegment =
    token === null
      ? { ...state, listing: [], token, pending, unseen: [], alone, width, attempts: 0, until: 0, memory: noPages }
      : { ...state, token, pending, unseen, attempts: 0, until: 0, memory };
  return {
    entries: [...entries, ...gaps.map((gap): Entry => ({ state: 'gap', ...gap })), ...incomplete.flat()],
    folders,
    follow,
    next: orNothing(next),
  };
}

/**
 * A refused folder makes Drive refuse the whole query, so fewer folders are queried until it stands alone. It is then
 * deleted if Drive says so, or else named as a gap, and the walk continues with the others.
 */
async function afterRefusal(
  listing: DriveListing,
  state: TreeSegment,
  folders: readonly string[],
  error: SyncError,
): Promise<TreeStep> {
  const nothing = { folders: [], follow: [] };
  const again = { ...state, pending: [...state.pending, ...folders] };
  const [folder, ...others] = folders;
  if (folder === undefined) return { ...nothing, entries: [], next: orNothing(state) };
  if (others.length > 0) return { ...nothing, entries: [], next: { ...again, width: Math.ceil(folders.length / 2) } };
  const tries = state.attempts + 1;
  if (isTriedAgain(error, tries)) {
    const pending = [folder, ...state.pending];
    const until = Date.now() + retryDelayMs(error, tries);
    return { ...nothing, entries: [], next: { ...state, pending, width: 1, attempts: tries, until } };
  }
  if (error.kind === 'unavailable') await getAccount(listing);
  const entries = await refusedFolder(listing, folder, error);
  return { ...nothing, entries, next: orNothing({ ...state, attempts: 0, until: 0 }) };
}

async function refusedFolder(listing: DriveListing, folder: string, refusal: SyncError): Promise<Entry[]> {
  try {
    const { name } = await getFile(listing, folder);
    return [toGap(folder, name ?? folder, refusal)];
  } catch (error) {
    if (!isSyncError(error) || isOfAccount(error)) throw error;
    return error.kind === 'not_found' ? toLost(folder) : [toGap(folder, folder, refusal)];
  }
}

function orNothing(state: TreeSegment): TreeSegment | null {
  return state.token === null && state.pending.length === 0 && state.alone.length === 0 ? null : state;
}

function endless(): SyncError {
  return new SyncError('forbidden', {
    code: 'endless_listing',
    message:
      'Google Drive keeps returning the same pages of this folder, so it cannot be listed completely. Its synced items are kept, and the next sync tries again.',
    scope: 'container',
  });
}

/** Which of the folders in a query is incomplete is unknown, so each of them is. */
function partialFolder(): SyncError {
  return new SyncError('unavailable', {
    code: 'incomplete_search',
    message:
      'Google Drive reports that its answer for this folder is missing some files. Its synced items are kept, and the next sync lists it again.',
    scope: 'container',
  });
}

/** Escapes a value between single quotes in a query. */
export function escapeQuery(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
