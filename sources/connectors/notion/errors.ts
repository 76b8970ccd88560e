import { isHTTPResponseError, isNotionClientError } from '@notionhq/client';
import { type ErrorScope, isSyncError, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import { unexpectedAnswer } from '../answers.ts';

/** What a call was about: how far its refusal is true, and which call it was, for the log. */
export interface CallSubject {
  readonly scope: ErrorScope;
  readonly call: string;
}

const messages: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  rate_limited: 'Rate limited by Notion. It goes on by itself when the time that Notion asks for has passed.',
  unauthorized: 'Notion no longer accepts the sign-in. Connect the workspace again.',
  insufficient_scope: 'The connection may not read content. Switch on “Read content” among its capabilities at Notion.',
  forbidden: 'The connection may not read this. Share it with the connection at Notion.',
  not_found: 'The page is no longer there, or no longer shared with the connection.',
  unsupported: 'Notion does not show this by its API.',
  checkpoint_expired: 'Notion no longer knows where this list was to go on; it is begun anew.',
  unavailable: 'Notion does not answer as it should; it will be tried again.',
  invalid_input: 'Notion refused the request.',
};

/** Refusals that remove something, or ask for a person, are believed only in Notion's own form: a proxy's page proves nothing. */
const grave = new Set([400, 401, 403, 404, 410]);

/** One of Notion's errors, or a network error, as one of ours. The original goes no further: it holds the answer's text. */
export function toNotionError(error: unknown, subject: CallSubject): unknown {
  if (isSyncError(error)) return error;
  if (isHTTPResponseError(error)) {
    const code = codeOf(error.body);
    if (grave.has(error.status) && code === '') return unreadable(subject, `status ${error.status}`);
    const kind = kindOf(error.status, code, error.body, subject.scope);
    const waits = kind === 'rate_limited' || kind === 'unavailable';
    return syncError(kind, `${error.status} ${code}`, subject, waits ? retryAfterMs(error.headers) : undefined);
  }
  // HTML where JSON should be.
  if (Error.isError(error) && error.name === 'SyntaxError') return unreadable(subject, 'no JSON');
  // The client's own timeout; fetch without a connection or with a body cut short.
  const isNoAnswer = Error.isError(error) && ['TypeError', 'TimeoutError'].includes(error.name);
  if (isNotionClientError(error) || isNoAnswer) return syncError('unavailable', 'no answer', subject, undefined);
  return error;
}

/** Did Notion refuse the access token itself? */
export function isTokenRefused(error: unknown): boolean {
  return isHTTPResponseError(error) && error.status === 401 && codeOf(error.body) !== '';
}

export function unreadable({ scope, call }: CallSubject, found: string): SyncError {
  const { kind, code, message, operatorMessage } = unexpectedAnswer({ vendor: 'Notion', call }, found);
  return new SyncError(kind, { code, message, operatorMessage, scope });
}

/** A list that leads nowhere: asked on, it would be asked for ever. */
export function endlessList({ scope, call }: CallSubject): SyncError {
  return new SyncError('unavailable', {
    code: 'endless_listing',
    scope,
    message:
      'Notion shows the same part of this list again and again, so that its end cannot be reached. Nothing is removed; the next sync tries again.',
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
    // Linked databases and some views (docs/vendors/notion.md#enumerating).
    return scope === 'account' ? 'invalid_input' : 'unsupported';
  }
  return status >= 400 && status < 500 && status !== 409 && status !== 408 ? 'invalid_input' : 'unavailable';
}

function syncError(
  kind: SyncErrorKind,
  detail: string,
  { scope, call }: CallSubject,
  delay: number | undefined,
): SyncError {
  return new SyncError(kind, {
    message: messages[kind] ?? 'Notion answered with an error.',
    operatorMessage: `notion ${call}: ${detail}`,
    // Notion counts calls by connection.
    scope: kind === 'rate_limited' ? 'account' : scope,
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

/** The client knows some codes only; the body has them all. */
function codeOf(body: string): string {
  try {
    const { code } = JSON.parse(body) as { readonly code?: unknown };
    return typeof code === 'string' ? code : '';
  } catch {
    return '';
  }
}

/** In seconds, or a date. */
function retryAfterMs(headers: unknown): number | undefined {
  const header = headers instanceof Headers ? headers.get('retry-after') : null;
  if (header === null) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}
