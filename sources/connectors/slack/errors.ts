import { type ErrorCode, isErrorCode } from '../../../domain/error-codes.ts';
import { type ErrorScope, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import { unexpectedAnswer } from '../answers.ts';

/** What a call was about: how far its refusal is true, and which call it was, for the log. */
export interface CallSubject {
  readonly scope: ErrorScope;
  readonly method: string;
}

/** What came back, where anything did: the client's own errors do not always say. */
export interface LastAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
}

const messages: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  rate_limited: 'Rate limited by Slack. It goes on by itself when the time that Slack asks for has passed.',
  insufficient_scope: 'The sign-in lacks a permission that is needed. Connect again and allow what is asked for.',
  unauthorized: 'Slack no longer accepts the sign-in. Connect the account again.',
  forbidden: 'The account may not read this channel or file.',
  not_found: 'The message, file or channel is no longer there, or no longer open to the account.',
  checkpoint_expired: 'Slack no longer knows where this list was to go on; it is begun anew.',
  unavailable: 'Slack does not answer as it should; it will be tried again.',
  invalid_input: 'Slack refused the request.',
};

/** Slack's words, by what they ask for (docs/vendors/slack.md#errors). What is not here means trouble that may pass. */
const kindBySlug: Readonly<Record<string, SyncErrorKind>> = {
  ratelimited: 'rate_limited',
  rate_limited: 'rate_limited',
  not_authed: 'unauthorized',
  invalid_auth: 'unauthorized',
  account_inactive: 'unauthorized',
  token_revoked: 'unauthorized',
  token_expired: 'unauthorized',
  missing_scope: 'insufficient_scope',
  no_permission: 'insufficient_scope',
  not_allowed_token_type: 'insufficient_scope',
  channel_not_found: 'not_found',
  thread_not_found: 'not_found',
  message_not_found: 'not_found',
  file_not_found: 'not_found',
  file_deleted: 'not_found',
  user_not_found: 'not_found',
  user_not_visible: 'not_found',
  not_in_channel: 'forbidden',
  is_archived: 'forbidden',
  access_denied: 'forbidden',
  accesslimited: 'forbidden',
  ekm_access_denied: 'forbidden',
  org_login_required: 'forbidden',
  team_access_not_granted: 'forbidden',
  invalid_cursor: 'checkpoint_expired',
  invalid_arguments: 'invalid_input',
  invalid_arg_name: 'invalid_input',
  invalid_array_arg: 'invalid_input',
  invalid_charset: 'invalid_input',
  invalid_form_data: 'invalid_input',
  invalid_post_type: 'invalid_input',
  invalid_limit: 'invalid_input',
  invalid_types: 'invalid_input',
  invalid_ts_oldest: 'invalid_input',
  invalid_ts_latest: 'invalid_input',
  limit_required: 'invalid_input',
  missing_argument: 'invalid_input',
  method_not_supported_for_channel_type: 'invalid_input',
  unknown_method: 'invalid_input',
};

/** Words of administrators: of the whole workspace where its channels are listed, else of the channel that was asked for. */
const policyMessages: Readonly<Partial<Record<ErrorCode, string>>> = {
  ekm_access_denied: 'The organisation has withdrawn the keys: its messages cannot be read.',
  access_denied: 'The administrators of this workspace do not let the app read it.',
  accesslimited: 'The administrators of this workspace do not let it be read from this network.',
  org_login_required: 'The workspace is being moved into an organisation and cannot be read until that has ended.',
  team_access_not_granted: 'The app was not given access to this workspace of the organisation.',
};

/** What each permission is for, as a person would ask. */
export const scopePurposes: Readonly<Record<string, string>> = {
  'channels:read': 'to list public channels',
  'channels:history': 'to read messages in public channels',
  'groups:read': 'to list private channels',
  'groups:history': 'to read messages in private channels',
  'im:read': 'to list direct messages',
  'im:history': 'to read direct messages',
  'mpim:read': 'to list group direct messages',
  'mpim:history': 'to read group direct messages',
  'users:read': 'to show people by name',
  'files:read': 'to read files',
};

/** One of the client's errors as one of ours. The original goes no further: it holds the request. */
export function toSyncError(error: unknown, subject: CallSubject, last: LastAnswer | null): SyncError {
  if (error instanceof SyncError) return error;
  if (last?.status === 429) return syncError('rate_limited', '429', subject, last);
  const platform = platformOf(error);
  if (platform !== null) return ofSlug(platform, subject, last);
  const status = last?.status ?? null;
  // The body was read and was no object.
  if (status === 200 && Error.isError(error) && error.name === 'TypeError') return unreadable(subject, 'no object');
  // Slack refuses with words and status 200; a page of a proxy between proves nothing.
  if (status !== null && status >= 400 && status < 500 && status !== 408)
    return unreadable(subject, `status ${status}`);
  return syncError('unavailable', status === null ? 'no answer' : `${status}`, subject, last);
}

