/**
 * Mends what PDFium makes of scripts that are written from right to left. It takes all characters for drawn from left to
 * right and turns them round, and with them the characters of a ligature, which a font states in the order of reading:
 * every Arabic word with the ligature of lam and alef would have these two letters in the wrong order.
 */

import type { WrappedPdfiumModule } from '@embedpdf/pdfium';
import { memoryOf } from './pdfium.ts';

const doubles = 8;
/** Letters and marks beside each other, which may be one ligature. */
const runs = /[\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}\p{sc=Thaa}\p{M}]{2,}/gu;
const hasLetters = /[\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}\p{sc=Thaa}]/u;
/** A mark on the letter behind it. It is drawn after its letter, and a space is assumed in between. */
const strayMark = /(?<=\p{sc=Arab}) ([\u064B-\u065F\u0670]{1,3})(\p{sc=Arab})/gu;

/** Ligatures with a code of their own, which PDFium itself writes out as their letters, in the order of reading. */
const writtenOut = new Set(
  [...characters(0xfb1d, 0xfdff), ...characters(0xfe70, 0xfeff)].map((ligature) => ligature.normalize('NFKC')),
);

function characters(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));
}

/**
 * @param page the page as PDFium has loaded its text, and `text` all of its text
 * @returns the text with the letters of each ligature in the order of reading; null if it has no such letters
 */
export function inReadingOrder(pdfium: WrappedPdfiumModule, page: number, text: string): string | null {
  if (!hasLetters.test(text)) return null;
  const { wasmExports } = pdfium.pdfium;
  const buffer = wasmExports.malloc(4 * doubles);
  try {
    const mended = text.replaceAll(runs, (run, at: number) => {
      // PDFium's own numbers also count control characters, which are not in the text.
      const start = pdfium.FPDFText_GetCharIndexFromTextIndex(page, at);
      return ligaturesIn(Array.from(run), (i) => placeOf(pdfium, page, start + i, buffer))
        .map((letters) => (writtenOut.has(letters.join('')) ? letters : letters.toReversed()).join(''))
        .join('');
    });
    return mended.replaceAll(strayMark, '$2$1');
  } finally {
    wasmExports.free(buffer);
  }
}

/** Parts the characters into those drawn at one place, which are one glyph. */
function ligaturesIn(letters: readonly string[], placeAt: (index: number) => string): string[][] {
  const glyphs: string[][] = [];
  let before = '';
  letters.forEach((letter, i) => {
    const place = placeAt(i);
    if (place === before) glyphs.at(-1)?.push(letter);
    else glyphs.push([letter]);
    before = place;
  });
  return glyphs;
}

function placeOf(pdfium: WrappedPdfiumModule, page: number, index: number, buffer: number): string {
  const [left, right, bottom, top] = [0, 1, 2, 3].map((i) => buffer + i * doubles) as [number, number, number, number];
  if (!pdfium.FPDFText_GetCharBox(page, index, left, right, bottom, top)) return `${index}`;
  return new Float64Array(memoryOf(pdfium).buffer, buffer, 4).join(' ');
}
