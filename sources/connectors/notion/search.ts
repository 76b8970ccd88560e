import { isSyncError } from '../../../domain/errors.ts';
import type { NotionListing } from './places.ts';
import { type SearchPage, searchPage } from './wire.ts';
import { pageSize } from './client.ts';

const subject = { scope: 'account', call: 'search' } as const;

/** Searches pages and data sources, latest edit first. */
export async function searchLatest(listing: NotionListing, cursor: string | null): Promise<SearchPage> {
  return await searchAll(listing, cursor, 'descending');
}

/** Searches pages and data sources, ordered by their last edit. */
export async function searchAll(
  { call, signal }: NotionListing,
  cursor: string | null,
  direction: 'ascending' | 'descending',
): Promise<SearchPage> {
  return await call(subject, searchPage, signal, (notion) =>
    notion.search({
      sort: { timestamp: 'last_edited_time', direction },
      page_size: pageSize,
      start_cursor: cursor,
    }),
  );
}

/** Some API versions cannot search the trash; only a full listing then finds trashed pages. */
export async function searchTrash({ call, signal }: NotionListing, cursor: string | null): Promise<SearchPage> {
  try {
    return await call(
      // A refusal of this filter does not concern the account.
      { scope: 'container', call: 'search' },
      searchPage,
      signal,
      (notion) =>
        notion.search({
          filter: { in_trash: true },
          sort: { timestamp: 'last_edited_time', direction: 'descending' },
          page_size: pageSize,
          start_cursor: cursor,
        }),
    );
  } catch (error) {
    if (!isSyncError(error) || error.kind !== 'unsupported') throw error;
    return { object: 'list', results: { read: [], unread: 0 }, has_more: false, next_cursor: undefined };
  }
}
