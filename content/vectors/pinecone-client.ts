/** Configures Pinecone's client without its own retries, and converts its errors to SyncErrors. */

import type { Pinecone } from '@pinecone-database/pinecone';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import { retryAfterMs } from '../../domain/retry-after.ts';

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

/** Lets a caller observe more than the answer. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Called with the headers of the answer, which contain the sequence numbers; the client hides them. */
  readonly onHeaders?: (headers: Headers) => void;
}

/**
 * Creates a client for one call, because its methods accept neither a signal nor a timeout. Node's own agent keeps the
 * connections. The package, of 440 files, is loaded with the first call, so not where vectors are in PostgreSQL.
 */
export async function createClient(settings: PineconeSettings, { signal, onHeaders }: CallContext): Promise<Pinecone> {
  const pinecone = await import('@pinecone-database/pinecone');
  return new pinecone.Pinecone({
    apiKey: settings.apiKey,
    maxRetries: 0,
    fetchApi: async (input, init) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      // Redirects are not followed, so that neither the key nor vectors are sent to another address.
      const response = await fetch(input, { ...init, signal: limit, redirect: 'manual' });
      if (!response.ok) throw new RefusedError(response.status, response.headers, await response.text());
      onHeaders?.(response.headers);
      return response;
    },
    ...(settings.controllerHost === undefined ? {} : { controllerHostUrl: settings.controllerHost }),
  });
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
  if (isSyncError(error)) return error;
  const refusal = refusalOf(error);
  if (refusal !== undefined) return fromRefusal(refusal);
  if (Error.isError(error) && error.name === 'PineconeArgumentError') {
    return refused(
      'vector_store_refused',
      'Pinecone’s client rejected the request. The worker’s log says why.',
      error.message,
    );
  }
  return new SyncError('unavailable', {
    code: 'vector_store_unavailable',
    message: 'Pinecone does not answer. The request is retried automatically.',
    operatorMessage: Error.isError(error) ? error.name : 'unknown error',
    cause: error,
  });
}

function fromRefusal({ httpStatus, headers, body }: RefusedError): SyncError {
  const operatorMessage = `Pinecone answered ${httpStatus}: ${codesIn(body)}`;
  const isQuota =
    httpStatus === 403
      ? body.includes('QUOTA_EXCEEDED')
      : /\b(read|write) units?\b.*month|month.*\bunits?\b/is.test(body);
  if (isQuota && (httpStatus === 403 || httpStatus === 429)) {
    return new SyncError('quota_exhausted', {
      message: 'Pinecone’s quota is used up. Syncs resume when the plan provides more.',
      operatorMessage,
    });
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
  if (httpStatus >= 400 && httpStatus < 500 && httpStatus !== 404 && httpStatus !== 408) {
    return refused(
      'vector_store_refused',
      'Pinecone rejected the request. The worker’s log says why.',
      operatorMessage,
    );
  }
  return new SyncError('unavailable', {
    code: httpStatus === 404 ? missing : 'vector_store_unavailable',
    message: 'Pinecone gave no usable answer. The request is retried automatically.',
    operatorMessage,
  });
}

/** Its codes, and whatever of it is in capitals; what it quotes of a request stays out of logs. */
function codesIn(body: string): string {
  const codes = body.match(/\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b/g) ?? [];
  return codes.length === 0 ? `a body of ${body.length} characters` : [...new Set(codes)].slice(0, 5).join(', ');
}

function refused(code: ErrorCode, message: string, operatorMessage: string): SyncError {
  return new SyncError('invalid_input', { code, message, operatorMessage });
}
