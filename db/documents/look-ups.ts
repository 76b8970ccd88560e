/**
 * Decides which lists of the word index a query reads: all chunks of rare words, and for common words the chunks in
 * which they matter most.
 */

import { type Lexeme, type SearchTerm, type WordMark, wordMarks } from '../../domain/search.ts';
import { quoteLexeme } from './word-index.ts';

/** A term of a query with what the dictionaries say about it. */
export interface QueryTerm extends SearchTerm {
  /** Stems in other languages. A word that begins with one of them counts as a match. */
  readonly beginnings: readonly string[];
  /** Weight relative to the other terms. */
  readonly weight: number;
}

/** A term with the approximate number of the user's chunks that contain it. */
export interface MeasuredTerm extends QueryTerm {
  readonly held: number;
  /** Number of those chunks in which the term is marked as strong; 0 for several words. */
  readonly heldStrongly: number;
  /** Number of those chunks that contain the term itself, and not only a word with one of its beginnings. */
  readonly heldExactly: number;
  /** The logarithm of its rarity. */
  readonly rarity: number;
}

/** One list of the index. */
export interface LookUp {
  readonly query: string;
  /** Whether it searches document titles instead of chunk texts. */
  readonly inTitles: boolean;
  readonly maxHits: number;
  /** The amount that a match adds to the score of a candidate. */
  readonly weight: number;
  /**
   * The term whose chunks are listed, all of them if there are fewer than `maxHits`. Null if the list combines several
   * terms.
   */
  readonly term: number | null;
}

/** Number of words whose lists are read: the rarest ones. The others only contribute to the ranking. */
const maxWords = 12;
/**
 * The same for common words: chunks with more of them are in these lists, too. To find them together, each is looked up
 * for every row of the shortest list.
 */
const maxCommon = 4;
/** A word in at most this many chunks counts as rare. */
const rareUpTo = 2000;
/** A list longer than this takes too long to read, even if few of its rows are used. */
const longFrom = 40_000;
/** About this many rows of a list are enough to choose from. */
const enough = 200;
/** Limits on the rows of one list, where every row is of use. */
const maxOf = { rare: 3000, some: 800, together: 800, pair: 400, title: 200 } as const;
/** The same for common words, if a filter drops some of the rows afterwards. */
const maxRows = 1600;
/** The lists of more common words than this share the rows of so many, so that many words take no longer. */
const maxCommonInFull = 3;
const maxPairs = 4;
/** Number of rows that may be read to find words together: a million take some 50 ms. */
const maxTogether = 1_000_000;
/** The additional weight of a word that occurs often in a chunk. */
const gain = { strong: 0.4, strongest: 0.25 } as const;
const titleGain = 2;

/** The part of a user's documents that is searched. */
export interface Searched {
  /** Approximate number of the user's chunks. */
  readonly chunks: number;
  /** The part of the rows that a filter leaves, if it is applied to the rows of the lists; else 1. */
  readonly share: number;
  /** Number of rows that a look-up reads at most for each one that it may return. */
  readonly readPerRow: number;
}

export function planLookUps(tag: string, terms: readonly MeasuredTerm[], searched: Searched): LookUp[] {
  const words = terms.flatMap((term, place) =>
    term.lexemes.length === 1 ? [{ ...withoutBeginnings(term), place }] : [],
  );
  const telling = words.filter((word) => word.weight === 1);
  const rarest = (telling.length > 0 ? telling : words).toSorted((a, b) => a.held - b.held).slice(0, maxWords);
  const common = rarest.filter(isCommon).slice(0, maxCommon);
  const read = [...rarest.filter((word) => !isCommon(word)), ...common];
  const part = Math.min(1, maxCommonInFull / common.length);
  const lists = [
    ...read.flatMap((word) => listsOf(tag, word)),
    ...combinationsOf(terms, common, searched, part).flatMap(({ words: some, max }) =>
      togetherOf(tag, some, false, max),
    ),
    ...rarest.map((word) => ({
      query: queryOf(tag, wordMarks.any, word),
      inTitles: true,
      maxHits: maxOf.title,
      weight: titleGain * word.rarity,
      term: null,
    })),
    ...togetherOf(tag, rarest, true, maxOf.title),
  ];
  return lists.map((list) => ({ ...list, maxHits: maxHitsOf(list, part, searched.share) }));
}

function isCommon({ held }: MeasuredTerm): boolean {
  return held > rareUpTo;
}

/** Every row of a rare word is of use. @param part what the list of one of many common words reads of its limit */
function maxHitsOf({ maxHits, inTitles }: Pick<LookUp, 'maxHits' | 'inTitles'>, part: number, share: number): number {
  if (maxHits === maxOf.rare) return maxHits;
  return Math.ceil(Math.min(maxRows, (maxHits * (inTitles ? 1 : part)) / share));
}

/**
 * Leaves out the words that begin like a common one: enough chunks contain the word itself, and looking up all of them
 * takes five times as long. They still count in the ranking.
 */
