import { type RawBuilder, sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import type { JobPagesTable } from '../tables/sync-jobs.ts';
import type { PageKey } from './listing.ts';

type JobKey = Pick<PageKey, 'jobId' | 'dataSourceId'>;

/**
 * Selects the known items of a source that go on a page of the job's own, and the hash with which they are compared.
 */
export interface OwnPage {
  readonly kind: 'retry' | 'stale';
  /** A condition on `s`, the item. */
  readonly where: RawBuilder<boolean>;
  readonly listedHash: RawBuilder<string>;
  readonly limit: number;
}

/** A condition on `s` (sync_items): it belongs to the source, is one of these, and this job has not listed it itself. */
const isOwn = (key: JobKey, where: RawBuilder<boolean>) => sql`
  s.data_source_id = ${key.dataSourceId} and ${where}
  and not exists (select from job_items j where j.job_id = ${key.jobId} and j.external_id = s.external_id
    offset 0)`;

/** Whether `recordOwnPage` would find any item. */
export async function hasOwnItems(trx: UserTransaction, key: JobKey, where: RawBuilder<boolean>): Promise<boolean> {
  const { rows } = await sql`select from sync_items s where ${isOwn(key, where)} limit 1`.execute(trx);
  return rows.length > 0;
}

/** Puts known items that this job has not listed itself on a page of its own, in order. @returns their number */
export async function recordOwnPage(trx: UserTransaction, key: PageKey, page: OwnPage): Promise<number> {
  const { rows } = await sql`
    insert into job_items (job_id, user_id, data_source_id, page, external_id, deleted, item_type, name,
      parent_external_id, external_path, mime_type, size, external_modified_at, listed_hash, hash_kind, web_url, hints, notes)
    select ${key.jobId}, s.user_id, s.data_source_id, ${key.page}, s.external_id, false, s.item_type, s.name,
      s.parent_external_id, s.external_path, s.mime_type, s.size, s.external_modified_at, ${page.listedHash},
      s.external_hash_kind, s.web_url, s.hints, s.notes
    from sync_items s
    where ${isOwn(key, page.where)}
    order by s.external_id limit ${page.limit}
    returning external_id`.execute(trx);
  return await insertOwnPage(trx, key, page.kind, rows.length);
}

/**
 * Records a page of the job's own whose items are already in the ledger, unless there are none. @returns the number of
 * its items
 */
export async function insertOwnPage(
  trx: UserTransaction,
  key: PageKey,
  kind: JobPagesTable['kind'],
  itemsFound: number,
): Promise<number> {
  if (itemsFound === 0) return 0;
  await trx
    .insertInto('jobPages')
    .values({ jobId: key.jobId, page: key.page, userId: key.userId, kind, itemsFound })
    .execute();
  return itemsFound;
}
