import { z } from 'zod';
import type { ConnectorContext } from '../connector.ts';
import { callTimeoutMs } from '../google/call.ts';
import { renewalOf, type SubscriptionClient } from '../subscriptions.ts';
import { createGmailCall } from './client.ts';
import { getAddress } from './requests.ts';

/**
 * A subscription expires after seven days, and Google advises to renew it daily:
 * docs/vendors/gmail.md#change-notifications.
 */
const renewEveryMs = 24 * 3_600_000;

const watching = z.object({ expiration: z.coerce.number().positive() });

/**
 * Asks Gmail to publish a mailbox's changes to a Pub/Sub topic. @param topic `projects/…/topics/…` of the operator's
 * project
 */
export function createGmailSubscriptions(
  context: Pick<ConnectorContext, 'tokens' | 'throttle' | 'logger'>,
  apiBaseUrl: string | undefined,
  topic: string,
): SubscriptionClient {
  const call = createGmailCall(context, apiBaseUrl);
  return {
    subscribe: async (_request, signal) => {
      const options = { signal, timeout: callTimeoutMs };
      const address = await getAddress({ call, signal });
      const { expiration } = await call(
        { method: 'users.watch', subject: 'account', cost: 'watch', answer: watching },
        signal,
        (gmail) => gmail.users.watch({ userId: 'me', requestBody: { topicName: topic } }, options),
      );
      return {
        externalId: address.toLowerCase(),
        resourceId: null,
        usesSecret: false,
        renewAt: new Date(Math.min(Date.now() + renewEveryMs, renewalOf(expiration).getTime())),
      };
    },
    unsubscribe: async (_subscription, signal) => {
      await call({ method: 'users.stop', subject: 'account', cost: 'watch', answer: z.unknown() }, signal, (gmail) =>
        gmail.users.stop({ userId: 'me' }, { signal, timeout: callTimeoutMs }),
      );
    },
  };
}
