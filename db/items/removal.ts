/** Deletes items, their documents and chunks and, through `vector_deletions`, their vectors. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import type { PageKey } from './listing.ts';

/**
 * Removes up to `limit` items of this page that are to be deleted, and the documents of those that are now skipped.
 * @returns the number handled; 0 when none are left
 */
export async function removeItems(trx: UserTransaction, key: PageKey, limit: number): Promise<number> {
  const { rows } = await sql<{ externalId: string; documentId: string | null; action: string }>`
    select external_id, document_id, action from job_items
    where job_id = ${key.jobId} and page = ${key.page} and state = 'planned' and action in ('delete', 'skip')
    order by external_id limit ${limit} for update`.execute(trx);
  if (rows.length === 0) return 0;
  const ids = rows.map((row) => row.externalId);
  const deleted = rows.filter((row) => row.action === 'delete').map((row) => row.externalId);
  // The job's rows are locked first, so that a later page which shows one of these items takes it over either before or
  // after this. Then the item rows are locked in order, so that a page which is about to store one of them waits and
  // then sees that it was deleted.
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
    .where('externalId', '=', sql<string>`any(${deleted}::text[])`)
    .execute();
  await sql`
    update job_items set state = 'done', outcome = case action when 'delete' then 'removed' else 'skipped' end,
      updated_at = now()
    where job_id = ${key.jobId} and page = ${key.page} and external_id = any(${ids}::text[])`.execute(trx);
  return rows.length;
}

/** Deletes documents with their chunks, and archives with their files. Texts whose vectors may now be unused are queued for the vector index. */
export async function deleteDocuments(
  trx: UserTransaction,
  key: { readonly userId: string },
  documentIds: readonly string[],
): Promise<void> {
  if (documentIds.length === 0) return;
  await sql`
    with gone as materialized (
      select id from documents where id = any(${documentIds}::uuid[])
      union select id from documents where archive_id = any(${documentIds}::uuid[])
    )
    insert into vector_deletions (user_id, text_hash)
    select distinct ${key.userId}, c.text_hash from gone cross join lateral (
      select text_hash from document_chunks where document_id = gone.id offset 0) c
    order by 2
    on conflict (user_id, text_hash) do update set created_at = clock_timestamp()`.execute(trx);
  await sql`delete from documents where id = any(${documentIds}::uuid[])`.execute(trx);
}
