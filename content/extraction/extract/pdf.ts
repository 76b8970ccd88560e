import { readFileSync } from 'node:fs';
import { init, type WrappedPdfiumModule } from '@embedpdf/pdfium';
import { SyncError } from '../../../domain/errors.ts';
import { maxTextLength } from '../normalise.ts';
import type { ExtractedText } from './extracted-text.ts';
import { type Bookmark, joinPages } from './pdf-pages.ts';

/** `FPDF_GetLastError` and the kinds of annotation, as `fpdfview.h` and `fpdf_annot.h` number them. */
const needsPassword = 4;
const kinds = { note: 1, freeText: 3, highlight: 9, widget: 20 } as const;
const commented: ReadonlySet<number> = new Set([kinds.note, kinds.freeText, kinds.highlight]);
const maxAnnotations = 2000;
const maxBookmarks = 2000;
const maxBookmarkDepth = 6;
const bytesPerUnit = 2;

let loading: Promise<WrappedPdfiumModule> | undefined;

/**
 * Page by page, so that memory follows the largest page and not their number. Pages stand apart by a form feed.
 * @throws SyncError `unreadable`: `encrypted`, `no_text` for a scan
 */
export async function extractPdf(bytes: Uint8Array): Promise<ExtractedText> {
  const pdfium = await load();
  try {
    return readBytes(pdfium, bytes);
  } catch (error) {
    // After a trap its memory is in no known state.
    if (Error.isError(error) && error.name === 'RuntimeError') loading = undefined;
    throw error;
  }
}

async function load(): Promise<WrappedPdfiumModule> {
  loading ??= (async () => {
    const wasmBinary = readFileSync(new URL(import.meta.resolve('@embedpdf/pdfium/pdfium.wasm')));
    const pdfium = await init({ wasmBinary: Uint8Array.from(wasmBinary).buffer });
    pdfium.PDFiumExt_Init();
    return pdfium;
  })();
  return await loading;
}

function readBytes(pdfium: WrappedPdfiumModule, bytes: Uint8Array): ExtractedText {
  const { wasmExports } = pdfium.pdfium;
  const at = wasmExports.malloc(bytes.byteLength);
  memoryOf(pdfium).set(bytes, at);
  const document = pdfium.FPDF_LoadMemDocument(at, bytes.byteLength, '');
  try {
    if (document === 0) throw refusal(pdfium.FPDF_GetLastError());
    return readDocument(pdfium, document);
  } finally {
    if (document !== 0) pdfium.FPDF_CloseDocument(document);
    wasmExports.free(at);
  }
}

function refusal(error: number): SyncError {
  return error === needsPassword
    ? new SyncError('unreadable', { code: 'encrypted', message: 'The PDF is protected by a password.' })
    : new SyncError('unreadable', { code: 'corrupt', message: 'The file cannot be read as PDF; it may be damaged.' });
}

function readDocument(pdfium: WrappedPdfiumModule, document: number): ExtractedText {
  const info = pdfium.PDFiumExt_OpenFormFillInfo();
  const form = pdfium.PDFiumExt_InitFormFillEnvironment(document, info);
  const count = pdfium.FPDF_GetPageCount(document);
  const pages: string[] = [];
  let length = 0;
  for (let i = 0; i < count && length <= maxTextLength; i++) {
    const page = readPage(pdfium, document, form, i);
    pages.push(page);
    length += page.length;
  }
  const withoutText = pages.filter((page) => page.trim() === '').length;
  if (withoutText === pages.length) {
    throw new SyncError('unreadable', {
      code: 'no_text',
      message: 'The PDF holds pictures of text only (a scan); text recognition is not done.',
    });
  }
  const text = joinPages(pages, bookmarksOf(pdfium, document));
  return { text, metadata: { pages: count, ...(withoutText === 0 ? {} : { pagesWithoutText: withoutText }) } };
}

/** What stands on the page, then what was filled in and commented. A page that cannot be read is left empty. */
function readPage(pdfium: WrappedPdfiumModule, document: number, form: number, index: number): string {
  const page = pdfium.FPDF_LoadPage(document, index);
  if (page === 0) return '';
  const text = pdfium.FPDFText_LoadPage(page);
  try {
    const length = text === 0 ? 0 : Math.max(0, pdfium.FPDFText_CountChars(text));
    const own = readUtf16(pdfium, (length + 1) * bytesPerUnit, (buffer) =>
      length === 0 ? 0 : pdfium.FPDFText_GetText(text, 0, length, buffer) * bytesPerUnit,
    );
    return [own, ...annotationsOf(pdfium, form, page)].join('\n');
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
    if (kind === kinds.widget || commented.has(kind)) texts.push(readSized(pdfium, read));
    pdfium.FPDFPage_CloseAnnot(annotation);
  }
  return texts.map((text) => text.trim()).filter((text) => text !== '' && text !== 'Off');
}

function bookmarksOf(pdfium: WrappedPdfiumModule, document: number): Bookmark[] {
  const found: Bookmark[] = [];
  const seen = new Set<number>();
  const walk = (parent: number, level: number): void => {
    let at = pdfium.FPDFBookmark_GetFirstChild(document, parent);
    // A damaged outline may lead back to itself.
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

/** It moves when it grows: to be asked for each time. The package's types do not name it. */
function memoryOf({ pdfium }: WrappedPdfiumModule): Uint8Array {
  return (pdfium as unknown as { readonly HEAPU8: Uint8Array }).HEAPU8;
}

/** Asks for the size in bytes, then for the text itself. */
function readSized(pdfium: WrappedPdfiumModule, read: (buffer: number, size: number) => number): string {
  const size = read(0, 0);
  return size <= bytesPerUnit ? '' : readUtf16(pdfium, size, (buffer) => read(buffer, size));
}

/** @param fill writes into the buffer and says how many bytes, with the zero at the end */
function readUtf16(pdfium: WrappedPdfiumModule, size: number, fill: (buffer: number) => number): string {
  const { wasmExports } = pdfium.pdfium;
  const buffer = wasmExports.malloc(size);
  try {
    const written = Math.min(fill(buffer), size);
    const bytes = memoryOf(pdfium).slice(buffer, buffer + Math.max(0, written - bytesPerUnit));
    return new TextDecoder('utf-16le').decode(bytes);
  } finally {
    wasmExports.free(buffer);
  }
}
