import { type ErrorCode, isErrorCode } from '../../../domain/error-codes.ts';
import { type ErrorScope, isSyncError, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import { noAnswerMessage, operatorReason } from '../../../domain/no-answer.ts';
import { needsOwnForm, unexpectedAnswer } from '../answers.ts';

/** The subject of a call: the scope of a refusal, and the call's name for the log. */
export interface CallSubject {
  readonly scope: ErrorScope;
  readonly method: string;
}

/** The answer, if there was one, because the client's own errors do not always contain it. */
export interface LastAnswer {
  readonly status: number;
  /** The wait that it asks for. */
  readonly retryAfterMs: number | undefined;
}

const messages: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  rate_limited: 'Rate limited by Slack. The sync resumes automatically after the time that Slack requested.',
  insufficient_scope: 'The sign-in lacks a required permission. Connect again and allow the requested permissions.',
  unauthorized: 'Slack no longer accepts the sign-in. Connect the account again.',
  forbidden: 'The account has no permission to read this channel or file.',
  not_found: 'The message, file or channel no longer exists, or the account can no longer access it.',
  checkpoint_expired: 'Slack no longer accepts the position in this list, so the list is started again.',
  unavailable: noAnswerMessage('Slack'),
  invalid_input: 'Slack rejected the request.',
};

/** Maps Slack's error codes to kinds (docs/vendors/slack.md#errors). Codes that are not listed count as temporary. */
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

/**
 * Refusals set by administrators: they concern the whole workspace when its channels are listed, else the requested
 * channel.
 */
const policyMessages = {
  ekm_access_denied: 'The organization has revoked its encryption keys, so its messages cannot be read.',
  access_denied: 'The administrators of this workspace do not let the app read it. Ask them to allow it.',
  accesslimited: 'The administrators of this workspace do not allow access from this network. Ask them to allow it.',
  org_login_required:
    'The workspace is being migrated to an organization and cannot be read until the migration is complete.',
  enterprise_is_restricted:
    'The organization does not let this sign-in read the workspace. Ask an administrator of the organization.',
  two_factor_setup_required:
    'Slack requires two-factor authentication for this account. Set it up in Slack, then sync again.',
  team_access_not_granted:
    'The app has no access to this workspace of the organization. Ask an administrator to grant it.',
} as const satisfies Partial<Record<ErrorCode, string>>;
const policyMessageOf: Readonly<Partial<Record<ErrorCode, string>>> = policyMessages;

/** The error for messages that Slack lists without what was written. */
export function withheldMessages(): SyncError {
  const code = 'ekm_access_denied';
  return new SyncError('forbidden', { code, scope: 'item', message: policyMessages[code] });
}

/** The error for messages that exist, although Slack no longer returns them to a workspace on its free plan. */
export function hiddenMessages(): SyncError {
  return new SyncError('forbidden', {
    code: 'hidden_messages',
    scope: 'item',
    message:
      'The plan of the Slack workspace hides messages of this age. The version synced before is kept. Change the plan to sync them again.',
  });
}

/** The error for a channel that the bot can no longer read since it was archived. */
export function archivedChannel(): SyncError {
  return new SyncError('forbidden', {
    code: 'archived_channel',
    scope: 'item',
    message:
      'The channel was archived, and Slack then removes bots from it. What was synced of it is kept. To sync it again, unarchive it and invite the bot, or connect with a person’s sign-in.',
  });
}

/** Whether administrators refuse what was requested, which says nothing about another workspace. */
export function isRefusedByPolicy(error: unknown): error is SyncError {
  return isSyncError(error) && policyMessageOf[error.code] !== undefined;
}

/** The purpose of each permission, in words for people. */
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

/** Converts an error of the client to a SyncError. The original is dropped because it contains the request. */
export function slackError(error: unknown, subject: CallSubject, last: LastAnswer | null): SyncError {
  if (isSyncError(error)) return error;
  if (last?.status === 429) return syncError('rate_limited', '429', subject, last);
  const platform = platformOf(error);
  if (platform !== null) return ofSlug(platform, subject, last);
  const status = last?.status ?? null;
  // The body was read but was not an object.
  if (status === 200 && Error.isError(error) && error.name === 'TypeError') return unreadable(subject, 'not an object');
  // Slack refuses with an error code and status 200; a proxy's page proves nothing.
  if (status !== null && needsOwnForm(status)) return unreadable(subject, `status ${status}`);
  if (status !== null) return syncError('unavailable', `${status}`, subject, last);
  return syncError('unavailable', `no answer${operatorReason(error)}`, subject, last, noAnswerMessage('Slack', error));
}

