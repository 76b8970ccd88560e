/**
 * Reports activities that keep failing: what fails, since when, how often, and what to do. The job's workflow shows it.
 */

import type { Client } from '@temporalio/client';
import { isReadOnly, lacksMigrations } from '../../db/access/reach.ts';
import { type Trouble, type TroubleReason, troubleSignal, type TroubleOver } from '../../domain/contract.ts';
import { isSyncError } from '../../domain/errors.ts';
import type { SyncMetrics } from '../../platform/sync-metrics.ts';
import { describeUnknown, reasonOfUnknown } from './unknown-error.ts';

/** A first failure may be a coincidence, and is retried within a second. */
const firstReportedAttempt = 2;
/**
 * The same problem of a job is reported again after this time, in milliseconds, because each report is recorded in the
 * workflow's history.
 */
const reportEveryMs = 30_000;
/** An attempt that hangs sends no reports for up to this long, in milliseconds. */
const maxAttemptMs = 10 * 60_000;
/** From this attempt on, another process may have reported the problem that this one's success ends. */
const attemptsOfOthers = 3;
const noteTimeoutMs = 3000;
const forgottenAfterMs = 2 * 3_600_000;

export interface ActivityAttempt {
  readonly workflowId: string;
  readonly activityType: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** When the first attempt was scheduled. */
  readonly since: Date;
}

export interface TroubleReports {
  /** Never throws, so that a lost report does not hide the error. @param delayMs until the next attempt */
  failed(step: ActivityAttempt, error: unknown, delayMs: number): Promise<void>;
  succeeded(step: ActivityAttempt): Promise<void>;
}

/**
 * Remembers what this process has reported, so that it reports at intervals and reports the end when the activity
 * succeeds.
 */
export function createTroubleReports(temporal: Client, metrics: Pick<SyncMetrics, 'stepFailed'>): TroubleReports {
  const reported = new Map<string, { readonly reason: TroubleReason; readonly at: number }>();
  const report = async (workflowId: string, trouble: Trouble | TroubleOver): Promise<void> => {
    const signal = (): Promise<void> => temporal.workflow.getHandle(jobOf(workflowId)).signal(troubleSignal, trouble);
    // The report must not delay the activity's own failure, which is also on its way to Temporal.
    await temporal.withDeadline(Date.now() + noteTimeoutMs, signal).catch(() => {});
  };
  return {
    failed: async (step, error, delayMs) => {
      const { reason, message } = troubleOf(step.activityType, error);
      metrics.stepFailed(step.activityType, reason);
      if (step.attempt < firstReportedAttempt) return;
      const key = keyOf(step);
      const now = Date.now();
      const last = reported.get(key);
      if (last?.reason === reason && now - last.at < reportEveryMs) return;
      for (const [old, { at }] of reported) if (now - at > forgottenAfterMs) reported.delete(old);
      reported.set(key, { reason, at: now });
      const until = new Date(now + delayMs + maxAttemptMs).toISOString();
      const { activityType, attempt, since } = step;
      const trouble = { step: activityType, reason, since: since.toISOString(), attempts: attempt, message, until };
      await report(step.workflowId, trouble);
    },
    succeeded: async (step) => {
      if (reported.delete(keyOf(step)) || step.attempt >= attemptsOfOthers)
        await report(step.workflowId, { over: step.activityType });
    },
  };
}

function keyOf({ workflowId, activityType }: ActivityAttempt): string {
  return `${jobOf(workflowId)} ${activityType}`;
}

/** The activities of a page run in a child workflow of the job. */
function jobOf(workflowId: string): string {
  return workflowId.replace(/\/page\/\d+$/, '');
}

const embedding = new Set(['embedBatch', 'moveSomeVectors', 'repairVectors']);
/**
 * Says what fails and what a person can do about it. Messages of unknown errors are not shown, because they may quote
 * anything (P7).
 */
export function troubleOf(activityType: string, error: unknown): Pick<Trouble, 'reason' | 'message'> {
  const reason = reasonOf(activityType, error);
  const said = isSyncError(error) ? error.message : describeUnknown(error);
  return { reason, message: `${said} ${remedyFor(reason, error)}` };
}

function remedyFor(reason: TroubleReason, error: unknown): string {
  if (lacksMigrations(error)) return unmigrated;
  return isReadOnly(error) ? readOnly : remedies[reason];
}

/** Whether an activity that fails does so because of its embedder rather than its source. */
export function isEmbedding(activityType: string): boolean {
  return embedding.has(activityType);
}

function reasonOf(activityType: string, error: unknown): TroubleReason {
  if (isSyncError(error)) {
    if (error.code.startsWith('vector')) return 'vector_store';
    if (error.code.startsWith('stag')) return 'staging';
    return embedding.has(activityType) ? 'embedder' : 'vendor';
  }
  return reasonOfUnknown(error);
}

const unmigrated =
  'The database is not migrated to the release of the workers: run `npm run migrate`. The job then continues automatically.';
const readOnly =
  'The database accepts no changes, as a standby does: check that DATABASE_URL leads to the primary. The job then continues automatically.';
const remedies = {
  embedder:
    'Check that the embedding server is running and that its address and key are correct. The job then continues automatically.',
  vector_store: 'Check that the vector store is reachable. The job then continues automatically.',
  vendor: 'The vendor is retried at increasing intervals. The job continues automatically.',
  database: 'Check that PostgreSQL is running and accepts more connections. The job then continues automatically.',
  staging:
    'Check that the workers can read and write their DATA_DIR, or the bucket of STAGING_S3_BUCKET. The job then continues automatically.',
  disk_full: 'Free up disk space for the database or DATA_DIR. The job then continues automatically.',
  internal: 'It is retried. Details are in the worker log.',
} as const satisfies Record<TroubleReason, string>;
