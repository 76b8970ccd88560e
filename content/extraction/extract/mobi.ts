/** Reads books of Mobipocket and Kindle (MOBI, AZW3): HTML, packed in the records of a Palm database. */

import { decodeAs } from '../decode.ts';
import { encrypted } from '../media-types.ts';
import { SyncError } from '../../../domain/errors.ts';
import { encodingOfCodePage } from './code-pages.ts';
import { tooLarge } from './compressed.ts';
import type { ExtractedText } from './extracted-text.ts';
import { extractHtml } from './html.ts';

/** Positions in the file, and in its first record (wiki.mobileread.com/wiki/MOBI). */
const file = { records: 76, first: 78, entry: 8 } as const;
const head = {
  compression: 0,
  count: 8,
  encryption: 12,
  length: 20,
  codePage: 28,
  version: 36,
  title: 84,
  parts: 192,
  trailers: 242,
} as const;
const compressions = { none: 1, palm: 2 } as const;
/** The length of the header of the first version that states trailers. */
const lengthWithTrailers = 228;
/** The version in which style sheets and pictures follow the text. */
const versionWithParts = 8;
/** Two bytes become at most ten. More means that records overlap. */
const maxGrowth = 5;

/** @throws SyncError `unreadable`: `encrypted`; `unsupported` for the third way of compressing */
export function extractMobi(bytes: Uint8Array): ExtractedText {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const record = recordsOf(data);
  const first = record(0);
  const compression = first.readUInt16BE(head.compression);
  if (first.readUInt16BE(head.encryption) !== 0) throw encrypted();
  if (compression !== compressions.none && compression !== compressions.palm)
    throw new SyncError('unsupported', {
      code: 'unsupported_type',
      message: 'Books that are compressed in this way cannot be read. Save this one as EPUB.',
    });
  const isMobi = first.length > head.trailers + 2 && first.toString('latin1', 16, 20) === 'MOBI';
  const trailers =
    isMobi && first.readUInt32BE(head.length) >= lengthWithTrailers ? first.readUInt16BE(head.trailers) : 0;
  const parts: Uint8Array[] = [];
  let left = data.length * maxGrowth;
  for (let i = 1; i <= first.readUInt16BE(head.count); i++) {
    const packed = withoutTrailers(record(i), trailers);
    const part = compression === compressions.palm ? unpackPalm(packed, left) : packed;
    left -= part.byteLength;
    parts.push(part);
  }
  const encoding = encodingOfCodePage(isMobi ? first.readUInt32BE(head.codePage) : 1252);
  const text = Buffer.concat(parts).subarray(0, isMobi ? endOfText(first, record) : undefined);
  return { ...extractHtml(decodeAs(encoding, text)), ...(isMobi ? titleIn(first, encoding) : {}) };
}

/** @returns a function from the number of a record to its bytes; empty if there is none */
function recordsOf(data: Buffer): (number: number) => Buffer {
  const count = data.readUInt16BE(file.records);
  const start = (i: number): number => (i < count ? data.readUInt32BE(file.first + i * file.entry) : data.length);
  return (i) => (i < count ? data.subarray(start(i), start(i + 1)) : Buffer.alloc(0));
}

/** The first part of a newer book is the text; the record `FDST` says where it ends. */
function endOfText(first: Buffer, record: (number: number) => Buffer): number | undefined {
  if (first.readUInt32BE(head.version) < versionWithParts) return undefined;
  const parts = record(first.readUInt32BE(head.parts));
  return parts.toString('latin1', 0, 4) === 'FDST' && parts.length >= 20 ? parts.readUInt32BE(16) : undefined;
}

function titleIn(first: Buffer, encoding: string): { title?: string } {
  const start = first.readUInt32BE(head.title);
  const title = decodeAs(encoding, first.subarray(start, start + first.readUInt32BE(head.title + 4))).trim();
  return title === '' ? {} : { title };
}

/** Each bit above the first stands for an entry at the end, whose last bytes state its length, seven bits in each. */
function withoutTrailers(record: Buffer, flags: number): Buffer {
  let end = record.length;
  for (let bits = flags >> 1; bits > 0; bits >>= 1) {
    if ((bits & 1) === 0) continue;
    let length = 0;
    for (let i = 0; i < 4 && end - 1 - i >= 0; i++) {
      const byte = record[end - 1 - i] ?? 0;
      length |= (byte & 0x7f) << (7 * i);
      if ((byte & 0x80) !== 0) break;
    }
    end = Math.max(0, end - length);
  }
  // The first bit: a character that the next record goes on with is repeated here.
  return (flags & 1) === 0
    ? record.subarray(0, end)
    : record.subarray(0, Math.max(0, end - ((record[end - 1] ?? 0) & 3) - 1));
}

/** A record has at most 4 KB when it is unpacked; a hostile one is stopped. */
function unpackPalm(packed: Uint8Array, left: number): Uint8Array {
  const output: number[] = [];
  for (let at = 0; at < packed.length;) {
    const byte = packed[at++] ?? 0;
    if (byte >= 1 && byte <= 8) {
      for (let i = 0; i < byte; i++) output.push(packed[at++] ?? 0);
    } else if (byte < 0x80) output.push(byte);
    else if (byte >= 0xc0) output.push(0x20, byte ^ 0x80);
    else {
      const pair = (byte << 8) | (packed[at++] ?? 0);
      const distance = (pair >> 3) & 0x7ff;
      for (let i = (pair & 7) + 3; i > 0; i--) output.push(output[output.length - distance] ?? 0);
    }
    if (output.length > left) throw tooLarge();
  }
  return Uint8Array.from(output);
}
