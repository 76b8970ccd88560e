import { endianness } from 'node:os';

const headerBytes = 4;

/** Encodes pgvector's binary form (`vector_recv`): dimensions and an unused word as int16, then big-endian float32. */
export function encodeVector(vector: Float32Array): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + vector.byteLength);
  bytes.writeInt16BE(vector.length, 0);
  bytes.writeInt16BE(0, 2);
  const numbers = bytes.subarray(headerBytes);
  numbers.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  if (endianness() === 'LE') numbers.swap32();
  return bytes;
}
