import { ApplicationFailure } from '@temporalio/common';
import { disableWhereFailing, findOutgoing, recordAttempt } from '../db/webhooks/webhook-deliveries.ts';
import type { WebhookDeliveryInput, DeliveryOutcome } from '../domain/contract.ts';
import type { DeliveryStatus } from '../domain/webhooks.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { activity } from './support/activity.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
/** The schedule that the Standard Webhooks specification recommends: ten attempts in three days. */
const delaysMs = [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];
/** Consecutive failing hours after which an endpoint is disabled. */
const disableAfterHours = 5 * 24;
const gone = 410;

/**
 * Makes one attempt to deliver. @throws ApplicationFailure with the time of the next attempt; nothing else enters the
 * workflow's history
 */
export const deliverWebhook = (deps: ActivityDependencies) =>
  activity(deps, async ({ deliveryId }: WebhookDeliveryInput, { asUser, signal }): Promise<DeliveryOutcome> => {
    const outgoing = await asUser((trx) => findOutgoing(trx, deliveryId));
    if (outgoing === undefined) return 'dropped';
    const { endpointId, attempts } = outgoing;
    const { status, error, retryAfterMs } = await deps.sendWebhook(outgoing, signal);
    const delay = delayAfter(attempts + 1, retryAfterMs);
    const isDelivered = status !== null && status >= 200 && status < 300;
    const outcome: DeliveryStatus = isDelivered
      ? 'delivered'
      : delay === null || status === gone
        ? 'failed'
        : 'pending';
    const nextAttemptAt = outcome === 'pending' ? new Date(Date.now() + (delay ?? 0)) : null;
    await asUser(async (trx) => {
      await recordAttempt(trx, { deliveryId, endpointId, status, error, nextAttemptAt }, outcome, disableAfterHours);
      if (status === gone)
        await disableWhereFailing(trx, endpointId, 'The endpoint answered 410: it no longer wants these events.', 0);
    });
    deps.metrics.webhookAttempt(outcome);
    if (outcome !== 'pending') return outcome;
    throw ApplicationFailure.create({
      type: 'not_delivered',
      message: `Not delivered (${status ?? error ?? 'no answer'}). It will be retried.`,
      nextRetryDelay: delay ?? 0,
    });
  });

/**
 * Adds jitter, so that deliveries that failed together are not retried together. @returns null after the last attempt
 */
function delayAfter(attempt: number, retryAfterMs: number | null): number | null {
  const usual = delaysMs[attempt - 1];
  if (usual === undefined) return null;
  return Math.round(Math.max(usual * (0.9 + Math.random() / 5), Math.min(retryAfterMs ?? 0, 24 * hour)));
}
