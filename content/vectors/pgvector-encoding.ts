import { endianness } from 'node:os';

/** Encodes pgvector's binary form (`vector_recv`): dimensions and an unused word as int16, then big-endian float32. */
export function encodeVector(vector: Float32Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeInt16BE(vector.length, 0);
  const numbers = Buffer.from(vector.buffer.slice(vector.byteOffset, vector.byteOffset + vector.byteLength));
  return Buffer.concat([header, endianness() === 'LE' ? numbers.swap32() : numbers]);
}
