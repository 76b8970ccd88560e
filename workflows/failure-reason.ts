import { ApplicationFailure } from '@temporalio/workflow';
import type { Remedy } from '../domain/errors.ts';

/** Why something failed, in words that may be shown: the innermost failure that one of our activities has described. */
export interface FailureReason {
  /** The code of a `SyncError`, `internal`, `job_ended`. */
  readonly code: string;
  readonly message: string;
  /** Null where no `SyncError` was thrown. */
  readonly remedy: Remedy | null;
}

/** Follows the chain of causes (child workflow, activity) down to the application's own failure. */
export function failureReason(error: unknown): FailureReason {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure) {
      return { code: at.type ?? 'internal', message: at.message, remedy: remedyOf(at.details?.[0]) };
    }
  }
  return { code: 'internal', message: 'The step failed; the worker log has the details.', remedy: null };
}

/** As `activities/support/failure.ts` sends it along. */
function remedyOf(details: unknown): Remedy | null {
  return typeof details === 'object' && details !== null && 'remedy' in details ? (details.remedy as Remedy) : null;
}

/** A failure that says the same to whoever waits for this workflow. */
export function failureOf({ code, message, remedy }: FailureReason): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [{ remedy }] });
}

/** Can only a new sign-in help? */
export function needsSignIn({ remedy }: FailureReason): boolean {
  return remedy === 'sign_in';
}

/** Must the whole job stop, or does only this batch or page fail? */
export function isFatal(reason: FailureReason): boolean {
  return reason.code === 'job_ended' || reason.remedy === 'stop_job' || needsSignIn(reason);
}
