import { isHTTPResponseError, isNotionClientError } from '@notionhq/client';
import { isSyncError, SyncError, type SyncErrorKind } from '../../../domain/errors.ts';

/** What the call was about decides what a refusal means. */
export type CallSubject = 'item' | 'position' | 'account';

const messages: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  rate_limited: 'Notion asks for patience (rate limit).',
  unauthorized: 'Notion no longer accepts the sign-in. Connect the workspace again.',
  insufficient_scope: 'The connection may not read content. Switch on “Read content” among its capabilities at Notion.',
  forbidden: 'The connection may not read this.',
  not_found: 'The page is no longer there, or no longer shared with the connection.',
  unsupported: 'Notion does not show this by its API.',
  checkpoint_expired: 'Notion no longer knows the saved position; everything is listed again.',
  unavailable: 'Notion does not answer as it should; it will be tried again.',
  invalid_input: 'Notion refused the request.',
};

/** One of Notion's errors, or a network error, as one of ours. The original goes no further: it holds the answer's text. */
export function toNotionError(error: unknown, subject: CallSubject): unknown {
  if (isSyncError(error)) return error;
  if (isHTTPResponseError(error)) {
    const code = codeOf(error.body);
    const kind = kindOf(error.status, code, error.body, subject);
    const waits = kind === 'rate_limited' || kind === 'unavailable';
    return syncError(kind, `${error.status} ${code}`, waits ? retryAfterMs(error.headers) : undefined);
  }
  // The client's own timeout; fetch without a connection or with a body cut short; HTML where JSON should be.
  const isNoAnswer = Error.isError(error) && ['TypeError', 'TimeoutError', 'SyntaxError'].includes(error.name);
  if (isNotionClientError(error) || isNoAnswer) return syncError('unavailable', 'no answer', undefined);
  return error;
}

/** Did Notion refuse the access token itself? */
export function isTokenRefused(error: unknown): boolean {
  return isHTTPResponseError(error) && error.status === 401;
}

function kindOf(status: number, code: string, body: string, subject: CallSubject): SyncErrorKind {
  if (status === 401) return 'unauthorized';
  if (status === 403) return subject === 'item' ? 'forbidden' : 'insufficient_scope';
  if (status === 404) return 'not_found';
  if (status === 429 || status === 529) return 'rate_limited';
  if (status === 400 && code === 'validation_error') {
    if (body.includes('start_cursor')) return 'checkpoint_expired';
    // Linked databases and some views [reference 6.4].
    return subject === 'account' ? 'invalid_input' : 'unsupported';
  }
  return status >= 400 && status < 500 && status !== 409 && status !== 408 ? 'invalid_input' : 'unavailable';
}

function syncError(kind: SyncErrorKind, detail: string, delay: number | undefined): SyncError {
  return new SyncError(kind, {
    message: messages[kind] ?? 'Notion answered with an error.',
    operatorMessage: `notion: ${detail}`,
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
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}
