/** Words of questions. Imports nothing. */

/** A word as the full-text index holds it. */
export interface Lexeme {
  readonly lexeme: string;
  /** Counts the words of the text from 1, stop words included. */
  readonly position: number;
}

/** One thing that a question looks for. */
export interface SearchTerm {
  /** Without case and accents. */
  readonly term: string;
  /** At least one, without stop words; several have to stand in the text at the same distances. */
  readonly lexemes: readonly Lexeme[];
}

/** How much a chunk is about a word: at all, more than most that hold it, or much more. The index finds each by itself. */
export const wordMarks = { any: '.', strong: '+', strongest: '#' } as const;
export type WordMark = (typeof wordMarks)[keyof typeof wordMarks];
