import { z } from 'zod';
import { greeting, type NotificationReceiver, maxNotifications, parseJson, refused } from './receiver.ts';

const notifications = z.looseObject({
  value: z
    .array(
      z.looseObject({
        subscriptionId: z.string().max(100),
        clientState: z.string().max(255).nullish(),
        lifecycleEvent: z.string().nullish(),
      }),
    )
    .max(maxNotifications),
});

/**
 * Graph signs nothing; each subscription has its own `clientState`. The validation token that Graph sends before it
 * creates a subscription must be echoed. Lifecycle notifications arrive at the same address: `missed` requires a sync,
 * the others require a renewal.
 */
export const oneDriveReceiver: NotificationReceiver = (request) => {
  const { validationToken } = request.query;
  if (validationToken !== undefined) return greeting(validationToken);
  const read = notifications.safeParse(parseJson(request.body));
  if (!read.success) return refused;
  return {
    outcome: 'notifications',
    notifications: read.data.value.map(({ subscriptionId, clientState, lifecycleEvent }) => ({
      externalId: subscriptionId,
      secret: clientState ?? '',
      asksFor: !lifecycleEvent || lifecycleEvent === 'missed' ? 'sync' : 'renewal',
    })),
  };
};
