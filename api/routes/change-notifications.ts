import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import pLimit from 'p-limit';
import { z } from 'zod';
import { asUser } from '../../db/access/as-user.ts';
import { findNotifiedSources, makeSubscriptionDue } from '../../db/sources/subscriptions.ts';
import { type NotificationVendor, notificationVendors } from '../../domain/change-notifications.ts';
import type {
  ChangeNotification,
  NotificationReceiver,
} from '../../sources/change-notifications/receivers/receiver.ts';
import { createReceivers, type ReceiverSettings } from '../../sources/change-notifications/receivers/registry.ts';
import { createNotionVerification } from '../../sources/change-notifications/notion-verification.ts';
import { isSecret } from '../../sources/change-notifications/signature.ts';
import { passOnNotification, checkSubscription } from '../../sources/change-notifications/notify.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { Problem } from '../problem.ts';

/** Notifications are small; a larger body is not one. */
const bodyLimit = 256 * 1024;
/** Slack and Graph consider an answer that takes more than three seconds as missing. */
const notifyTimeoutMs = 2500;
const notifyConcurrency = 8;

const params = z.strictObject({ vendor: z.enum(notificationVendors) });
const querystring = z.looseObject({
  challenge: z.string().max(1000).optional(),
  validationToken: z.string().max(1000).optional(),
});
const description =
  'Public; verified by the vendor’s own signature or secret. A notification only triggers a sync, within a minute, of the sources that enabled real-time updates. The answer never reveals which sources it concerns.';

/** Receives vendors' change notifications. These routes are public, so no answer reveals what exists. */
export const changeNotificationRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    const receivers = createReceivers(settingsOf(deps));
    // Signatures cover the raw bytes, so nothing is parsed before they are verified. Only these routes use this parser.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body));
    const config = { public: true, anyHost: true };

    app.post('/api/change-notifications/:vendor', {
      config,
      bodyLimit,
      schema: { summary: 'Receive a vendor’s change notification', description, params, querystring },
      handler: (request, reply) =>
        answer(deps, receivers[request.params.vendor], request.params.vendor, request, reply),
    });

    app.get('/api/change-notifications/:vendor', {
      config,
      schema: { summary: 'Confirm the URL to the vendor', params, querystring },
      handler: (request, reply) =>
        answer(deps, receivers[request.params.vendor], request.params.vendor, request, reply),
    });
  };

async function answer(
  deps: ApiDependencies,
  receiver: NotificationReceiver | null,
  vendor: NotificationVendor,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (receiver === null)
    throw new Problem(404, 'change_notifications_not_set_up', 'Notifications of this vendor are not configured here.');
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const query = request.query as z.infer<typeof querystring>;
  const reading = await receiver({ headers: request.headers, query, body });
  if (reading.outcome === 'refused') {
    throw new Problem(401, 'not_verified', 'The notification is not signed by the vendor, or is too old.');
  }
  if (reading.outcome === 'notifications') await passOn(deps, vendor, reading.notifications);
  return await reply.type('text/plain; charset=utf-8').send(reading.outcome === 'greeting' ? reading.text : '');
}

/**
 * Notifies each source once, however often it is named. @throws Problem 503, so that the vendor sends the notification
 * again
 */
async function passOn(
  deps: ApiDependencies,
  vendor: NotificationVendor,
  notifications: readonly ChangeNotification[],
): Promise<void> {
  if (notifications.length === 0) return;
  const byId = new Map(
    notifications.map((notification) => [`${notification.externalId}\n${notification.asksFor}`, notification]),
  );
  const targets = await findNotifiedSources(deps.db, vendor, [
    ...new Set(notifications.map((notification) => notification.externalId)),
  ]);
  const wanted = [...byId.values()].flatMap((notification) =>
    targets
      .filter((target) => target.externalId === notification.externalId && isProven(notification, target.secretHash))
      .map((target) => ({ ...target, asksFor: notification.asksFor })),
  );
  const limit = pLimit(notifyConcurrency);
  try {
    await deps.temporal.withDeadline(Date.now() + notifyTimeoutMs, () =>
      Promise.all(wanted.map((target) => limit(() => startSync(deps, target)))),
    );
  } catch (error) {
    deps.logger.warn({ err: error, vendor }, 'a change notification could not be passed on');
    throw new Problem(
      503,
      'temporal_unavailable',
      'The notification could not be processed. Send it again in a moment.',
    );
  }
}

/** If the request itself was signed, a subscription has no secret of its own. */
function isProven({ secret }: ChangeNotification, secretHash: string | null): boolean {
  return secretHash === null ? secret === null : secret !== null && isSecret(secret, secretHash);
}

async function startSync(
  deps: ApiDependencies,
  { userId, dataSourceId, asksFor }: { userId: string; dataSourceId: string; asksFor: ChangeNotification['asksFor'] },
): Promise<void> {
  if (asksFor === 'renewal') {
    await asUser(deps.db, userId, (trx) => makeSubscriptionDue(trx, dataSourceId));
    await checkSubscription(deps, { userId, dataSourceId });
  }
  const { quietMs, maxMs } = deps.config.changeNotifications;
  // A subscription that has ended may have missed changes.
  await passOnNotification(deps, { userId, dataSourceId, quietMs, maxMs });
}

function settingsOf(deps: ApiDependencies): ReceiverSettings {
  const { changeNotifications, vendors } = deps.config;
  const { audience, serviceAccount, jwksUrl } = changeNotifications.gmail;
  return {
    gmail: serviceAccount === undefined ? null : { audience, serviceAccount, jwksUrl },
    dropboxAppSecret: vendors.dropbox.clientSecret,
    slackSigningSecret: changeNotifications.slackSigningSecret,
    notion: {
      verificationToken: changeNotifications.notionVerificationToken,
      takeToken: (token) => createNotionVerification(deps).take(token),
    },
  };
}
