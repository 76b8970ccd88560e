/**
 * Counts the requests of users and addresses in memory, and tells the other API processes of the busy ones every few
 * seconds. A request never waits for that, and a process without busy users writes nothing.
 */

import { createHash } from 'node:crypto';

/** @returns the sums of all processes, by bucket */
type Share = (minute: Date, counts: ReadonlyMap<string, number>) => Promise<ReadonlyMap<string, number>>;

export interface RequestCounts {
  /** Counts one request. @returns the requests of this minute, and the milliseconds until it ends */
  add(bucket: string, max: number): { readonly current: number; readonly ttl: number };
  /** Exchanges counts with the other processes. */
  exchange(): Promise<void>;
}

const minuteMs = 60_000;
/** Bounds the memory that many addresses at once may take; above it the oldest are forgotten. */
const maxBuckets = 100_000;
/** A bucket is shared once this part of its limit has been used here. */
const busyShare = 0.02;

interface Bucket {
  minute: number;
  own: number;
  /** How many of those the others have received. */
  reported: number;
  /** The count of the other processes at the last exchange. */
  others: number;
  max: number;
}

/** @param now in milliseconds; tests pass their own */
export function createRequestCounts(share: Share, now: () => number = Date.now): RequestCounts {
  const buckets = new Map<string, Bucket>();
  const current = (): number => Math.floor(now() / minuteMs) * minuteMs;

  return {
    add: (bucket, max) => {
      const minute = current();
      const known = buckets.get(bucket);
      const count = known?.minute === minute ? known : { minute, own: 0, reported: 0, others: 0, max };
      count.own++;
      buckets.set(bucket, count);
      if (buckets.size > maxBuckets) buckets.delete(buckets.keys().next().value ?? '');
      return { current: count.own + count.others, ttl: minute + minuteMs - now() };
    },
    exchange: async () => {
      const minute = current();
      const busy = new Map<string, Bucket>();
      for (const [name, count] of buckets) {
        if (count.minute !== minute) buckets.delete(name);
        else if (count.own >= count.max * busyShare) busy.set(hashOf(name), count);
      }
      if (busy.size === 0) return;
      const sent = new Map([...busy].map(([name, { own, reported }]) => [name, own - reported]));
      // Before the answer: what a lost answer has stored is not sent again, or it would count as somebody else's.
      for (const count of busy.values()) count.reported = count.own;
      const totals = await share(new Date(minute), sent);
      for (const [name, count] of busy) count.others = Math.max(0, (totals.get(name) ?? 0) - count.reported);
    },
  };
}

/** Neither users nor addresses are stored. */
function hashOf(bucket: string): string {
  return createHash('sha256').update(bucket).digest('base64url');
}
