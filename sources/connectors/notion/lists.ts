/** Common handling of Notion's lists: their next pages, and errors if there is none. */

import type { SyncError, SyncErrorKind } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { type CallSubject, unreadable } from './errors.ts';
import { findPage, type NotionListing } from './places.ts';
import type { NotionBlock, NotionPage, Paging } from './wire.ts';

/** @returns null at the end. @throws SyncError `unexpected_answer` if there is a next page without a cursor */
export function nextOf({ has_more: hasMore, next_cursor: cursor }: Paging, subject: CallSubject): string | null {
  if (hasMore === false) return null;
  if (hasMore === true && !cursor) throw unreadable(subject, 'has_more without a cursor');
  return cursor || null;
}

/** Whether the API does not support this kind of block. It may say all the same that the block has contents. */
export function isUnsupported({ type }: NotionBlock): boolean {
  return type === 'unsupported';
}

/**
 * The refusals by which a block has no contents here. Those of an unsupported block are never provided
 * (docs/vendors/notion.md#content).
 */
export function kindsOfNoContents(isOfUnsupported: boolean): readonly SyncErrorKind[] {
  return isOfUnsupported ? ['not_found', 'unsupported'] : ['not_found'];
}

/** Completes a page for which Notion returned only the id. Null: it does not exist, or is not shared. */
export async function wholePage(listing: NotionListing, page: NotionPage): Promise<NotionPage | null> {
  return page.isPartial ? await findPage(listing, page.id) : page;
}

/** If search is incomplete, it is unknown what is missing, so nothing is removed. */
export function searchGap({ code, message, retryAfterMs }: SyncError): Entry {
  return { state: 'gap', externalId: null, name: 'search', code, message, retryAfterMs: retryAfterMs ?? null };
}
