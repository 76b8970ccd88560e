/** Detects PDF pages that are scans, and renders them for text recognition. */

import type { WrappedPdfiumModule } from '@embedpdf/pdfium';
import { SyncError } from '../../../domain/errors.ts';
import { memoryOf, withDocument } from './pdfium.ts';

/** `FPDF_PAGEOBJ_IMAGE`, the bitmap's format and the rendering flags, as numbered in `fpdf_edit.h` and `fpdfview.h`. */
const imageObject = 3;
const grayFormat = 1;
const flags = 0x01 | 0x08;
const white = 0xff_ff_ff_ff;
/** A stamp, a page number or a scanner's name may be text above the page's image, but a paragraph may not. */
const maxLettersAboveScan = 60;
/** The number of characters of a page's text that are searched for letters. */
const longEnough = 2000;
/** An image that covers at least this share of the page counts as the page. */
const minCover = 0.5;
/** Maximum number of objects examined on a page with a few letters of text. */
const maxObjects = 200;
/** For fonts that do not map glyphs to characters: above this share of meaningless characters, the text is not used. */
const maxMeaningless = 0.5;
const pointsPerInch = 72;
/** Small print is legible to Tesseract at this resolution; a finer one takes longer and reads no better. */
const dotsPerInch = 250;
/** An A4 page has 6 million pixels at that resolution. Larger sheets are rendered more coarsely. */
const maxPixels = 9_000_000;

/** PDFium writes this character for a word that is broken at the end of a line. */
const brokenWord = String.fromCharCode(2);
const firstPrintable = ' ';
/** A few may be damaged characters. */
const minGlyphNumbers = 4;
const control = /(?![\t\n\f\r])\p{Cc}/gu;
const meaningless = /[\uFFFD\p{Co}\p{Cn}]|(?![\t\n\f\r])\p{Cc}/gu;

/**
 * Returns the text of a page, or nothing if its fonts do not map glyphs to characters. Then many characters are
 * meaningless, or the numbers of glyphs show as characters: that of the blank is a control character.
 */
export function legible(text: string): string {
  const strange = text.match(meaningless)?.length ?? 0;
  if (strange === 0) return text;
  const controls = (text.match(control) ?? []).filter((one) => one < firstPrintable && one !== brokenWord).length;
  const blanks = text.match(/ /g)?.length ?? 0;
  const isShifted = controls >= minGlyphNumbers && controls > 2 * blanks;
  return isShifted || strange > (text.match(/\S/gu)?.length ?? 0) * maxMeaningless ? '' : text;
}

/** Checks whether the page shows text that its text layer does not contain. @param text the legible part of it */
export function isScan(pdfium: WrappedPdfiumModule, page: number, text: string): boolean {
  const letters = text.slice(0, longEnough).match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  if (letters > maxLettersAboveScan) return false;
  const objects = pdfium.FPDFPage_CountObjects(page);
  // Letters may also be drawn as shapes, so a page without any text is examined if anything is drawn on it.
  return letters === 0 ? objects > 0 : hasPagePicture(pdfium, page, Math.min(objects, maxObjects));
}

function hasPagePicture(pdfium: WrappedPdfiumModule, page: number, objects: number): boolean {
  const area = pdfium.FPDF_GetPageWidthF(page) * pdfium.FPDF_GetPageHeightF(page);
  for (let i = 0; i < objects; i++) {
    const object = pdfium.FPDFPage_GetObject(page, i);
    if (pdfium.FPDFPageObj_GetType(object) === imageObject && areaOf(pdfium, object) >= minCover * area) return true;
  }
  return false;
}

function areaOf(pdfium: WrappedPdfiumModule, object: number): number {
  const { wasmExports } = pdfium.pdfium;
  const bounds = wasmExports.malloc(16);
  try {
    if (!pdfium.FPDFPageObj_GetBounds(object, bounds, bounds + 4, bounds + 8, bounds + 12)) return 0;
    const [left, bottom, right, top] = [0, 4, 8, 12].map((at) => pdfium.pdfium.getValue(bounds + at, 'float'));
    return ((right ?? 0) - (left ?? 0)) * ((top ?? 0) - (bottom ?? 0));
  } finally {
    wasmExports.free(bounds);
  }
}

/**
 * Renders one page in gray, as a PGM image.
 * @param index from 0
 * @throws SyncError the same as `withDocument`; `unreadable` if the page cannot be rendered
 */
export async function drawPage(bytes: Uint8Array, index: number): Promise<Uint8Array> {
  return await withDocument(bytes, (pdfium, document) => {
    const page = pdfium.FPDF_LoadPage(document, index);
    if (page === 0)
      throw new SyncError('unreadable', {
        code: 'corrupt',
        message: 'The page cannot be rendered for text recognition.',
      });
    try {
      return draw(pdfium, page);
    } finally {
      pdfium.FPDF_ClosePage(page);
    }
  });
}

function draw(pdfium: WrappedPdfiumModule, page: number): Uint8Array {
  const [pageWidth, pageHeight] = [pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)];
  const scale = Math.min(dotsPerInch / pointsPerInch, Math.sqrt(maxPixels / (pageWidth * pageHeight)));
  const width = Math.max(1, Math.round(pageWidth * scale));
  const height = Math.max(1, Math.round(pageHeight * scale));
  const bitmap = pdfium.FPDFBitmap_CreateEx(width, height, grayFormat, 0, 0);
  try {
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, white);
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags);
    return toPgm(pdfium, bitmap, width, height);
  } finally {
    pdfium.FPDFBitmap_Destroy(bitmap);
  }
}

function toPgm(pdfium: WrappedPdfiumModule, bitmap: number, width: number, height: number): Uint8Array {
  const head = new TextEncoder().encode(`P5\n${width} ${height}\n255\n`);
  const picture = new Uint8Array(head.length + width * height);
  picture.set(head);
  const stride = pdfium.FPDFBitmap_GetStride(bitmap);
  const at = pdfium.FPDFBitmap_GetBuffer(bitmap);
  const memory = memoryOf(pdfium);
  for (let y = 0; y < height; y++)
    picture.set(memory.subarray(at + y * stride, at + y * stride + width), head.length + y * width);
  return picture;
}
