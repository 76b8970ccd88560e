import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { asUser, type Transact } from '../../db/access/as-user.ts';
import { cancelOn } from '../../db/access/cancel-transaction.ts';
import { shareLease } from '../../db/jobs/job-lease.ts';
import { markNeedsSignIn } from '../../db/sources/credentials.ts';
import { noteWaiting } from '../../db/jobs/job-lifecycle.ts';
import { isSyncError, type SyncError } from '../../domain/errors.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { errorCode, loggedError } from '../../domain/logged-error.ts';
import { delayFor, outageSince, toFailure } from './failure.ts';
import { sizeAfter } from './parts.ts';
import { notifyWebhooks } from './notify-webhooks.ts';
import { isEmbedding, type ActivityAttempt } from './trouble.ts';
import type { Heartbeat, JobRef } from '../../domain/contract.ts';

/** An activity learns of its cancellation from the answer to a heartbeat. */
const heartbeatEveryMs = 2000;

/** The transactions of a step, bound to the user and the job of its input. */
export interface ActivityTransactions {
  /** Sees and changes only rows of the user. */
  readonly asUser: Transact;
  /**
   * The same for a step that writes, which requires that its job holds the lease. If the job was taken over or
   * cancelled, the step ends here and changes nothing. If the step is cancelled, so is the statement that it executes:
   * otherwise one that waits for a lock would hold the job's row, and the end of the job would wait for it.
   */
  readonly withJobLease: Transact;
}

/** The information that a step receives in addition to its input. */
export interface ActivityContext extends ActivityTransactions {
  /** Aborted when the job is cancelled or this attempt is given up. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** How many items of a batch are processed together: fewer after interrupted attempts; null for all. */
  readonly size: number | null;
}

/** How long cancelled work may take to stop, in milliseconds. After that, the activity ends without it. */
const noticeMs = 4000;

/**
 * Turns a step into an activity: it sends heartbeats (which show that it is alive, not its progress), records what it
 * waits for and converts the errors that it throws.
 */
export function activity<Input extends object, Result>(
  deps: ActivityDependencies,
  work: (input: Input, context: ActivityContext) => Promise<Result>,
): (input: Input) => Promise<Result> {
  return async (input) => {
    const info = activityInfo();
    const signal = cancellationSignal();
    const began = Date.now();
    const last = info.heartbeatDetails as Heartbeat | undefined;
    const { activityType, attempt } = info;
    const size = sizeAfter(last, attempt);
    let state: Heartbeat = { size, hasEnded: false, ...(last?.outage === undefined ? {} : { outage: last.outage }) };
    const beat = (): void => heartbeat(state);
    // Short steps are frequent and have no batch to divide. A first attempt needs no heartbeat at its start, because the
    // one after it sees that there was none.
    if ('batch' in input && attempt > 1) beat();
    const timer = setInterval(beat, heartbeatEveryMs);
    const workflowId = info.workflowExecution?.workflowId ?? '';
    const at = { workflowId, activityType, attempt, since: new Date(info.scheduledTimestampMs) };
    try {
      const context = { ...transactionsOf(deps, input, signal), signal, attempt, size };
      const result = await orCancelled(work(input, context), signal);
      if (attempt > 1 && isJobRef(input)) await deps.troubles.succeeded(at);
      return result;
    } catch (error) {
      if (error instanceof CancelledFailure) throw error;
      if (signal.aborted) throw signal.reason;
      const now = Date.now();
      const since = outageSince(last?.outage, began, now);
      const failure = toFailure(error, { attempt, failingMs: now - since });
      const outage = { since, nextAttemptAt: now + msOf(failure.nextRetryDelay) };
      // The timer repeats it while the failure is reported, which takes a while if the database or Temporal is slow.
      state = { size, hasEnded: true, ...(isRateLimited(error) ? {} : { outage }) };
      beat();
      await report(deps, input, { error, failure, at, began });
      throw failure;
    } finally {
      clearInterval(timer);
    }
  };
}

