/** Starts, shows and controls jobs: the API's side of the workflow. */

import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { v7 as uuidv7 } from 'uuid';
import { asUser } from '../db/access/as-user.ts';
import { type DataSource } from '../db/sources/data-sources.ts';
import { findActiveJob, insertJob, isKeyTaken } from '../db/jobs/job-lease.ts';
import { deletePendingJob, findJobByIdempotencyKey, findJobDetail, type Job } from '../db/jobs/job-queries.ts';
import { definitionOf } from '../sources/connectors/registry.ts';
import { type JobTrigger, type JobType, workflowIds, workflowTypes, type JobMode } from '../domain/contract.ts';
import { releaseDeadLease } from '../jobs/lease/release-dead-lease.ts';
import type { syncJob } from '../workflows/sync-job.ts';
import type { ApiDependencies } from './dependencies.ts';
import { grpcErrorOf } from './grpc-error.ts';
import { findWatchedJob, lookAtJob, noteStarted, temporalTimeoutMs, watchedMs } from './live-jobs.ts';
import { serializeJob } from './serializers.ts';
import { found, Problem } from './problem.ts';
import { fairnessOf, userKey } from '../domain/user-key.ts';

export interface StartRequest {
  readonly source: DataSource;
  readonly userId: string;
  readonly jobType: JobType;
  /** Set in advance; if omitted, the job decides when it opens. */
  readonly mode?: JobMode;
  readonly externalIds: readonly string[] | null;
  readonly dryRun: boolean;
  readonly trigger: JobTrigger;
  readonly idempotencyKey: string | undefined;
}

/** A worker answers an update in milliseconds, or in seconds if it is busy. */
const updateTimeoutMs = 10_000;
/** gRPC's INVALID_ARGUMENT, which Temporal returns for a namespace that no worker has prepared. */
const refusals = [3];
/** A worker that was started together with the API prepares the namespace a moment later, in milliseconds. */
const preparingMs = { longest: 10_000, between: 200 };

/**
 * Inserts the job's row (the lease), then starts its workflow. The same Idempotency-Key returns the same job.
 * @throws Problem 409 if the source cannot be synced now, or with the running job; 503 if Temporal does not start it
 * (the row is deleted again)
 */
export async function startJob(deps: ApiDependencies, request: StartRequest): Promise<Job> {
  const earlier = await findEarlier(deps, request);
  if (earlier !== undefined) return earlier;
  refuseUnready(request.source);
  const jobId = uuidv7();
  const overtaken = await takeLease(deps, request, jobId);
  if (overtaken !== null) return overtaken;
  try {
    await startWhenPrepared(deps, request, jobId);
  } catch (error) {
    await asUser(deps.db, request.userId, (trx) => deletePendingJob(trx, jobId));
    deps.logger.error({ err: error, jobId }, 'starting the workflow failed');
    throw new Problem(
      503,
      'temporal_unavailable',
      isRefusal(error)
        ? 'Temporal rejects syncs in this namespace, so none was started. Start a worker, which prepares the namespace: `npm run worker`.'
        : 'Temporal does not answer, so no sync was started. Try again in a moment.',
    );
  }
  noteStarted(deps, jobId);
  return await findJobOrRefuse(deps, request.userId, jobId);
}

function refuseUnready(source: DataSource): void {
  if (!source.isActive) throw new Problem(409, 'source_inactive', 'The source is inactive. Activate it first.');
  if (!source.needsSignIn && source.connectionStatus !== 'disconnected') return;
  throw new Problem(
    409,
    'needs_sign_in',
    'The source is not connected. Connect it first (GET /api/data-sources/:id/connect).',
  );
}

function isRefusal(error: unknown): boolean {
  return refusals.includes(grpcErrorOf(error)?.code ?? 0);
}

