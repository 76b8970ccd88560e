/** What a user's own endpoints are told of. Names once released: rename nothing. */

export const webhookEvents = ['job.finished', 'job.failed', 'job.held', 'source.needs_sign_in'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** Sent on request only, to see whether an endpoint answers. */
export const pingEvent = 'webhook.ping';

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];
