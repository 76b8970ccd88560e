import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Number of directions that rows can be multiplied with at once. */
export const maxDirections = 32;
/** A number of a direction, which is at most 1, is kept as a 16-bit integer: 1 becomes this. */
const unit = 2 ** 15 - 1;
const pageBytes = 64 * 1024;
/** The instructions multiply 16 bytes at once. */
const step = 16;

type Multiply = (row: number, directions: number, count: number, length: number, products: number) => void;
const multiplierExports = z.object({ multiply: z.custom<Multiply>((value) => typeof value === 'function') });

/**
 * Rows of bytes that are multiplied with directions where they are, in WebAssembly's memory: 16 bytes at once
 * (`tools/semantic-model/byte-rows.wat`), which JavaScript cannot and takes about five times as long without.
 */
export class ByteRows {
  /** All rows, one after another. */
  readonly bytes: Int8Array;
  readonly #length: number;
  readonly #directions: Int16Array;
  readonly #products: Int32Array;
  readonly #multiply: Multiply;
  #count = 0;

  /** @param length of a row, a multiple of 16 bytes */
  constructor(bytes: Uint8Array, length: number) {
    if (length % step !== 0) throw new Error(`a row of ${length} bytes is not a multiple of ${step}`);
    const directionsAt = Math.ceil(bytes.length / step) * step;
    const productsAt = directionsAt + maxDirections * length * Int16Array.BYTES_PER_ELEMENT;
    const end = productsAt + maxDirections * Int32Array.BYTES_PER_ELEMENT;
    const memory = new WebAssembly.Memory({ initial: Math.ceil(end / pageBytes) });
    this.#length = length;
    this.bytes = new Int8Array(memory.buffer, 0, bytes.length);
    this.bytes.set(bytes);
    this.#directions = new Int16Array(memory.buffer, directionsAt, maxDirections * length);
    this.#products = new Int32Array(memory.buffer, productsAt, maxDirections);
    const module = new WebAssembly.Module(readFileSync(join(import.meta.dirname, 'byte-rows.wasm')));
    const { exports } = new WebAssembly.Instance(module, { rows: { memory } });
    this.#multiply = multiplierExports.parse({ ...exports }).multiply;
  }

  /** @param directions with numbers from -1 to 1, at most `maxDirections`, which replace those before them */
  setDirections(directions: readonly Float32Array[]): void {
    this.#count = directions.length;
    for (const [i, direction] of directions.entries()) {
      const start = i * this.#length;
      for (const [at, value] of direction.entries()) this.#directions[start + at] = Math.round(value * unit);
    }
  }

  /** Writes the products of a row with each direction into an array, from a place on, times a factor. */
  multiply(row: number, factor: number, into: Float64Array, at: number): void {
    const { byteOffset: directions } = this.#directions;
    const { byteOffset: products } = this.#products;
    this.#multiply(row * this.#length, directions, this.#count, this.#length, products);
    const scale = factor / unit;
    for (let i = 0; i < this.#count; i++) into[at + i] = scale * (this.#products[i] ?? 0);
  }
}
