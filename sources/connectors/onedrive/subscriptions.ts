import { z } from 'zod';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { ConnectorContext } from '../connector.ts';
import { limitAnswer } from '../bounded-body.ts';
import { type SubscriptionClient, renewalOf, type Subscribed } from '../subscriptions.ts';
import { createGraphCall, type GraphCall } from './client.ts';
import { type CallSubject, oddAnswer } from './errors.ts';

/** Graph allows 42,300 minutes for a drive's subscription; a little less is requested. */
const lifetimeMs = 42_000 * 60_000;

const subscription = z.looseObject({ id: z.string(), expirationDateTime: z.iso.datetime({ offset: true }) });

const subscriptions: CallSubject = { about: 'item', scope: 'item', call: 'subscriptions' };

/** Subscribes to the root of the account's drive; personal and business drives support only `updated`. */
export function createOneDriveSubscriptions(
  context: Pick<ConnectorContext, 'tokens' | 'throttle'>,
  apiBaseUrl: string | undefined,
): SubscriptionClient {
  const call = createGraphCall(context, apiBaseUrl);
  return {
    subscribe: async ({ address, secret, renewing }, signal) =>
      (renewing === null ? null : await renew(call, renewing.externalId, signal)) ??
      (await create(call, address, secret, signal)),
    unsubscribe: async ({ externalId }, signal) => {
      await call(
        subscriptions,
        signal,
        (graph) => graph.api(pathOf(externalId)),
        (request) => request.delete(),
      );
    },
  };
}

async function create(call: GraphCall, address: string, secret: string, signal: AbortSignal): Promise<Subscribed> {
  const body = {
    changeType: 'updated',
    notificationUrl: address,
    lifecycleNotificationUrl: address,
    resource: 'me/drive/root',
    expirationDateTime: new Date(Date.now() + lifetimeMs).toISOString(),
    clientState: secret,
  };
  try {
    const response = await call(
      subscriptions,
      signal,
      (graph) => graph.api('/subscriptions'),
      (request) => request.post(body),
    );
    return await read(response, true);
  } catch (error) {
    throw isSyncError(error) ? asRefusal(error) : error;
  }
}

/** @returns null if Graph no longer has it */
async function renew(call: GraphCall, id: string, signal: AbortSignal): Promise<Subscribed | null> {
  const body = { expirationDateTime: new Date(Date.now() + lifetimeMs).toISOString() };
  try {
    const response = await call(
      subscriptions,
      signal,
      (graph) => graph.api(pathOf(id)),
      (request) => request.patch(body),
    );
    return await read(response, false);
  } catch (error) {
    if (isSyncError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

async function read(response: Response, usesSecret: boolean): Promise<Subscribed> {
  const answer = subscription.safeParse(
    await limitAnswer(response, { vendor: 'Microsoft', call: subscriptions.call })
      .json()
      .catch(() => null),
  );
  if (!answer.success) throw oddAnswer(subscriptions.call, `status ${response.status}`);
  const { id, expirationDateTime } = answer.data;
  return { externalId: id, resourceId: null, usesSecret, renewAt: renewalOf(Date.parse(expirationDateTime)) };
}

function pathOf(id: string): string {
  return `/subscriptions/${encodeURIComponent(id)}`;
}

/** A refusal here concerns permissions, or the address that Graph validates before it answers. */
function asRefusal(error: SyncError): SyncError {
  if (error.kind === 'forbidden') return mayNotSubscribe();
  if (error.kind !== 'invalid_input') return error;
  return new SyncError('invalid_input', {
    code: 'notification_address_refused',
    message:
      'Microsoft could not reach this installation at its PUBLIC_URL, so it sends no change notifications. The operator must make that address reachable.',
    operatorMessage: error.operatorMessage,
  });
}

/** Microsoft allows subscriptions on drives only with write permission, which Headwater does not request. */
function mayNotSubscribe(): SyncError {
  return new SyncError('insufficient_scope', {
    code: 'change_notifications_need_write',
    message:
      'Microsoft sends change notifications for a OneDrive only to a sign-in with write permission (Files.ReadWrite, for business Files.ReadWrite.All). Headwater requests only read permission, so this source is synced on its schedule.',
  });
}
