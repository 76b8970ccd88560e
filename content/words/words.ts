/**
 * Decides which words count as the same, for the index and the question alike. It runs in the process that reads a
 * document, because the same rules as regular expressions in SQL cost PostgreSQL 2 ms per chunk.
 */

import snowball from 'snowball-stemmers';
import { type Lexeme, wordMarks } from '../../domain/search.ts';

/**
 * Letters that Unicode's decomposition leaves unchanged but that people write in another way. Those of Arabic script are
 * the forms that keyboards for Arabic and for Persian have of one letter, and endings that are often written alike.
 */
const letters: Readonly<Record<string, string>> = {
  ς: 'σ',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ı: 'i',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ٱ: 'ا',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
};
/** Zeros of Arabic, Persian and Hindi, which the digits to nine follow. */
const zeros = [0x0660, 0x06f0, 0x0966] as const;
const digits = zeros.flatMap((zero) =>
  Array.from({ length: 10 }, (_, i) => [String.fromCharCode(zero + i), String(i)] as const),
);
const respelled: Readonly<Record<string, string>> = { ...letters, ...Object.fromEntries(digits) };
const eachRespelled = new RegExp(`[${Object.keys(respelled).join('')}]`, 'gu');
/** Accents; the points of Hebrew and the vowel signs of Arabic, which few people write, and the line that lengthens a word. */
const marks = /[\u0300-\u036f]+|\u0640|(?=\p{Mn})[\u0590-\u06ff]/gu;
/** Scripts written without spaces between words: Thai, kana, Han, Hangul. */
const unspaced = '\\u0e00-\\u0e7f\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\u{20000}-\\u{3ffff}';
/** Each run of letters of such a script, and what stands between them. */
export const runsOfScript = new RegExp(`[${unspaced}]+|[^${unspaced}]+`, 'gu');
export const beginsUnspaced = new RegExp(`^[${unspaced}]`, 'u');
const anyUnspaced = new RegExp(`[${unspaced}]`, 'u');
const eachUnspaced = new RegExp(`[${unspaced}]`, 'gu');
const words = /[\p{L}\p{N}\p{M}]+/gu;
/** Turns `3,498.60` into `3498 60`. */
const thousands = /([0-9])[.,'](?=[0-9]{3}(?![0-9]))/gu;

/** In UTF-16 code units; PostgreSQL accepts no lexeme of 2,047 bytes or more. */
const maxWordLength = 200;
/** PostgreSQL stores positions of a word up to this one, and only a limited number of them. */
const maxPosition = 16_383;
const maxPositions = 255;

/**
 * Returns a text without case and accents, full width as plain, identifiers split into parts, and words separated by
 * spaces.
 */
export function searchText(text: string): string {
  return (foldText(text).match(words) ?? []).join(' ').replaceAll(eachUnspaced, ' $& ');
}

function foldText(text: string): string {
  return foldLetters(text).replaceAll(thousands, '$1');
}

function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}

/** Makes equal what people write in different ways: case, accents, and forms of a letter or digit. */
export function foldLetters(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  const plain = text.normalize('NFKD').replaceAll(marks, '').normalize('NFC').toLowerCase();
  return plain.replaceAll(eachRespelled, (letter) => respelled[letter] ?? letter);
}

/** PostgreSQL's stop words for `english_stem`, which are those of the Snowball project. */
const stopWords = new Set(
  `i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its
  itself they them their theirs themselves what which who whom this that these those am is are was were be been being have
  has had having do does did doing a an the and but if or because as until while of at by for with about against between
  into through during before after above below to from up down in out on off over under again further then once here
  there when where why how all any both each few more most other some such no nor not only own same so than too very s t
  can will just don should now`.split(/\s+/u),
);

const stemmer = snowball.newStemmer('english');
/** Words repeat in any language, and looking up a stem is a hundred times as fast as computing it. */
const stems = new Map<string, string>();
const maxStems = 100_000;

