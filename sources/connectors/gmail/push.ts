import type { ConnectorContext } from '../connector.ts';
import type { PushClient } from '../push.ts';
import { callTimeoutMs, createGmailCall } from './client.ts';

/** Google advises to renew each day what would run out after seven [reference 4.6]. */
const renewEveryMs = 24 * 3_600_000;

/** Asks Gmail to tell a Pub/Sub topic of a mailbox. @param topic `projects/…/topics/…` of the operator's project */
export function createGmailPush(
  context: Pick<ConnectorContext, 'tokens' | 'pace' | 'logger'>,
  apiBaseUrl: string | undefined,
  topic: string,
): PushClient {
  const call = createGmailCall(context, apiBaseUrl);
  return {
    subscribe: async (_request, signal) => {
      const options = { signal, timeout: callTimeoutMs };
      const { emailAddress } = await call(
        'account',
        'profile',
        signal,
        async (gmail) => await gmail.users.getProfile({ userId: 'me', fields: 'emailAddress' }, options),
      );
      const { expiration } = await call(
        'account',
        'watch',
        signal,
        async (gmail) => await gmail.users.watch({ userId: 'me', requestBody: { topicName: topic } }, options),
      );
      const endsAt = Number(expiration ?? Number.POSITIVE_INFINITY);
      return {
        externalId: (emailAddress ?? '').toLowerCase(),
        resourceId: null,
        usesSecret: false,
        renewAt: new Date(Math.min(Date.now() + renewEveryMs, Date.now() + (endsAt - Date.now()) * 0.75)),
      };
    },
    unsubscribe: async (_subscription, signal) => {
      await call(
        'account',
        'watch',
        signal,
        async (gmail) => await gmail.users.stop({ userId: 'me' }, { signal, timeout: callTimeoutMs }),
      );
    },
  };
}
