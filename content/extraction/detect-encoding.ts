/**
 * Detects the encoding of bytes that are not UTF-8: each candidate decodes a sample, and the one whose words are the
 * most likely in any of a hundred languages wins.
 */

import iconv from 'iconv-lite';
import { readVocabulary } from '../embeddings/semantic/vocabulary.ts';
import type { Unigrams } from '../embeddings/semantic/unigrams.ts';

/** Number of bytes of words with characters outside ASCII; more do not change the answer. */
const sampleBytes = 1500;
const maxSearched = 256 * 1024;
/** Fewer letters of another alphabet are suspicious among twice as many Latin ones. */
const maxStrays = 8;
const latinPerStray = 2;
/** Number of bytes in which Latin letters are counted. */
const maxContext = 4096;
const maxWord = 200;

/** Names of the Encoding Standard, the common ones first: an earlier one wins if two give the same text. */
const common = (
  'utf-8 windows-1252 iso-8859-15 shift_jis gb18030 euc-jp euc-kr big5 windows-1251 koi8-r windows-1250 iso-8859-2 ' +
  'windows-1254 windows-1253 iso-8859-7 windows-1255 iso-8859-8 windows-1256 iso-8859-6 windows-1257 iso-8859-13 ' +
  'iso-8859-4 windows-1258 windows-874 koi8-u iso-8859-5 x-mac-cyrillic macintosh ibm866'
).split(' ');
/** Encodings of DOS and of old Macintosh systems, by the names of iconv-lite. */
const old = (
  'cp437 cp850 cp852 cp855 cp857 cp860 cp861 cp862 cp863 cp865 cp869 cp737 cp775 cp720 cp1125 ' +
  'maccenteuro macgreek maciceland macturkish'
).split(' ');
/** Encodings that differ from a common one in a few letters. */
const rare =
  'iso-8859-16 iso-8859-14 iso-8859-10 iso-8859-3 rk1048 pt154 viscii tcvn armscii8 georgianps hproman8'.split(' ');

/**
 * Costs in the logarithm of probability. An old or rare encoding must explain the bytes better than a common one does;
 * the others describe what no language does within a word.
 */
const costs = {
  old: 12,
  rare: 14,
  rareShare: 0.1,
  undefined: 20,
  control: 20,
  otherScript: 10,
  capitalInside: 6,
  stray: 16,
  lessCommon: 5,
} as const;

interface Candidate {
  readonly name: string;
  readonly decode: (bytes: Uint8Array) => string;
  readonly cost: (total: number) => number;
}

const candidates: readonly Candidate[] = [
  ...common.map((name) => ({
    name,
    decode: standardDecoder(name),
    // A single letter in a Latin text says little, and most such files are of the first two.
    cost: () => (name === 'utf-8' || name === 'windows-1252' ? 0 : costs.lessCommon),
  })),
  ...old.map((name) => ({ name, decode: iconvDecoder(name), cost: () => costs.old })),
  ...rare.map((name) => ({
    name,
    decode: name.startsWith('iso') ? standardDecoder(name) : iconvDecoder(name),
    cost: (total: number) => costs.rare + costs.rareShare * total,
  })),
];

let vocabulary: Unigrams | null = null;

/** Returns the name of the most likely encoding, in the Encoding Standard or else iconv-lite's. */
export function detectEncoding(bytes: Uint8Array): string {
  vocabulary ??= readVocabulary();
  const words = vocabulary;
  const sample = sampleOf(bytes);
  let best = { name: 'windows-1252', cost: Number.POSITIVE_INFINITY };
  const latin = count(new TextDecoder('latin1').decode(bytes.subarray(0, maxContext)), /[a-z]/gi);
  for (const { name, decode, cost: extra } of candidates) {
    const text = decode(sample);
    const total = costOf(text, words) + costOfStrays(text, latin);
    const cost = total + extra(total);
    if (cost < best.cost) best = { name, cost };
  }
  return best.name;
}

function standardDecoder(name: string): Candidate['decode'] {
  return (bytes) => new TextDecoder(name).decode(bytes);
}

function iconvDecoder(name: string): Candidate['decode'] {
  return (bytes) => iconv.decode(Buffer.from(bytes), name);
}

/**
 * Selects words with characters outside ASCII. They are separated by blanks, which no encoding uses as a part of a
 * character.
 */
function sampleOf(bytes: Uint8Array): Uint8Array {
  const sample: number[] = [];
  let start = 0;
  let isMarked = false;
  const end = Math.min(bytes.length, maxSearched);
  for (let at = 0; at <= end && sample.length < sampleBytes; at++) {
    const byte = at === end ? 0x20 : (bytes[at] ?? 0);
    if (byte > 0x7f) isMarked = true;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) continue;
    if (isMarked) sample.push(...bytes.subarray(start, Math.min(at, start + sampleBytes)), 0x20);
    start = at + 1;
    isMarked = false;
  }
  return Uint8Array.from(sample);
}

/**
 * A few letters of another alphabet in a Latin text are rather symbols, accents or quotation marks.
 * @param latin the number of Latin letters at the beginning of the text
 */
function costOfStrays(text: string, latin: number): number {
  const others = count(text, /(?!\p{sc=Latin})[\p{L}\p{M}]/gu);
  const isStray = others === 1 || (others > 0 && others < maxStrays && latin >= others * latinPerStray);
  return isStray ? costs.stray : 0;
}

/** Returns how unlikely the text is. */
function costOf(text: string, words: Unigrams): number {
  let cost = 0;
  for (const word of text.split(/[\s\u3000]+/u))
    if (word !== '') cost += costOfWord(word.normalize('NFKC').slice(0, maxWord), words);
  return cost;
}

function costOfWord(word: string, words: Unigrams): number {
  const odd =
    costs.undefined * count(word, /[\uFFFD\p{Co}\p{Cn}]/gu) +
    costs.control * count(word, /[\p{Cc}\p{Cf}]/gu) +
    costs.capitalInside * Math.min(1, count(word, /\p{Ll}\p{Lu}/gu)) +
    costs.otherScript * scriptChanges(word);
  return odd - words.likelihoodOf(word);
}

function count(text: string, of: RegExp): number {
  return text.match(of)?.length ?? 0;
}

/** Alphabets of which each has encodings of its own. */
export const alphabets = [
  /\p{sc=Latin}/u,
  /\p{sc=Cyrillic}/u,
  /\p{sc=Greek}/u,
  /\p{sc=Hebrew}/u,
  /\p{sc=Arabic}/u,
  /\p{sc=Thai}/u,
];
const scripts = [...alphabets, /\p{sc=Armenian}/u, /\p{sc=Georgian}/u];

/** Counts how often the alphabet changes within a word; characters of East Asia stand beside any. */
function scriptChanges(word: string): number {
  let changes = 0;
  let before = -1;
  for (const character of word) {
    const script = scripts.findIndex((one) => one.test(character));
    if (script >= 0 && before >= 0 && script !== before) changes++;
    if (script >= 0) before = script;
  }
  return changes;
}
