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
const longestStart = 10;
/** Size in bytes of the first output buffer, which is doubled when it is full. */
const firstOutput = 256 * 1024;

/** @returns null if the bytes are not compressed in one of these ways */
export function compressionOf(bytes: Uint8Array): Compression | null {
  const start = Buffer.from(bytes.subarray(0, longestStart)).toString('hex');
  return (Object.keys(starts) as Compression[]).find((kind) => starts[kind].test(start)) ?? null;
}

/**
 * @param left maximum number of bytes
 * @throws SyncError `unpacks_too_large`, and any error of the decoders
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

async function unpackXz(bytes: Uint8Array, left: number): Promise<Uint8Array> {
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
