import type { Entry } from '../../../domain/source.ts';
import { readEach } from '../read-each.ts';
import { nameLabels } from './labels.ts';
import { type Message, toEntries, toGap, toUnreadItem } from './map.ts';
import { accountOf, getMessage, type GmailListing } from './requests.ts';
import { findMatching, hasRightLabels } from './scope.ts';

/**
 * A user of a new project may read 100 messages a minute, and two concurrent calls already exceed that
 * (docs/vendors/gmail.md#quotas). More would only be refused sooner, and the page with them.
 */
const readConcurrency = 2;

export interface Scope {
  /** The ids of the labels that the source is limited to; null: all mail. */
  readonly labels: readonly string[] | null;
  /** See `FeedState`. */
  readonly lacksLabels?: boolean;
  /** Set if the ids come from the configured search, which then need not be repeated. */
  readonly searched: boolean;
  /** Ids that are in scope by their labels, if they were not searched for. */
  readonly inScope?: ReadonlySet<string>;
}

interface ReadMessages {
  readonly entries: readonly Entry[];
  readonly messages: readonly Message[];
  /** Ids of messages that may have been in scope by a label that the mailbox lacks; no entry is about them. */
  readonly doubtful: ReadonlySet<string>;
}

/**
 * Reads messages by id: a list contains only ids, so each message needs its own call. A message that no longer exists
 * or is out of scope becomes `deleted`. If one cannot be read although the mailbox can, it becomes a gap, because its
 * attachments are unknown, and an item of its own if it is in scope.
 */
export async function readMessages(listing: GmailListing, ids: readonly string[], scope: Scope): Promise<ReadMessages> {
  const { read: found, unread } = await readEach(
    [...new Set(ids)],
    readConcurrency,
    (id) => getMessage(listing, id),
    accountOf(listing),
  );
  const read = [...found.values()];
  // A message without labels was listed for a label, or reported with one, all the same.
  const labeled = read.filter(
    ({ id, labelIds }) =>
      (labelIds.length === 0 && (scope.searched || scope.inScope?.has(id) === true)) ||
      hasRightLabels(labelIds, listing.config, scope.labels),
  );
  const matching =
    scope.searched || listing.config.query === undefined || labeled.length === 0
      ? labeled
      : await keepMatching(listing, labeled);
  const names = await nameLabels(listing, matching);
  const kept = new Set(matching.map((message) => message.id));
  const gaps = [...unread].filter(([, error]) => error.kind !== 'not_found');
  // A message that lost this label during the listing may have been listed under another one, so it is not deleted
  // here. The sweep removes what no label listed.
  const doubtful = new Set(scope.lacksLabels === true ? withoutLabels(read, labeled, listing) : []);
  const there = new Set([...(scope.searched ? read.map(({ id }) => id) : []), ...gaps.map(([id]) => id), ...doubtful]);
  const deleted = ids.filter((id) => !kept.has(id) && !there.has(id));
  const entries = [
    ...deleted.map((externalId): Entry => ({ state: 'deleted', externalId })),
    ...gaps.map(([id, error]) => toGap(id, error)),
    ...gaps.filter(([id]) => scope.searched || scope.inScope?.has(id)).map(([id]) => toUnreadItem(id)),
    ...matching.flatMap((message) => toEntries(message, listing.config, names)),
  ];
  return { entries, messages: matching, doubtful };
}

/** Returns the ids of messages that only their labels put out of scope. */
function withoutLabels(read: readonly Message[], labeled: readonly Message[], { config }: GmailListing): string[] {
  return read.flatMap((message) =>
    !labeled.includes(message) && hasRightLabels(message.labelIds, config, null) ? [message.id] : [],
  );
}

async function keepMatching(listing: GmailListing, messages: readonly Message[]): Promise<Message[]> {
  const matching = await findMatching(listing, messages);
  return messages.filter((message) => matching.has(message.id));
}
