/** Limits how fast all workers together call one account at a vendor (P8). */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import pLimit from 'p-limit';
import type { Throttle } from '../connectors/connector.ts';
import { type Reservation, reserveUnits } from '../../db/sources/account-limits.ts';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { findJobSpeed } from '../../db/jobs/job-speed.ts';
import { SyncError } from '../../domain/errors.ts';
import { joinCalls } from '../../platform/joined-calls.ts';

export interface ThrottleOptions {
  readonly userId: string;
  readonly account: string;
  readonly dataSourceId: string;
  /** Units per second; null if the vendor sets no limit. */
  readonly rateLimit: number | null;
}

/**
 * The maximum time an activity sleeps while it occupies its slot. If the wait is longer, the activity is returned to
 * Temporal.
 */
const maxSleepMs = 1500;
/** An idle account may spend at once the units it saved up during this time. */
const burstMs = 5000;
/**
 * Units are reserved for this much time at once, so that a few statements per second suffice instead of one per call.
 */
const sliceMs = 250;
/** Units not spent within this time are dropped, because other workers have used their share since. */
const staleMs = 2000;
/** Spreads the retries of refused activities. */
const spreadMs = 4000;
/** Maximum age of a cached speed setting of a job. */
const speedMaxAgeMs = 1000;
const jobBucket = (dataSourceId: string): string => `job of ${dataSourceId}`;

/** The error code for a refusal by our own rate limiter, not by the vendor. */
export const ownLimitCode = 'own_rate_limit';

/** One process's view of all rate limits. The totals are stored in the database. */
export function createThrottles(db: Kysely<Database>): (options: ThrottleOptions) => Throttle {
  const buckets = new Map<string, Bucket>();
  const speeds = new Map<string, { readonly readAt: number; readonly perSecond: number | null }>();
  const joined = joinCalls<number | null>();

  const speedOf = async ({ userId, dataSourceId }: ThrottleOptions): Promise<number | null> => {
    const known = speeds.get(dataSourceId);
    if (known !== undefined && Date.now() - known.readAt < speedMaxAgeMs) return known.perSecond;
    return await joined(dataSourceId, async () => {
      const perSecond = await asUser(db, userId, (trx) => findJobSpeed(trx, dataSourceId));
      speeds.set(dataSourceId, { readAt: Date.now(), perSecond });
      return perSecond;
    });
  };
  const spend = async (
    options: ThrottleOptions,
    from: { readonly name: string; readonly perSecond: number; readonly burstMs: number },
    units: number,
  ): Promise<number> => {
    const { name, perSecond } = from;
    const key = JSON.stringify([options.userId, name]);
    const bucket = buckets.get(key) ?? new Bucket();
    buckets.set(key, bucket);
    return await bucket.take(units, async (wanted) => {
      const asked = { units: Math.max(wanted, Math.ceil((perSecond * sliceMs) / 1000)), withinMs: maxSleepMs };
      const reservation = await asUser(db, options.userId, (trx) =>
        reserveUnits(trx, options.userId, name, { ...from, ...asked }),
      );
      return { ...reservation, units: asked.units };
    });
  };

  return (options) => async (units, signal) => {
    const own = await speedOf(options);
    const at = Math.max(
      own === null ? 0 : await spend(options, { name: jobBucket(options.dataSourceId), perSecond: own, burstMs: 0 }, 1),
      options.rateLimit === null
        ? 0
        : await spend(options, { name: options.account, perSecond: options.rateLimit, burstMs }, units),
    );
    const left = at - Date.now();
    if (left > 0) await sleep(left, undefined, { signal });
  };
}

type Reserve = (units: number) => Promise<Reservation & { readonly units: number }>;

/** Units that this process has reserved and not yet spent. */
class Bucket {
  #units = 0;
  #nextAt = 0;
  #reservedAt = 0;
  #msPerUnit = 0;
  readonly #oneByOne = pLimit(1);

  /** @returns when they may be spent. @throws SyncError `rate_limited` if that is too far ahead */
  async take(units: number, reserve: Reserve): Promise<number> {
    return await this.#oneByOne(async () => {
      if (this.#units < units || this.#reservedAt < Date.now() - staleMs) await this.#refill(units, reserve);
      const at = this.#nextAt;
      this.#units -= units;
      this.#nextAt += units * this.#msPerUnit;
      return at;
    });
  }

  async #refill(units: number, reserve: Reserve): Promise<void> {
    const got = await reserve(units);
    if (!got.taken) {
      throw new SyncError('rate_limited', {
        scope: 'account',
        code: ownLimitCode,
        message: 'This account has reached its rate limit. The sync continues when its turn comes.',
        retryAfterMs: Math.ceil(Math.max(0, got.waitMs) + Math.random() * spreadMs),
      });
    }
    this.#units = got.units;
    this.#reservedAt = Date.now();
    this.#nextAt = this.#reservedAt + got.waitMs;
    this.#msPerUnit = got.msPerUnit;
  }
}
