import { z } from 'zod';
import { isSignedBy } from '../signature.ts';
import { greeting, type NotificationReceiver, headerOf, maxNotifications, parseJson, refused } from './receiver.ts';

const notification = z.looseObject({
  list_folder: z.looseObject({ accounts: z.array(z.string().max(100)).max(maxNotifications) }),
});

/**
 * Verifies the HMAC of the body, keyed with the app secret. It covers no timestamp, so a request can be replayed; a
 * replay costs one sync that finds nothing new.
 */
export function createDropboxReceiver(appSecret: string): NotificationReceiver {
  return (request) => {
    const { challenge } = request.query;
    if (request.body.length === 0 && challenge !== undefined) return greeting(challenge);
    if (!isSignedBy(appSecret, request.body, headerOf(request, 'x-dropbox-signature'))) return refused;
    const read = notification.safeParse(parseJson(request.body));
    if (!read.success) return refused;
    return {
      outcome: 'notifications',
      notifications: read.data.list_folder.accounts.map((externalId) => ({
        externalId,
        secret: null,
        asksFor: 'sync',
      })),
    };
  };
}
