/** A vendor's Retry-After, obeyed by every worker for that account, and only for that account (P8). */

import type { Kysely } from 'kysely';
import { blockAccount, findBlockedUntil } from '../../db/sources/account-limits.ts';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { SyncError } from '../../domain/errors.ts';
import { joinCalls } from '../../platform/joined-calls.ts';

/** The door to one account at a vendor. */
export interface AccountGate {
  /** @throws SyncError `rate_limited` with the time that is left, while the vendor has asked for patience */
  check(): Promise<void>;
  /** The vendor refused a call: nobody calls before this has passed, and then (`slowDown`) at half the pace. */
  block(retryAfterMs: number, slowDown: boolean): Promise<void>;
}

/** How old an answer of the database may be: four questions a second for an account at the most, not one for each call. */
const maxAgeMs = 250;
/** Not all come back in the same millisecond. */
const spreadMs = 250;

export type AccountGates = (userId: string, account: string) => AccountGate;

/** One process's gates. What one of them learns is in the database, where the others see it. */
export function createAccountGates(db: Kysely<Database>): AccountGates {
  const known = new Map<string, { readonly readAt: number; readonly until: number }>();
  const joined = joinCalls<number>();
  return (userId, account) => {
    const key = JSON.stringify([userId, account]);
    const read = async (): Promise<number> => {
      const cached = known.get(key);
      if (cached !== undefined && (cached.until > Date.now() || Date.now() - cached.readAt < maxAgeMs))
        return cached.until;
      return await joined(key, async () => {
        const until = (await asUser(db, userId, async (trx) => await findBlockedUntil(trx, account))) ?? 0;
        known.set(key, { readAt: Date.now(), until });
        return until;
      });
    };
    return {
      check: async () => {
        const left = (await read()) - Date.now();
        if (left <= 0) return;
        throw new SyncError('rate_limited', {
          scope: 'account',
          message: 'Rate limited by the vendor. All syncs of this account wait and go on by themselves.',
          retryAfterMs: Math.ceil(left + Math.random() * spreadMs),
        });
      },
      block: async (retryAfterMs, slowDown) => {
        const until = Math.max(Date.now() + retryAfterMs, known.get(key)?.until ?? 0);
        known.set(key, { readAt: Date.now(), until });
        await asUser(
          db,
          userId,
          async (trx) => await blockAccount(trx, userId, account, { until: new Date(until), slowDown }),
        );
      },
    };
  };
}
