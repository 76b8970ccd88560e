import { DropboxResponseError } from 'dropbox';
import { type ErrorScope, SyncError, type SyncErrorKind, withScope } from '../../../domain/errors.ts';
import { unexpectedAnswer } from '../answers.ts';
import { dropboxOAuth } from './oauth.ts';

/** What the call was about decides what a missing path means. */
export type CallSubject = 'item' | 'position' | 'account';

const unavailable = 'Dropbox does not answer as it should; it will be tried again.';
const messages: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  rate_limited: 'Rate limited by Dropbox. The sync goes on by itself.',
  unauthorized: 'Dropbox no longer accepts the sign-in. Connect the account again.',
  unsupported: 'Dropbox does not let this file be downloaded.',
  forbidden: 'The account may not read this file.',
  not_found: 'The file is no longer there, or no longer shared with the account.',
  checkpoint_expired: 'Dropbox no longer knows the saved position; everything is listed again.',
  unavailable,
  invalid_input: 'Dropbox refused the request. Is the folder in the configuration still there?',
};

/** Tags of a 401 that a new token does not cure (docs/vendors/dropbox.md#errors-and-limits). */
const scopeTags = new Set(['missing_scope', 'route_access_denied']);
/** Tags of a 409, by what they ask for: 409 is every endpoint's own error, not a conflict. */
const kindByTag: Readonly<Record<string, SyncErrorKind>> = {
  reset: 'checkpoint_expired',
  not_found: 'not_found',
  not_file: 'not_found',
  not_folder: 'not_found',
  malformed_path: 'not_found',
  restricted_content: 'unsupported',
  unsupported_file: 'unsupported',
  unsupported_content_type: 'unsupported',
  non_exportable: 'unsupported',
  invalid_export_format: 'unsupported',
  locked: 'forbidden',
  retry_error: 'unavailable',
};

/** Refusals that remove something, or ask for a person, are believed only in Dropbox's own form: a proxy's page proves nothing. */
const grave = new Set([401, 403, 404, 409, 410, 422]);

/** One of Dropbox's errors, or a network error, as one of ours. The original goes no further: it holds the request. */
export function toSyncError(error: unknown, subject: CallSubject, call: string): unknown {
  if (error instanceof SyncError)
    return error.code === 'unexpected_answer' ? withScope(error, scopeOf(subject)) : error;
  if (error instanceof DropboxResponseError) return ofResponse(error, subject, call);
  // fetch: no connection, or a body that was cut short.
  if (isNamed(error, 'TypeError') || isNamed(error, 'TimeoutError'))
    return new SyncError('unavailable', {
      message: unavailable,
      code: 'no_answer',
      operatorMessage: 'dropbox: no answer',
    });
  return error;
}

/** Did the vendor refuse the access token itself? */
export function isTokenRefused(error: unknown): boolean {
  if (!(error instanceof DropboxResponseError) || error.status !== 401) return false;
  const tags = tagsOf(error.error);
  return tags.length > 0 && !tags.some((tag) => scopeTags.has(tag));
}

function ofResponse(error: DropboxResponseError<unknown>, subject: CallSubject, call: string): SyncError {
  const { status } = error;
  const tags = tagsOf(error.error);
  if (grave.has(status) && tags.length === 0)
    return withScope(unexpectedAnswer({ vendor: 'Dropbox', call }, `status ${status}`), scopeOf(subject));
  const kind = kindOf(status, tags, subject);
  const waits = kind === 'rate_limited' || kind === 'unavailable';
  const delay = waits ? retryAfterMs(error) : undefined;
  return new SyncError(kind, {
    message:
      kind === 'insufficient_scope' ? missingScope(error.error) : (messages[kind] ?? 'Dropbox answered with an error.'),
    operatorMessage: `dropbox: ${call} ${status} ${tags.join('/')}`,
    scope: isAccounts(kind) ? 'account' : scopeOf(subject),
    ...(tags.includes('locked') ? { code: 'locked' } : {}),
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

/** A limit and a missing permission are the account's, whatever was asked for. A refused token may be about this file only. */
function isAccounts(kind: SyncErrorKind): boolean {
  return kind === 'rate_limited' || kind === 'quota_exhausted' || kind === 'insufficient_scope';
}

function scopeOf(subject: CallSubject): ErrorScope {
  return subject === 'item' ? 'item' : 'account';
}

function missingScope(body: unknown): string {
  const scope = requiredScopeOf(body);
  const purpose = dropboxOAuth.purposes?.[scope ?? ''];
  if (scope === undefined)
    return 'Dropbox does not let this sign-in do what is needed. Connect the account again and leave all boxes ticked.';
  return `The sign-in lacks the permission "${scope}"${purpose === undefined ? '' : `, which is needed ${purpose}`}. Connect the account again and leave all boxes ticked.`;
}

function requiredScopeOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('required_scope' in body && typeof body.required_scope === 'string') return body.required_scope.slice(0, 60);
  return 'error' in body ? requiredScopeOf(body.error) : undefined;
}

function kindOf(status: number, tags: readonly string[], subject: CallSubject): SyncErrorKind {
  if (status === 401) return tags.some((tag) => scopeTags.has(tag)) ? 'insufficient_scope' : 'unauthorized';
  if (status === 429) return 'rate_limited';
  // A new root means new paths and cursors (docs/vendors/dropbox.md#calls).
  if (status === 422) return subject === 'item' ? 'not_found' : 'checkpoint_expired';
  if (status === 403) return subject === 'item' ? 'forbidden' : 'insufficient_scope';
  if (status === 409) {
    const kind = tags.map((tag) => kindByTag[tag]).find((known) => known !== undefined);
    // The folder that is synced is gone: not the same as all its files deleted.
    if (subject !== 'item' && kind === 'not_found') return 'invalid_input';
    return kind ?? 'unavailable';
  }
  // A cursor that is none of theirs is refused as malformed.
  if (status === 400 && subject === 'position') return 'checkpoint_expired';
  return status >= 400 && status < 500 ? 'invalid_input' : 'unavailable';
}

/** All `.tag`s of an error, outermost first; the summary ends in a random number of dots and is of no use. */
function tagsOf(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return [];
  const own = '.tag' in body && typeof body['.tag'] === 'string' ? [body['.tag']] : [];
  return [...own, ...Object.values(body).flatMap(tagsOf)];
}

/** In the header, and in the body where that is JSON (docs/vendors/dropbox.md#errors-and-limits). */
function retryAfterMs({ headers, error }: DropboxResponseError<unknown>): number | undefined {
  const header: unknown = headers instanceof Headers ? headers.get('retry-after') : undefined;
  const seconds = Number(header ?? retryAfterOf(error) ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function retryAfterOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return undefined;
  return 'retry_after' in body ? body.retry_after : 'error' in body ? retryAfterOf(body.error) : undefined;
}

function isNamed(error: unknown, name: string): boolean {
  return Error.isError(error) && error.name === name;
}
