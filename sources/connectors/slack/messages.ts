/** Reading messages: a page of a channel's history, a whole thread, the lone messages of a whole day. */

import { setTimeout as sleep } from 'node:timers/promises';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { SlackCall } from './client.ts';
import type { CallSubject } from './errors.ts';
import { isContent, rawText } from './text.ts';
import { boundsOf } from './time.ts';
import { messagesPage, type SlackMessage } from './wire.ts';

/** What one call brings: Slack advises no more than 200; restricted apps get 15 whatever they ask for [reference 5.2]. */
const messagesPerCall = 200;
/** A wait in the middle of a thread, at the most, and how many of them. */
const longestWaitMs = 120_000;
const mostWaits = 40;

export interface HistoryPage {
  /** Newest first. */
  readonly messages: readonly SlackMessage[];
  readonly cursor: string | null;
}

/** Both bounds, always: which page comes first depends on them [reference 5.4]. They count themselves. */
export async function readHistory(
  call: SlackCall,
  subject: CallSubject,
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
  return toPage(await call(subject, 'conversations.history', args, messagesPage, signal));
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
  const replies = await readAll(maxBytes, signal, async (cursor) => {
    const args = { channel, ts, limit: messagesPerCall, ...(cursor === null ? {} : { cursor }) };
    return toPage(await call('item', 'conversations.replies', args, messagesPage, signal));
  });
  const byTs = new Map(replies.map((message) => [message.ts, message]));
  const thread = [...byTs.values()].toSorted((a, b) => (a.ts < b.ts ? -1 : 1));
  if (thread.length > 1 && thread[0]?.ts === ts) return thread.filter(isContent);
  throw new SyncError('not_found', { message: 'The thread is no longer there.' });
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
    async (cursor) => await readHistory(call, 'item', { channel, ...boundsOf(date), cursor }, signal),
  );
  const alone = messages.filter(isAlone);
  if (alone.length > 0) return alone;
  throw new SyncError('not_found', { message: 'The messages are no longer there.' });
}

export function isAlone(message: SlackMessage): boolean {
  return threadOf(message) === null && isContent(message);
}

/** The thread a message of the history begins, or has been told the channel from; null for one that stands alone. */
export function threadOf({ ts, thread_ts, reply_count }: SlackMessage): string | null {
  if (thread_ts != null && thread_ts !== ts) return thread_ts;
  return (reply_count ?? 0) > 0 ? ts : null;
}

/**
 * Page after page. Whoever is refused in the middle waits here: given up, a long thread would be begun anew for ever,
 * where Slack grants a page a minute.
 */
async function readAll(
  maxBytes: number,
  signal: AbortSignal,
  readPage: (cursor: string | null) => Promise<HistoryPage>,
): Promise<SlackMessage[]> {
  const messages: SlackMessage[] = [];
  let bytes = 0;
  let waits = 0;
  for (let cursor: string | null = null; ;) {
    const page: HistoryPage | number = await readPage(cursor).catch((error: unknown) => {
      const wait = messages.length > 0 && waits < mostWaits ? waitOf(error) : null;
      if (wait === null) throw error;
      return wait;
    });
    if (typeof page === 'number') {
      waits++;
      await sleep(page, undefined, { signal });
      continue;
    }
    messages.push(...page.messages);
    bytes += page.messages.reduce((sum, message) => sum + Buffer.byteLength(rawText(message)), 0);
    if (bytes > maxBytes) throw tooLarge();
    if (page.cursor === null) return messages;
    cursor = page.cursor;
  }
}

function waitOf(error: unknown): number | null {
  if (!isSyncError(error) || error.kind !== 'rate_limited') return null;
  const wait = error.retryAfterMs ?? 1000;
  return wait > longestWaitMs ? null : wait;
}

export function tooLarge(): SyncError {
  return new SyncError('too_large', { message: 'It is larger than what is read of one item.' });
}

function toPage({
  messages,
  has_more,
  response_metadata,
}: {
  readonly messages: readonly SlackMessage[];
  readonly has_more?: boolean | null | undefined;
  readonly response_metadata?: { readonly next_cursor?: string | null | undefined } | null | undefined;
}): HistoryPage {
  return {
    messages: messages.map(withoutCopies),
    cursor: has_more === false ? null : response_metadata?.next_cursor || null,
  };
}

/** What is written in the text stands in the blocks once more, some ten times as long. */
function withoutCopies({ blocks, ...message }: SlackMessage): SlackMessage {
  return message.text ? message : { ...message, blocks };
}
