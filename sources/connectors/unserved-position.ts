/**
 * A vendor may fail on one saved position for ever, for example because too much has changed since then, although it
 * serves the account. Everything is then listed again, as if the vendor had called the position lost.
 */

import { isSyncError, SyncError } from '../../domain/errors.ts';
import type { AskedAccount } from './part-limits.ts';

export interface PositionCall extends AskedAccount {
  readonly vendor: string;
  /** Whether the call continues from a position of the account's own listing. */
  readonly isPosition: boolean;
}

/**
 * Runs one call to a vendor.
 * @throws SyncError `checkpoint_expired` if the vendor has failed on a position again and again and the account answers,
 * and every other error unchanged
 */
export async function withServedPositions<T>(work: () => Promise<T>, at: PositionCall): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isFailure = isSyncError(error) && error.kind === 'unavailable' && error.retryAfterMs === undefined;
    if (!isFailure || !at.isPosition || at.isRefusedRepeatedly !== true) throw error;
    await at.askAccount();
    throw notServed(at.vendor, error.operatorMessage);
  }
}

function notServed(vendor: string, operatorMessage: string): SyncError {
  return new SyncError('checkpoint_expired', {
    message: `${vendor} fails again and again on the changes since the saved position, although it answers for the account, so everything is listed again.`,
    operatorMessage,
    scope: 'account',
  });
}
