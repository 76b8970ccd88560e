import type { gmail_v1 } from 'googleapis/build/src/apis/gmail/v1.js';
import type { Checkpoint, Entry, ListPage } from '../../../domain/source.ts';
import { callTimeoutMs, type GmailCall, units, unitsPerMinute } from './client.ts';
import type { GmailConfig } from './config.ts';
import { resolveLabels } from './labels.ts';
import { readMessages } from './messages.ts';
import { type FeedState, type FullState, readCheckpoint, writeCheckpoint, writeCursor } from './position.ts';
import { hasRightLabels, searchFor } from './scope.ts';

/**
 * Messages one page reads. Each costs a call, and downloads spend from the same purse: a page that needs more than a part of
 * the minute's units would be refused half way, repeated from its beginning, and refused again.
 */
const messagesPerPage = Math.floor(unitsPerMinute / 4 / units.full);

export interface GmailListing {
  readonly call: GmailCall;
  readonly config: GmailConfig;
  readonly signal: AbortSignal;
}

/** A full listing: the position in the history is taken first, so that changes during the walk are replayed by the next delta. */
export async function startFull(listing: GmailListing): Promise<ListPage> {
  const { call, signal } = listing;
  const [profile, labels] = await Promise.all([
    call(
      'account',
      'profile',
      signal,
      async (gmail) =>
        await gmail.users.getProfile({ userId: 'me', fields: 'historyId' }, { signal, timeout: callTimeoutMs }),
    ),
    resolveLabels(listing),
  ]);
  const historyId = profile.historyId ?? '';
  return await stepFull(listing, { v: 1, kind: 'full', historyId, stretches: labels ?? [null], token: null });
}

/** What changed since the checkpoint. */
export async function startFeed(listing: GmailListing, checkpoint: Checkpoint): Promise<ListPage> {
  const since = readCheckpoint(checkpoint);
  return await stepFeed(listing, { v: 1, kind: 'feed', since, labels: await resolveLabels(listing), token: null });
}

/** The next page of a full listing: of all mail, or of one label after the other (the API can only ask for all of several). */
export async function stepFull(listing: GmailListing, state: FullState): Promise<ListPage> {
  const [label = null, ...rest] = state.stretches;
  const data = await listIds(listing, label, state.token);
  const ids = (data.messages ?? []).flatMap((message) => message.id ?? []);
  const entries = await readMessages(listing, ids, { labels: label === null ? null : [label], searched: true });
  if (data.nextPageToken) {
    return { entries, next: { more: true, cursor: writeCursor({ ...state, token: data.nextPageToken }) } };
  }
  if (rest.length > 0) {
    return { entries, next: { more: true, cursor: writeCursor({ ...state, stretches: rest, token: null }) } };
  }
  return { entries, next: { more: false, checkpoint: writeCheckpoint(state.historyId), complete: true } };
}

/** The next page of the history. `startHistoryId` stays the same from page to page [reference 4.4]. */
export async function stepFeed(listing: GmailListing, state: FeedState): Promise<ListPage> {
  const { call, signal } = listing;
  const data = await call(
    'position',
    'history',
    signal,
    async (gmail) =>
      await gmail.users.history.list(
        {
          userId: 'me',
          startHistoryId: state.since,
          historyTypes: ['messageAdded', 'messageDeleted', 'labelAdded', 'labelRemoved'],
          maxResults: messagesPerPage,
          ...(state.token === null ? {} : { pageToken: state.token }),
        },
        { signal, timeout: callTimeoutMs },
      ),
  );
  const { gone, changed } = sortChanges(listing.config, state, data.history ?? []);
  const entries: Entry[] = [
    ...gone.map((externalId): Entry => ({ state: 'gone', externalId })),
    ...(await readMessages(listing, changed, { labels: state.labels, searched: false })),
  ];
  return data.nextPageToken
    ? { entries, next: { more: true, cursor: writeCursor({ ...state, token: data.nextPageToken }) } }
    : {
        entries,
        next: { more: false, checkpoint: writeCheckpoint(data.historyId ?? state.since), complete: false },
      };
}

interface Changes {
  readonly gone: readonly string[];
  /** To be read: the history says what happened, not what a message is. */
  readonly changed: readonly string[];
}

/** What the records say of each message at last. One that left the scope by its labels is known to be gone without a call. */
function sortChanges(config: GmailConfig, state: FeedState, records: readonly gmail_v1.Schema$History[]): Changes {
  const last = new Map<string, 'gone' | 'changed'>();
  for (const record of records) {
    const labels = [...(record.labelsAdded ?? []), ...(record.labelsRemoved ?? [])];
    const told = [...(record.messagesAdded ?? []), ...labels.filter((change) => !isQuiet(config, state, change))];
    for (const { message } of told) {
      const isOut = message?.labelIds && !hasRightLabels(message.labelIds, config, state.labels);
      if (message?.id) last.set(message.id, isOut ? 'gone' : 'changed');
    }
    for (const { message } of record.messagesDeleted ?? []) if (message?.id) last.set(message.id, 'gone');
  }
  const of = (fate: 'gone' | 'changed') => [...last].filter(([, value]) => value === fate).map(([id]) => id);
  return { gone: of('gone'), changed: of('changed') };
}

/** Reading mail is most of what happens in a mailbox, and changes nothing here, unless the source is about it. */
function isQuiet(config: GmailConfig, state: FeedState, change: gmail_v1.Schema$HistoryLabelAdded): boolean {
  const matters = config.query !== undefined || state.labels?.includes('UNREAD') === true;
  return !matters && change.labelIds?.every((id) => id === 'UNREAD') === true;
}

async function listIds(
  { call, config, signal }: GmailListing,
  label: string | null,
  pageToken: string | null,
): Promise<gmail_v1.Schema$ListMessagesResponse> {
  return await call(
    'position',
    'list',
    signal,
    async (gmail) =>
      await gmail.users.messages.list(
        {
          userId: 'me',
          ...searchFor(config),
          ...(label === null ? {} : { labelIds: [label] }),
          maxResults: messagesPerPage,
          ...(pageToken === null ? {} : { pageToken }),
          fields: 'messages(id),nextPageToken',
        },
        { signal, timeout: callTimeoutMs },
      ),
  );
}
