import { ApplicationFailure } from '@temporalio/workflow';
import { isErrorCode } from '../domain/error-codes.ts';
import { isRemedy, type Remedy } from '../domain/errors.ts';
import type { FailureDetail, FailureReason } from '../domain/contract.ts';

/** Follows the chain of causes (child workflow, activity) to the application's own failure. */
export function failureReason(error: unknown): FailureReason {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure) {
      const code = isErrorCode(at.type) ? at.type : 'internal';
      return { code, message: at.message, remedy: remedyOf(at.details?.[0]) };
    }
  }
  return {
    code: 'internal',
    message: 'An unexpected error interrupted the sync. Details are in the worker log.',
    remedy: null,
  };
}

/** The remedy that `activities/support/failure.ts` attaches to a failure. */
function remedyOf(details: unknown): Remedy | null {
  const remedy = typeof details === 'object' && details !== null && 'remedy' in details ? details.remedy : null;
  return isRemedy(remedy) ? remedy : null;
}

/** Creates a failure with the same reason for the callers of this workflow. */
export function failureOf({ code, message, remedy }: FailureReason): ApplicationFailure {
  return ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: true,
    details: [{ remedy } satisfies FailureDetail],
  });
}

/** The consequence for the job of each remedy that reaches the workflow. A missing one does not compile. */
const consequences = {
  retry: 'goes_on',
  retry_item: 'goes_on',
  defer: 'goes_on',
  skip_item: 'goes_on',
  check_sign_in: 'goes_on',
  restart_full: 'goes_on',
  sign_in: 'waits_for_sign_in',
  stop_job: 'stops',
} as const satisfies Record<Remedy, string>;

/** Whether only a new sign-in can resolve the failure. */
export function needsSignIn({ remedy }: FailureReason): boolean {
  return remedy !== null && consequences[remedy] === 'waits_for_sign_in';
}

/** Whether the whole job must stop, rather than only this batch or page fail. */
export function isFatal(reason: FailureReason): boolean {
  return reason.code === 'job_ended' || (reason.remedy !== null && consequences[reason.remedy] !== 'goes_on');
}
