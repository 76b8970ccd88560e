import { randomUUID } from 'node:crypto';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { ConnectorContext } from '../connector.ts';
import { type PushClient, renewalOf } from '../push.ts';
import { callTimeoutMs, createDriveCall } from './client.ts';

/** The longest that Drive grants [reference 3.7]. */
const lifetimeMs = 7 * 24 * 3_600_000;

/** A channel on the account's change log. It is never renewed: a new one is made, then the old one is stopped. */
export function createGoogleDrivePush(
  context: Pick<ConnectorContext, 'tokens' | 'pace'>,
  apiBaseUrl: string | undefined,
): PushClient {
  const call = createDriveCall(context, apiBaseUrl);
  return {
    subscribe: async ({ address, secret }, signal) => {
      const options = { signal, timeout: callTimeoutMs };
      const { startPageToken } = await call(
        'account',
        'read',
        signal,
        async (drive) => await drive.changes.getStartPageToken({ supportsAllDrives: true }, options),
      );
      const channel = {
        id: randomUUID(),
        type: 'web_hook',
        address,
        token: secret,
        expiration: String(Date.now() + lifetimeMs),
      };
      const watch = {
        pageToken: startPageToken ?? '',
        includeItemsFromAllDrives: true,
        supportsAllDrives: true,
        requestBody: channel,
      };
      const made = await call(
        'account',
        'read',
        signal,
        async (drive) => await drive.changes.watch(watch, options),
      ).catch((error: unknown) => {
        throw isSyncError(error) && error.kind === 'invalid_input' ? addressRefused(error) : error;
      });
      return {
        externalId: channel.id,
        resourceId: made.resourceId ?? null,
        usesSecret: true,
        renewAt: renewalOf(Number(made.expiration ?? channel.expiration)),
      };
    },
    unsubscribe: async ({ externalId: id, resourceId }, signal) => {
      await call(
        'item',
        'read',
        signal,
        async (drive) =>
          await drive.channels.stop({ requestBody: { id, resourceId } }, { signal, timeout: callTimeoutMs }),
      );
    },
  };
}

function addressRefused({ operatorMessage }: SyncError): SyncError {
  return new SyncError('invalid_input', {
    code: 'push_address_refused',
    message: 'Google does not accept the PUBLIC_URL of this installation for its notifications, so it sends no hints.',
    operatorMessage,
  });
}
