/**
 * A full listing. Search promises to find what was shared directly, but not its contents
 * (docs/vendors/notion.md#enumerating). So a walk continues from each result through blocks, databases and rows. It is
 * depth first, which keeps its state as small as the tree is deep. If Notion refuses something, its page or database
 * becomes a gap and the walk continues.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { stringOf } from '../loose.ts';
import { missingSelection } from '../missing-selection.ts';
import { isLimitOfAccount, isOfPart, isTriedAgain, mayPass, retryDelayMs } from '../part-tries.ts';
import { endlessList, unreadable } from './errors.ts';
import { toFileEntries } from './files.ts';
import { isUnsupported, kindsOfNoContents, nextOf, searchGap, wholePage } from './lists.ts';
import { nameOf, titleOf, toChildRef, toContainer, toEntries, toItemRef } from './map.ts';
import {
  askedRoots,
  findDataSource,
  findPage,
  isInRoots,
  isSameId,
  isVisible,
  type NotionListing,
  orNull,
  placeOf,
  rootsOf,
} from './places.ts';
import { firstPass, type Frame, type FullState, type SearchPass, type Top } from './position.ts';
import { failingResults, failsOnResults, searchAll } from './search.ts';
import { blocksPage, database, type NotionBlock, type RowsPage, rowsPage, type SearchPage } from './wire.ts';
import { getUser, pageSize } from './client.ts';

/** Maximum number of unvisited search results; beyond it they are walked before search continues. */
const maxTops = 500;
/** Maximum number of search results remembered; a forgotten one costs an extra call. */
const maxSeen = 5000;
/** Maximum number of consecutive search pages without a new result before the list is considered endless. */
const maxIdlePages = 20;
/** Search ends after 10,000 results. */
const maxSearchPages = 10_000 / pageSize;
/** Maximum number of times in a row that a pass begins again without getting any deeper than before. */
const maxRejections = 3;

type Row = RowsPage['results']['read'][number];

interface Step {
  readonly entries: readonly Entry[];
  readonly state: FullState;
}

export function isAtEnd({ search, tops, stack, later }: FullState): boolean {
  return search === null && tops.length === 0 && stack.length === 0 && later.length === 0;
}

/** Advances the walk by one or two calls. */
export async function stepWalk(listing: NotionListing, state: FullState): Promise<Step> {
  const frame = state.stack.at(-1);
  if (frame !== undefined) return await tryFrame(listing, { ...state, stack: state.stack.slice(0, -1) }, frame);
  const [top, ...tops] = state.tops;
  const isSearching = state.search !== null && state.tops.length < maxTops;
  if (isSearching || (top === undefined && state.search !== null)) return await stepSearch(listing, state);
  return top === undefined ? await tryLater(listing, state) : await stepTop(listing, { ...state, tops }, top);
}

/** Retries failed frames after everything else has been listed. */
async function tryLater({ signal }: NotionListing, state: FullState): Promise<Step> {
  const [first, ...later] = state.later.toSorted((a, b) => a.until - b.until);
  if (first === undefined) return { entries: [], state };
  await sleep(Math.max(first.until - Date.now(), 0), undefined, { signal });
  return { entries: [], state: { ...state, later, stack: [first.frame], tries: first.tries } };
}

async function tryFrame(listing: NotionListing, state: FullState, frame: Frame): Promise<Step> {
  try {
    const step = await stepInto(listing, state, frame);
    return { ...step, state: { ...step.state, tries: 0 } };
  } catch (error) {
    return await setAside(listing, state, frame, error);
  }
}

/**
 * Handles a failed call for one page or database. A temporary error is retried after everything else has been listed. A
 * permanent one becomes a gap if the account itself answers.
 * @throws SyncError for errors of the account
 */
async function setAside(listing: NotionListing, state: FullState, frame: Frame, error: unknown): Promise<Step> {
  if (!isSyncError(error) || !isOfPart(error) || error.code === 'unknown_root') throw error;
  const isRestarted = error.kind === 'checkpoint_expired' && 'cursor' in frame;
  const since = isRestarted ? reachedBy(frame) : null;
  // A list that starts well and then rejects its own cursor must not be restarted forever.
  const tries = (isRestarted && since === null ? Math.max(frame.started, state.tries) : state.tries) + 1;
  const untried = { ...state, tries: 0 };
  if (!isTriedAgain(error, tries)) {
    if (mayPass(error) || error.kind === 'unauthorized') await getUser(listing.call, listing.signal);
    return { entries: [gapOf(frame, error, state.container)], state: untried };
  }
  const until = Date.now() + retryDelayMs(error, tries);
  const again = isRestarted
    ? { ...frame, cursor: null, first: '', ...(since === null ? { started: tries } : { since, started: 0 }) }
    : frame;
  const heldUntil = error.kind === 'rate_limited' ? until : 0;
  return { entries: [], state: { ...untried, later: [...state.later, { frame: again, tries, until }], heldUntil } };
}