async function findEarlier(deps: ApiDependencies, request: StartRequest): Promise<Job | undefined> {
  const { userId, idempotencyKey } = request;
  if (idempotencyKey === undefined) return undefined;
  const job = await asUser(deps.db, userId, (trx) => findJobByIdempotencyKey(trx, idempotencyKey));
  if (job !== undefined && !isRepeat(job, request)) {
    throw new Problem(
      422,
      'idempotency_key_reused',
      'This Idempotency-Key was used for another request. Send the same body again, or use a new key.',
    );
  }
  return job;
}

/** Whether it asks for the same source, type, items and kind (plan or sync). */
function isRepeat(
  job: Pick<Job, 'dataSourceId' | 'jobType' | 'dryRun'> & { readonly externalIds: readonly string[] | null },
  { source, jobType, dryRun, externalIds }: StartRequest,
): boolean {
  const isSameWork = job.dataSourceId === source.id && job.jobType === jobType && job.dryRun === dryRun;
  return isSameWork && isDeepStrictEqual(job.externalIds, externalIds);
}

/** @returns the job that another request with the same Idempotency-Key has started meanwhile; null: the lease is taken */
async function takeLease(deps: ApiDependencies, request: StartRequest, jobId: string): Promise<Job | null> {
  const { userId, source } = request;
  for (let attempt = 0; attempt < 3; attempt++) {
    const holder = await asUser(deps.db, userId, async (trx) => {
      const inserted = await insertJob(trx, {
        id: jobId,
        userId,
        dataSourceId: source.id,
        jobType: request.jobType,
        trigger: request.trigger,
        dryRun: request.dryRun,
        externalIds: request.externalIds,
        ...(request.mode === undefined ? {} : { mode: request.mode }),
        workflowId: workflowIds.job(jobId),
        ...(request.idempotencyKey === undefined ? {} : { idempotencyKey: request.idempotencyKey }),
      });
      return inserted === null ? await findActiveJob(trx, source.id) : null;
    }).catch(orKeyTaken);
    if (holder === null) return null;
    const earlier = await findEarlier(deps, request);
    if (earlier !== undefined) return earlier;
    if (holder === undefined) continue;
    if ((await releaseDeadLease(deps, userId, holder)) === 'settled') continue;
    const job = await showJob(deps, userId, holder.id);
    throw new Problem(409, 'already_running', 'A sync of this source is already running.', { extra: { job } });
  }
  throw new Problem(409, 'already_running', 'A sync of this source is already running.');
}

/** The job with this key holds another source, or has ended. */
function orKeyTaken(error: unknown): undefined {
  if (!isKeyTaken(error)) throw error;
}

async function startWhenPrepared(deps: ApiDependencies, request: StartRequest, jobId: string): Promise<void> {
  const giveUpAt = performance.now() + preparingMs.longest;
  for (;;) {
    try {
      return await startWorkflow(deps, request, jobId);
    } catch (error) {
      if (!isUnprepared(error) || performance.now() > giveUpAt) throw error;
    }
    await sleep(preparingMs.between);
  }
}

/** Checks whether the namespace lacks the search attributes of jobs, which each worker registers when it starts. */
function isUnprepared(error: unknown): boolean {
  return isRefusal(error) && /search attribute/i.test(grpcErrorOf(error)?.details ?? '');
}

async function startWorkflow(deps: ApiDependencies, request: StartRequest, jobId: string): Promise<void> {
  const { source, userId, jobType, trigger, dryRun } = request;
  const keyword = SearchAttributeType.KEYWORD;
  const attributes = {
    UserId: userKey(userId),
    DataSourceId: source.id,
    SourceType: source.sourceType,
    JobType: jobType,
  };
  await deps.temporal.withDeadline(Date.now() + temporalTimeoutMs, () =>
    deps.temporal.workflow.start<typeof syncJob>(workflowTypes.syncJob, {
      taskQueue: deps.taskQueue,
      workflowId: workflowIds.job(jobId),
      args: [
        {
          dataSourceId: source.id,
          jobType,
          jobId,
          trigger,
          dryRun,
        },
      ],
      typedSearchAttributes: new TypedSearchAttributes(
        Object.entries(attributes).map(([name, value]) => ({ key: { name, type: keyword }, value })),
      ),
      staticSummary: `${definitionOf(source.sourceType).label}: ${jobType}${dryRun ? ' (plan)' : ''}`,
      priority: fairnessOf(userId),
    }),
  );
}

