/** Decodes the bytes of a text, by its declared encoding or else by its content. */

import { isAscii, isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { alphabets, detectEncoding } from './detect-encoding.ts';

/** Number of bytes that are examined to detect escapes or a declaration. */
const sampleBytes = 32 * 1024;
const declarationBytes = 4096;
/** Minimum number of zero bytes that count as UTF-16, because any text may end with one or two. */
const minZeros = 2;
/** Occurs in ISO 2022 and in colored logs. */
const escape = 27;
/** Minimum share of bytes that never occur in text of other encodings; above it, the bytes are UTF-16. */
const minStrange = 0.02;
/** The same for bytes that are valid UTF-8: a text with a few zero bytes is, and in UTF-16 nearly every other byte is such a one. */
const minStrangeInUtf8 = 0.3;
/** Minimum share of a text's letters that belong to one script. */
const minOfOneScript = 0.7;
const scripts = [...alphabets, /\p{sc=Devanagari}/u, /\p{sc=Hangul}/u, /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u];
const strangeBytes = byteTable((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== escape));

/**
 * Decodes by the first that applies: a byte order mark, UTF-16 recognized by its zeros, the declaration in the text
 * (HTML, XML), escapes, UTF-8 if valid, and finally the encoding that makes the most likely words of the bytes.
 * @param declared an encoding declared outside of the text, for example in a mail header
 */
export function decodeText(bytes: Uint8Array, declared: string | null = null): string {
  const evident = evidentEncodingOf(bytes, declared);
  return evident === null ? decodeByLines(bytes) : decodeAs(evident, bytes);
}

/** Returns the encoding's name in the Encoding Standard, or iconv's name if that has none. */
export function encodingOf(bytes: Uint8Array, declared: string | null = null): string {
  return evidentEncodingOf(bytes, declared) ?? detectEncoding(bytes);
}

/** @returns null if the encoding must be told from the words */
function evidentEncodingOf(bytes: Uint8Array, declared: string | null): string | null {
  return (
    wideEncodingOf(bytes) ??
    byMark(bytes) ??
    [declared, declaredIn(bytes)].find((name) => name !== null && isPlausible(name, bytes)) ??
    byEscapes(bytes) ??
    (isValid('utf-8', bytes) ? 'utf-8' : null)
  );
}

/** Encodings in which two bytes of one character may look like UTF-8. */
const manyBytes: ReadonlySet<string> = new Set(['shift_jis', 'gb18030', 'euc-jp', 'euc-kr', 'big5']);
const lineFeed = 0x0a;
const highBytes = byteTable((byte) => byte > 0x7f);

/** Programs append to logs, tables and mails without asking for their encoding, so lines that are UTF-8 are read as such. */
function decodeByLines(bytes: Uint8Array): string {
  const parts = partsByLines(bytes);
  const others = Buffer.concat(parts.filter((part) => !part.isUtf8).map((part) => part.bytes));
  const known = countBytes(bytes, highBytes) - countBytes(others, highBytes);
  const encoding = detectEncoding(known === 0 ? bytes : others);
  if (known === 0 || (manyBytes.has(encoding) && known < countBytes(others, highBytes)))
    return decodeAs(known === 0 ? encoding : detectEncoding(bytes), bytes);
  return parts.map((part) => decodeAs(part.isUtf8 ? 'utf-8' : encoding, part.bytes)).join('');
}

/** Where lines of UTF-8 and others alternate more often, neither is meant. */
const maxParts = 100_000;

/** Returns lines beside each other that are UTF-8, or are not, as one part. Lines in ASCII belong to what is above them. */
function partsByLines(bytes: Uint8Array): { readonly isUtf8: boolean; readonly bytes: Uint8Array }[] {
  const { length } = bytes;
  const parts: { isUtf8: boolean; bytes: Uint8Array }[] = [];
  let wasUtf8 = true;
  let from = 0;
  let lineStart = 0;
  for (let at = 0; at < length && parts.length < maxParts; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === lineFeed) lineStart = at + 1;
    if (byte < 0x80) continue;
    const lineEnd = bytes.indexOf(lineFeed, at);
    const end = lineEnd < 0 ? length : lineEnd + 1;
    // Most lines that are not UTF-8 show it by the first such byte.
    const isUtf8Line = byte > 0xc1 && byte < 0xf5 && isUtf8(bytes.subarray(lineStart, end));
    if (isUtf8Line !== wasUtf8) {
      parts.push({ isUtf8: wasUtf8, bytes: bytes.subarray(from, lineStart) });
      from = lineStart;
      wasUtf8 = isUtf8Line;
    }
    lineStart = end;
    at = end - 1;
  }
  return parts.length < maxParts
    ? [...parts, { isUtf8: wasUtf8, bytes: bytes.subarray(from) }]
    : [{ isUtf8: false, bytes }];
}

