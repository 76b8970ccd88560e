import { ApplicationFailure } from '@temporalio/workflow';

/** Why something failed, in words that may be shown: the innermost failure that one of our activities has described. */
export interface FailureReason {
  /** A `SyncErrorKind`, `internal`, `job_ended`. */
  readonly code: string;
  readonly message: string;
}

/** Follows the chain of causes (child workflow, activity) down to the application's own failure. */
export function failureReason(error: unknown): FailureReason {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure) return { code: at.type ?? 'internal', message: at.message };
  }
  return { code: 'internal', message: 'The step failed; the worker log has the details.' };
}

/** Kinds after which nothing else of this job can succeed; after a lost sign-in, until there is another. */
const signIn = new Set(['unauthorized', 'insufficient_scope']);
const fatal = new Set([...signIn, 'invalid_input', 'job_ended']);

/** Can only a new sign-in help? */
export function needsSignIn(reason: FailureReason): boolean {
  return signIn.has(reason.code);
}

/** Must the whole job stop, or does only this batch or page fail? */
export function isFatal(reason: FailureReason): boolean {
  return fatal.has(reason.code);
}
