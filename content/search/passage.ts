/** Selects the part of a chunk to show: the one with most of the search terms, and their positions in it. */

import {
  anyUnspaced,
  foldLetters,
  hump,
  invisible,
  joinedWords,
  markHumps,
  respellingsOf,
  searchText,
} from '../words/words.ts';

/** Positions in the passage in UTF-16 code units, as in JavaScript; `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Passage {
  readonly snippet: string;
  readonly highlights: readonly Range[];
}

const maxLength = 300;
/** Number of characters shown before the first match, so that it does not start in the middle of a sentence. */
const lead = 60;
const inWord = `[\\p{L}\\p{N}\\p{M}${invisible}]`;
/** A word, with what is written beside it without a space between them: `Wi-Fi`, `1,234`. */
const names = new RegExp(`${inWord}+(?:[^\\s\\p{L}\\p{N}\\p{M}]${inWord}+)*|\\p{Extended_Pictographic}`, 'gu');
const tokens = new RegExp(`${inWord}+|\\p{Extended_Pictographic}`, 'gu');
const maxName = 60;
/**
 * Two words that share at least this many leading letters are treated as forms of one. A stemmer decides which texts
 * are found; this decides only what is marked.
 */
const commonBeginning = 4;

/**
 * Prepares the selection for the texts of one answer: they share many words, each of which is compared once.
 * @param terms the question's terms from `toTerms`, without stop words
 */
export function passageFinder(terms: readonly string[]): (text: string) => Passage {
  const words = terms
    .filter((term) => !/\s/u.test(term))
    .flatMap((term) => [foldLetters(term), ...respellingsOf(term)]);
  const compared = new Map<string, string | null>();
  const toMatching = (token: string): string | null => {
    const known = compared.get(token);
    if (known !== undefined) return known;
    const folded = foldLetters(token);
    const matching = words.some((word) => isSameWord(folded, word)) ? folded : null;
    compared.set(token, matching);
    return matching;
  };
  return (text) => toPassage(text, findMatches(text, terms, toMatching));
}

function toPassage(text: string, matches: readonly Match[]): Passage {
  const { start, end } = text.length <= maxLength ? { start: 0, end: text.length } : bestWindow(text, matches);
  const before = start > 0 ? '…' : '';
  const shown = text.slice(start, end);
  const moved = before.length - start;
  return {
    snippet: `${before}${shown}${end < text.length ? '…' : ''}`,
    highlights: matches
      .filter((match) => match.start >= start && match.end <= end)
      .map((match) => ({ start: match.start + moved, end: match.end + moved })),
  };
}

interface Match extends Range {
  /** The matching word without case and accents. */
  readonly folded: string;
}

/** @param toMatching returns a word without case and accents if it is one of the terms, else null */
function findMatches(text: string, terms: readonly string[], toMatching: (token: string) => string | null): Match[] {
  const matches: Match[] = [];
  for (const { 0: name, index } of text.matchAll(names)) {
    const whole = wholeOf(name).find((word) => toMatching(word) === word);
    if (whole === undefined) matches.push(...findInName(name, index, terms, toMatching));
    else matches.push({ start: index, end: index + name.length, folded: whole });
  }
  return matches;
}

/** Returns several words, or groups of digits, as the one that they may be. */
function wholeOf(name: string): readonly string[] {
  const isOne = name.length > maxName || !/[^\p{L}\p{M}]/u.test(name);
  return isOne ? [] : [searchText(name).trim(), ...joinedWords(name)].filter((word) => !/\s/u.test(word));
}

function findInName(
  name: string,
  offset: number,
  terms: readonly string[],
  toMatching: (token: string) => string | null,
): Match[] {
  return [...name.matchAll(tokens)].flatMap(({ 0: token, index }) => {
    const start = offset + index;
    const folded = toMatching(token);
    if (folded !== null) return [{ start, end: start + token.length, folded }];
    if (anyUnspaced.test(token)) return findInside(token, start, terms);
    let at = start;
    const parts = markHumps(token).split(hump);
    return parts.flatMap((part) => {
      const own = { start: at, end: (at += part.length), folded: parts.length > 1 ? toMatching(part) : null };
      return own.folded === null ? [] : [{ ...own, folded: own.folded }];
    });
  });
}

/**
 * For scripts without spaces: a token is a whole sentence and a term two of its characters. Adjacent ranges are joined.
 */
function findInside(token: string, offset: number, terms: readonly string[]): Match[] {
  const found = terms
    .flatMap((term) => placesOf(token, term).map((at) => ({ start: offset + at, end: offset + at + term.length })))
    .toSorted((a, b) => a.start - b.start);
  const merged: Range[] = [];
  for (const range of found) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end)
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    else merged.push(range);
  }
  return merged.map(({ start, end }) => ({ start, end, folded: token.slice(start - offset, end - offset) }));
}

function placesOf(token: string, term: string): number[] {
  const places: number[] = [];
  for (let at = token.indexOf(term); at !== -1; at = token.indexOf(term, at + term.length)) places.push(at);
  return places;
}

function isSameWord(token: string, word: string): boolean {
  if (token === word) return true;
  if (Math.min(token.length, word.length) < commonBeginning) return false;
  if (token.startsWith(word)) return true;
  let common = 0;
  while (common < token.length && token[common] === word[common]) common++;
  return common >= commonBeginning && Math.min(token.length, word.length) - common <= 1;
}

/** Returns the window with the most different matches, or the first of several, cut between words. */
function bestWindow(text: string, matches: readonly Match[]): Range {
  const inside = new Map<string, number>();
  let [best, most, next] = [0, 0, 0];
  for (const [i, { start, folded }] of matches.entries()) {
    for (let match = matches[next]; match && match.end <= start + maxLength - lead; match = matches[++next])
      inside.set(match.folded, (inside.get(match.folded) ?? 0) + 1);
    if (inside.size > most) [best, most] = [start, inside.size];
    // One that is longer than the part was never inside.
    if (i < next) leave(inside, folded);
    else next = i + 1;
  }
  const start = betweenWords(text, Math.max(0, best - lead), best);
  const end = betweenWords(text, Math.min(text.length, start + maxLength), text.length);
  return { start, end: Math.max(start, end) };
}

function leave(inside: Map<string, number>, word: string): void {
  const others = (inside.get(word) ?? 0) - 1;
  if (others > 0) inside.set(word, others);
  else inside.delete(word);
}

/** Returns the next position after white space within a few characters, else this one, never inside a character. */
function betweenWords(text: string, at: number, last: number): number {
  if (at === 0 || at >= text.length) return at;
  const space = text.slice(at, Math.min(last, at + 30)).search(/\s/u);
  if (space !== -1) return at + space + 1;
  const isInside = (text.charCodeAt(at) & 0xfc00) === 0xdc00;
  return isInside ? at + 1 : at;
}
