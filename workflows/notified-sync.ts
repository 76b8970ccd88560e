/**
 * Turns many change notifications into one job: it waits until they pause for a moment, then until the source's current
 * job has ended. The new job asks the vendor itself what has changed; nothing is taken from the content of a
 * notification.
 */

import {
  condition,
  defineSignal,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  uuid4,
} from '@temporalio/workflow';
import {
  type NotifiedSyncInput,
  changeNotificationSignal,
  workflowIds,
  type NotifiedSyncArguments,
} from '../domain/contract.ts';
import { database } from './activity-options.ts';
import { continueOnNewestCode, isRunOver } from './next-run.ts';
import { syncJob } from './sync-job.ts';
import { fairnessOf } from '../domain/user-key.ts';
import { timedUuid } from '../domain/uuid.ts';

export const changeNotification = defineSignal(changeNotificationSignal);

/** The first interval for checking a source that another job holds, in milliseconds. */
const firstLookMs = 2000;
const rarestLookMs = 5 * 60_000;

/** @returns the job's id, or null if change notifications are disabled for the source */
export async function notifiedSync(input: NotifiedSyncArguments): Promise<string | null> {
  const { userId, dataSourceId } = input;
  const beganAt = Date.now();
  let lastAt = beganAt;
  setHandler(changeNotification, () => {
    lastAt = Date.now();
  });
  if (input.gathered !== true) await gather(input, beganAt, () => lastAt);

  let jobId = uuid4();
  const hasTime = patched('ids-of-jobs-in-order-of-time');
  for (let wait = firstLookMs; ; wait = Math.min(wait * 2, rarestLookMs)) {
    // A job that ran while this one waited for the source has an earlier id.
    if (hasTime) jobId = timedUuid(Date.now(), uuid4());
    const start = await database.takeNotifiedJob({ userId, dataSourceId, jobId });
    if (start === 'unwanted') return null;
    if (start === 'taken') break;
    setCurrentDetails(
      'Waiting for the current job of this source to end, because it may have started before the change.',
    );
    // A vendor that sends very many notifications fills a history even while nothing else happens.
    if (await condition(isRunOver, wait)) {
      return await continueOnNewestCode<typeof notifiedSync>({ ...input, gathered: true });
    }
  }
  const takenAt = Date.now();
  await startChild(syncJob, {
    args: [{ dataSourceId, jobId, jobType: 'incremental', trigger: 'change_notification' }],
    workflowId: workflowIds.job(jobId),
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: 'The vendor reported a change',
    priority: fairnessOf(userId),
  });
  // The job may have listed already, so later notifications belong to the next job.
  if (lastAt > takenAt) return await continueOnNewestCode<typeof notifiedSync>({ ...input, gathered: false });
  return jobId;
}

/** Waits until `quietMs` have passed without a notification, or `maxMs` since the first. */
async function gather({ quietMs, maxMs }: NotifiedSyncInput, firstAt: number, lastAt: () => number): Promise<void> {
  for (;;) {
    const left = Math.min(lastAt() + quietMs, firstAt + maxMs) - Date.now();
    if (left <= 0) return;
    await sleep(left);
  }
}
