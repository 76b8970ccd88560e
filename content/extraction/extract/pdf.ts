/** Reads PDFs with PDFium, page by page, so that memory depends on the largest page and not on the number of pages. */

import type { WrappedPdfiumModule } from '@embedpdf/pdfium';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { RecognizedPage } from '../../../domain/reading.ts';
import { maxTextLength } from '../normalize.ts';
import { type AttachedFile, readAttachments } from './attachments.ts';
import type { ExtractedText } from './extracted-text.ts';
import { joinGlyphs } from './pdf-glyphs.ts';
import { type Bookmark, joinPages } from './pdf-pages.ts';
import { inReadingOrder } from './pdf-right-to-left.ts';
import { isScan, legible } from './pdf-scans.ts';
import { dynamicFormText } from './pdf-xfa.ts';
import { bytesPerUnit, memoryOf, readSized, readUtf16, withDocument } from './pdfium.ts';
import { mergeRecognized } from './recognized.ts';

/** Annotation types, as numbered in `fpdf_annot.h`. Links and the windows of comments have no text of their own. */
const kinds = { link: 2, popup: 16, widget: 20 } as const;
/** Types of form fields with a list of options, as numbered in `fpdf_formfill.h`. */
const choices: ReadonlySet<number> = new Set([4, 5]);
const maxOptions = 1000;
const maxAnnotations = 2000;
const maxAttachments = 50;
/** Size in bytes of all attached files that are read. */
const maxAttachedBytes = 50 * 1024 * 1024;
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

/**
 * Reads a PDF with the files that are attached to it. In a portfolio they are the content, below a page that only asks
 * for another program.
 * @throws SyncError the same as `extractPdf`
 */
export async function extractPdfWithFiles(
  bytes: Uint8Array,
  recognized: readonly RecognizedPage[] | null,
): Promise<ExtractedText> {
  const { files, extracted } = await withDocument(bytes, (pdfium, document) => {
    const attached = filesOf(pdfium, document);
    return {
      files: attached,
      extracted: readBeside(attached.length > 0, () => readDocument(pdfium, document, recognized)),
    };
  });
  const { texts, metadata } = await readAttachments(files);
  if (isSyncError(extracted) && texts.length === 0) throw extracted;
  if (isSyncError(extracted)) return { text: texts.join('\n\n'), metadata };
  return {
    ...extracted,
    text: [extracted.text, ...texts].filter((text) => text !== '').join('\n\n'),
    metadata: { ...extracted.metadata, ...metadata },
  };
}

/** @returns the error if the pages have no text, but there is something else to read */
function readBeside(hasMore: boolean, read: () => ExtractedText): ExtractedText | SyncError {
  try {
    return read();
  } catch (error) {
    if (hasMore && isSyncError(error) && error.code === 'no_text') return error;
    throw error;
  }
}

/** Copies the attached files, because PDFium's memory is released with the document. */
function filesOf(pdfium: WrappedPdfiumModule, document: number): AttachedFile[] {
  const files: AttachedFile[] = [];
  let left = maxAttachedBytes;
  for (let i = 0; i < Math.min(pdfium.FPDFDoc_GetAttachmentCount(document), maxAttachments); i++) {
    const attachment = pdfium.FPDFDoc_GetAttachment(document, i);
    if (attachment === 0) continue;
    const name = readSized(pdfium, (buffer, size) => pdfium.FPDFAttachment_GetName(attachment, buffer, size));
    const content = readFile(pdfium, attachment, left);
    left -= content.byteLength;
    if (content.byteLength > 0) files.push({ name, mimeType: null, read: () => content });
  }
  return files;
}

/** @returns nothing if there is none, or it has more than `left` bytes */
function readFile(pdfium: WrappedPdfiumModule, attachment: number, left: number): Uint8Array {
  const { wasmExports } = pdfium.pdfium;
  const lengthAt = wasmExports.malloc(4);
  let at = 0;
  try {
    const lengthOf = (): number => Number(pdfium.pdfium.getValue(lengthAt, 'i32'));
    if (!pdfium.FPDFAttachment_GetFile(attachment, 0, 0, lengthAt)) return new Uint8Array();
    const length = lengthOf();
    if (length <= 0 || length > left) return new Uint8Array();
    at = wasmExports.malloc(length);
    if (!pdfium.FPDFAttachment_GetFile(attachment, at, length, lengthAt)) return new Uint8Array();
    return memoryOf(pdfium).slice(at, at + Math.min(length, lengthOf()));
  } finally {
    wasmExports.free(lengthAt);
    if (at !== 0) wasmExports.free(at);
  }
}

function readDocument(
  pdfium: WrappedPdfiumModule,
  document: number,
  recognized: readonly RecognizedPage[] | null,
): ExtractedText {
  const readAll = (): ExtractedText =>
    withForm(pdfium, document, (form) => readPages({ pdfium, document, form, recognized }));
  const filledIn = dynamicFormText(pdfium, document);
  if (filledIn === '') return readAll();
  const pages = readBeside(true, readAll);
  return isSyncError(pages) ? { text: filledIn } : { ...pages, text: `${pages.text}\n\n${filledIn}` };
}

/** PDFium demands that the environment of its forms ends before the document is closed, and frees neither by itself. */
function withForm<Result>(pdfium: WrappedPdfiumModule, document: number, work: (form: number) => Result): Result {
  const info = pdfium.PDFiumExt_OpenFormFillInfo();
  const form = pdfium.PDFiumExt_InitFormFillEnvironment(document, info);
  try {
    return work(form);
  } finally {
    pdfium.PDFiumExt_ExitFormFillEnvironment(form);
    pdfium.PDFiumExt_CloseFormFillInfo(info);
  }
}

interface OpenDocument {
  readonly pdfium: WrappedPdfiumModule;
  readonly document: number;
  readonly form: number;
  readonly recognized: readonly RecognizedPage[] | null;
}

function readPages({ pdfium, document, form, recognized }: OpenDocument): ExtractedText {
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
    metadata: {
      pages: count,
      ...(withoutText === 0 ? {} : { pagesWithoutText: withoutText }),
      ...metadata,
      // Joining the pages may shorten what was read to less than the limit.
      ...(pages.length < count ? { truncated: true } : {}),
    },
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
    const shown = legible(inReadingOrder(pdfium, text, own) ?? joinGlyphs(pdfium, text, own));
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
    const chosen = kind === kinds.widget ? chosenOptions(pdfium, form, annotation) : [];
    if (chosen.length > 0) texts.push(...chosen);
    else if (kind !== kinds.link && kind !== kinds.popup) texts.push(readSized(pdfium, read));
    pdfium.FPDFPage_CloseAnnot(annotation);
  }
  return texts.map((text) => text.trim()).filter((text) => text !== '' && text !== 'Off');
}

/** The value of a list is a code for programs, and may be one of several; people see the options' labels. */
function chosenOptions(pdfium: WrappedPdfiumModule, form: number, field: number): string[] {
  if (!choices.has(pdfium.FPDFAnnot_GetFormFieldType(form, field))) return [];
  const labels: string[] = [];
  for (let i = 0; i < Math.min(pdfium.FPDFAnnot_GetOptionCount(form, field), maxOptions); i++) {
    if (!pdfium.FPDFAnnot_IsOptionSelected(form, field, i)) continue;
    labels.push(readSized(pdfium, (buffer, size) => pdfium.FPDFAnnot_GetOptionLabel(form, field, i, buffer, size)));
  }
  return labels;
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
