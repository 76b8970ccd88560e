import { once } from 'node:events';
import { ApplicationFailure } from '@temporalio/common';
import { ownerOf, type Transact, type UserTransaction } from '../db/access/as-user.ts';
import { hasUnknownGap, queueGaps } from '../db/items/gaps.ts';
import { findActiveJob, insertJob, recordSkippedRun } from '../db/jobs/job-lease.ts';
import {
  findJob,
  findSyncSource,
  markRunning,
  recordJobEnd,
  type JobRow,
  type SyncSource,
  wasFullListingStopped,
} from '../db/jobs/job-lifecycle.ts';
import type { JobMode, ListedPages, OpenJobInput, OpenedJob } from '../domain/contract.ts';
import { releaseDeadLease } from '../jobs/lease/release-dead-lease.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { activity, transactionsOf } from './support/activity.ts';
import { goOn, listNext } from './list-page.ts';
import type { ErrorCode } from '../domain/error-codes.ts';

/**
 * How long the first page may take, in milliseconds. It is short because a job is opened before it can be cancelled.
 */
const maxFirstPageMs = 2000;

/** Takes the lease on the source, or returns which job holds it, and decides where the listing starts. */
export const openJob = (deps: ActivityDependencies) =>
  activity(deps, async (input: OpenJobInput, { signal }): Promise<OpenedJob> => {
    const userId = await ownerOf(deps.db, 'data_sources', input.dataSourceId);
    if (userId === null) {
      throw ApplicationFailure.create({
        type: 'invalid_input',
        message: `The data source ${input.dataSourceId} does not exist.`,
        nonRetryable: true,
      });
    }
    const { asUser } = transactionsOf(deps, { userId }, signal);
    const jobId = await takeLease(deps, asUser, userId, input);
    if (jobId === null) {
      const skipped = input.trigger === 'schedule' ? await recordSkipped(asUser, userId, input) : null;
      return { opened: false, jobId: skipped, status: 'skipped', message: 'Another job is syncing this source.' };
    }
    const opened = await asUser((trx) => start(deps, trx, jobId, input));
    return input.goesOn === true && opened.opened ? await withFirstPage(deps, input, opened, signal) : opened;
  });

/**
 * Lists the first page if that is one request for changes, so that a job without changes needs one activity less. A
 * listing that fails or takes long is left to the activity that lists, which reports it and can be cancelled.
 */
async function withFirstPage(
  deps: ActivityDependencies,
  { dataSourceId, dryRun = false }: OpenJobInput,
  opened: Extract<OpenedJob, { opened: true }>,
  signal: AbortSignal,
): Promise<OpenedJob> {
  const { jobId, userId, mode } = opened;
  if (mode !== 'feed' && mode !== 'window') return opened;
  const ref = { jobId, userId, dataSourceId, dryRun, page: 1 };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(maxFirstPageMs)]);
  const context = { ...transactionsOf(deps, ref, signal), signal: limit, attempt: 1, size: null };
  const listing = listNext(deps, ref, context).then(async (listed): Promise<ListedPages> => {
    const read = await goOn(deps, ref, listed, context);
    return read.batches === 1 ? { ...read, isWholeJob: true } : read;
  });
  // A client that ignores the signal must not hold the job.
  const listed = await Promise.race([listing, once(limit, 'abort').then(() => null)]).catch(() => null);
  return listed === null ? opened : { ...opened, listed };
}

/** @returns the job's id, or null if a running job, or another workflow of this same job, holds the source */
async function takeLease(
  deps: ActivityDependencies,
  asUser: Transact,
  userId: string,
  input: OpenJobInput,
): Promise<string | null> {
  if (input.jobId !== undefined) return (await isRunElsewhere(deps, asUser, userId, input)) ? null : input.jobId;
  for (let attempt = 0; attempt < 3; attempt++) {
    const holder = await asUser(async (trx) => {
      const inserted = await insertJob(trx, {
        userId,
        dataSourceId: input.dataSourceId,
        jobType: input.jobType ?? 'incremental',
        trigger: input.trigger ?? 'cli',
        dryRun: input.dryRun ?? false,
        externalIds: input.externalIds ?? null,
        workflowId: input.workflowId,
      });
      return inserted ?? (await findActiveJob(trx, input.dataSourceId));
    });
    if (typeof holder === 'string') return holder;
    if (holder === undefined) continue;
    // A repeated attempt of this same workflow finds its own row.
    if (holder.workflowId === input.workflowId) return holder.id;
    if ((await releaseDeadLease(deps, userId, holder)) === 'alive') return null;
    await deps.staging.deleteJob(holder.id);
  }
  return null;
}

