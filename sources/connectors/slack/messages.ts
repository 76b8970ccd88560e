/** Reading messages: a page of a channel's history, a whole thread, the lone messages of a whole day. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { type ErrorScope, isSyncError, SyncError, withScope } from '../../../domain/errors.ts';
import { unexpectedAnswer } from '../answers.ts';
import type { SlackCall } from './client.ts';
import { type CallSubject, endlessList } from './errors.ts';
import { isContent } from './text.ts';
import { boundsOf } from './time.ts';
import { messagesPage, type SlackMessage } from './wire.ts';

/** What one call brings: Slack advises no more than 200; restricted apps get 15 whatever they ask for (docs/vendors/slack.md#rate-tiers). */
const messagesPerCall = 200;
/** A wait in the middle of a thread, at the most, and how many of them. */
const maxWaitMs = 120_000;
const maxWaits = 40;
/** Pages in a row that bring nothing new before a list is taken for one without an end. */
export const maxIdlePages = 20;

export interface HistoryPage {
  /** Newest first. */
  readonly messages: readonly SlackMessage[];
  /** It holds messages that cannot be told apart (without a time they have no id), or does not say whether more follow. */
  readonly isPartial: boolean;
  readonly cursor: string | null;
}

/** Both bounds, always: which page comes first depends on them (docs/vendors/slack.md#messages-and-threads). They count themselves. */
export async function readHistory(
  call: SlackCall,
  scope: ErrorScope,
  range: { readonly channel: string; readonly oldest: string; readonly latest: string; readonly cursor: string | null },
  signal: AbortSignal,
): Promise<HistoryPage> {
  const { cursor, ...bounds } = range;
  const args = {
    ...bounds,
    inclusive: true,
    limit: messagesPerCall,
    ...(cursor === null ? {} : { cursor }),
  };
  return toPage(await call(scope, 'conversations.history', args, messagesPage, signal), scope, 'conversations.history');
}

/**
 * The parent and its replies, oldest first; the parent comes with every page.
 * @param maxBytes reading stops when what was written alone is more
 * @throws SyncError `not_found` where nobody has answered, or nobody any more: it is then no thread
 */
export async function readThread(
  call: SlackCall,
  channel: string,
  ts: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<SlackMessage[]> {
  const replies = await readAll(
    maxBytes,
    signal,
    { scope: 'item', method: 'conversations.replies' },
    async (cursor) => {
      const args = { channel, ts, limit: messagesPerCall, ...(cursor === null ? {} : { cursor }) };
      return toPage(
        await call('item', 'conversations.replies', args, messagesPage, signal),
        'item',
        'conversations.replies',
      );
    },
  );
  const byTs = new Map(replies.map((message) => [message.ts, message]));
  const thread = [...byTs.values()].toSorted((a, b) => (a.ts < b.ts ? -1 : 1));
  if (thread.length > 1 && thread[0]?.ts === ts) return thread.filter(isContent);
  throw new SyncError('not_found', { scope: 'item', message: 'The thread is no longer there.' });
}

/** The day's messages that nobody has answered, newest first. @throws as `readThread` where there are none */
export async function readDay(
  call: SlackCall,
  channel: string,
  date: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<SlackMessage[]> {
  const messages = await readAll(
    maxBytes,
    signal,
    { scope: 'item', method: 'conversations.history' },
    async (cursor) => await readHistory(call, 'item', { channel, ...boundsOf(date), cursor }, signal),
  );
  const alone = messages.filter(isAlone);
  if (alone.length > 0) return alone;
  throw new SyncError('not_found', { scope: 'item', message: 'The messages are no longer there.' });
}

export function isAlone(message: SlackMessage): boolean {
  return message.subtype !== 'thread_broadcast' && threadOf(message) === null && isContent(message);
}

/**
 * The thread a message of the history begins, or has been told the channel from; null for one that stands alone. Whatever
 * tells of answers counts, should the rest be missing.
 */
export function threadOf({
  ts,
  subtype,
  thread_ts,
  reply_count,
  reply_users_count,
  latest_reply,
}: SlackMessage): string | null {
  if (thread_ts !== undefined && thread_ts !== ts) return thread_ts;
  const count = reply_count ?? reply_users_count;
  const isAnswered = count === undefined ? thread_ts === ts || latest_reply !== undefined : count > 0;
  // A reply that was told the channel and does not say its thread is read where that begins.
  return isAnswered && subtype !== 'thread_broadcast' ? ts : null;
}

/**
 * Page after page. Whoever is refused in the middle waits here: given up, a long thread would be begun anew for ever,
 * where Slack grants a page a minute.
 */
async function readAll(
  maxBytes: number,
  signal: AbortSignal,
  subject: CallSubject,
  readPage: (cursor: string | null) => Promise<HistoryPage>,
): Promise<SlackMessage[]> {
  const messages: SlackMessage[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  let waits = 0;
  let idle = 0;
  for (let cursor: string | null = null; ;) {
    const page: HistoryPage | number = await readPage(cursor).catch((error: unknown) => {
      const wait = messages.length > 0 && waits < maxWaits ? waitOf(error) : null;
      if (wait === null) throw error;
      return wait;
    });
    if (typeof page === 'number') {
      waits++;
      await sleep(page, undefined, { signal });
      continue;
    }
    if (page.isPartial) throw partialAnswer();
    const fresh = page.messages.filter(({ ts }) => !seen.has(ts));
    for (const { ts } of fresh) seen.add(ts);
    messages.push(...fresh);
    bytes += fresh.reduce((sum, { written }) => sum + Buffer.byteLength(written), 0);
    if (bytes > maxBytes) throw tooLarge();
    if (page.cursor === null) return messages;
    idle = fresh.length === 0 ? idle + 1 : 0;
    if (page.cursor === cursor || idle >= maxIdlePages) throw endlessList(subject, 'nothing new on the next page');
    cursor = page.cursor;
  }
}

function waitOf(error: unknown): number | null {
  if (!isSyncError(error) || error.kind !== 'rate_limited') return null;
  const wait = error.retryAfterMs ?? 1000;
  return wait > maxWaitMs ? null : wait;
}

export function tooLarge(): SyncError {
  return new SyncError('too_large', { scope: 'item', message: 'It is larger than what is read of one item.' });
}

/** Not to be taken for a shorter thread or day. */
function partialAnswer(): SyncError {
  return withScope(unexpectedAnswer({ vendor: 'Slack', call: 'messages' }, 'messages in part'), 'item');
}

/**
 * Slack says with every page whether more follow. More that is said to be there and cannot be asked for is not the end, nor is
 * a page that says neither.
 * @throws SyncError `endless_listing` where more follow and nothing says where
 */
function toPage(
  { messages, has_more: hasMore, response_metadata: metadata }: z.output<typeof messagesPage>,
  scope: ErrorScope,
  method: string,
): HistoryPage {
  const cursor = hasMore === false ? null : metadata?.next_cursor || null;
  if (hasMore === true && cursor === null) throw endlessList({ scope, method }, 'has_more without a cursor');
  const isOpen = hasMore === undefined && cursor === null;
  return { messages: messages.read, isPartial: messages.unread > 0 || isOpen, cursor };
}
