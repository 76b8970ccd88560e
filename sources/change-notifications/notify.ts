/** Telling the workflows that gather hints and keep subscriptions. What Temporal cannot be told now, a later start tells it. */

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

/** A vendor has hinted at a change: the hints of one source are gathered, then become one job. */
export async function passOnNotification(
  { temporal, taskQueue }: NotifyDependencies,
  input: NotifiedSyncInput,
): Promise<void> {
  await temporal.workflow.signalWithStart(workflowTypes.notifiedSync, {
    taskQueue,
    workflowId: workflowIds.changeNotifications(input.dataSourceId),
    args: [input],
    signal: changeNotificationSignal,
    staticSummary: 'Gathers hints of a vendor',
    priority: fairnessOf(input.userId),
  });
}

/** A source's wish for hints, its sign-in or its subscription may have changed: look again, and again when it runs out. */
export async function checkSubscription(
  { temporal, taskQueue }: NotifyDependencies,
  { userId, dataSourceId }: SourceRef,
): Promise<void> {
  await temporal.workflow.signalWithStart(workflowTypes.subscription, {
    taskQueue,
    workflowId: workflowIds.subscription(dataSourceId),
    args: [{ userId, dataSourceId }],
    signal: lookAgainSignal,
    staticSummary: 'Keeps a subscription at a vendor',
    priority: fairnessOf(userId),
  });
}

/** At start-up: a Temporal that was lost has forgotten who keeps the subscriptions. */
export async function checkAllSubscriptions(
  deps: NotifyDependencies & { readonly db: Kysely<Database> },
): Promise<void> {
  for (const source of await sourcesWithChangeNotifications(deps.db)) await checkSubscription(deps, source);
}
