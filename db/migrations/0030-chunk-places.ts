import { type Kysely, sql } from 'kysely';

/** Where a chunk stands in its document (headings, pages), so that it can be cited. Null in chunks of older versions. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table document_chunks add column place jsonb`.execute(db);
}
