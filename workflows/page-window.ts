import {
  ChildWorkflowCancellationType,
  condition,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import {
  pausePageSignal,
  workflowIds,
  type JobRef,
  type PageEnd,
  type FailureReason,
  type FailureTally,
} from '../domain/contract.ts';
import { failureReason, isFatal, needsSignIn } from './failure-reason.ts';
import { addPage, noFailures, stopReason } from './failure-threshold.ts';
import { syncPage } from './sync-page.ts';
import { fairnessOf } from '../domain/user-key.ts';

export interface Page {
  readonly page: number;
  readonly dryRun: boolean;
  /** Do its failures count for the stop rule? What failed before may well fail again. */
  readonly isFresh: boolean;
  readonly isScans: boolean;
}

/** Starts one child workflow for each page, at most `width` at a time, and remembers what became of them. */
export class PageWindow {
  /** Pages under way at once. */
  width: number;
  done = 0;
  /** The first page that failed, if any: the others go on, but the job cannot count as complete. */
  failure: FailureReason | null = null;
  /** Set when nothing of this job can succeed any more. */
  fatal: FailureReason | null = null;
  /** Set when nothing can be asked of the vendor before somebody has signed in again. */
  signInNeeded = false;
  /** Whether scans and pictures have been put aside that are on no page yet. */
  hasScans = false;
  tally: FailureTally = noFailures;
  #paused = false;
  /** Pages that a lost sign-in broke off. */
  readonly #again: Page[] = [];
  readonly #running = new Set<number>();

  constructor(width: number) {
    this.width = width;
  }

  /** Waits for a place, then starts the page. */
  async start(job: JobRef, page: Page): Promise<void> {
    await condition(
      () => (this.#running.size < (page.isScans ? 1 : this.width) && !this.#paused) || this.fatal !== null,
    );
    if (this.fatal !== null) return;
    if (this.signInNeeded) {
      this.#again.push(page);
      return;
    }
    this.#running.add(page.page);
    // Not awaited: the listing goes on while the page starts. Never left without a handler: a failed page must not fail
    // the job's own code.
    void executeChild(syncPage, {
      args: [
        {
          jobId: job.jobId,
          userId: job.userId,
          dataSourceId: job.dataSourceId,
          page: page.page,
          dryRun: page.dryRun,
          ...(page.isScans ? { isScans: true } : {}),
        },
      ],
      workflowId: workflowIds.page(workflowInfo().workflowId, page.page),
      staticSummary: `Page ${page.page}`,
      // Also of a job that a schedule or a person started, who name none: the pages of one user wait for those of the same.
      priority: fairnessOf(job.userId),
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    }).then(
      (end) => this.#ended(page, end),
      (error: unknown) => this.#broke(page, error),
    );
  }

  /** Waits until no page is under way. */
  async drain(): Promise<void> {
    await condition(() => this.#running.size === 0);
  }

  /** Pages under way stop after the step they are at, and begin none. */
  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
    const pages = [...this.#running].map((page) => workflowIds.page(workflowInfo().workflowId, page));
    // A page that has just ended needs no word any more.
    await Promise.all(
      pages.map(
        async (id) =>
          await getExternalWorkflowHandle(id)
            .signal(pausePageSignal, paused)
            .catch(() => {}),
      ),
    );
  }

  /** A window that goes on in a new run: nothing is under way. */
  startPaused(): void {
    this.#paused = true;
  }

  /** Somebody has signed in: what was broken off goes on. What those pages had finished, they do not do again. */
  async startAgain(job: JobRef): Promise<void> {
    this.signInNeeded = false;
    for (const page of this.#again.splice(0)) await this.start(job, page);
  }

  /** `undefined`: a page of the first release, which said nothing. */
  #ended(page: Page, end: PageEnd | null | undefined): void {
    this.#running.delete(page.page);
    this.done++;
    this.hasScans ||= end?.hasScans === true;
    if (end === null || end === undefined || !page.isFresh) return;
    this.tally = addPage(this.tally, end);
    const reason = stopReason(this.tally);
    if (reason !== null) this.fatal ??= reason;
  }

  #broke(page: Page, error: unknown): void {
    this.#running.delete(page.page);
    const reason = failureReason(error);
    if (!isCancellation(error) && needsSignIn(reason)) {
      this.signInNeeded = true;
      this.#again.push(page);
      return;
    }
    this.done++;
    if (isCancellation(error)) return;
    this.failure ??= reason;
    if (isFatal(reason)) this.fatal ??= reason;
  }
}
