/** Converts Google's errors to SyncErrors and decides what they apply to. */

import { GaxiosError } from 'gaxios';
import { z } from 'zod';
import type { ErrorCode } from '../../../domain/error-codes.ts';
import { type ErrorScope, isSyncError, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import { noAnswerMessage, operatorReason } from '../../../domain/no-answer.ts';
import { retryAfterMs, waitOf } from '../../../domain/retry-after.ts';
import { idNotRequestable, isCode, lenient, needsOwnForm, unexpectedAnswer } from '../answers.ts';
import { tooLargeToRead } from '../too-large.ts';

/**
 * The subject of a call decides what a 400, 403, 404 or 410 means and what it applies to. A position belongs to a list
 * or a log of the account, or of one container.
 */
export type CallSubject = 'item' | 'container' | 'account' | 'account position' | 'container position';

/** The texts that describe one of Google's services to people. */
export interface GoogleService {
  /** "Google Drive" */
  readonly name: string;
  /** The scope that the service needs and its purpose, for people who left its box unchecked. */
  readonly scope: string;
  readonly purpose: string;
  readonly words: Readonly<Partial<Record<SyncErrorKind, string>>>;
  /** What it calls the items whose content is fetched. */
  readonly content: 'file' | 'message';
}

interface GoogleProblem {
  readonly status: number;
  /** Whether the error has Google's own form and is not a proxy's page. */
  readonly isGoogles: boolean;
  readonly reasons: readonly string[];
  readonly location: string | undefined;
  readonly message: string;
}

/**
 * Maps Google's reasons to kinds: docs/vendors/google-drive.md#errors-and-quotas; newer back ends use the reasons in
 * capitals.
 */
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
  // This 401 does not concern the sign-in: Google rejects our address for its notifications.
  'push.webhookUrlUnauthorized': 'invalid_input',
  'push.webhookUrlNotHttps': 'invalid_input',
};

const messages: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  rate_limited: 'Rate limited by Google.',
  quota_exhausted: 'The quota of the Google account is used up for now. Syncs resume when Google renews it.',
  unauthorized: 'Google no longer accepts the sign-in. Connect the account again.',
  checkpoint_expired: 'Google no longer accepts the saved position, so everything is listed again.',
  unavailable: noAnswerMessage('Google'),
};

/**
 * Converts an error of Google or the network to a SyncError. The original is not kept as `cause` because it contains
 * the request's headers and, for a token call, the body.
 */
