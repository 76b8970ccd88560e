import { type Kysely, sql } from 'kysely';

/** What an item's owner should know although it was stored: a list of codes and messages, or null. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table job_items add column notes jsonb`.execute(db);
  await sql`alter table sync_items add column notes jsonb`.execute(db);
}
