/** Single messages and attachments by their ids. */

import type { Entry } from '../../../domain/source.ts';
import { unexpectedAnswer } from '../answers.ts';
import { lacksParts } from './attachments.ts';
import { resolveLabels } from './labels.ts';
import { readId, toGap } from './map.ts';
import { readMessages } from './messages.ts';
import type { GmailListing } from './requests.ts';

/**
 * A message and its attachments are found by one call. What cannot be read is a gap, with all that hangs on it; so is a message
 * that is said to have parts and shows none, for what is asked to hang on it.
 */
export async function lookUp(listing: GmailListing, externalIds: readonly string[]): Promise<readonly Entry[]> {
  const messageIds = [...new Set(externalIds.map((id) => readId(id).messageId))];
  const labels = await resolveLabels(listing);
  const { entries, messages } = await readMessages(listing, messageIds, { labels, searched: false });
  const found = new Map(entries.flatMap((entry) => (entry.state === 'present' ? [[entry.externalId, entry]] : [])));
  const gaps = entries.filter((entry) => entry.state === 'gap');
  const unread = new Set(gaps.map(({ externalId }) => externalId));
  const doubtful = new Set(messages.filter(({ payload }) => lacksParts(payload)).map(({ id }) => id));
  const reported = externalIds.flatMap((externalId): Entry[] => {
    const { messageId } = readId(externalId);
    const entry = found.get(externalId);
    if (entry !== undefined) return [entry];
    if (doubtful.has(messageId)) return [toGap(messageId, withoutParts())];
    return unread.has(messageId) ? [] : [{ state: 'deleted', externalId }];
  });
  return [...reported, ...gaps];
}

const withoutParts = () =>
  unexpectedAnswer({ vendor: 'Gmail', call: 'users.messages.get' }, 'a mail of several parts without any');
