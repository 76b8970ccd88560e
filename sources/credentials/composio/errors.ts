import type { ErrorCode } from '../../../domain/error-codes.ts';
import { isSyncError, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import { noAnswerMessage } from '../../../domain/no-answer.ts';
import { retryAfterMs } from '../../../domain/retry-after.ts';
import { unexpectedAnswer } from '../../connectors/answers.ts';

interface Refusal {
  readonly kind: SyncErrorKind;
  readonly code: ErrorCode;
  readonly message: string;
}

const unavailable: Refusal = {
  kind: 'unavailable',
  code: 'composio_unavailable',
  message: noAnswerMessage('Composio, which holds this connection,'),
};
const refused: Refusal = {
  kind: 'invalid_input',
  code: 'composio_refused',
  message: 'Composio refused the request. The log of the worker or the API has the details.',
};

/** Composio's own refusals, by status. Errors of the vendor behind its proxy are not among them. */
const byStatus: Readonly<Record<number, Refusal>> = {
  401: {
    kind: 'invalid_input',
    code: 'composio_key_refused',
    message: 'Composio refused the API key of this installation. The operator must check COMPOSIO_API_KEY.',
  },
  403: {
    kind: 'invalid_input',
    code: 'composio_not_permitted',
    message:
      'The API key of this installation lacks permissions at Composio. The operator must grant it connected accounts, auth configs and "Proxy execute".',
  },
  404: {
    kind: 'not_found',
    code: 'composio_not_found',
    message: 'Composio no longer has this connection. Connect the account again.',
  },
  408: unavailable,
  409: unavailable,
  422: {
    kind: 'not_found',
    code: 'composio_not_usable',
    message: 'Composio cannot make calls with this connection. Connect the account again.',
  },
  429: {
    kind: 'rate_limited',
    code: 'rate_limited',
    message: 'Rate limited by Composio. The sync resumes automatically.',
  },
  501: refused,
};

/**
 * Converts an error of the SDK or the network to a SyncError. The original is dropped because it may contain the key or
 * tokens.
 */
export function composioError(error: unknown): SyncError {
  const ours = cause(error);
  if (ours !== undefined) return ours;
  const status = statusOf(error);
  // A 404 from a proxy's error page does not mean that a connection has ended.
  if (status !== undefined && grave.has(status) && !isComposios(error))
    return unexpectedAnswer({ vendor: 'Composio', call: 'api' }, `status ${status}`);
  const { kind, code, message } =
    (status === undefined ? undefined : byStatus[status]) ??
    (status !== undefined && status >= 400 && status < 500 ? refused : unavailable);
  const delay = kind === 'rate_limited' || kind === 'unavailable' ? delayOf(error) : undefined;
  return new SyncError(kind, {
    code,
    message,
    operatorMessage: `composio: ${status ?? 'no readable answer'}`,
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

/** Errors that require a person to act, or end something, are believed only if Composio itself sent them. */
const grave = new Set([401, 403, 404, 422]);

/** Composio's own errors are JSON. */
function isComposios(error: unknown): boolean {
  return Error.isError(error) && 'error' in error && typeof error.error === 'object' && error.error !== null;
}

/** The SDK wraps the errors that its `fetch` throws. */
function cause(error: unknown): SyncError | undefined {
  for (let at = error; Error.isError(at); at = at.cause) if (isSyncError(at)) return at;
  return undefined;
}

function statusOf(error: unknown): number | undefined {
  return Error.isError(error) && 'status' in error && typeof error.status === 'number' ? error.status : undefined;
}

function delayOf(error: unknown): number | undefined {
  const headers: unknown = Error.isError(error) && 'headers' in error ? error.headers : undefined;
  return headers instanceof Headers ? retryAfterMs(headers) : undefined;
}
