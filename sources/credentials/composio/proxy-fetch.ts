import { isIP } from 'node:net';
import { SyncError } from '../../../domain/errors.ts';
import { limitBody } from '../../connectors/bounded-body.ts';
import { tooLargeToRead } from '../../connectors/too-large.ts';
import { readAccount } from './account-token.ts';
import { type ComposioClient, isLoopback, type ProxyAnswer } from './client.ts';

export interface ProxyFetchOptions {
  readonly composio: ComposioClient;
  readonly connectedAccountId: string;
  /** Addresses of files, which must be returned byte for byte. */
  readonly files: RegExp;
  /** Maximum size of one file, in bytes. */
  readonly maxBytes: number;
}

/** Composio sets the authorization header; the others belong to the connection to Composio itself. */
const ownHeaders = new Set(['authorization', 'host', 'connection', 'content-length', 'accept-encoding']);
/** Headers that describe a body that Composio has already decompressed and read. */
const bodyHeaders = ['content-length', 'content-encoding', 'transfer-encoding'];
/** Host names that exist only on private networks. */
const ownNetwork = /\.(localhost|local|internal|intranet|lan|home\.arpa)$/i;
const withoutBody = new Set([204, 205, 304]);

/**
 * A `fetch` for official clients whose calls Composio executes with a token that we never see. It supports only GET and
 * POST, and request bodies must be JSON or empty. Composio returns text and JSON decoded, so a file is refused if it
 * cannot be restored byte for byte.
 */
export function createProxyFetch(options: ProxyFetchOptions): typeof fetch {
  return async (input, init = {}) => {
    const request = new Request(input, init);
    const endpoint = request.url;
    const isFile = options.files.test(endpoint);
    const answer = await options.composio.proxy(
      {
        connectedAccountId: options.connectedAccountId,
        endpoint,
        method: methodOf(request),
        headers: new Map([...request.headers].filter(([name]) => !ownHeaders.has(name))),
        body: await bodyOf(request),
      },
      request.signal,
    );
    if (answer === null) throw await whyNotConnected(options, request.signal);
    const headers = new Headers(answer.headers);
    for (const name of bodyHeaders) headers.delete(name);
    if (answer.binary_data)
      return await download(options, answer.binary_data, { status: answer.status, headers }, request.signal);
    const text = textOf(answer);
    if (isFile && answer.status < 300) requireWhole(answer, options.maxBytes);
    return new Response(withoutBody.has(answer.status) ? null : text, { status: answer.status, headers });
  };
}

/** Composio could not make the call with the account, which has ended unless Composio says that it is active. */
async function whyNotConnected(
  { composio, connectedAccountId }: ProxyFetchOptions,
  signal: AbortSignal,
): Promise<SyncError> {
  await readAccount(composio, connectedAccountId, signal);
  return new SyncError('unavailable', {
    code: 'composio_unavailable',
    message: 'Composio could not make a call with this connection. The request is retried automatically.',
  });
}

function methodOf({ method }: Request): 'GET' | 'POST' {
  if (method === 'GET' || method === 'POST') return method;
  throw new SyncError('invalid_input', {
    message: `Headwater does not send a ${method} through Composio: a sync only reads.`,
  });
}

async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

function textOf({ data }: ProxyAnswer): string {
  if (data === null || data === undefined) return '';
  return typeof data === 'string' ? data : JSON.stringify(data);
}

/** Text that was decoded with losses, or parsed, differs from the file at the vendor. */
function requireWhole({ data }: ProxyAnswer, maxBytes: number): void {
  if (typeof data !== 'string' || data.includes('\uFFFD')) {
    throw new SyncError('unsupported', {
      code: 'composio_proxy_bytes',
      message:
        'Composio’s proxy cannot return this file unchanged. To sync it, switch off "Mask Connected Account Secrets" in the Composio project.',
    });
  }
  if (Buffer.byteLength(data) > maxBytes) throw tooLargeToRead('file', maxBytes);
}

/**
 * Downloads a binary answer, which Composio stores at a separate address. The address grants access by itself, so it
 * must be kept secret.
 */
async function download(
  { composio, maxBytes }: ProxyFetchOptions,
  { url, size }: NonNullable<ProxyAnswer['binary_data']>,
  init: { readonly status: number; readonly headers: Headers },
  signal: AbortSignal,
): Promise<Response> {
  if (size !== undefined && size > maxBytes) throw tooLargeToRead('file', maxBytes);
  if (!isSafe(url, composio.baseUrl)) throw unreachable('an address that is not allowed');
  let response: Response;
  try {
    response = await fetch(url, { redirect: 'error', signal });
  } catch {
    signal.throwIfAborted();
    throw unreachable('no answer from the file store');
  }
  if (response.ok)
    return new Response(limitBody(response, maxBytes, () => tooLargeToRead('file', maxBytes)).body, init);
  await response.body?.cancel();
  throw unreachable(`the file store answered ${response.status}`);
}

/** Allows only public host names over https, because Composio's answer decides which host this server connects to. */
function isSafe(url: string, baseUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const address = new URL(url);
  if (isLoopback(address)) return isLoopback(new URL(baseUrl));
  const host = address.hostname.replace(/\.$/, '');
  const isName = isIP(host.replace(/^\[|\]$/g, '')) === 0 && host.includes('.');
  return address.protocol === 'https:' && address.username === '' && isName && !ownNetwork.test(host);
}

function unreachable(operatorMessage: string): SyncError {
  return new SyncError('unavailable', {
    code: 'composio_unavailable',
    message: 'Composio did not return the file. The download is retried automatically.',
    operatorMessage: `composio: ${operatorMessage}`,
  });
}
