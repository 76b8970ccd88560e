/** Puts items that failed in earlier jobs on pages of their own, so that the next job retries them automatically. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import type { PageKey } from './listing.ts';
import { recordOwnPage } from './own-page.ts';
import { isNotDeleted } from './removal-candidates.ts';

/**
 * Puts up to `limit` due items (in a manual job: all failed items) on this page, unless this job has listed them
 * itself. A job that was stopped leaves items `pending`, which count as due.
 * @returns their number
 */
export async function recordRetryPage(trx: UserTransaction, key: PageKey, limit: number): Promise<number> {
  const where = sql<boolean>`s.sync_status in ('pending', 'failed') and ${isNotDeleted(key.jobId)}
    and (s.next_attempt_at is null or s.next_attempt_at <= now()
      or exists (select from sync_jobs where id = ${key.jobId} and mode = 'manual'))`;
  return await recordOwnPage(trx, key, { kind: 'retry', where, listedHash: sql`s.listed_hash`, limit });
}