function withoutBeginnings(term: MeasuredTerm): MeasuredTerm {
  return term.heldExactly > rareUpTo ? { ...term, beginnings: [], held: term.heldExactly } : term;
}

/**
 * All common words that are read, then pairs of neighbors, as long as their lists are short enough. PostgreSQL reads the
 * shortest list and looks up each of its rows in the others. Of a pair that is together in far more chunks than are
 * read, by chance alone, those that are read are arbitrary and would take the places of better candidates.
 */
function combinationsOf(
  terms: readonly MeasuredTerm[],
  common: readonly Word[],
  { chunks, share, readPerRow }: Searched,
  part: number,
): Combination[] {
  const together = { words: common, max: maxOf.together };
  const readOfPair = readPerRow * maxHitsOf({ maxHits: maxOf.pair, inTitles: false }, part, share);
  const pairs = pairsOf(terms, common)
    .filter((pair) => expectedWith(pair, chunks) <= 2 * readOfPair)
    .map((words) => ({ words, max: maxOf.pair }));
  let rows = 0;
  return [together, ...pairs].filter(({ words }) => {
    const added = words.length * Math.min(...words.map((word) => word.held));
    if (rows + added > maxTogether) return false;
    rows += added;
    return true;
  });
}

interface Combination {
  readonly words: readonly Word[];
  readonly max: number;
}

/** The number of chunks that contain all of these words, if none of them makes another one more likely. */
function expectedWith(words: readonly Word[], chunks: number): number {
  return words.reduce((expected, { held }) => (expected * held) / chunks, chunks);
}

type Word = MeasuredTerm & { readonly place: number };

function listsOf(tag: string, word: Word): LookUp[] {
  const list = (mark: WordMark, max: number, weight: number, term: number | null): LookUp => ({
    query: queryOf(tag, mark, word),
    inTitles: false,
    maxHits: max,
    weight: weight * word.rarity,
    term,
  });
  const strong = list(wordMarks.strong, maxOf.some, gain.strong, null);
  const strongest = list(wordMarks.strongest, maxOf.some, gain.strongest, null);
  if (!isCommon(word)) return [list(wordMarks.any, maxOf.rare, 1, word.place), strong, strongest];
  // A long list is not read if a shorter one contains enough of the better matches.
  if (word.heldStrongly > longFrom)
    return [list(wordMarks.strongest, maxOf.some, 1 + gain.strong + gain.strongest, null)];
  if (word.heldStrongly > enough) return [list(wordMarks.strong, maxOf.some, 1 + gain.strong, null), strongest];
  return [list(wordMarks.any, maxOf.some, 1, null), strong, strongest];
}

/** Chunks that contain all of these words, which no list of a single common word would find. */
function togetherOf(tag: string, words: readonly Word[], inTitles: boolean, max: number): LookUp[] {
  if (words.length < 2) return [];
  return [
    {
      query: words.map((word) => `(${queryOf(tag, wordMarks.any, word)})`).join(' & '),
      inTitles,
      maxHits: max,
      weight: words.reduce((sum, word) => sum + word.rarity, 0),
      term: null,
    },
  ];
}

/**
 * Pairs of common words that are adjacent in the query. A chunk may contain them in a row and no other word of the
 * query.
 */
function pairsOf(terms: readonly MeasuredTerm[], common: readonly Word[]): Word[][] {
  return terms
    .filter((term) => term.lexemes.length > 1)
    .flatMap(({ lexemes }) => {
      const words = common.filter((word) => lexemes.some(({ lexeme }) => lexeme === word.lexemes[0]?.lexeme));
      return words.length > 1 && words.length === lexemes.length && words.length < common.length ? [words] : [];
    })
    .slice(0, maxPairs);
}

/** The text of a `tsquery`. A word is also matched by its prefixes, several words in a row. */
export function queryOf(tag: string, mark: WordMark, term: QueryTerm): string {
  const quoted = (lexeme: string): string => quoteLexeme(`${tag}${mark}${lexeme}`);
  const [first, ...others] = term.lexemes;
  if (first === undefined) return '';
  if (others.length > 0) return phraseOf(term.lexemes, quoted);
  // A word that begins with all of it is the word itself, too.
  const exact = term.beginnings.includes(first.lexeme) ? [] : [quoted(first.lexeme)];
  return [
    ...exact,
    ...term.respelled.map((lexeme) => quoted(lexeme)),
    ...term.beginnings.map((beginning) => `${quoted(beginning)}:*`),
  ].join(' | ');
}

function phraseOf(lexemes: readonly Lexeme[], quoted: (lexeme: string) => string): string {
  return lexemes.reduce((query, { lexeme, position }, i) => {
    const before = lexemes[i - 1];
    return before === undefined ? quoted(lexeme) : `${query} <${position - before.position}> ${quoted(lexeme)}`;
  }, '');
}
