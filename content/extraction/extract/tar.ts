/**
 * Reads tar archives: the old form (1979), POSIX (ustar and pax) and GNU. Written here because the packages that read
 * from memory lose the first part of long names, and names with spaces in pax records.
 */

import { decodeText } from '../decode.ts';

export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const block = 512;
/** Positions of a header's fields (POSIX.1-2017, pax, "ustar Interchange Format"). */
const fields = { name: [0, 100], size: [124, 12], checksum: [148, 8], type: [156, 1], prefix: [345, 155] } as const;
const space = 32;

/** Whether the first block is the header of a tar file: its checksum is the sum of its bytes. */
export function isTar(bytes: Uint8Array): boolean {
  if (bytes.length < block || bytes[0] === 0) return false;
  const [at, length] = fields.checksum;
  const sum = bytes
    .subarray(0, block)
    .reduce((total, byte, i) => total + (i >= at && i < at + length ? space : byte), 0);
  return numberOf(bytes.subarray(at, at + length)) === sum;
}

/** Returns regular files in their order. A damaged or cut header ends the list. */
export function readTar(bytes: Uint8Array): TarFile[] {
  const files: TarFile[] = [];
  let longName: string | null = null;
  for (let at = 0; at + block <= bytes.length;) {
    const header = bytes.subarray(at, at + block);
    const size = numberOf(fieldOf(header, 'size'));
    if (!isTar(header) || !(size >= 0)) break;
    const content = bytes.subarray(at + block, at + block + size);
    const type = String.fromCharCode(header[fields.type[0]] ?? 0);
    if (type === 'L') longName = decodeText(untilZero(content));
    else if (type === 'x') longName = paxPath(content) ?? longName;
    else if (!longNameTypes.has(type)) {
      const name = longName ?? shortName(header);
      longName = null;
      if (fileTypes.has(type) && !name.endsWith('/')) files.push({ name, bytes: content });
    }
    at += block + Math.ceil(size / block) * block;
  }
  return files;
}

const fileTypes: ReadonlySet<string> = new Set(['0', '\0', '7']);
/** Records between a long name and its file: a long link target, and defaults for all files. */
const longNameTypes: ReadonlySet<string> = new Set(['K', 'g']);

function shortName(header: Uint8Array): string {
  const isPosix = new TextDecoder('latin1').decode(header.subarray(257, 263)) === 'ustar\0';
  const prefix = isPosix ? untilZero(fieldOf(header, 'prefix')) : new Uint8Array();
  const name = untilZero(fieldOf(header, 'name'));
  return decodeText(prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]));
}

/** Finds the path in records of the form `27 path=folder/a file.txt\n`, whose number is their length in bytes. */
function paxPath(records: Uint8Array): string | null {
  for (let at = 0; at < records.length;) {
    const start = records.indexOf(space, at) + 1;
    const length = Number(new TextDecoder('latin1').decode(records.subarray(at, start)));
    if (start === 0 || !(length > start - at)) return null;
    const record = decodeText(records.subarray(start, at + length - 1));
    if (record.startsWith('path=')) return record.slice('path='.length);
    at += length;
  }
  return null;
}

function fieldOf(header: Uint8Array, name: keyof typeof fields): Uint8Array {
  const [at, length] = fields[name];
  return header.subarray(at, at + length);
}

function untilZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Reads octal digits, or GNU's binary form for more than 8 GB. @returns NaN for anything else */
function numberOf(field: Uint8Array): number {
  if (field[0] === 0x80) return field.subarray(1).reduce((number, byte) => number * 256 + byte, 0);
  const digits = new TextDecoder('latin1').decode(field).replaceAll('\0', ' ').trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN;
}
