/**
 * From many hints of a vendor to one job: waits until they cease for a moment, then for whatever syncs the source to end.
 * The job that follows asks the vendor itself what is new; nothing is ever taken from a notification.
 */

import {
  condition,
  continueAsNew,
  defineSignal,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type NotifiedSyncInput,
  changeNotificationSignal,
  workflowIds,
  type NotifiedSyncArguments,
} from '../domain/contract.ts';
import { database } from './activity-options.ts';
import { syncJob } from './sync-job.ts';
import { fairnessOf } from '../domain/user-key.ts';

export const hint = defineSignal(changeNotificationSignal);

/** How often a source that another job holds is looked at, in milliseconds. */
const firstLookMs = 2000;
const rarestLookMs = 5 * 60_000;

/** @returns the job's id, or null where the source wants none */
export async function notifiedSync(input: NotifiedSyncArguments): Promise<string | null> {
  const { userId, dataSourceId } = input;
  const beganAt = Date.now();
  let lastAt = beganAt;
  setHandler(hint, () => {
    lastAt = Date.now();
  });
  if (input.gathered !== true) await gather(input, beganAt, () => lastAt);

  const jobId = uuid4();
  for (let wait = firstLookMs; ; wait = Math.min(wait * 2, rarestLookMs)) {
    const start = await database.takeNotifiedJob({ userId, dataSourceId, jobId });
    if (start === 'unwanted') return null;
    if (start === 'taken') break;
    setCurrentDetails('Waits for the job that syncs the source to end; it may have begun before the hint.');
    // A vendor in a frenzy fills a history even while nothing is done.
    if (await condition(() => workflowInfo().continueAsNewSuggested, wait)) {
      return await continueAsNew<typeof notifiedSync>({ ...input, gathered: true });
    }
  }
  const takenAt = Date.now();
  await startChild(syncJob, {
    args: [{ dataSourceId, jobId, jobType: 'incremental', trigger: 'webhook' }],
    workflowId: workflowIds.job(jobId),
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: 'The vendor says that something is new',
    priority: fairnessOf(userId),
  });
  // The job may have looked already: what is hinted at from now on is for the next one.
  if (lastAt > takenAt) return await continueAsNew<typeof notifiedSync>({ ...input, gathered: false });
  return jobId;
}

/** Until `quietMs` have passed without a hint, or `maxMs` since the first. */
async function gather({ quietMs, maxMs }: NotifiedSyncInput, firstAt: number, lastAt: () => number): Promise<void> {
  for (;;) {
    const left = Math.min(lastAt() + quietMs, firstAt + maxMs) - Date.now();
    if (left <= 0) return;
    await sleep(left);
  }
}
