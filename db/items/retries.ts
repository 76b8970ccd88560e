/** Puts items that failed in earlier jobs on pages of their own, so that the next job retries them automatically. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import type { PageKey } from './listing.ts';
import { hasOwnItems, recordOwnPage } from './own-page.ts';
import { isNotDeleted } from './removal-candidates.ts';

/**
 * A condition on `s` (sync_items): the item is due; in a manual job, every failed item is. A job that was stopped leaves
 * items `pending`, which count as due.
 */
const isDue = (jobId: string) => sql<boolean>`s.sync_status in ('pending', 'failed') and ${isNotDeleted(jobId)}
  and (s.next_attempt_at is null or s.next_attempt_at <= now()
    or exists (select from sync_jobs where id = ${jobId} and mode = 'manual'))`;

/** Whether there are due items that this job has not listed itself. */
export async function hasRetries(trx: UserTransaction, key: Omit<PageKey, 'page'>): Promise<boolean> {
  return await hasOwnItems(trx, key, isDue(key.jobId));
}

/** Puts up to `limit` due items on this page, unless this job has listed them itself. @returns their number */
export async function recordRetryPage(trx: UserTransaction, key: PageKey, limit: number): Promise<number> {
  const page = { kind: 'retry', where: isDue(key.jobId), listedHash: sql<string>`s.listed_hash`, limit } as const;
  return await recordOwnPage(trx, key, page);
}