/**
 * Rows are queried in the order of their creation, so a query whose cursor Notion no longer accepts goes on from the last
 * row. @returns null if it has got no further than where it began
 */
function reachedBy(frame: Frame): string | null {
  if (frame.in !== 'rows' || frame.latest === null) return null;
  return frame.since === null || frame.latest > frame.since ? frame.latest : null;
}

/**
 * A database is known only by its data sources, so if these cannot be read, its whole page is in doubt.
 * @param container what is listed by itself, which is then all that is in doubt
 */
function gapOf(frame: Frame, { code, message, retryAfterMs }: SyncError, container: string | null = null): Entry {
  const name = frame.name || 'Untitled';
  const externalId =
    frame.in === 'block' || frame.in === 'database' ? frame.page : frame.in === 'rows' ? frame.id : container;
  return { state: 'gap', externalId, name, code, message, retryAfterMs: retryAfterMs ?? null };
}

/**
 * Results shift while they are paged: if a page goes to the trash, another one takes its place and appears on no page.
 * So the results are read once more, in reverse order, to find those missed the first time.
 */
async function stepSearch(listing: NotionListing, state: FullState): Promise<Step> {
  const search = state.search ?? firstPass;
  try {
    const found = await searchAll(listing, search.cursor, search.again ? 'ascending' : 'descending');
    return await withFound(listing, state, search, found);
  } catch (error) {
    if (!isSyncError(error)) throw error;
    const isRejected = error.kind === 'checkpoint_expired' && search.cursor !== null;
    const rejected = search.depth > search.deepest ? 1 : search.rejected + 1;
    if (isRejected && rejected < maxRejections) return beginPassAgain(state, search, rejected);
    const isOver = isRejected || (error.code === 'endless_listing' && search.cursor !== null);
    // If it has shown nothing from either end, all of search is down.
    const isPartly = !isOver && !(search.again && state.seen.length === 0) && (await failsOnResults(listing, error));
    if (!isOver && !isPartly) throw error;
    // The results so far are walked, and the reverse order may show more.
    return endSearch(state, search, [searchGap(isPartly ? failingResults() : error)], true);
  }
}

/**
 * Notion forgets the cursors of search within a minute or so, and with a walk between two pages it takes longer. The
 * results read before are passed over (docs/vendors/notion.md#enumerating).
 */
function beginPassAgain(state: FullState, search: SearchPass, rejected: number): Step {
  const deepest = Math.max(search.depth, search.deepest);
  return {
    entries: [],
    state: { ...state, search: { ...search, cursor: null, idle: 0, depth: 0, deepest, rejected } },
  };
}

async function withFound(
  listing: NotionListing,
  state: FullState,
  search: SearchPass,
  found: SearchPage,
): Promise<Step> {
  const { read, unread } = found.results;
  const seenBefore = new Set(state.seen);
  const isReadBefore = search.depth < search.deepest;
  const before = search.again || search.deepest > 0 ? seenBefore : new Set<string>();
  const entries: Entry[] =
    unread > 0 ? [searchGap(unreadable({ scope: 'account', call: 'search' }, 'a result without an id'))] : [];
  const tops: Top[] = [...state.tops];
  for (const each of read) {
    if (before.has(each.id)) continue;
    const { entry, top } = await readFound(listing, each);
    entries.push(...entry);
    // A forgotten result was visited before, as almost all are.
    if (!(search.again || isReadBefore) || before.size < maxSeen) tops.push(...top);
  }
  const fresh = read.filter(({ id }) => !seenBefore.has(id));
  const seen = [...state.seen, ...fresh.map(({ id }) => id)].slice(-maxSeen);
  const known = new Set(seen);
  const left = tops.filter(({ parent }) => parent === null || !known.has(parent));
  const isCut = found.request_status?.type === 'incomplete';
  const goesOn = { ...state, tops: left, seen, complete: state.complete && !isCut };
  const next = nextOf(found, { scope: 'account', call: 'search' });
  if (next === null) return endSearch(goesOn, search, entries);
  const idle = fresh.length === 0 && !isReadBefore ? search.idle + 1 : 0;
  const depth = search.depth + 1;
  const isTooLong = search.again ? depth > search.firstDepth + maxIdlePages : idle >= maxIdlePages;
  if (next === search.cursor || isTooLong)
    return endSearch(goesOn, search, [...entries, searchGap(endlessList({ scope: 'account', call: 'search' }))]);
  return { entries, state: { ...goesOn, search: { ...search, cursor: next, idle, depth } } };
}

