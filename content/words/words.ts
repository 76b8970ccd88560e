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
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  '’': "'",
  '‘': "'",
  ʼ: "'",
  ʻ: "'",
  ٱ: 'ا',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
};
/** Zeros of Arabic, Persian, nine scripts of India, Thai, Lao, Burmese and Khmer, which the digits to nine follow. */
const zeros = [
  0x0660, 0x06f0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0, 0x1040,
  0x17e0,
] as const;
const digits = zeros.flatMap((zero) =>
  Array.from({ length: 10 }, (_, i) => [String.fromCharCode(zero + i), String(i)] as const),
);
const respelled: Readonly<Record<string, string>> = { ...letters, ...Object.fromEntries(digits) };
const eachRespelled = new RegExp(`[${Object.keys(respelled).join('')}]`, 'gu');
/**
 * Accents; the points of Hebrew, the vowel signs of Arabic and the dot of Hindi, which few people write, and the line that
 * lengthens a word.
 */
const marks = /[\u0300-\u036f]+|\u0640|\u093c|(?=\p{Mn})[\u0590-\u06ff]/gu;
/** What people do not see within a word: where it may be broken, how its letters are joined, which form of a letter is shown. */
export const invisible = '\\u00ad\\u200d\\u2060\\ufeff\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}';
const eachInvisible = new RegExp(`[${invisible}]`, 'gu');
/** Hindi writes a nasal before a consonant as a letter or as a dot, or as a dot with a crescent. */
const nasals = /[\u0919\u091e\u0923\u0928\u092e]\u094d(?=[\u0915-\u0939])|\u0901/gu;
/** Scripts written without spaces between words: Thai, Lao, Burmese, Khmer, kana, Han, Hangul. */
const unspaced =
  '\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\u{20000}-\\u{3ffff}';
