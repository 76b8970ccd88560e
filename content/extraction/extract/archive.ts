/**
 * Reads zip archives: Office, OpenDocument and EPUB files. Parts are unpacked one at a time, with one limit for all.
 */

import { inflateRawSync } from 'node:zlib';
import { decodeText } from '../decode.ts';
import { tooLarge, unpackBzip2, unpackZstd, withLimit } from './compressed.ts';
import { maxUnpacked } from './reading-limits.ts';

const maxParts = 20_000;
const signatures = { end: 0x06054b50, endLarge: 0x06064b50, entry: 0x02014b50, local: 0x04034b50 } as const;
/** APPNOTE 4.3.14 and 4.5.3: archives with more than 4 GB or 65,535 parts, or written as if they had. */
const endLocatorLength = 20;
const endLargeLength = 56;
const largeField = 1;
/** Says that the value is in the extra field. */
const inExtra = 0xffffffff;
const endLength = 22;
const maxComment = 65_535;
/** APPNOTE 4.4.5. Newer programs write the last two by choice. */
const methods = { stored: 0, deflated: 8, bzip2: 12, zstd: 93 } as const;

interface Entry {
  readonly name: string;
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly offset: number;
}

export interface Archive {
  readonly names: readonly string[];
  /** Names of encrypted members. */
  readonly encrypted: ReadonlySet<string>;
  readonly has: (name: string) => boolean;
  /** The unpacked size in bytes that the archive states; 0 if there is no such part. */
  readonly sizeOf: (name: string) => number;
  /** @returns undefined if there is no such part. @throws SyncError `unpacks_too_large`, and any error of zlib */
  readonly read: (name: string) => Uint8Array | undefined;
}

/**
 * @param remaining number of bytes that may still be unpacked, if a limit covers more than this archive
 * @throws RangeError if the bytes are not an archive
 */
export function openArchive(bytes: Uint8Array, remaining = (): number => maxUnpacked): Archive {
  const entries = new Map(readDirectory(bytes).map((entry) => [entry.name, entry]));
  // Some programs write the names of an Office file's parts in other cases than they refer to them (ECMA-376, 2.6.2).
  const anyCase = new Map([...entries].map(([name, entry]) => [name.toLowerCase(), entry]));
  const find = (name: string): Entry | undefined => entries.get(name) ?? anyCase.get(name.toLowerCase());
  let read = 0;
  return {
    names: [...entries.keys()],
    encrypted: new Set([...entries.values()].filter((entry) => entry.isEncrypted).map((entry) => entry.name)),
    has: (name) => find(name) !== undefined,
    sizeOf: (name) => find(name)?.unpacked ?? 0,
    read: (name) => {
      const entry = find(name);
      if (entry === undefined) return undefined;
      const left = Math.min(maxUnpacked - read, remaining());
      if (entry.unpacked > left) throw tooLarge();
      const part = unpack(bytes, entry, left);
      read += part.byteLength;
      return part;
    },
  };
}

function readDirectory(bytes: Uint8Array): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { end, count, start, before } = findDirectory(view);
  let at = start;
  const entries: Entry[] = [];
  for (let i = 0; i < count && at + 46 <= end && view.getUint32(at, true) === signatures.entry; i++) {
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const sizes = sizesOf(view, at, at + 46 + nameLength, extraLength);
    entries.push({
      name: decodeText(bytes.subarray(at + 46, at + 46 + nameLength)).replaceAll('\\', '/'),
      isEncrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      method: view.getUint16(at + 10, true),
      packed: sizes.packed,
      unpacked: sizes.unpacked,
      offset: sizes.offset + before,
    });
    at += 46 + nameLength + extraLength + view.getUint16(at + 32, true);
  }
  return entries;
}

/**
 * @returns `before`: the number of bytes in front of the archive, such as the program of one that unpacks itself, which
 * its offsets do not count
 */
function findDirectory(view: DataView): { end: number; count: number; start: number; before: number } {
  const end = findEnd(view);
  const count = Math.min(view.getUint16(end + 10, true), maxParts);
  const [size, stated] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  const large = end - endLocatorLength - endLargeLength;
  if (stated === inExtra && large >= 0 && view.getUint32(large, true) === signatures.endLarge)
    return { end, count, start: Number(view.getBigUint64(large + 48, true)), before: 0 };
  const before = end - size - stated;
  return before > 0 && view.getUint32(end - size, true) === signatures.entry
    ? { end, count, start: end - size, before }
    : { end, count, start: stated, before: 0 };
}

/** Sizes and offset that do not fit into 32 bits are in an extra field; some programs always write them there. */
function sizesOf(view: DataView, entry: number, extra: number, extraLength: number) {
  const read = { unpacked: entry + 24, packed: entry + 20, offset: entry + 42 };
  const sizes = { unpacked: 0, packed: 0, offset: 0 };
  let at = findExtra(view, extra, extra + extraLength);
  for (const name of ['unpacked', 'packed', 'offset'] as const) {
    sizes[name] = view.getUint32(read[name], true);
    if (sizes[name] !== inExtra || at < 0 || at + 8 > extra + extraLength) continue;
    sizes[name] = Number(view.getBigUint64(at, true));
    at += 8;
  }
  return sizes;
}

/** @returns where the values of the field for large archives begin; -1 if there is none */
function findExtra(view: DataView, from: number, to: number): number {
  for (let at = from; at + 4 <= Math.min(to, view.byteLength); at += 4 + view.getUint16(at + 2, true))
    if (view.getUint16(at, true) === largeField) return at + 4;
  return -1;
}

function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - endLength - maxComment);
  for (let at = view.byteLength - endLength; at >= first; at--)
    if (view.getUint32(at, true) === signatures.end) return at;
  throw new RangeError('not a zip archive');
}

function unpack(bytes: Uint8Array, { method, packed, offset }: Entry, left: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(offset, true) !== signatures.local) throw new RangeError('a part is missing');
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const data = bytes.subarray(start, start + packed);
  switch (method) {
    case methods.stored:
      return data;
    case methods.deflated:
      return withLimit(() => inflateRawSync(data, { maxOutputLength: Math.max(1, left) }));
    case methods.bzip2:
      return unpackBzip2(data, left);
    case methods.zstd:
      return unpackZstd(data, left);
    default:
      throw new RangeError(`compression ${method}`);
  }
}
