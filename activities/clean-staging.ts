import { asUser, ownerOf } from '../db/access/as-user.ts';
import { findJob } from '../db/jobs/job-lifecycle.ts';
import type { ActivityDependencies } from './support/dependencies.ts';

/**
 * Deletes bytes staged for jobs that ended without cleaning up (terminated, lost, deleted). Runs when a worker starts, and from
 * time to time.
 */
export async function cleanStaging(deps: Pick<ActivityDependencies, 'db' | 'staging'>): Promise<void> {
  for (const jobId of await deps.staging.jobs()) {
    if (!(await isActive(deps, jobId))) await deps.staging.deleteJob(jobId);
  }
}

async function isActive({ db }: Pick<ActivityDependencies, 'db'>, jobId: string): Promise<boolean> {
  const owner = await ownerOf(db, 'sync_jobs', jobId);
  if (owner === null) return false;
  const job = await asUser(db, owner, (trx) => findJob(trx, jobId));
  return job?.status === 'pending' || job?.status === 'running';
}