/**
 * A workflow that was started by hand for an existing job names that job. If the job's workflow is dead, the job ends
 * here as interrupted.
 */
async function isRunElsewhere(
  deps: ActivityDependencies,
  asUser: Transact,
  userId: string,
  input: OpenJobInput,
): Promise<boolean> {
  const holder = await asUser((trx) => findActiveJob(trx, input.dataSourceId));
  if (holder === undefined || holder.id !== input.jobId || holder.status !== 'running') return false;
  return holder.workflowId !== input.workflowId && (await releaseDeadLease(deps, userId, holder)) === 'alive';
}

async function recordSkipped(asUser: Transact, userId: string, input: OpenJobInput): Promise<string> {
  return await asUser((trx) =>
    recordSkippedRun(trx, {
      userId,
      dataSourceId: input.dataSourceId,
      jobType: input.jobType ?? 'incremental',
      trigger: 'schedule',
      dryRun: false,
      externalIds: null,
      workflowId: input.workflowId,
    }),
  );
}

async function start(
  deps: ActivityDependencies,
  trx: UserTransaction,
  jobId: string,
  input: OpenJobInput,
): Promise<OpenedJob> {
  const job = await findJob(trx, jobId);
  const source = await findSyncSource(trx, input.dataSourceId);
  if (job === undefined || source === undefined || job.dataSourceId !== source.id) {
    throw ApplicationFailure.create({
      type: 'invalid_input',
      message: `The job ${jobId} does not exist.`,
      nonRetryable: true,
    });
  }
  if (job.status !== 'pending' && job.status !== 'running') {
    return { opened: false, jobId, status: 'skipped', message: `The job ${jobId} has already ended (${job.status}).` };
  }
  const refusal = refusalOf(source);
  if (refusal !== null) {
    await recordJobEnd(trx, job, { status: 'failed', errorCode: refusal.code, errorMessage: refusal.message });
    return { opened: false, jobId, status: 'failed', message: refusal.message };
  }
  const chosen = { mode: job.mode ?? 'full', fallback: null };
  const { mode, fallback } =
    job.mode === null ? chooseMode(deps, job, source, await doubtOf(deps, trx, source)) : chosen;
  await markRunning(trx, job, { workflowId: input.workflowId, runId: input.runId, mode, fallback });
  const retriesAll = mode === 'manual' && (job.externalIds ?? []).length === 0;
  if (mode === 'feed' || mode === 'window' || retriesAll)
    await queueGaps(trx, { ...job, userId: source.userId }, retriesAll);
  const picksItems = (job.externalIds ?? []).length > 0;
  return { opened: true, jobId, userId: source.userId, sourceType: source.sourceType, mode, picksItems };
}

/** Why the change feed alone would not bring the source up to date; null if it does. */
async function doubtOf(
  deps: ActivityDependencies,
  trx: UserTransaction,
  source: SyncSource,
): Promise<'unknown_gap' | 'listing_stopped' | null> {
  if (await hasUnknownGap(trx, source.id)) return 'unknown_gap';
  const mayBeOutdated = deps.connectorFor(source).lastOccurrenceCounts === true;
  return mayBeOutdated && (await wasFullListingStopped(trx, source.id)) ? 'listing_stopped' : null;
}

function refusalOf(source: SyncSource): { readonly code: ErrorCode; readonly message: string } | null {
  if (!source.isActive) return { code: 'source_inactive', message: 'The source is inactive. Activate it to sync.' };
  if (source.needsSignIn) {
    return { code: 'needs_sign_in', message: 'The source needs a new sign-in. Connect it again, then sync.' };
  }
  return null;
}

/**
 * The cheapest listing that fulfills the job type; a full one if there is no position to start from or a full listing
 * is due.
 */
function chooseMode(
  deps: ActivityDependencies,
  job: JobRow,
  source: SyncSource,
  doubt: string | null,
): { readonly mode: JobMode; readonly fallback: string | null } {
  if (job.jobType === 'full_sync') return { mode: 'full', fallback: null };
  if (job.jobType === 'manual') return { mode: 'manual', fallback: null };
  if (source.checkpoint === null) return { mode: 'full', fallback: 'no_checkpoint' };
  if (doubt !== null) return { mode: 'full', fallback: doubt };
  if (source.reconcileDue) return { mode: 'full', fallback: 'reconcile_due' };
  if (deps.connectorFor(source).hasChangeFeed) return { mode: 'feed', fallback: null };
  return job.jobType === 'incremental'
    ? { mode: 'window', fallback: null }
    : { mode: 'full', fallback: 'no_change_feed' };
}
