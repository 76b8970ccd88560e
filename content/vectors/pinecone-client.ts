/** Configures Pinecone's client without its own retries, and converts its errors to SyncErrors. */

import type { Pinecone } from '@pinecone-database/pinecone';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import { noAnswerMessage, operatorReason, systemCodeOf } from '../../domain/no-answer.ts';
import { retryAfterMs } from '../../domain/retry-after.ts';
import { unreadableAnswer } from './pinecone-answers.ts';

const timeoutMs = 30_000;
/** A namespace is created with its first record and may disappear with its last; an index may be deleted. */
const missing = 'vector_store_missing';

export interface PineconeSettings {
  readonly apiKey: string;
  /** The control plane; only tests and simulators override it. */
  readonly controllerHost: string | undefined;
  /** The region in which an index is created: `aws/us-east-1`. */
  readonly region: string;
}

/**
 * The client hides the status, headers and body of a refusal unless `fetch` itself throws them. The field is not named
 * `status`, because the client's retries look for that.
 */
class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly httpStatus: number;
  readonly headers: Headers;
  readonly body: string;

  constructor(httpStatus: number, headers: Headers, body: string) {
    super(`Pinecone answered ${httpStatus}`);
    this.httpStatus = httpStatus;
    this.headers = headers;
    this.body = body;
  }
}

/** An answer as it arrived: the client hides the headers, and replaces what is missing by something empty. */
export interface RawAnswer {
  /** They contain the sequence numbers. */
  readonly headers: Headers;
  /** Parsed JSON; null if it is none. */
  readonly body: unknown;
}

export interface CallContext {
  readonly signal: AbortSignal;
  readonly onAnswer?: (answer: RawAnswer) => void;
}

/**
 * Creates a client for one call, because its methods accept neither a signal nor a timeout. Node's own agent keeps the
 * connections. The package, of 440 files, is loaded with the first call, so not where vectors are in PostgreSQL.
 */
export async function createClient(settings: PineconeSettings, { signal, onAnswer }: CallContext): Promise<Pinecone> {
  const pinecone = await import('@pinecone-database/pinecone');
  return new pinecone.Pinecone({
    apiKey: settings.apiKey,
    maxRetries: 0,
    fetchApi: async (input, init) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      // Redirects are not followed, so that neither the key nor vectors are sent to another address.
      const response = await fetch(input, { ...init, signal: limit, redirect: 'manual' });
      if (!response.ok) throw refusalFrom(response.status, response.headers, await response.text());
      if (onAnswer === undefined) return response;
      const text = await response.text();
      onAnswer({ headers: response.headers, body: parse(text) });
      return new Response(text === '' ? null : text, { status: response.status, headers: response.headers });
    },
    ...(settings.controllerHost === undefined ? {} : { controllerHostUrl: settings.controllerHost }),
  });
}

const isPage = /^\s*<(!doctype|html|head|body|\?xml)/i;

/**
 * A page with the status of a refusal is a proxy's or a sign-in's, and says nothing about a key, a request, an index or a
 * namespace. One that redirects, limits or fails means the same without a page.
 */
function refusalFrom(status: number, headers: Headers, body: string): Error {
  const isRefusal = status >= 400 && status < 500 && status !== 429;
  return isRefusal && isPage.test(body) ? unreadableAnswer(status) : new RefusedError(status, headers, body);
}

/** Returns the status of a refusal, even if the client has wrapped it. */
export function refusedWith(error: unknown): number | undefined {
  return refusalOf(error)?.httpStatus;
}

function refusalOf(error: unknown): RefusedError | undefined {
  for (let at = error; Error.isError(at); at = at.cause) {
    if (at.name === 'RefusedError') return at as RefusedError;
  }
  return undefined;
}

/** Checks whether the call was for a namespace that does not exist. */
export function isMissing(error: unknown): boolean {
  return isSyncError(error) && error.code === missing;
}