/** @param isCut set if the pass has not reached its end */
function endSearch(state: FullState, search: SearchPass, entries: readonly Entry[], isCut = false): Step {
  if (!search.again && (isCut || search.cursor !== null)) {
    const firstDepth = isCut ? maxSearchPages : search.depth;
    return { entries, state: { ...state, search: { ...firstPass, again: true, firstDepth } } };
  }
  // Groups results with the same parent, so that the parent's visibility is looked up once.
  const tops = state.tops.toSorted((a, b) => (a.parent ?? '').localeCompare(b.parent ?? ''));
  return { entries, state: { ...state, tops, search: null, seen: [] } };
}

async function readFound(
  listing: NotionListing,
  found: SearchPage['results']['read'][number],
): Promise<{ readonly entry: Entry[]; readonly top: Top[] }> {
  if (found.in_trash) return { entry: [], top: [] };
  if (found.object === 'page') {
    const whole = (await orUnknown(wholePage(listing, found))) ?? found;
    const place = await orUnknown(placeOf(listing, whole.parent));
    const name = titleOf(whole);
    return { entry: toEntries(toItemRef(whole, place?.id ?? null)), top: topOf(pageFrame(found.id, name), place) };
  }
  const place = await orUnknown(placeOf(listing, found.database_parent));
  const frame = rowsFrame(found.id, nameOf(found));
  return { entry: [toContainer(found.id, nameOf(found), place?.id ?? null)], top: topOf(frame, place) };
}

/**
 * Treats an object whose location Notion does not reveal as top-level for now. @throws SyncError for errors of the
 * account
 */
async function orUnknown<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (!isSyncError(error) || !isOfPart(error) || isLimitOfAccount(error)) throw error;
    return null;
  }
}

function topOf(frame: Frame, place: Awaited<ReturnType<typeof placeOf>>): Top[] {
  return place?.certain === true ? [] : [{ frame, parent: place?.id ?? null }];
}

