import { type Kysely, sql } from 'kysely';

/**
 * Values that are named like everything else: the kind of transformation `normalize` (was `normalise`), and the trigger
 * `change_notification` (was `webhook`) of jobs that a vendor's notification started. The owner of a table is subject to
 * its policies, which show no rows outside a user's scope, so they are suspended for these statements.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['etl_transformations', 'sync_jobs'])
    await sql`alter table ${sql.table(table)} no force row level security`.execute(db);
  await sql`
    update etl_transformations set transformation_type = 'normalize' where transformation_type = 'normalise'`.execute(
    db,
  );
  await sql`alter table sync_jobs drop constraint sync_jobs_trigger_check`.execute(db);
  await sql`update sync_jobs set trigger = 'change_notification' where trigger = 'webhook'`.execute(db);
  await sql`
    alter table sync_jobs add constraint sync_jobs_trigger_check
      check (trigger in ('api', 'schedule', 'cli', 'retry', 'change_notification'))`.execute(db);
  for (const table of ['etl_transformations', 'sync_jobs'])
    await sql`alter table ${sql.table(table)} force row level security`.execute(db);
}
