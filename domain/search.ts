/** Types for search queries. Imports nothing. */

/** A word as the full-text index stores it. */
export interface Lexeme {
  readonly lexeme: string;
  /** Position of the word in the text, counted from 1; stop words count. */
  readonly position: number;
  /** Whether it is one word of several before it, at the position of the last: `wifi` after `wi` and `fi`. */
  readonly isJoined?: true;
}

/** One term of a search query. */
export interface SearchTerm {
  /** The term without case and accents. */
  readonly term: string;
  /** At least one, without stop words. Several lexemes must occur in the text at the same distances. */
  readonly lexemes: readonly Lexeme[];
  /** Other spellings of a single word, as lexemes: `muller` of `Mueller`. */
  readonly respelled: readonly string[];
}

/**
 * How relevant a word is to a chunk: it occurs, it occurs more than in most chunks, or much more. The index can look up
 * each level.
 */
export const wordMarks = { any: '.', strong: '+', strongest: '#' } as const;
export type WordMark = (typeof wordMarks)[keyof typeof wordMarks];

/**
 * Builds the text of a `tsvector`.
 * @param tag the tag of its user, which each lexeme begins with
 * @param words lexemes without quotes, each after its mark, separated by single spaces
 */
export function toVector(tag: string, words: string): string {
  return words === '' ? '' : `${tag}${words.replaceAll(' ', ` ${tag}`)}`;
}
