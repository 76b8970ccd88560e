/** Pictures as files: how many pages they have, each of them alone, and what is wrong with them before they are unpacked. */

import { SyncError } from '../../../domain/errors.ts';
import type { RecognisedPage } from '../../../domain/reading.ts';
import { picturesNotRead } from '../media-types.ts';
import type { ExtractedText } from './extracted-text.ts';
import { mergeRecognised } from './recognised.ts';

/** A fax of more pages is cut. */
const maxPages = 1000;

/**
 * @param recognised what text recognition has read of it; null where none is done
 * @throws SyncError `unsupported` without text recognition; `unreadable`: `no_text`
 */
export function extractPicture(bytes: Uint8Array, recognised: readonly RecognisedPage[] | null): ExtractedText {
  if (recognised === null) throw new SyncError('unsupported', picturesNotRead);
  const pages = tiffPages(bytes).length || 1;
  const { texts, scannedPages, metadata } = mergeRecognised(
    Array.from({ length: pages }, () => ''),
    Array.from({ length: pages }, (_page, i) => i),
    recognised,
  );
  if (scannedPages.length === 0 && texts.every((text) => text === ''))
    throw new SyncError('unreadable', { code: 'no_text', message: 'Text recognition found no text in this picture.' });
  return {
    text: texts.join('\n\n\f'),
    metadata: { ...(pages === 1 ? {} : { pages }), ...metadata },
    ...(scannedPages.length === 0 ? {} : { scannedPages }),
  };
}

/** One page of a picture as a file of its own: of a TIFF with several, the one that it is made to begin with. */
export function pageOfPicture(bytes: Uint8Array, page: number): Uint8Array {
  const at = tiffPages(bytes)[page];
  if (at === undefined || page === 0) return isWideBitmap(bytes) ? toNarrowBitmap(bytes) : bytes;
  // Not `slice`: that of a Buffer shares its memory.
  const single = Uint8Array.from(bytes);
  viewOf(single).setUint32(4, at, isLittleEndian(bytes));
  return single;
}

/** Where the directories of a TIFF's pages are, in order; nothing for what is no TIFF. */
function tiffPages(bytes: Uint8Array): number[] {
  const view = viewOf(bytes);
  if (view.byteLength < 8 || !isTiff(bytes)) return [];
  const little = isLittleEndian(bytes);
  const found: number[] = [];
  // A damaged chain may lead back to itself.
  const seen = new Set<number>();
  for (let at = view.getUint32(4, little); at !== 0 && at + 2 <= view.byteLength && !seen.has(at);) {
    seen.add(at);
    found.push(at);
    const next = at + 2 + view.getUint16(at, little) * 12;
    if (found.length === maxPages || next + 4 > view.byteLength) break;
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

/** Windows bitmaps with four bytes a pixel, which Leptonica does not read. */
function isWideBitmap(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length > bitmap.head && bytes[bitmap.bitsAt] === 32;
}

/** The same without its fourth byte, as a PPM picture. */
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
    // Its last row comes first, unless the height is negative.
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
