/** Loads PDFium, compiled to WebAssembly, opens documents and reads strings from its memory. */

import { readFileSync } from 'node:fs';
import { init, type WrappedPdfiumModule } from '@embedpdf/pdfium';
import { isSyncError, SyncError } from '../../../domain/errors.ts';

/** Error codes of `FPDF_GetLastError`, as numbered in `fpdfview.h`. */
const errors = { needsPassword: 4, otherSecurity: 5 } as const;
export const bytesPerUnit = 2;

let loading: Promise<WrappedPdfiumModule> | undefined;

/**
 * Opens a document while `work` runs. Earlier documents may have damaged PDFium's memory, so what cannot be opened or read
 * is tried a second time in a new one: nothing else may say that a file is damaged.
 * @throws SyncError `unreadable`: `encrypted`, `corrupt`
 */
export async function withDocument<Result>(
  bytes: Uint8Array,
  work: (pdfium: WrappedPdfiumModule, document: number) => Result,
): Promise<Result> {
  const isUsed = loading !== undefined;
  try {
    return openDocument(await load(), bytes, work);
  } catch (error) {
    const mayBeMemory = !isSyncError(error) || (isUsed && error.code === 'corrupt');
    if (!mayBeMemory) throw error;
    loading = undefined;
    if (!isUsed) throw error;
    return await withDocument(bytes, work);
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

function openDocument<Result>(
  pdfium: WrappedPdfiumModule,
  bytes: Uint8Array,
  work: (pdfium: WrappedPdfiumModule, document: number) => Result,
): Result {
  const { wasmExports } = pdfium.pdfium;
  const at = wasmExports.malloc(bytes.byteLength);
  memoryOf(pdfium).set(bytes, at);
  const document = pdfium.FPDF_LoadMemDocument(at, bytes.byteLength, '');
  try {
    if (document === 0) throw refusal(pdfium.FPDF_GetLastError());
    return work(pdfium, document);
  } finally {
    if (document !== 0) pdfium.FPDF_CloseDocument(document);
    wasmExports.free(at);
  }
}

function refusal(error: number): SyncError {
  if (error === errors.otherSecurity)
    return new SyncError('unreadable', {
      code: 'encrypted',
      message: 'The PDF is encrypted for the owners of certificates. Save it without encryption to include it.',
    });
  return error === errors.needsPassword
    ? new SyncError('unreadable', {
        code: 'encrypted',
        message: 'The PDF is protected by a password. Remove the password to include it.',
      })
    : new SyncError('unreadable', { code: 'corrupt', message: 'The file cannot be read as PDF. It may be damaged.' });
}

/**
 * The buffer is replaced when memory grows, so it must be requested each time. The package's types do not declare it.
 */
export function memoryOf({ pdfium }: WrappedPdfiumModule): Uint8Array {
  return (pdfium as unknown as { readonly HEAPU8: Uint8Array }).HEAPU8;
}

/** Requests the size in bytes, then the text itself. */
export function readSized(pdfium: WrappedPdfiumModule, read: (buffer: number, size: number) => number): string {
  const size = read(0, 0);
  return size <= bytesPerUnit ? '' : readUtf16(pdfium, size, (buffer) => read(buffer, size));
}

/** @param fill writes into the buffer and returns the number of bytes, including the zero at the end */
export function readUtf16(pdfium: WrappedPdfiumModule, size: number, fill: (buffer: number) => number): string {
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
