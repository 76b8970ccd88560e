import { ApplicationFailure } from '@temporalio/common';
import type { FailureDetail, Outage } from '../../domain/contract.ts';
import { isSyncError, type SyncError } from '../../domain/errors.ts';
import { backOffMs, outageEndsAfterMs, quotaDelayMs, stepTimeoutMs } from '../../domain/retry-policy.ts';
import { describeUnknown } from './unknown-error.ts';

export interface AttemptInfo {
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** How long its attempts have failed one after another, in milliseconds. */
  readonly failingMs: number;
}

/**
 * When the outage began that this failure belongs to. Time in which the activity worked, waited for its turn, or no
 * worker ran is not part of one.
 * @param last the outage that the attempt before it met
 */
export function outageSince(last: Outage | undefined, began: number, now: number): number {
  const isSame = last !== undefined && began < last.nextAttemptAt + outageEndsAfterMs;
  return isSame && now - began < outageEndsAfterMs ? last.since : now;
}

/**
 * The only place where an error becomes a Temporal failure. Messages of unknown errors stay out of the history (P7),
 * because a driver's message may quote the value that it failed on.
 */
export function toFailure(error: unknown, info: AttemptInfo): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (!isSyncError(error)) return unknownFailure(error, info);
  const { code, message, remedy } = error;
  const failure = { type: code, message, details: [{ remedy } satisfies FailureDetail] };
  if (!isWorthRepeating(error)) return ApplicationFailure.create({ ...failure, nonRetryable: true });
  return ApplicationFailure.create({
    ...failure,
    nonRetryable: error.kind === 'unavailable' && info.failingMs > stepTimeoutMs,
    nextRetryDelay: delayFor(error, info.attempt),
  });
}

/**
 * Errors of a single item or container are handled by the step. If one is thrown nevertheless, it concerns the whole
 * step.
 */
function isWorthRepeating({ remedy }: SyncError): boolean {
  return remedy === 'retry' || remedy === 'retry_item' || remedy === 'defer';
}

/**
 * The wait that the vendor requested, or else exponential back-off with jitter. It is never 0, which Temporal reads as
 * "do not retry".
 */
export function delayFor(error: SyncError, attempt: number): number {
  if (error.retryAfterMs !== undefined && error.retryAfterMs >= 1) return error.retryAfterMs;
  if (error.kind === 'quota_exhausted') return quotaDelayMs;
  const backOff = Math.min(backOffMs.first * 2 ** Math.min(attempt - 1, 10), backOffMs.max);
  return Math.round(backOff * (0.5 + Math.random() / 2));
}

function unknownFailure(error: unknown, info: AttemptInfo): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'internal',
    message: `${describeUnknown(error)} Details are in the worker log.`,
    nonRetryable: info.failingMs > stepTimeoutMs,
  });
}
