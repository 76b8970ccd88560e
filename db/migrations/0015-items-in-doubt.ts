import { type Kysely, sql } from 'kysely';

/**
 * An item that a full listing missed and that the vendor could not be asked about: which job missed it, how often it
 * was asked for in vain, and when it is asked for again. And for a container, which job was the first to see it as it is:
 * if that job stopped, it is still new to the next one.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table sync_items
      add column missed_by uuid,
      add column missed_times integer not null default 0,
      add column confirm_after timestamptz`.execute(db);
  await sql`alter table source_containers add column changed_by uuid`.execute(db);
  await sql`create index sync_items_in_doubt on sync_items (data_source_id) where missed_by is not null`.execute(db);
}
