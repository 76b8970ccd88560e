/**
 * A full listing. Search promises to find what was shared directly, and nothing about what lies in it [reference 6.4]: from
 * there a walk goes down through blocks, databases and rows, depth first, so that its state stays as small as the tree is deep.
 */

import {
  type BlockObjectResponse,
  isFullBlock,
  isFullDataSource,
  isFullPage,
  type QueryDataSourceResponse,
  type SearchResponse,
} from '@notionhq/client';
import { SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { nameOf, plainText, toChildRef, toContainer, toEntries, toItemRef } from './map.ts';
import { findDataSource, findPage, isVisible, type NotionListing, orNull, orRefusal, placeOf } from './places.ts';
import type { Frame, FullState, Top } from './position.ts';
import { searchAll } from './search.ts';

/** Found by search and not looked at yet: more than these are walked before search goes on. */
const mostTops = 500;
/** Of what search has found; what is forgotten costs a call. */
const mostSeen = 5000;

interface Step {
  readonly entries: readonly Entry[];
  readonly state: FullState;
}

export function isAtEnd({ search, tops, stack }: FullState): boolean {
  return search === null && tops.length === 0 && stack.length === 0;
}

/** One or two calls further. */
export async function stepWalk(listing: NotionListing, state: FullState): Promise<Step> {
  const frame = state.stack.at(-1);
  if (frame !== undefined) return await stepInto(listing, { ...state, stack: state.stack.slice(0, -1) }, frame);
  const [top, ...tops] = state.tops;
  const isSearching = state.search !== null && state.tops.length < mostTops;
  if (isSearching || top === undefined) return await stepSearch(listing, state);
  return await stepTop(listing, { ...state, tops }, top);
}

/**
 * Results shift while they are paged through: of a page that goes to the trash meanwhile, another takes the place and is shown
 * on no page. So they are gone through once more, from the other end, for what was not seen the first time.
 */
async function stepSearch(listing: NotionListing, state: FullState): Promise<Step> {
  const { cursor, again } = state.search ?? { cursor: null, again: false };
  const found = await searchAll(listing, cursor, again ? 'ascending' : 'descending');
  const before = new Set(again ? state.seen : []);
  const entries: Entry[] = [];
  const tops: Top[] = [...state.tops];
  for (const each of found.results) {
    if (before.has(each.id)) continue;
    const { entry, top } = await readFound(listing, each);
    entries.push(...entry);
    // What is forgotten was looked at the first time, as all but a few are.
    if (!again || before.size < mostSeen) tops.push(...top);
  }
  const seen = [...state.seen, ...found.results.map(({ id }) => id).filter((id) => !before.has(id))].slice(-mostSeen);
  const known = new Set(seen);
  const left = tops.filter(({ parent }) => parent === null || !known.has(parent));
  const complete = state.complete && found.request_status?.type !== 'incomplete';
  const goesOn = { ...state, tops: left, seen, complete };
  if (found.has_more) return { entries, state: { ...goesOn, search: { cursor: found.next_cursor, again } } };
  if (!again && cursor !== null) return { entries, state: { ...goesOn, search: { cursor: null, again: true } } };
  // Side by side what lies in the same: its visibility is asked for once.
  const sorted = left.toSorted((a, b) => (a.parent ?? '').localeCompare(b.parent ?? ''));
  return { entries, state: { ...goesOn, search: null, tops: sorted, seen: [] } };
}

async function readFound(
  listing: NotionListing,
  each: SearchResponse['results'][number],
): Promise<{ readonly entry: Entry[]; readonly top: Top[] }> {
  if (isFullPage(each) && !each.in_trash) {
    const place = await placeOf(listing, each.parent);
    const frame: Frame = { in: 'block', id: each.id, page: each.id, cursor: null };
    return { entry: toEntries(toItemRef(each, place?.id ?? null)), top: topOf(frame, place) };
  }
  if (isFullDataSource(each) && !each.in_trash) {
    const place = await placeOf(listing, each.database_parent);
    const frame: Frame = { in: 'rows', id: each.id, cursor: null, since: null };
    return { entry: [toContainer(each.id, nameOf(each), place?.id ?? null)], top: topOf(frame, place) };
  }
  return { entry: [], top: [] };
}

function topOf(frame: Frame, place: Awaited<ReturnType<typeof placeOf>>): Top[] {
  return place?.certain === true ? [] : [{ frame, parent: place?.id ?? null }];
}

/** What lies in something visible is come by from there. */
async function stepTop(listing: NotionListing, state: FullState, { frame, parent }: Top): Promise<Step> {
  if (parent === null) return { entries: [], state: { ...state, stack: [frame] } };
  const visible = state.asked?.parent === parent ? state.asked.visible : await isVisible(listing, parent);
  return { entries: [], state: { ...state, asked: { parent, visible }, stack: visible ? [] : [frame] } };
}

async function stepInto(listing: NotionListing, state: FullState, frame: Frame): Promise<Step> {
  switch (frame.in) {
    case 'block':
      return await stepBlock(listing, state, frame);
    case 'database':
      return await stepDatabase(listing, state, frame);
    case 'rows':
      return await stepRows(listing, state, frame);
    case 'root':
      return await stepRoot(listing, state, frame.id);
  }
}

async function stepBlock(
  { call, signal }: NotionListing,
  state: FullState,
  frame: Extract<Frame, { in: 'block' }>,
): Promise<Step> {
  const list = await orNull(
    call(
      'position',
      signal,
      async (notion) =>
        await notion.blocks.children.list({
          block_id: frame.id,
          page_size: 100,
          ...(frame.cursor === null ? {} : { start_cursor: frame.cursor }),
        }),
    ),
  );
  if (list === null) return { entries: [], state };
  const blocks = list.results.filter((block) => isFullBlock(block)).filter((block) => !block.in_trash);
  const entries = blocks.flatMap((block) =>
    block.type === 'child_page' ? toEntries(toChildRef(block, frame.page)) : [],
  );
  const below = blocks.flatMap((block) => framesOf(block, frame.page));
  const rest: Frame[] = list.has_more ? [{ ...frame, cursor: list.next_cursor }] : [];
  return { entries, state: { ...state, stack: [...state.stack, ...rest, ...below.toReversed()] } };
}

/** What of a block may hold pages. The copy of a synced block holds what the original holds. */
function framesOf(block: BlockObjectResponse, page: string): Frame[] {
  if (block.type === 'child_database') return [{ in: 'database', id: block.id, page }];
  if (!block.has_children || block.type === 'table') return [];
  if (block.type === 'synced_block' && block.synced_block.synced_from !== null) return [];
  return [{ in: 'block', id: block.id, page: block.type === 'child_page' ? block.id : page, cursor: null }];
}

/** A linked database shows the rows of another and cannot be asked for them [reference 6.4]. */
async function stepDatabase(
  { call, signal }: NotionListing,
  state: FullState,
  { id, page }: Extract<Frame, { in: 'database' }>,
): Promise<Step> {
  const found = await orNull(
    call('position', signal, async (notion) => await notion.databases.retrieve({ database_id: id })),
  );
  if (found === null || !('data_sources' in found)) return { entries: [], state };
  const title = plainText(found.title);
  const frames = found.data_sources.map((each): Frame => ({ in: 'rows', id: each.id, cursor: null, since: null }));
  return {
    entries: found.data_sources.map((each) => toContainer(each.id, each.name || title || 'Untitled', page)),
    state: { ...state, stack: [...state.stack, ...frames] },
  };
}

async function stepRows(
  { call, signal }: NotionListing,
  state: FullState,
  frame: Extract<Frame, { in: 'rows' }>,
): Promise<Step> {
  const { id, since } = frame;
  const list = await orRefusal(
    call(
      'position',
      signal,
      async (notion) =>
        await notion.dataSources.query({
          data_source_id: id,
          page_size: 100,
          start_cursor: frame.cursor,
          sorts: [{ timestamp: 'created_time', direction: 'ascending' }],
          ...(since === null ? {} : { filter: { timestamp: 'created_time', created_time: { on_or_after: since } } }),
        }),
    ),
  );
  if (list === 'not_found') return { entries: [], state };
  // Its rows may well be there: what is not seen of them is not to be taken for gone.
  if (list === 'unsupported') return { entries: [], state: { ...state, complete: false } };
  const rows = list.results.filter((row) => isFullPage(row)).filter((row) => !row.in_trash);
  const below = rows.map((row): Frame => ({ in: 'block', id: row.id, page: row.id, cursor: null }));
  const { rest, complete } = restOf(frame, list);
  return {
    entries: rows.flatMap((row) => toEntries(toItemRef(row, id))),
    state: { ...state, complete: state.complete && complete, stack: [...state.stack, ...rest, ...below.toReversed()] },
  };
}

/** A query ends at ten thousand rows and says so: the rest is asked for by when it was created [reference 6.4]. */
function restOf(
  frame: Extract<Frame, { in: 'rows' }>,
  list: QueryDataSourceResponse,
): { readonly rest: Frame[]; readonly complete: boolean } {
  if (list.has_more) return { rest: [{ ...frame, cursor: list.next_cursor }], complete: true };
  if (list.request_status?.type !== 'incomplete') return { rest: [], complete: true };
  const last = list.results.findLast((row) => isFullPage(row));
  const goesOn = last !== undefined && last.created_time !== frame.since;
  return goesOn
    ? { rest: [{ ...frame, cursor: null, since: last.created_time }], complete: true }
    : { rest: [], complete: false };
}

/** A page, a database or a data source that the config names. */
async function stepRoot(listing: NotionListing, state: FullState, id: string): Promise<Step> {
  const page = await findPage(listing, id);
  if (page !== null && !page.in_trash) {
    const frame: Frame = { in: 'block', id, page: id, cursor: null };
    return { entries: toEntries(toItemRef(page, null)), state: { ...state, stack: [...state.stack, frame] } };
  }
  const dataSource = page === null ? await findDataSource(listing, id) : null;
  if (dataSource !== null) {
    const frame: Frame = { in: 'rows', id, cursor: null, since: null };
    return {
      entries: [toContainer(id, nameOf(dataSource), null)],
      state: { ...state, stack: [...state.stack, frame] },
    };
  }
  const step = await stepDatabase(listing, state, { in: 'database', id, page: null });
  if (step.entries.length > 0) return step;
  throw unknownRoot(id);
}

export function unknownRoot(id: string): SyncError {
  return new SyncError('invalid_input', {
    code: 'unknown_root',
    message: `The connection sees no page or database ${id}. Share it with the connection at Notion, or take it out of "roots".`,
  });
}
