import type { ErrorCode } from '../../../domain/error-codes.ts';
import { isSyncError, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import { unexpectedAnswer } from '../../connectors/answers.ts';

interface Refusal {
  readonly kind: SyncErrorKind;
  readonly code: ErrorCode;
  readonly message: string;
}

const unavailable: Refusal = {
  kind: 'unavailable',
  code: 'composio_unavailable',
  message: 'Composio, which holds this connection, does not answer as it should; it will be tried again.',
};
const refused: Refusal = {
  kind: 'invalid_input',
  code: 'composio_refused',
  message: 'Composio refused the request. The log of the worker or the API says what it was about.',
};

/** Composio's own refusals, by status. What the vendor says behind its proxy is no error of these. */
const byStatus: Readonly<Record<number, Refusal>> = {
  401: {
    kind: 'invalid_input',
    code: 'composio_key_refused',
    message: 'Composio refuses the key of this installation. The operator has to check COMPOSIO_API_KEY.',
  },
  403: {
    kind: 'invalid_input',
    code: 'composio_not_permitted',
    message:
      'The key of this installation may not do this at Composio. The operator has to grant it connected accounts, auth configs and "Proxy execute".',
  },
  404: { kind: 'not_found', code: 'composio_not_found', message: 'Composio does not know this connection any more.' },
  408: unavailable,
  409: unavailable,
  422: { kind: 'not_found', code: 'composio_not_usable', message: 'Composio can make no calls with this connection.' },
  429: { kind: 'rate_limited', code: 'rate_limited', message: 'Rate limited by Composio. The sync goes on by itself.' },
  501: refused,
};

/** One of the SDK's errors, or a network error, as one of ours. The original goes no further: it may hold key or tokens. */
export function toSyncError(error: unknown): SyncError {
  const ours = cause(error);
  if (ours !== undefined) return ours;
  const status = statusOf(error);
  // A proxy's page with status 404 does not say that a connection has ended.
  if (status !== undefined && grave.has(status) && !isComposios(error))
    return unexpectedAnswer({ vendor: 'Composio', call: 'api' }, `status ${status}`);
  const { kind, code, message } =
    (status === undefined ? undefined : byStatus[status]) ??
    (status !== undefined && status >= 400 && status < 500 ? refused : unavailable);
  const delay = kind === 'rate_limited' || kind === 'unavailable' ? retryAfterMs(error) : undefined;
  return new SyncError(kind, {
    code,
    message,
    operatorMessage: `composio: ${status ?? 'no answer that can be read'}`,
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

/** Refusals that ask for a person, or settle something, are believed only in Composio's own form. */
const grave = new Set([401, 403, 404, 422]);

/** Composio's own errors come as JSON. */
function isComposios(error: unknown): boolean {
  return Error.isError(error) && 'error' in error && typeof error.error === 'object' && error.error !== null;
}

/** The SDK wraps what its `fetch` throws. */
function cause(error: unknown): SyncError | undefined {
  for (let at = error; Error.isError(at); at = at.cause) if (isSyncError(at)) return at;
  return undefined;
}

function statusOf(error: unknown): number | undefined {
  return Error.isError(error) && 'status' in error && typeof error.status === 'number' ? error.status : undefined;
}

function retryAfterMs(error: unknown): number | undefined {
  const headers: unknown = Error.isError(error) && 'headers' in error ? error.headers : undefined;
  const header = headers instanceof Headers ? headers.get('retry-after') : null;
  if (header === null) return undefined;
  const seconds = Number(header);
  const delay = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return delay > 0 ? delay : undefined;
}
