import type { Connector, ConnectorContext } from '../connector.ts';
import { folderChoices } from './choices.ts';
import { createDropboxCall, getAccount } from './client.ts';
import { selecting } from '../selection.ts';
import type { DropboxConfig } from './config.ts';
import { fetchContent } from './content.ts';
import { listPage, pageSize } from './listing.ts';
import { lookUp, lookUpBatchSize } from './look-up.ts';

/**
 * Connects to Dropbox with its official client. @param apiBaseUrl replaces Dropbox's hosts in tests and with simulators
 */
export function createDropboxConnector(
  config: DropboxConfig,
  context: ConnectorContext,
  apiBaseUrl: string | undefined,
): Connector {
  const call = createDropboxCall(context, apiBaseUrl);
  return {
    sourceType: 'dropbox',
    reportsDeletions: true,
    hasChangeFeed: true,
    maxPageSize: pageSize,
    ...selecting({ ...config, folders: [], folderPaths: config.folders }),
    check: async (signal) => {
      const { email, name, account_id: id } = await getAccount(call, signal);
      return { account: email ?? name?.display_name ?? id };
    },
    listPage: (position, signal) => listPage(call, config, position, signal),
    fetch: (ref, signal) => fetchContent(call, ref, context.maxItemBytes, signal),
    lookUpBatchSize,
    lookUp: (externalIds, signal) => lookUp(call, config, externalIds, signal),
    choices: { folders: (within, signal) => folderChoices(call, within, signal) },
  };
}
