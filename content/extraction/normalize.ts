import { trimText } from '../transformations/trim-text.ts';

/**
 * Maximum number of characters per document; the rest is cut off and the metadata says so. About 1.2 million tokens.
 */
export const maxTextLength = 5_000_000;

/**
 * Normalizes text as it is stored: no byte order mark, no soft hyphens, no NUL and no lone surrogates (Postgres rejects both), one kind
 * of line end, composed characters, no trailing spaces and at most two consecutive empty lines.
 */
export function normalizeText(text: string): string {
  const clean = text
    .slice(0, maxTextLength)
    .toWellFormed()
    .replaceAll('\0', '')
    // A soft hyphen shows where a word may be broken, and would hide the word from searches.
    .replaceAll('\u00AD', '')
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .replace(/\p{M}{31,}/gu, streamSafe)
    .normalize('NFC')
    .split('\n')
    .map((line) => line.slice(0, endOfWords(line)))
    .join('\n')
    .replace(/\n{4,}/g, '\n\n\n');
  return trimText(clean);
}

/**
 * Sorting thousands of accents on one letter takes quadratic time. The Unicode Standard's Stream-Safe Text Format
 * (annex 15) inserts a joiner after every thirty.
 */
function streamSafe(marks: string): string {
  return marks.replace(/\p{M}{30}/gu, '$&\u034F');
}

/** A regular expression for trailing spaces would examine each run of spaces inside a line once per space. */
function endOfWords(line: string): number {
  let end = line.length;
  while (end > 0 && (line.charCodeAt(end - 1) === 32 || line.charCodeAt(end - 1) === 9)) end--;
  return end;
}