/** Each run of letters of such a script, and what stands between them. */
export const runsOfScript = new RegExp(`[${unspaced}]+|[^${unspaced}]+`, 'gu');
export const beginsUnspaced = new RegExp(`^[${unspaced}]`, 'u');
export const anyUnspaced = new RegExp(`[${unspaced}]`, 'u');
const eachUnspaced = new RegExp(`[${unspaced}]`, 'gu');
/** What a word consists of; a picture (🌊) is a word of its own. */
export const eachWord = /[\p{L}\p{N}\p{M}]+|\p{Extended_Pictographic}/gu;
/** Turns `3,498.60` into `3498 60`, and joins digits that spaces of a fixed width group. */
const thousands = /(?<=[0-9])[.,'](?=[0-9]{3}(?![0-9]))/gu;
const otherThousands = /(?<=(?<!\p{Nd})\p{Nd}{1,3})[\u00a0\u2009\u202f\u066c’](?=\p{Nd}{3}(?!\p{Nd}))/gu;
/** Signs and numbers of notes that stand at a word and would become letters and digits of it: `Headwater™`, `harbour²`. */
const attached = /[\u00a9\u00ae\u2120\u2122]|(?<=\p{L}{4})[\u00b9\u00b2\u00b3\u2070-\u2079]+(?!\p{L})/gu;
/** Names that are mostly signs. */
const signs = /(?<![\p{L}\p{N}])(?:([a-z])(\+\+|#)|\.net)(?![\p{L}\p{N}+#])/giu;
const maySign = /[+#]|\.net/i;
/** Where the parts of a name meet that is written without spaces: `getUserById`, `HTTPServer`, `Report2019`. */
const humps =
  /(?<=\p{L}\p{Ll})(?=\p{Lu}\p{L})|(?<=\p{Lu}{2})(?=\p{Lu}\p{Ll}{2})|(?<=\p{L}{3})(?=\p{Nd}{2})|(?<=\p{Nd}{2})(?=\p{L}{3})/gu;
const mayHump = /[a-z][A-Z]|[A-Z]{2}[a-z]{2}|[A-Za-z]{3}[0-9]{2}|[0-9]{2}[A-Za-z]{3}/;
/** Longer ones are keys and data. */
const maxNameLength = 40;
const eachName = new RegExp(
  `(?<![\\p{L}\\p{N}\\p{M}])[\\p{L}\\p{N}\\p{M}]{4,${maxNameLength}}(?![\\p{L}\\p{N}\\p{M}])`,
  'gu',
);
/** A control that separates and is not seen. */
export const hump = '\u001f';
/** Hyphens, and what else stands within words that some write as one: `e-mail`, `max_retry`, `R&D`. */
const joints = new Set(['-', '_', '&', '·', '\u2010', '\u2012', '\u2013', '\u200b', '\u200c', hump]);
/** Elisions and contractions are no words that anyone writes as one, but names are (`O'Neill`, `Hawai'i`). */
const elided = new Set(['l', 'd', 'j', 'm', 't', 's', 'c', 'n', 'qu', 'un']);
const contracted = new Set(['s', 't', 'd', 'm', 'll', 're', 've']);
const maxNamePart = 2;
const maxParts = 6;
/** Fewer digits are more often two numbers than one. */
const minDigits = 8;

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
  return (foldText(text).match(eachWord) ?? []).join(' ').replaceAll(eachUnspaced, ' $& ');
}

function foldText(text: string): string {
  const folded = foldLetters(markHumps(spellNames(text)));
  return isAscii(text) ? folded : folded.replaceAll(thousands, '');
}

/** Writes numbers as one word, and names of signs in letters. Everything else stays as it is written. */
export function spellNames(text: string): string {
  const joined = isAscii(text)
    ? text
    : text.replaceAll(otherThousands, '').replaceAll(eachInvisible, '').replaceAll(attached, ' ');
  const counted = /[0-9]/.test(joined) ? joined.replaceAll(thousands, '') : joined;
  if (!maySign.test(counted)) return counted;
  return counted.replaceAll(signs, (_name, letter?: string, sign?: string) =>
    letter === undefined ? 'dotnet' : letter + (sign === '#' ? 'sharp' : 'plusplus'),
  );
}

/** Puts an invisible character between the parts of names. */
export function markHumps(text: string): string {
  if (isAscii(text) && !mayHump.test(text)) return text;
  return text.replaceAll(eachName, (name) => name.replaceAll(humps, hump));
}

function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}

/** Makes equal what people write in different ways: case, accents, and forms of a letter or digit. */
export function foldLetters(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  const plain = text
    .normalize('NFKD')
    .replaceAll(eachInvisible, '')
    .replaceAll(marks, '')
    .normalize('NFC')
    .toLowerCase();
  return plain.replaceAll(nasals, '\u0902').replaceAll(eachRespelled, (letter) => respelled[letter] ?? letter);
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
 * at the position of the first. Parts that some write as one word (`e-mail`) are words, and all of them together are one
 * more, at the position of the last.
 */
export function readWords(text: string): TextWords {
  const folded = foldText(text);
  const isSpaced = isAscii(folded) || !anyUnspaced.test(folded);
  const lexemes: Lexeme[] = [];
  let position = 0;
  for (const { word, joined } of readParts(folded)) {
    for (const run of isSpaced ? [word] : (word.match(runsOfScript) ?? [])) {
      if (!isSpaced && anyUnspaced.test(run)) {
        position = addCharacters(lexemes, run, position);
        continue;
      }
      position++;
      const lexeme = stemOf(run);
      if (lexeme !== '') lexemes.push({ lexeme, position });
    }
    const lexeme = joined === '' ? '' : stemOf(joined);
    if (lexeme !== '') lexemes.push({ lexeme, position, isJoined: true });
  }
  return { lexemes, length: position };
}

interface Part {
  readonly word: string;
  /** After the last of several parts: all of them as one word; else ''. */
  joined: string;
}

const mayJoin = /[a-z0-9][^a-z0-9 \n,][a-z0-9]/;

function readParts(folded: string): Part[] {
  if (isAscii(folded) && !mayJoin.test(folded))
    return (folded.match(/[a-z0-9]+/g) ?? []).map((word) => ({ word, joined: '' }));
  const parts: Part[] = [];
  let run: Part[] = [];
  let [end, joint] = [0, ''];
  const closeRun = (): void => {
    const last = run.at(-1);
    if (last !== undefined) last.joined = joinedOf(run.map(({ word }) => word));
    run = [];
    joint = '';
  };
  for (const { 0: word, index } of folded.matchAll(eachWord)) {
    const between = folded.slice(end, index);
    // In `backup_AB-12`, both `backup` and `AB-12` are names of their own.
    const isOtherName = joint !== '' && (joint === '_') !== (between === '_');
    if (!areJoined(run.at(-1)?.word, between, word) || (isOtherName && joint !== '_')) closeRun();
    else if (isOtherName) run = run.slice(-1);
    const part = { word, joined: '' };
    joint = run.length > 0 ? between : '';
    run.push(part);
    parts.push(part);
    end = index + word.length;
  }
  closeRun();
  return parts;
}

function areJoined(before: string | undefined, between: string, after: string): boolean {
  if (before === undefined || between.length !== 1) return false;
  if (between === "'")
    return Math.min(before.length, after.length) <= maxNamePart && !elided.has(before) && !contracted.has(after);
  if (between === '/') return /\p{Nd}$/u.test(before) && /^\p{Nd}/u.test(after);
  if (between === '.') return /^(\p{L} \p{L}|\p{Nd}+ \p{Nd}+)$/u.test(`${before} ${after}`);
  return joints.has(between);
}

function joinedOf(run: readonly string[]): string {
  if (run.length < 2 || run.length > maxParts) return '';
  const joined = run.join('');
  const isShortNumber = joined.length < minDigits && /^\p{Nd}*$/u.test(joined);
  return joined.length > maxNameLength || isShortNumber || anyUnspaced.test(joined) ? '' : joined;
}

/** Returns the parts of a text that others write as one word, each as one, without case and accents. */
export function joinedWords(text: string): string[] {
  return readParts(foldText(text)).flatMap(({ joined }) => (joined === '' ? [] : [joined]));
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
  const all = lexemesOf(text);
  const own = all.filter(({ isJoined }) => !isJoined);
  return toIndex(
    [...placed(own)],
    own.length,
    all.filter(({ isJoined }) => isJoined),
  );
}

function placed(lexemes: readonly Lexeme[]): Iterable<PlacedLexeme> {
  const byLexeme = new Map<string, PlacedLexeme & { readonly places: number[] }>();
  for (const { lexeme, position } of lexemes) {
    const known = byLexeme.get(lexeme);
    if (known === undefined) byLexeme.set(lexeme, { lexeme, places: [position] });
    else known.places.push(position);
  }
  return byLexeme.values();
}

interface PlacedLexeme {
  readonly lexeme: string;
  /** All its positions in the text, in order. */
  readonly places: readonly number[];
}

/**
 * See `wordsOf`. Joined words are only found: a text is neither longer through them nor about them, and they are left out
 * if the text contains them itself.
 * @param count number of words in the text, without stop words
 */
export function toIndex(own: readonly PlacedLexeme[], count: number, joined: readonly Lexeme[]): string {
  const shortness = 0.3 + (0.9 * count) / usualLength;
  let vector = '';
  for (const { lexeme, places } of own) {
    const weight = (2.2 * places.length) / (places.length + shortness);
    vector += ` ${wordMarks.any}${lexeme}:${placesOf(places)}`;
    if (weight >= strongFrom) vector += ` ${wordMarks.strong}${lexeme}`;
    if (weight >= strongestFrom) vector += ` ${wordMarks.strongest}${lexeme}`;
  }
  if (joined.length > 0) {
    const known = new Set(own.map(({ lexeme }) => lexeme));
    for (const { lexeme, places } of placed(joined.filter((word) => !known.has(word.lexeme))))
      vector += ` ${wordMarks.any}${lexeme}:${placesOf(places)}`;
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

const umlauts: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' };
/**
 * A vowel that may be an umlaut written without dots, of which the `e` is left out. A word does not end with one, and
 * after `q` and vowels none is written.
 */
const spelledUmlaut = /(?<=(?:^|[^aeiouq])[aou])e(?=\p{L})|(?<=^a)a(?=\p{L})/gu;
const minRespelled = 4;

/** Returns other spellings of a word in a question, folded: `mueller` of `Müller`, `muller` of `Mueller`. */
export function respellingsOf(word: string): string[] {
  const lower = word.normalize('NFC').toLowerCase();
  const spelled = lower.replaceAll(/[äöüøå]/gu, (letter) => umlauts[letter] ?? letter);
  const plain = lower.replaceAll(spelledUmlaut, '');
  return [spelled, plain]
    .filter((other) => other !== lower && other.length >= minRespelled)
    .map((other) => foldLetters(other));
}
