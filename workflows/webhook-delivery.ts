import { setWorkflowOptions } from '@temporalio/workflow';
import type { WebhookDeliveryInput, DeliveryOutcome } from '../domain/contract.ts';
import { delivery } from './activity-options.ts';
import { upgradedImmediately } from './next-run.ts';

/** Sends one event to one endpoint until it is delivered or given up. The activity decides when to try again. */
export async function webhookDelivery(input: WebhookDeliveryInput): Promise<DeliveryOutcome> {
  return await delivery.deliverWebhook(input);
}

setWorkflowOptions(upgradedImmediately, webhookDelivery);
