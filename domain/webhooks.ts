/** Events that are sent to a user's webhook endpoints. Released names are never changed. */

export const webhookEvents = ['job.finished', 'job.failed', 'job.held', 'source.needs_sign_in'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** Sent on request, to check whether an endpoint answers. */
export const pingEvent = 'webhook.ping';

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];
