/**
 * How words are stored in the full-text index. Each lexeme begins with a tag of its user, so that each user's words
 * have lists of their own and other users' data does not slow down a search. Rows are also compared with the user id,
 * because two users may share a tag.
 */

import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../access/database.ts';

/** Five hexadecimal digits allow about a million tags. */
const tagLength = 5;

/** @see the migration that computes the same tag in SQL */
export function userTag(userId: string): string {
  return createHash('sha256').update(userId).digest('hex').slice(0, tagLength);
}

/** Quotes a lexeme for a `tsquery`. */
export function quoteLexeme(lexeme: string): string {
  return `'${lexeme.replaceAll(/['\\]/g, '$&$&')}'`;
}

/**
 * Sorts new words into the index. PostgreSQL collects them in a list of up to 4 MB, and each look-up of a search reads all
 * of it, whoever's words they are (docs/decisions/48).
 * @returns the number of pages of the list
 */
export async function sortNewWords(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ pages: number }>`
    select (gin_clean_pending_list('document_chunks_by_word') + gin_clean_pending_list('documents_by_word'))::integer as pages`.execute(
    db,
  );
  return rows[0]?.pages ?? 0;
}
