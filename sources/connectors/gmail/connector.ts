import { SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { callTimeoutMs, createGmailCall } from './client.ts';
import type { GmailConfig } from './config.ts';
import { fetchContent } from './content.ts';
import { labelChoices, resolveLabels } from './labels.ts';
import { type GmailListing, startFeed, startFull, stepFeed, stepFull } from './listing.ts';
import { readId } from './map.ts';
import { readMessages } from './messages.ts';
import { readCursor } from './position.ts';

/** A page's messages with their attachments, of which few have more than a handful. */
const maxPageSize = 500;

/** Gmail: the messages of one mailbox and what hangs on them. Reads only. */
export function createGmailConnector(
  config: GmailConfig,
  context: ConnectorContext,
  apiBaseUrl: string | undefined,
): Connector {
  const call = createGmailCall(context, apiBaseUrl);
  return {
    sourceType: 'gmail',
    reportsDeletions: true,
    hasChangeFeed: true,
    maxPageSize,
    check: async (signal) => {
      const profile = await call(
        'account',
        'profile',
        signal,
        async (gmail) =>
          await gmail.users.getProfile({ userId: 'me', fields: 'emailAddress' }, { signal, timeout: callTimeoutMs }),
      );
      // A label that is not there is better said now than by the first sync.
      await resolveLabels({ call, config, signal });
      return { account: profile.emailAddress ?? 'Gmail account' };
    },
    listPage: async (position, signal) => {
      const listing: GmailListing = { call, config, signal };
      switch (position.at) {
        case 'start':
          return await startFull(listing);
        case 'checkpoint':
          return await startFeed(listing, position.checkpoint);
        case 'container':
          throw new SyncError('invalid_input', { message: 'A mailbox has no containers.' });
        case 'cursor': {
          const state = readCursor(position.cursor);
          return state.kind === 'full' ? await stepFull(listing, state) : await stepFeed(listing, state);
        }
      }
    },
    fetch: async (ref, signal) => await fetchContent(call, ref, context.maxItemBytes, signal),
    lookUp: async (externalIds, signal) => await lookUp({ call, config, signal }, externalIds),
    choices: { labels: async (_within, signal) => await labelChoices({ call, config, signal }) },
  };
}

/** A message and its attachments are found by one call. */
async function lookUp(listing: GmailListing, externalIds: readonly string[]): Promise<readonly Entry[]> {
  const messageIds = [...new Set(externalIds.map((id) => readId(id).messageId))];
  const labels = await resolveLabels(listing);
  const entries = await readMessages(listing, messageIds, { labels, searched: false });
  const found = new Map(entries.flatMap((entry) => (entry.state === 'present' ? [[entry.externalId, entry]] : [])));
  return externalIds.map((externalId) => found.get(externalId) ?? { state: 'gone', externalId });
}
