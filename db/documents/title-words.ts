import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import { toVector } from '../../domain/search.ts';
import { userTag } from './word-index.ts';

/** Produces the words of a text with marks and positions, like `content/words`. */
export type WordsOf = (text: string) => string;

/** Indexes these documents by their current titles. */
export async function writeTitleWords(
  trx: UserTransaction,
  userId: string,
  documents: readonly { readonly id: string; readonly title: string }[],
  wordsOf: WordsOf,
): Promise<void> {
  if (documents.length === 0) return;
  const tag = userTag(userId);
  const ids = documents.map(({ id }) => id);
  await sql`
    update documents d set search = x.words::tsvector
    from unnest(${ids}::uuid[],
      ${documents.map(({ title }) => toVector(tag, wordsOf(title)))}::text[]) as x(id, words)
    where d.id = x.id and d.id = any(${ids}::uuid[])`.execute(trx);
}
