/** One request: its address, its headers, its repetitions, its errors. */

import { HeadwaterError } from './errors.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Call extends CallOptions {
  readonly method: Method;
  readonly path: string;
  readonly query?: object | undefined;
  /** Sent as JSON; a file as it is. */
  readonly body?: object | undefined;
}

export interface ClientOptions {
  /** The address of Headwater, such as `https://headwater.example.com`. */
  readonly url: string;
  /** A JWT or an API key, or what gets one for each request. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** `ADMIN_TOKEN`, for the calls of operators. */
  readonly adminToken?: string | undefined;
  /** How often a request is repeated, 2 if not set. */
  readonly maxRetries?: number;
  /** How long an answer may take to begin, 60,000 ms if not set. */
  readonly timeoutMs?: number;
  /** A longer Retry-After is not waited for, but thrown: 60 s if not set. */
  readonly maxRetryAfterSeconds?: number;
  readonly fetch?: typeof fetch;
}

/** Sends a request. The body of the answer has not been read. @throws HeadwaterError */
export type Send = (call: Call) => Promise<Response>;

/** Sends a request and reads its answer; both are repeated together. @throws HeadwaterError */
type Exchange = <T>(call: Call, read: (response: Response) => T | Promise<T>) => Promise<T>;

const defaults = { maxRetries: 2, timeoutMs: 60_000, maxRetryAfterSeconds: 60 };
const firstPauseMs = 500;
/** A large file over a slow line takes minutes: as long as the API waits for it. */
const minUploadTimeoutMs = 300_000;

/** @throws TypeError for an address that is none */
export function createExchange(options: ClientOptions): Exchange {
  if (!/^https?:\/\//i.test(options.url))
    throw new TypeError(`url must be an address such as https://headwater.example.com, not "${options.url}".`);
  const { maxRetries, timeoutMs, maxRetryAfterSeconds } = { ...defaults, ...options };
  return async (call, read) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await read(await sendOnce(options, call, timeoutFor(call, timeoutMs)));
      } catch (error) {
        call.signal?.throwIfAborted();
        const pause = error instanceof HeadwaterError ? pauseBefore(error, call, attempt) : null;
        if (pause === null || attempt >= maxRetries || pause > maxRetryAfterSeconds * 1000) throw error;
        await wait(pause, call.signal);
      }
    }
  };
}

/**
 * How long to wait before a repetition; null if repeating is no use, or might do something twice. A call that was
 * refused with 429 or 503 has done nothing.
 */
function pauseBefore({ status, code, retryAfterSeconds }: HeadwaterError, call: Call, attempt: number): number | null {
  const isRefused = status === 429 || status === 503;
  const isRepeatable = call.method !== 'POST' || call.headers?.['idempotency-key'] !== undefined;
  const isLost = code === 'unreachable' || code === 'timeout' || status === 502 || status === 504;
  if (!isRefused && !(isLost && isRepeatable)) return null;
  if (code === 'worker_unavailable') return null;
  return retryAfterSeconds === null ? firstPauseMs * 2 ** attempt * (0.5 + Math.random()) : retryAfterSeconds * 1000;
}

function timeoutFor({ body }: Call, timeoutMs: number): number {
  return body instanceof Blob ? Math.max(timeoutMs, minUploadTimeoutMs) : timeoutMs;
}

async function sendOnce(options: ClientOptions, call: Call, timeoutMs: number): Promise<Response> {
  const { url } = options;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const signal = call.signal === undefined ? timeout.signal : AbortSignal.any([call.signal, timeout.signal]);
  try {
    // Fetch takes the token off when it follows a redirect to another host, but not the operator's header.
    const init: RequestInit = {
      method: call.method,
      redirect: 'manual',
      headers: await headersOf(options, call),
      signal,
    };
    if (call.body !== undefined) init.body = call.body instanceof Blob ? call.body : JSON.stringify(call.body);
    const response = await (options.fetch ?? fetch)(addressOf(url, call), init);
    if (!response.ok) throw await toError(response, url);
    return response;
  } catch (error) {
    if (error instanceof HeadwaterError) throw error;
    call.signal?.throwIfAborted();
    if (timeout.signal.aborted) throw timedOut(url, timeoutMs);
    throw unreachable(`Headwater does not answer at ${url}. Check that it is running.`, error);
  } finally {
    clearTimeout(timer);
  }
}

async function headersOf({ token, adminToken }: ClientOptions, call: Call): Promise<Record<string, string>> {
  const bearer = typeof token === 'function' ? await token() : token;
  return {
    accept: 'application/json',
    ...(call.body === undefined ? {} : { 'content-type': typeOf(call.body) }),
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    ...(adminToken === undefined ? {} : { 'x-admin-token': adminToken }),
    ...call.headers,
  };
}

function typeOf(body: object): string {
  return body instanceof Blob ? 'application/octet-stream' : 'application/json';
}

function addressOf(url: string, { path, query }: Call): URL {
  const address = new URL(url.replace(/\/+$/, '') + path);
  for (const [name, value] of Object.entries(query ?? {}) as [string, string | number | boolean | null | undefined][])
    if (value !== undefined && value !== null) address.searchParams.set(name, String(value));
  return address;
}

/** @throws HeadwaterError if it breaks off, or is not JSON, because something else is listening there */
export async function readJson<T>(response: Response, url: string): Promise<T> {
  const body = isJson(response) ? parse(await readText(response, url)) : null;
  if (typeof body === 'object' && body !== null) return body as T;
  throw new HeadwaterError(0, {
    code: 'not_headwater',
    detail: `The server at ${url} (${response.status}) is not Headwater's API.`,
  });
}

function isJson({ headers }: Response): boolean {
  return headers.get('content-type')?.includes('json') === true;
}

async function readText(response: Response, url: string): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw unreachable(`The answer of Headwater at ${url} breaks off.`, error);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function toError(response: Response, url: string): Promise<HeadwaterError> {
  const { status, headers } = response;
  if (status >= 300 && status < 400) return redirects(response, url);
  const retryAfter = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : null;
  const body = isJson(response) ? null : proxyProblem(status, url);
  return new HeadwaterError(body?.code === 'unreachable' ? 0 : status, body ?? (await readJson(response, url)), {
    retryAfterSeconds,
  });
}

/**
 * What a proxy or a load balancer in front of Headwater says in a page of its own, while Headwater is restarted or
 * because somebody asks too often. @returns null if it may be any other program
 */
function proxyProblem(status: number, url: string): { readonly code: string; readonly detail: string } | null {
  if (status === 429) return { code: 'rate_limited', detail: `A proxy at ${url} limits requests (429).` };
  if (![502, 503, 504].includes(status)) return null;
  return { code: 'unreachable', detail: `A proxy answers at ${url} (${status}), but Headwater does not behind it.` };
}

function redirects({ headers }: Response, url: string): HeadwaterError {
  const location = headers.get('location') ?? '';
  const target = URL.canParse(location, url) ? ` to ${new URL(location, url).origin}` : '';
  return new HeadwaterError(0, {
    code: 'redirects',
    detail: `${url} redirects${target}; tokens are not sent along. If that is your Headwater, use its address.`,
  });
}

function timedOut(url: string, timeoutMs: number): HeadwaterError {
  return new HeadwaterError(0, {
    code: 'timeout',
    detail: `Headwater at ${url} did not answer within ${timeoutMs / 1000} seconds.`,
  });
}

function unreachable(detail: string, cause: unknown): HeadwaterError {
  return new HeadwaterError(0, { code: 'unreachable', detail }, { cause });
}

/** @throws the signal's reason */
export async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
