/** A worker's own counters, beside those of Temporal's SDK. One endpoint exposes both (`METRICS_ADDRESS`). */

import type { MetricMeter } from '@temporalio/common';
import { outcomes, type Counts, type TroubleReason } from '../domain/contract.ts';
import type { SourceType } from '../domain/source.ts';
import type { DeliveryStatus } from '../domain/webhooks.ts';

export interface SyncMetrics {
  /** A page of items has ended. */
  itemsEnded(counts: Counts): void;
  /** One request to a vendor. */
  vendorCall(sourceType: SourceType): void;
  /** `vendor` means that the vendor refused a call; `own_rate_limit` means that the account's rate limit delayed one. */
  throttled(sourceType: SourceType, by: 'vendor' | 'own_rate_limit'): void;
  tokensEmbedded(model: string, tokens: number): void;
  /** One attempt of an activity failed, not counting a vendor's request to wait. */
  stepFailed(step: string, reason: TroubleReason): void;
  /** One attempt to deliver to a user's endpoint; `pending` means that it will be retried. */
  webhookAttempt(outcome: DeliveryStatus): void;
}

/**
 * Uses counters of the SDK's own exporter, so that there is no second endpoint, and OTLP works if the SDK is configured
 * for it.
 */
export function createSyncMetrics(meter: MetricMeter): SyncMetrics {
  const counter = (name: string, description: string) => meter.createCounter(name, '1', description);
  const items = counter('headwater_items_total', 'Items that jobs have finished, by outcome');
  const bytes = counter('headwater_bytes_total', 'Bytes fetched from sources');
  const calls = counter('headwater_vendor_calls_total', 'Requests to vendors');
  const throttles = counter('headwater_vendor_throttles_total', 'Steps delayed by a rate limit, by origin');
  const tokens = counter('headwater_embedding_tokens_total', 'Tokens embedded');
  const attempts = counter('headwater_webhook_attempts_total', 'Attempts to deliver webhooks, by outcome');
  const failures = counter('headwater_step_failures_total', 'Attempts of steps that failed, by step and reason');
  return {
    itemsEnded: (counts) => {
      for (const outcome of outcomes) if (counts[outcome] > 0) items.add(counts[outcome], { outcome });
      if (counts.bytes > 0) bytes.add(counts.bytes);
    },
    vendorCall: (sourceType) => calls.add(1, { source_type: sourceType }),
    throttled: (sourceType, by) => throttles.add(1, { source_type: sourceType, by }),
    tokensEmbedded: (model, count) => tokens.add(count, { model }),
    stepFailed: (step, reason) => failures.add(1, { step, reason }),
    webhookAttempt: (outcome) => attempts.add(1, { outcome }),
  };
}
