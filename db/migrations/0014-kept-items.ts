import { type Kysely, sql } from 'kysely';

/** Items of a page that the listing alone showed to be unchanged: counted there and then, without a row in the ledger. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table job_pages add column items_kept integer not null default 0`.execute(db);
}
