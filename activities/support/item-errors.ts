import type { ItemProblem } from '../../db/jobs/ledger.ts';
import { type ErrorScope, type SyncError, toSyncError, withScope } from '../../domain/errors.ts';
import { isUnfinishedReading } from '../../domain/reading.ts';
import { maxAttemptsPerItem, maxRestMs, quotaDelayMs } from '../../domain/retry-policy.ts';

/** Checks whether the account's sign-in is still valid, at most once in each attempt. It throws if it is not. */
export type CheckSignIn = () => Promise<void>;

/** How a step handles an item's error: it ends the item with a reason, or repeats for it. */
export type ItemOutcome =
  | { readonly end: ItemProblem }
  /** The item is not the cause, or has attempts left. */
  | { readonly repeat: SyncError };

/**
 * Treats an error as concerning this item only, unless the connector says that it concerns the account (P12).
 * @throws SyncError if the whole job cannot continue (sign-in, configuration)
 */
export function classifyItemError(externalId: string, thrown: unknown, attempt: number): ItemOutcome {
  const error = withScope(toSyncError(thrown), 'item');
  switch (error.remedy) {
    case 'skip_item':
    case 'check_sign_in':
      return { end: problemOf(externalId, error) };
    case 'defer':
      return { end: deferred(externalId, error) };
    case 'retry_item':
      return isGivenUp(error, attempt) ? { end: deferred(externalId, error) } : { repeat: error };
    case 'retry':
      return { repeat: error };
    case 'restart_full':
    case 'sign_in':
    case 'stop_job':
      throw error;
  }
}

/**
 * Finds out whether a refused sign-in or a missing permission at one item concerns the whole account. The vendor is
 * asked, because it answers the same for items with permissions of their own.
 * @throws SyncError the error of the check, which concerns the whole account
 */
export async function confirmSignIn(thrown: unknown, place: ErrorScope, check: CheckSignIn): Promise<void> {
  if (withScope(toSyncError(thrown), place).remedy === 'check_sign_in') await check();
}

/** The first caller runs the check, and the others wait for its result. */
export function askOnce(check: () => Promise<unknown>): CheckSignIn {
  let asked: Promise<unknown> | undefined;
  return async () => {
    asked ??= check().catch((error: unknown) => {
      throw withScope(toSyncError(error), 'account');
    });
    await asked;
  };
}

/** Whether an item or a container that may succeed later has used up its attempts in this job. */
export function isGivenUp(error: SyncError, attempt: number): boolean {
  return attempt >= maxAttemptsPerItem || (error.retryAfterMs ?? 0) > maxRestMs;
}

/** The minimum wait for something that is left to a later job, if the vendor or the kind of error defines one. */
export function restOf({ kind, retryAfterMs }: SyncError): number | null {
  if (retryAfterMs !== undefined && retryAfterMs > 0) return retryAfterMs;
  return kind === 'quota_exhausted' ? quotaDelayMs : null;
}

function deferred(externalId: string, error: SyncError): ItemProblem {
  return { ...problemOf(externalId, error), retryAfterMs: restOf(error) };
}

function problemOf(externalId: string, error: SyncError): ItemProblem {
  return { externalId, outcome: isSettled(error) ? 'skipped' : 'failed', code: error.code, message: error.message };
}

/**
 * Whether the error will persist until the item changes. Lost access and missing items may come back without a visible
 * change, and unfinished reading may succeed another time.
 */
function isSettled(error: SyncError): boolean {
  if (isUnfinishedReading(error.code)) return false;
  return error.kind === 'too_large' || error.kind === 'unsupported' || error.kind === 'unreadable';
}

/** Returns the error with the longest wait among those that call for repeating the step. */
export function maxRetry(errors: readonly SyncError[]): SyncError | undefined {
  return errors.toSorted((a, b) => (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0))[0];
}
