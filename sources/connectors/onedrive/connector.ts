import pLimit from 'p-limit';
import { isSyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { createGraphCall, type GraphCall } from './client.ts';
import type { OneDriveConfig } from './config.ts';
import { fetchContent } from './content.ts';
import { startSubtree, stepSubtree } from './folders.ts';
import { startFeed, startFull, step } from './listing.ts';
import { readExternalId, toEntry } from './map.ts';
import { readCursor } from './position.ts';
import { getDrive, getItem, getPerson, isLost, pageSize } from './requests.ts';
import { type OneDriveListing, resolveShortcut } from './shortcuts.ts';

const parallelLookUps = 8;

/** OneDrive, personal and business: the account's own drive, and the folders of others that were added to it. Reads only. */
export function createOneDriveConnector(
  config: OneDriveConfig,
  context: ConnectorContext,
  apiBaseUrl: string | undefined,
): Connector {
  const call = createGraphCall(context, apiBaseUrl);
  const downloads = { call, maxBytes: context.maxItemBytes, simulated: apiBaseUrl !== undefined };
  return {
    sourceType: 'onedrive',
    reportsDeletions: true,
    hasChangeFeed: true,
    linksHoldPaths: true,
    maxPageSize: pageSize,
    check: async (signal) => {
      const [drive, person] = await Promise.all([getDrive(call, signal), personOrNull(call, signal)]);
      return { account: person ?? drive.owner ?? 'Microsoft account' };
    },
    listPage: async (position, signal) => {
      const listing = { call, config, signal };
      switch (position.at) {
        case 'start':
          return await startFull(listing);
        case 'checkpoint':
          return await startFeed(listing, position.checkpoint);
        case 'container':
          return await startSubtree(listing, position.externalId);
        case 'cursor': {
          const state = readCursor(position.cursor);
          return state.kind === 'walk' ? await step(listing, state) : await stepSubtree(listing, state);
        }
      }
    },
    fetch: async (ref, signal) => await fetchContent(downloads, ref, signal),
    lookUp: async (externalIds, signal) => {
      const limit = pLimit(parallelLookUps);
      return await Promise.all(
        externalIds.map(async (id) => await limit(async () => await lookUpOne({ call, config, signal }, id))),
      );
    },
  };
}

/** The drive proves the credentials; who it is stands in the profile, which a pasted token may not show. */
async function personOrNull(call: GraphCall, signal: AbortSignal): Promise<string | null> {
  try {
    return await getPerson(call, signal);
  } catch (error) {
    if (isSyncError(error) && error.kind === 'insufficient_scope') return null;
    throw error;
  }
}

async function lookUpOne(listing: OneDriveListing, externalId: string): Promise<Entry> {
  const place = readExternalId(externalId);
  if (place === null) return { state: 'gone', externalId };
  try {
    const item = await getItem(listing.call, place, listing.signal);
    if (!item.remoteItem || item.deleted) return toEntry(place.driveId, item);
    return (await resolveShortcut(listing, place.driveId, item, [])).entry;
  } catch (error) {
    if (isSyncError(error) && isLost(error)) return { state: 'gone', externalId };
    throw error;
  }
}
