import {
  ChildWorkflowCancellationType,
  condition,
  executeChild,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import type { JobRef } from '../activities/dependencies.ts';
import { workflowIds } from '../domain/contract.ts';
import { type FailureReason, failureReason, isFatal } from './failure-reason.ts';
import { syncPage } from './sync-page.ts';

/** Starts one child workflow for each page, at most `width` at a time, and remembers what became of them. */
export class PageWindow {
  /** Pages under way at once. */
  width: number;
  done = 0;
  /** The first page that failed, if any: the others go on, but the job cannot count as complete. */
  failure: FailureReason | null = null;
  /** Set when nothing of this job can succeed any more. */
  fatal: FailureReason | null = null;
  #running = 0;

  constructor(width: number) {
    this.width = width;
  }

  /** Waits for a place, then starts the page. */
  async start(job: JobRef, page: number, dryRun: boolean): Promise<void> {
    await condition(() => this.#running < this.width || this.fatal !== null);
    if (this.fatal !== null) return;
    this.#running++;
    // Not awaited: the listing goes on while the page starts. Never left without a handler: a failed page must not fail
    // the job's own code.
    void executeChild(syncPage, {
      args: [{ jobId: job.jobId, userId: job.userId, dataSourceId: job.dataSourceId, page, dryRun }],
      workflowId: workflowIds.page(workflowInfo().workflowId, page),
      staticSummary: `Page ${page}`,
      // Also of a job that a schedule or a person started, who name none: the pages of one user wait for those of the same.
      priority: { fairnessKey: job.userId },
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    }).then(
      () => this.#ended(null),
      (error: unknown) => this.#ended(error),
    );
  }

  /** Waits until no page is under way. */
  async drain(): Promise<void> {
    await condition(() => this.#running === 0);
  }

  #ended(error: unknown): void {
    this.#running--;
    this.done++;
    if (error === null || isCancellation(error)) return;
    const reason = failureReason(error);
    this.failure ??= reason;
    if (isFatal(reason)) this.fatal ??= reason;
  }
}
