import pLimit from 'p-limit';
import { isSyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { callTimeoutMs } from './client.ts';
import { nameLabels } from './labels.ts';
import type { GmailListing } from './listing.ts';
import { type Message, messageFields, toEntries, toMessage } from './map.ts';
import { findMatching, hasRightLabels } from './scope.ts';

/**
 * A new project's user may read 100 messages a minute: two at once are more than that already [reference 4.5]. More would
 * only be refused sooner, and with them the page.
 */
const parallelReads = 2;

export interface Scope {
  /** The ids of the labels that the source is limited to; null: all mail. */
  readonly labels: readonly string[] | null;
  /** The ids come from the configured search itself, which need not be asked again. */
  readonly searched: boolean;
}

/** Messages by their ids, as entries. What is no longer there, or not in scope, is gone. */
export async function readMessages(listing: GmailListing, ids: readonly string[], scope: Scope): Promise<Entry[]> {
  const read = await getAll(listing, ids);
  const labelled = read.filter((message) => hasRightLabels(message.labelIds, listing.config, scope.labels));
  const found =
    scope.searched || listing.config.query === undefined || labelled.length === 0
      ? labelled
      : await keepMatching(listing, labelled);
  const names = await nameLabels(listing, found);
  const kept = new Set(found.map((message) => message.id));
  // What left this label while it was listed may have been shown by another: what no label shows goes with the sweep.
  const there = new Set(scope.searched ? read.map((message) => message.id) : []);
  const gone = ids.filter((id) => !kept.has(id) && !there.has(id));
  return [
    ...gone.map((externalId): Entry => ({ state: 'gone', externalId })),
    ...found.flatMap((message) => toEntries(message, listing.config, names)),
  ];
}

async function keepMatching(listing: GmailListing, messages: readonly Message[]): Promise<Message[]> {
  const matching = await findMatching(listing, messages);
  return messages.filter((message) => matching.has(message.id));
}

/** A list holds ids only: each message is a call of its own. After a refusal no further call is begun. */
async function getAll(listing: GmailListing, ids: readonly string[]): Promise<Message[]> {
  const limit = pLimit(parallelReads);
  try {
    const read = await Promise.all(ids.map(async (id) => await limit(async () => await getMessage(listing, id))));
    return read.filter((message) => message !== null);
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
}

async function getMessage({ call, config, signal }: GmailListing, id: string): Promise<Message | null> {
  const format = config.includeAttachments ? 'full' : 'metadata';
  try {
    const data = await call(
      'item',
      format,
      signal,
      async (gmail) =>
        await gmail.users.messages.get(
          {
            userId: 'me',
            id,
            format,
            ...(format === 'metadata' ? { metadataHeaders: ['Subject'] } : {}),
            fields: messageFields[format],
          },
          { signal, timeout: callTimeoutMs },
        ),
    );
    return toMessage(data, id);
  } catch (error) {
    if (isSyncError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}
