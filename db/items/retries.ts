/** Puts items that failed in earlier jobs on pages of their own, so that the next job retries them automatically. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import type { PageKey } from './listing.ts';
import { isNotDeleted } from './removal-candidates.ts';

/**
 * Puts up to `limit` due items (in a manual job: all failed items) on this page, unless this job has listed them
 * itself. A job that was stopped leaves items `pending`, which count as due.
 * @returns their number
 */
export async function recordRetryPage(trx: UserTransaction, key: PageKey, limit: number): Promise<number> {
  const { rows } = await sql`
    insert into job_items (job_id, user_id, data_source_id, page, external_id, deleted, item_type, name,
      parent_external_id, external_path, mime_type, size, external_modified_at, listed_hash, hash_kind, web_url, hints, notes)
    select ${key.jobId}, s.user_id, s.data_source_id, ${key.page}, s.external_id, false, s.item_type, s.name,
      s.parent_external_id, s.external_path, s.mime_type, s.size, s.external_modified_at, s.listed_hash,
      s.external_hash_kind, s.web_url, s.hints, s.notes
    from sync_items s
    where s.data_source_id = ${key.dataSourceId} and s.sync_status in ('pending', 'failed')
      and ${isNotDeleted(key.jobId)}
      and (s.next_attempt_at is null or s.next_attempt_at <= now()
        or exists (select from sync_jobs where id = ${key.jobId} and mode = 'manual'))
      and not exists (select from job_items j where j.job_id = ${key.jobId} and j.external_id = s.external_id)
    order by s.external_id limit ${limit}
    returning external_id`.execute(trx);
  if (rows.length === 0) return 0;
  await trx
    .insertInto('jobPages')
    .values({ jobId: key.jobId, page: key.page, userId: key.userId, kind: 'retry', itemsFound: rows.length })
    .execute();
  return rows.length;
}
