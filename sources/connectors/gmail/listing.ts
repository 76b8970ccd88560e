import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Entry, ListPage } from '../../../domain/source.ts';
import { isEndless, noPages, type PageMemory, rememberPage } from '../page-memory.ts';
import { type HistoryChange, historyRecord, type HistoryRecord } from './answers.ts';
import { units, unitsPerMinute } from './client.ts';
import type { GmailConfig } from './config.ts';
import { resolveLabels, toMissingLabel } from './labels.ts';
import { readMessages } from './messages.ts';
import { type FeedState, type FullState, readCheckpoint, writeCheckpoint, writeCursor } from './position.ts';
import { getPosition, type GmailListing, listHistory, listIds } from './requests.ts';
import { hasRightLabels, searchFor } from './scope.ts';

/**
 * Number of messages that one page reads. Each costs a call, and downloads use the same quota: a page that needs most
 * of a minute's units would be refused half way, retried from its start, and refused again.
 */
export const messagesPerPage = Math.floor(unitsPerMinute / 4 / units.full);

/**
 * Starts a full listing. The position in the history is taken first, so that the next delta repeats changes made during
 * the walk.
 */
export async function startFull(listing: GmailListing): Promise<ListPage> {
  const [historyId, labels] = await Promise.all([getPosition(listing), resolveLabels(listing)]);
  const start = { token: null, doubtful: false, memory: noPages };
  const page = await stepFull(listing, { v: 2, kind: 'full', historyId, segments: labels.ids ?? [null], ...start });
  return { ...page, entries: [...labels.missing.map(toMissingLabel), ...page.entries] };
}

/** Lists the changes since the checkpoint. */
export async function startFeed(listing: GmailListing, checkpoint: Checkpoint): Promise<ListPage> {
  const since = readCheckpoint(checkpoint);
  const { ids: labels, missing } = await resolveLabels(listing);
  const start = { token: null, held: false, memory: noPages };
  const lacksLabels = missing.length > 0;
  const page = await stepFeed(listing, { v: 2, kind: 'feed', since, labels, lacksLabels, ...start });
  return { ...page, entries: [...missing.map(toMissingLabel), ...page.entries] };
}

/**
 * Lists the next page of a full listing: of all mail, or of one label after another (the API can only combine labels
 * with AND).
 */
export async function stepFull(listing: GmailListing, state: FullState): Promise<ListPage> {
  const [label = null, ...rest] = state.segments;
  const { ids, unread, nextPageToken, isDoubtful } = await listIds(listing, {
    ...searchFor(listing.config),
    ...(label === null ? {} : { labelIds: [label] }),
    maxResults: messagesPerPage,
    ...(state.token === null ? {} : { pageToken: state.token }),
  });
  const read = await readMessages(listing, ids, { labels: label === null ? null : [label], searched: true });
  const entries = [...read.entries, ...(unread > 0 ? [unreadMessages(unread)] : [])];
  const doubtful = state.doubtful || isDoubtful;
  if (nextPageToken !== null) {
    const memory = rememberOrRefuse(state, nextPageToken, ids);
    return { entries, next: { more: true, cursor: writeCursor({ ...state, token: nextPageToken, doubtful, memory }) } };
  }
  if (rest.length > 0) {
    const next: FullState = { ...state, segments: rest, token: null, doubtful, memory: noPages };
    return { entries, next: { more: true, cursor: writeCursor(next) } };
  }
  return { entries, next: { more: false, checkpoint: writeCheckpoint(state.historyId), complete: !doubtful } };
}

/** Lists the next page of the history. If a part could not be read, the next feed starts where this one did. */
export async function stepFeed(listing: GmailListing, state: FeedState): Promise<ListPage> {
  const page = await nextChanges(listing, state);
  const records = page.history ?? [];
  const { deleted, changed, inScope, unread } = sortChanges(listing.config, state, records);
  const { labels, lacksLabels } = state;
  const read = await readMessages(listing, changed, { labels, lacksLabels, searched: false, inScope });
  const entries: Entry[] = [
    ...deleted.map((externalId): Entry => ({ state: 'deleted', externalId })),
    ...read.entries,
    ...(unread > 0 ? [unreadRecords(unread)] : []),
  ];
  const held = state.held || unread > 0;
  if (page.nextPageToken != null) {
    const memory = rememberOrRefuse(state, page.nextPageToken, records);
    return {
      entries,
      next: { more: true, cursor: writeCursor({ ...state, token: page.nextPageToken, held, memory }) },
    };
  }
  const position = held ? state.since : (page.historyId ?? state.since);
  return { entries, next: { more: false, checkpoint: writeCheckpoint(position), complete: false } };
}

/**
 * Gmail forgets old positions, and with them that of a mailbox in which nothing has happened since: the position is then
 * still the current one, and there are no changes to list.
 */
