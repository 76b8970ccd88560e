/** Which lists of the word index a question reads: rare words whole, of common ones the chunks that are most about them. */

import { type Lexeme, type SearchTerm, type WordMark, wordMarks } from '../../domain/search.ts';
import { quoteLexeme } from './word-index.ts';

/** A term of a question with what the dictionaries say of it. */
export interface QueryTerm extends SearchTerm {
  /** Stems in other languages: a word that begins with one counts as found. */
  readonly beginnings: readonly string[];
  /** What it counts beside others. */
  readonly weight: number;
}

/** With how many of the user's chunks hold it, about. */
export interface MeasuredTerm extends QueryTerm {
  readonly held: number;
  /** Of them, those that are much about it; 0 for several words. */
  readonly heldStrongly: number;
  /** The logarithm of its rarity. */
  readonly rarity: number;
}

/** One list of the index. */
export interface LookUp {
  readonly query: string;
  /** Of documents' titles instead of chunks' texts. */
  readonly inTitles: boolean;
  readonly most: number;
  /** What a hit adds to a candidate. */
  readonly weight: number;
  /** The term whose chunks it lists, all of them if they are fewer than `most`; null: of several. */
  readonly term: number | null;
}

/** Words whose lists are read: the rarest ones. The others only count in what is found. */
const maxWords = 12;
/** Chunks that hold a word, up to which it is rare. */
const rareUpTo = 2000;
/** From here on a list takes too long to read, though few of its rows are taken. */
const longFrom = 40_000;
/** About so many rows of a list are enough to choose from. */
const enough = 2000;
/** Rows of one list. */
const maxOf = { rare: 3000, some: 800, together: 800, pair: 400, title: 200 } as const;
const maxPairs = 4;
/** A word that stands often in a chunk counts so much more. */
const gain = { strong: 0.4, strongest: 0.25 } as const;
const titleGain = 2;

export function planLookUps(tag: string, terms: readonly MeasuredTerm[]): LookUp[] {
  const words = terms.flatMap((term, place) => (term.lexemes.length === 1 ? [{ ...term, place }] : []));
  const telling = words.filter((word) => word.weight === 1);
  const read = (telling.length > 0 ? telling : words).toSorted((a, b) => a.held - b.held).slice(0, maxWords);
  const common = read.filter((word) => word.held > rareUpTo);
  return [
    ...read.flatMap((word) => listsOf(tag, word)),
    ...togetherOf(tag, common, false, maxOf.together),
    ...pairsOf(terms, common).flatMap((pair) => togetherOf(tag, pair, false, maxOf.pair)),
    ...read.map((word) => ({
      query: queryOf(tag, wordMarks.any, word),
      inTitles: true,
      most: maxOf.title,
      weight: titleGain * word.rarity,
      term: null,
    })),
    ...togetherOf(tag, read, true, maxOf.title),
  ];
}

type Word = MeasuredTerm & { readonly place: number };

function listsOf(tag: string, word: Word): LookUp[] {
  const list = (mark: WordMark, most: number, weight: number, term: number | null): LookUp => ({
    query: queryOf(tag, mark, word),
    inTitles: false,
    most,
    weight: weight * word.rarity,
    term,
  });
  const strong = list(wordMarks.strong, maxOf.some, gain.strong, null);
  const strongest = list(wordMarks.strongest, maxOf.some, gain.strongest, null);
  if (word.held <= rareUpTo) return [list(wordMarks.any, maxOf.rare, 1, word.place), strong, strongest];
  // A long list is not read where a shorter one holds enough of what is better.
  if (word.heldStrongly > longFrom)
    return [list(wordMarks.strongest, maxOf.some, 1 + gain.strong + gain.strongest, null)];
  if (word.heldStrongly > enough) return [list(wordMarks.strong, maxOf.some, 1 + gain.strong, null), strongest];
  return [list(wordMarks.any, maxOf.some, 1, null), strong, strongest];
}

/** Chunks that hold all of these words: what no single common word finds. */
function togetherOf(tag: string, words: readonly Word[], inTitles: boolean, most: number): LookUp[] {
  if (words.length < 2) return [];
  return [
    {
      query: words.map((word) => `(${queryOf(tag, wordMarks.any, word)})`).join(' & '),
      inTitles,
      most,
      weight: words.reduce((sum, word) => sum + word.rarity, 0),
      term: null,
    },
  ];
}

/** Common words that the question has side by side: a chunk may hold them in a row and no other word of it. */
function pairsOf(terms: readonly MeasuredTerm[], common: readonly Word[]): Word[][] {
  return terms
    .filter((term) => term.lexemes.length > 1)
    .flatMap(({ lexemes }) => {
      const words = common.filter((word) => lexemes.some(({ lexeme }) => lexeme === word.lexemes[0]?.lexeme));
      return words.length > 1 && words.length === lexemes.length && words.length < common.length ? [words] : [];
    })
    .slice(0, maxPairs);
}

/** The text of a `tsquery`: a word also by its beginnings, several in a row. */
export function queryOf(tag: string, mark: WordMark, term: QueryTerm): string {
  const quoted = (lexeme: string): string => quoteLexeme(`${tag}${mark}${lexeme}`);
  const [first, ...others] = term.lexemes;
  if (first === undefined) return '';
  if (others.length > 0) return phraseOf(term.lexemes, quoted);
  return [quoted(first.lexeme), ...term.beginnings.map((beginning) => `${quoted(beginning)}:*`)].join(' | ');
}

function phraseOf(lexemes: readonly Lexeme[], quoted: (lexeme: string) => string): string {
  return lexemes.reduce((query, { lexeme, position }, i) => {
    const before = lexemes[i - 1];
    return before === undefined ? quoted(lexeme) : `${query} <${position - before.position}> ${quoted(lexeme)}`;
  }, '');
}
