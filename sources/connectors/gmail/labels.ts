/** Labels have names for people and ids for calls. */

import { SyncError } from '../../../domain/errors.ts';
import type { Choice } from '../connector.ts';
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

/** Gmail's own labels that say where mail lies or whether it matters; spam and trash have fields of their own. */
const ownLabels: Readonly<Record<string, string>> = {
  INBOX: 'Inbox',
  STARRED: 'Starred',
  IMPORTANT: 'Important',
  SENT: 'Sent',
};

/** The labels of the mailbox: Gmail's first, then the person's by name. */
export async function labelChoices(listing: GmailListing): Promise<readonly Choice[]> {
  const names = await listLabels(listing);
  const own = Object.entries(ownLabels).filter(([id]) => names.has(id));
  const personal = [...names].filter(([id]) => isPersonal(id)).map(([, name]) => [name, name] as const);
  return [...own, ...personal.toSorted(([a], [b]) => a.localeCompare(b, 'en'))].map(([value, label]) => ({
    value,
    label,
    hasChildren: false,
  }));
}

/** Names of all labels on these messages. Gmail's own labels are called as their ids: only a person's cost a call. */
export async function nameLabels(
  listing: GmailListing,
  messages: readonly Message[],
): Promise<ReadonlyMap<string, string>> {
  return messages.some((message) => message.labelIds.some(isPersonal)) ? await listLabels(listing) : new Map();
}

function isPersonal(labelId: string): boolean {
  return labelId.startsWith('Label_');
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
