import { SyncError, type SyncErrorKind } from '../../../domain/errors.ts';

/** What the call was about decides what "not found" means. */
export type CallSubject = 'item' | 'position' | 'account';

/** What came back, where anything did: the client's own errors do not always say. */
export interface LastAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
}

const messages: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  rate_limited: 'Slack asks for patience (rate limit).',
  insufficient_scope: 'The sign-in lacks a permission that is needed. Connect again and allow what is asked for.',
  unauthorized: 'Slack no longer accepts the sign-in. Connect the account again.',
  forbidden: 'The account may not read this channel or file.',
  not_found: 'The message, file or channel is no longer there, or no longer open to the account.',
  checkpoint_expired: 'Slack no longer knows the saved position; everything is listed again.',
  unavailable: 'Slack does not answer as it should; it will be tried again.',
  invalid_input: 'Slack refused the request.',
};

/** Slack's words, by what they ask for [reference 1.5, 5.7]. What is not here means trouble that may pass. */
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

/** Refusals of a whole workspace: taken for lost channels they would sweep it. */
const workspaceRefusals: Readonly<Record<string, string>> = {
  ekm_access_denied: 'The organisation has withdrawn the keys of its workspace: its messages cannot be read.',
  access_denied: 'The administrators of this workspace do not let the app read it.',
  accesslimited: 'The administrators of this workspace do not let it be read from this network.',
};

/** One of the client's errors as one of ours. The original goes no further: it holds the request. */
export function toSyncError(error: unknown, subject: CallSubject, last: LastAnswer | null): SyncError {
  if (error instanceof SyncError) return error;
  if (last?.status === 429) return syncError('rate_limited', '429', last);
  const platform = platformOf(error);
  if (platform !== null) return ofSlug(platform, subject, last);
  const status = last === null ? 'no answer' : String(last.status);
  const refused = last !== null && last.status >= 400 && last.status < 500 && last.status !== 408;
  return syncError(refused ? 'invalid_input' : 'unavailable', status, last);
}

/** Did Slack refuse the access token itself? A rotated one is called by either word. */
export function isTokenRefused(error: unknown): boolean {
  const slug = platformOf(error)?.error;
  return slug !== undefined && kindBySlug[slug] === 'unauthorized';
}

/** An answer that is none of Slack's shapes: a proxy's page, a body cut short. */
export function oddAnswer(detail: string): SyncError {
  return new SyncError('unavailable', {
    code: 'odd_answer',
    message: messages.unavailable ?? '',
    operatorMessage: `slack: ${detail}`,
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
  return { error: String(data.error), needed: typeof data.needed === 'string' ? data.needed : undefined };
}

function ofSlug({ error, needed }: PlatformProblem, subject: CallSubject, last: LastAnswer | null): SyncError {
  if (!/^[a-z][a-z_0-9]{1,60}$/.test(error)) return oddAnswer(`${last?.status ?? 0} without JSON`);
  if (subject !== 'item' && workspaceRefusals[error] !== undefined) {
    return new SyncError('invalid_input', {
      code: error,
      message: workspaceRefusals[error],
      operatorMessage: `slack: ${error}`,
    });
  }
  const known = kindBySlug[error] ?? 'unavailable';
  const kind = known === 'checkpoint_expired' && subject !== 'position' ? 'unavailable' : known;
  if (kind !== 'insufficient_scope' || needed === undefined) return syncError(kind, error, last);
  return new SyncError(kind, {
    message: `The sign-in lacks a permission that is needed (${needed.slice(0, 100)}). Connect again and allow what is asked for.`,
    operatorMessage: `slack: ${error}`,
  });
}

function syncError(kind: SyncErrorKind, detail: string, last: LastAnswer | null): SyncError {
  const seconds = last?.retryAfter == null ? Number.NaN : Number(last.retryAfter);
  const waits = (kind === 'rate_limited' || kind === 'unavailable') && Number.isFinite(seconds);
  return new SyncError(kind, {
    message: messages[kind] ?? 'Slack answered with an error.',
    operatorMessage: `slack: ${detail}`,
    ...(waits ? { retryAfterMs: seconds * 1000 } : {}),
  });
}
