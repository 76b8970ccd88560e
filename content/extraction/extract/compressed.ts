/** Unpacks single files that were compressed: gzip, zstd, bzip2, xz. */

import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import bunzip from 'seek-bzip';
import { SyncError } from '../../../domain/errors.ts';

/**
 * The bytes that all files of a kind begin with. A text may also begin with BZh; the first block or the end, after the
 * size, begins with digits of pi or of its root.
 */
const starts = {
  gzip: /^1f8b08/,
  zstd: /^28b52ffd/,
  bzip2: /^425a683[1-9](314159265359|177245385090)/,
  xz: /^fd377a585a00/,
} as const;
type Compression = keyof typeof starts;
const maxStartLength = 10;
/** Size in bytes of the first output buffer, which is doubled when it is full. */
const firstOutput = 256 * 1024;

/** @returns null if the bytes are not compressed in one of these ways */
export function compressionOf(bytes: Uint8Array): Compression | null {
  const start = Buffer.from(bytes.subarray(0, maxStartLength)).toString('hex');
  return (Object.keys(starts) as Compression[]).find((kind) => starts[kind].test(start)) ?? null;
}

/**
 * @param left maximum number of bytes
 * @throws SyncError `unpacks_too_large`, `unsupported` for some files of xz, and any error of the decoders
 */
export async function uncompress(bytes: Uint8Array, kind: Compression, left: number): Promise<Uint8Array> {
  switch (kind) {
    case 'gzip':
      return withLimit(() => gunzipSync(bytes, { maxOutputLength: Math.max(1, left) }));
    case 'zstd':
      return unpackZstd(bytes, left);
    case 'bzip2':
      return unpackBzip2(bytes, left);
    case 'xz':
      return await unpackXz(bytes, left);
  }
}

export function unpackZstd(bytes: Uint8Array, left: number): Uint8Array {
  return withLimit(() => zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, left) }));
}

export function unpackBzip2(bytes: Uint8Array, left: number): Uint8Array {
  let output = new Uint8Array(firstOutput);
  let length = 0;
  const writeByte = (byte: number): void => {
    if (length === left) throw tooLarge();
    if (length === output.length) output = new Uint8Array(output.buffer.transfer(length * 2));
    output[length++] = byte;
  };
  bunzip.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { writeByte }, true);
  return output.subarray(0, length);
}

/** Positions in a file of xz (tukaani.org/xz/xz-file-format.txt, 2.1.1.2 and 3.1), and flags of its first block. */
const xzFile = { check: 7, block: 12, flags: 13, fields: 14 } as const;
const blockFlags = { filters: 0x03, packedSize: 0x40, unpackedSize: 0x80 } as const;
const sha256 = 0x0a;
const lzma2 = 0x21;
/** Names of filters that are used before compressing; the decoder knows none of them. */
const filters: Readonly<Record<number, string>> = {
  3: 'delta',
  4: 'x86',
  5: 'PowerPC',
  6: 'IA-64',
  7: 'ARM',
  8: 'ARM Thumb',
  9: 'SPARC',
  10: 'ARM64',
  11: 'RISC-V',
};

/** @throws SyncError `unsupported` for a filter or a checksum that the decoder does not know */
function refuseUnknownXz(bytes: Uint8Array): void {
  const filter = firstFilterOf(bytes);
  const hasFilter = filter !== null && filter !== lzma2;
  if (!hasFilter && ((bytes[xzFile.check] ?? 0) & 0x0f) !== sha256) return;
  const what = hasFilter ? `the filter ${filters[filter] ?? filter}` : 'checksums of SHA-256';
  throw new SyncError('unsupported', {
    code: 'unsupported_type',
    message: `xz files with ${what} cannot be unpacked. Compress this one again without it.`,
  });
}

/** @returns null if the file has no block */
function firstFilterOf(bytes: Uint8Array): number | null {
  if ((bytes[xzFile.block] ?? 0) === 0) return null;
  const flags = bytes[xzFile.flags] ?? 0;
  let at: number = xzFile.fields;
  const skipNumber = (): void => {
    // Seven bits in each byte; the last one has no eighth bit.
    while (((bytes[at++] ?? 0) & 0x80) !== 0);
  };
  if ((flags & blockFlags.packedSize) !== 0) skipNumber();
  if ((flags & blockFlags.unpackedSize) !== 0) skipNumber();
  return bytes[at] ?? null;
}

async function unpackXz(bytes: Uint8Array, left: number): Promise<Uint8Array> {
  refuseUnknownXz(bytes);
  const { default: xz } = await import('xz-decompress');
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of new xz.XzReadableStream(new Blob([Uint8Array.from(bytes)]).stream())) {
    length += part.byteLength;
    if (length > left) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Runs a decoder of Node.js that stops at a limit. */
export function withLimit(unpack: () => Uint8Array): Uint8Array {
  try {
    return unpack();
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