/** Children of a visible parent are reached by walking that parent. */
async function stepTop(listing: NotionListing, state: FullState, { frame, parent }: Top): Promise<Step> {
  if (parent === null) return { entries: [], state: { ...state, stack: [frame] } };
  // If Notion gives no answer, the walk starts here, at worst a second time.
  const visible =
    state.asked?.parent === parent ? state.asked.visible : ((await orUnknown(isVisible(listing, parent))) ?? false);
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

/**
 * A page that does not exist or is not shared has no contents; a full listing looks up each missing page before it is
 * removed.
 */
async function stepBlock(
  { call, config, signal }: NotionListing,
  state: FullState,
  frame: Extract<Frame, { in: 'block' }>,
): Promise<Step> {
  const subject = { scope: 'container', call: 'blocks.children.list' } as const;
  const list = await orNull(
    call(subject, blocksPage, signal, (notion) =>
      notion.blocks.children.list({
        block_id: frame.id,
        page_size: pageSize,
        ...(frame.cursor === null ? {} : { start_cursor: frame.cursor }),
      }),
    ),
    kindsOfNoContents(frame.isUnsupported === true),
  );
  if (list === null) return { entries: [], state };
  const { rest, first } = restOf(frame, list, subject);
  const isInsideItself = ({ id }: NotionBlock): boolean => id === frame.id || frame.above.includes(id);
  const blocks = list.results.read.filter((each) => !each.in_trash && !isInsideItself(each));
  const entries = blocks.flatMap((each) => (each.type === 'child_page' ? toEntries(toChildRef(each, frame.page)) : []));
  const files = config.includeFiles ? blocks.flatMap((each) => toFileEntries(each, frame.page)) : [];
  const below = blocks.flatMap((each) => framesOf(each, frame));
  const gaps = list.results.unread > 0 ? [gapOf(frame, unreadable(subject, 'a block without id or type'))] : [];
  const goesOn: Frame[] = rest === null ? [] : [{ ...frame, cursor: rest, first }];
  return {
    entries: [...entries, ...files, ...gaps],
    state: { ...state, stack: [...state.stack, ...goesOn, ...below.toReversed()] },
  };
}

/** @throws SyncError if the list does not advance */
function restOf(
  frame: Extract<Frame, { cursor: string | null }>,
  list: Parameters<typeof nextOf>[0] & { readonly results: { readonly read: readonly { readonly id: string }[] } },
  subject: Parameters<typeof nextOf>[1],
): { readonly rest: string | null; readonly first: string } {
  const rest = nextOf(list, subject);
  const first = list.results.read[0]?.id ?? 'nothing';
  const isRepeated = rest === frame.cursor || (frame.cursor !== null && first === frame.first);
  if (rest !== null && isRepeated) throw endlessList(subject);
  return { rest, first };
}

function pageFrame(id: string, name: string, above: string[] = []): Extract<Frame, { in: 'block' }> {
  return { in: 'block', id, page: id, cursor: null, above, name, first: '', started: 0 };
}

function rowsFrame(id: string, name: string, above: string[] = []): Extract<Frame, { in: 'rows' }> {
  return { in: 'rows', id, cursor: null, since: null, latest: null, above, name, first: '', started: 0 };
}

/**
 * Returns the parts of a block that may contain pages. The copy of a synced block has the same contents as the
 * original.
 */
function framesOf(block: NotionBlock, frame: Extract<Frame, { in: 'block' }>): Frame[] {
  const { page, name } = frame;
  const title = stringOf(block.value['title']);
  if (block.type === 'child_database')
    return [{ in: 'database', id: block.id, page, above: frame.above, name: title, first: '', started: 0 }];
  if (!block.has_children || block.type === 'table') return [];
  if (block.type === 'synced_block' && (block.value['synced_from'] ?? null) !== null) return [];
  const inside = pageFrame(block.id, title, [...frame.above, frame.id]);
  const unsupported = isUnsupported(block) ? { isUnsupported: true as const } : {};
  return [block.type === 'child_page' ? inside : { ...inside, page, name, ...unsupported }];
}

/**
 * A linked database shows the rows of another one, where they are listed. Mostly it cannot be retrieved; otherwise its
 * data sources name the other database as theirs (docs/vendors/notion.md#enumerating).
 */
async function stepDatabase(
  listing: NotionListing,
  state: FullState,
  frame: Extract<Frame, { in: 'database' }>,
): Promise<Step> {
  const { call, signal } = listing;
  const subject = { scope: 'container', call: 'databases.retrieve' } as const;
  const found = await orNull(
    call(subject, database, signal, (notion) => notion.databases.retrieve({ database_id: frame.id })),
  );
  if (found === null) return { entries: [], state };
  if (found.in_trash)
    return { entries: frame.page === null ? [trashedRoot('database', found.id, found.title)] : [], state };
  const { read, unread } = found.data_sources;
  const linked = await Promise.all(read.map(({ id }) => isLinked(listing, frame.id, id)));
  const named = read
    .filter(({ id }, i) => linked[i] === false && !frame.above.includes(id))
    .map(({ id, name }) => ({ id, name: name || found.title || 'Untitled' }));
  const frames = named.map(({ id, name }) => rowsFrame(id, name, frame.above));
  const gaps = unread > 0 ? [gapOf(frame, unreadable(subject, 'a data source without an id'))] : [];
  return {
    entries: [...named.map(({ id, name }) => toContainer(id, name, frame.page)), ...gaps],
    state: { ...state, stack: [...state.stack, ...frames] },
  };
}

/** Whether the data source is of another database. If Notion does not say, it is listed here. */
async function isLinked(listing: NotionListing, databaseId: string, dataSourceId: string): Promise<boolean> {
  const owner = (await orUnknown(findDataSource(listing, dataSourceId)))?.parent?.database_id;
  return owner !== undefined && !isSameId(owner, databaseId);
}

async function stepRows(
  listing: NotionListing,
  state: FullState,
  frame: Extract<Frame, { in: 'rows' }>,
): Promise<Step> {
  const { call, signal } = listing;
  const { id, since } = frame;
  const subject = { scope: 'container', call: 'data_sources.query' } as const;
  const list = await orDeleted(
    call(subject, rowsPage, signal, (notion) =>
      notion.dataSources.query({
        data_source_id: id,
        page_size: pageSize,
        start_cursor: frame.cursor,
        sorts: [{ timestamp: 'created_time', direction: 'ascending' }],
        ...(since === null ? {} : { filter: { timestamp: 'created_time', created_time: { on_or_after: since } } }),
      }),
    ),
  );
  if (list === null) return { entries: [], state };
  const { rest, first } = restOf(frame, list, subject);
  const shown = await Promise.all(
    list.results.read.map(async (row) => (await orUnknown(wholeRow(listing, row))) ?? row),
  );
  const above = [...frame.above, id];
  const rows = shown.filter((row) => !row.in_trash && !above.includes(row.id));
  const below = rows.map((row) =>
    row.object === 'page' ? pageFrame(row.id, titleOf(row), above) : rowsFrame(row.id, nameOf(row), above),
  );
  const latest = shown.at(-1)?.created_time;
  const goesOn =
    rest === null ? moreRows(frame, list, latest) : [{ ...frame, cursor: rest, first, latest: latest ?? frame.latest }];
  const isUnread = list.results.unread > 0 || goesOn === null;
  return {
    entries: [
      ...rows.flatMap((row) =>
        row.object === 'page' ? toEntries(toItemRef(row, id)) : [toContainer(row.id, nameOf(row), id)],
      ),
      ...(isUnread ? [gapOf(frame, unreadable(subject, 'rows that cannot be told apart'))] : []),
    ],
    state: { ...state, stack: [...state.stack, ...(goesOn ?? []), ...below.toReversed()] },
  };
}

/** Completes a row for which Notion returned only the id. */
async function wholeRow(listing: NotionListing, row: Row): Promise<Row | null> {
  if (row.object === 'page') return await wholePage(listing, row);
  return row.parent === undefined ? await findDataSource(listing, row.id) : row;
}

/**
 * A query ends at ten thousand rows and says so. The remaining rows are queried by creation time
 * (docs/vendors/notion.md#enumerating).
 * @returns null if more rows have the same creation time than a query returns
 */
function moreRows(
  frame: Extract<Frame, { in: 'rows' }>,
  { request_status: status }: Pick<SearchPage, 'request_status'>,
  lastCreated: string | undefined,
): Frame[] | null {
  if (status?.type !== 'incomplete') return [];
  if (lastCreated === undefined || lastCreated === frame.since) return null;
  return [{ ...frame, cursor: null, since: lastCreated, first: '' }];
}

async function orDeleted<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (isSyncError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

/** Lists a page, a database or a data source that the config names, or a container that is listed by itself. */
async function stepRoot(listing: NotionListing, state: FullState, id: string): Promise<Step> {
  const page = await findPage(listing, id);
  const isLeft = page !== null && state.container !== null && !(await isInRoots(listing, askedRoots(listing), page));
  if (page !== null && !page.in_trash && !isLeft) {
    const frame = pageFrame(id, titleOf(page));
    const parent = state.container === null ? null : ((await placeOf(listing, page.parent))?.id ?? null);
    return { entries: toEntries(toItemRef(page, parent)), state: { ...state, stack: [...state.stack, frame] } };
  }
  const dataSource = page === null ? await findDataSource(listing, id) : null;
  if (dataSource !== null && !dataSource.in_trash) {
    const frame = rowsFrame(id, nameOf(dataSource));
    const parent = state.container === null ? null : ((await placeOf(listing, dataSource.database_parent))?.id ?? null);
    return {
      entries: [toContainer(id, nameOf(dataSource), parent)],
      state: { ...state, stack: [...state.stack, frame] },
    };
  }
  const deleted: Entry = { state: 'deleted', externalId: id };
  if (state.container !== null) return { entries: [deleted], state };
  if (page !== null) return { entries: [deleted, trashedRoot('page', id, titleOf(page))], state };
  if (dataSource !== null) return { entries: [trashedRoot('database', id, nameOf(dataSource))], state };
  const step = await stepDatabase(listing, state, {
    in: 'database',
    id,
    page: null,
    above: [],
    name: '',
    first: '',
    started: 0,
  });
  return step.entries.length > 0 ? step : passUnknown(listing, state, id);
}

/** Names a root in the trash. Its pages are looked up, and removed as Notion confirms that they are in the trash too. */
function trashedRoot(what: 'page' | 'database', id: string, name: string): Entry {
  return missingSelection({ what, id, name: name || 'Untitled', code: 'unknown_root', problem: 'is in the trash' });
}

/**
 * A root that the connection cannot see is a gap, beside others. @throws SyncError `unknown_root` if it can see none of
 * them
 */
function passUnknown(listing: NotionListing, state: FullState, id: string): Step {
  const error = unknownRoot(id);
  const unknownRoots = state.unknownRoots + 1;
  if (unknownRoots >= rootsOf(listing).length) throw error;
  const { code, message } = error;
  const gap: Entry = { state: 'gap', externalId: id, name: id, code, message, retryAfterMs: null };
  return { entries: [gap], state: { ...state, unknownRoots } };
}

function unknownRoot(id: string): SyncError {
  return new SyncError('invalid_input', {
    code: 'unknown_root',
    scope: 'account',
    message: `The connection has no access to a page or database ${id}. Share it with the connection in Notion, or remove it from "roots".`,
  });
}
