/** Items whose text went through transformations other than the current ones. */

import { sql } from 'kysely';
import type { SourceType } from '../../domain/source.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { PageKey } from './listing.ts';
import { isNotDeleted } from './removal-candidates.ts';
import { toJson } from '../access/parameters.ts';

/**
 * A condition on `s` (sync_items): the item is stored, or was skipped by a transformation. Items that were skipped for
 * other reasons, failed or were deleted by their owner do not depend on transformations. Two ranges are used because an
 * index cannot answer "not equal".
 */
export const isStale = (hash: ReturnType<typeof sql>) => sql`
  (s.transformations_hash < ${hash} or s.transformations_hash > ${hash})
  and (s.sync_status = 'synced' or (s.sync_status = 'skipped' and starts_with(s.last_error_code, 'transformation_')))`;

/**
 * A condition on `d` (documents): the original text is stored, and today's reader would produce the same. The original
 * of a redacted document is not stored, and a skipped item has none.
 */
export const hasOriginal = (pipelineVersion: string) => sql`
  d.live_generation is not null and d.original <> 'nowhere' and d.pipeline_version = ${pipelineVersion}`;

export interface StaleSource {
  readonly dataSourceId: string;
  readonly name: string;
  readonly sourceType: SourceType;
  readonly items: number;
  /** Number of those that must be fetched again: redacted, skipped, or read by an older reader. */
  readonly fromVendor: number;
}

/** Lists the sources that have stale items. */
export async function countStale(
  trx: UserTransaction,
  hashes: Readonly<Record<string, string>>,
  pipelineVersion: string,
): Promise<StaleSource[]> {
  const hash = sql`(${toJson(hashes)}::jsonb ->> src.source_type)`;
  const { rows } = await sql<StaleSource>`
    select src.id as data_source_id, src.name, src.source_type, count(*)::int as items,
      (count(*) filter (where not coalesce(${hasOriginal(pipelineVersion)}, false)))::int as from_vendor
    from data_sources src
    join sync_items s on s.data_source_id = src.id and ${isStale(hash)}
    left join documents d on d.id = s.local_document_id
    group by src.id order by src.name, src.id`.execute(trx);
  return rows;
}

/**
 * Puts up to `limit` stale items on this page, unless this job has listed them itself. The record of what was synced
 * does not change, so an item that has meanwhile changed at the source is still a change for the next listing.
 * @returns their number
 */
export async function recordStalePage(
  trx: UserTransaction,
  key: PageKey,
  hash: string,
  limit: number,
): Promise<number> {
  const { rows } = await sql`
    insert into job_items (job_id, user_id, data_source_id, page, external_id, deleted, item_type, name,
      parent_external_id, external_path, mime_type, size, external_modified_at, listed_hash, hash_kind, web_url, hints, notes)
    select ${key.jobId}, s.user_id, s.data_source_id, ${key.page}, s.external_id, false, s.item_type, s.name,
      s.parent_external_id, s.external_path, s.mime_type, s.size, s.external_modified_at,
      coalesce(s.external_hash, s.listed_hash), s.external_hash_kind, s.web_url, s.hints, s.notes
    from sync_items s
    where s.data_source_id = ${key.dataSourceId} and ${isStale(sql`${hash}`)}
      and ${isNotDeleted(key.jobId)}
      and not exists (select from job_items j where j.job_id = ${key.jobId} and j.external_id = s.external_id)
    order by s.external_id limit ${limit}
    returning external_id`.execute(trx);
  if (rows.length === 0) return 0;
  await trx
    .insertInto('jobPages')
    .values({ jobId: key.jobId, page: key.page, userId: key.userId, kind: 'stale', itemsFound: rows.length })
    .execute();
  return rows.length;
}
