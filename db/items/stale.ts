/** Items whose text went through transformations other than the current ones. */

import { sql } from 'kysely';
import type { SourceType } from '../../domain/source.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { PageKey } from './listing.ts';
import { hasOwnItems, recordOwnPage } from './own-page.ts';
import { isNotDeleted } from './removal-candidates.ts';
import { toJson } from '../access/parameters.ts';

/**
 * A condition on `s` (sync_items): the item is stored, or was skipped by a transformation. Items that were skipped for
 * other reasons, failed or were deleted by their owner do not depend on transformations. Two ranges are used because an
 * index cannot answer "not equal".
 */
export const isStale = (hash: ReturnType<typeof sql>) => sql`
  (s.transformations_hash < ${hash} or s.transformations_hash > ${hash}) and ${dependsOnTransformations}`;

const dependsOnTransformations = sql`
  (s.sync_status = 'synced' or (s.sync_status = 'skipped' and starts_with(s.last_error_code, 'transformation_')))`;

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

/** Lists the sources that have stale items, which are looked up for each source (docs/decisions/40-plans-for-new-sources.md). */
export async function countStale(
  trx: UserTransaction,
  hashes: Readonly<Record<string, string>>,
  pipelineVersion: string,
): Promise<StaleSource[]> {
  const hash = sql`(${toJson(hashes)}::jsonb ->> src.source_type)`;
  const itemsWhere = (isOther: ReturnType<typeof sql>) => sql`
    select s.local_document_id from sync_items s
    where s.data_source_id = src.id and ${isOther} and ${dependsOnTransformations}`;
  const { rows } = await sql<StaleSource>`
    select src.id as data_source_id, src.name, src.source_type, count(*)::int as items,
      (count(*) filter (where not coalesce(d.has_original, false)))::int as from_vendor
    from data_sources src cross join lateral (
      ${itemsWhere(sql`s.transformations_hash < ${hash}`)} union all ${itemsWhere(sql`s.transformations_hash > ${hash}`)}
      offset 0
    ) s left join lateral (
      select ${hasOriginal(pipelineVersion)} as has_original from documents d where d.id = s.local_document_id offset 0
    ) d on true
    group by src.id order by src.name, src.id`.execute(trx);
  return rows;
}

const isStaleHere = (jobId: string, hash: string) => sql<boolean>`${isStale(sql`${hash}`)} and ${isNotDeleted(jobId)}`;

/** Whether there are stale items that this job has not listed itself. */
export async function hasStale(trx: UserTransaction, key: Omit<PageKey, 'page'>, hash: string): Promise<boolean> {
  return await hasOwnItems(trx, key, isStaleHere(key.jobId, hash));
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
  const where = isStaleHere(key.jobId, hash);
  const listedHash = sql<string>`coalesce(s.external_hash, s.listed_hash)`;
  return await recordOwnPage(trx, key, { kind: 'stale', where, listedHash, limit });
}
