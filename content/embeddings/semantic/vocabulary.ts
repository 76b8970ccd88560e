import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { Unigrams } from './unigrams.ts';

/** The name of our own model; docs/decisions/23-local-models.md describes it. The number increases with every change. */
export const semanticModel = 'local-semantic-1';
export const semanticModelPath = join(import.meta.dirname, `${semanticModel}.bin`);

/** The first line of the file, and the lengths of the parts that follow it. */
export interface TableHeader {
  readonly pieces: number;
  readonly dimensions: number;
  readonly pieceBytes: number;
}

const maxHeader = 4096;

export function readHeader(start: Uint8Array): { readonly header: TableHeader; readonly length: number } {
  const end = start.indexOf(0x0a);
  return { header: JSON.parse(Buffer.from(start.subarray(0, end)).toString()) as TableHeader, length: end + 1 };
}

/**
 * Reads only the words of the model, a twentieth of its file: how common each piece of a word is in a hundred
 * languages.
 */
export function readVocabulary(): Unigrams {
  const file = openSync(semanticModelPath, 'r');
  try {
    const { header, length } = readHeader(readAt(file, 0, maxHeader));
    const pieces = Buffer.from(readAt(file, length, header.pieceBytes))
      .toString()
      .split('\n');
    const logs = readAt(file, length + header.pieceBytes, header.pieces * Float32Array.BYTES_PER_ELEMENT);
    return new Unigrams(pieces, new Float32Array(logs.buffer));
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, position: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  readSync(file, bytes, 0, length, position);
  return bytes;
}
