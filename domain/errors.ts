/**
 * The closed set of error kinds. The kind and the scope together determine the remedy. Connectors, embedders and stores
 * throw `SyncError`; `activities/support/failure.ts` alone converts it into Temporal's failures.
 */

import type { ErrorCode } from './error-codes.ts';
import { whyNoAnswer } from './no-answer.ts';

export const syncErrorKinds = [
  'rate_limited',
  'quota_exhausted',
  'unavailable',
  'unauthorized',
  'insufficient_scope',
  'forbidden',
  'not_found',
  'checkpoint_expired',
  'too_large',
  'unsupported',
  'unreadable',
  'invalid_input',
] as const;
export type SyncErrorKind = (typeof syncErrorKinds)[number];

/**
 * How far an error reaches: one item, one container (a folder, a drive, a channel, a database) or the whole account.
 * One bad item stops nothing else (P12). The remedy follows from the kind and the scope together.
 */
export const errorScopes = ['item', 'container', 'account'] as const;
export type ErrorScope = (typeof errorScopes)[number];

export const remedies = [
  /** Repeat the step after `retryAfterMs` or a back-off, because the account or our own infrastructure has to wait. */
  'retry',
  /** Repeat the step for this item a few times, then treat it as `defer`. */
  'retry_item',
  /** Leave this item or container to a later job, not before `retryAfterMs`, and continue with the others. */
  'defer',
  /** Skip this item or container, record the reason, and continue. */
  'skip_item',
  /**
   * Check with the vendor (`check`) whether the account's sign-in is still valid. If it is, treat the error as
   * `skip_item`.
   */
  'check_sign_in',
  /** The saved position is lost, so list everything again. */
  'restart_full',
  /** Nothing can continue until a person signs in again. */
  'sign_in',
  /** Nothing can continue until a person changes the configuration, the account or its plan. */
  'stop_job',
] as const;
export type Remedy = (typeof remedies)[number];

/** Used for errors that come back from Temporal. */
export function isRemedy(value: unknown): value is Remedy {
  return remedies.some((remedy) => remedy === value);
}

const ofOneItem = { item: 'skip_item', container: 'skip_item', account: 'stop_job' } as const;
const waits = { item: 'defer', container: 'defer', account: 'retry' } as const;
const asksAPerson = { item: 'check_sign_in', container: 'check_sign_in', account: 'sign_in' } as const;
const everywhere = { item: 'restart_full', container: 'restart_full', account: 'restart_full' } as const;

/** The remedy for each kind and scope. A kind or a scope without a remedy does not compile. */
export const remedyFor = {
  rate_limited: waits,
  quota_exhausted: waits,
  unavailable: { item: 'retry_item', container: 'retry_item', account: 'retry' },
  unauthorized: asksAPerson,
  insufficient_scope: asksAPerson,
  forbidden: ofOneItem,
  not_found: ofOneItem,
  checkpoint_expired: everywhere,
  too_large: ofOneItem,
  unsupported: ofOneItem,
  unreadable: ofOneItem,
  invalid_input: ofOneItem,
} as const satisfies Record<SyncErrorKind, Record<ErrorScope, Remedy>>;

/** The scope of an error if neither the vendor's answer nor the calling code sets one. */
const usualScope = {
  rate_limited: 'account',
  quota_exhausted: 'account',
  unavailable: 'account',
  unauthorized: 'account',
  insufficient_scope: 'account',
  forbidden: 'item',
  not_found: 'item',
  checkpoint_expired: 'account',
  too_large: 'item',
  unsupported: 'item',
  unreadable: 'item',
  invalid_input: 'account',
} as const satisfies Record<SyncErrorKind, ErrorScope>;

export interface SyncErrorOptions {
  /**
   * For the owner of the data: what happened and what they can do. Others read it in Temporal's histories, so it never
   * contains a token, a signed URL, document text, or the name or path of a document.
   */
  readonly message: string;
  /** For the log only; it contains no names and no paths either. */
  readonly operatorMessage?: string;
  /** More specific than the kind, and stable, for the ledger (`export_too_large`). Defaults to the kind. */
  readonly code?: ErrorCode;
  /**
   * How far the error reaches, if the vendor's answer says. Otherwise the code that catches it decides: see
   * `withScope`.
   */
  readonly scope?: ErrorScope;
  /**
   * The wait that the vendor requested, in milliseconds, as parsed from its answer. A time in the past or an invalid
   * number means no wait.
   */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly kind: SyncErrorKind;
  readonly code: ErrorCode;
  readonly operatorMessage: string;
  readonly scope: ErrorScope | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: SyncErrorKind, options: SyncErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = options.code ?? kind;
    this.operatorMessage = options.operatorMessage ?? options.message;
    this.scope = options.scope;
    this.retryAfterMs = boundedWait(options.retryAfterMs);
  }

  get remedy(): Remedy {
    return remedyFor[this.kind][this.scope ?? usualScope[this.kind]];
  }
}

/**
 * The longest wait that is honored, in milliseconds. No vendor documents a longer limit, so after a day the vendor is
 * called again.
 */
const maxWaitMs = 24 * 60 * 60 * 1000;

/** Headers may contain anything, so an invalid wait is ignored and one that is too long is cut. */
function boundedWait(ms: number | undefined): number | undefined {
  return ms === undefined || !(ms > 0) ? undefined : Math.min(Math.ceil(ms), maxWaitMs);
}

/**
 * Sets the scope of an error whose connector set none. A rate limit or an exhausted quota without a scope still applies
 * to the account: vendors count calls by account, and further calls would make it worse for all of its items.
 */
export function withScope(error: SyncError, scope: ErrorScope): SyncError {
  if (error.scope !== undefined || error.kind === 'rate_limited' || error.kind === 'quota_exhausted') return error;
  const { message, code, operatorMessage, retryAfterMs, cause } = error;
  return new SyncError(error.kind, {
    message,
    code,
    operatorMessage,
    scope,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Whether a vendor limits requests. Our own rate limit has another code. */
export function isLimit({ kind, code }: SyncError): boolean {
  return kind === 'quota_exhausted' || (kind === 'rate_limited' && code === 'rate_limited');
}

export function isSyncError(error: unknown): error is SyncError {
  return error instanceof SyncError;
}

/** An unknown error counts as transient: only a proven credential error may ask for a new sign-in. */
export function toSyncError(error: unknown): SyncError {
  if (isSyncError(error)) return error;
  const why = whyNoAnswer(error);
  // Its own words may quote anything: `ENOENT` names a path.
  const code = Error.isError(error) && 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  const operatorMessage = Error.isError(error) ? `${error.name}${code}` : typeof error;
  return new SyncError('unavailable', {
    message: `An unexpected error occurred.${why === null ? '' : ` ${why}`} It will be retried.`,
    operatorMessage,
    cause: error,
  });
}

/** An encrypted payload of Temporal was changed, or its key is not configured. */
export class PayloadUnreadableError extends Error {
  override readonly name = 'PayloadUnreadableError';
}
