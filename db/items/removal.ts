/** Taking things out: items, their documents, chunks and, through `vector_deletions`, their vectors. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import type { PageKey } from './listing.ts';

/**
 * Removes up to `limit` of this page's items that are to go, and the documents of those that are now left out.
 * @returns how many were handled; 0 when nothing is left
 */
export async function removeItems(trx: UserTransaction, key: PageKey, limit: number): Promise<number> {
  const { rows } = await sql<{ externalId: string; documentId: string | null; action: string }>`
    select external_id, document_id, action from job_items
    where job_id = ${key.jobId} and page = ${key.page} and state = 'planned' and action in ('delete', 'skip')
    order by external_id limit ${limit} for update`.execute(trx);
  if (rows.length === 0) return 0;
  const ids = rows.map((row) => row.externalId);
  const gone = rows.filter((row) => row.action === 'delete').map((row) => row.externalId);
  // The rows of the job are locked: a later page that shows one of these items takes it over before this or after. Then the
  // item rows, in order: a page that is about to store one of them waits, then sees it gone.
  await sql`
    select 1 from sync_items where data_source_id = ${key.dataSourceId} and external_id = any(${ids}::text[])
    order by external_id for update`.execute(trx);
  await deleteDocuments(
    trx,
    key,
    rows.flatMap((row) => row.documentId ?? []),
  );
  await trx
    .deleteFrom('syncItems')
    .where('dataSourceId', '=', key.dataSourceId)
    .where('externalId', '=', sql<string>`any(${gone}::text[])`)
    .execute();
  await sql`
    update job_items set state = 'done', fate = case action when 'delete' then 'removed' else 'skipped' end,
      updated_at = now()
    where job_id = ${key.jobId} and page = ${key.page} and external_id = any(${ids}::text[])`.execute(trx);
  return rows.length;
}

/** Documents with their chunks; the texts whose vectors may now be unused are noted for the vector index. */
export async function deleteDocuments(
  trx: UserTransaction,
  key: { readonly userId: string },
  documentIds: readonly string[],
): Promise<void> {
  if (documentIds.length === 0) return;
  await sql`
    insert into vector_deletions (user_id, text_hash)
    select distinct ${key.userId}, text_hash from document_chunks where document_id = any(${documentIds}::uuid[])
    order by 2
    on conflict (user_id, text_hash) do update set created_at = clock_timestamp()`.execute(trx);
  await sql`delete from documents where id = any(${documentIds}::uuid[])`.execute(trx);
}

/**
 * Of `s` (sync_items): not one that this job's complete listing did not show. That is the sweep's, whatever else there may
 * be to do about it; with a row of the job it would be taken for seen.
 */
export const isNotGone = (jobId: string) => sql`(s.last_seen_job_id = ${jobId}
  or not exists (select from sync_jobs where id = ${jobId} and mode = 'full' and listing_complete))`;

export interface SweepCount {
  readonly unseen: number;
  /** Items known before this job began. */
  readonly known: number;
}

/** What a sweep after this job's complete listing would remove. */
export async function countUnseen(trx: UserTransaction, jobId: string, dataSourceId: string): Promise<SweepCount> {
  const { rows } = await sql<SweepCount>`
    select (count(*) filter (where s.last_seen_job_id is distinct from ${jobId}))::int as unseen,
      (count(*) filter (where s.created_at < j.started_at))::int as known
    from sync_items s, sync_jobs j
    where s.data_source_id = ${dataSourceId} and j.id = ${jobId}`.execute(trx);
  return rows[0] ?? { unseen: 0, known: 0 };
}

/** The items that a sweep after this job would remove, by id. */
export async function listUnseen(
  trx: UserTransaction,
  job: { readonly id: string; readonly dataSourceId: string },
  afterExternalId: string,
  limit: number,
) {
  return await trx
    .selectFrom('syncItems')
    .select(['externalId', 'name', 'externalPath as path'])
    .where('dataSourceId', '=', job.dataSourceId)
    .where(sql<boolean>`last_seen_job_id is distinct from ${job.id}`)
    .where('externalId', '>', afterExternalId)
    .orderBy('externalId')
    .limit(limit)
    .execute();
}

/** Puts up to `limit` unseen items on a page of their own, to be removed. @returns how many */
export async function recordSweepPage(trx: UserTransaction, key: PageKey, limit: number): Promise<number> {
  const { rows } = await sql`
    insert into job_items (job_id, user_id, data_source_id, page, external_id, gone, name, item_type, external_path)
    select ${key.jobId}, s.user_id, s.data_source_id, ${key.page}, s.external_id, true, s.name, s.item_type, s.external_path
    from sync_items s
    where s.data_source_id = ${key.dataSourceId} and s.last_seen_job_id is distinct from ${key.jobId}
      and not exists (select from job_items j where j.job_id = ${key.jobId} and j.external_id = s.external_id)
    order by s.external_id limit ${limit}
    returning external_id`.execute(trx);
  if (rows.length === 0) return 0;
  await trx
    .insertInto('jobPages')
    .values({ jobId: key.jobId, page: key.page, userId: key.userId, kind: 'sweep', itemsFound: rows.length })
    .execute();
  return rows.length;
}

/** Containers that a complete listing did not show. */
export async function sweepContainers(trx: UserTransaction, jobId: string, dataSourceId: string): Promise<void> {
  await sql`
    delete from source_containers
    where data_source_id = ${dataSourceId} and last_seen_job_id is distinct from ${jobId}`.execute(trx);
}
