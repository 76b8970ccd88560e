/** What a worker counts, beside what Temporal's SDK counts of itself; one endpoint shows both (`METRICS_ADDRESS`). */

import type { MetricMeter } from '@temporalio/common';
import { outcomes, type Counts } from '../domain/contract.ts';
import type { SourceType } from '../domain/source.ts';
import type { DeliveryStatus } from '../domain/webhooks.ts';

export interface SyncMetrics {
  /** A page of items has come to its end. */
  itemsEnded(counts: Counts): void;
  /** One request to a vendor. */
  vendorCall(sourceType: SourceType): void;
  /** `vendor`: it refused; `own_pace`: the account's ceiling held a step back. */
  throttled(sourceType: SourceType, by: 'vendor' | 'own_pace'): void;
  tokensEmbedded(model: string, tokens: number): void;
  /** One attempt to reach a user's endpoint; `pending`: it will be tried again. */
  webhookAttempt(outcome: DeliveryStatus): void;
}

/** Counters of the SDK's own exporter: no second endpoint, and OTLP where the SDK is set up for it. */
export function createSyncMetrics(meter: MetricMeter): SyncMetrics {
  const counter = (name: string, description: string) => meter.createCounter(name, '1', description);
  const items = counter('headwater_items_total', 'Items that jobs have brought to an end, by outcome');
  const bytes = counter('headwater_bytes_total', 'Bytes fetched from sources');
  const calls = counter('headwater_vendor_calls_total', 'Requests to vendors');
  const throttles = counter('headwater_vendor_throttles_total', 'Steps held back by a limit, by whom');
  const tokens = counter('headwater_embedding_tokens_total', 'Tokens embedded');
  const attempts = counter('headwater_webhook_attempts_total', 'Attempts to deliver webhooks, by outcome');
  return {
    itemsEnded: (counts) => {
      for (const outcome of outcomes) if (counts[outcome] > 0) items.add(counts[outcome], { outcome });
      if (counts.bytes > 0) bytes.add(counts.bytes);
    },
    vendorCall: (sourceType) => calls.add(1, { source_type: sourceType }),
    throttled: (sourceType, by) => throttles.add(1, { source_type: sourceType, by }),
    tokensEmbedded: (model, count) => tokens.add(count, { model }),
    webhookAttempt: (outcome) => attempts.add(1, { outcome }),
  };
}
