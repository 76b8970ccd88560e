import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { asUser } from '../../db/access/as-user.ts';
import { markInterrupted } from '../../db/jobs/job-lifecycle.ts';
import type { PageRef } from '../../domain/contract.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { startSteps, type Steps } from './steps.ts';

/** The activities of a test file, and for each test a source that misbehaves as the test says. */
export let steps: Steps;
export let source: HostileSource;

/** @param pageSize of the source's listings; the source's own if absent */
export function stepHostileSource({ pageSize }: { readonly pageSize?: number } = {}): void {
  beforeAll(async () => {
    steps = await startSteps(() => createHostileConnector(source));
  }, 120_000);
  afterAll(async () => await steps[Symbol.asyncDispose]());
  beforeEach(() => renewSource(pageSize));
}

/** Replaces the source by an empty one. */
export function renewSource(pageSize?: number): void {
  source = new HostileSource();
  if (pageSize !== undefined) source.pageSize = pageSize;
}

/** Ends a job as a person's cancel does: by an activity. */
export async function cancel(job: PageRef): Promise<void> {
  const end = { status: 'cancelled', errorCode: 'cancelled', errorMessage: 'Cancelled.', swept: false } as const;
  await steps.run('closeJob', { ...job, ...end });
}

/** Ends a job whose workflow was terminated, as the next job does. */
export async function terminate(job: PageRef): Promise<void> {
  await asUser(steps.database.db, steps.userId, (trx) => markInterrupted(trx, job.jobId));
}
