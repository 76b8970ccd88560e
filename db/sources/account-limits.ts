/** P8: what all workers together may request from one account at a vendor. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';

/** How long the vendor still limits the account, in milliseconds by the database's clock; 0 if it does not. */
export async function findBlockedMs(trx: UserTransaction, account: string): Promise<number> {
  const row = await trx
    .selectFrom('accountLimits')
    .select(sql<number>`extract(epoch from blocked_until - clock_timestamp())::float8 * 1000`.as('leftMs'))
    .where('account', '=', account)
    .executeTakeFirst();
  return Math.max(0, row?.leftMs ?? 0);
}

/** Refusals this close together count as one, because many calls are in flight when a limit is hit. */
const sameRefusal = sql`interval '2 seconds'`;
/** The share of the rate that remains after a refusal, and the minimum share. */
const refusalKeeps = 0.5;
const minFactor = 0.02;
/** The factor by which the rate recovers each minute without a refusal. */
const recoveryPerMinute = 1.5;

const currentFactor = sql`least(1, l.factor * power(${sql.lit(recoveryPerMinute)},
  least(60, extract(epoch from now() - l.factor_at) / 60)))`;

/**
 * Records that the vendor refused a call. A later time is never replaced by an earlier one: of several refusals, the
 * longest wait counts. With `slowDown` the refusal was caused by our rate, which is halved.
 */
export async function blockAccount(
  trx: UserTransaction,
  userId: string,
  account: string,
  refusal: { readonly forMs: number; readonly slowDown: boolean },
): Promise<void> {
  const counts = sql`${refusal.slowDown} and l.factor_at < now() - ${sameRefusal}`;
  await sql`
    insert into account_limits as l (user_id, account, blocked_until, factor, factor_at)
    values (${userId}, ${account}, clock_timestamp() + make_interval(secs => ${refusal.forMs} / 1000.0),
      ${refusal.slowDown ? refusalKeeps : 1}, now())
    on conflict (user_id, account) do update set
      blocked_until = greatest(l.blocked_until, excluded.blocked_until),
      factor = case when ${counts}
        then greatest(${sql.lit(minFactor)}, ${currentFactor} * ${sql.lit(refusalKeeps)}) else l.factor end,
      factor_at = case when ${counts} then now() else l.factor_at end`.execute(trx);
}

export interface Reservation {
  /** If false, nothing was reserved; try again after `waitMs`. */
  readonly taken: boolean;
  /** Time until the first unit may be used, in milliseconds; negative if unused units have accumulated. */
  readonly waitMs: number;
  /** Time between two units, in milliseconds. */
  readonly msPerUnit: number;
}

/**
 * Reserves units of an account in sequence, at its current rate (the rate limit times the factor that refusals have
 * left). All workers reserve in this row, so that together they keep to the rate. Units more than `withinMs` ahead are
 * not reserved.
 */
export async function reserveUnits(
  trx: UserTransaction,
  userId: string,
  account: string,
  request: {
    readonly units: number;
    readonly perSecond: number;
    /** How much unused time may be made up for, in milliseconds. */
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
