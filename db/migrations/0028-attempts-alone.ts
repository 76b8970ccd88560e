import { type Kysely, sql } from 'kysely';

/** Written before an item is worked on alone and set back after it: what stays tells which item ended a worker. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table job_items add column attempts_alone integer not null default 0`.execute(db);
}
