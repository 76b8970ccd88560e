import { GaxiosError } from 'gaxios';
import { isSyncError, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';

interface GoogleProblem {
  readonly status: number;
  readonly reasons: readonly string[];
  readonly location: string | undefined;
  readonly message: string;
}

/** Reasons of a 403 (and of some 400s), by what they ask for. Names: reference sections 1.5 and 3.6. */
const kindByReason: Readonly<Record<string, SyncErrorKind>> = {
  rateLimitExceeded: 'rate_limited',
  userRateLimitExceeded: 'rate_limited',
  sharingRateLimitExceeded: 'rate_limited',
  dailyLimitExceeded: 'quota_exhausted',
  quotaExceeded: 'quota_exhausted',
  downloadQuotaExceeded: 'quota_exhausted',
  insufficientPermissions: 'insufficient_scope',
  exportSizeLimitExceeded: 'too_large',
  fileNotDownloadable: 'unsupported',
  fileNotExportable: 'unsupported',
  exportRestricted: 'forbidden',
  cannotDownloadAbusiveFile: 'unsupported',
  cannotDownloadFile: 'forbidden',
  // A 401 that says nothing about the sign-in: Google does not take our address for its notifications.
  'push.webhookUrlUnauthorized': 'invalid_input',
  'push.webhookUrlNotHttps': 'invalid_input',
};

const messages: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  rate_limited: 'Google asks for patience (rate limit).',
  quota_exhausted: 'The quota of the Google account is used up for now.',
  insufficient_scope: 'The sign-in lacks a permission that is needed. Connect again and leave all boxes ticked.',
  unauthorized: 'Google no longer accepts the sign-in. Connect the account again.',
  too_large: 'Google does not export documents of more than 10 MB.',
  unsupported: 'Google does not let this file be downloaded.',
  forbidden: 'The account may not read this file.',
  not_found: 'The file is no longer there, or no longer shared with the account.',
  checkpoint_expired: 'Google no longer knows the saved position; everything is listed again.',
  unavailable: 'Google does not answer as it should; it will be tried again.',
  invalid_input: 'Google refused the request as malformed.',
};

/** What the call was about decides what a 400, 404 or 410 means. */
export type CallSubject = 'item' | 'position' | 'account';

/**
 * One of Google's errors, or a network error, as one of ours. Nothing of the original is kept as `cause`: it carries the
 * request with its headers, and a token call's body.
 * @param words what a person is told, where a service has better words than Drive's
 */
export function toSyncError(
  error: unknown,
  subject: CallSubject,
  words: Readonly<Partial<Record<SyncErrorKind, string>>> = messages,
): unknown {
  if (!(error instanceof GaxiosError)) return error;
  if (isSyncError(error.cause)) return error.cause;
  // The client's words for `maxContentLength`, by the announced length and while reading.
  if (/over (the )?limit/i.test(error.message)) {
    return new SyncError('too_large', {
      message: words === messages ? 'The file is larger than what is read of one file.' : (words.too_large ?? ''),
    });
  }
  const problem = readProblem(error);
  if (problem.reasons.includes('accessNotConfigured')) return apiNotEnabled();
  const kind = kindOf(problem, subject);
  const waits = kind === 'rate_limited' || kind === 'quota_exhausted' || kind === 'unavailable';
  const delay = waits ? retryAfterMs(error, problem) : undefined;
  return new SyncError(kind, {
    message: words[kind] ?? messages[kind] ?? 'Google answered with an error.',
    code: kind === 'too_large' ? 'export_too_large' : kind,
    operatorMessage: `google: ${problem.status || (error.code ?? 'no answer')} ${problem.reasons.join(',')}`,
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

/** Whatever was asked for: no new sign-in helps, and no waiting. */
function apiNotEnabled(): SyncError {
  return new SyncError('invalid_input', {
    code: 'api_not_enabled',
    message: 'This API of Google is not switched on in the Cloud project that Headwater signs in with.',
    operatorMessage: 'google: 403 accessNotConfigured',
  });
}

/** The reasons that one of Google's errors names; none for anything else. */
export function reasonsOf(error: unknown): readonly string[] {
  return error instanceof GaxiosError ? readProblem(error).reasons : [];
}

/** Did the vendor refuse the access token itself? */
export function isTokenRefused(error: unknown): boolean {
  return (
    error instanceof GaxiosError && error.status === 401 && !reasonsOf(error).includes('push.webhookUrlUnauthorized')
  );
}

function kindOf(problem: GoogleProblem, subject: CallSubject): SyncErrorKind {
  const { status, reasons } = problem;
  const byReason = reasons.map((reason) => kindByReason[reason]).find((kind) => kind !== undefined);
  if (status === 401) return byReason ?? 'unauthorized';
  if (status === 429) return 'rate_limited';
  if (status === 403) return byReason ?? (subject === 'account' ? 'insufficient_scope' : 'forbidden');
  if (subject === 'position' && (status === 404 || status === 410 || isBadPosition(problem)))
    return 'checkpoint_expired';
  if (status === 404 || status === 410) return 'not_found';
  if (status >= 400 && status < 500 && status !== 408) return byReason ?? 'invalid_input';
  return 'unavailable';
}

/** A refused page token: `invalid` at location `pageToken` [reference 3.2, 3.4]; Gmail says it in words only. */
function isBadPosition({ status, location, reasons, message }: GoogleProblem): boolean {
  return (
    status === 400 &&
    (location === 'pageToken' || reasons.includes('invalid') || /pageToken|startHistoryId/i.test(message))
  );
}

/** The body is an object, its text, or (for streams) the text in the message [reference 1.2]. */
function readProblem(error: GaxiosError): GoogleProblem {
  const body = parseBody(error.response?.data) ?? parseBody(error.message);
  return {
    status: error.status ?? error.response?.status ?? 0,
    reasons: (body?.errors ?? []).flatMap((e) => e.reason ?? []),
    location: body?.errors?.find((e) => e.location !== undefined)?.location,
    message: body?.message ?? '',
  };
}

interface GoogleErrorBody {
  readonly message?: string;
  readonly errors?: readonly { readonly reason?: string; readonly location?: string }[];
}

function parseBody(data: unknown): GoogleErrorBody | undefined {
  if (typeof data === 'string') {
    try {
      return parseBody(JSON.parse(data));
    } catch {
      return undefined;
    }
  }
  if (data instanceof ArrayBuffer) return parseBody(new TextDecoder().decode(data));
  if (typeof data !== 'object' || data === null || !('error' in data)) return undefined;
  return typeof data.error === 'object' && data.error !== null ? data.error : undefined;
}

/** Google rarely sends Retry-After; sometimes the time stands in the message [reference, section 2]. */
function retryAfterMs(error: GaxiosError, problem: GoogleProblem): number | undefined {
  const header = error.response?.headers.get('retry-after') ?? undefined;
  if (header !== undefined) {
    const seconds = Number(header);
    return Number.isFinite(seconds) ? seconds * 1000 : Math.max(0, Date.parse(header) - Date.now()) || undefined;
  }
  const at = /Retry after (\S+Z)/.exec(problem.message)?.[1];
  return at === undefined ? undefined : Math.max(0, Date.parse(at) - Date.now());
}