async function nextChanges(listing: GmailListing, { since, token }: FeedState): ReturnType<typeof listHistory> {
  const from = { startHistoryId: since, maxResults: messagesPerPage };
  try {
    return await listHistory(listing, { ...from, ...(token === null ? {} : { pageToken: token }) });
  } catch (error) {
    const isLost = isSyncError(error) && error.kind === 'checkpoint_expired' && token === null;
    if (!isLost || (await getPosition(listing)) !== since) throw error;
    return { historyId: since };
  }
}

/** Lists one message with its attachments, as named by a gap. */
export async function listMessage(listing: GmailListing, messageId: string): Promise<ListPage> {
  const { ids: labels, missing } = await resolveLabels(listing);
  const scope = { labels, lacksLabels: missing.length > 0, searched: false };
  const { entries } = await readMessages(listing, [messageId], scope);
  return { entries, next: { more: false, checkpoint: null, complete: true } };
}

function unreadMessages(count: number): Entry {
  return {
    state: 'gap',
    externalId: null,
    name: 'Gmail',
    code: 'unexpected_answer',
    message: `Gmail lists ${count} messages without their ids. Nothing is removed, and the next sync lists them again.`,
    retryAfterMs: null,
  };
}

function unreadRecords(count: number): Entry {
  return {
    state: 'gap',
    externalId: null,
    name: 'Gmail',
    code: 'unexpected_answer',
    message: `Gmail reported ${count} changes that Headwater cannot read. Nothing is removed, and the next sync reads the changes again.`,
    retryAfterMs: null,
  };
}

/** Remembers the page. @throws SyncError `endless_listing` */
function rememberOrRefuse(state: FullState | FeedState, next: string, page: readonly unknown[]): PageMemory {
  const memory = rememberPage(state.memory, page);
  if (next !== state.token && !isEndless(memory)) return memory;
  const isFeed = state.kind === 'feed';
  throw new SyncError(isFeed ? 'checkpoint_expired' : 'invalid_input', {
    code: 'endless_listing',
    message: `Gmail keeps returning the same pages, so ${isFeed ? 'everything is listed instead' : 'the mailbox cannot be listed completely'}. Nothing was removed.`,
    scope: 'account',
  });
}

interface Changes {
  readonly deleted: readonly string[];
  /** Messages to read: the history reports changes, not the messages themselves. */
  readonly changed: readonly string[];
  /** Those of them whose labels the history states. A configured search could still exclude them, so then none is here. */
  readonly inScope: ReadonlySet<string>;
  /** Number of records that could not be read. */
  readonly unread: number;
}

/**
 * Determines the final state of each message in the records. A message whose labels put it out of scope is deleted
 * without a call.
 */
function sortChanges(config: GmailConfig, state: FeedState, history: readonly unknown[]): Changes {
  const records = history.flatMap((record) => historyRecord.safeParse(record).data ?? []);
  const last = new Map<string, 'deleted' | 'changed'>();
  const inScope = new Set<string>();
  const { labels: wanted, lacksLabels } = state;
  for (const record of inOrder(records)) {
    const labels = [...(record.labelsAdded ?? []), ...(record.labelsRemoved ?? [])];
    const reported = [...(record.messagesAdded ?? []), ...labels.filter((change) => !isQuiet(config, state, change))];
    for (const { message } of reported) {
      const isOut = message.labelIds != null && !hasRightLabels(message.labelIds, config, wanted);
      last.set(message.id, isOut && !lacksLabels ? 'deleted' : 'changed');
      if (message.labelIds != null && !isOut && config.query === undefined) inScope.add(message.id);
      else inScope.delete(message.id);
    }
    for (const { message } of record.messagesDeleted ?? []) last.set(message.id, 'deleted');
    for (const id of record.unspecific) last.set(id, 'changed');
  }
  const of = (outcome: 'deleted' | 'changed') => [...last].filter(([, value]) => value === outcome).map(([id]) => id);
  return { deleted: of('deleted'), changed: of('changed'), inScope, unread: history.length - records.length };
}

/** Gmail promises ordered records but does not always deliver them: docs/vendors/gmail.md#history. */
function inOrder(records: readonly HistoryRecord[]): HistoryRecord[] {
  return records.toSorted((a, b) => {
    const [first, second] = [BigInt(a.id), BigInt(b.id)];
    return first < second ? -1 : first > second ? 1 : 0;
  });
}

/**
 * Most changes in a mailbox are messages marked as read. They do not matter here unless the source is limited to
 * UNREAD.
 */
function isQuiet(config: GmailConfig, state: FeedState, { labelIds }: HistoryChange): boolean {
  const matters = config.query !== undefined || state.labels?.includes('UNREAD') === true;
  return !matters && labelIds?.every((id) => id === 'UNREAD') === true;
}
