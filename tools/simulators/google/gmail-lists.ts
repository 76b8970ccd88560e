/**
 * Gmail's paged lists: messages, threads, history (docs/vendors/gmail.md#full-listing, docs/vendors/gmail.md#history).
 * An empty list has no key.
 */

import { createHash } from 'node:crypto';
import type { SimResponse } from '../kit/server.ts';
import { parseMailQuery } from './gmail-query.ts';
import { entityNotFound, type GmailContext, invalidArgument } from './gmail.ts';
import type { HistoryRecord, SimMessage } from './mailbox.ts';

const wireTypes: Readonly<Record<HistoryRecord['kind'], string>> = {
  messagesAdded: 'messageAdded',
  messagesDeleted: 'messageDeleted',
  labelsAdded: 'labelAdded',
  labelsRemoved: 'labelRemoved',
};

export function listMessages(context: GmailContext): SimResponse {
  const found = search(context);
  if ('status' in found) return found;
  const { page, end } = found;
  const messages = page.map(({ id, threadId }) => ({ id, threadId }));
  return answer({ ...(messages.length === 0 ? {} : { messages }), ...end });
}

export function listThreads(context: GmailContext): SimResponse {
  const found = search(context, (all) => [...new Map(all.map((message) => [message.threadId, message])).values()]);
  if ('status' in found) return found;
  const threads = found.page.map(({ threadId, historyId }) => ({
    id: threadId,
    snippet: '',
    historyId: String(historyId),
  }));
  return answer({ ...(threads.length === 0 ? {} : { threads }), ...found.end });
}

interface Found {
  readonly page: readonly SimMessage[];
  readonly end: { readonly nextPageToken?: string; readonly resultSizeEstimate: number };
}

/**
 * Newest first. The next page continues below the last message shown, so that new or deleted messages shift nothing.
 */
function search(
  context: GmailContext,
  group: (all: readonly SimMessage[]) => readonly SimMessage[] = (all) => all,
): Found | SimResponse {
  const { mailbox, params, switches, now } = context;
  const labelIds = params.getAll('labelIds');
  const unknown = labelIds.find((id) => !mailbox.labels.has(id));
  if (unknown !== undefined) return invalidArgument(`Invalid label: ${unknown}`);
  const size = pageSize(context);
  const token = readToken(params) ?? (switches.acceptsAnyToken ? {} : null);
  if (size === null) return invalidArgument('Invalid value for maxResults');
  if (token === null) return invalidArgument('Invalid pageToken');
  const q = params.get('q') ?? '';
  const matches = parseMailQuery(q, mailbox, now);
  const hidden =
    params.get('includeSpamTrash') === 'true' || /in:(spam|trash|anywhere)/.test(q.replace(/-in:\w+/g, ''));
  const all = [...mailbox.messages.values()]
    .filter((message) => hidden || (!message.labels.has('SPAM') && !message.labels.has('TRASH')))
    .filter((message) => labelIds.every((id) => message.labels.has(id)) && matches(message))
    .toSorted((a, b) => b.internalMs - a.internalMs || (a.id < b.id ? -1 : 1));
  const below = group(all).filter((message) => token.after === undefined || isBelow(message, token.after));
  const empty = switches.emptyPages && token.empty !== true;
  const page = empty ? [] : below.slice(0, size);
  const last = page.at(-1);
  const more = empty ? below.length > 0 : page.length < below.length;
  const after = last === undefined ? token.after : { ms: last.internalMs, id: last.id };
  const next = more ? { nextPageToken: writeToken(params, { after, empty }) } : {};
  return { page, end: { ...next, resultSizeEstimate: Math.min(201, all.length) } };
}

/** Returns records after an id, oldest first; 404 if the id is no longer available (docs/vendors/gmail.md#history). */
export function listHistory(context: GmailContext): SimResponse {
  const { mailbox, params } = context;
  const start = params.get('startHistoryId') ?? '';
  if (!/^\d+$/.test(start)) return invalidArgument('Missing/invalid parameter: startHistoryId');
  const since = BigInt(start);
  if (since < mailbox.floor || since > mailbox.historyId) return entityNotFound();
  const size = pageSize(context);
  const token = readToken(params);
  if (size === null) return invalidArgument('Invalid value for maxResults');
  if (token === null) return invalidArgument('Invalid pageToken');
  const types = params.getAll('historyTypes');
  const labelId = params.get('labelId');
  const from = token.record === undefined ? since : BigInt(token.record);
  const records = mailbox.history
    .filter((record) => record.id > from)
    .filter((record) => types.length === 0 || types.includes(wireTypes[record.kind]))
    .filter((record) => labelId === null || mailbox.messages.get(record.messageId)?.labels.has(labelId) === true);
  const page = records.slice(0, size);
  const last = page.at(-1);
  return answer({
    ...(page.length === 0 ? {} : { history: page.map(toRecord) }),
    ...(last !== undefined && page.length < records.length
      ? { nextPageToken: writeToken(params, { record: String(last.id) }) }
      : {}),
    historyId: String(mailbox.historyId),
  });
}

function toRecord(record: HistoryRecord): Record<string, unknown> {
  const message = { id: record.messageId, threadId: record.threadId };
  const entry =
    record.kind === 'messagesDeleted'
      ? { message }
      : {
          message: { ...message, labelIds: record.labels },
          ...(record.changed.length > 0 ? { labelIds: record.changed } : {}),
        };
  return { id: String(record.id), messages: [message], [record.kind]: [entry] };
}

function isBelow(message: SimMessage, after: { readonly ms: number; readonly id: string }): boolean {
  return message.internalMs < after.ms || (message.internalMs === after.ms && message.id > after.id);
}

/** Default 100, maximum 500 (docs/vendors/gmail.md#labels). */
function pageSize({ params, switches }: GmailContext): number | null {
  const asked = Number(params.get('maxResults') ?? 100);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, 500, switches.maxPage) : null;
}

interface PageToken {
  readonly after?: { readonly ms: number; readonly id: string } | undefined;
  readonly empty?: boolean;
  readonly record?: string;
}

/** Page tokens are bound to the query that created them. */
function writeToken(params: URLSearchParams, token: PageToken): string {
  return Buffer.from(JSON.stringify({ ...token, of: queryHash(params) })).toString('base64url');
}

function readToken(params: URLSearchParams): PageToken | null {
  const text = params.get('pageToken');
  if (text === null) return {};
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as PageToken & { readonly of: string };
    return token.of === queryHash(params) ? token : null;
  } catch {
    return null;
  }
}

function queryHash(params: URLSearchParams): string {
  const rest = [...params].filter(([name]) => name !== 'pageToken' && name !== 'fields');
  return createHash('md5')
    .update(JSON.stringify(rest.toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex')
    .slice(0, 12);
}

function answer(body: Record<string, unknown>): SimResponse {
  return { status: 200, body };
}
