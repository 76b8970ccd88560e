import { type Kysely, sql } from 'kysely';

/**
 * No index can be used for `@@` behind row-level security, since the operator is not leakproof: these two were never read,
 * and made up two thirds of what writing chunks puts into PostgreSQL's log.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index document_chunks_search`.execute(db);
  await sql`drop index documents_search`.execute(db);
}
