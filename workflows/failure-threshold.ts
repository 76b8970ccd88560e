/**
 * Stops a job in which most items fail for the same reason, with an explanation, instead of requesting the remaining
 * items from the vendor.
 */

import type { PageEnd, FailureReason, FailureTally } from '../domain/contract.ts';

export const noFailures: FailureTally = { tried: 0, failures: {} };

/** Fewer items are not conclusive. */
const minTried = 50;
const maxOfThem = 0.8;

export function addPage(tally: FailureTally, { tried, failure }: PageEnd): FailureTally {
  if (failure === null) return { ...tally, tried: tally.tried + tried };
  const count = (tally.failures[failure.code]?.count ?? 0) + failure.count;
  return {
    tried: tally.tried + tried,
    failures: { ...tally.failures, [failure.code]: { message: failure.message, count } },
  };
}

/** Why the job should stop, or null. */
export function stopReason({ tried, failures }: FailureTally): FailureReason | null {
  if (tried < minTried) return null;
  const worst = Object.values(failures).find(({ count }) => count > tried * maxOfThem);
  if (worst === undefined) return null;
  return {
    code: 'most_items_fail',
    remedy: 'stop_job',
    message: `${worst.count} of the first ${tried} items failed for the same reason (“${worst.message}”), so the job stopped. The next sync retries them.`,
  };
}
