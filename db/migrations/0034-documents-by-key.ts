import { type Kysely, sql } from 'kysely';

/**
 * A document is found by its item. For a user who is not in the statistics yet, while others are, an index that begins
 * with the user looked as good, and all of the user's documents were read for each one: the second user's first sync of
 * 2,000 files took PostgreSQL 10 s where the first one's took 6 s (docs/decisions/40-plans-for-new-sources.md). The index
 * by the time of an update served no statement.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index documents_by_user`.execute(db);
  await sql`drop index documents_by_user_and_id`.execute(db);
  await sql`
    create index documents_by_user_and_id on documents (user_id, id)
      where id >= '00000000-0000-0000-0000-000000000000'`.execute(db);
}
