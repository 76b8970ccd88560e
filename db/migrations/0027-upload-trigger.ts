import { type Kysely, sql } from 'kysely';

/** Jobs that start because files were uploaded or deleted have a trigger of their own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sync_jobs drop constraint sync_jobs_trigger_check`.execute(db);
  await sql`
    alter table sync_jobs add constraint sync_jobs_trigger_check
      check (trigger in ('api', 'schedule', 'cli', 'retry', 'change_notification', 'upload'))`.execute(db);
}
