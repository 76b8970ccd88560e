/** Resolves labels: people use their names, calls use their ids. */

import { SyncError } from '../../../domain/errors.ts';
import { unexpectedAnswer } from '../answers.ts';
import type { Choice } from '../connector.ts';
import { callTimeoutMs } from '../google/call.ts';
import { readEach } from '../read-each.ts';
import { labelEntry, labelList } from './answers.ts';
import type { Message } from './map.ts';
import { accountOf, type GmailListing } from './requests.ts';

interface LabelNames {
  readonly names: ReadonlyMap<string, string>;
  /** Number of labels that could not be read. */
  readonly unread: number;
}

/**
 * Returns the ids of the labels that the config names; null if it names none.
 * @throws SyncError `invalid_input` for a label that the mailbox does not have
 */
export async function resolveLabels(listing: GmailListing): Promise<string[] | null> {
  const wanted = listing.config.labels;
  if (wanted === undefined) return null;
  const { names, unread } = await listLabels(listing);
  const known = [...names].toReversed();
  return wanted.map((label, at) => {
    if (names.has(label)) return label;
    const id = known.find(([, name]) => name.toLowerCase() === label.toLowerCase())?.[0];
    if (id !== undefined) return id;
    // The missing label may be one of those that could not be read.
    if (unread > 0)
      throw unexpectedAnswer({ vendor: 'Gmail', call: 'users.labels.list' }, `${unread} labels without a name`);
    // Names of labels are private, and the message of a job is also stored in Temporal.
    throw new SyncError('invalid_input', {
      code: 'unknown_label',
      scope: 'account',
      message: `The mailbox has no label of the name that stands ${at + 1}. among the source’s labels. Choose its labels again.`,
    });
  });
}

/** Gmail's own labels for places and importance; spam and trash have their own config fields. */
const ownLabels: Readonly<Record<string, string>> = {
  INBOX: 'Inbox',
  STARRED: 'Starred',
  IMPORTANT: 'Important',
  SENT: 'Sent',
};

/** Returns the labels of the mailbox: Gmail's own first, then the person's by name. */
export async function labelChoices(listing: GmailListing): Promise<readonly Choice[]> {
  const { names } = await listLabels(listing);
  const own = Object.entries(ownLabels).filter(([id]) => names.has(id));
  const personal = [...names].filter(([id]) => isPersonal(id)).map(([, name]) => [name, name] as const);
  return [...own, ...personal.toSorted(([a], [b]) => a.localeCompare(b, 'en'))].map(([value, label]) => ({
    value,
    label,
    hasChildren: false,
  }));
}

/**
 * Returns the names of all labels on these messages. Gmail's own labels are named like their ids, so only a person's
 * labels cost a call. Names are only for display: if Gmail fails to return them twice, the ids are shown instead.
 */
export async function nameLabels(
  listing: GmailListing,
  messages: readonly Message[],
): Promise<ReadonlyMap<string, string>> {
  if (!messages.some((message) => message.labelIds.some(isPersonal))) return new Map();
  const { read } = await readEach(['labels'], 1, () => listLabels(listing), accountOf(listing));
  return read.get('labels')?.names ?? new Map();
}

function isPersonal(labelId: string): boolean {
  return labelId.startsWith('Label_');
}

/** Maps ids to names for all readable labels. The list is not paged: docs/vendors/gmail.md#labels. */
async function listLabels({ call, signal }: GmailListing): Promise<LabelNames> {
  const { labels } = await call(
    { method: 'users.labels.list', subject: 'account', cost: 'labels', answer: labelList },
    signal,
    (gmail) => gmail.users.labels.list({ userId: 'me', fields: 'labels(id,name)' }, { signal, timeout: callTimeoutMs }),
  );
  const read = labels.flatMap((each) => labelEntry.safeParse(each).data ?? []);
  return { names: new Map(read.map(({ id, name }) => [id, name])), unread: labels.length - read.length };
}
