/** P8: what all workers together may ask of one account at a vendor. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';

/** Until when a vendor has asked for patience, in milliseconds since 1970; null where it has not. */
export async function findBlockedUntil(trx: UserTransaction, account: string): Promise<number | null> {
  const row = await trx
    .selectFrom('accountLimits')
    .select('blockedUntil')
    .where('account', '=', account)
    .executeTakeFirst();
  return row?.blockedUntil.getTime() ?? null;
}

/** Refusals so close to each other are one: many calls are under way when a limit is hit. */
const sameRefusal = sql`interval '2 seconds'`;
/** What a refusal leaves of the pace, and below which share it never falls. */
const refusalKeeps = 0.5;
const leastFactor = 0.02;
/** How fast the pace comes back: by this factor each minute without a refusal. */
const recoveryPerMinute = 1.5;

const currentFactor = sql`least(1, l.factor * power(${sql.lit(recoveryPerMinute)},
  least(60, extract(epoch from now() - l.factor_at) / 60)))`;

/**
 * The vendor has refused a call. A later time never becomes an earlier one: of several refusals the longest counts.
 * `slowDown`: it was for our pace, which is halved.
 */
export async function blockAccount(
  trx: UserTransaction,
  userId: string,
  account: string,
  refusal: { readonly until: Date; readonly slowDown: boolean },
): Promise<void> {
  const counts = sql`${refusal.slowDown} and l.factor_at < now() - ${sameRefusal}`;
  await sql`
    insert into account_limits as l (user_id, account, blocked_until, factor, factor_at)
    values (${userId}, ${account}, ${refusal.until}, ${refusal.slowDown ? refusalKeeps : 1}, now())
    on conflict (user_id, account) do update set
      blocked_until = greatest(l.blocked_until, excluded.blocked_until),
      factor = case when ${counts}
        then greatest(${sql.lit(leastFactor)}, ${currentFactor} * ${sql.lit(refusalKeeps)}) else l.factor end,
      factor_at = case when ${counts} then now() else l.factor_at end`.execute(trx);
}

export interface Reservation {
  /** False: nothing was reserved, ask again after `waitMs`. */
  readonly taken: boolean;
  /** Until the first unit may be spent, in milliseconds; negative for what was saved up. */
  readonly waitMs: number;
  /** Between one unit and the next, in milliseconds. */
  readonly msPerUnit: number;
}

/**
 * Reserves units of an account, one after the other at its pace (the ceiling times what refusals have left of it). All
 * workers reserve in this row, so that together they keep the pace. What lies more than `withinMs` ahead is not taken.
 */
export async function reserveUnits(
  trx: UserTransaction,
  userId: string,
  account: string,
  request: {
    readonly units: number;
    readonly perSecond: number;
    /** How much of the past may be made up for. */
    readonly burstMs: number;
    readonly withinMs: number;
  },
): Promise<Reservation> {
  await sql`
    insert into account_limits (user_id, account, next_at, factor_at)
    values (${userId}, ${account}, now() - interval '1 hour', now() - interval '1 hour')
    on conflict do nothing`.execute(trx);
  const { rows } = await sql<Reservation>`
    with bucket as (
      select greatest(l.next_at, clock_timestamp() - make_interval(secs => ${request.burstMs} / 1000.0)) as start, ${request.perSecond} * ${currentFactor} as per_second
      from account_limits l where l.account = ${account} for update
    ), taken as (
      update account_limits l set next_at = b.start + make_interval(secs => ${request.units} / b.per_second)
      from bucket b
      where l.account = ${account} and b.start < clock_timestamp() + make_interval(secs => ${request.withinMs} / 1000.0)
      returning l.account
    )
    select exists (select from taken) as taken, (1000 / b.per_second)::float8 as ms_per_unit,
      (extract(epoch from b.start - clock_timestamp()) * 1000)::float8 as wait_ms
    from bucket b`.execute(trx);
  return rows[0] ?? { taken: false, waitMs: 1000, msPerUnit: 1000 / request.perSecond };
}
