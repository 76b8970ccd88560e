import { ApplicationFailure } from '@temporalio/common';
import { isSyncError, type SyncError } from '../../domain/errors.ts';

/** How long an unavailable vendor or database is waited for before the job gives up, in milliseconds. */
const timeoutMs = 60 * 60 * 1000;
/** Where the vendor names no delay: 1 s, doubled with each attempt, at most about a minute. */
const firstDelayMs = 1000;
const maxDelayMs = 64_000;
/** A used-up daily quota is asked about again at this distance. */
export const quotaDelayMs = 15 * 60 * 1000;

export interface AttemptInfo {
  /** 1 for the first. */
  readonly attempt: number;
  /** Milliseconds since the step was first scheduled. */
  readonly elapsedMs: number;
}

/**
 * The only place where an error becomes Temporal's. Messages of unknown errors stay out of the history (P7): a driver's
 * message may quote the value it choked on.
 */
export function toFailure(error: unknown, info: AttemptInfo): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (!isSyncError(error)) return unknownFailure(error, info);
  const { code, message, remedy } = error;
  const failure = { type: code, message, details: [{ remedy }] };
  if (!isWorthRepeating(error)) return ApplicationFailure.create({ ...failure, nonRetryable: true });
  return ApplicationFailure.create({
    ...failure,
    nonRetryable: error.kind === 'unavailable' && info.elapsedMs > timeoutMs,
    nextRetryDelay: delayFor(error, info.attempt),
  });
}

/** Of a single item or container the step that knows it decides; what it throws nevertheless is a matter of the whole step. */
function isWorthRepeating({ remedy }: SyncError): boolean {
  return remedy === 'retry' || remedy === 'retry_item' || remedy === 'defer';
}

/** What the vendor asked for, else exponential back-off with jitter. Never 0: Temporal takes that as "do not retry". */
export function delayFor(error: SyncError, attempt: number): number {
  if (error.retryAfterMs !== undefined && error.retryAfterMs >= 1) return error.retryAfterMs;
  if (error.kind === 'quota_exhausted') return quotaDelayMs;
  const backOff = Math.min(firstDelayMs * 2 ** Math.min(attempt - 1, 10), maxDelayMs);
  return Math.round(backOff * (0.5 + Math.random() / 2));
}

function unknownFailure(error: unknown, info: AttemptInfo): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'internal',
    message: `The step failed (${errorCode(error)}); the worker's log has the details.`,
    nonRetryable: info.elapsedMs > timeoutMs,
  });
}

/** A database's or the system's code where there is one, else the class. */
export function errorCode(error: unknown): string {
  if (!Error.isError(error)) return typeof error;
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code !== '' ? code : error.name;
}
