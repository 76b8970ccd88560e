/** Makes one call to an embedding server and returns its status, the text of a refusal, and the delay it requests. */

import OpenAI from 'openai';
import { SyncError } from '../../domain/errors.ts';
import { noAnswerMessage } from '../../domain/no-answer.ts';
import { retryAfterMs } from '../../domain/retry-after.ts';
import { embedderFailure } from './refused-call.ts';
import { readResponseText } from './response-text.ts';

const timeoutMs = 60_000;
/** Size of 2,048 vectors of 4,096 numbers written as text. */
const maxAnswerBytes = 128 * 1024 * 1024;

export interface ServerAnswer {
  readonly status: number;
  /** Parsed JSON, else the text. */
  readonly body: unknown;
  /** The text of a refusal. It may quote the input, so it is read but never shown. */
  readonly message: string;
  readonly retryAfterMs: number | undefined;
  /** The origin that a redirect points to. */
  readonly location: string | null;
}

/** Requests vectors once. @throws SyncError `unavailable` if there is no answer in time */
export type EmbeddingsCall = (body: object, signal: AbortSignal) => Promise<ServerAnswer>;

/**
 * The call is made by OpenAI's own client, but the answer is read from its transport: the client hides the body of a
 * refusal that does not have OpenAI's form (Text Embeddings Inference states its limit there), and checks neither the
 * count nor the shape of an answer. Redirects are not followed, so that neither the key nor the texts are sent to
 * another address than the configured one.
 */
export function createEmbeddingsCall(configured: string, apiKey: string): EmbeddingsCall {
  const { baseUrl, query } = addressOf(configured);
  const answers = new WeakMap<Response, ServerAnswer>();
  const client = new OpenAI({
    baseURL: baseUrl,
    apiKey,
    defaultQuery: query,
    defaultHeaders: takesApiKeyHeader(baseUrl, apiKey) ? { authorization: null, 'api-key': apiKey } : {},
    // Set explicitly, so that no environment variable sends texts elsewhere or names an organization.
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: 'off',
    fetch: async (url, init) => {
      const answer = await toAnswer(await fetch(url, { ...init, redirect: 'manual' }), baseUrl);
      // The client would throw an error of its own for any other status.
      const response = new Response(null);
      answers.set(response, answer);
      return response;
    },
  });
  return async (body, signal) => {
    try {
      // `embeddings.create` is not used because it always requests an encoding, which some servers refuse.
      const answer = answers.get(await client.post('/embeddings', { body, signal }).asResponse());
      if (answer !== undefined) return answer;
    } catch (error) {
      signal.throwIfAborted();
      throw noAnswer(error);
    }
    throw noAnswer(undefined);
  };
}

/**
 * Splits an address into what is before `/embeddings` and its parameters: consoles show the whole address of the call, and
 * Azure's has a version (docs/vendors/openai.md#azure).
 */
function addressOf(configured: string): {
  readonly baseUrl: string;
  readonly query: Readonly<Record<string, string>>;
} {
  const { origin, pathname, searchParams } = new URL(configured);
  const path = pathname.replace(/\/+$/, '').replace(/\/embeddings$/, '');
  return { baseUrl: origin + path.replace(/\/+$/, ''), query: Object.fromEntries(searchParams) };
}

/** Azure takes its keys in a header of their own, and as a bearer only tokens of Entra (docs/vendors/openai.md#azure). */
function takesApiKeyHeader(baseUrl: string, apiKey: string): boolean {
  return /\.azure\.(com|us|cn)$/.test(new URL(baseUrl).hostname) && !apiKey.startsWith('eyJ');
}

async function toAnswer(response: Response, url: string): Promise<ServerAnswer> {
  const text = await readResponseText(response, maxAnswerBytes);
  const body = parse(text);
  const status = response.ok ? (refusalWithin(body) ?? response.status) : response.status;
  return {
    status,
    body,
    message: status === 200 ? '' : text.slice(0, 4000),
    retryAfterMs: retryAfter(response.headers),
    location: originOf(response.headers.get('location'), url),
  };
}

/**
 * A gateway may answer 200 and put the refusal of the server behind it into the body, with its status as a code
 * (docs/vendors/openai.md#errors). @returns null if there is none
 */
function refusalWithin(body: unknown): number | null {
  if (typeof body !== 'object' || body === null || 'data' in body || !('error' in body)) return null;
  const { error } = body;
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  const code = Number(error.code);
  return Number.isInteger(code) && code >= 400 && code < 600 ? code : null;
}

/** The server closed a connection that it had accepted: it may crash on one text. */
const closedConnection = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function noAnswer(error: unknown): SyncError {
  if (closedConnection.has(nameOf(error))) return embedderFailure(`embeddings: ${nameOf(error)}`);
  const isTimeout = error instanceof OpenAI.APIConnectionTimeoutError;
  return new SyncError('unavailable', {
    code: isTimeout ? 'embedder_timeout' : 'embedder_unavailable',
    scope: 'account',
    message: noAnswerMessage('The embedding server', error),
    operatorMessage: `embeddings: ${isTimeout ? `no answer within ${timeoutMs} ms` : nameOf(error)}`,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function nameOf(error: unknown): string {
  if (!Error.isError(error)) return 'unknown error';
  for (let at: unknown = error; Error.isError(at); at = at.cause)
    if ('code' in at && typeof at.code === 'string') return at.code;
  return error.message;
}

function originOf(location: string | null, base: string): string | null {
  return location !== null && URL.canParse(location, base) ? new URL(location, base).origin : null;
}

/**
 * Reads `retry-after-ms`, else `retry-after` in seconds or as a date, else OpenAI's reset headers (`1m12.5s`, `20ms`).
 */
function retryAfter(headers: Headers): number | undefined {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (ms > 0) return ms;
  const stated = retryAfterMs(headers);
  if (stated !== undefined) return stated;
  const resets = ['x-ratelimit-reset-requests', 'x-ratelimit-reset-tokens'].map((name) =>
    durationMs(headers.get(name)),
  );
  const longest = Math.max(...resets);
  return longest > 0 ? longest : undefined;
}

/** Sums up a duration such as `1m12.5s` or `34 seconds`, in milliseconds; 0 if there is none. */
export function durationMs(text: string | null): number {
  const unit = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
  let total = 0;
  for (const [, amount, name] of (text ?? '').matchAll(/([\d.]+) ?(ms|h|m|s)/g)) {
    total += Number(amount) * unit[name as keyof typeof unit];
  }
  return total;
}
