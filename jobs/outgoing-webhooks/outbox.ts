/** From rows to workflows: every delivery that is due gets one. Repeating it starts nothing twice. */

import type { Client } from '@temporalio/client';
import type { Kysely } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { listDueDeliveries, usersWithOverdueWebhooks } from '../../db/webhooks/webhook-outbox.ts';
import { workflowIds, workflowTypes } from '../../domain/contract.ts';
import { fairnessOf } from '../../domain/user-key.ts';

export interface OutboxDependencies {
  readonly db: Kysely<Database>;
  readonly temporal: Client;
  readonly taskQueue: string;
}

/** Started at once; the rest is found by the next look. */
const maxAtOnce = 100;

export async function startDueDeliveries(deps: OutboxDependencies, userId: string): Promise<void> {
  const due = await asUser(deps.db, userId, async (trx) => await listDueDeliveries(trx, maxAtOnce));
  for (const deliveryId of due) await startDelivery(deps, userId, deliveryId);
}

/** One that is under way already goes on, or makes way for another first attempt (`TERMINATE_EXISTING`). */
export async function startDelivery(
  { temporal, taskQueue }: Omit<OutboxDependencies, 'db'>,
  userId: string,
  deliveryId: string,
  workflowIdConflictPolicy: 'USE_EXISTING' | 'TERMINATE_EXISTING' = 'USE_EXISTING',
): Promise<void> {
  await temporal.workflow.start(workflowTypes.webhookDelivery, {
    taskQueue,
    workflowId: workflowIds.webhookDelivery(deliveryId),
    args: [{ userId, deliveryId }],
    workflowIdConflictPolicy,
    staticSummary: 'Delivers one event to one endpoint',
    priority: fairnessOf(userId),
  });
}

/** What a process wrote down and, killed, never started; and what a Temporal that was lost has forgotten. */
export async function sweepOutbox(deps: OutboxDependencies): Promise<void> {
  for (const userId of await usersWithOverdueWebhooks(deps.db)) await startDueDeliveries(deps, userId);
}
