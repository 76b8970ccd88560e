/** What is the same of all of Notion's lists: how they go on, and what is said where they do not. */

import type { SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { type CallSubject, unreadable } from './errors.ts';
import { findPage, type NotionListing } from './places.ts';
import type { NotionPage, Paging } from './wire.ts';

/** @returns null at the end. @throws SyncError `unexpected_answer` where there is more that cannot be asked for */
export function nextOf({ has_more: hasMore, next_cursor: cursor }: Paging, subject: CallSubject): string | null {
  if (hasMore === false) return null;
  if (hasMore === true && !cursor) throw unreadable(subject, 'has_more without a cursor');
  return cursor || null;
}

/** In some places Notion shows of a page no more than its id. Null: it is not there, or not shared. */
export async function wholePage(listing: NotionListing, page: NotionPage): Promise<NotionPage | null> {
  return page.isPartial ? await findPage(listing, page.id) : page;
}

/** Nobody knows what search did not show: nothing at all is removed. */
export function searchGap({ code, message, retryAfterMs }: SyncError): Entry {
  return { state: 'gap', externalId: null, name: 'search', code, message, retryAfterMs: retryAfterMs ?? null };
}