/** Checks whether Slack refused the access token itself. For a rotated token Slack uses either code. */
export function isTokenRefused(error: unknown): boolean {
  const slug = platformOf(error)?.error;
  return slug !== undefined && kindBySlug[slug] === 'unauthorized';
}

/** @param missing the scopes that the config needs and the token lacks */
export function missingScopes(missing: readonly string[]): SyncError {
  const named = missing.map((scope) => `${scope} (${scopePurposes[scope] ?? 'needed'})`).join(', ');
  return new SyncError('insufficient_scope', {
    scope: 'account',
    message: `The sign-in lacks ${missing.length === 1 ? 'a permission' : 'permissions'}: ${named}. Connect again and allow the requested permissions.`,
    operatorMessage: `slack: missing ${missing.join(' ')}`,
  });
}

/** The error for a list that does not advance and would otherwise be requested forever. */
export function endlessList(subject: CallSubject, found: string): SyncError {
  return new SyncError('unavailable', {
    code: 'endless_listing',
    scope: subject.scope,
    message:
      'Slack keeps returning the same part of this list, or does not say where it continues, so the list cannot be read to its end. Nothing is removed, and the next sync tries again.',
    operatorMessage: `slack ${subject.method}: ${found}`,
  });
}

interface PlatformProblem {
  readonly error: string;
  readonly needed: string | undefined;
}

/** The client puts Slack's body into `data`; if it was not JSON, `error` is the whole page. */
function platformOf(error: unknown): PlatformProblem | null {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('data' in error)) return null;
  if (error.code !== 'slack_webapi_platform_error') return null;
  const data = error.data as { readonly error?: unknown; readonly needed?: unknown };
  const slug = typeof data.error === 'string' ? data.error : '';
  return { error: slug, needed: typeof data.needed === 'string' ? data.needed : undefined };
}

function ofSlug({ error, needed }: PlatformProblem, subject: CallSubject, last: LastAnswer | null): SyncError {
  if (!/^[a-z][a-z_0-9]{1,60}$/.test(error))
    return unreadable(subject, `${last?.status ?? 0} without an error code of Slack’s`);
  const policy = isErrorCode(error) ? policyMessageOf[error] : undefined;
  if (isErrorCode(error) && policy !== undefined) {
    return new SyncError(subject.scope === 'account' ? 'invalid_input' : 'forbidden', {
      code: error,
      scope: subject.scope,
      message: policy,
      operatorMessage: `slack ${subject.method}: ${error}`,
    });
  }
  const known = kindOf(error, subject);
  // Nothing was requested that could be missing.
  if (known === 'not_found' && subject.scope === 'account') return unreadable(subject, error);
  // An item has no position that could be lost: its next read starts from the beginning.
  const kind = known === 'checkpoint_expired' && subject.scope === 'item' ? 'unavailable' : known;
  const scopes = (needed ?? '')
    .slice(0, 200)
    .split(/[\s,]+/)
    .filter((scope) => /^[a-z.:_]+$/.test(scope));
  if (kind !== 'insufficient_scope' || scopes.length === 0) return syncError(kind, error, subject, last);
  const { message } = missingScopes(scopes);
  return new SyncError(kind, { message, scope: subject.scope, operatorMessage: `slack ${subject.method}: ${error}` });
}

/** A deleted thread has an error of its own; without access to its channel, nothing is known about it. */
function kindOf(slug: string, { method }: CallSubject): SyncErrorKind {
  if (slug === 'channel_not_found' && method === 'conversations.replies') return 'forbidden';
  return kindBySlug[slug] ?? 'unavailable';
}

function unreadable({ scope, method }: CallSubject, found: string): SyncError {
  const { kind, code, message, operatorMessage } = unexpectedAnswer({ vendor: 'Slack', call: method }, found);
  return new SyncError(kind, { code, message, operatorMessage, scope });
}

function syncError(
  kind: SyncErrorKind,
  detail: string,
  subject: CallSubject,
  last: LastAnswer | null,
  message = messages[kind] ?? 'Slack answered with an error.',
): SyncError {
  const waits = kind === 'rate_limited' || kind === 'unavailable';
  const delay = waits ? last?.retryAfterMs : undefined;
  return new SyncError(kind, {
    message,
    operatorMessage: `slack ${subject.method}: ${detail}`,
    // Slack limits calls per method and workspace, and a token is valid either for the whole account or not at all.
    scope: kind === 'rate_limited' || kind === 'unauthorized' ? 'account' : subject.scope,
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}
