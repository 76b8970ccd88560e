import type { Entry } from '../../../domain/source.ts';
import { readEach } from '../read-each.ts';
import { nameLabels } from './labels.ts';
import { type Message, toEntries, toGap } from './map.ts';
import { getMessage, getPosition, type GmailListing } from './requests.ts';
import { findMatching, hasRightLabels } from './scope.ts';

/**
 * A new project's user may read 100 messages a minute: two at once are more than that already (docs/vendors/gmail.md, "Quotas").
 * More would only be refused sooner, and with them the page.
 */
const readConcurrency = 2;

export interface Scope {
  /** The ids of the labels that the source is limited to; null: all mail. */
  readonly labels: readonly string[] | null;
  /** The ids come from the configured search itself, which need not be asked again. */
  readonly searched: boolean;
}

/**
 * Messages by their ids, as entries: a list holds ids only, each message is a call of its own. What is no longer there, or
 * not in scope, is gone. What cannot be read while the mailbox can is a gap of its own.
 */
export async function readMessages(
  listing: GmailListing,
  ids: readonly string[],
  scope: Scope,
): Promise<{ readonly entries: readonly Entry[]; readonly messages: readonly Message[] }> {
  const { read: found, unread } = await readEach(
    [...new Set(ids)],
    readConcurrency,
    async (id) => await getMessage(listing, id),
    async () => await getPosition(listing),
  );
  const read = [...found.values()];
  const labelled = read.filter((message) => hasRightLabels(message.labelIds, listing.config, scope.labels));
  const matching =
    scope.searched || listing.config.query === undefined || labelled.length === 0
      ? labelled
      : await keepMatching(listing, labelled);
  const names = await nameLabels(listing, matching);
  const kept = new Set(matching.map((message) => message.id));
  const gaps = [...unread].filter(([, error]) => error.kind !== 'not_found');
  // What left this label while it was listed may have been shown by another: what no label shows goes with the sweep.
  const there = new Set([...(scope.searched ? read.map(({ id }) => id) : []), ...gaps.map(([id]) => id)]);
  const deleted = ids.filter((id) => !kept.has(id) && !there.has(id));
  const entries = [
    ...deleted.map((externalId): Entry => ({ state: 'deleted', externalId })),
    ...gaps.map(([id, error]) => toGap(id, error)),
    ...matching.flatMap((message) => toEntries(message, listing.config, names)),
  ];
  return { entries, messages: matching };
}

async function keepMatching(listing: GmailListing, messages: readonly Message[]): Promise<Message[]> {
  const matching = await findMatching(listing, messages);
  return messages.filter((message) => matching.has(message.id));
}
