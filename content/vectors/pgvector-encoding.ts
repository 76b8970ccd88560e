import { endianness } from 'node:os';
import { encodeArray } from '../../db/access/binary-array.ts';

const headerBytes = 4;
const numberBytes = Float32Array.BYTES_PER_ELEMENT;

/** Encodes pgvector's binary form (`vector_recv`): dimensions and an unused word as int16, then big-endian float32. */
export function encodeVector(vector: Float32Array): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + vector.byteLength);
  write(vector, bytes, 0);
  return bytes;
}

/** Encodes a parameter for an array of vectors, each in its place: a batch has megabytes of them. */
export function encodeVectors(vectors: readonly Float32Array[]): Buffer {
  const lengths = vectors.map(({ length }) => headerBytes + length * numberBytes);
  return encodeArray(lengths, (array, at, i) => write(vectors[i] ?? new Float32Array(), array, at));
}

function write(vector: Float32Array, bytes: Buffer, at: number): void {
  bytes.writeInt16BE(vector.length, at);
  bytes.writeInt16BE(0, at + 2);
  const numbers = bytes.subarray(at + headerBytes, at + headerBytes + vector.byteLength);
  numbers.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  if (endianness() === 'LE') numbers.swap32();
}
