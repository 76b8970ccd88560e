import type { SearchResponse } from '@notionhq/client';
import { isSyncError } from '../../../domain/errors.ts';
import type { NotionListing } from './places.ts';

/** Pages and data sources, the latest edit first. */
export async function searchLatest(listing: NotionListing, cursor: string | null): Promise<SearchResponse> {
  return await searchAll(listing, cursor, 'descending');
}

/** Pages and data sources by their last edit. */
export async function searchAll(
  { call, signal }: NotionListing,
  cursor: string | null,
  direction: 'ascending' | 'descending',
): Promise<SearchResponse> {
  return await call(
    'position',
    signal,
    async (notion) =>
      await notion.search({
        sort: { timestamp: 'last_edited_time', direction },
        page_size: 100,
        start_cursor: cursor,
      }),
  );
}

/** Not all versions of the API look into the trash: then only a full listing finds what went there. */
export async function searchTrash({ call, signal }: NotionListing, cursor: string | null): Promise<SearchResponse> {
  try {
    return await call(
      'position',
      signal,
      async (notion) =>
        await notion.search({
          filter: { in_trash: true },
          sort: { timestamp: 'last_edited_time', direction: 'descending' },
          page_size: 100,
          start_cursor: cursor,
        }),
    );
  } catch (error) {
    if (!isSyncError(error) || error.kind !== 'unsupported') throw error;
    return {
      object: 'list',
      type: 'page_or_data_source',
      page_or_data_source: {},
      results: [],
      has_more: false,
      next_cursor: null,
    };
  }
}
