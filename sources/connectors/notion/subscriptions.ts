import { SyncError } from '../../../domain/errors.ts';
import type { ConnectorContext } from '../connector.ts';
import type { SubscriptionClient } from '../subscriptions.ts';
import { fieldsOf, stringOf } from '../loose.ts';
import { createNotionCall, getUser } from './client.ts';

/**
 * Notion notifies the connection's application about all its workspaces without being asked, so only the workspace's id
 * is needed.
 */
export function createNotionSubscriptions(
  context: Pick<ConnectorContext, 'tokens' | 'throttle' | 'maxItemBytes'>,
  apiBaseUrl: string | undefined,
): SubscriptionClient {
  const call = createNotionCall(context, apiBaseUrl);
  return {
    subscribe: async (_request, signal) => {
      const { bot } = await getUser(call, signal);
      const externalId = stringOf(fieldsOf(bot)['workspace_id']);
      if (externalId === '') throw unknownWorkspace();
      return { externalId, resourceId: null, usesSecret: false, renewAt: null };
    },
    unsubscribe: () => Promise.resolve(),
  };
}

function unknownWorkspace(): SyncError {
  return new SyncError('invalid_input', {
    code: 'no_change_notifications',
    message:
      'Notion does not reveal which workspace this token belongs to, so its change notifications cannot be assigned. The source is synced on its schedule.',
  });
}