/** Did Slack refuse the access token itself? A rotated one is called by either word. */
export function isTokenRefused(error: unknown): boolean {
  const slug = platformOf(error)?.error;
  return slug !== undefined && kindBySlug[slug] === 'unauthorized';
}

/** @param missing of the scopes that the config needs */
export function missingScopes(missing: readonly string[]): SyncError {
  const named = missing.map((scope) => `${scope} (${scopePurposes[scope] ?? 'needed'})`).join(', ');
  return new SyncError('insufficient_scope', {
    scope: 'account',
    message: `The sign-in lacks ${missing.length === 1 ? 'a permission' : 'permissions'}: ${named}. Connect again and allow what is asked for.`,
    operatorMessage: `slack: missing ${missing.join(' ')}`,
  });
}

/** A list that leads nowhere: asked on, it would be asked for ever. */
export function endlessList(subject: CallSubject, found: string): SyncError {
  return new SyncError('unavailable', {
    code: 'endless_listing',
    scope: subject.scope,
    message:
      'Slack shows the same part of this list again and again, or does not say where it goes on, so that its end cannot be reached. Nothing is removed; the next sync tries again.',
    operatorMessage: `slack ${subject.method}: ${found}`,
  });
}

interface PlatformProblem {
  readonly error: string;
  readonly needed: string | undefined;
}

/** The client puts Slack's body into `data`; where that was no JSON, `error` is the whole page. */
function platformOf(error: unknown): PlatformProblem | null {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('data' in error)) return null;
  if (error.code !== 'slack_webapi_platform_error') return null;
  const data = error.data as { readonly error?: unknown; readonly needed?: unknown };
  const slug = typeof data.error === 'string' ? data.error : '';
  return { error: slug, needed: typeof data.needed === 'string' ? data.needed : undefined };
}

function ofSlug({ error, needed }: PlatformProblem, subject: CallSubject, last: LastAnswer | null): SyncError {
  if (!/^[a-z][a-z_0-9]{1,60}$/.test(error))
    return unreadable(subject, `${last?.status ?? 0} without a word of Slack’s`);
  const policy = isErrorCode(error) ? policyMessages[error] : undefined;
  if (isErrorCode(error) && policy !== undefined) {
    return new SyncError(subject.scope === 'account' ? 'invalid_input' : 'forbidden', {
      code: error,
      scope: subject.scope,
      message: policy,
      operatorMessage: `slack ${subject.method}: ${error}`,
    });
  }
  const known = kindBySlug[error] ?? 'unavailable';
  // An item has no position that could be lost: its next reading begins anew.
  const kind = known === 'checkpoint_expired' && subject.scope === 'item' ? 'unavailable' : known;
  const scopes = (needed ?? '')
    .slice(0, 200)
    .split(/[\s,]+/)
    .filter((scope) => /^[a-z.:_]+$/.test(scope));
  if (kind !== 'insufficient_scope' || scopes.length === 0) return syncError(kind, error, subject, last);
  const { message } = missingScopes(scopes);
  return new SyncError(kind, { message, scope: subject.scope, operatorMessage: `slack ${subject.method}: ${error}` });
}

function unreadable({ scope, method }: CallSubject, found: string): SyncError {
  const { kind, code, message, operatorMessage } = unexpectedAnswer({ vendor: 'Slack', call: method }, found);
  return new SyncError(kind, { code, message, operatorMessage, scope });
}

function syncError(kind: SyncErrorKind, detail: string, subject: CallSubject, last: LastAnswer | null): SyncError {
  const seconds = last?.retryAfter == null ? Number.NaN : Number(last.retryAfter);
  const waits = (kind === 'rate_limited' || kind === 'unavailable') && Number.isFinite(seconds) && seconds >= 0;
  return new SyncError(kind, {
    message: messages[kind] ?? 'Slack answered with an error.',
    operatorMessage: `slack ${subject.method}: ${detail}`,
    // Slack counts calls by method and workspace, and a token is good for all of an account or for nothing.
    scope: kind === 'rate_limited' || kind === 'unauthorized' ? 'account' : subject.scope,
    ...(waits ? { retryAfterMs: seconds * 1000 } : {}),
  });
}
