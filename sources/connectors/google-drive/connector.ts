import pLimit from 'p-limit';
import { isSyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { sharedDriveChoices } from './choices.ts';
import { callTimeoutMs, createDriveCall } from './client.ts';
import type { GoogleDriveConfig } from './config.ts';
import { fetchContent } from './content.ts';
import { type DriveListing, pageSize, startFeed, startFull, step, stepSubtree } from './listing.ts';
import { readCursor } from './position.ts';
import { getFile, toEntries } from './shortcuts.ts';

const parallelLookUps = 8;

/** Google Drive: My Drive, what is shared with the account, and its shared drives. Reads only. */
export function createGoogleDriveConnector(
  config: GoogleDriveConfig,
  context: ConnectorContext,
  apiBaseUrl: string | undefined,
): Connector {
  const call = createDriveCall(context, apiBaseUrl);
  return {
    sourceType: 'google_drive',
    reportsDeletions: true,
    hasChangeFeed: true,
    maxPageSize: pageSize,
    check: async (signal) => {
      const about = await call(
        'account',
        'read',
        signal,
        async (drive) =>
          await drive.about.get({ fields: 'user(emailAddress,displayName)' }, { signal, timeout: callTimeoutMs }),
      );
      return { account: about.user?.emailAddress ?? about.user?.displayName ?? 'Google account' };
    },
    listPage: async (position, signal) => {
      const listing = { call, config, signal };
      switch (position.at) {
        case 'start':
          return await startFull(listing);
        case 'checkpoint':
          return await startFeed(listing, position.checkpoint);
        case 'container':
          return await stepSubtree(listing, {
            v: 1,
            kind: 'subtree',
            listing: [],
            token: null,
            pending: [position.externalId],
          });
        case 'cursor': {
          const state = readCursor(position.cursor);
          return state.kind === 'walk' ? await step(listing, state) : await stepSubtree(listing, state);
        }
      }
    },
    fetch: async (ref, signal) => await fetchContent(call, ref, context.maxItemBytes, signal),
    lookUp: async (externalIds, signal) => {
      const limit = pLimit(parallelLookUps);
      const found = await Promise.all(
        externalIds.map(async (id) => await limit(async () => await lookUpOne({ call, config, signal }, id))),
      );
      return found.flat();
    },
    choices: { sharedDriveIds: async (_within, signal) => await sharedDriveChoices(call, signal) },
  };
}

async function lookUpOne(listing: DriveListing, externalId: string): Promise<readonly Entry[]> {
  try {
    const file = await getFile(listing.call, externalId, undefined, listing.signal);
    return file.trashed === true ? [{ state: 'gone', externalId }] : await toEntries([file], listing);
  } catch (error) {
    if (isSyncError(error) && (error.kind === 'not_found' || error.kind === 'forbidden'))
      return [{ state: 'gone', externalId }];
    throw error;
  }
}
