import type { Duplex } from 'node:stream';
import type { ClientBase } from 'pg';

/** From this size on a copy costs more than a write of its own, in bytes. */
const largeBytes = 32 * 1024;
const bindCode = 'B'.charCodeAt(0);
const lengthBytes = 4;

/** Text, or bytes for a binary parameter. */
type Parameter = string | Buffer | null | undefined;

/** The values that the driver passes to the `bind` of its connection. */
interface BindConfig {
  readonly portal?: string;
  readonly statement?: string;
  readonly values?: readonly unknown[];
  readonly binary?: boolean;
  readonly valueMapper?: (value: unknown, index: number) => Parameter;
}

interface Connection {
  readonly stream: Duplex;
  bind(config: BindConfig): void;
}

/**
 * Lets a client send large parameters from where they are. The driver (pg 8.23) copies all parameters of a statement
 * into one buffer, which grows by half whenever it is full: a batch's vectors and texts were copied two to four times,
 * and V8 collects the whole heap whenever 64 MB of buffers were allocated.
 */
export function sendLargeParametersUncopied(client: ClientBase): void {
  const { connection } = client as ClientBase & { readonly connection: Connection };
  const bind = connection.bind.bind(connection);
  connection.bind = (config) => {
    if (config.values?.some((value) => Buffer.isBuffer(value) && value.byteLength >= largeBytes) !== true) {
      bind(config);
      return;
    }
    // Like the driver, it sends nothing on a connection that has broken.
    if (connection.stream.writable) for (const piece of bindMessage(config)) connection.stream.write(piece);
  };
}

/** The message `Bind` of PostgreSQL's protocol, in pieces: https://www.postgresql.org/docs/16/protocol-message-formats.html */
function bindMessage({
  portal = '',
  statement = '',
  values = [],
  binary = false,
  valueMapper: map = asIs,
}: BindConfig): Buffer[] {
  const mapped = values.map((value, i) => map(value, i));
  const formats = mapped.map((value) => (Buffer.isBuffer(value) ? 1 : 0));
  const pieces = [
    Buffer.from(`${portal}\0${statement}\0`),
    int16s([formats.length, ...formats, mapped.length]),
    ...mapped.flatMap((value) => parameter(value)),
    int16s([1, binary ? 1 : 0]),
  ];
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, lengthBytes);
  return [Buffer.of(bindCode), int32(length), ...pieces];
}

const asIs = (value: unknown): Parameter => value as Parameter;

function parameter(value: Parameter): Buffer[] {
  if (value === null || value === undefined) return [int32(-1)];
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value);
  return [int32(bytes.byteLength), bytes];
}

function int16s(numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(2 * numbers.length);
  for (const [i, number] of numbers.entries()) bytes.writeUInt16BE(number, 2 * i);
  return bytes;
}

function int32(number: number): Buffer {
  const bytes = Buffer.allocUnsafe(lengthBytes);
  bytes.writeInt32BE(number);
  return bytes;
}