/** Tells operators and the job's owner of a failed attempt. It does not throw. */
async function report(
  deps: ActivityDependencies,
  input: object,
  failed: {
    readonly error: unknown;
    readonly failure: ApplicationFailure;
    readonly at: ActivityAttempt;
    /** In milliseconds since 1970. */
    readonly began: number;
  },
): Promise<void> {
  const { error, failure, at, began } = failed;
  logFailure(deps, at.activityType, input, error);
  if (!isJobRef(input)) return;
  if (isSyncError(error)) await noteIfPossible(deps, input, error, at, began);
  const isTrouble = failure.nonRetryable !== true && !isRateLimited(error);
  if (isTrouble) await deps.troubles.failed(at, error, msOf(failure.nextRetryDelay));
}

/**
 * A client that ignores the signal must not delay the cancellation of a job. Results that it still returns are
 * rejected, because the job has ended.
 */
async function orCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: cancelled, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => reject(signal.reason as Error), noticeMs);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    work.catch(() => {});
  }
}

/** @param ref without a user (walks over all users), its transactions see nothing; without a job, there is no lease */
export function transactionsOf(
  { db, reserve }: Pick<ActivityDependencies, 'db' | 'reserve'>,
  ref: object,
  signal: AbortSignal,
): ActivityTransactions {
  const { userId = '', jobId = '' } = ref as Partial<JobRef>;
  return {
    asUser: async (work) => await asUser(db, userId, work),
    withJobLease: async (work) =>
      await asUser(db, userId, async (trx) => {
        const transaction = await shareLease(trx, jobId);
        if (transaction === null) {
          throw ApplicationFailure.create({
            type: 'job_ended',
            message: 'The job has ended or another one has taken over its source.',
            nonRetryable: true,
          });
        }
        using _cancelling = cancelOn(signal, reserve, transaction);
        return await work(trx);
      }),
  };
}

/** Rate limits are shown separately, because their end is known. */
function isRateLimited(error: unknown): boolean {
  return isSyncError(error) && (error.kind === 'rate_limited' || error.kind === 'quota_exhausted');
}

/** Our delays are always numbers. */
function msOf(delay: ApplicationFailure['nextRetryDelay']): number {
  return typeof delay === 'number' ? delay : 0;
}

/** If the database does not answer either, that must not hide the original error. */
async function noteIfPossible(...[deps, job, error, at, began]: Parameters<typeof note>): Promise<void> {
  await note(deps, job, error, at, began).catch((problem: unknown) => {
    deps.logger.warn({ jobId: job.jobId, code: errorCode(problem) }, 'what the step waits for was not recorded');
  });
}

/** Records what an error means beyond this step: the job waits until a time, or the source needs a person. */
async function note(
  deps: ActivityDependencies,
  job: JobRef,
  error: SyncError,
  { attempt, activityType }: Pick<ActivityAttempt, 'attempt' | 'activityType'>,
  began: number,
): Promise<void> {
  if (error.remedy === 'sign_in') {
    const { message } = error;
    await asUser(deps.db, job.userId, (trx) =>
      markNeedsSignIn(trx, job.dataSourceId, { sinceMs: Date.now() - began, message }),
    );
    await notifyWebhooks(deps, job.userId);
  }
  if (error.kind !== 'rate_limited' && error.kind !== 'quota_exhausted') return;
  const reason = error.kind === 'rate_limited' ? 'rate_limit' : 'quota';
  const of = isEmbedding(activityType) ? 'embedder' : 'source';
  const until = new Date(Date.now() + delayFor(error, attempt));
  await asUser(deps.db, job.userId, (trx) => noteWaiting(trx, job.jobId, { reason, of, until }));
}

function isJobRef(input: object): input is JobRef {
  return 'jobId' in input && 'userId' in input && typeof input.jobId === 'string' && typeof input.userId === 'string';
}

/** The ids by which log lines are found. */
function idsOf(input: JobRef & { readonly page?: number; readonly batch?: number }) {
  const { jobId, dataSourceId, page, batch } = input;
  return { jobId, dataSourceId, page, batch };
}

function logFailure(deps: ActivityDependencies, activityType: string, input: object, error: unknown): void {
  const job = isJobRef(input) ? idsOf(input) : {};
  deps.logger.warn({ activityType, ...job, ...loggedError(error) }, 'step failed');
}
