import { isHTTPResponseError, isNotionClientError } from '@notionhq/client';
import { type ErrorScope, isSyncError, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import { noAnswerMessage, operatorReason } from '../../../domain/no-answer.ts';
import { retryAfterMs } from '../../../domain/retry-after.ts';
import { isCode, needsOwnForm, unexpectedAnswer } from '../answers.ts';

/** The subject of a call: the scope of a refusal, and the call's name for the log. */
export interface CallSubject {
  readonly scope: ErrorScope;
  readonly call: string;
}

const messages: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  rate_limited: 'Rate limited by Notion. The sync resumes automatically after the time that Notion requested.',
  unauthorized: 'Notion no longer accepts the sign-in. Connect the workspace again.',
  insufficient_scope: 'The connection may not read content. Enable “Read content” among its capabilities in Notion.',
  forbidden: 'The connection has no access to this page or database. Share it with the connection in Notion.',
  not_found: 'The page no longer exists, or is no longer shared with the connection.',
  unsupported: 'Notion does not provide this in its API.',
  checkpoint_expired: 'Notion no longer accepts the position in this list, so the list is started again.',
  unavailable: noAnswerMessage('Notion'),
  invalid_input: 'Notion rejected the request.',
};

/**
 * Converts an error of Notion or the network to a SyncError. The original is dropped because it contains the answer's
 * text.
 */
export function toNotionError(error: unknown, subject: CallSubject): unknown {
  if (isSyncError(error)) return error;
  if (isHTTPResponseError(error)) {
    const code = codeOf(error.body);
    if (needsOwnForm(error.status) && code === '') return unreadable(subject, `status ${error.status}`);
    const kind = kindOf(error.status, code, error.body, subject.scope);
    const waits = kind === 'rate_limited' || kind === 'unavailable';
    return syncError(kind, `${error.status} ${code}`, subject, waits ? delayOf(error.headers) : undefined);
  }
  // The answer was HTML instead of JSON.
  if (Error.isError(error) && error.name === 'SyntaxError') return unreadable(subject, 'no JSON');
  // The client's own timeout, or a fetch without a connection or with a truncated body.
  const isNoAnswer = Error.isError(error) && ['TypeError', 'TimeoutError'].includes(error.name);
  if (isNotionClientError(error) || isNoAnswer)
    return syncError(
      'unavailable',
      `no answer${operatorReason(error)}`,
      subject,
      undefined,
      noAnswerMessage('Notion', error),
    );
  return error;
}

export function isTokenRefused(error: unknown): boolean {
  return isHTTPResponseError(error) && error.status === 401 && codeOf(error.body) !== '';
}

export function unreadable({ scope, call }: CallSubject, found: string): SyncError {
  const { kind, code, message, operatorMessage } = unexpectedAnswer({ vendor: 'Notion', call }, found);
  return new SyncError(kind, { code, message, operatorMessage, scope });
}

/** The error for a list that does not advance and would otherwise be requested forever. */
export function endlessList({ scope, call }: CallSubject): SyncError {
  return new SyncError('unavailable', {
    code: 'endless_listing',
    scope,
    message:
      'Notion keeps returning the same part of this list, so it cannot be read to its end. Nothing is removed, and the next sync tries again.',
    operatorMessage: `notion ${call}: nothing new on the next page`,
  });
}

function kindOf(status: number, code: string, body: string, scope: ErrorScope): SyncErrorKind {
  if (status === 401) return 'unauthorized';
  if (status === 403) return scope === 'account' ? 'insufficient_scope' : 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 429 || status === 529) return 'rate_limited';
  if (status === 400 && code === 'validation_error') {
    // An item has no position that could be lost.
    if (body.includes('start_cursor')) return scope === 'item' ? 'unavailable' : 'checkpoint_expired';
    // Linked databases and some views are not supported (docs/vendors/notion.md#enumerating).
    return scope === 'account' ? 'invalid_input' : 'unsupported';
  }
  return status < 500 && needsOwnForm(status) && status !== 409 ? 'invalid_input' : 'unavailable';
}

function syncError(
  kind: SyncErrorKind,
  detail: string,
  { scope, call }: CallSubject,
  delay: number | undefined,
  message = messages[kind] ?? 'Notion answered with an error.',
): SyncError {
  return new SyncError(kind, {
    message,
    operatorMessage: `notion ${call}: ${detail}`,
    // Notion counts calls per connection.
    scope: kind === 'rate_limited' ? 'account' : scope,
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

/** The client recognizes only some codes; the body contains all of them. */
function codeOf(body: string): string {
  try {
    const { code } = JSON.parse(body) as { readonly code?: unknown };
    return typeof code === 'string' && isCode(code) ? code : '';
  } catch {
    return '';
  }
}

function delayOf(headers: unknown): number | undefined {
  return headers instanceof Headers ? retryAfterMs(headers) : undefined;
}
