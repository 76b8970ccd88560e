import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { NotionListing } from './places.ts';
import { type SearchPage, searchPage } from './wire.ts';
import { getUser, pageSize } from './client.ts';

/** Results of one page of a search that fails again and again: fewer may be provided where more are not. */
const smallPageSize = 10;
const subject = { scope: 'account', call: 'search' } as const;

/** Searches pages and data sources, latest edit first. */
export async function searchLatest(listing: NotionListing, cursor: string | null): Promise<SearchPage> {
  return await searchAll(listing, cursor, 'descending');
}

/** Searches pages and data sources, ordered by their last edit. */
export async function searchAll(
  listing: NotionListing,
  cursor: string | null,
  direction: 'ascending' | 'descending',
): Promise<SearchPage> {
  return await listing.call(subject, searchPage, listing.signal, (notion) =>
    notion.search({
      sort: { timestamp: 'last_edited_time', direction },
      page_size: pageSizeOf(listing),
      start_cursor: cursor,
    }),
  );
}

/** Some API versions cannot search the trash; only a full listing then finds trashed pages. */
export async function searchTrash(listing: NotionListing, cursor: string | null): Promise<SearchPage> {
  try {
    return await listing.call(
      // A refusal of this filter does not concern the account.
      { scope: 'container', call: 'search' },
      searchPage,
      listing.signal,
      (notion) =>
        notion.search({
          filter: { in_trash: true },
          sort: { timestamp: 'last_edited_time', direction: 'descending' },
          page_size: pageSizeOf(listing),
          start_cursor: cursor,
        }),
    );
  } catch (error) {
    if (!isSyncError(error) || error.kind !== 'unsupported') throw error;
    return { object: 'list', results: { read: [], unread: 0 }, has_more: false, next_cursor: undefined };
  }
}

function pageSizeOf({ isRefusedRepeatedly }: NotionListing): number {
  return isRefusedRepeatedly === true ? smallPageSize : pageSize;
}

/**
 * Checks whether search fails because of some of its results, such as a page that Notion never provides: it has failed
 * again and again, and Notion answers otherwise (docs/vendors/notion.md#limits-and-errors).
 * @throws SyncError if Notion does not answer at all
 */
export async function failsOnResults(
  { call, signal, isRefusedRepeatedly }: NotionListing,
  error: SyncError,
): Promise<boolean> {
  if (isRefusedRepeatedly !== true || error.kind !== 'unavailable' || error.retryAfterMs !== undefined) return false;
  await getUser(call, signal);
  return true;
}

export function failingResults(): SyncError {
  return new SyncError('unavailable', {
    message:
      'Notion’s search fails again and again on some of its results, although Notion answers otherwise. What else it shows is listed, and nothing is removed.',
  });
}
