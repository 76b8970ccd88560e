/**
 * Items whose text has to be recognized. They are deferred when they are found, and put on pages of their own after all
 * other items.
 */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import type { PageKey } from './listing.ts';
import { insertOwnPage } from './own-page.ts';

/** The ledger's pages begin with 1. */
const aside = 0;

/** They wait to be downloaded, again if necessary, because bytes are not stored for that long. */
export async function putAside(trx: UserTransaction, key: PageKey, externalIds: readonly string[]): Promise<void> {
  if (externalIds.length === 0) return;
  await trx
    .updateTable('jobItems')
    .set({ page: aside, batch: null, state: 'planned', contentHash: null, contentMimeType: null, bytes: 0 })
    .where('jobId', '=', key.jobId)
    .where('page', '=', key.page)
    .where('state', 'in', ['planned', 'downloaded'])
    .where('externalId', 'in', externalIds)
    .execute();
}

/** Whether this job has deferred items that are not on a page yet. */
export async function hasScans(trx: UserTransaction, jobId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('jobItems')
    .select('externalId')
    .where('jobId', '=', jobId)
    .where('page', '=', aside)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Puts up to `limit` of them on this page. @returns their number */
export async function recordScansPage(trx: UserTransaction, key: PageKey, limit: number): Promise<number> {
  const { rows } = await sql`
    update job_items set page = ${key.page}, updated_at = now()
    where job_id = ${key.jobId} and external_id in (
      select external_id from job_items where job_id = ${key.jobId} and page = ${aside}
      order by external_id limit ${limit})
    returning external_id`.execute(trx);
  return await insertOwnPage(trx, key, 'scans', rows.length);
}
