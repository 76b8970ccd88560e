/** Pinecone's client, told to leave repeating to us; its errors as the closed set. */

import { Pinecone } from '@pinecone-database/pinecone';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { isSyncError, SyncError } from '../../domain/errors.ts';

const timeoutMs = 30_000;
/** A namespace comes with its first record and may go with its last; an index may be deleted. */
const missing = 'vector_store_missing';

export interface PineconeSettings {
  readonly apiKey: string;
  /** The control plane; only tests and simulators have another. */
  readonly controllerHost: string | undefined;
  /** Where an index is made: `aws/us-east-1`. */
  readonly region: string;
}

/** The client hides status, headers and body of a refusal unless `fetch` itself throws them. Not `status`: its retries look for that. */
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

/** What a call can learn beside its answer. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Told the headers of the answer: the sequence numbers stand there, and the client hides them. */
  readonly onHeaders?: (headers: Headers) => void;
}

/** A client for one call: its methods take neither a signal nor a timeout, and the agent that keeps connections is Node's own. */
export function createClient(settings: PineconeSettings, { signal, onHeaders }: CallContext): Pinecone {
  return new Pinecone({
    apiKey: settings.apiKey,
    maxRetries: 0,
    fetchApi: async (input, init) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      // A redirect is not followed: neither key nor vectors go to another address.
      const response = await fetch(input, { ...init, signal: limit, redirect: 'manual' });
      if (!response.ok) throw new RefusedError(response.status, response.headers, await response.text());
      onHeaders?.(response.headers);
      return response;
    },
    ...(settings.controllerHost === undefined ? {} : { controllerHostUrl: settings.controllerHost }),
  });
}

/** The status of a refusal, whatever the client has wrapped around it. */
export function refusedWith(error: unknown): number | undefined {
  return refusalOf(error)?.httpStatus;
}

function refusalOf(error: unknown): RefusedError | undefined {
  for (let at = error; Error.isError(at); at = at.cause) {
    if (at.name === 'RefusedError') return at as RefusedError;
  }
  return undefined;
}

/** Is it a call to a namespace that is not there? */
export function isMissing(error: unknown): boolean {
  return isSyncError(error) && error.code === missing;
}

export function toSyncError(error: unknown): SyncError {
  if (isSyncError(error)) return error;
  const refusal = refusalOf(error);
  if (refusal !== undefined) return fromRefusal(refusal);
  if (Error.isError(error) && error.name === 'PineconeArgumentError') {
    return refused('vector_store_refused', 'Pinecone’s client refuses the request; the log says why.', error.message);
  }
  return new SyncError('unavailable', {
    code: 'vector_store_unavailable',
    message: 'Pinecone does not answer; it will be tried again.',
    operatorMessage: Error.isError(error) ? `${error.name}: ${error.message}` : 'unknown error',
    cause: error,
  });
}

function fromRefusal({ httpStatus, headers, body }: RefusedError): SyncError {
  const operatorMessage = `Pinecone answered ${httpStatus}: ${body.slice(0, 300)}`;
  const isQuota =
    httpStatus === 403
      ? body.includes('QUOTA_EXCEEDED')
      : /\b(read|write) units?\b.*month|month.*\bunits?\b/is.test(body);
  if (isQuota && (httpStatus === 403 || httpStatus === 429)) {
    return new SyncError('quota_exhausted', {
      message: 'Pinecone’s quota is used up; it goes on when there is more (its plan decides).',
      operatorMessage,
    });
  }
  if (httpStatus === 429) {
    const seconds = Number(headers.get('retry-after'));
    return new SyncError('rate_limited', {
      message: 'Pinecone asks to go slower.',
      operatorMessage,
      ...(seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
    });
  }
  if (httpStatus >= 300 && httpStatus < 400) {
    return refused(
      'vector_store_redirects',
      'Pinecone’s address answers with a redirect, which is not followed since the key would go with it: check PINECONE_CONTROLLER_HOST.',
      operatorMessage,
    );
  }
  if (httpStatus === 401 || httpStatus === 403) {
    return refused('vector_store_key', 'Pinecone refuses the key: check PINECONE_API_KEY.', operatorMessage);
  }
  if (httpStatus >= 400 && httpStatus < 500 && httpStatus !== 404 && httpStatus !== 408) {
    return refused('vector_store_refused', 'Pinecone refuses the request; the worker’s log says why.', operatorMessage);
  }
  return new SyncError('unavailable', {
    code: httpStatus === 404 ? missing : 'vector_store_unavailable',
    message: 'Pinecone does not answer as it should; it will be tried again.',
    operatorMessage,
  });
}

function refused(code: ErrorCode, message: string, operatorMessage: string): SyncError {
  return new SyncError('invalid_input', { code, message, operatorMessage });
}
