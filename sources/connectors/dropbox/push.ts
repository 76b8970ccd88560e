import type { ConnectorContext } from '../connector.ts';
import type { PushClient } from '../push.ts';
import { createDropboxCall } from './client.ts';

/** Dropbox tells the application of all its accounts, without being asked: only the account's id has to be known. */
export function createDropboxPush(
  context: Pick<ConnectorContext, 'tokens' | 'pace' | 'maxItemBytes'>,
  apiBaseUrl: string | undefined,
): PushClient {
  const call = createDropboxCall(context, apiBaseUrl);
  return {
    subscribe: async (_request, signal) => {
      const account = await call('account', signal, async (dropbox) => await dropbox.usersGetCurrentAccount());
      return { externalId: account.account_id, resourceId: null, usesSecret: false, renewAt: null };
    },
    unsubscribe: async () => await Promise.resolve(),
  };
}
