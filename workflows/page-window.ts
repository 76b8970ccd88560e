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
  type FoundRemovals,
  type JobRef,
  type JobResume,
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
  /** Whether its failures count towards the failure threshold. Items that failed before are likely to fail again. */
  readonly isFresh: boolean;
  readonly isScans: boolean;
  /** If absent, its workflow compares the page. */
  readonly batches?: number | undefined;
  /** See `ListedPages`. */
  readonly isWholeJob?: true | undefined;
}

/** Starts one child workflow per page, at most `width` at a time, and records their results. */
export class PageWindow {
  /** Number of pages processed concurrently. */
  width: number;
  done = 0;
  /** The first failure of a page, if any. The others continue, but the job cannot count as complete. */
  failure: FailureReason | null = null;
  /** Set if nothing in this job can succeed any more. */
  fatal: FailureReason | null = null;
  /** Set if nothing can be requested from the vendor until somebody signs in again. */
  signInNeeded = false;
  /** Whether scans and pictures have been deferred that are not on a page yet. */
  hasScans = false;
  tally: FailureTally = noFailures;
  /** The removals that a page found if it was the whole job. */
  found: FoundRemovals | null = null;
  #paused = false;
  /** Pages that were interrupted by a lost sign-in. */
  readonly #again: Page[] = [];
  readonly #running = new Set<number>();

  constructor(width: number) {
    this.width = width;
  }

  /** Waits for a free slot, then starts the page. */
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
    // Not awaited, so that the listing continues while the page starts. It always has a handler, because a failed page
    // must not fail the job's own code.
    void executeChild(syncPage, {
      args: [
        {
          jobId: job.jobId,
          userId: job.userId,
          dataSourceId: job.dataSourceId,
          page: page.page,
          dryRun: page.dryRun,
          ...(page.isScans ? { isScans: true } : {}),
          ...(page.batches === undefined ? {} : { batches: page.batches }),
          ...(page.isWholeJob === true ? { isWholeJob: true } : {}),
        },
      ],
      workflowId: workflowIds.page(workflowInfo().workflowId, page.page),
      staticSummary: `Page ${page.page}`,
      // Set here also for jobs that were started by a schedule or a person without a priority, so that a user's pages
      // wait only for that user's pages.
      priority: fairnessOf(job.userId),
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    }).then(
      (end) => this.#ended(page, end),
      (error: unknown) => this.#broke(page, error),
    );
  }

  /** Waits until no page is running. */
  async drain(): Promise<void> {
    await condition(() => this.#running.size === 0);
  }

  /** Running pages stop after their current activity; no new page starts. */
  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
    const pages = [...this.#running].map((page) => workflowIds.page(workflowInfo().workflowId, page));
    // A page that has just ended needs no signal any more.
    await Promise.all(
      pages.map(
        async (id) =>
          await getExternalWorkflowHandle(id)
            .signal(pausePageSignal, paused)
            .catch(() => {}),
      ),
    );
  }

  /** Restores the state of an earlier run of the job; no page is running. */
  restore(from: JobResume): void {
    this.done = from.pagesDone;
    this.failure = from.failure;
    this.width = from.pagesAtOnce;
    this.tally = from.tally;
    this.hasScans = from.hasScans === true;
    this.#paused = from.paused;
  }

  /** Starts interrupted pages again after a sign-in. Work that they had finished is not repeated. */
  async startAgain(job: JobRef): Promise<void> {
    this.signInNeeded = false;
    for (const page of this.#again.splice(0)) await this.start(job, page);
  }

  /** `undefined` is the result of a page of the first release, which returned nothing. */
  #ended(page: Page, end: PageEnd | null | undefined): void {
    this.#running.delete(page.page);
    this.done++;
    this.hasScans ||= end?.hasScans === true;
    this.found = end?.found ?? null;
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
