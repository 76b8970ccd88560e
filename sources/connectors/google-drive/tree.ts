/** Folders with all below them, breadth first: the whole of one container, and what no list of the account's shows. */

import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { isEndless, noPages, rememberPage } from '../page-memory.ts';
import { isOfAccount } from '../read-each.ts';
import { readFiles } from './answers.ts';
import { folderType, toGap } from './map.ts';
import type { TreeSegment } from './position.ts';
import { type DriveListing, getAccount, getFile, listFiles } from './requests.ts';
import { toEntries } from './shortcuts.ts';

/** Folders whose contents one query asks for. */
const foldersPerQuery = 40;
/** A folder that does not answer is asked for so often in all, after others where there are any. */
const maxAttempts = 3;

export interface TreeStep {
  readonly entries: readonly Entry[];
  /** Folders that this page has shown, which are listed by this walk. */
  readonly folders: readonly string[];
  /** Folders elsewhere that shortcuts on this page lead to. */
  readonly follow: readonly string[];
  readonly next: TreeSegment | null;
}

export function newTree(folders: readonly string[]): TreeSegment {
  return {
    how: 'tree',
    listing: [],
    token: null,
    pending: [...folders],
    width: foldersPerQuery,
    attempts: 0,
    memory: noPages,
  };
}

/** The next page. The last found are listed first: what waits stays small, whatever the tree's width below. */
export async function stepTree(
  listing: DriveListing,
  segment: TreeSegment,
  followed: ReadonlySet<string>,
): Promise<TreeStep> {
  const isNew = segment.token === null;
  const folders = isNew ? segment.pending.slice(-segment.width) : segment.listing;
  const pending = isNew ? segment.pending.slice(0, -segment.width) : segment.pending;
  if (folders.length === 0) return { entries: [], folders: [], follow: [], next: null };
  const state: TreeSegment = { ...segment, listing: folders, pending };
  try {
    return await readPage(listing, state, followed);
  } catch (error) {
    if (!isSyncError(error) || isOfAccount(error)) throw error;
    return await afterRefusal(listing, { ...state, listing: [], token: null, memory: noPages }, folders, error);
  }
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
  const width = Math.min(foldersPerQuery, state.width * 2);
  const next: TreeSegment =
    token === null
      ? { ...state, listing: [], token, pending, width, attempts: 0, memory: noPages }
      : { ...state, token, pending, attempts: 0, memory };
  return {
    entries: [...entries, ...gaps.map((gap): Entry => ({ state: 'gap', ...gap }))],
    folders,
    follow,
    next: orNothing(next),
  };
}

/**
 * One refused folder refuses the whole query: fewer are asked for until it stands alone. Then it is gone if Drive says so,
 * else named as a gap, and the others go on.
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
  const mayPass = error.kind === 'unavailable' || error.kind === 'checkpoint_expired';
  if (mayPass && state.attempts + 1 < maxAttempts) {
    const next = { ...state, pending: [folder, ...state.pending], width: 1, attempts: state.attempts + 1 };
    return { ...nothing, entries: [], next };
  }
  if (error.kind === 'unavailable') await getAccount(listing);
  const entry = await refusedFolder(listing, folder, error);
  return { ...nothing, entries: [entry], next: orNothing({ ...state, attempts: 0 }) };
}

async function refusedFolder(listing: DriveListing, folder: string, refusal: SyncError): Promise<Entry> {
  try {
    const { name } = await getFile(listing, folder);
    return toGap(folder, name ?? folder, refusal);
  } catch (error) {
    if (!isSyncError(error) || isOfAccount(error)) throw error;
    return error.kind === 'not_found' ? { state: 'deleted', externalId: folder } : toGap(folder, folder, refusal);
  }
}

function orNothing(state: TreeSegment): TreeSegment | null {
  return state.token === null && state.pending.length === 0 ? null : state;
}

function endless(): SyncError {
  return new SyncError('forbidden', {
    code: 'endless_listing',
    message:
      'Google Drive gives the same pages of this folder again and again, so it cannot be listed to its end. What is known of it stays; it is tried again by the next sync.',
    scope: 'container',
  });
}

function escapeQuery(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