/** @throws Problem 404 */
export async function findJobOrRefuse(deps: ApiDependencies, userId: string, jobId: string): Promise<Job> {
  return found(await asUser(deps.db, userId, (trx) => findJobDetail(trx, jobId)), 'job');
}

/** A job as it is now, with its live progress. @throws Problem 404 */
export async function showJob(deps: ApiDependencies, userId: string, jobId: string) {
  return await serializeLive(deps, userId, await findJobOrRefuse(deps, userId, jobId));
}

/** The same for those who only watch: its progress may be a moment old, its status is not. @throws Problem 404 */
export async function watchJob(deps: ApiDependencies, userId: string, jobId: string) {
  return await serializeLive(deps, userId, found(await findWatchedJob(deps, userId, jobId), 'job'), watchedMs);
}

/** @throws Problem 404, or 409 if the job has not started or has ended */
export async function findRunningJobOrRefuse(deps: ApiDependencies, userId: string, jobId: string): Promise<Job> {
  const job = await findJobOrRefuse(deps, userId, jobId);
  if (job.status !== 'running') throw new Problem(409, 'wrong_state', `The job is not running (${job.status}).`);
  return job;
}

/**
 * A job with its live progress. If its workflow no longer exists, the job is ended first, so that no dead job shows as
 * running. @param maxAgeMs how old the progress may be, for those who only watch
 */
export async function serializeLive(
  deps: ApiDependencies,
  userId: string,
  job: Job,
  maxAgeMs = 0,
): Promise<ReturnType<typeof serializeJob>> {
  if (job.status !== 'pending' && job.status !== 'running') return serializeJob(job, deps.config, null);
  const { live, hasEnded } = await lookAtJob(deps, userId, job, maxAgeMs);
  if (hasEnded && (await releaseDeadLease(deps, userId, job)) === 'settled') {
    return serializeJob(await findJobOrRefuse(deps, userId, job.id), deps.config, null);
  }
  return serializeJob(job, deps.config, live);
}

/**
 * Sends an update. @throws Problem 409 with the workflow's own reason if it cannot accept the update, 503 without a
 * worker
 */
export async function sendUpdate(deps: ApiDependencies, job: Job, update: string, argument?: unknown): Promise<void> {
  const handle = deps.temporal.workflow.getHandle(job.workflowId ?? '');
  try {
    await deps.temporal.withDeadline(
      Date.now() + updateTimeoutMs,
      async () =>
        await (argument === undefined
          ? handle.executeUpdate(update)
          : handle.executeUpdate<void, [unknown]>(update, { args: [argument] })),
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      throw new Problem(
        503,
        'worker_unavailable',
        'No worker answered, so the job may not have received this. Check that Temporal and a worker are running, then look at the job.',
      );
    }
    if (error instanceof WorkflowUpdateFailedError) {
      throw new Problem(409, 'wrong_state', error.cause?.message ?? 'The job cannot do this in its current state.');
    }
    if (error instanceof WorkflowNotFoundError)
      throw new Problem(409, 'wrong_state', `The job is not running (${job.status}).`);
    throw error;
  }
}

/** Requests that a job stops. A job that has ended does not change. */
export async function cancelJob(deps: ApiDependencies, userId: string, job: Job): Promise<void> {
  if (job.status !== 'pending' && job.status !== 'running') return;
  try {
    const handle = deps.temporal.workflow.getHandle(job.workflowId ?? '');
    await deps.temporal.withDeadline(Date.now() + temporalTimeoutMs, () => handle.cancel());
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    await releaseDeadLease(deps, userId, job);
  }
}
