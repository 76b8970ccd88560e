/** One closed set of error kinds, one remedy each. Connectors, embedders and stores throw `SyncError`; `activities/support/failure.ts` alone turns it into Temporal's failures. */

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

export type Remedy =
  /** Repeat the step after `retryAfterMs` or a back-off. Not the item's fault. */
  | 'retry'
  /** Leave this item out, with the reason, and go on. */
  | 'skip_item'
  /** The saved position is lost: list everything again. */
  | 'restart_full'
  /** Nothing can go on before a person signs in again. */
  | 'sign_in'
  /** Nothing can go on before a person changes the configuration. */
  | 'stop_job';

/** A new kind without a remedy does not compile. */
export const remedyFor = {
  rate_limited: 'retry',
  quota_exhausted: 'retry',
  unavailable: 'retry',
  unauthorized: 'sign_in',
  insufficient_scope: 'sign_in',
  forbidden: 'skip_item',
  not_found: 'skip_item',
  checkpoint_expired: 'restart_full',
  too_large: 'skip_item',
  unsupported: 'skip_item',
  unreadable: 'skip_item',
  invalid_input: 'stop_job',
} as const satisfies Record<SyncErrorKind, Remedy>;

export interface SyncErrorOptions {
  /** For the owner of the data: what happened and what they can do. Never a token, an address with a signature or document text. */
  readonly message: string;
  /** For the log only; redacted all the same. */
  readonly operatorMessage?: string;
  /** Finer than the kind, stable, for the ledger (`export_too_large`); defaults to the kind. */
  readonly code?: string;
  /** How far it is true, where the vendor's answer tells. Without it the place where it arises decides: see `withScope`. */
  readonly scope?: ErrorScope;
  /** What the vendor asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly kind: SyncErrorKind;
  readonly code: string;
  readonly operatorMessage: string;
  readonly scope: ErrorScope | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: SyncErrorKind, options: SyncErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = options.code ?? kind;
    this.operatorMessage = options.operatorMessage ?? options.message;
    this.scope = options.scope;
    this.retryAfterMs = options.retryAfterMs;
  }

  get remedy(): Remedy {
    return remedyFor[this.kind];
  }
}

/** The same error, said to be true of `scope` where nothing narrower or wider is known of it. */
export function withScope(error: SyncError, scope: ErrorScope): SyncError {
  if (error.scope !== undefined) return error;
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
