import type { Connector, ConnectorContext } from '../connector.ts';
import { createGmailCall } from './client.ts';
import { selecting } from '../selection.ts';
import type { GmailConfig } from './config.ts';
import { fetchContent } from './content.ts';
import { labelChoices, resolveLabels } from './labels.ts';
import { lookUp } from './look-up.ts';
import { listMessage, messagesPerPage, startFeed, startFull, stepFeed, stepFull } from './listing.ts';
import { readCursor } from './position.ts';
import { getAddress, type GmailListing } from './requests.ts';

/** One page of messages with their attachments; few messages have more than a handful. */
const maxPageSize = 500;

/** Gmail: the messages of one mailbox and their attachments. Only reads. */
export function createGmailConnector(
  config: GmailConfig,
  context: ConnectorContext,
  apiBaseUrl: string | undefined,
): Connector {
  const call = createGmailCall(context, apiBaseUrl);
  const { isRefusedRepeatedly } = context;
  return {
    sourceType: 'gmail',
    reportsDeletions: true,
    hasChangeFeed: true,
    maxPageSize,
    ...selecting({ since: config.since, retainDays: config.retainDays }),
    lookUpBatchSize: messagesPerPage,
    check: async (signal) => {
      const account = await getAddress({ call, signal });
      // Reports a missing label now instead of in the first sync.
      await resolveLabels({ call, config, signal });
      return { account };
    },
    listPage: async (position, signal) => {
      const listing: GmailListing = { call, config, signal, isRefusedRepeatedly };
      switch (position.at) {
        case 'start':
          return await startFull(listing);
        case 'checkpoint':
          return await startFeed(listing, position.checkpoint);
        case 'container':
          return await listMessage(listing, position.externalId);
        case 'cursor': {
          const state = readCursor(position.cursor);
          return state.kind === 'full' ? await stepFull(listing, state) : await stepFeed(listing, state);
        }
      }
    },
    fetch: (ref, signal) => fetchContent(call, ref, context.maxItemBytes, signal),
    lookUp: (externalIds, signal) => lookUp({ call, config, signal, isRefusedRepeatedly }, externalIds),
    choices: { labels: (_within, signal) => labelChoices({ call, config, signal }) },
  };
}
