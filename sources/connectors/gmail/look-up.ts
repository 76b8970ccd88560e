/** Looks up single messages and attachments by id. */

import { SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { unexpectedAnswer } from '../answers.ts';
import { lacksParts } from './attachments.ts';
import { resolveLabels } from './labels.ts';
import { readId, toGap } from './map.ts';
import { readMessages } from './messages.ts';
import type { GmailListing } from './requests.ts';

/**
 * Looks up a message and its attachments with one call. A message that cannot be read is a gap, including its
 * attachments. So is a message that declares parts but has none, if attachments of it were requested.
 */
export async function lookUp(listing: GmailListing, externalIds: readonly string[]): Promise<readonly Entry[]> {
  const messageIds = [...new Set(externalIds.map((id) => readId(id).messageId))];
  const { ids: labels, missing } = await resolveLabels(listing);
  const scope = { labels, lacksLabels: missing.length > 0, searched: false };
  const { entries, messages, doubtful } = await readMessages(listing, messageIds, scope);
  const found = new Map(entries.flatMap((entry) => (entry.state === 'present' ? [[entry.externalId, entry]] : [])));
  const gaps = entries.filter((entry) => entry.state === 'gap');
  const unread = new Set(gaps.map(({ externalId }) => externalId));
  const cut = new Set(messages.filter(({ payload }) => lacksParts(payload)).map(({ id }) => id));
  const reported = externalIds.flatMap((externalId): Entry[] => {
    const { messageId } = readId(externalId);
    const entry = found.get(externalId);
    if (entry !== undefined) return [entry];
    if (cut.has(messageId)) return [toGap(messageId, withoutParts())];
    if (doubtful.has(messageId)) return [toGap(messageId, labelIsGone())];
    return unread.has(messageId) ? [] : [{ state: 'deleted', externalId }];
  });
  return [...reported, ...gaps];
}

const labelIsGone = () =>
  new SyncError('invalid_input', {
    code: 'unknown_label',
    scope: 'item',
    message:
      'The message has none of the source’s labels that are left, and may have had one that is gone. It stays as it was. Choose the labels of the source again.',
  });

const withoutParts = () =>
  unexpectedAnswer({ vendor: 'Gmail', call: 'users.messages.get' }, 'a multipart message without parts');
