import { type Kysely, sql } from 'kysely';

/**
 * New words are collected in a list of up to 4 MB, instead of 1 MB, before they are sorted into the index: words that
 * occur in more chunks are then added together. Sorting them in is most of what storing a chunk costs
 * (docs/decisions/30).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter index document_chunks_by_word set (gin_pending_list_limit = 4096)`.execute(db);
}
