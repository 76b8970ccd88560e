import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { stepRetry } from '../domain/retry-policy.ts';

/**
 * Retry policies, by kind of work. There are no attempt limits: rate limits count as attempts too, and the activities
 * themselves decide when to give up (`activities/support/failure.ts`). A killed worker is detected by a missing
 * heartbeat.
 */
const retry = stepRetry;
const heartbeatTimeout = '15s';

/** Short statements in our own database. */
export const database = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '1 day',
  heartbeatTimeout,
  retry,
});

/** Calls to the vendor for one page of entries. */
export const listing = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '14 days',
  heartbeatTimeout,
  retry,
});

/** Downloading and reading bytes and embedding texts, one batch at a time. */
export const transfer = proxyActivities<Activities>({
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '14 days',
  heartbeatTimeout,
  retry,
});

/** Recognizing the text of one scan, which includes waiting behind other users' scans. */
export const recognition = proxyActivities<Activities>({
  startToCloseTimeout: '12 hours',
  scheduleToCloseTimeout: '14 days',
  heartbeatTimeout,
  retry,
});

/** One attempt to deliver to a user's endpoint. The activity returns when to try again and when to give up. */
export const delivery = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '7 days',
  heartbeatTimeout,
  retry,
});
