import { isSyncError } from '../../../domain/errors.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { createGraphCall, type GraphCall } from './client.ts';
import { selecting } from '../selection.ts';
import { folderChoices } from './choices.ts';
import type { OneDriveConfig } from './config.ts';
import { fetchContent } from './content.ts';
import { startSubtree, stepSubtree } from './folders.ts';
import { libraryChoices } from './libraries.ts';
import { startFeed, startFull, step } from './listing.ts';
import { lookUp, lookUpBatchSize } from './look-up.ts';
import { readCursor } from './position.ts';
import { getDrive, getPerson, pageSize } from './requests.ts';
import { withMissing } from './selected-folders.ts';

/**
 * OneDrive, personal and business: the account's own drive, and other people's folders that were added to it. Only
 * reads.
 */
export function createOneDriveConnector(
  config: OneDriveConfig,
  context: ConnectorContext,
  apiBaseUrl: string | undefined,
): Connector {
  const call = createGraphCall(context, apiBaseUrl);
  const { maxItemBytes: maxBytes, isRefusedRepeatedly } = context;
  const downloads = { call, maxBytes, simulated: apiBaseUrl !== undefined, isRefusedRepeatedly };
  return {
    sourceType: 'onedrive',
    reportsDeletions: true,
    hasChangeFeed: true,
    urlsContainPaths: true,
    // docs/vendors/onedrive.md#delta
    lastOccurrenceCounts: true,
    maxPageSize: pageSize,
    ...selecting({ ...config, folders: config.folders.length === 0 ? [] : [...config.folders, ...config.libraries] }),
    check: async (signal) => {
      const [drive, person] = await Promise.all([getDrive(call, signal), personOrNull(call, signal)]);
      return { account: person ?? drive.owner ?? 'Microsoft account' };
    },
    listPage: async (position, signal) => {
      const listing = { call, config, signal };
      switch (position.at) {
        case 'start':
          return await withMissing(listing, await startFull(listing), true);
        case 'checkpoint':
          return await withMissing(listing, await startFeed(listing, position.checkpoint), false);
        case 'container':
          return await startSubtree(listing, position.externalId);
        case 'cursor': {
          const state = readCursor(position.cursor);
          if (state.kind === 'subtree') return await stepSubtree(listing, state);
          return await withMissing(listing, await step(listing, state), false);
        }
      }
    },
    fetch: (ref, signal) => fetchContent(downloads, ref, signal),
    lookUpBatchSize,
    lookUp: (externalIds, signal) => lookUp({ call, config, signal }, externalIds),
    choices: {
      folders: (within, signal) => folderChoices({ call, signal }, within),
      libraries: (within, signal) => libraryChoices({ call, signal }, within),
    },
  };
}

/**
 * The drive proves the credentials. The account's name is in the profile, which a pasted token may not be allowed to
 * read.
 */
async function personOrNull(call: GraphCall, signal: AbortSignal): Promise<string | null> {
  try {
    return await getPerson(call, signal);
  } catch (error) {
    if (isSyncError(error) && error.kind === 'insufficient_scope') return null;
    throw error;
  }
}
