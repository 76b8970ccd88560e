/** Reads messages: a page of a channel's history, a whole thread, the single messages of a whole day. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { type ErrorScope, isSyncError, SyncError, withScope } from '../../../domain/errors.ts';
import { unexpectedAnswer } from '../answers.ts';
import { tooLargeToRead } from '../too-large.ts';
import type { SlackCall } from './client.ts';
import { type CallSubject, endlessList, withheldMessages } from './errors.ts';
import { isContent, isWithheld } from './text.ts';
import { boundsOf } from './time.ts';
import { messagesPage, type SlackMessage } from './wire.ts';

/**
 * Slack advises at most 200 per call; restricted apps get 15 whatever they request (docs/vendors/slack.md#rate-tiers).
 */
const messagesPerCall = 200;
/** Maximum wait in the middle of a thread, and maximum number of such waits. */
const maxWaitMs = 120_000;
const maxWaits = 40;
/** Maximum number of consecutive pages without anything new before a list is considered endless. */
export const maxIdlePages = 20;

export interface HistoryPage {
  /** Newest first. */
  readonly messages: readonly SlackMessage[];
  /**
   * Set if the page contains messages that cannot be identified (without a time they have no id), or does not say
   * whether more follow.
   */
  readonly isPartial: boolean;
  /** Set if the workspace's plan hides older messages. */
  readonly isLimited: boolean;
  readonly cursor: string | null;
}

/**
 * Both bounds are always sent, because they decide which page comes first (docs/vendors/slack.md#messages-and-threads).
 * They are inclusive.
 */
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
 * Returns the parent and its replies, oldest first; the parent is on every page, unless it was deleted.
 * @param maxBytes reading stops if the text alone exceeds this
 * @throws SyncError `not_found` if there are no replies (any more): it is then not a thread; `unexpected_answer` if there
 * is nothing at all, because Slack reports a deleted thread with an error; `forbidden` if a message is withheld
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
  if (thread.length === 0) throw partialAnswer();
  if (thread.some(isWithheld)) throw withheldMessages();
  if (thread.some((message) => message.ts !== ts)) return thread.filter(isContent);
  throw new SyncError('not_found', { scope: 'item', message: 'The thread no longer exists.' });
}

/**
 * Returns the day's messages without replies, newest first. @throws the same errors as `readThread` if there are none
 */
export async function readDay(
  call: SlackCall,
  channel: string,
  date: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<SlackMessage[]> {
  const messages = await readAll(maxBytes, signal, { scope: 'item', method: 'conversations.history' }, (cursor) =>
    readHistory(call, 'item', { channel, ...boundsOf(date), cursor }, signal),
  );
  const alone = messages.filter(isAlone);
  if (alone.some(isWithheld)) throw withheldMessages();
  if (alone.length > 0) return alone;
  throw new SyncError('not_found', { scope: 'item', message: 'The messages no longer exist.' });
}

export function isAlone(message: SlackMessage): boolean {
  return message.subtype !== 'thread_broadcast' && threadOf(message) === null && isContent(message);
}

/**
 * Returns the thread that a message of the history starts, or from which it was also sent to the channel; null for a
 * single message. Any field that indicates replies counts, in case the others are missing.
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
  // A reply that was also sent to the channel but does not name its thread is read with the thread's parent.
  return isAnswered && subtype !== 'thread_broadcast' ? ts : null;
}

/**
 * Reads page after page. A call refused in the middle waits here: if it gave up, a long thread would restart forever
 * when Slack allows one page a minute.
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
    if (bytes > maxBytes) throw tooLargeToRead('text', maxBytes);
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

/** The error for a partial answer, which must not be taken for a shorter thread or day. */
function partialAnswer(): SyncError {
  return withScope(unexpectedAnswer({ vendor: 'Slack', call: 'messages' }, 'incomplete messages'), 'item');
}

/**
 * Every page must say whether more follow. A page that says so without a cursor is not the last one, and neither is a
 * page that does not say.
 * @throws SyncError `endless_listing` if more follow but there is no cursor
 */
function toPage(
  { messages, has_more: hasMore, is_limited: limited, response_metadata: metadata }: z.output<typeof messagesPage>,
  scope: ErrorScope,
  method: string,
): HistoryPage {
  const cursor = hasMore === false ? null : metadata?.next_cursor || null;
  if (hasMore === true && cursor === null) throw endlessList({ scope, method }, 'has_more without a cursor');
  const isOpen = hasMore === undefined && cursor === null;
  return { messages: messages.read, isPartial: messages.unread > 0 || isOpen, isLimited: limited === true, cursor };
}
