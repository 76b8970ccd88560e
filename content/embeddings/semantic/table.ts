import { ByteRows } from './byte-rows.ts';
import { Unigrams } from './unigrams.ts';
import { readHeader } from './vocabulary.ts';

/**
 * The contents of our own model: a vocabulary, and one vector per piece, already weighted by how rare the piece is. The
 * file begins with a line of JSON; pieces (UTF-8, one per line), log probabilities (float32), scales (float32) and
 * vectors (int8) follow. `tools/semantic-model/` builds it.
 */
export interface SemanticTable {
  readonly dimensions: number;
  readonly unigrams: Unigrams;
  /** The factor for a piece's bytes. */
  readonly scales: Float32Array;
  readonly vectors: ByteRows;
}

export function readTable(file: Uint8Array): SemanticTable {
  const { header, length } = readHeader(file);
  let at = length;
  // Makes a copy: typed arrays must start at multiples of their element size, which a Buffer's slice does not
  // guarantee.
  const take = (bytes: number): Uint8Array<ArrayBuffer> => Uint8Array.from(file.subarray(at, (at += bytes)));
  const floats = (count: number) => new Float32Array(take(count * 4).buffer);
  const pieces = Buffer.from(take(header.pieceBytes)).toString().split('\n');
  const unigrams = new Unigrams(pieces, floats(header.pieces));
  const scales = floats(header.pieces);
  const vectors = new ByteRows(file.subarray(at, at + header.pieces * header.dimensions), header.dimensions);
  return { dimensions: header.dimensions, unigrams, scales, vectors };
}

/** Computes the text's direction: the weighted sum of its pieces' vectors, with length one. */
export function embedText(table: SemanticTable, text: string): Float32Array {
  const sum = sumOf(table, table.unigrams.idsOf(text));
  const length = lengthOf(sum);
  // A text without a known piece must not be close to anything, so it gets a separate direction.
  if (length === 0) sum[0] = 1;
  return length === 0 ? sum : sum.map((value) => value / length);
}

/** Returns the sum of the pieces' vectors. */
export function sumOf({ dimensions, scales, vectors }: SemanticTable, pieces: readonly number[]): Float32Array {
  const { bytes } = vectors;
  const sum = new Float32Array(dimensions);
  for (const piece of pieces) {
    const scale = scales[piece] ?? 0;
    const row = piece * dimensions;
    for (let i = 0; i < dimensions; i++) sum[i] = (sum[i] ?? 0) + scale * (bytes[row + i] ?? 0);
  }
  return sum;
}

/** Like `Math.hypot`, which takes twenty times as long. */
export function lengthOf(vector: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += (vector[i] ?? 0) ** 2;
  return Math.sqrt(squares);
}
