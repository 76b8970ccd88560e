/** Labels have names for people and ids for calls. */

import { SyncError } from '../../domain/errors.ts';
import { callTimeoutMs } from './client.ts';
import type { GmailListing } from './listing.ts';
import type { Message } from './map.ts';

/**
 * The ids of the labels that the config names; null where it names none.
 * @throws SyncError `invalid_input` for a label that the mailbox has not
 */
export async function resolveLabels(listing: GmailListing): Promise<string[] | null> {
  const wanted = listing.config.labels;
  if (wanted === undefined) return null;
  const names = await listLabels(listing);
  const known = [...names].toReversed();
  return wanted.map((label) => {
    if (names.has(label)) return label;
    const id = known.find(([, name]) => name.toLowerCase() === label.toLowerCase())?.[0];
    if (id !== undefined) return id;
    const own = [...names.values()].filter((name) => name !== name.toUpperCase()).slice(0, 20);
    throw new SyncError('invalid_input', {
      code: 'unknown_label',
      message: `The mailbox has no label "${label}".${own.length === 0 ? '' : ` It has: ${own.join(', ')}.`}`,
    });
  });
}

/** Names of all labels on these messages. Gmail's own labels are called as their ids: only a person's cost a call. */
export async function nameLabels(
  listing: GmailListing,
  messages: readonly Message[],
): Promise<ReadonlyMap<string, string>> {
  const isOwn = (id: string): boolean => id.startsWith('Label_');
  return messages.some((message) => message.labelIds.some(isOwn)) ? await listLabels(listing) : new Map();
}

/** Id to name. Not paged [reference 4.1]. */
async function listLabels({ call, signal }: GmailListing): Promise<Map<string, string>> {
  const data = await call(
    'account',
    'labels',
    signal,
    async (gmail) =>
      await gmail.users.labels.list({ userId: 'me', fields: 'labels(id,name)' }, { signal, timeout: callTimeoutMs }),
  );
  return new Map((data.labels ?? []).flatMap(({ id, name }) => (id && name ? [[id, name]] : [])));
}
