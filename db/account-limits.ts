import { sql } from 'kysely';
import type { UserTransaction } from './as-user.ts';

/** Until when a vendor has asked for patience, in milliseconds since 1970; null where it has not. */
export async function findBlockedUntil(trx: UserTransaction, account: string): Promise<number | null> {
  const row = await trx
    .selectFrom('accountLimits')
    .select('blockedUntil')
    .where('account', '=', account)
    .executeTakeFirst();
  return row?.blockedUntil.getTime() ?? null;
}

/** A later time never becomes an earlier one: of several refusals the longest counts. */
export async function blockAccount(
  trx: UserTransaction,
  userId: string,
  account: string,
  blockedUntil: Date,
): Promise<void> {
  await trx
    .insertInto('accountLimits')
    .values({ userId, account, blockedUntil })
    .onConflict((c) =>
      c.columns(['userId', 'account']).doUpdateSet({
        blockedUntil: sql<Date>`greatest(account_limits.blocked_until, excluded.blocked_until)`,
      }),
    )
    .execute();
}
