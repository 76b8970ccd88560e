import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/**
 * Retry policies, by kind of work. No attempt limits: rate limits count as attempts too, and the activities themselves
 * decide when patience ends (`activities/support/failure.ts`). A missing heartbeat is how a killed worker is noticed.
 */
const retry = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;
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

/** Moving and reading bytes, embedding texts: a batch at a time. */
export const transfer = proxyActivities<Activities>({
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '14 days',
  heartbeatTimeout,
  retry,
});

/** Recognising the text of one scan, after waiting for its turn behind other users' scans. */
export const recognition = proxyActivities<Activities>({
  startToCloseTimeout: '12 hours',
  scheduleToCloseTimeout: '14 days',
  heartbeatTimeout,
  retry,
});

/** One attempt to reach a user's own endpoint. The step names the next one's time and when to give up. */
export const delivery = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '7 days',
  heartbeatTimeout,
  retry,
});
