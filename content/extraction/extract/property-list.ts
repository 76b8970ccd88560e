import { decodeText } from '../decode.ts';
import type { ExtractedText } from './extracted-text.ts';
import { extractHtml } from './html.ts';
import { extractXml } from './xml-text.ts';

/** Limits the work for lists that refer to themselves or to one value many times. */
const maxValues = 100_000;
const maxDepth = 40;
/** The first 8 bytes, and the 32 that end the file and say where everything is. */
const magic = 'bplist00';
const trailerBytes = 32;

/** Reads Apple's property lists in both forms, and web pages that Safari saved. */
export function extractPropertyList(bytes: Uint8Array): ExtractedText {
  if (!isBinaryPropertyList(bytes)) return extractXml(bytes);
  const value = new BinaryList(bytes).root();
  const page = value instanceof Map ? value.get('WebMainResource') : undefined;
  const source = page instanceof Map ? page.get('WebResourceData') : undefined;
  if (source instanceof Uint8Array) return extractHtml(decodeText(source));
  const lines: string[] = [];
  write(value, '', lines);
  return { text: lines.join('\n') };
}

export function isBinaryPropertyList(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, magic.length)) === magic;
}

type Value = string | Uint8Array | null | readonly Value[] | ReadonlyMap<string, Value>;

function write(value: Value, indent: string, lines: string[]): void {
  if (value instanceof Map) {
    for (const [name, inner] of value as ReadonlyMap<string, Value>) {
      if (typeof inner === 'string') lines.push(`${indent}${name}: ${inner}`);
      else if (inner !== null && !(inner instanceof Uint8Array)) {
        lines.push(`${indent}${name}:`);
        write(inner, `${indent}  `, lines);
      }
    }
  } else if (Array.isArray(value)) for (const inner of value as readonly Value[]) write(inner, indent, lines);
  else if (typeof value === 'string') lines.push(`${indent}${value}`);
}

/** The binary form: a table of positions, and values that refer to each other by their number in it. */
class BinaryList {
  readonly #bytes: Buffer;
  readonly #offsetSize: number;
  readonly #referenceSize: number;
  readonly #top: number;
  readonly #table: number;
  #valuesLeft = maxValues;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const trailer = this.#bytes.subarray(-trailerBytes);
    this.#offsetSize = trailer[6] ?? 0;
    this.#referenceSize = trailer[7] ?? 0;
    this.#top = Number(trailer.readBigUInt64BE(16));
    this.#table = Number(trailer.readBigUInt64BE(24));
  }

  /** @throws RangeError if a position is outside of the file */
  root(): Value {
    return this.#value(this.#top, 0);
  }

  #value(reference: number, depth: number): Value {
    if (this.#valuesLeft-- <= 0 || depth > maxDepth) return null;
    let at = this.#number(this.#table + reference * this.#offsetSize, this.#offsetSize);
    const marker = this.#bytes.readUInt8(at++);
    const kind = marker >> 4;
    let count = marker & 0xf;
    if (kind > 3 && count === 0xf) {
      const size = 1 << (this.#bytes.readUInt8(at++) & 0xf);
      count = this.#number(at, size);
      at += size;
    }
    switch (kind) {
      case 0:
        return count === 8 ? 'false' : count === 9 ? 'true' : null;
      case 1:
        return String(this.#number(at, 1 << count));
      case 2:
        return String(count === 3 ? this.#bytes.readDoubleBE(at) : this.#bytes.readFloatBE(at));
      case 3:
        // Seconds since 2001.
        return new Date(Date.UTC(2001, 0, 1) + this.#bytes.readDoubleBE(at) * 1000).toISOString();
      case 4:
        return this.#bytes.subarray(at, at + count);
      case 5:
        return this.#bytes.toString('latin1', at, at + count);
      case 6:
        return Buffer.from(this.#bytes.subarray(at, at + 2 * count))
          .swap16()
          .toString('utf16le');
      case 10:
      case 12:
        return this.#references(at, count).map((inner) => this.#value(inner, depth + 1));
      case 13:
        return this.#dictionary(at, count, depth);
      default:
        return null;
    }
  }

  #dictionary(at: number, count: number, depth: number): Value {
    const references = this.#references(at, 2 * count);
    const entries = references.slice(0, references.length / 2).map((key, i): [string, Value] => {
      const name = this.#value(key, depth + 1);
      return [typeof name === 'string' ? name : '', this.#value(references[count + i] ?? this.#top, depth + 1)];
    });
    return new Map(entries);
  }

  #references(at: number, count: number): number[] {
    const length = Math.min(count, Math.max(0, this.#valuesLeft));
    return Array.from({ length }, (_, i) => this.#number(at + i * this.#referenceSize, this.#referenceSize));
  }

  /** A whole number of up to 16 bytes; more than 6 are rare and lose precision. */
  #number(at: number, size: number): number {
    if (size <= 6) return this.#bytes.readUIntBE(at, size);
    return Number(this.#bytes.readBigInt64BE(at + size - 8));
  }
}
