/**
 * Stores many small pieces in one file, because a separate file costs each an open, a write and a rename. The format is
 * a length of four bytes, the hashes and lengths of the pieces as JSON, then the pieces.
 */

import { hash } from 'node:crypto';

const headerBytes = 4;

export interface Piece {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** @returns the sha-256 in hex */
export function hashOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** @returns the parts of the file */
export function encodePack(pieces: readonly Piece[]): Uint8Array[] {
  const index = Buffer.from(JSON.stringify(pieces.map((piece) => [piece.hash, piece.bytes.byteLength])));
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(index.byteLength);
  return [header, index, ...pieces.map((piece) => piece.bytes)];
}

/** A damaged file, for example one that a power failure truncated, counts as empty. */
export function decodePack(pack: Buffer): Piece[] {
  const start = headerBytes + (pack.byteLength < headerBytes ? 0 : pack.readUInt32BE());
  let at = start;
  return readIndex(pack.toString('utf8', headerBytes, start)).flatMap(([name, length]) => {
    const bytes = pack.subarray(at, at + length);
    at += length;
    return hashOf(bytes) === name ? [{ hash: name, bytes }] : [];
  });
}

function readIndex(json: string): [hash: string, length: number][] {
  try {
    return JSON.parse(json) as [string, number][];
  } catch {
    return [];
  }
}