export function googleError(error: unknown, subject: CallSubject, service: GoogleService): unknown {
  if (Error.isError(error) && error.name === 'URIError') return idNotRequestable(service.name, scopeOfSubject(subject));
  if (!(error instanceof GaxiosError)) return error;
  if (isSyncError(error.cause)) return error.cause;
  // The client's message for exceeding `maxContentLength`, from the announced length or while reading.
  if (/over (the )?limit/i.test(error.message))
    return subject === 'item'
      ? tooLargeToRead(service.content, null)
      : unexpectedAnswer({ vendor: service.name, call: subject }, 'longer than any answer');
  const problem = readProblem(error);
  if (problem.reasons.some((reason) => reason === 'accessNotConfigured' || reason === 'SERVICE_DISABLED'))
    return apiNotEnabled(service);
  // A page of a proxy or a captive portal says nothing about the requested item, whatever its status.
  if (needsOwnForm(problem.status) && !problem.isGoogles)
    return unexpectedAnswer({ vendor: service.name, call: subject }, `status ${problem.status}, no error of Google's`);
  const kind = kindOf(problem, subject);
  const scope = scopeOf(kind, subject, problem);
  const delay = waits.has(kind) ? delayOf(error, problem) : undefined;
  return new SyncError(kind, {
    message: problem.status === 0 ? noAnswerMessage('Google', error) : messageFor(kind, scope, problem, service),
    code: codeOf(kind, scope),
    operatorMessage: `google: ${problem.status || `no answer${operatorReason(error)}`} ${problem.reasons.join(',')}`,
    ...(scope === undefined ? {} : { scope }),
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

const waits = new Set<SyncErrorKind>(['rate_limited', 'quota_exhausted', 'unavailable']);

/** Applies to any call: neither a new sign-in nor waiting helps. */
function apiNotEnabled({ name }: GoogleService): SyncError {
  return new SyncError('invalid_input', {
    code: 'api_not_enabled',
    message: `The ${name} API is not enabled in the Cloud project that Headwater signs in with. Enable it in the Google Cloud console.`,
    operatorMessage: 'google: 403 accessNotConfigured',
    scope: 'account',
  });
}

/** The sign-in was refused even with a new token, and for the account itself. */
export function signInEnded(): SyncError {
  return new SyncError('unauthorized', { message: messages.unauthorized ?? '', scope: 'account' });
}

/**
 * Google refused one item as if the sign-in had ended, but the account answers, so the error concerns only that item.
 */
export function refusedThough(scope: ErrorScope, { name }: GoogleService): SyncError {
  return new SyncError('unauthorized', {
    code: 'refused_by_vendor',
    message: `${name} refuses access to this item although the sign-in is valid. The next sync tries it again.`,
    operatorMessage: 'google: 401 for one item, the account answers',
    scope,
  });
}

const unexplainedKinds = new Set<SyncErrorKind>(['forbidden', 'invalid_input']);

/** Whether Google refuses the whole account, for a reason that does not say so. */
export function isUnexplained({ kind, scope }: SyncError, thrown: unknown): boolean {
  const isKnown = reasonsOf(thrown).some((reason) => kindByReason[reason] !== undefined);
  return scope === 'account' && unexplainedKinds.has(kind) && !isKnown;
}

/** Google refused one call of the account, but answers another one. */
export function refusedForNow(thrown: unknown, { name }: GoogleService): SyncError {
  const reasons = reasonsOf(thrown);
  return new SyncError('unavailable', {
    code: 'refused_for_now',
    message: `${name} refused a request${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`} although the account can be read. The request is retried automatically.`,
    operatorMessage: `google: ${reasons.join(',')}, the account answers`,
  });
}

/** The reasons in a Google error; empty for any other error. */
export function reasonsOf(error: unknown): readonly string[] {
  return error instanceof GaxiosError ? readProblem(error).reasons : [];
}

/** The message of a Google error; empty for any other error. */
export function wordsOf(error: unknown): string {
  return error instanceof GaxiosError ? readProblem(error).message : '';
}

/** Checks whether Google itself, and not a proxy's page, refused the access token. */
export function isTokenRefused(error: unknown): boolean {
  if (!(error instanceof GaxiosError) || error.status !== 401) return false;
  const { isGoogles, reasons } = readProblem(error);
  return isGoogles && !reasons.includes('push.webhookUrlUnauthorized');
}

function kindOf(problem: GoogleProblem, subject: CallSubject): SyncErrorKind {
  const { status } = problem;
  const byReason = reasonKind(problem, subject);
  if (status === 401) return byReason ?? 'unauthorized';
  if (status === 429) return 'rate_limited';
  if (status === 403) return byReason ?? 'forbidden';
  if (isPosition(subject) && (status === 404 || status === 410 || isBadPosition(problem))) return 'checkpoint_expired';
  // Of such a request, only the position differs from those that Google has accepted.
  if (subject === 'account position' && status === 400) return byReason ?? 'checkpoint_expired';
  if (status === 404 || status === 410) return 'not_found';
  if (status >= 400 && status < 500 && status !== 408) return byReason ?? 'invalid_input';
  return 'unavailable';
}

/**
 * For one file, "insufficientPermissions" may also mean that the account may not read it; it then does not concern
 * scopes.
 */
function reasonKind({ reasons, message }: GoogleProblem, subject: CallSubject): SyncErrorKind | undefined {
  const kind = reasons.map((reason) => kindByReason[reason]).find((known) => known !== undefined);
  const isOfScopes =
    subject !== 'item' || /scope/i.test(message) || reasons.includes('ACCESS_TOKEN_SCOPE_INSUFFICIENT');
  return kind === 'insufficient_scope' && !isOfScopes ? 'forbidden' : kind;
}

function isPosition(subject: CallSubject): boolean {
  return subject.endsWith('position');
}

/** The scope of an error about this subject. */
export function scopeOfSubject(subject: CallSubject): ErrorScope {
  if (subject === 'item') return 'item';
  return subject.startsWith('container') ? 'container' : 'account';
}

/** Undefined if the caller decides. */
function scopeOf(
  kind: SyncErrorKind,
  subject: CallSubject,
  { reasons, message }: GoogleProblem,
): ErrorScope | undefined {
  if (kind === 'unavailable' || kind === 'checkpoint_expired') return undefined;
  const isOfFile =
    reasons.includes('downloadQuotaExceeded') || (subject === 'item' && /quota for this file/i.test(message));
  if (kind === 'quota_exhausted' && isOfFile) return 'item';
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
    return `The sign-in lacks the permission "${needed}", which is needed ${purpose}. Connect again and leave its box checked.`;
  if (kind === 'invalid_input' && scope !== 'account')
    return `${name} refuses access to this item${reason}. The next sync tries it again.`;
  if (kind === 'invalid_input') return `${name} rejected the request as malformed${reason}.`;
  if (kind === 'forbidden' && scope === 'account')
    return `${name} does not let Headwater read this account${reason}. An administrator of the Google Workspace may have to allow it.`;
  if (kind === 'quota_exhausted' && scope === 'item')
    return 'This file was downloaded from Google too often today. It is tried again later.';
  return words[kind] ?? messages[kind] ?? 'Google answered with an error.';
}

/** The vendor's reason in brackets. */
function reasonFor({ reasons, location }: GoogleProblem): string {
  const parts = [...reasons, location ?? ''].filter(isCode);
  return parts.length === 0 ? '' : ` (${[...new Set(parts)].join(', ')})`;
}

/** Recognizes a refused page token: `invalid` at location `pageToken`; Gmail says it only in the message. */
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

/** The body is an object, its text, bytes, or (for streams) the text in the message: docs/vendors/google.md#the-official-client. */
function readProblem(error: GaxiosError): GoogleProblem {
  const body = parseBody(error.response?.data) ?? parseBody(error.message);
  const details = [...(body?.errors ?? []), ...(body?.details ?? [])];
  return {
    status: error.status ?? error.response?.status ?? 0,
    isGoogles: body !== undefined,
    reasons: details.flatMap(({ reason }) => (reason !== undefined && isCode(reason) ? [reason] : [])),
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

/** Google rarely sends Retry-After; sometimes the message contains the time: docs/vendors/google.md#errors. */
function delayOf(error: GaxiosError, problem: GoogleProblem): number | undefined {
  const headers = error.response?.headers ?? new Headers();
  return retryAfterMs(headers) ?? waitOf(/Retry after (\S+Z)/.exec(problem.message)?.[1], headers.get('date'));
}
