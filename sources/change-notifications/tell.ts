/** Telling the workflows that gather hints and keep subscriptions. What Temporal cannot be told now, a later start tells it. */

import type { Client } from '@temporalio/client';
import type { Kysely } from 'kysely';
import type { Database } from '../../db/access/database.ts';
import { sourcesWithPush } from '../../db/sources/push.ts';
import {
  type HintedSyncInput,
  hintSignal,
  lookAgainSignal,
  type PushSubscriptionInput,
  workflowIds,
  workflowTypes,
} from '../../domain/contract.ts';
import { fairnessOf } from '../../domain/user-key.ts';

export interface TellDependencies {
  readonly temporal: Client;
  readonly taskQueue: string;
}

/** A vendor has hinted at a change: the hints of one source are gathered, then become one job. */
export async function tellOfHint({ temporal, taskQueue }: TellDependencies, input: HintedSyncInput): Promise<void> {
  await temporal.workflow.signalWithStart(workflowTypes.hintedSync, {
    taskQueue,
    workflowId: workflowIds.hints(input.dataSourceId),
    args: [input],
    signal: hintSignal,
    staticSummary: 'Gathers hints of a vendor',
    priority: fairnessOf(input.userId),
  });
}

/** A source's wish for hints, its sign-in or its subscription may have changed: look again, and again when it runs out. */
export async function tellOfPush(
  { temporal, taskQueue }: TellDependencies,
  { userId, dataSourceId }: PushSubscriptionInput,
): Promise<void> {
  await temporal.workflow.signalWithStart(workflowTypes.pushSubscription, {
    taskQueue,
    workflowId: workflowIds.push(dataSourceId),
    args: [{ userId, dataSourceId }],
    signal: lookAgainSignal,
    staticSummary: 'Keeps a subscription at a vendor',
    priority: fairnessOf(userId),
  });
}

/** At start-up: a Temporal that was lost has forgotten who keeps the subscriptions. */
export async function tellOfAllPush(deps: TellDependencies & { readonly db: Kysely<Database> }): Promise<void> {
  for (const source of await sourcesWithPush(deps.db)) await tellOfPush(deps, source);
}
