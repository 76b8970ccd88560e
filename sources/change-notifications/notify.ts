/**
 * Passes change notifications to the workflows that collect them and maintain subscriptions. If Temporal is
 * unreachable, the next start-up catches up.
 */

import type { Client } from '@temporalio/client';
import type { Kysely } from 'kysely';
import type { Database } from '../../db/access/database.ts';
import { sourcesWithChangeNotifications } from '../../db/sources/subscriptions.ts';
import {
  type NotifiedSyncInput,
  changeNotificationSignal,
  lookAgainSignal,
  type SourceRef,
  workflowIds,
  workflowTypes,
} from '../../domain/contract.ts';
import { fairnessOf } from '../../domain/user-key.ts';

export interface NotifyDependencies {
  readonly temporal: Client;
  readonly taskQueue: string;
}

/** A vendor reported a change. The workflow collects the notifications of one source and starts one job for them. */
export async function passOnNotification(
  { temporal, taskQueue }: NotifyDependencies,
  input: NotifiedSyncInput,
): Promise<void> {
  await temporal.workflow.signalWithStart(workflowTypes.notifiedSync, {
    taskQueue,
    workflowId: workflowIds.changeNotifications(input.dataSourceId),
    args: [input],
    signal: changeNotificationSignal,
    staticSummary: 'Collects change notifications of a vendor',
    priority: fairnessOf(input.userId),
  });
}

/**
 * Makes the workflow check a source's subscription because its settings, its sign-in or the subscription itself may
 * have changed. The workflow checks again before the subscription expires.
 */
export async function checkSubscription(
  { temporal, taskQueue }: NotifyDependencies,
  { userId, dataSourceId }: SourceRef,
): Promise<void> {
  await temporal.workflow.signalWithStart(workflowTypes.subscription, {
    taskQueue,
    workflowId: workflowIds.subscription(dataSourceId),
    args: [{ userId, dataSourceId } satisfies SourceRef],
    signal: lookAgainSignal,
    staticSummary: 'Maintains a subscription at a vendor',
    priority: fairnessOf(userId),
  });
}

/**
 * Runs at start-up: a Temporal server that lost its data no longer has the workflows that maintain the subscriptions.
 */
export async function checkAllSubscriptions(
  deps: NotifyDependencies & { readonly db: Kysely<Database> },
): Promise<void> {
  for (const source of await sourcesWithChangeNotifications(deps.db)) await checkSubscription(deps, source);
}
