import { DropboxResponseError } from 'dropbox';
import { type ErrorScope, isSyncError, SyncError, type SyncErrorKind, withScope } from '../../../domain/errors.ts';
import { noAnswerMessage, operatorReason } from '../../../domain/no-answer.ts';
import { retryAfterMs, waitOf } from '../../../domain/retry-after.ts';
import { isCode, needsOwnForm, unexpectedAnswer } from '../answers.ts';
import { dropboxOAuth } from './oauth.ts';

/** The subject of the call decides what a missing path means. */
export type CallSubject = 'item' | 'position' | 'account';

const unavailable = noAnswerMessage('Dropbox');
const messages: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  rate_limited: 'Rate limited by Dropbox. The sync resumes automatically.',
  unauthorized: 'Dropbox no longer accepts the sign-in. Connect the account again.',
  unsupported: 'Dropbox does not allow downloads of this file.',
  forbidden: 'The account has no permission to read this file.',
  not_found: 'The file no longer exists, or is no longer shared with the account.',
  checkpoint_expired: 'Dropbox no longer accepts the saved position, so everything is listed again.',
  unavailable,
  invalid_input: 'Dropbox rejected the request. Check that the folder in the configuration still exists.',
};

/** Tags of a 401 that a new token does not fix (docs/vendors/dropbox.md#errors-and-limits). */
const scopeTags = new Set(['missing_scope', 'route_access_denied']);
/** Maps the tags of a 409 to kinds: Dropbox uses 409 for every endpoint's own errors, not for conflicts. */
const kindByTag: Readonly<Record<string, SyncErrorKind>> = {
  reset: 'checkpoint_expired',
  not_found: 'not_found',
  not_file: 'not_found',
  not_folder: 'not_found',
  // It says that the request cannot be read, not that nothing is there.
  malformed_path: 'invalid_input',
  restricted_content: 'unsupported',
  unsupported_file: 'unsupported',
  unsupported_content_type: 'unsupported',
  non_exportable: 'unsupported',
  invalid_export_format: 'unsupported',
  locked: 'forbidden',
  retry_error: 'unavailable',
};

/**
 * What Dropbox answers as plain text with status 400, although it is not about the request: the application was never
 * given the permission or is switched off, or the token is none of Dropbox's or a whole team's (docs/vendors/dropbox.md#errors-and-limits).
 */
const scopeOfApplication = /does not have the required scope '([\w.]{1,60})'/;
const notAToken = /access token is malformed|invalid authorization value/i;
const teamToken = /access token you provided is for an entire Dropbox/i;
const disabledApplication = /\bapp (?:is currently|has been) disabled\b/i;

/**
 * Converts an error of Dropbox or the network to a SyncError. The original is dropped because it contains the request.
 */
export function dropboxError(error: unknown, subject: CallSubject, call: string): unknown {
  if (isSyncError(error)) return error.code === 'unexpected_answer' ? withScope(error, scopeOf(subject)) : error;
  if (error instanceof DropboxResponseError) return ofResponse(error, subject, call);
  // fetch throws these without a connection, or for a truncated body.
  if (isNamed(error, 'TypeError') || isNamed(error, 'TimeoutError'))
    return new SyncError('unavailable', {
      message: noAnswerMessage('Dropbox', error),
      code: 'no_answer',
      operatorMessage: `dropbox: no answer${operatorReason(error)}`,
    });
  return error;
}

/** Checks whether the vendor refused the access token itself. */
export function isTokenRefused(error: unknown): boolean {
  if (!(error instanceof DropboxResponseError)) return false;
  if (error.status === 400) return notAToken.test(textOf(error.error));
  if (error.status !== 401) return false;
  const tags = tagsOf(error.error);
  return tags.length > 0 && !tags.some((tag) => scopeTags.has(tag));
}

