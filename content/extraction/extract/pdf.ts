/** Reads PDFs with PDFium, page by page, so that memory depends on the largest page and not on the number of pages. */

import type { WrappedPdfiumModule } from '@embedpdf/pdfium';
import { SyncError } from '../../../domain/errors.ts';
import type { RecognizedPage } from '../../../domain/reading.ts';
import { maxTextLength } from '../normalize.ts';
import type { ExtractedText } from './extracted-text.ts';
import { type Bookmark, joinPages } from './pdf-pages.ts';
import { isScan, legible } from './pdf-scans.ts';
import { bytesPerUnit, readSized, readUtf16, withDocument } from './pdfium.ts';
import { mergeRecognized } from './recognized.ts';

/** Annotation types, as numbered in `fpdf_annot.h`. Links and the windows of comments have no text of their own. */
const kinds = { link: 2, popup: 16, widget: 20 } as const;
const maxAnnotations = 2000;
const maxBookmarks = 2000;
const maxBookmarkDepth = 6;

interface Page {
  readonly text: string;
  readonly isScan: boolean;
}

/**
 * Reads the text with a form feed between pages.
 * @param recognized pages recognized so far; null if text recognition is off
 * @throws SyncError `unreadable`: `encrypted`, `corrupt`, `no_text`
 */
export async function extractPdf(
  bytes: Uint8Array,
  recognized: readonly RecognizedPage[] | null = null,
): Promise<ExtractedText> {
  return await withDocument(bytes, (pdfium, document) => readDocument(pdfium, document, recognized));
}

function readDocument(
  pdfium: WrappedPdfiumModule,
  document: number,
  recognized: readonly RecognizedPage[] | null,
): ExtractedText {
  const info = pdfium.PDFiumExt_OpenFormFillInfo();
  const form = pdfium.PDFiumExt_InitFormFillEnvironment(document, info);
  const count = pdfium.FPDF_GetPageCount(document);
  const pages: Page[] = [];
  let length = 0;
  for (let i = 0; i < count && length <= maxTextLength; i++) {
    const page = readPage(pdfium, document, form, i);
    pages.push(page);
    length += page.text.length;
  }
  const scanned = pages.flatMap((page, i) => (page.isScan ? [i] : []));
  const { texts, scannedPages, metadata } = mergeRecognized(
    pages.map((page) => page.text),
    scanned,
    recognized,
  );
  const withoutText = texts.filter((text) => text.trim() === '').length;
  if (withoutText === texts.length && scannedPages.length === 0) throw noText(scanned.length > 0, recognized !== null);
  return {
    text: joinPages(texts, bookmarksOf(pdfium, document)),
    metadata: { pages: count, ...(withoutText === 0 ? {} : { pagesWithoutText: withoutText }), ...metadata },
    ...(scannedPages.length === 0 ? {} : { scannedPages }),
  };
}

function noText(isScanned: boolean, wasRecognized: boolean): SyncError {
  const message = !isScanned
    ? 'The PDF contains no text because its pages are empty.'
    : wasRecognized
      ? 'The PDF is a scan, and text recognition found no text on its pages.'
      : 'The PDF is a scan, and text recognition is switched off.';
  return new SyncError('unreadable', { code: 'no_text', message });
}

/** Returns the text of the page, then form values and comments. A page that cannot be read is left empty. */
function readPage(pdfium: WrappedPdfiumModule, document: number, form: number, index: number): Page {
  const page = pdfium.FPDF_LoadPage(document, index);
  if (page === 0) return { text: '', isScan: false };
  const text = pdfium.FPDFText_LoadPage(page);
  try {
    const length = text === 0 ? 0 : Math.max(0, pdfium.FPDFText_CountChars(text));
    const own = readUtf16(pdfium, (length + 1) * bytesPerUnit, (buffer) =>
      length === 0 ? 0 : pdfium.FPDFText_GetText(text, 0, length, buffer) * bytesPerUnit,
    );
    const shown = legible(own);
    return {
      text: [shown, ...annotationsOf(pdfium, form, page)].join('\n'),
      isScan: isScan(pdfium, page, shown),
    };
  } finally {
    if (text !== 0) pdfium.FPDFText_ClosePage(text);
    pdfium.FPDF_ClosePage(page);
  }
}

function annotationsOf(pdfium: WrappedPdfiumModule, form: number, page: number): string[] {
  const texts: string[] = [];
  const count = Math.min(pdfium.FPDFPage_GetAnnotCount(page), maxAnnotations);
  for (let i = 0; i < count; i++) {
    const annotation = pdfium.FPDFPage_GetAnnot(page, i);
    if (annotation === 0) continue;
    const kind = pdfium.FPDFAnnot_GetSubtype(annotation);
    const read = (buffer: number, size: number): number =>
      kind === kinds.widget
        ? pdfium.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size)
        : pdfium.FPDFAnnot_GetStringValue(annotation, 'Contents', buffer, size);
    if (kind !== kinds.link && kind !== kinds.popup) texts.push(readSized(pdfium, read));
    pdfium.FPDFPage_CloseAnnot(annotation);
  }
  return texts.map((text) => text.trim()).filter((text) => text !== '' && text !== 'Off');
}

function bookmarksOf(pdfium: WrappedPdfiumModule, document: number): Bookmark[] {
  const found: Bookmark[] = [];
  const seen = new Set<number>();
  const walk = (parent: number, level: number): void => {
    let at = pdfium.FPDFBookmark_GetFirstChild(document, parent);
    // A damaged outline may contain a cycle.
    while (at !== 0 && !seen.has(at) && seen.size < maxBookmarks) {
      const bookmark = at;
      seen.add(bookmark);
      const title = readSized(pdfium, (buffer, size) => pdfium.FPDFBookmark_GetTitle(bookmark, buffer, size));
      const destination = pdfium.FPDFBookmark_GetDest(document, bookmark);
      const page = destination === 0 ? -1 : pdfium.FPDFDest_GetDestPageIndex(document, destination);
      if (page >= 0 && title.trim() !== '') found.push({ title, page, level });
      if (level < maxBookmarkDepth) walk(bookmark, level + 1);
      at = pdfium.FPDFBookmark_GetNextSibling(document, bookmark);
    }
  };
  walk(0, 1);
  return found;
}
