/**
 * Reads the words of a text and counts its tokens in one pass. A text is cut at its spaces, and what stands between
 * two of them is the same wherever it stands: it is found by its bytes in a table of fixed size, without a string
 * for each. Looking up strings, once for the tokens and once for the stem of each word, was half of what reading a text costs.
 */

import type { Lexeme } from '../../domain/search.ts';
import { readWords, toIndex } from '../words/words.ts';
import { countTokens } from './tokens.ts';

/** A word of a document. Equal words are the same object. */
interface Word {
  /** '' for a stop word. */
  readonly lexeme: string;
  /** How many positions it is after the word before it: 0 for two characters together of a script without spaces. */
  readonly step: number;
  /** Its positions in the chunk that is being indexed. */
  places: number[];
}

/** Several words before it as one: it is at the position of the last. */
interface JoinedWord {
  readonly joined: string;
}

type ReadWord = Word | JoinedWord;

export interface ReadText {
  /** Number of tokens (cl100k_base). */
  readonly tokens: number;
  /** All words with the stop words, in order. */
  readonly words: readonly ReadWord[];
}

/** A segment is what stands between two spaces, with the space before it. Longer ones rarely repeat. */
const maxBytes = 26;
/** A power of two. Thousands of files have 20,000 to 50,000 different segments. */
const slots = 65_536;
/** Number of adjacent slots in which a segment may be: a file whose segments share one slot delays only itself. */
const slotsOfOne = 4;
/** The number of what is known, then the length, the tokens and the bytes of the segment: half a cache line. */
const slotBytes = 32;
const [lengthAt, tokensAt, bytesAt] = [4, 5, 6];
/** Number of words, and of segments that are not one word. */
const maxKnown = 100_000;

const table = new Uint8Array(slots * slotBytes);
/** Each slot says which segment it holds: n for the nth word, -n for the nth of `others`, 0 for none. */
const numbers = new Int32Array(table.buffer);
const numbersPerSlot = slotBytes / numbers.BYTES_PER_ELEMENT;
const stopWord: Word = { lexeme: '', step: 1, places: [] };
const words: Word[] = [stopWord];
const wordNumbers = new Map<string, number>([['', 1]]);
/** Segments that are not one word. */
const others: (readonly ReadWord[])[] = [];
const none: number[] = [];

const space = 0x20;
const hashFactor = 0x01000193;
const punctuation = new Set(Buffer.from(',.;:!?'));
/** White space beyond ASCII: the bytes of each character as one number. */
const wideSpaces = new Set(
  Array.from(
    '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff',
    (character) => Buffer.from(character).reduce((number, byte) => 256 * number + byte, 0),
  ),
);

/**
 * Forgets all words if there are many, or many segments: where several share a slot, each may be learned again and again.
 * Only between documents, because equal words of one must be the same object.
 */
export function forgetWords(): void {
  if (words.length < maxKnown && others.length < maxKnown) return;
  words.length = 1;
  others.length = 0;
  wordNumbers.clear();
  wordNumbers.set('', 1);
  table.fill(0);
}

/**
 * Neither a word nor a token reaches across a space after a visible character: such a space begins a token. Which token
 * other white space belongs to depends on what stands around it.
 */
export function readText(text: string): ReadText {
  const bytes = Buffer.from(text);
  const found: ReadWord[] = [];
  let tokens = 0;
  let from = 0;
  let hash = 0;
  let hashBefore = 0;
  for (let at = 0; at <= bytes.length; at++) {
    if (at === bytes.length || (bytes[at] === space && endsVisibly(bytes, at))) {
      // Punctuation after a word is a token of its own, and no word.
      const isMarked = at > from + 1 && punctuation.has(bytes[at - 1] ?? 0) && isLetter(bytes[at - 2] ?? 0);
      tokens += isMarked
        ? 1 + readSegment(found, bytes, from, at - 1, hashBefore)
        : readSegment(found, bytes, from, at, hash);
      from = at;
      hash = 0;
    }
    hashBefore = hash;
    hash = Math.imul(hash ^ (bytes[at] ?? 0), hashFactor);
  }
  return { tokens, words: found };
}

