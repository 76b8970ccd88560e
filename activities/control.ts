import { activityInfo } from '@temporalio/activity';
import { isSignedIn } from '../db/sources/credentials.ts';
import { noteSignInNeeded } from '../db/jobs/job-lifecycle.ts';
import { saveJobSpeed } from '../db/jobs/job-speed.ts';
import { reconcileSource } from '../jobs/schedules/reconcile.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { activity } from './support/activity.ts';
import type { JobRef, ChangedSpeed } from '../domain/contract.ts';

/**
 * Checks whether the job can continue. If not, the activity records what the job waits for, and the source's schedules
 * are paused meanwhile.
 */
export const lookForSignIn = (deps: ActivityDependencies) =>
  activity(deps, async ({ jobId, userId, dataSourceId }: JobRef, { withJobLease }): Promise<boolean> => {
    const signedIn = await withJobLease(async (trx) => {
      const found = await isSignedIn(trx, dataSourceId);
      await noteSignInNeeded(trx, jobId, !found);
      return found;
    });
    const { taskQueue } = activityInfo();
    await reconcileSource({ db: deps.db, temporal: deps.temporal, taskQueue }, userId, dataSourceId);
    return signedIn;
  });

/** Stores the speed with the job, where every worker finds it. */
export const saveSpeed = (deps: ActivityDependencies) =>
  activity(deps, async ({ speed, jobId }: ChangedSpeed, { asUser }): Promise<void> => {
    await asUser((trx) => saveJobSpeed(trx, jobId, speed));
  });
