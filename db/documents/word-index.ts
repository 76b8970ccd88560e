/**
 * How words are stored in the full-text index. Each lexeme begins with a tag of its user, so that each user's words
 * have lists of their own and other users' data does not slow down a search. Rows are also compared with the user id,
 * because two users may share a tag.
 */

import { createHash } from 'node:crypto';

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
