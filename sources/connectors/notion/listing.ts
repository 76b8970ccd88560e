import { isFullDataSource, isFullPage, type SearchResponse } from '@notionhq/client';
import { SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Entry, ListPage } from '../../../domain/source.ts';
import { toId } from './config.ts';
import { nameOf, toContainer, toEntries, toItemRef } from './map.ts';
import { isInRoots, type NotionListing, placeOf } from './places.ts';
import { type FullState, readCheckpoint, type WindowState, writeCheckpoint, writeCursor } from './position.ts';
import { searchLatest, searchTrash } from './search.ts';
import { isAtEnd, stepWalk } from './walk.ts';

/** One page of ours ends after so many calls: a step that is refused half way is repeated from its beginning. */
const callsPerPage = 10;
const entriesPerPage = 500;
/** Search is indexed late, and its clock shows minutes [reference 6.4]. */
const overlapMs = 15 * 60_000;

export function startFull(listing: NotionListing): FullState {
  const roots = rootsOf(listing);
  return {
    v: 1,
    kind: 'full',
    startedAt: Date.now(),
    search: roots.length === 0 ? { cursor: null, again: false } : null,
    tops: [],
    seen: [],
    asked: null,
    stack: roots.map((id) => ({ in: 'root', id })),
    complete: true,
  };
}

/** The ids that the config names. */
export function rootsOf({ config }: NotionListing): string[] {
  return config.roots.flatMap((root) => toId(root) ?? []);
}

/** Everything: what search finds, and what a walk down from there finds besides. */
export async function listFull(listing: NotionListing, from: FullState): Promise<ListPage> {
  let state = from;
  const entries: Entry[] = [];
  for (let calls = 0; calls < callsPerPage && entries.length < entriesPerPage && !isAtEnd(state); calls++) {
    const step = await stepWalk(listing, state);
    entries.push(...step.entries);
    state = step.state;
  }
  return isAtEnd(state)
    ? { entries, next: { more: false, checkpoint: writeCheckpoint(state.startedAt), complete: state.complete } }
    : { entries, next: { more: true, cursor: writeCursor(state) } };
}

export function startWindow(checkpoint: Checkpoint): WindowState {
  const since = readCheckpoint(checkpoint) - overlapMs;
  return { v: 1, kind: 'window', startedAt: Date.now(), since, trash: false, cursor: null };
}

/**
 * What search shows as edited since, then what it shows in the trash. It may miss some of either, so that nothing is taken
 * for gone but what is shown in the trash.
 */
export async function listWindow(listing: NotionListing, state: WindowState): Promise<ListPage> {
  const found = state.trash ? await searchTrash(listing, state.cursor) : await searchLatest(listing, state.cursor);
  const due = found.results.filter((each) => isEditedSince(each, state.since));
  const entries = state.trash ? due.flatMap((each) => toGone(each)) : await toWindowEntries(listing, due);
  // Late indexing may break the order: only a page on which nothing is due is the end.
  const hasMore = found.has_more && due.length > 0;
  if (hasMore) return { entries, next: { more: true, cursor: writeCursor({ ...state, cursor: found.next_cursor }) } };
  if (!state.trash) {
    if (found.request_status?.type === 'incomplete' && due.length > 0) throw tooManyChanges();
    return { entries, next: { more: true, cursor: writeCursor({ ...state, trash: true, cursor: null }) } };
  }
  return { entries, next: { more: false, checkpoint: writeCheckpoint(state.startedAt), complete: false } };
}

async function toWindowEntries(listing: NotionListing, due: SearchResponse['results']): Promise<Entry[]> {
  const roots = new Set(rootsOf(listing));
  const known = new Map<string, boolean>();
  const entries: Entry[] = [];
  for (const each of due) {
    if (isFullPage(each)) {
      const isOurs = await isInRoots(listing, roots, each, known);
      if (!isOurs || each.in_trash) entries.push({ state: 'gone', externalId: each.id });
      else entries.push(...toEntries(toItemRef(each, (await placeOf(listing, each.parent))?.id ?? null)));
    } else if (isFullDataSource(each) && roots.size === 0) {
      const place = await placeOf(listing, each.database_parent);
      entries.push(toContainer(each.id, nameOf(each), place?.id ?? null));
    }
  }
  return entries;
}

function isEditedSince(each: SearchResponse['results'][number], since: number): boolean {
  return 'last_edited_time' in each && Date.parse(each.last_edited_time) >= since;
}

function toGone(each: SearchResponse['results'][number]): Entry[] {
  return 'in_trash' in each && each.in_trash ? [{ state: 'gone', externalId: each.id }] : [];
}

/** Search ends at a number of results: what was edited before those would be lost. */
function tooManyChanges(): SyncError {
  return new SyncError('checkpoint_expired', {
    message: 'More has changed than Notion’s search can tell; everything is listed again.',
  });
}