/** Words that English may inflect; numbers, identifiers and other scripts are used unchanged. */
const inflected = /^[a-z]{3,40}$/;

/** '' for a stop word. */
function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  if (word.length > maxWordLength) return word.slice(0, maxWordLength).toWellFormed();
  const stem = stopWords.has(word) ? '' : inflected.test(word) ? stemmer.stem(word) : word;
  if (stems.size >= maxStems) stems.clear();
  stems.set(word, stem);
  return stem;
}

/** The words of a text, or of a part of one. */
interface TextWords {
  /** The stems to index or search, without stop words. */
  readonly lexemes: readonly Lexeme[];
  /** The position of the last word, which may be a stop word. */
  readonly length: number;
}

/** Returns the stems to index or search, without stop words: see `readWords`. */
export function lexemesOf(text: string): readonly Lexeme[] {
  return readWords(text).lexemes;
}

/**
 * Finds the words of a text. In a script without spaces each character is a word, and so is every pair of adjacent ones,
 * at the position of the first.
 */
export function readWords(text: string): TextWords {
  const folded = foldText(text);
  const isSpaced = isAscii(folded) || !anyUnspaced.test(folded);
  const lexemes: Lexeme[] = [];
  let position = 0;
  for (const word of folded.match(words) ?? []) {
    for (const run of isSpaced ? [word] : (word.match(runsOfScript) ?? [])) {
      if (!isSpaced && anyUnspaced.test(run)) {
        position = addCharacters(lexemes, run, position);
        continue;
      }
      position++;
      const lexeme = stemOf(run);
      if (lexeme !== '') lexemes.push({ lexeme, position });
    }
  }
  return { lexemes, length: position };
}

/** @returns the position of the last character */
function addCharacters(lexemes: Lexeme[], run: string, before: number): number {
  let position = before;
  let previous = '';
  for (const character of run) {
    if (previous !== '') lexemes.push({ lexeme: previous + character, position });
    lexemes.push({ lexeme: character, position: ++position });
    previous = character;
  }
  return position;
}

/**
 * BM25's weight of a word in a text (k1 1.2, b 0.75): 1 for one occurrence in a text of average length, at most 2.2.
 */
const [strongFrom, strongestFrom] = [1.3, 1.6];
const usualLength = 250;

/**
 * Returns a text as PostgreSQL indexes it: a `tsvector` as text, each lexeme followed by its positions. Lexemes contain
 * only letters and digits, so nothing must be quoted and a single space separates them.
 */
export function wordsOf(text: string): string {
  const placed = new Map<string, PlacedLexeme & { readonly places: number[] }>();
  const lexemes = lexemesOf(text);
  for (const { lexeme, position } of lexemes) {
    const known = placed.get(lexeme);
    if (known === undefined) placed.set(lexeme, { lexeme, places: [position] });
    else known.places.push(position);
  }
  return toIndex([...placed.values()], lexemes.length);
}

interface PlacedLexeme {
  readonly lexeme: string;
  /** All its positions in the text, in order. */
  readonly places: readonly number[];
}

/** See `wordsOf`. @param count number of words in the text, without stop words */
export function toIndex(placed: readonly PlacedLexeme[], count: number): string {
  const shortness = 0.3 + (0.9 * count) / usualLength;
  let vector = '';
  for (const { lexeme, places } of placed) {
    const weight = (2.2 * places.length) / (places.length + shortness);
    vector += ` ${wordMarks.any}${lexeme}:${placesOf(places)}`;
    if (weight >= strongFrom) vector += ` ${wordMarks.strong}${lexeme}`;
    if (weight >= strongestFrom) vector += ` ${wordMarks.strongest}${lexeme}`;
  }
  return vector.slice(1);
}

function placesOf(positions: readonly number[]): string {
  if (positions.length === 1 && (positions[0] ?? 0) <= maxPosition) return String(positions[0]);
  return positions
    .slice(0, maxPositions)
    .map((position) => Math.min(position, maxPosition))
    .join(',');
}
