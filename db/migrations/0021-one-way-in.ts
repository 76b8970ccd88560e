import { type Kysely, sql } from 'kysely';

/**
 * Leaves one index for finding an item by its source or job and its external id. A new source or job is not in the
 * statistics, so the planner expects a single row for it, and an index that begins with the same column then looks as
 * good as the unique one: for each of a page's items it read all items of the job (docs/decisions/40-plans-for-new-sources.md). The other indexes
 * therefore begin with another column, or apply to some rows only. Items in a ledger are updated several times, which is
 * cheap while their page has free space.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index job_items_by_page`.execute(db);
  await sql`create index job_items_by_page on job_items (page, job_id, external_id)`.execute(db);
  await sql`alter table job_items set (fillfactor = 60)`.execute(db);
  await sql`drop index sync_items_by_parent`.execute(db);
  await sql`create index sync_items_by_parent on sync_items (parent_external_id, data_source_id)`.execute(db);
  await sql`drop index sync_items_by_transformations`.execute(db);
  await sql`
    create index sync_items_by_transformations on sync_items (data_source_id, transformations_hash)
      where sync_status in ('synced', 'skipped')`.execute(db);
}
