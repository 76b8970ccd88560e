/** Makes every worker obey a vendor's Retry-After for the account concerned, and for no other account (P8). */

import type { Kysely } from 'kysely';
import { blockAccount, findBlockedMs } from '../../db/sources/account-limits.ts';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { SyncError } from '../../domain/errors.ts';
import { joinCalls } from '../../platform/joined-calls.ts';

/** Controls whether calls to one account at a vendor are allowed. */
export interface AccountBlock {
  /** @throws SyncError `rate_limited` with the remaining time while the account is rate limited */
  check(): Promise<void>;
  /**
   * Records that the vendor refused a call: no worker calls until this time has passed, and after that (`slowDown`) at
   * half the rate.
   */
  block(retryAfterMs: number, slowDown: boolean): Promise<void>;
}

/** Maximum age of a cached database answer: at most four queries per second and account, instead of one per call. */
const maxAgeMs = 250;
/** Keeps workers from resuming in the same millisecond. */
const spreadMs = 250;

export type AccountBlocks = (userId: string, account: string) => AccountBlock;

/**
 * The blocks that one process knows. Each is stored in the database, where other processes see it: as long as it lasts, because
 * the clocks of machines differ.
 */
export function createAccountBlocks(db: Kysely<Database>): AccountBlocks {
  const known = new Map<string, { readonly readAt: number; readonly until: number }>();
  const joined = joinCalls<number>();
  return (userId, account) => {
    const key = JSON.stringify([userId, account]);
    const read = async (): Promise<number> => {
      const cached = known.get(key);
      if (cached !== undefined && (cached.until > Date.now() || Date.now() - cached.readAt < maxAgeMs))
        return cached.until;
      return await joined(key, async () => {
        const leftMs = await asUser(db, userId, (trx) => findBlockedMs(trx, account));
        const readAt = Date.now();
        const until = readAt + leftMs;
        known.set(key, { readAt, until });
        return until;
      });
    };
    return {
      check: async () => {
        const left = (await read()) - Date.now();
        if (left <= 0) return;
        throw new SyncError('rate_limited', {
          scope: 'account',
          message: 'Rate limited by the vendor. All syncs of this account wait and resume automatically.',
          retryAfterMs: Math.ceil(left + Math.random() * spreadMs),
        });
      },
      block: async (retryAfterMs, slowDown) => {
        const until = Math.max(Date.now() + retryAfterMs, known.get(key)?.until ?? 0);
        known.set(key, { readAt: Date.now(), until });
        await asUser(db, userId, (trx) => blockAccount(trx, userId, account, { forMs: until - Date.now(), slowDown }));
      },
    };
  };
}
