/** Steps that fail again and again are seen: what fails, since when, how often, what to do. The job's workflow shows it. */

import type { Client } from '@temporalio/client';
import { sqlStateOf } from '../../db/access/data-error.ts';
import { type Trouble, type TroubleReason, troubleSignal, type TroubleOver } from '../../domain/contract.ts';
import { isSyncError } from '../../domain/errors.ts';
import { errorCode } from './failure.ts';

/** One failure may be chance, and is repeated within a second. */
const firstReportedAttempt = 2;
/** The same trouble of a job is reported again after this, in milliseconds: each report stands in the workflow's history. */
const reportEveryMs = 30_000;
/** An attempt that hangs reports nothing meanwhile. */
const maxAttemptMs = 10 * 60_000;
/** After so many attempts another process may have reported what this one's success ends. */
const attemptsOfOthers = 3;
const noteTimeoutMs = 3000;
const forgottenAfterMs = 2 * 3_600_000;

export interface StepAttempt {
  readonly workflowId: string;
  readonly activityType: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** When the first attempt was due. */
  readonly since: Date;
}

export interface TroubleReports {
  /** Never throws: a report that is lost hides no error. @param delayMs until the next attempt */
  failed(step: StepAttempt, error: unknown, delayMs: number): Promise<void>;
  succeeded(step: StepAttempt): Promise<void>;
}

/** What this process has reported is kept here, so that it is reported seldom and ended when the step goes through. */
export function createTroubleReports(temporal: Client): TroubleReports {
  const reported = new Map<string, { readonly reason: TroubleReason; readonly at: number }>();
  const report = async (workflowId: string, trouble: Trouble | TroubleOver): Promise<void> => {
    const signal = async (): Promise<void> =>
      await temporal.workflow.getHandle(jobOf(workflowId)).signal(troubleSignal, trouble);
    // A report is worth no waiting: the step's own failure is on its way to Temporal too.
    await temporal.withDeadline(Date.now() + noteTimeoutMs, signal).catch(() => {});
  };
  return {
    failed: async (step, error, delayMs) => {
      if (step.attempt < firstReportedAttempt) return;
      const { reason, message } = troubleOf(step.activityType, error);
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

function keyOf({ workflowId, activityType }: StepAttempt): string {
  return `${jobOf(workflowId)} ${activityType}`;
}

/** The steps of a page run in a workflow of its own, below the job's. */
function jobOf(workflowId: string): string {
  return workflowId.replace(/\/page\/\d+$/, '');
}

const embedding = new Set(['embedBatch', 'moveSomeVectors', 'repairVectors']);
const fullDisk = new Set(['ENOSPC', 'EDQUOT', '53100']);
const lostConnection = /timeout exceeded when trying to connect|Connection terminated/;

/** What fails, and what a person can do about it. Words of unknown errors are not shown: they may quote anything (P7). */
export function troubleOf(activityType: string, error: unknown): Pick<Trouble, 'reason' | 'message'> {
  const reason = reasonOf(activityType, error);
  const said = isSyncError(error) ? error.message : `The step failed (${errorCode(error)}).`;
  return { reason, message: `${said} ${remedies[reason]}` };
}

function reasonOf(activityType: string, error: unknown): TroubleReason {
  if (isSyncError(error)) {
    if (error.code.startsWith('vector')) return 'vector_store';
    if (error.code.startsWith('staged')) return 'staging';
    return embedding.has(activityType) ? 'embedder' : 'vendor';
  }
  const code = errorCode(error);
  if (fullDisk.has(code)) return 'disk_full';
  const isOfDatabase = sqlStateOf(error) !== null || /^E(?:CONN|HOST|PIPE|TIMEDOUT|AI_)/.test(code);
  if (isOfDatabase || (Error.isError(error) && lostConnection.test(error.message))) return 'database';
  return /^E[A-Z]+$/.test(code) ? 'staging' : 'internal';
}

const remedies = {
  embedder: 'See that the embedding server runs and that its address and key are right. The job goes on by itself.',
  vector_store: 'See that the vector store answers. The job goes on by itself.',
  vendor: 'The vendor is asked again at growing distances. The job goes on by itself.',
  database: 'See that PostgreSQL runs and has room for connections. The job goes on by itself.',
  staging: 'See that the workers can read and write their DATA_DIR. The job goes on by itself.',
  disk_full: 'Make room on the disk of the database or of DATA_DIR. The job goes on by itself.',
  internal: 'It is tried again; the worker’s log has the details.',
} as const satisfies Record<TroubleReason, string>;
