/** How fast one account at a vendor is asked, by all workers together (P8). */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import pLimit from 'p-limit';
import type { Pace } from '../connectors/connector.ts';
import { type Reservation, reserveUnits } from '../../db/sources/account-limits.ts';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { findJobSpeed } from '../../db/jobs/job-speed.ts';
import { SyncError } from '../../domain/errors.ts';
import { joinCalls } from '../../platform/joined-calls.ts';

export interface PaceOptions {
  readonly userId: string;
  readonly account: string;
  readonly dataSourceId: string;
  /** Units a second; null: the vendor sets no limit. */
  readonly rateLimit: number | null;
}

/** A step may sleep so long in its slot; what has to wait longer is handed back to Temporal. */
const maxSleepMs = 1500;
/** An account that was left alone may be asked at once for what it has saved up in so much time. */
const burstMs = 5000;
/** Units are reserved for so much time at once: a few statements a second, not one for each call. */
const sliceMs = 250;
/** Units that were not spent in this time are given up: others have had their turn since. */
const staleMs = 2000;
/** Refused steps do not all come back at once. */
const spreadMs = 4000;
/** How old the speed that a person has set on a job may be. */
const speedMaxAgeMs = 1000;
const jobBucket = (dataSourceId: string): string => `job of ${dataSourceId}`;

/** The code of a refusal by our own pace: no vendor has complained. */
export const ownPaceCode = 'own_pace';

/** One process's view of all paces. What they add up to is kept in the database. */
export function createPaces(db: Kysely<Database>): (options: PaceOptions) => Pace {
  const buckets = new Map<string, Bucket>();
  const speeds = new Map<string, { readonly readAt: number; readonly perSecond: number | null }>();
  const joined = joinCalls<number | null>();

  const speedOf = async ({ userId, dataSourceId }: PaceOptions): Promise<number | null> => {
    const known = speeds.get(dataSourceId);
    if (known !== undefined && Date.now() - known.readAt < speedMaxAgeMs) return known.perSecond;
    return await joined(dataSourceId, async () => {
      const perSecond = await asUser(db, userId, async (trx) => await findJobSpeed(trx, dataSourceId));
      speeds.set(dataSourceId, { readAt: Date.now(), perSecond });
      return perSecond;
    });
  };
  const spend = async (
    options: PaceOptions,
    from: { readonly name: string; readonly perSecond: number; readonly burstMs: number },
    units: number,
  ): Promise<number> => {
    const { name, perSecond } = from;
    const key = JSON.stringify([options.userId, name]);
    const bucket = buckets.get(key) ?? new Bucket();
    buckets.set(key, bucket);
    return await bucket.take(units, async (wanted) => {
      const asked = { units: Math.max(wanted, Math.ceil((perSecond * sliceMs) / 1000)), withinMs: maxSleepMs };
      const reservation = await asUser(
        db,
        options.userId,
        async (trx) => await reserveUnits(trx, options.userId, name, { ...from, ...asked }),
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

/** Units this process has reserved and not yet spent. */
class Bucket {
  #units = 0;
  #nextAt = 0;
  #reservedAt = 0;
  #msPerUnit = 0;
  readonly #oneByOne = pLimit(1);

  /** @returns when they may be spent. @throws SyncError `rate_limited` when that is too far ahead */
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
        code: ownPaceCode,
        message: 'This account is asked no faster than its limit allows; the step waits for its turn.',
        retryAfterMs: Math.ceil(Math.max(0, got.waitMs) + Math.random() * spreadMs),
      });
    }
    this.#units = got.units;
    this.#reservedAt = Date.now();
    this.#nextAt = this.#reservedAt + got.waitMs;
    this.#msPerUnit = got.msPerUnit;
  }
}
