import { type Kysely, sql } from 'kysely';

/** A config may remove items by their age (`retainDays`). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table job_removals drop constraint job_removals_reason_check`.execute(db);
  await sql`
    alter table job_removals add constraint job_removals_reason_check
      check (reason in ('named', 'path', 'inside', 'missed', 'outside', 'aged'))`.execute(db);
}
