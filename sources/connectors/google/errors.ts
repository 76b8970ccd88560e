/** Google's errors as ours: what they say, and of what they are true. */

import { GaxiosError } from 'gaxios';
import { z } from 'zod';
import type { ErrorCode } from '../../../domain/error-codes.ts';
import { type ErrorScope, isSyncError, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import { lenient, unexpectedAnswer } from '../answers.ts';

/**
 * What a call was about decides what a 400, 403, 404 or 410 means, and how far it is true. A position is one in a list or a log
 * of the account, or of one container.
 */
export type CallSubject = 'item' | 'container' | 'account' | 'account position' | 'container position';

/** How one of Google's services speaks to people. */
export interface GoogleService {
  /** "Google Drive" */
  readonly name: string;
  /** The scope that it needs, and what for, for whoever left its box unticked. */
  readonly scope: string;
  readonly purpose: string;
  readonly words: Readonly<Partial<Record<SyncErrorKind, string>>>;
  /** Said where reading stops before the end. */
  readonly tooLargeToRead: string;
}

interface GoogleProblem {
  readonly status: number;
  /** Is it an error in Google's own shape, and no page of a proxy between? */
  readonly isGoogles: boolean;
  readonly reasons: readonly string[];
  readonly location: string | undefined;
  readonly message: string;
}

/** Reasons by what they ask for: docs/vendors/google-drive.md, "Errors and quotas"; those in capitals are of newer back ends. */
const kindByReason: Readonly<Record<string, SyncErrorKind>> = {
  rateLimitExceeded: 'rate_limited',
  userRateLimitExceeded: 'rate_limited',
  sharingRateLimitExceeded: 'rate_limited',
  RATE_LIMIT_EXCEEDED: 'rate_limited',
  dailyLimitExceeded: 'quota_exhausted',
  quotaExceeded: 'quota_exhausted',
  downloadQuotaExceeded: 'quota_exhausted',
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'insufficient_scope',
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
  rate_limited: 'Rate limited by Google.',
  quota_exhausted: 'The quota of the Google account is used up for now.',
  unauthorized: 'Google no longer accepts the sign-in. Connect the account again.',
  checkpoint_expired: 'Google no longer knows the saved position; everything is listed again.',
  unavailable: 'Google does not answer as it should; it will be tried again.',
};

/**
 * One of Google's errors, or a network error, as one of ours. Nothing of the original is kept as `cause`: it carries the
 * request with its headers, and a token call's body.
 */
export function toSyncError(error: unknown, subject: CallSubject, service: GoogleService): unknown {
  if (!(error instanceof GaxiosError)) return error;
  if (isSyncError(error.cause)) return error.cause;
  // The client's words for `maxContentLength`, by the announced length and while reading.
  if (/over (the )?limit/i.test(error.message)) return tooLargeToRead(service);
  const problem = readProblem(error);
  if (problem.reasons.some((reason) => reason === 'accessNotConfigured' || reason === 'SERVICE_DISABLED'))
    return apiNotEnabled(service);
  // A page of a proxy or of a captive portal says nothing of what was asked for, whatever its status.
  if (problem.status >= 400 && problem.status < 500 && !problem.isGoogles && problem.status !== 429)
    return unexpectedAnswer({ vendor: service.name, call: subject }, `status ${problem.status}, no error of Google's`);
  const kind = kindOf(problem, subject);
  const scope = scopeOf(kind, subject, problem);
  const delay = waits.has(kind) ? retryAfterMs(error, problem) : undefined;
  return new SyncError(kind, {
    message: messageFor(kind, scope, problem, service),
    code: codeOf(kind, scope),
    operatorMessage: `google: ${problem.status || (error.code ?? 'no answer')} ${problem.reasons.join(',')}`,
    ...(scope === undefined ? {} : { scope }),
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

const waits = new Set<SyncErrorKind>(['rate_limited', 'quota_exhausted', 'unavailable']);

function tooLargeToRead({ tooLargeToRead: message }: GoogleService): SyncError {
  return new SyncError('too_large', { message, scope: 'item' });
}

/** Whatever was asked for: no new sign-in helps, and no waiting. */
function apiNotEnabled({ name }: GoogleService): SyncError {
  return new SyncError('invalid_input', {
    code: 'api_not_enabled',
    message: `The ${name} API is not switched on in the Cloud project that Headwater signs in with. Switch it on in the Google Cloud console.`,
    operatorMessage: 'google: 403 accessNotConfigured',
    scope: 'account',
  });
}

/** The sign-in was refused, also with a new token, and for the account itself. */
export function signInEnded(): SyncError {
  return new SyncError('unauthorized', { message: messages.unauthorized ?? '', scope: 'account' });
}

/** One thing is refused as if the sign-in had ended, while the account answers: it is that one's own. */
export function refusedThough(scope: ErrorScope, { name }: GoogleService): SyncError {
  return new SyncError('unauthorized', {
    code: 'refused_by_vendor',
    message: `${name} refuses this one although the sign-in holds. It is tried again by the next sync.`,
    operatorMessage: 'google: 401 on one thing, the account answers',
    scope,
  });
}

/** The reasons that one of Google's errors names; none for anything else. */
export function reasonsOf(error: unknown): readonly string[] {
  return error instanceof GaxiosError ? readProblem(error).reasons : [];
}

/** What one of Google's errors says in words; nothing for anything else. */
export function wordsOf(error: unknown): string {
  return error instanceof GaxiosError ? readProblem(error).message : '';
}

/** Is it an answer of Google's own, and no page of a proxy between? */
export function isGoogles(error: unknown): boolean {
  return error instanceof GaxiosError && readProblem(error).isGoogles;
}

/** Did the vendor refuse the access token itself? */
export function isTokenRefused(error: unknown): boolean {
  return (
    error instanceof GaxiosError && error.status === 401 && !reasonsOf(error).includes('push.webhookUrlUnauthorized')
  );
}

function kindOf(problem: GoogleProblem, subject: CallSubject): SyncErrorKind {
  const { status } = problem;
  const byReason = reasonKind(problem, subject);
  if (status === 401) return byReason ?? 'unauthorized';
  if (status === 429) return 'rate_limited';
  if (status === 403) return byReason ?? 'forbidden';
  if (isPosition(subject) && (status === 404 || status === 410 || isBadPosition(problem))) return 'checkpoint_expired';
  if (status === 404 || status === 410) return 'not_found';
  if (status >= 400 && status < 500 && status !== 408) return byReason ?? 'invalid_input';
  return 'unavailable';
}

/** Of one file "insufficientPermissions" may also say that the account may not read it; then it does not speak of scopes. */
function reasonKind({ reasons, message }: GoogleProblem, subject: CallSubject): SyncErrorKind | undefined {
  const kind = reasons.map((reason) => kindByReason[reason]).find((known) => known !== undefined);
  const isOfScopes =
    subject !== 'item' || /scope/i.test(message) || reasons.includes('ACCESS_TOKEN_SCOPE_INSUFFICIENT');
  return kind === 'insufficient_scope' && !isOfScopes ? 'forbidden' : kind;
}

function isPosition(subject: CallSubject): boolean {
  return subject.endsWith('position');
}

/** How far what is said of it is true. */
export function scopeOfSubject(subject: CallSubject): ErrorScope {
  if (subject === 'item') return 'item';
  return subject.startsWith('container') ? 'container' : 'account';
}

/** Undefined: the place where it arises decides. */
function scopeOf(kind: SyncErrorKind, subject: CallSubject, { reasons }: GoogleProblem): ErrorScope | undefined {
  if (kind === 'unavailable' || kind === 'checkpoint_expired') return undefined;
  if (kind === 'quota_exhausted' && reasons.includes('downloadQuotaExceeded')) return 'item';
  if (kind === 'rate_limited' || kind === 'quota_exhausted' || kind === 'insufficient_scope') return 'account';
  return scopeOfSubject(subject);
}

function codeOf(kind: SyncErrorKind, scope: ErrorScope | undefined): ErrorCode {
  if (kind === 'too_large') return 'export_too_large';
  if (kind === 'invalid_input' && scope !== 'account') return 'refused_by_vendor';
  return kind === 'forbidden' && scope === 'account' ? 'blocked_by_admin' : kind;
}

function messageFor(
  kind: SyncErrorKind,
  scope: ErrorScope | undefined,
  problem: GoogleProblem,
  { name, scope: needed, purpose, words }: GoogleService,
): string {
  const reason = reasonFor(problem);
  if (kind === 'insufficient_scope')
    return `The sign-in lacks the permission "${needed}", which is needed ${purpose}. Connect again and leave its box ticked.`;
  if (kind === 'invalid_input' && scope !== 'account')
    return `${name} refuses this one${reason}. It is tried again by the next sync.`;
  if (kind === 'invalid_input') return `${name} refused the request as malformed${reason}.`;
  if (kind === 'forbidden' && scope === 'account')
    return `${name} does not let Headwater read this account${reason}. An administrator of the Google Workspace may have to allow it.`;
  if (kind === 'quota_exhausted' && scope === 'item')
    return 'Google has handed out this file too often today. It is tried again later.';
  return words[kind] ?? messages[kind] ?? 'Google answered with an error.';
}

/** In brackets, as the vendor words it: names of reasons and parameters, never its sentences, which may quote the user's data. */
function reasonFor({ reasons, location }: GoogleProblem): string {
  const parts = [...reasons, location ?? ''].filter((part) => /^[\w.]{1,64}$/.test(part));
  return parts.length === 0 ? '' : ` (${[...new Set(parts)].join(', ')})`;
}

/** A refused page token: `invalid` at location `pageToken`; Gmail says it in words only. */
function isBadPosition({ status, location, reasons, message }: GoogleProblem): boolean {
  return (
    status === 400 &&
    (location === 'pageToken' || reasons.includes('invalid') || /pageToken|startHistoryId/i.test(message))
  );
}

const detail = z.looseObject({ reason: lenient.text, location: lenient.text });
const envelope = z.looseObject({
  error: z.looseObject({ message: lenient.text, errors: lenient.list(detail), details: lenient.list(detail) }),
});

/** The body is an object, its text, bytes, or (for streams) the text in the message: docs/vendors/google.md, "The official client". */
function readProblem(error: GaxiosError): GoogleProblem {
  const body = parseBody(error.response?.data) ?? parseBody(error.message);
  const details = [...(body?.errors ?? []), ...(body?.details ?? [])];
  return {
    status: error.status ?? error.response?.status ?? 0,
    isGoogles: body !== undefined,
    reasons: details.flatMap(({ reason }) => reason ?? []),
    location: details.find(({ location }) => location !== undefined)?.location,
    message: body?.message ?? '',
  };
}

function parseBody(data: unknown): z.output<typeof envelope>['error'] | undefined {
  if (typeof data === 'string') {
    try {
      return parseBody(JSON.parse(data));
    } catch {
      return undefined;
    }
  }
  if (data instanceof ArrayBuffer) return parseBody(new TextDecoder().decode(data));
  return envelope.safeParse(data).data?.error;
}

/** Google rarely sends Retry-After; sometimes the time stands in the message: docs/vendors/google.md, "Errors". */
function retryAfterMs(error: GaxiosError, problem: GoogleProblem): number | undefined {
  const header = error.response?.headers.get('retry-after') ?? undefined;
  if (header !== undefined) {
    const seconds = Number(header);
    return Number.isFinite(seconds) ? seconds * 1000 : Math.max(0, Date.parse(header) - Date.now()) || undefined;
  }
  const at = /Retry after (\S+Z)/.exec(problem.message)?.[1];
  const ms = at === undefined ? Number.NaN : Date.parse(at) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
