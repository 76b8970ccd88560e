/** Reads messages of Protocol Buffers without their schema: the fields that a reader asks for, by number. */

/** Kinds of values on the wire (the encoding's documentation, "Message structure"). */
const wire = { varint: 0, eightBytes: 1, bytes: 2, fourBytes: 5 } as const;

/** The fields of one message. A field that occurs several times has several values, in their order. */
export class Message {
  readonly #numbers = new Map<number, number[]>();
  readonly #parts = new Map<number, Uint8Array[]>();

  /** Bytes that are no message have the fields before the first one that cannot be read. */
  constructor(bytes: Uint8Array) {
    const reader = new VarintReader(bytes);
    while (reader.at < bytes.length) {
      const tag = reader.next();
      const [field, kind] = [Math.floor(tag / 8), tag % 8];
      if (kind === wire.varint) add(this.#numbers, field, reader.next());
      else if (kind === wire.bytes) add(this.#parts, field, reader.take(reader.next()));
      else if (kind === wire.eightBytes) reader.take(8);
      else if (kind === wire.fourBytes) reader.take(4);
      else return;
    }
  }

  number(field: number): number | undefined {
    return this.#numbers.get(field)?.[0];
  }

  parts(field: number): readonly Uint8Array[] {
    return this.#parts.get(field) ?? [];
  }

  message(field: number): Message | undefined {
    const [part] = this.parts(field);
    return part === undefined ? undefined : new Message(part);
  }

  messages(field: number): Message[] {
    return this.parts(field).map((part) => new Message(part));
  }

  text(field: number): string {
    return this.parts(field)
      .map((part) => new TextDecoder().decode(part))
      .join('');
  }
}

function add<Value>(values: Map<number, Value[]>, field: number, value: Value): void {
  const known = values.get(field);
  if (known === undefined) values.set(field, [value]);
  else known.push(value);
}

/** Seven bits of the value are in each byte, the lowest first. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Values above 2^53 lose their last digits; no field that is used here has any. */
  next(): number {
    let value = 0;
    let factor = 1;
    for (let byte = 0x80; byte >= 0x80; factor *= 0x80) {
      byte = this.#bytes[this.at++] ?? 0;
      value += (byte % 0x80) * factor;
    }
    return value;
  }

  take(length: number): Uint8Array {
    const part = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }
}
