import type { ListPage } from '../../../domain/source.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { selecting } from '../selection.ts';
import { folderChoices, sharedDriveChoices } from './choices.ts';
import { createDriveCall } from './client.ts';
import type { GoogleDriveConfig } from './config.ts';
import { fetchContent } from './content.ts';
import { listContainer } from './container.ts';
import { startFeed, startFull, step } from './listing.ts';
import { lookUp, lookUpBatchSize } from './look-up.ts';
import { readCursor } from './position.ts';
import { getAccount, pageSize } from './requests.ts';

/** Google Drive: My Drive, files shared with the account, and its shared drives. Only reads. */
export function createGoogleDriveConnector(
  config: GoogleDriveConfig,
  context: ConnectorContext,
  apiBaseUrl: string | undefined,
): Connector {
  const call = createDriveCall(context, apiBaseUrl);
  const { isRefusedRepeatedly } = context;
  return {
    sourceType: 'google_drive',
    reportsDeletions: true,
    hasChangeFeed: true,
    maxPageSize: pageSize,
    ...selecting(config),
    lookUpBatchSize,
    check: async (signal) => {
      const { user } = await getAccount({ call, signal });
      return { account: user.emailAddress ?? user.displayName ?? 'Google account' };
    },
    listPage: async (position, signal): Promise<ListPage> => {
      const listing = { call, config, signal, isRefusedRepeatedly };
      switch (position.at) {
        case 'start':
          return await startFull(listing);
        case 'checkpoint':
          return await startFeed(listing, position.checkpoint);
        case 'container':
          return await listContainer(listing, position.externalId);
        case 'cursor':
          return await step(listing, readCursor(position.cursor));
      }
    },
    fetch: (ref, signal) => fetchContent({ call, signal, apiBaseUrl }, ref, context.maxItemBytes),
    lookUp: (externalIds, signal) => lookUp({ call, config, signal, isRefusedRepeatedly }, externalIds),
    choices: {
      folders: (within, signal) => folderChoices({ call, config, signal }, within),
      sharedDriveIds: (_within, signal) => sharedDriveChoices({ call, signal }),
    },
  };
}
