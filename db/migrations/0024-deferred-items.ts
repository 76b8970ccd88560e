import { type Kysely, sql } from 'kysely';

/** An item for which its vendor has named a time is left alone until then, whatever else the job does. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sync_items add column deferred_until timestamptz`.execute(db);
  await sql`
    alter table job_items drop constraint job_items_action_check,
      add constraint job_items_action_check check (action in
        ('create', 'update', 'touch', 'delete', 'skip', 'retry', 'keep', 'reprocess', 'defer'))`.execute(db);
}
