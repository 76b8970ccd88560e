/** Resolves labels: people use their names, calls use their ids. */

import { SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { unexpectedAnswer } from '../answers.ts';
import type { Choice } from '../connector.ts';
import { callTimeoutMs } from '../google/call.ts';
import { missingSelection } from '../missing-selection.ts';
import { readEach } from '../read-each.ts';
import { labelEntry, labelList } from './answers.ts';
import type { Message } from './map.ts';
import { accountOf, type GmailListing } from './requests.ts';

interface LabelNames {
  readonly names: ReadonlyMap<string, string>;
  /** Number of labels that could not be read. */
  readonly unread: number;
}

export interface ResolvedLabels {
  /** The ids of the labels that the source is limited to; null: all mail. */
  readonly ids: string[] | null;
  /** Names of the config that no label has. */
  readonly missing: readonly string[];
}

/**
 * Finds the labels that the config names.
 * @throws SyncError `invalid_input` if the mailbox has none of them
 */
export async function resolveLabels(listing: GmailListing): Promise<ResolvedLabels> {
  const wanted = listing.config.labels;
  if (wanted === undefined) return { ids: null, missing: [] };
  const { names, unread } = await listLabels(listing);
  const known = [...names].toReversed();
  const idOf = (label: string): string | undefined =>
    names.has(label) ? label : known.find(([, name]) => name.toLowerCase() === label.toLowerCase())?.[0];
  const missing = wanted.filter((label) => idOf(label) === undefined);
  // A missing label may be one of those that could not be read.
  if (missing.length > 0 && unread > 0)
    throw unexpectedAnswer({ vendor: 'Gmail', call: 'users.labels.list' }, `${unread} labels without a name`);
  if (missing.length === wanted.length) throw noLabels();
  return { ids: wanted.flatMap((label) => idOf(label) ?? []), missing };
}

/** Names of labels are private, and the message of a job is also stored in Temporal. */
function noLabels(): SyncError {
  return new SyncError('invalid_input', {
    code: 'unknown_label',
    scope: 'account',
    message: 'The mailbox has no label with a name that stands among the source’s labels. Choose its labels again.',
  });
}

/** Names a label of the config that is gone. Its messages are still in the mailbox, so what was synced of it stays. */
export function toMissingLabel(name: string): Entry {
  const problem = 'the mailbox has no label with this name: it was deleted or renamed';
  return missingSelection({ what: 'label', id: name, name, code: 'unknown_label', problem, isKept: true });
}

/** Gmail's own labels for places and importance; spam and trash have their own config fields. */
const ownLabels: Readonly<Record<string, string>> = {
  INBOX: 'Inbox',
  STARRED: 'Starred',
  IMPORTANT: 'Important',
  SENT: 'Sent',
};

/** Returns the labels of the mailbox: Gmail's own first, then the person's by name. Ids outlive another name. */
export async function labelChoices(listing: GmailListing): Promise<readonly Choice[]> {
  const { names } = await listLabels(listing);
  const own = Object.entries(ownLabels).filter(([id]) => names.has(id));
  const personal = [...names].filter(([id]) => isPersonal(id));
  return [...own, ...personal.toSorted(([, a], [, b]) => a.localeCompare(b, 'en'))].map(([value, label]) => ({
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
