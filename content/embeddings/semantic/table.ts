import { Unigrams } from './unigrams.ts';

/**
 * What a model of ours is made of: a vocabulary, and one vector for each of its pieces, already weighed by how rare the
 * piece is. The file begins with a line of JSON; pieces (UTF-8, one a line), log probabilities (float32), scales (float32)
 * and vectors (int8) follow. `tools/semantic-model/` makes it.
 */
export interface SemanticTable {
  readonly dimensions: number;
  readonly unigrams: Unigrams;
  /** What a piece's bytes are multiplied by. */
  readonly scales: Float32Array;
  readonly vectors: Int8Array;
}

interface Header {
  readonly pieces: number;
  readonly dimensions: number;
  readonly pieceBytes: number;
}

export function readTable(file: Uint8Array): SemanticTable {
  const headerEnd = file.indexOf(0x0a);
  const header = JSON.parse(Buffer.from(file.subarray(0, headerEnd)).toString()) as Header;
  let at = headerEnd + 1;
  // A copy: numbers begin at multiples of their size, and a Buffer's own slice is none.
  const take = (bytes: number): Uint8Array<ArrayBuffer> => Uint8Array.from(file.subarray(at, (at += bytes)));
  const floats = (count: number) => new Float32Array(take(count * 4).buffer);
  const pieces = Buffer.from(take(header.pieceBytes)).toString().split('\n');
  const unigrams = new Unigrams(pieces, floats(header.pieces));
  const scales = floats(header.pieces);
  const vectors = new Int8Array(take(header.pieces * header.dimensions).buffer);
  return { dimensions: header.dimensions, unigrams, scales, vectors };
}

/** The text's direction: the weighed sum of its pieces' vectors, of length one. */
export function embedText({ dimensions, unigrams, scales, vectors }: SemanticTable, text: string): Float32Array {
  const sum = new Float32Array(dimensions);
  for (const id of unigrams.idsOf(text)) {
    const scale = scales[id] ?? 0;
    const row = id * dimensions;
    for (let i = 0; i < dimensions; i++) sum[i] = (sum[i] ?? 0) + scale * (vectors[row + i] ?? 0);
  }
  const length = Math.hypot(...sum);
  // A text without a single known piece points nowhere near anything: a direction of its own does no harm.
  if (length === 0) sum[0] = 1;
  return length === 0 ? sum : sum.map((value) => value / length);
}
