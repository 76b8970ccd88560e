import type { ItemProblem } from '../../db/jobs/ledger.ts';
import { type SyncError, toSyncError } from '../../domain/errors.ts';

/** After this many attempts of a step an item that keeps failing is left to the next job, so that it blocks nobody. */
const attemptsPerItem = 4;

/** What a step does about an item's error: end the item with a reason, or repeat the step for it. */
export type ItemOutcome =
  | { readonly end: ItemProblem }
  /** Not the item's fault, or not yet given up. */
  | { readonly repeat: SyncError };

/** @throws SyncError when the whole job cannot go on (sign-in, configuration) */
export function judgeItem(externalId: string, thrown: unknown, attempt: number): ItemOutcome {
  const error = toSyncError(thrown);
  switch (error.remedy) {
    case 'skip_item':
      return {
        end: { externalId, fate: isSettled(error) ? 'skipped' : 'failed', code: error.code, message: error.message },
      };
    case 'retry':
      if (error.kind === 'unavailable' && attempt >= attemptsPerItem) {
        return { end: { externalId, fate: 'failed', code: error.code, message: error.message } };
      }
      return { repeat: error };
    case 'restart_full':
    case 'sign_in':
    case 'stop_job':
      throw error;
  }
}

/** Will stay so until the item changes. Lost access and a vanished item may come back without a change that shows. */
function isSettled(error: SyncError): boolean {
  return error.kind === 'too_large' || error.kind === 'unsupported' || error.kind === 'unreadable';
}

/** Of several reasons to repeat a step, the one that asks for the longest wait. */
export function worstOf(errors: readonly SyncError[]): SyncError | undefined {
  return errors.toSorted((a, b) => (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0))[0];
}