/** Returns the words as PostgreSQL indexes them: see `wordsOf`. */
export function indexWords(texts: readonly ReadText[]): string {
  const placed: Word[] = [];
  const joined: Lexeme[] = [];
  let position = 0;
  let count = 0;
  for (const { words: read } of texts) {
    for (const readWord of read) {
      if ('joined' in readWord) {
        joined.push({ lexeme: readWord.joined, position });
        continue;
      }
      position += readWord.step;
      if (readWord === stopWord) continue;
      count++;
      if (readWord.places.length > 0) readWord.places.push(position);
      else {
        readWord.places = [position];
        placed.push(readWord);
      }
    }
  }
  try {
    return toIndex(placed, count, joined);
  } finally {
    for (const word of placed) word.places = none;
  }
}

/** Adds the words of a segment. @returns its tokens */
function readSegment(found: ReadWord[], bytes: Buffer, from: number, to: number, hash: number): number {
  if (to - from > maxBytes) return learn(found, bytes, from, to, null);
  const first = (hash ^ (hash >>> 15)) & (slots - 1);
  for (let slot = first; slot < first + slotsOfOne && slot < slots; slot++) {
    const number = numbers[slot * numbersPerSlot] ?? 0;
    if (number === 0) return learn(found, bytes, from, to, slot);
    if (!isIn(slot, bytes, from, to)) continue;
    if (number > 0) found.push(words[number - 1] ?? stopWord);
    else found.push(...(others[-number - 1] ?? []));
    return table[slot * slotBytes + tokensAt] ?? 0;
  }
  return learn(found, bytes, from, to, first);
}

function isIn(slot: number, bytes: Buffer, from: number, to: number): boolean {
  const start = slot * slotBytes;
  if (table[start + lengthAt] !== to - from) return false;
  for (let at = from; at < to; at++) if (table[start + bytesAt + at - from] !== bytes[at]) return false;
  return true;
}

/** @param slot where it is kept; what was there is learned again when it occurs again */
function learn(found: ReadWord[], bytes: Buffer, from: number, to: number, slot: number | null): number {
  const text = bytes.toString('utf8', from, to);
  const own = wordsIn(text);
  const tokens = countTokens(text);
  for (const word of own) found.push(word);
  if (slot === null) return tokens;
  const before = numbers[slot * numbersPerSlot] ?? 0;
  numbers[slot * numbersPerSlot] = numberOf(own, before);
  table[slot * slotBytes + lengthAt] = to - from;
  table[slot * slotBytes + tokensAt] = tokens;
  table.set(bytes.subarray(from, to), slot * slotBytes + bytesAt);
  return tokens;
}

/** @param before the number in the slot, whose place among `others` is used again */
function numberOf(own: readonly ReadWord[], before: number): number {
  const [word] = own;
  if (word !== undefined && !('joined' in word) && own.length === 1) return wordNumbers.get(word.lexeme) ?? 0;
  if (before >= 0) return -others.push(own);
  others[-before - 1] = own;
  return before;
}

function wordsIn(text: string): readonly ReadWord[] {
  const { lexemes, length } = readWords(text);
  const read: ReadWord[] = [];
  let position = 0;
  for (const lexeme of lexemes) {
    const own = lexeme.isJoined ? lexeme.position : lexeme.position - 1;
    for (; position < own; position++) read.push(stopWord);
    if (lexeme.isJoined) read.push({ joined: lexeme.lexeme });
    else read.push(wordOf(lexeme.lexeme, lexeme.position - position));
    position = lexeme.position;
  }
  for (; position < length; position++) read.push(stopWord);
  return read;
}

/** The step depends on the lexeme alone: two characters of a script without spaces are at the place of the first. */
function wordOf(lexeme: string, step: number): Word {
  const known = words[(wordNumbers.get(lexeme) ?? 0) - 1];
  if (known !== undefined) return known;
  const word = { lexeme, step, places: none };
  wordNumbers.set(lexeme, words.push(word));
  return word;
}

function isLetter(byte: number): boolean {
  const small = byte | 0x20;
  return small >= 0x61 && small <= 0x7a;
}

/** Whether the character before this place is neither white space nor a control. */
function endsVisibly(bytes: Buffer, end: number): boolean {
  const last = bytes[end - 1] ?? 0;
  if (last < 0x80) return last > space;
  const two = 256 * (bytes[end - 2] ?? 0) + last;
  return !wideSpaces.has(two) && !wideSpaces.has(65_536 * (bytes[end - 3] ?? 0) + two);
}
