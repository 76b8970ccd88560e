import { type Kysely, sql } from 'kysely';

/** A model may take less than a whole chunk: then its beginning is embedded, and the document says so. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table embeddings add column cut_tokens integer`.execute(db);
}
