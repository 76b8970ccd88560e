import type { ItemProblem } from '../../db/jobs/ledger.ts';
import { type ErrorScope, type SyncError, toSyncError, withScope } from '../../domain/errors.ts';
import { isUnfinishedReading } from '../../domain/reading.ts';
import { quotaDelayMs } from './failure.ts';

/** After this many attempts of a step an item or a container that keeps failing is left to a later job, so that it blocks nobody. */
const maxAttemptsPerItem = 4;
/** An item for which the vendor asks for a longer rest is left to a later job at once: its neighbours need not wait. */
const maxRestMs = 30_000;

/** Asked at most once in each attempt of a step: does the account's sign-in still hold? Throws where it does not. */
export type CheckSignIn = () => Promise<void>;

/** What a step does about an item's error: end the item with a reason, or repeat the step for it. */
export type ItemOutcome =
  | { readonly end: ItemProblem }
  /** Not the item's fault, or not yet given up. */
  | { readonly repeat: SyncError };

/**
 * An error of one item is that item's, unless the connector says that it is true of the account (P12).
 * @throws SyncError when the whole job cannot go on (sign-in, configuration)
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
 * A refused sign-in or a missing permission at one item: is it the account's? The vendor is asked, since items with permissions of
 * their own are refused in the same words.
 * @throws SyncError what the check throws: of the whole account
 */
export async function confirmSignIn(thrown: unknown, place: ErrorScope, check: CheckSignIn): Promise<void> {
  if (withScope(toSyncError(thrown), place).remedy === 'check_sign_in') await check();
}

/** The first caller asks, the others wait for the same answer. */
export function askOnce(check: () => Promise<unknown>): CheckSignIn {
  let asked: Promise<unknown> | undefined;
  return async () => {
    asked ??= check().catch((error: unknown) => {
      throw withScope(toSyncError(error), 'account');
    });
    await asked;
  };
}

/** Has an item or a container that may work again been tried long enough for one job? */
export function isGivenUp(error: SyncError, attempt: number): boolean {
  return attempt >= maxAttemptsPerItem || (error.retryAfterMs ?? 0) > maxRestMs;
}

/** How long something that is left to a later job rests at least, where the vendor, or the kind of error, says so. */
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
 * Will stay so until the item changes. Lost access and a vanished item may come back without a change that shows, and a
 * reading that was not finished may finish another time.
 */
function isSettled(error: SyncError): boolean {
  if (isUnfinishedReading(error.code)) return false;
  return error.kind === 'too_large' || error.kind === 'unsupported' || error.kind === 'unreadable';
}

/** Of several reasons to repeat a step, the one that asks for the longest wait. */
export function maxRetry(errors: readonly SyncError[]): SyncError | undefined {
  return errors.toSorted((a, b) => (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0))[0];
}
