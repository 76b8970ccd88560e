import type { ActivityFunctionWithOptions } from '@temporalio/workflow';
import type { FoundRemovals, JobResume, ListedPages, ListRef, RecordedPage } from '../domain/contract.ts';
import { database } from './activity-options.ts';
import { failureReason, needsSignIn } from './failure-reason.ts';
import { isRunOver } from './next-run.ts';

/**
 * Listing activities after which a run continues as new: each adds 14 events to the parent's history, so a run stays
 * far below the limit of 51,200.
 */
const maxStepsPerRun = 100;
/** A listing that loses its position this many times is given up. */
const maxRestarts = 3;

/** An activity that lists the next pages of a job and records them in the ledger. */
export type ListActivity = ActivityFunctionWithOptions<(ref: ListRef) => Promise<Listed>>;
/**
 * Activities that list our own tables, and all those of earlier releases, list one page each and return no page count.
 */
type Listed = RecordedPage & Partial<Pick<ListedPages, 'pages'>>;

/** The pages that one activity has listed: the last one has the items, those before it have none left to process. */
export interface ListedStep {
  readonly pages: number;
  readonly items: number;
  readonly more: boolean;
  /** If absent, the page's workflow compares it. */
  readonly batches?: number;
  readonly found?: FoundRemovals;
  readonly isWholeJob?: true;
}

/** How far the pages of a job are listed. */
export class PageListing {
  nextPage: number;
  restarts: number;
  #first: ListedStep | undefined;
  #stepsThisRun = 0;

  constructor(from: Pick<JobResume, 'nextPage' | 'restarts'> | undefined) {
    this.nextPage = from?.nextPage ?? 1;
    this.restarts = from?.restarts ?? 0;
  }

  /** Takes the first page from the activity that has listed it. */
  begin(first: ListedStep | undefined): void {
    this.#first = first;
  }

  /** Whether the history is so long that the job has to continue as new. */
  isRunFull(): boolean {
    return this.#stepsThisRun > 0 && (isRunOver() || this.#stepsThisRun >= maxStepsPerRun);
  }

  /**
   * Runs one listing activity.
   * @returns `sign_in` if the vendor rejects the sign-in; `restarted` if the position was lost and the listing starts
   *   over
   */
  async next(list: ListActivity, job: Omit<ListRef, 'page'>): Promise<ListedStep | 'sign_in' | 'restarted'> {
    const ref = { ...job, page: this.nextPage };
    try {
      const listed = this.#first ?? (await list.executeWithOptions({ summary: `From page ${ref.page}` }, [ref]));
      this.#first = undefined;
      const step = { ...listed, pages: listed.pages ?? 1 };
      this.nextPage += step.pages;
      this.#stepsThisRun++;
      return step;
    } catch (error) {
      const reason = failureReason(error);
      if (needsSignIn(reason)) return 'sign_in';
      if (reason.remedy !== 'restart_full' || this.restarts >= maxRestarts) throw error;
      this.restarts++;
      await database.restartList({ ...ref, reason: reason.code });
      return 'restarted';
    }
  }
}
