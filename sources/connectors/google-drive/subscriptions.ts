import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import { lenient } from '../answers.ts';
import type { ConnectorContext } from '../connector.ts';
import { callTimeoutMs } from '../google/call.ts';
import { type SubscriptionClient, renewalOf } from '../subscriptions.ts';
import { startPageToken } from './answers.ts';
import { createDriveCall } from './client.ts';

/** The longest lifetime that Drive allows: docs/vendors/google-drive.md#change-notifications. */
const lifetimeMs = 7 * 24 * 3_600_000;

const channelMade = z.looseObject({
  id: z.string().min(1),
  resourceId: lenient.text,
  expiration: z.coerce.number().positive().optional().catch(undefined),
});

/**
 * Opens a channel on the account's change log. Channels cannot be renewed: a new one is opened, then the old one is
 * stopped.
 */
export function createGoogleDriveSubscriptions(
  context: Pick<ConnectorContext, 'tokens' | 'throttle' | 'logger'>,
  apiBaseUrl: string | undefined,
): SubscriptionClient {
  const call = createDriveCall(context, apiBaseUrl);
  return {
    subscribe: async ({ address, secret }, signal) => {
      const options = { signal, timeout: callTimeoutMs };
      const start = await call(
        { method: 'changes.getStartPageToken', subject: 'account', cost: 'read', answer: startPageToken },
        signal,
        (drive) => drive.changes.getStartPageToken({ supportsAllDrives: true }, options),
      );
      const expiration = Date.now() + lifetimeMs;
      const channel = { id: randomUUID(), type: 'web_hook', address, token: secret, expiration: String(expiration) };
      const watch = {
        pageToken: start.startPageToken,
        includeItemsFromAllDrives: true,
        supportsAllDrives: true,
        requestBody: channel,
      };
      const made = await call(
        { method: 'changes.watch', subject: 'account', cost: 'read', answer: channelMade },
        signal,
        async (drive) => await drive.changes.watch(watch, options),
      ).catch((error: unknown) => {
        throw isSyncError(error) && error.kind === 'invalid_input' ? addressRefused(error) : error;
      });
      return {
        externalId: channel.id,
        resourceId: made.resourceId ?? null,
        usesSecret: true,
        renewAt: renewalOf(made.expiration ?? expiration),
      };
    },
    unsubscribe: async ({ externalId: id, resourceId }, signal) => {
      await call({ method: 'channels.stop', subject: 'item', cost: 'read', answer: z.unknown() }, signal, (drive) =>
        drive.channels.stop({ requestBody: { id, resourceId } }, { signal, timeout: callTimeoutMs }),
      );
    },
  };
}

function addressRefused({ operatorMessage }: SyncError): SyncError {
  return new SyncError('invalid_input', {
    code: 'notification_address_refused',
    message:
      'Google does not accept the PUBLIC_URL of this installation, so it sends no change notifications. The operator must verify its domain with Google.',
    operatorMessage,
  });
}
