/** Adds to the rows of running jobs what only their workflows and their ledgers know. */

import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { asUser } from '../db/access/as-user.ts';
import { findJobVersion, findJobWithVersion, type Job, readLiveLedger } from '../db/jobs/job-queries.ts';
import { progressQuery, type SyncProgress } from '../domain/contract.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { LiveJob } from './serializers.ts';
import { silenceOf } from './worker-presence.ts';

/** Timeout for calls to Temporal. */
export const temporalTimeoutMs = 5000;
/** A worker that is busy answers a query late. */
const queryTimeoutMs = 1500;
/**
 * How long an answer is used again for those who watch a job, in milliseconds. Each answer costs a task of the worker
 * and a count of the job's ledger, so frequent polling would slow down the job that it watches.
 */
export const watchedMs = 400;
/** The same for the first answer about a job that has just been started: a job with a few changes ends before that. */
const startingMs = 1000;

export interface Look {
  readonly live: LiveJob;
  /** Whether its workflow has ended or no longer exists. */
  readonly hasEnded: boolean;
}

interface KeptLook {
  /** When it began, so that it never counts as newer than what it saw. */
  readonly at: number;
  /** How long those who watch the job get it, in milliseconds. */
  readonly keptMs: number;
  readonly look: Promise<Look>;
}

/** The latest look at each job, by server. */
const looks = new WeakMap<ApiDependencies, Map<string, KeptLook>>();

const nothingYet: LiveJob = {
  counts: { found: 0, created: 0, updated: 0, unchanged: 0, removed: 0, skipped: 0, failed: 0, bytes: 0 },
  stages: { waiting: 0, downloaded: 0, transformed: 0, endedOfLate: 0 },
  progress: null,
  silence: null,
};

/**
 * Those who watch a job that has just been started see that nothing has happened yet. A job with few changes ends before
 * they look again, and asking its worker would delay it.
 */
export function noteStarted(deps: ApiDependencies, jobId: string): void {
  const look = Promise.resolve({ live: nothingYet, hasEnded: false });
  keptLooks(deps).set(jobId, { at: performance.now(), keptMs: startingMs, look });
}

function keptLooks(deps: ApiDependencies): Map<string, KeptLook> {
  const kept = looks.get(deps) ?? new Map<string, KeptLook>();
  looks.set(deps, kept);
  return kept;
}

interface KeptJob {
  readonly at: number;
  readonly job: Job;
  readonly version: string;
}

/** The rows of jobs that are watched, by server. */
const watchedJobs = new WeakMap<ApiDependencies, Map<string, KeptJob>>();

/**
 * The job for those who watch it. Its row is read again only if it has changed; what is counted beside it (gaps) may be
 * `watchedMs` old. @returns undefined if the user has no such job
 */
export async function findWatchedJob(deps: ApiDependencies, userId: string, jobId: string): Promise<Job | undefined> {
  const kept = watchedJobs.get(deps) ?? new Map<string, KeptJob>();
  watchedJobs.set(deps, kept);
  const now = performance.now();
  for (const [id, { at }] of kept) if (now - at > watchedMs) kept.delete(id);
  return await asUser(deps.db, userId, async (trx) => {
    const known = kept.get(jobId);
    // Another user's job has no version that this user could see.
    if (known !== undefined && (await findJobVersion(trx, jobId)) === known.version) return known.job;
    const found = await findJobWithVersion(trx, jobId);
    if (found === undefined) return undefined;
    const { version, ...job } = found;
    kept.set(jobId, { at: now, job, version });
    return job;
  });
}

/** Looks at a running job. @param maxAgeMs how old the answer may be; 0 for a new one */
export async function lookAtJob(deps: ApiDependencies, userId: string, job: Job, maxAgeMs: number): Promise<Look> {
  const kept = keptLooks(deps);
  const now = performance.now();
  for (const [id, { at, keptMs }] of kept) if (now - at > keptMs) kept.delete(id);
  const last = kept.get(job.id);
  if (last !== undefined && maxAgeMs > 0 && now - last.at < Math.max(maxAgeMs, last.keptMs)) return await last.look;
  const next: KeptLook = { at: now, keptMs: watchedMs, look: takeLook(deps, userId, job) };
  kept.set(job.id, next);
  try {
    return await next.look;
  } catch (error) {
    // It is reported to those who waited for it, and the next one looks again.
    if (kept.get(job.id) === next) kept.delete(job.id);
    throw error;
  }
}

async function takeLook(deps: ApiDependencies, userId: string, job: Job): Promise<Look> {
  const [progress, known] = await Promise.all([
    queryProgress(deps.temporal, job),
    asUser(deps.db, userId, async (trx) => await readLiveLedger(trx, job.id)),
  ]);
  const hasEnded = progress === 'ended';
  // Nobody reports the death of the last worker: without this, its job would show as running for ever.
  const silence = progress === null ? await silenceOf(deps) : null;
  return { live: { ...known, progress: hasEnded ? null : progress, silence }, hasEnded };
}

/** Queries the workflow. If the worker is away or busy, the answer is returned without its progress. */
async function queryProgress(temporal: Client, job: Job): Promise<SyncProgress | 'ended' | null> {
  if (job.workflowId === null) return null;
  const handle = temporal.workflow.getHandle(job.workflowId);
  try {
    const { status } = await temporal.withDeadline(Date.now() + temporalTimeoutMs, () => handle.describe());
    if (status.name !== 'RUNNING' && status.name !== 'PAUSED') return 'ended';
    return await temporal.withDeadline(Date.now() + queryTimeoutMs, () => handle.query<SyncProgress>(progressQuery));
  } catch (error) {
    return error instanceof WorkflowNotFoundError ? 'ended' : null;
  }
}
