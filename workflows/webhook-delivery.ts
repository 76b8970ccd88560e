import type { WebhookDeliveryInput, DeliveryOutcome } from '../domain/contract.ts';
import { delivery } from './activity-options.ts';

/** One event to one endpoint, until it is delivered or given up. When it is tried again, the step says. */
export async function webhookDelivery(input: WebhookDeliveryInput): Promise<DeliveryOutcome> {
  return await delivery.deliverWebhook(input);
}
