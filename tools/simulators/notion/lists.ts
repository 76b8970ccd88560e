/** Search and the rows of a data source: matching, ordering and paging. */

import type { SimRequest, SimResponse } from '../kit/server.ts';
import { apiError, invalid, notFound } from './errors.ts';
import { dataSourceObject, pageObject, toMinute, type View } from './objects.ts';
import type { NotionWorkspace, SimDatabase, SimPage } from './state.ts';

export interface NotionSwitches {
  maxPage: number;
  /** Search does not find changes within this many milliseconds. */
  searchLagMs: number;
  /** Maximum number of results of one search or query, over all its pages; the answer says that the rest is missing. */
  resultCap: number;
  /** Maximum number of blocks in the Markdown of one page; further blocks are left out and named. */
  markdownBlocks: number;
  noMarkdown: boolean;
  /** Maximum number of calls per minute and connection; null: unlimited. */
  callsPerMinute: number | null;
  /** Search refuses to search the trash, as before 2026-07. */
  noTrashSearch: boolean;
  /** A page with which every answer is an error of Notion's, while its blocks are provided. */
  brokenPage: string | null;
}

type Found = { readonly page: SimPage } | { readonly database: SimDatabase };

export function search(view: View, switches: NotionSwitches, request: SimRequest): SimResponse {
  const body = readBody(request);
  const filter = (body['filter'] ?? {}) as { value?: string; in_trash?: boolean };
  if (filter.in_trash !== undefined && switches.noTrashSearch) return invalid('body.filter.in_trash is not supported');
  const { workspace } = view;
  const latest = workspace.now() - switches.searchLagMs;
  const isFound = (thing: SimPage | SimDatabase): boolean =>
    workspace.isVisible(thing) &&
    workspace.isTrashed(thing) === (filter.in_trash ?? false) &&
    thing.editedMs <= latest &&
    !workspace.unsearchable.has(thing.id);
  const found: Found[] = [
    ...(filter.value === 'data_source'
      ? []
      : [...workspace.pages.values()].filter((page) => isFound(page)).map((page) => ({ page }))),
    ...(filter.value === 'page'
      ? []
      : [...workspace.databases.values()].filter((each) => isFound(each)).map((database) => ({ database }))),
  ];
  const sort = (body['sort'] ?? {}) as { direction?: string };
  const sign = sort.direction === 'ascending' ? 1 : -1;
  const sorted = found.toSorted((a, b) => sign * (minuteOf(a) - minuteOf(b)));
  const objects = sorted.map((each) =>
    'page' in each ? pageObject(view, each.page) : dataSourceObject(view, each.database),
  );
  const query = JSON.stringify(['search', filter, sort]);
  const answer = listOf(objects, 'page_or_data_source', query, switches, body);
  return switches.brokenPage !== null && JSON.stringify(answer.body).includes(switches.brokenPage) ? broken() : answer;
}

export function broken(): SimResponse {
  return apiError(500, 'internal_server_error', 'Unexpected error occurred.');
}

interface TimeFilter {
  readonly timestamp?: 'created_time' | 'last_edited_time';
  readonly created_time?: { readonly on_or_after?: string };
  readonly last_edited_time?: { readonly on_or_after?: string };
}

export function queryRows(view: View, switches: NotionSwitches, request: SimRequest, id: string): SimResponse {
  const { workspace } = view;
  const database = workspace.databaseOf(id);
  if (database === undefined || !workspace.isVisible(database)) return notFound('database', id);
  const body = readBody(request);
  const filter = (body['filter'] ?? {}) as TimeFilter;
  const rows = [...rowsOf(workspace, id), ...databasesIn(workspace, id)].filter((row) => isAfter(row, filter));
  const [sort] = (body['sorts'] ?? []) as { timestamp?: string; direction?: string }[];
  const sign = sort?.direction === 'descending' ? -1 : 1;
  const timeOf = (row: SimPage | SimDatabase): number =>
    sort?.timestamp === 'last_edited_time' ? row.editedMs : row.createdMs;
  const sorted = sort === undefined ? rows : rows.toSorted((a, b) => sign * (timeOf(a) - timeOf(b)));
  const objects = sorted.map((row) => ('dataSourceId' in row ? dataSourceObject(view, row) : pageObject(view, row)));
  return listOf(objects, 'page_or_data_source', JSON.stringify([id, filter, sort]), switches, body);
}

function rowsOf(workspace: NotionWorkspace, id: string): SimPage[] {
  return [...workspace.pages.values()].filter(
    (page) => page.parent.type === 'data_source_id' && page.parent.id === id && isShown(workspace, page),
  );
}

/** A wiki contains databases beside its pages, and a query returns both. */
function databasesIn(workspace: NotionWorkspace, id: string): SimDatabase[] {
  return [...workspace.databases.values()].filter(
    (each) => each.parent.type === 'data_source_id' && each.parent.id === id && isShown(workspace, each),
  );
}

/** A row from which the connection has been removed is left out without a word. */
function isShown(workspace: NotionWorkspace, row: SimPage | SimDatabase): boolean {
  return !workspace.isTrashed(row) && workspace.isVisible(row);
}

function isAfter(row: SimPage | SimDatabase, filter: TimeFilter): boolean {
  const from = filter.created_time?.on_or_after ?? filter.last_edited_time?.on_or_after;
  if (from === undefined) return true;
  return toMinute(filter.timestamp === 'created_time' ? row.createdMs : row.editedMs) >= from;
}

function minuteOf(found: Found): number {
  return Date.parse(toMinute('page' in found ? found.page.editedMs : found.database.editedMs));
}

/** A cursor is bound to the query that it continues. */
export function listOf(
  all: readonly object[],
  type: string,
  query: string,
  switches: Pick<NotionSwitches, 'maxPage' | 'resultCap'>,
  asked: Readonly<Record<string, unknown>>,
): SimResponse {
  const cursor = asked['start_cursor'];
  const size = Number(asked['page_size'] ?? 100);
  if (!(size >= 1 && size <= 100)) return invalid('body.page_size should be between 1 and 100');
  const offset = typeof cursor === 'string' ? readCursor(cursor, query) : 0;
  if (offset === null) return invalid(`start_cursor provided is invalid: ${JSON.stringify(cursor)}`);
  const capped = all.slice(0, switches.resultCap);
  const end = offset + Math.min(size, switches.maxPage);
  const hasMore = end < capped.length;
  const isCut = !hasMore && all.length > capped.length;
  return {
    status: 200,
    body: {
      object: 'list',
      type,
      [type]: {},
      results: capped.slice(offset, end),
      next_cursor: hasMore ? writeCursor(end, query) : null,
      has_more: hasMore,
      request_status: isCut
        ? { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' }
        : { type: 'complete' },
    },
  };
}

function writeCursor(offset: number, query: string): string {
  return Buffer.from(JSON.stringify([offset, query])).toString('base64url');
}

function readCursor(cursor: string, query: string): number | null {
  try {
    const [offset, of] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [number, string];
    return of === query ? offset : null;
  } catch {
    return null;
  }
}

function readBody({ body }: SimRequest): Record<string, unknown> {
  return body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, unknown>);
}
