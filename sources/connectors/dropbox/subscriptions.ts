import type { ConnectorContext } from '../connector.ts';
import type { SubscriptionClient } from '../subscriptions.ts';
import { createDropboxCall, getAccount } from './client.ts';

/** Dropbox notifies the application about all its accounts without being asked, so only the account's id is needed. */
export function createDropboxSubscriptions(
  context: Pick<ConnectorContext, 'tokens' | 'throttle' | 'maxItemBytes'>,
  apiBaseUrl: string | undefined,
): SubscriptionClient {
  const call = createDropboxCall(context, apiBaseUrl);
  return {
    subscribe: async (_request, signal) => {
      const { account_id: externalId } = await getAccount(call, signal);
      return { externalId, resourceId: null, usesSecret: false, renewAt: null };
    },
    unsubscribe: () => Promise.resolve(),
  };
}
