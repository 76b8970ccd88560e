/** Starts a workflow for every delivery that is due. Repeating it starts nothing twice. */

import type { Client } from '@temporalio/client';
import type { Kysely } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { listDueDeliveries, usersWithOverdueWebhooks } from '../../db/webhooks/webhook-outbox.ts';
import { type WebhookDeliveryInput, workflowIds, workflowTypes } from '../../domain/contract.ts';
import { fairnessOf } from '../../domain/user-key.ts';

export interface OutboxDependencies {
  readonly db: Kysely<Database>;
  readonly temporal: Client;
  readonly taskQueue: string;
}

/** Number of deliveries to start in one pass; the next pass finds the rest. */
const deliveriesPerSweep = 100;

export async function startDueDeliveries(deps: OutboxDependencies, userId: string): Promise<void> {
  const due = await asUser(deps.db, userId, (trx) => listDueDeliveries(trx, deliveriesPerSweep));
  for (const deliveryId of due) await startDelivery(deps, userId, deliveryId);
}

/** A delivery that is already running continues, or is replaced by a new first attempt (`TERMINATE_EXISTING`). */
export async function startDelivery(
  { temporal, taskQueue }: Omit<OutboxDependencies, 'db'>,
  userId: string,
  deliveryId: string,
  workflowIdConflictPolicy: 'USE_EXISTING' | 'TERMINATE_EXISTING' = 'USE_EXISTING',
): Promise<void> {
  await temporal.workflow.start(workflowTypes.webhookDelivery, {
    taskQueue,
    workflowId: workflowIds.webhookDelivery(deliveryId),
    args: [{ userId, deliveryId } satisfies WebhookDeliveryInput],
    workflowIdConflictPolicy,
    staticSummary: 'Delivers one event to one endpoint',
    priority: fairnessOf(userId),
  });
}

/**
 * Starts deliveries that a killed process recorded but never started, and those that a lost Temporal server has
 * forgotten.
 */
export async function sweepOutbox(deps: OutboxDependencies): Promise<void> {
  for (const userId of await usersWithOverdueWebhooks(deps.db)) await startDueDeliveries(deps, userId);
}
