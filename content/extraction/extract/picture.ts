/**
 * Reads image files: the number of their pages, each page separately, and problems that show before they are unpacked.
 */

import { SyncError } from '../../../domain/errors.ts';
import type { RecognizedPage } from '../../../domain/reading.ts';
import { picturesNotRead } from '../media-types.ts';
import type { ExtractedText } from './extracted-text.ts';
import { mergeRecognized } from './recognized.ts';

/** Maximum number of pages; a longer fax is truncated. */
const maxPages = 1000;

const pictures: readonly (readonly number[])[] = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x49, 0x49, 0x2a, 0x00],
  [0x4d, 0x4d, 0x00, 0x2a],
];
/** Sizes of the second header of a Windows bitmap; a text may also begin with BM. */
const bitmapHeads: ReadonlySet<number> = new Set([12, 40, 52, 56, 108, 124]);

export function isPicture(bytes: Uint8Array): boolean {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 18));
  return (
    pictures.some((magic) => magic.every((byte, i) => bytes[i] === byte)) ||
    // A text may begin with these letters, but not with sizes, which contain control characters.
    (/^GIF8[79]a/.test(start) && bytes.subarray(6, 13).some((byte) => byte < 9)) ||
    (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') ||
    (start.startsWith('BM') && bitmapHeads.has(bytes[14] ?? 0) && start.slice(15, 18) === '\0\0\0')
  );
}

/**
 * @param recognized the pages recognized so far; null if text recognition is off
 * @throws SyncError `unsupported` without text recognition; `unreadable`: `no_text`
 */
export function extractPicture(bytes: Uint8Array, recognized: readonly RecognizedPage[] | null): ExtractedText {
  if (recognized === null) throw new SyncError('unsupported', picturesNotRead);
  const all = tiffPages(bytes).length || 1;
  const pages = Math.min(all, maxPages);
  const { texts, scannedPages, metadata } = mergeRecognized(
    Array.from({ length: pages }, () => ''),
    Array.from({ length: pages }, (_page, i) => i),
    recognized,
  );
  if (scannedPages.length === 0 && texts.every((text) => text === ''))
    throw new SyncError('unreadable', { code: 'no_text', message: 'Text recognition found no text in this image.' });
  return {
    text: texts.join('\n\n\f'),
    metadata: { ...(pages === 1 ? {} : { pages }), ...metadata, ...(pages < all ? { truncated: true } : {}) },
    ...(scannedPages.length === 0 ? {} : { scannedPages }),
  };
}

/** Returns one page as a file of its own: a multi-page TIFF is changed so that it begins with that page. */
export function pageOfPicture(bytes: Uint8Array, page: number): Uint8Array {
  const at = tiffPages(bytes)[page];
  if (at === undefined || page === 0) return isWideBitmap(bytes) ? toNarrowBitmap(bytes) : bytes;
  // `slice` is not used because a Buffer's slice shares its memory.
  const single = Uint8Array.from(bytes);
  viewOf(single).setUint32(4, at, isLittleEndian(bytes));
  return single;
}

/** Returns the positions of a TIFF's page directories in order, one more than are read; empty if it is not a TIFF. */
function tiffPages(bytes: Uint8Array): number[] {
  const view = viewOf(bytes);
  if (view.byteLength < 8 || !isTiff(bytes)) return [];
  const little = isLittleEndian(bytes);
  const found: number[] = [];
  // A damaged chain may contain a cycle.
  const seen = new Set<number>();
  for (let at = view.getUint32(4, little); at !== 0 && at + 2 <= view.byteLength && !seen.has(at);) {
    seen.add(at);
    found.push(at);
    const next = at + 2 + view.getUint16(at, little) * 12;
    if (found.length > maxPages || next + 4 > view.byteLength) break;
    at = view.getUint32(next, little);
  }
  return found;
}

function isTiff(bytes: Uint8Array): boolean {
  return isLittleEndian(bytes) ? bytes[2] === 42 : bytes[0] === 0x4d && bytes[1] === 0x4d && bytes[3] === 42;
}

function isLittleEndian(bytes: Uint8Array): boolean {
  return bytes[0] === 0x49 && bytes[1] === 0x49;
}

const bitmap = { bitsAt: 28, pixelsAt: 10, widthAt: 18, heightAt: 22, head: 54 } as const;

/** Windows bitmaps with four bytes per pixel, which Leptonica does not read. */
function isWideBitmap(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length > bitmap.head && bytes[bitmap.bitsAt] === 32;
}

/** Returns the bitmap without its fourth byte, as a PPM image. */
function toNarrowBitmap(bytes: Uint8Array): Uint8Array {
  const view = viewOf(bytes);
  const [width, height] = [view.getInt32(bitmap.widthAt, true), view.getInt32(bitmap.heightAt, true)];
  const start = view.getUint32(bitmap.pixelsAt, true);
  const rows = Math.abs(height);
  if (width <= 0 || start + width * rows * 4 > bytes.length) return bytes;
  const head = new TextEncoder().encode(`P6\n${width} ${rows}\n255\n`);
  const picture = new Uint8Array(head.length + width * rows * 3);
  picture.set(head);
  for (let y = 0; y < rows; y++) {
    // The last row comes first, unless the height is negative.
    const from = start + (height > 0 ? rows - 1 - y : y) * width * 4;
    for (let x = 0; x < width; x++) {
      const pixel = from + x * 4;
      picture.set([bytes[pixel + 2] ?? 0, bytes[pixel + 1] ?? 0, bytes[pixel] ?? 0], head.length + (y * width + x) * 3);
    }
  }
  return picture;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
