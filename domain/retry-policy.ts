/**
 * All numbers that decide when an activity, an item, a failed item or a gap of an earlier job is retried. They are applied to
 * errors by `activities/support/failure.ts` and `item-errors.ts`, to failed items by `db/jobs/ledger.ts`, to gaps by
 * `db/items/gaps.ts`, and to activities by `workflows/activity-options.ts`. Within one listing, its connector decides
 * (`sources/connectors/part-tries.ts`).
 */

/** Temporal's own policy, for errors that name no delay (a killed worker, an unknown error). */
export const stepRetry = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/** How long an unavailable vendor or database is retried before the job gives up, in milliseconds. */
export const stepTimeoutMs = 60 * 60 * 1000;

/**
 * A failure is a new outage if the attempt had worked for so long before, or began so long after it was due (no worker
 * ran), in milliseconds.
 */
export const outageEndsAfterMs = 10 * 60 * 1000;

/** Back-off if the vendor names no delay, in milliseconds: 1 s, doubled with each attempt, up to about a minute. */
export const backOffMs = { first: 1000, max: 64_000 } as const;

/** Interval for retrying after a daily quota is exhausted, in milliseconds. */
export const quotaDelayMs = 15 * 60 * 1000;

/**
 * After this many attempts of an activity, an item or a container that keeps failing is left to a later job, so that it
 * does not block others.
 */
export const maxAttemptsPerItem = 4;

/**
 * After this many attempts of an activity that ended with a rate limit, the vendor may refuse one item whenever it is
 * requested, while it serves all others: the account is then asked first, and one item alone.
 */
export const maxRefusedAttempts = 6;

/**
 * If the vendor requests a longer wait for an item, in milliseconds, it is left to a later job at once, so that the other
 * items need not wait.
 */
export const maxRestMs = 30_000;

/**
 * How long an item waits that has failed before. The next job retries it at once (P3). If it keeps failing, the interval
 * doubles from the first to the longest, so that items which always fail cost almost nothing. A manual request ignores the
 * wait.
 */
export const failedItemRestMinutes = { first: 10, max: 24 * 60 } as const;

/** A gap, or an item in doubt, is asked for by this many jobs, each at once; after that it rests like a failed item. */
export const gapAttemptsAtFirst = 3;
