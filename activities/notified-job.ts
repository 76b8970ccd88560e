import { findActiveJob, insertJob } from '../db/jobs/job-lease.ts';
import { findSyncSource } from '../db/jobs/job-lifecycle.ts';
import { workflowIds, type NotifiedJob, type NotifiedJobStart } from '../domain/contract.ts';
import { releaseDeadLease } from '../jobs/lease/release-dead-lease.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { activity } from './support/activity.ts';

/** Takes the lease for a job that a vendor's change notification, or a change of uploaded files, requested. */
export const takeNotifiedJob = (deps: ActivityDependencies) =>
  activity(deps, async ({ userId, dataSourceId, jobId }: NotifiedJob, { asUser }): Promise<NotifiedJobStart> => {
    const { isWanted, holder } = await asUser(async (trx) => {
      const source = await findSyncSource(trx, dataSourceId);
      if (source === undefined || !source.isActive || source.needsSignIn) return { isWanted: false, holder: undefined };
      const inserted = await insertJob(trx, {
        id: jobId,
        userId,
        dataSourceId,
        jobType: 'incremental',
        trigger: source.sourceType === 'upload' ? 'upload' : 'change_notification',
        dryRun: false,
        externalIds: null,
        workflowId: workflowIds.job(jobId),
      });
      return { isWanted: true, holder: inserted === null ? await findActiveJob(trx, dataSourceId) : undefined };
    });
    if (!isWanted) return 'unwanted';
    if (holder === undefined || holder.id === jobId) return 'taken';
    // If that job's workflow is dead, its lease is released, and the next check finds the source free.
    await releaseDeadLease(deps, userId, holder);
    return 'busy';
  });