/** Returns UTF-16 or UTF-32, recognized by its byte order mark or by its content; null for anything else. */
export function wideEncodingOf(bytes: Uint8Array): string | null {
  const marked = byMark(bytes);
  return marked === null || marked === 'utf-8' ? (byZeros(bytes) ?? byCharacters(bytes)) : marked;
}

/** @param encoding a name of the Encoding Standard or of iconv-lite */
export function decodeAs(encoding: string, bytes: Uint8Array): string {
  if (encoding.startsWith('utf-32')) return decodeUtf32(bytes, encoding === 'utf-32le');
  if (encoding === shifted.korean || encoding === shifted.chinese) return decodeShifted(bytes, encoding);
  // Node.js leaves out the characters of Hong Kong, which the Encoding Standard includes.
  if (encoding === 'big5') return iconv.decode(Buffer.from(bytes), 'big5hkscs');
  return isStandard(encoding) ? new TextDecoder(encoding).decode(bytes) : iconv.decode(Buffer.from(bytes), encoding);
}

function byMark([a, b, c, d]: Uint8Array): string | null {
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32le' : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be';
  return a === 0xef && b === 0xbb && c === 0xbf ? 'utf-8' : null;
}

/**
 * In UTF-16, every other byte of spaces, line ends and Latin letters is zero, and the bytes between hardly ever are.
 */
function byZeros(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, declarationBytes);
  if (sample.length < 4 || sample.length % 2 !== 0 || !sample.includes(0)) return null;
  let even = 0;
  let odd = 0;
  for (let i = 0; i + 1 < sample.length; i += 2) {
    if (sample[i] === 0) even++;
    if (sample[i + 1] === 0) odd++;
  }
  const pairs = sample.length / 2;
  const name =
    odd > Math.max(minZeros, pairs * 0.1) && even < pairs * 0.02
      ? 'utf-16le'
      : even > Math.max(minZeros, pairs * 0.1) && odd < pairs * 0.02
        ? 'utf-16be'
        : null;
  // Small numbers of two bytes each have such zeros, too.
  return name !== null && controlsIn(decodeAs(name, sample)) < pairs * 0.02 ? name : null;
}

/**
 * UTF-16 without Latin letters is recognized by bytes that never occur in other text, and by the characters it decodes
 * to.
 */
function byCharacters(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, declarationBytes);
  const strange = countBytes(sample, strangeBytes);
  if (sample.length < 8 || strange < sample.length * minStrange) return null;
  // Looked at last: it reads the whole text, and nearly every text has ended above.
  if (strange < sample.length * minStrangeInUtf8 && isValid('utf-8', bytes)) return null;
  const candidates = (['utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'] as const).filter(
    (name) => bytes.length % (name.startsWith('utf-32') ? 4 : 2) === 0,
  );
  const scores = candidates.map((name) => ({
    name,
    score: textScore(decodeAs(name, sample.slice(0, sample.length & ~3))),
  }));
  const best = scores.toSorted((a, b) => b.score - a.score)[0];
  return best === undefined || best.score === 0 ? null : best.name;
}

function controlsIn(text: string): number {
  return text.match(/(?![\t\n\f\r])\p{Cc}/gu)?.length ?? 0;
}

/** 0 for content that does not look like text: undefined characters, or letters of many scripts. */
function textScore(text: string): number {
  const characters = text.match(/./gsu) ?? [];
  const count = (of: RegExp): number => characters.filter((character) => of.test(character)).length;
  if (count(/[\p{Cn}\p{Co}\p{Cs}\uFFFD]|(?![\t\n\f\r])\p{Cc}/u) > characters.length * 0.005) return 0;
  const letters = Math.max(1, count(/\p{L}/u));
  const share = Math.max(...scripts.map((script) => count(script))) / letters;
  return share < minOfOneScript ? 0 : share + count(/[\s\u3000-\u30ff]/u) / characters.length;
}

/** Reads the declaration in HTML (`meta charset`) or XML (`encoding=`). */
function declaredIn(bytes: Uint8Array): string | null {
  const start = asLatin(bytes, declarationBytes);
  const xml = /^\s*<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']/i.exec(start);
  const meta = /<meta[^>]{1,300}?charset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(start);
  return xml?.[1] ?? meta?.[1] ?? null;
}

/** UTF-8 pages often declare another encoding, and a declared encoding must fit the bytes. */
function isPlausible(name: string, bytes: Uint8Array): boolean {
  if (!isKnown(name)) return false;
  if (!isStandard(name)) return hasHighBytes(bytes) || /utf-?7/i.test(name);
  const standard = new TextDecoder(name).encoding;
  if (standard.startsWith('utf-16')) return false;
  if (standard !== 'utf-8' && hasHighBytes(bytes) && isValid('utf-8', bytes)) return false;
  return isValid(name, bytes);
}

/** Encodings of seven bits that change their meaning at escapes. */
const shifted = { japanese: 'iso-2022-jp', korean: 'iso-2022-kr', chinese: 'hz-gb-2312' } as const;

