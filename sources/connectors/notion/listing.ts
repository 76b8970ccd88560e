import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Entry, ListPage } from '../../../domain/source.ts';
import { isLimitOfAccount, isOfPart } from '../part-tries.ts';
import { endlessList, unreadable } from './errors.ts';
import { listFilesOf } from './files.ts';
import { nextOf, searchGap, wholePage } from './lists.ts';
import { nameOf, titleOf, toContainer, toEntries, toItemRef } from './map.ts';
import { askedRoots, isInRoots, type NotionListing, placeOf, type Roots, rootsOf } from './places.ts';
import {
  firstPass,
  type FullState,
  readCheckpoint,
  type WindowState,
  writeCheckpoint,
  writeCursor,
} from './position.ts';
import { failsOnResults, searchLatest, searchTrash } from './search.ts';
import { isAtEnd, stepWalk } from './walk.ts';
import type { NotionPage, SearchPage } from './wire.ts';

/**
 * One page of a listing ends after this many calls, because an activity that is refused half way is repeated from its
 * start.
 */
const callsPerPage = 10;
const entriesPerPage = 500;
/** Search is indexed with a delay, and its times have minute precision (docs/vendors/notion.md#enumerating). */
const overlapMs = 15 * 60_000;
/** Search may return empty pages before others; maximum number of consecutive ones. */
const maxIdlePages = 20;
const subject = { scope: 'account', call: 'search' } as const;

export function startFull(listing: NotionListing): FullState {
  const roots = rootsOf(listing);
  return {
    v: 1,
    kind: 'full',
    startedAt: Date.now(),
    search: roots.length === 0 ? firstPass : null,
    tops: [],
    seen: [],
    asked: null,
    stack: roots.map((id) => ({ in: 'root', id, name: id, first: '', started: 0 })),
    complete: true,
    container: null,
    unknownRoots: 0,
    later: [],
    tries: 0,
    heldUntil: 0,
  };
}

/** Lists one page with its contents, or the rows of one data source. */
export function startContainer(listing: NotionListing, externalId: string): FullState {
  const state = startFull({ ...listing, config: { ...listing.config, roots: [] } });
  return {
    ...state,
    search: null,
    container: externalId,
    stack: [{ in: 'root', id: externalId, name: '', first: '', started: 0 }],
  };
}

/** Lists everything: the search results, and everything a walk down from them finds. */
export async function listFull(listing: NotionListing, from: FullState): Promise<ListPage> {
  let state = from;
  if (isHeld(state)) throw held(state);
  const entries: Entry[] = [];
  for (
    let calls = 0;
    calls < callsPerPage && entries.length < entriesPerPage && !isAtEnd(state) && !isHeld(state);
    calls++
  ) {
    const step = await stepWalk(listing, state);
    entries.push(...step.entries);
    state = step.state;
  }
  if (!isAtEnd(state)) return { entries, next: { more: true, cursor: writeCursor(state) } };
  const checkpoint = state.container === null ? writeCheckpoint(state.startedAt) : null;
  return { entries, next: { more: false, checkpoint, complete: state.complete } };
}

function isHeld({ heldUntil }: FullState): boolean {
  return heldUntil > Date.now();
}

/** Notion has refused a call. No worker makes a call of this connection before the requested time has passed. */
function held({ heldUntil }: FullState): SyncError {
  return new SyncError('rate_limited', {
    scope: 'account',
    message: 'Rate limited by Notion. The sync resumes automatically after the time that Notion requested.',
    retryAfterMs: Math.max(heldUntil - Date.now(), 0),
  });
}

export function startWindow(checkpoint: Checkpoint): WindowState {
  const since = readCheckpoint(checkpoint) - overlapMs;
  return { v: 1, kind: 'window', startedAt: Date.now(), since, trash: false, cursor: null, idle: 0 };
}

/**
 * Lists the pages that search shows as edited since the checkpoint, then those it shows in the trash. It may miss some
 * of either, so only pages shown in the trash count as deleted.
 */
