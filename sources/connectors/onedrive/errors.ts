import type { ErrorCode } from '../../../domain/error-codes.ts';
import { type ErrorScope, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import { noAnswerMessage, operatorReason } from '../../../domain/no-answer.ts';
import { retryAfterMs } from '../../../domain/retry-after.ts';
import { isCode, needsOwnForm, unexpectedAnswer } from '../answers.ts';

/** The subject of a call decides what a refusal means and what it applies to. */
export interface CallSubject {
  /**
   * `start` requests a position, `position` continues from one; a 400, 403, 404 or 410 has a different meaning for
   * each.
   */
  readonly about: 'account' | 'start' | 'position' | 'item' | 'download';
  readonly scope: ErrorScope;
  /** The call's name for the log. */
  readonly call: string;
}

/** Delay if a throttled call gives no time (docs/vendors/onedrive.md#errors-and-throttling). */
const defaultDelayMs = 10_000;

/** Graph’s codes that say more than the status (docs/vendors/onedrive.md#errors-and-throttling). */
const kindByCode: Readonly<Record<string, SyncErrorKind>> = {
  activityLimitReached: 'rate_limited',
  throttledRequest: 'rate_limited',
  tooManyRequests: 'rate_limited',
  quotaLimitReached: 'quota_exhausted',
  malwareDetected: 'unsupported',
  notSupported: 'unsupported',
  resourceModified: 'unavailable',
  notAllowed: 'unavailable',
  resourceLocked: 'unavailable',
};

/**
 * Microsoft or an administrator has locked the item: it is neither deleted nor lost to the account, so it is requested
 * again later.
 */
const lockedCodes = new Set(['notAllowed', 'resourceLocked', 'locked']);

/** Both kinds of lost position, in both spellings in the documentation. */
const codeOfLostPosition: Readonly<Record<string, ErrorCode>> = {
  resyncApplyDifferences: 'resync_apply_differences',
  resyncChangesApplyDifferences: 'resync_apply_differences',
  resyncUploadDifferences: 'resync_upload_differences',
  resyncChangesUploadDifferences: 'resync_upload_differences',
  resyncRequired: 'resync_required',
  syncStateNotFound: 'sync_state_not_found',
  syncStateInvalid: 'sync_state_not_found',
};

const messages: Readonly<Record<SyncErrorKind, string>> = {
  rate_limited: 'Rate limited by Microsoft. The sync resumes automatically.',
  quota_exhausted: 'The quota of the OneDrive is used up for now. Syncs resume when Microsoft renews it.',
  unavailable: noAnswerMessage('OneDrive'),
  unauthorized: 'Microsoft no longer accepts the sign-in. Connect the account again.',
  insufficient_scope:
    'The sign-in may not list and read this OneDrive: it needs the permission Files.Read.All. Connect again and grant it. If it was already granted, ask an administrator whether access is blocked.',
  forbidden: 'The account has no permission to read this file or folder.',
  not_found: 'The file is no longer there, or no longer shared with the account.',
  checkpoint_expired: 'OneDrive no longer accepts the saved position, so everything is listed again.',
  too_large: 'The file is larger than OneDrive provides for download.',
  unsupported: 'OneDrive does not provide this file for download.',
  unreadable: 'The file cannot be read.',
  invalid_input: 'OneDrive rejected the request as malformed.',
};

/**
 * Converts an answer of Graph, or of a download host, to a SyncError. Download addresses are secrets and are never
 * kept.
 */
export function graphError(response: Response, body: string, subject: CallSubject): SyncError {
  const codes = codesOf(body);
  if (!isGraphs(response, codes, subject)) return oddAnswer(subject.call, `status ${response.status}`);
  const kind = kindOf(response, codes, subject);
  const waits = kind === 'rate_limited' || kind === 'quota_exhausted' || kind === 'unavailable';
  const delay = waits ? delayOf(response, kind) : undefined;
  const requestId = response.headers.get('request-id');
  const scope = scopeOf(kind, subject);
  return new SyncError(kind, {
    ...describe(kind, response.status, codes, subject),
    operatorMessage: `onedrive: ${subject.call} ${response.status} ${codes.join('/')} ${requestId ?? ''}`.trim(),
    scope,
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

/**
 * A rate limit and a missing permission concern the account, whatever was requested. A refused token may concern only
 * this item, and so may a quota: a full drive can still be read.
 */
function scopeOf(kind: SyncErrorKind, { scope }: CallSubject): ErrorScope {
  return kind === 'rate_limited' || kind === 'insufficient_scope' ? 'account' : scope;
}

/** A proxy sends a `Basic` challenge or similar; Graph sends a bearer challenge. */
function isGraphs(response: Response, codes: readonly string[], { about }: CallSubject): boolean {
  const asksForBearer = /^bearer\b/i.test(response.headers.get('www-authenticate') ?? '');
  return about === 'download' || !needsOwnForm(response.status) || codes.length > 0 || asksForBearer;
}

/** There was no answer: the network failed, or our timeout expired. */
export function noAnswer(error?: unknown): SyncError {
  return new SyncError('unavailable', {
    message: noAnswerMessage('OneDrive', error),
    code: 'no_answer',
    operatorMessage: `onedrive: no answer${operatorReason(error)}`,
  });
}

/** The answer does not match the documentation. */
export function oddAnswer(call: string, found: string): SyncError {
  return unexpectedAnswer({ vendor: 'Microsoft', call }, found);
}

const malware = {
  message: 'OneDrive found malware in this file and does not provide it for download.',
  code: 'malware',
} as const;

export function malwareFound(): SyncError {
  return new SyncError('unsupported', { ...malware, scope: 'item' });
}

export function signInRefused(code: ErrorCode): SyncError {
  return new SyncError('unauthorized', { message: messages.unauthorized, code, scope: 'account' });
}

function kindOf(response: Response, codes: readonly string[], subject: CallSubject): SyncErrorKind {
  const { status } = response;
  const ofPosition = subject.about === 'start' || subject.about === 'position';
  if (ofPosition && codes.some((code) => codeOfLostPosition[code] !== undefined)) return 'checkpoint_expired';
  const byCode = codes.map((code) => kindByCode[code]).find((kind) => kind !== undefined);
  if (byCode !== undefined) return byCode;
  switch (status) {
    case 429:
    case 509:
      return 'rate_limited';
    case 503:
      return response.headers.has('retry-after') ? 'rate_limited' : 'unavailable';
    case 507:
      return 'quota_exhausted';
    case 408:
    case 409:
    case 412:
    case 423:
      return 'unavailable';
    case 406:
    case 415:
    case 501:
      return 'unsupported';
    default:
      return status >= 500 ? 'unavailable' : refusalOf(status, subject);
  }
}

/** Maps 400, 401, 403, 404, 410 and rarer client errors. */
function refusalOf(status: number, { about, scope }: CallSubject): SyncErrorKind {
  // Download addresses are short-lived; the next attempt gets a new one.
  if (about === 'download') return 'unavailable';
  if (status === 401) return 'unauthorized';
  if (status === 403) return scope === 'account' ? 'insufficient_scope' : 'forbidden';
  // Links are followed verbatim, so a link that is refused in any way is no longer usable
  // (docs/vendors/onedrive.md#delta).
  if (about === 'position') return 'checkpoint_expired';
  if ((status === 404 || status === 410) && scope !== 'account') return 'not_found';
  return 'invalid_input';
}

function describe(
  kind: SyncErrorKind,
  status: number,
  codes: readonly string[],
  { scope, call }: CallSubject,
): { readonly message: string; readonly code?: ErrorCode } {
  if (kind === 'checkpoint_expired') {
    // The inner code comes last and is more specific.
    const code = codes.map((name) => codeOfLostPosition[name]).findLast((name) => name !== undefined);
    return { message: messages[kind], ...(code === undefined ? {} : { code }) };
  }
  if (codes.includes('malwareDetected')) return malware;
  if (status === 423 || codes.some((code) => lockedCodes.has(code)))
    return {
      message:
        'Microsoft or an administrator has locked this. Its synced content is kept, and the next sync tries again.',
      code: 'locked',
    };
  if (kind === 'forbidden')
    return { message: messages[kind], code: codes[0] === 'accessDenied' ? 'access_denied' : 'refused' };
  // Only the request for the drive itself shows that there is none.
  if (kind === 'invalid_input' && call === 'drive')
    return {
      message: 'This account has no OneDrive yet. Open OneDrive once in a browser, then sync again.',
      code: 'no_drive',
    };
  const refused = `OneDrive refused this request (${codes.at(-1) ?? status}).`;
  if (kind === 'invalid_input' && scope === 'account')
    return {
      message: `${refused} Nothing was changed. Sync again later; if this persists, ask an administrator whether access is restricted.`,
    };
  if (kind === 'invalid_input') return { message: refused, code: 'refused' };
  return { message: messages[kind] };
}

/**
 * Returns the outer code and the inner ones, which are spelled `innerError` or `innererror` and nested to any depth
 * (docs/vendors/onedrive.md#errors-and-throttling).
 */
function codesOf(body: string): string[] {
  const codes: string[] = [];
  let at: unknown = parse(body);
  for (let depth = 0; depth < 10 && typeof at === 'object' && at !== null; depth++) {
    if ('code' in at && typeof at.code === 'string' && isCode(at.code)) codes.push(at.code);
    at = 'innerError' in at ? at.innerError : 'innererror' in at ? at.innererror : 'error' in at ? at.error : null;
  }
  return codes;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** If only the rate limit's own header is sent, it has the seconds until the limit resets. */
function delayOf(response: Response, kind: SyncErrorKind): number | undefined {
  const fallback = kind === 'rate_limited' ? defaultDelayMs : undefined;
  return retryAfterMs(response.headers) ?? retryAfterMs(response.headers, 'ratelimit-reset') ?? fallback;
}
