import pLimit from 'p-limit';
import { isSyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { folderChoices } from './choices.ts';
import { createDropboxCall, type DropboxCall, findRoot } from './client.ts';
import type { DropboxConfig } from './config.ts';
import { fetchContent } from './content.ts';
import { listPage, pageSize } from './listing.ts';
import { toItemRef } from './map.ts';

const parallelLookUps = 8;

/** Dropbox by its official client. @param apiBaseUrl replaces Dropbox's hosts in tests and with simulators */
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
    check: async (signal) => {
      const account = await call('account', signal, async (dropbox) => await dropbox.usersGetCurrentAccount());
      return { account: account.email };
    },
    listPage: async (position, signal) => await listPage(call, config, position, signal),
    fetch: async (ref, signal) => await fetchContent(call, ref, context.maxItemBytes, signal),
    lookUp: async (externalIds, signal) => {
      const limit = pLimit(parallelLookUps);
      const root = await findRoot(call, signal);
      return await Promise.all(
        externalIds.map(async (id) => await limit(async () => await lookUpOne(call, id, root, signal))),
      );
    },
    choices: { folder: async (within, signal) => await folderChoices(call, within, signal) },
  };
}

async function lookUpOne(
  call: DropboxCall,
  externalId: string,
  root: string | undefined,
  signal: AbortSignal,
): Promise<Entry> {
  try {
    const at = { subject: 'item', root } as const;
    const found = await call(at, signal, async (dropbox) => await dropbox.filesGetMetadata({ path: externalId }));
    return found['.tag'] === 'file' ? { state: 'present', ...toItemRef(found, root) } : { state: 'gone', externalId };
  } catch (error) {
    const isGone = isSyncError(error) && (error.kind === 'not_found' || error.kind === 'invalid_input');
    if (isGone) return { state: 'gone', externalId };
    throw error;
  }
}