export function pineconeError(error: unknown): SyncError {
  for (let at = error; Error.isError(at); at = at.cause) if (isSyncError(at)) return at;
  const refusal = refusalOf(error);
  if (refusal !== undefined) return fromRefusal(refusal);
  if (Error.isError(error) && error.name === 'PineconeArgumentError') {
    return refused(
      'vector_store_refused',
      'Pinecone’s client rejected the request. The worker’s log says why.',
      error.message,
    );
  }
  // The client fails on an answer of another shape with whatever error its code meets.
  if (!isNoAnswer(error)) return unreadableAnswer();
  return new SyncError('unavailable', {
    code: 'vector_store_unavailable',
    message: noAnswerMessage('Pinecone', error),
    operatorMessage: `Pinecone: no answer${operatorReason(error)}`,
    cause: error,
  });
}

/** The network failed, or our timeout expired. */
function isNoAnswer(error: unknown): boolean {
  if (systemCodeOf(error) !== null) return true;
  for (let at = error; Error.isError(at); at = at.cause) if (at.name === 'TimeoutError') return true;
  return false;
}

/** What a plan limits: an amount by the month, or what is stored (docs/vendors/pinecone.md#errors). */
const isUsedUp =
  /QUOTA_EXCEEDED|\b(read|write) units?\b.*month|month.*\bunits?\b|reach(ed)? the max .{1,80}(allowed|upgrade)/is;
/** The request itself is at fault; other errors of a client are a gateway's, and pass. */
const refusals = new Set([400, 405, 409, 412, 413, 415, 422]);

function usedUp(httpStatus: number, body: string): string {
  if (httpStatus === 402) return 'Pinecone waits for a payment. Syncs resume when the bill of its account is paid.';
  const limited = /\bmax (storage|namespaces|serverless indexes)\b/i.exec(body)?.[1]?.toLowerCase();
  if (limited === 'namespaces')
    return 'Pinecone’s plan allows no more namespaces, and each user needs one. Syncs resume when the plan is upgraded.';
  if (limited === 'storage')
    return 'Pinecone’s plan allows no more storage. Syncs resume when vectors are deleted or the plan is upgraded.';
  return 'Pinecone’s quota is used up. Syncs resume when the plan provides more.';
}

function fromRefusal({ httpStatus, headers, body }: RefusedError): SyncError {
  const operatorMessage = `Pinecone answered ${httpStatus}: ${codesIn(body)}`;
  if (httpStatus === 402 || ([400, 403, 429].includes(httpStatus) && isUsedUp.test(body))) {
    return new SyncError('quota_exhausted', { message: usedUp(httpStatus, body), operatorMessage });
  }
  if (httpStatus === 429) {
    const delay = retryAfterMs(headers);
    return new SyncError('rate_limited', {
      message: 'Rate limited by Pinecone. The sync resumes automatically.',
      operatorMessage,
      ...(delay === undefined ? {} : { retryAfterMs: delay }),
    });
  }
  if (httpStatus >= 300 && httpStatus < 400) {
    return refused(
      'vector_store_redirects',
      'Pinecone’s address answers with a redirect, which Headwater does not follow, to protect the key. Check PINECONE_CONTROLLER_HOST.',
      operatorMessage,
    );
  }
  if (httpStatus === 401 || httpStatus === 403) {
    return refused('vector_store_key', 'Pinecone refused the API key. Check PINECONE_API_KEY.', operatorMessage);
  }
  if (/does not support indexes in the .{1,60} region/i.test(body)) {
    return refused(
      'vector_store_refused',
      'Pinecone’s plan has no indexes in this region. Set PINECONE_REGION (a free plan has aws/us-east-1), or upgrade the plan.',
      operatorMessage,
    );
  }
  if (refusals.has(httpStatus)) {
    return refused(
      'vector_store_refused',
      'Pinecone rejected the request. The worker’s log says why.',
      operatorMessage,
    );
  }
  return new SyncError('unavailable', {
    code: httpStatus === 404 ? missing : 'vector_store_unavailable',
    message: noAnswerMessage('Pinecone'),
    operatorMessage,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Its codes, and whatever of it is in capitals; what it quotes of a request stays out of logs. */
function codesIn(body: string): string {
  const codes = body.match(/\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b/g) ?? [];
  return codes.length === 0 ? `a body of ${body.length} characters` : [...new Set(codes)].slice(0, 5).join(', ');
}

function refused(code: ErrorCode, message: string, operatorMessage: string): SyncError {
  return new SyncError('invalid_input', { code, message, operatorMessage });
}
