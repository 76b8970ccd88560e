import { SyncError } from '../../../domain/errors.ts';
import type { ConnectorContext } from '../connector.ts';
import type { SubscriptionClient } from '../subscriptions.ts';
import { whoAmI } from './channels.ts';
import { createSlackCall } from './client.ts';

/**
 * Slack notifies the application about all its workspaces without being asked, so only the workspace's id is needed.
 */
export function createSlackSubscriptions(
  context: Pick<ConnectorContext, 'tokens' | 'throttle'>,
  apiBaseUrl: string | undefined,
): SubscriptionClient {
  const call = createSlackCall(context, apiBaseUrl);
  return {
    subscribe: async (_request, signal) => {
      const { team_id: externalId } = await whoAmI(call, signal);
      if (!externalId) throw noWorkspace();
      return { externalId, resourceId: null, usesSecret: false, renewAt: null };
    },
    unsubscribe: () => Promise.resolve(),
  };
}

function noWorkspace(): SyncError {
  return new SyncError('invalid_input', {
    code: 'no_change_notifications',
    message:
      'A token of a whole organization names no workspace, so Slack’s events cannot be assigned to this source. The source is synced on its schedule.',
  });
}
