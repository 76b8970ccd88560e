/**
 * Reads zip archives: Office, OpenDocument and EPUB files. Parts are unpacked one at a time, with one limit for all.
 */

import { inflateRawSync } from 'node:zlib';
import { SyncError } from '../../../domain/errors.ts';
import { decodeText } from '../decode.ts';

/** Maximum unpacked size in bytes of all parts read of one file. It stops zip bombs. */
const maxUnpacked = 200 * 1024 * 1024;
const maxParts = 20_000;
const signatures = { end: 0x06054b50, entry: 0x02014b50, local: 0x04034b50 } as const;
const endLength = 22;
const maxComment = 65_535;
const methods = { stored: 0, deflated: 8 } as const;

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
  /** @returns undefined if there is no such part. @throws SyncError `unpacks_too_large`, and any error of zlib */
  readonly read: (name: string) => Uint8Array | undefined;
}

/**
 * @param remaining number of bytes that may still be unpacked, if a limit covers more than this archive
 * @throws RangeError if the bytes are not an archive
 */
export function openArchive(bytes: Uint8Array, remaining = (): number => maxUnpacked): Archive {
  const entries = new Map(readDirectory(bytes).map((entry) => [entry.name, entry]));
  let read = 0;
  return {
    names: [...entries.keys()],
    encrypted: new Set([...entries.values()].filter((entry) => entry.isEncrypted).map((entry) => entry.name)),
    read: (name) => {
      const entry = entries.get(name);
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
  const end = findEnd(view);
  const count = Math.min(view.getUint16(end + 10, true), maxParts);
  let at = view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let i = 0; i < count && at + 46 <= view.byteLength && view.getUint32(at, true) === signatures.entry; i++) {
    const nameLength = view.getUint16(at + 28, true);
    entries.push({
      name: decodeText(bytes.subarray(at + 46, at + 46 + nameLength)).replaceAll('\\', '/'),
      isEncrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      unpacked: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
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
  if (method === methods.stored) return data;
  if (method !== methods.deflated) throw new RangeError(`compression ${method}`);
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(1, left) });
  } catch (error) {
    if (Error.isError(error) && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw error;
  }
}

export function tooLarge(): SyncError {
  return new SyncError('unreadable', {
    code: 'unpacks_too_large',
    message: 'The file is too large when it is unpacked.',
  });
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

export function isZstd(bytes: Uint8Array): boolean {
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
}

export function isTar(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(257, 262)) === 'ustar';
}
