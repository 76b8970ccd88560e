/**
 * Runs `COPY … FROM STDIN BINARY` through the driver: the fastest way to write rows, so that the baseline is a real
 * minimum.
 */

import type pg from 'pg';

interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(bytes: Buffer): void;
  endCopyFrom(): void;
}

/** Passed to `client.query` instead of a text; `done` awaits it. The driver calls the methods. */
export class CopyIn implements pg.Submittable {
  readonly done: Promise<void>;
  readonly #text: string;
  readonly #rows: Buffer;
  readonly #settle: PromiseWithResolvers<void> = Promise.withResolvers<void>();

  constructor(text: string, rows: Buffer) {
    this.#text = text;
    this.#rows = rows;
    this.done = this.#settle.promise;
  }

  submit(connection: unknown): void {
    (connection as CopyConnection).query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.#rows);
    connection.endCopyFrom();
  }

  handleCommandComplete(): void {
    // `handleReadyForQuery` follows.
  }

  handleReadyForQuery(): void {
    this.#settle.resolve();
  }

  handleError(error: Error): void {
    this.#settle.reject(error);
  }
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const end = Buffer.from([0xff, 0xff]);

/** Encodes texts, integers (four bytes) and vectors (float32, little endian). */
export function encodeRows(rows: readonly (readonly (string | number | Buffer | undefined)[])[]): Buffer {
  const parts: Buffer[] = [signature];
  for (const row of rows) {
    const count = Buffer.alloc(2);
    count.writeInt16BE(row.length);
    parts.push(count, ...row.flatMap((value) => encodeValue(value)));
  }
  return Buffer.concat([...parts, end]);
}

function encodeValue(value: string | number | Buffer | undefined): Buffer[] {
  const bytes = bytesOf(value ?? '');
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return [length, bytes];
}

function bytesOf(value: string | number | Buffer): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  }
  const header = Buffer.alloc(4);
  header.writeInt16BE(value.length / 4);
  return Buffer.concat([header, Buffer.from(value).swap32()]);
}
