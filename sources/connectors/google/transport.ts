/**
 * The transport of Google's client, in place of `node-fetch`, its own. Each file is one request, and `node-fetch` needs
 * 0.5 ms of CPU for one, this less than half of it: docs/decisions/50-transport-of-google.md.
 */

import { promisify } from 'node:util';
import { brotliDecompress, unzip } from 'node:zlib';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';

/** By the name of the encoding. `unzip` recognizes which of the two older ones it is. */
const decompress: Readonly<Record<string, (bytes: Uint8Array, limits: object) => Promise<Uint8Array<ArrayBuffer>>>> = {
  gzip: promisify(unzip),
  'x-gzip': promisify(unzip),
  deflate: promisify(unzip),
  br: promisify(brotliDecompress),
};

/**
 * Connections are kept and used again. The proxy of the environment is used, as by Google's client itself; one whose
 * address is wrong fails the requests to Google, and so nothing before the first of them.
 */
let connections: Dispatcher | undefined;

/** What Google's client states besides the parameters of `fetch`. */
interface Limits {
  /** The greatest length of the answer in bytes, as it is sent and decompressed. */
  readonly size?: number;
}

/**
 * Does what `fetch` does for Google's client. Redirects are not followed, because the client would send its token along.
 * @throws Error "over the limit" as soon as the answer is longer than `size`; those of `undici` if there is no answer
 */
export async function fetchFromGoogle(
  url: string | URL | Request,
  { method = 'GET', headers, body, signal, size = Number.MAX_SAFE_INTEGER }: RequestInit & Limits = {},
): Promise<Response> {
  if (url instanceof Request) throw new TypeError('Google requests are made by their address.');
  if (body !== undefined && body !== null && typeof body !== 'string')
    throw new TypeError('Google is sent texts only.');
  const answer = await request(url, {
    method,
    headers: new Headers(headers),
    body: body ?? null,
    signal: signal ?? null,
    dispatcher: (connections ??= new EnvHttpProxyAgent({ allowH2: false })),
  });
  const { statusCode: status, headers: stated } = answer;
  const sent = await readAll(answer.body, Number(stated['content-length'] ?? 0), size);
  const bytes = await decompressed(sent, String(stated['content-encoding'] ?? '').toLowerCase(), size);
  const answered = new Headers(toPairs(stated));
  if (status === 200) return new WholeAnswer(answered, bytes) as Pick<Response, keyof WholeAnswer> as Response;
  return new Response(bytes.length === 0 ? null : bytes, { status, headers: answered });
}

/**
 * What Google's client uses of a `Response` with status 200. A `Response` copies the bytes into a stream and reads them
 * from it again, which takes 0.08 ms of CPU.
 */
class WholeAnswer {
  readonly status = 200;
  readonly statusText = '';
  readonly ok = true;
  /** The client takes `data` from an answer only if its body was read. */
  readonly bodyUsed = true;
  readonly headers: Headers;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(headers: Headers, bytes: Uint8Array<ArrayBuffer>) {
    this.headers = headers;
    this.#bytes = bytes;
  }

  /** @returns the bytes alone: those of a short answer are a part of memory that others use, too */
  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    return buffer.byteLength === byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(this.#bytes);
  }

  async blob(): Promise<Blob> {
    return new Blob([this.#bytes], { type: this.headers.get('content-type') ?? '' });
  }
}

async function readAll(
  body: Dispatcher.ResponseData['body'],
  stated: number,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body as AsyncIterable<Uint8Array>) {
    length += part.byteLength;
    // To leave the loop destroys the body, and with it the connection.
    if (Math.max(length, stated) > size) throw overTheLimit(size);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function decompressed(
  bytes: Uint8Array<ArrayBuffer>,
  encoding: string,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const decoder = decompress[encoding];
  // A refusal without a body may state an encoding, too.
  if (decoder === undefined || bytes.length === 0) return bytes;
  try {
    return await decoder(bytes, { maxOutputLength: Math.min(size, 2 ** 31) });
  } catch (error) {
    throw Error.isError(error) && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? overTheLimit(size) : error;
  }
}

function overTheLimit(size: number): Error {
  return new Error(`The answer is over the limit of ${size} bytes.`);
}

function toPairs(headers: Dispatcher.ResponseData['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value = []]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
}