export async function listWindow(listing: NotionListing, state: WindowState): Promise<ListPage> {
  const found = await searchWindow(listing, state);
  const { read, unread } = found.results;
  const due = read.filter((each) => isEditedSince(each, state.since));
  const gaps = unread > 0 ? [searchGap(unreadable(subject, 'a result without an id'))] : [];
  const entries = state.trash ? due.flatMap(toDeleted) : await toWindowEntries(listing, due);
  const idle = read.length + unread === 0 ? state.idle + 1 : 0;
  // Delayed indexing may break the order, so the list ends only with a page of results of which none is due.
  const isPast = idle === 0 && due.length + unread === 0;
  const following = isPast ? null : nextOf(found, subject);
  const isEndless = following !== null && (following === state.cursor || idle >= maxIdlePages);
  const all = [...entries, ...gaps, ...(isEndless ? [searchGap(endlessList(subject))] : [])];
  const next = isEndless ? null : following;
  if (next !== null)
    return { entries: all, next: { more: true, cursor: writeCursor({ ...state, cursor: next, idle }) } };
  if (!state.trash) {
    if (found.request_status?.type === 'incomplete' && due.length > 0) throw tooManyChanges();
    return {
      entries: all,
      next: { more: true, cursor: writeCursor({ ...state, trash: true, cursor: null, idle: 0 }) },
    };
  }
  return { entries: all, next: { more: false, checkpoint: writeCheckpoint(state.startedAt), complete: false } };
}

/** @throws SyncError `checkpoint_expired` if search fails on the latest changes for ever: a full listing reads around them */
async function searchWindow(listing: NotionListing, { trash, cursor }: WindowState): Promise<SearchPage> {
  try {
    return trash ? await searchTrash(listing, cursor) : await searchLatest(listing, cursor);
  } catch (error) {
    if (!isSyncError(error) || !(await failsOnResults(listing, error))) throw error;
    throw new SyncError('checkpoint_expired', {
      message:
        'Notion’s search fails again and again on the latest changes, although Notion answers otherwise, so everything is listed again.',
      scope: 'account',
    });
  }
}

type Found = SearchPage['results']['read'][number];

async function toWindowEntries(listing: NotionListing, due: readonly Found[]): Promise<Entry[]> {
  const roots = askedRoots(listing);
  const entries: Entry[] = [];
  for (const each of due) {
    try {
      entries.push(...(await toWindowEntry(listing, each, roots)));
    } catch (error) {
      if (!isSyncError(error) || !isOfPart(error) || isLimitOfAccount(error)) throw error;
      entries.push(gapOf(each, error));
    }
  }
  return entries;
}

async function toWindowEntry(listing: NotionListing, found: Found, roots: Roots): Promise<Entry[]> {
  if (found.object === 'data_source') {
    if (roots.ids.size > 0) return [];
    const place = await placeOf(listing, found.database_parent);
    return [toContainer(found.id, nameOf(found), place?.id ?? null)];
  }
  const page = await wholePage(listing, found);
  if (page === null) return [];
  const isOurs = await isInRoots(listing, roots, page);
  if (!isOurs || page.in_trash) return [{ state: 'deleted', externalId: page.id }];
  const entries = toEntries(toItemRef(page, (await placeOf(listing, page.parent))?.id ?? null));
  return [...entries, ...(listing.config.includeFiles ? await filesOrGap(listing, page) : [])];
}

/** A page whose blocks are refused is read anyway; only its files are not known. */
async function filesOrGap(listing: NotionListing, page: NotionPage): Promise<Entry[]> {
  try {
    return await listFilesOf(listing, page.id);
  } catch (error) {
    if (!isSyncError(error) || !isOfPart(error) || isLimitOfAccount(error)) throw error;
    return [gapOf(page, error)];
  }
}

function gapOf(found: Found, { code, message, retryAfterMs }: SyncError): Entry {
  const retry = retryAfterMs ?? null;
  return { state: 'gap', externalId: found.id, name: nameFound(found), code, message, retryAfterMs: retry };
}

function nameFound(found: Found): string {
  return found.object === 'page' ? titleOf(found) || 'Untitled' : nameOf(found);
}

/** A page without an edit time may have been edited. */
function isEditedSince(
  { last_edited_time: edited = '' }: { readonly last_edited_time?: string | undefined },
  since: number,
): boolean {
  const at = Date.parse(edited);
  return Number.isNaN(at) || at >= since;
}

function toDeleted({ id, in_trash: isInTrash }: Found): Entry[] {
  return isInTrash ? [{ state: 'deleted', externalId: id }] : [];
}

/** Search ends after a maximum number of results, so edits beyond them would be lost. */
function tooManyChanges(): SyncError {
  return new SyncError('checkpoint_expired', {
    message: 'Notion’s search cannot return all changes because there are too many, so everything is listed again.',
  });
}