function ofResponse(error: DropboxResponseError<unknown>, subject: CallSubject, call: string): SyncError {
  const { status } = error;
  const tags = tagsOf(error.error);
  if ([400, 403].includes(status) && disabledApplication.test(textOf(error.error))) return switchedOff(call, status);
  if (needsOwnForm(status) && !isDropboxs(error, tags))
    return withScope(unexpectedAnswer({ vendor: 'Dropbox', call }, `status ${status}`), scopeOf(subject));
  if (status === 401 && tags.includes('user_suspended')) return suspended(call);
  const kind = kindOfText(status, textOf(error.error)) ?? kindOf(status, tags, subject);
  const waits = kind === 'rate_limited' || kind === 'unavailable';
  const delay = waits ? delayOf(error) : undefined;
  return new SyncError(kind, {
    message: messageOf(kind, subject, error.error),
    operatorMessage: `dropbox: ${call} ${status} ${tags.join('/')}`,
    scope: isAccounts(kind) ? 'account' : scopeOf(subject),
    ...(tags.includes('locked') ? { code: 'locked' } : {}),
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

/** Dropbox says in plain text what is wrong with a request, and everything else with tags. */
function isDropboxs({ status, error }: DropboxResponseError<unknown>, tags: readonly string[]): boolean {
  return tags.length > 0 || (status === 400 && /^\s*[^\s<]/.test(textOf(error)));
}

/** A new sign-in does not help, and none is needed once the account is active again. */
function suspended(call: string): SyncError {
  return new SyncError('forbidden', {
    code: 'account_suspended',
    message:
      'This Dropbox account is suspended. An administrator of its team, or Dropbox’s support, must activate it again; the next sync then continues without a new sign-in.',
    operatorMessage: `dropbox: ${call} 401 user_suspended`,
    scope: 'account',
  });
}

/** It concerns every account of this installation, so neither a position nor a folder is at fault. */
function switchedOff(call: string, status: number): SyncError {
  return new SyncError('invalid_input', {
    code: 'application_disabled',
    message:
      'The Dropbox application of this installation is disabled. The operator must enable it in Dropbox’s App Console; the next sync then continues without a new sign-in.',
    operatorMessage: `dropbox: ${call} ${status} the application is disabled`,
    scope: 'account',
  });
}

function messageOf(kind: SyncErrorKind, subject: CallSubject, body: unknown): string {
  if (kind === 'insufficient_scope') return missingScope(body);
  if (kind === 'unauthorized' && teamToken.test(textOf(body)))
    return 'This token is for a whole Dropbox team. Connect the account of one member, or use a token of one.';
  if (kind === 'invalid_input' && subject === 'item')
    return 'Dropbox refuses access to this file. The next sync tries it again.';
  return messages[kind] ?? 'Dropbox answered with an error.';
}

/**
 * A rate limit and a missing permission concern the account, whatever was requested. A refused token may concern only
 * this file.
 */
function isAccounts(kind: SyncErrorKind): boolean {
  return kind === 'rate_limited' || kind === 'quota_exhausted' || kind === 'insufficient_scope';
}

/** The scope of an error about this subject. */
export function scopeOf(subject: CallSubject): ErrorScope {
  return subject === 'item' ? 'item' : 'account';
}

function missingScope(body: unknown): string {
  const ofApplication = scopeOfApplication.exec(textOf(body))?.[1];
  const scope = ofApplication ?? requiredScopeOf(body);
  const purpose = dropboxOAuth.purposes?.[scope ?? ''];
  if (ofApplication !== undefined)
    return `The Dropbox application of this installation lacks the permission "${ofApplication}"${purpose === undefined ? '' : `, which is needed ${purpose}`}. The operator must turn it on in Dropbox’s App Console (Permissions); then connect the account again.`;
  if (scope === undefined)
    return 'Dropbox does not give this sign-in the necessary permissions. Connect the account again and leave all boxes checked.';
  return `The sign-in lacks the permission "${scope}"${purpose === undefined ? '' : `, which is needed ${purpose}`}. Connect the account again and leave all boxes checked.`;
}

function requiredScopeOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('required_scope' in body && typeof body.required_scope === 'string') return body.required_scope.slice(0, 60);
  return 'error' in body ? requiredScopeOf(body.error) : undefined;
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : '';
}

function kindOfText(status: number, text: string): SyncErrorKind | undefined {
  if (status !== 400) return undefined;
  if (scopeOfApplication.test(text)) return 'insufficient_scope';
  return notAToken.test(text) || teamToken.test(text) ? 'unauthorized' : undefined;
}

function kindOf(status: number, tags: readonly string[], subject: CallSubject): SyncErrorKind {
  if (status === 401) return tags.some((tag) => scopeTags.has(tag)) ? 'insufficient_scope' : 'unauthorized';
  if (status === 429) return 'rate_limited';
  // A new root means new paths and cursors (docs/vendors/dropbox.md#calls), and says nothing about one file.
  if (status === 422) return subject === 'item' ? 'forbidden' : 'checkpoint_expired';
  if (status === 403) return subject === 'item' ? 'forbidden' : 'insufficient_scope';
  if (status === 409) {
    const kind = tags.map((tag) => kindByTag[tag]).find((known) => known !== undefined);
    // The synced folder no longer exists, which is not the same as all its files being deleted.
    if (subject !== 'item' && kind === 'not_found') return 'invalid_input';
    return kind ?? 'unavailable';
  }
  // A cursor that Dropbox did not issue is rejected as malformed.
  if (status === 400 && subject === 'position') return 'checkpoint_expired';
  return status < 500 && needsOwnForm(status) ? 'invalid_input' : 'unavailable';
}

/** Returns all `.tag`s of an error, outermost first. The summary ends in a random number of dots, so it is not used. */
function tagsOf(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return [];
  const own = '.tag' in body && typeof body['.tag'] === 'string' && isCode(body['.tag']) ? [body['.tag']] : [];
  return [...own, ...Object.values(body).flatMap(tagsOf)];
}

/** The time is in the header, and in the body if that is JSON (docs/vendors/dropbox.md#errors-and-limits). */
function delayOf({ headers, error }: DropboxResponseError<unknown>): number | undefined {
  const stated: unknown = headers;
  return (stated instanceof Headers ? retryAfterMs(stated) : undefined) ?? waitOf(retryAfterOf(error));
}

function retryAfterOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return undefined;
  return 'retry_after' in body ? body.retry_after : 'error' in body ? retryAfterOf(body.error) : undefined;
}

function isNamed(error: unknown, name: string): boolean {
  return Error.isError(error) && error.name === name;
}
