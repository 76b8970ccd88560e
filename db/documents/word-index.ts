/**
 * How words stand in the full-text index. Each lexeme begins with a tag of its user, so that one user's words are lists of
 * their own: what others have costs a search nothing. Rows are compared with the user as well; two users may share a tag.
 */

import { createHash } from 'node:crypto';

/** Five hexadecimal digits: a million tags. */
const tagLength = 5;

/** @see the migration that writes the same in SQL */
export function userTag(userId: string): string {
  return createHash('sha256').update(userId).digest('hex').slice(0, tagLength);
}

/**
 * The text of a `tsvector`.
 * @param words lexemes without quotes, each behind its mark, a single space between two
 */
export function toVector(tag: string, words: string): string {
  return words === '' ? '' : `${tag}${words.replaceAll(' ', ` ${tag}`)}`;
}

/** A lexeme as a `tsquery` asks for it. */
export function quoteLexeme(lexeme: string): string {
  return `'${lexeme.replaceAll(/['\\]/g, '$&$&')}'`;
}
