/**
 * Exports a document by the link that Drive states for it. Links have no limit of 10 MB, but lead to Google's editors,
 * which are made for browsers: they redirect, and refuse with pages (docs/vendors/google-drive.md#content).
 */

import { Gaxios, GaxiosError } from 'gaxios';
import { z } from 'zod';
import { SyncError } from '../../../domain/errors.ts';
import { callTimeoutMs } from '../google/call.ts';
import { fetchFromGoogle } from '../google/transport.ts';
import { lenient } from '../answers.ts';
import { type DriveListing, resourceKeyHeader } from './requests.ts';

/** The only hosts whose links and redirects are sent the access token. */
const tokenHosts = new Set(['docs.google.com', 'drive.google.com', 'www.googleapis.com']);
/** Files wait at hosts below this one, under addresses that need no token. */
const fileHosts = '.googleusercontent.com';
const maxRedirects = 5;
/** Refusals that another attempt does not change. */
const finalRefusals = new Set([400, 401, 403, 404, 410, 413]);

const linked = z.object({ exportLinks: lenient.object({}) });

/** @returns the link for this format; undefined if Drive states none */
export async function findExportLink(
  { call, signal }: Pick<DriveListing, 'call' | 'signal'>,
  file: { readonly id: string; readonly resourceKey: string | undefined },
  mimeType: string,
): Promise<string | undefined> {
  const ask = { method: 'files.get', subject: 'item', cost: 'read', answer: linked } as const;
  const params = { fileId: file.id, fields: 'exportLinks', supportsAllDrives: true };
  const options = { signal, timeout: callTimeoutMs, headers: resourceKeyHeader(file.id, file.resourceKey) };
  const { exportLinks } = await call(ask, signal, (drive) => drive.files.get(params, options));
  return lenient.text.parse(exportLinks?.[mimeType]);
}

interface Requester {
  request(options: {
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly signal: AbortSignal;
    readonly responseType: 'arraybuffer';
    readonly maxContentLength: number;
  }): Promise<{ readonly data: unknown; readonly headers: Headers }>;
}

/** Sends no token. */
export const withoutToken: Requester = new Gaxios({
  fetchImplementation: fetchFromGoogle,
  redirect: 'manual',
  retryConfig: { retry: 0 },
});

interface BytesResponse {
  readonly data: unknown;
  readonly headers: object;
}

export interface LinkRequest {
  /** Sends the access token. */
  readonly auth: Requester;
  readonly withoutToken: Requester;
  readonly signal: AbortSignal;
  readonly headers: Record<string, string>;
  readonly maxBytes: number;
  /** Replaces Google's address in tests and with simulators. */
  readonly apiBaseUrl: string | undefined;
}

/**
 * Follows a link to the bytes.
 * @throws SyncError `export_too_large` if the link leads to no file; GaxiosError for answers that another attempt may
 * change, and for more than `maxBytes`
 */
export async function followLink(link: string, request: LinkRequest): Promise<BytesResponse> {
  let at = link;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const place = placeOf(at, request.apiBaseUrl);
    if (place === 'elsewhere') break;
    const answer = await getFrom(place === 'token' ? request.auth : request.withoutToken, at, request);
    if ('data' in answer) return answer;
    at = answer.to;
  }
  throw notServed();
}

/** Decides by the host whether an address is sent the token, is requested without it, or not at all. */
export function placeOf(address: string, apiBaseUrl: string | undefined): 'token' | 'file' | 'elsewhere' {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null) return 'elsewhere';
  if (apiBaseUrl !== undefined && url.origin === new URL(apiBaseUrl).origin) return 'token';
  if (url.protocol !== 'https:' || url.port !== '') return 'elsewhere';
  if (tokenHosts.has(url.hostname)) return 'token';
  return url.hostname.endsWith(fileHosts) ? 'file' : 'elsewhere';
}

async function getFrom(
  requester: Requester,
  url: string,
  { signal, headers, maxBytes }: LinkRequest,
): Promise<BytesResponse | { readonly to: string }> {
  try {
    const answer = await requester.request({
      url,
      headers,
      signal,
      responseType: 'arraybuffer',
      maxContentLength: maxBytes,
    });
    // The editors show a page, and not an error, where they would ask a person something.
    if (answer.headers.get('content-type')?.startsWith('text/html') === true) throw notServed();
    return answer;
  } catch (error) {
    if (!(error instanceof GaxiosError)) throw error;
    const to = redirectOf(url, error);
    if (to !== undefined) return { to };
    throw finalRefusals.has(error.status ?? 0) ? notServed() : error;
  }
}

function redirectOf(from: string, { status = 0, response }: GaxiosError): string | undefined {
  const location = response?.headers.get('location') ?? undefined;
  if (status < 300 || status >= 400 || location === undefined || !URL.canParse(location, from)) return undefined;
  return new URL(location, from).href;
}

function notServed(): SyncError {
  return new SyncError('too_large', {
    code: 'export_too_large',
    message: 'Google does not export documents larger than 10 MB, and refuses the link for larger ones.',
    scope: 'item',
  });
}