function byEscapes(bytes: Uint8Array): string | null {
  const start = asLatin(bytes, sampleBytes);
  if (start.includes('\u001B$B') || start.includes('\u001B$@')) return shifted.japanese;
  if (start.includes('\u001B$)C')) return shifted.korean;
  if (/~\{(?:[!-w][!-~]){2,}~\}/.test(start) && !hasHighBytes(bytes)) return shifted.chinese;
  return start.includes('+') && !hasHighBytes(bytes) && isUtf7(start) ? 'utf-7' : null;
}

/** Minimum number of characters that must be written in base64, unless a word goes on after one. */
const minUtf7Units = 8;
const minUtf7Letters = 2;

/**
 * UTF-7 (RFC 2152) writes characters outside ASCII as UTF-16 in base64, from a plus to the first other character, or to a
 * minus. Other texts contain a plus, too, so each one must begin such a run, and together they must be letters of one
 * script.
 */
export function isUtf7(text: string): boolean {
  const runs = [...text.slice(0, sampleBytes).matchAll(/\+([A-Za-z0-9+/]*)(-?)/g)].filter(([run]) => run !== '+-');
  // The last one may have been cut.
  if (text.length > sampleBytes) runs.pop();
  if (runs.length === 0 || !runs.every(([, base64 = '']) => isWholeUtf16(base64))) return false;
  const written = runs.map(([, base64 = '']) => decodeUtf16(base64)).join('');
  const isLong = written.length >= minUtf7Units || runs.some(([, , end]) => end === '-');
  return isLong && (written.match(/\p{L}/gu)?.length ?? 0) >= minUtf7Letters && textScore(written) > 0;
}

/** Checks whether these digits are characters of two bytes each, and zeros up to the next digit. */
function isWholeUtf16(base64: string): boolean {
  const rest = (base64.length * 6) % 16;
  const last = base64Digits.indexOf(base64.at(-1) ?? '');
  return base64.length >= 3 && rest < 6 && last % 2 ** rest === 0;
}

const base64Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decodeUtf16(base64: string): string {
  return new TextDecoder('utf-16be').decode(
    Buffer.from(base64, 'base64').subarray(0, Math.floor((base64.length * 6) / 16) * 2),
  );
}

/** Between the shifts (RFC 1557) or braces (RFC 1843), two bytes are one character of EUC without its high bits. */
function decodeShifted(bytes: Uint8Array, encoding: string): string {
  const text = new TextDecoder('latin1').decode(bytes);
  if (encoding === shifted.chinese)
    return text
      .replaceAll(/~\{((?:[!-w][!-~])*)(?:~\}|(?=\r?\n)|$)/g, (_all, inside: string) => decodeHigh(inside, 'gbk'))
      .replaceAll('~~', '~');
  const [start = '', ...parts] = text.replaceAll('\u001B$)C', '').split('\u000E');
  const shownParts = parts.map((part) => {
    const [inside = '', ...after] = part.split('\u000F');
    return decodeHigh(inside, 'euc-kr') + after.join('');
  });
  return [start, ...shownParts].join('');
}

function decodeHigh(text: string, encoding: string): string {
  const bytes = Uint8Array.from(text, (byte) => (byte > ' ' ? byte.charCodeAt(0) | 0x80 : byte.charCodeAt(0)));
  return new TextDecoder(encoding).decode(bytes);
}

/** For each byte 1 if it counts, else 0: each text is examined several times, and calling a function per byte is slow. */
export function byteTable(counts: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(counts(byte)));
}

/** @param table made by `byteTable` */
export function countBytes(bytes: Uint8Array, table: Uint8Array): number {
  // The length is asked once: of an array whose kind the compiler does not know, each question is a call.
  const { length } = bytes;
  let count = 0;
  // An iterator over the bytes takes four times as long.
  for (let at = 0; at < length; at++) count += table[bytes[at] ?? 0] ?? 0;
  return count;
}

/** The first bytes as characters, for what is looked for in ASCII. */
export function asLatin(bytes: Uint8Array, maxBytes: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, maxBytes)).toString('latin1');
}

function hasHighBytes(bytes: Uint8Array): boolean {
  return !isAscii(bytes);
}

function isKnown(name: string): boolean {
  return isStandard(name) || iconv.encodingExists(name);
}

function isStandard(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== 'replacement';
  } catch {
    return false;
  }
}

export function isValid(name: string, bytes: Uint8Array): boolean {
  if (name === 'utf-8') return isUtf8(bytes);
  try {
    new TextDecoder(name, { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function decodeUtf32(bytes: Uint8Array, isLittleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let at = 0; at + 4 <= bytes.byteLength; at += 4) {
    const point = view.getUint32(at, isLittleEndian);
    parts.push(point > 0x10ffff ? '\uFFFD' : String.fromCodePoint(point));
  }
  return parts.join('');
}
