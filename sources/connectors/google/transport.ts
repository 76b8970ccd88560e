/**
 * The transport of Google's client, in place of `node-fetch`, its own. Each file is one request, and `node-fetch` needs
 * 0.5 ms of CPU for one, this 0.25 ms: docs/decisions/50-transport-of-google.md.
 */

import { type Dispatcher, EnvHttpProxyAgent, interceptors, request } from 'undici';

/** A body of an answer with an error is needed too: it states the reason. */
const decompress = interceptors.decompress({ skipErrorResponses: false });

/** Connections are kept and used again. The proxy of the environment is used, as by Google's client itself. */
const connections: Dispatcher = new EnvHttpProxyAgent({ allowH2: false }).compose(decompress);

/** What Google's client states besides the parameters of `fetch`. */
interface Limits {
  /** The greatest length of the answer, decompressed, in bytes. */
  readonly size?: number;
}

/**
 * Does what `fetch` does for Google's client. Redirects are not followed, because the client would send its token along.
 * @throws Error "over the limit" as soon as the answer is longer than `size`; those of `undici` if there is no answer
 */
export async function fetchFromGoogle(
  url: string | URL | Request,
  { method = 'GET', headers, body, signal, size = Number.POSITIVE_INFINITY }: RequestInit & Limits = {},
): Promise<Response> {
  if (url instanceof Request) throw new TypeError('Google requests are made by their address.');
  if (body !== undefined && body !== null && typeof body !== 'string')
    throw new TypeError('Google is sent texts only.');
  const answer = await request(url, {
    method,
    headers: new Headers(headers),
    body: body ?? null,
    signal: signal ?? null,
    dispatcher: connections,
  });
  const bytes = await readAll(answer.body, size);
  const { statusCode: status, headers: answered } = answer;
  return new Response(bytes.length === 0 ? null : bytes, { status, headers: new Headers(toPairs(answered)) });
}

async function readAll(body: Dispatcher.ResponseData['body'], size: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body as AsyncIterable<Uint8Array>) {
    length += part.byteLength;
    // To leave the loop destroys the body, and with it the connection.
    if (length > size) throw new Error(`The answer is over the limit of ${size} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function toPairs(headers: Dispatcher.ResponseData['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value = []]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
}
