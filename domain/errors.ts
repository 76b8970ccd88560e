/** One closed set of error kinds; kind and scope together have one remedy. Connectors, embedders and stores throw `SyncError`; `activities/support/failure.ts` alone turns it into Temporal's failures. */

import type { ErrorCode } from './error-codes.ts';

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
 * How far an error is true: of one item, of one container (a folder, a drive, a channel, a database) or of the whole
 * account. One bad item stops nothing else (P12). The remedy follows from kind and scope together.
 */
export const errorScopes = ['item', 'container', 'account'] as const;
export type ErrorScope = (typeof errorScopes)[number];

export const remedies = [
  /** Repeat the step after `retryAfterMs` or a back-off: the account, or what we run on, has to wait. */
  'retry',
  /** Repeat the step for this item a few times; then as `defer`. */
  'retry_item',
  /** Leave this item or container to a later job, not before `retryAfterMs`, and go on with the others. */
  'defer',
  /** Leave this item or container out, with the reason, and go on. */
  'skip_item',
  /** Ask the account (`check`) whether its sign-in still holds. If it does, as `skip_item`. */
  'check_sign_in',
  /** The saved position is lost: list everything again. */
  'restart_full',
  /** Nothing can go on before a person signs in again. */
  'sign_in',
  /** Nothing can go on before a person changes the configuration, the account or its plan. */
  'stop_job',
] as const;
export type Remedy = (typeof remedies)[number];

/** For what comes back from Temporal. */
export function isRemedy(value: unknown): value is Remedy {
  return remedies.some((remedy) => remedy === value);
}

const ofOneItem = { item: 'skip_item', container: 'skip_item', account: 'stop_job' } as const;
const waits = { item: 'defer', container: 'defer', account: 'retry' } as const;
const asksAPerson = { item: 'check_sign_in', container: 'check_sign_in', account: 'sign_in' } as const;
const everywhere = { item: 'restart_full', container: 'restart_full', account: 'restart_full' } as const;

/** What is to be done, by kind and scope. A kind or a scope without a remedy does not compile. */
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

/** How far an error is taken to be true where neither the vendor's answer nor the place where it arose says so. */
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
  /** For the owner of the data: what happened and what they can do. Never a token, an address with a signature or document text. */
  readonly message: string;
  /** For the log only; redacted all the same. */
  readonly operatorMessage?: string;
  /** Finer than the kind, stable, for the ledger (`export_too_large`); defaults to the kind. */
  readonly code?: ErrorCode;
  /** How far it is true, where the vendor's answer tells. Without it the place where it arises decides: see `withScope`. */
  readonly scope?: ErrorScope;
  /** What the vendor asked us to wait, in milliseconds, as it was read: a time in the past, or none at all, is no wait. */
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

/** No vendor's limit lasts longer; one that says so is asked again after a day, in milliseconds. */
const maxWaitMs = 24 * 60 * 60 * 1000;

/** Headers may hold anything: what is no time to wait is left out, and what no clock or calendar could hold is cut. */
function boundedWait(ms: number | undefined): number | undefined {
  return ms === undefined || !(ms > 0) ? undefined : Math.min(Math.ceil(ms), maxWaitMs);
}

/**
 * The same error, said to be true of `scope` where its connector said nothing. A limit or a used-up quota of which nothing is
 * said stays the account's: vendors count calls by account, and to go on calling would make it worse for all of them.
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

/** By name and not by `instanceof`: the test runner loads modules into realms of their own. */
export function isSyncError(error: unknown): error is SyncError {
  return Error.isError(error) && error.name === 'SyncError' && 'kind' in error;
}

/** Unknown means transient: only a proven credential error may ask for a new sign-in. */
export function toSyncError(error: unknown): SyncError {
  if (isSyncError(error)) return error;
  const operatorMessage = Error.isError(error) ? `${error.name}: ${error.message}` : String(error);
  return new SyncError('unavailable', {
    message: 'Something went wrong on the way; it will be tried again.',
    operatorMessage,
    cause: error,
  });
}
