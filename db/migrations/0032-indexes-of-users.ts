import { type Kysely, sql } from 'kysely';

/**
 * A row of these tables is found by its own key, and the user is named besides. Before the table is in the statistics, an
 * index that begins with the user looked as good as the key, and all of the user's rows were read for each one
 * (docs/decisions/40-plans-for-new-sources.md). PostgreSQL uses an index of some rows only where the statement says that it
 * wants these.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index documents_by_user_and_time`.execute(db);
  await sql`
    create index documents_by_user_and_time on documents (user_id, modified_at) where modified_at is not null`.execute(
    db,
  );
  await sql`drop index document_chunks_by_hash`.execute(db);
  await sql`
    create index document_chunks_by_hash on document_chunks (user_id, text_hash) where text_hash is not null`.execute(
    db,
  );
}
