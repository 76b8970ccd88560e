import { type ActivityFunctionWithOptions, condition, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import {
  type RemovalDecision,
  type SpeedChange,
  type SyncProgress,
  type PageRef,
  type ListedPages,
  type JobEnd,
  type RecordedPage,
  type JobMode,
  type Trouble,
  type SweepPlan,
  type JobPhase,
  type JobResume,
  type TroubleOver,
} from '../domain/contract.ts';
import { database, listing } from './activity-options.ts';
import { failureReason, needsSignIn } from './failure-reason.ts';
import { PageWindow } from './page-window.ts';
import { speedProblem } from './speed.ts';

/**
 * Listing activities after which a run continues as new: each adds 14 events to the parent's history, so a run stays
 * far below the limit of 51,200.
 */
const stepsPerRun = 100;
const pagesInWindow = 4;
/**
 * How long a job that waits for a sign-in relies on the signal before it checks for itself, because the signal may be
 * lost.
 */
const firstLookMs = 60_000;
const rarestLookMs = 6 * 3_600_000;
/** A listing that loses its position this many times is given up. */
const restartsAllowed = 3;

type ListActivity = ActivityFunctionWithOptions<(ref: PageRef) => Promise<Listed>>;
/**
 * Activities that list our own tables, and all those of earlier releases, list one page each and return no page count.
 */
type Listed = RecordedPage & Partial<Pick<ListedPages, 'pages'>>;
export interface RunningJob {
  readonly jobId: string;
  readonly userId: string;
  readonly dataSourceId: string;
  readonly mode: JobMode;
  readonly dryRun: boolean;
  /**
   * Whether to include items that failed in earlier jobs or whose transformations changed; false in a job for specific
   * items.
   */
  readonly retries: boolean;
}

/** State and rules of one job; the workflow function connects it to Temporal's messages. */
export class JobRun {
  swept: boolean;
  #job: RunningJob | null = null;
  #stage: SyncProgress['stage'] = 'opening';
  #phase: JobPhase;
  #nextPage: number;
  #stepsThisRun = 0;
  #restarts: number;
  #paused: boolean;
  #waitsForSignIn = false;
  #signedIn = false;
  #held: { readonly removals: number; readonly of: number } | null = null;
  #decision: RemovalDecision | null;
  /** By step, the most recent last. */
  readonly #troubles = new Map<string, Trouble>();
  /**
   * The number of items that the job considers deleted, and how many of them must be confirmed with the vendor first.
   */
  #removals: number;
  #toConfirm: number;
  readonly #window = new PageWindow(pagesInWindow);

  constructor(from: JobResume | undefined) {
    this.#phase = from?.phase ?? 'listing';
    this.#nextPage = from?.nextPage ?? 1;
    this.#restarts = from?.restarts ?? 0;
    this.#decision = from?.decision ?? null;
    this.#paused = from?.paused ?? false;
    this.#removals = from?.removals ?? 0;
    this.#toConfirm = from?.toConfirm ?? 0;
    this.swept = from?.swept ?? false;
    this.#window.done = from?.pagesDone ?? 0;
    this.#window.failure = from?.failure ?? null;
    if (from !== undefined) {
      this.#window.width = from.pagesAtOnce;
      this.#window.tally = from.tally;
      this.#window.hasScans = from.hasScans === true;
    }
    if (this.#paused) this.#window.startPaused();
  }

  begin(job: RunningJob): void {
    this.#job = job;
  }

  /** Runs phase after phase. @returns false if it has to continue in a new run, from its `state` */
  async toEnd(): Promise<boolean> {
    const job = this.#running();
    if (this.#phase === 'listing') {
      if (!(await this.#pages('listing', 'gaps', listOf(job.mode)))) return await this.#stopped();
    }
    if (this.#phase === 'gaps') {
      // A request for all failed items includes the containers that could not be listed.
      const go = job.mode !== 'manual' || !job.retries || (await this.#pages('listing', 'removals', listing.listPage));
      if (!go) return await this.#stopped();
      this.#phase = 'removals';
    }
    if (this.#phase === 'removals') await this.#findRemovals();
    if (this.#phase === 'retries') {
      const go = !job.retries || (await this.#pages('processing', 'stale', database.listRetries));
      if (!go) return await this.#stopped();
      this.#phase = 'stale';
    }
    if (this.#phase === 'stale') {
      const go = !job.retries || (await this.#pages('processing', 'confirm', database.listStale));
      if (!go) return await this.#stopped();
      this.#phase = 'confirm';
    }
    if (this.#phase === 'confirm') {
      const go =
        !this.#removes() || this.#toConfirm === 0 || (await this.#pages('sweeping', 'sweep', listing.confirmRemovals));
      if (!go) return await this.#stopped();
      this.#phase = 'sweep';
      await this.#drain();
    }
    if (this.#phase === 'sweep') {
      if (!(await this.#sweep())) return await this.#stopped();
    }
    if (this.#phase === 'scans') {
      if (!(await this.#scans())) return await this.#stopped();
    }
    await this.#drain();
    return true;
  }

  /** The state from which a new run continues. */
  state(): JobResume {
    return {
      phase: this.#phase,
      nextPage: this.#nextPage,
      pagesDone: this.#window.done,
      restarts: this.#restarts,
      decision: this.#decision,
      swept: this.swept,
      paused: this.#paused,
      failure: this.#window.failure,
      removals: this.#removals,
      toConfirm: this.#toConfirm,
      pagesAtOnce: this.#window.width,
      tally: this.#window.tally,
      hasScans: this.#window.hasScans,
    };
  }

  outcome(): JobEnd {
    const failure = this.#window.fatal ?? this.#window.failure;
    if (failure === null) return { status: 'completed', errorCode: null, errorMessage: null };
    return { status: 'failed', errorCode: failure.code, errorMessage: failure.message };
  }

  progress(): SyncProgress {
    return {
      stage: this.#held === null ? this.#stage : 'held',
      pagesListed: this.#nextPage - 1,
      pagesDone: this.#window.done,
      listingComplete: this.#phase !== 'listing' && this.#phase !== 'gaps',
      waitingFor: this.#waitingFor(),
    };
  }

  async drain(): Promise<void> {
    await this.#window.drain();
  }

  checkDecision(decision: unknown): void {
    if (decision !== 'approve' && decision !== 'keep') throw new Error('The decision must be "approve" or "keep".');
    if (this.#held === null) throw new Error('This job holds no removals, so there is nothing to decide.');
  }

  decide(decision: RemovalDecision): void {
    this.#decision = decision;
  }

  checkCanPause(): void {
    if (this.#paused) throw new Error('The job is already paused.');
    if (this.#stage === 'closing' || this.#stage === 'done') throw new Error('The job is about to end.');
  }

  async pause(): Promise<void> {
    this.#paused = true;
    this.#showDetails();
    await this.#window.pause(this.#paused);
  }

  checkCanResume(): void {
    if (!this.#paused) throw new Error('The job is not paused.');
  }

  async resume(): Promise<void> {
    this.#paused = false;
    this.#showDetails();
    await this.#window.pause(this.#paused);
  }

  checkSpeed(change: SpeedChange | undefined): void {
    const problem = speedProblem(change);
    if (problem !== null) throw new Error(problem);
    if (this.#job === null) throw new Error('The job is still starting. Try again in a moment.');
    if (this.#stage === 'closing' || this.#stage === 'done') throw new Error('The job is about to end.');
  }

  async changeSpeed(change: SpeedChange): Promise<void> {
    if (change.pagesAtOnce !== undefined) this.#window.width = change.pagesAtOnce ?? pagesInWindow;
    const { jobId, userId, dataSourceId } = this.#running();
    await database.saveSpeed({ jobId, userId, dataSourceId, speed: change });
  }

  /** A sign-in may have happened. */
  signedIn(): void {
    this.#signedIn = true;
  }

  /** An activity keeps failing, or has recovered. */
  trouble(news: Trouble | TroubleOver): void {
    this.#troubles.delete('over' in news ? news.over : news.step);
    if (!('over' in news)) this.#troubles.set(news.step, news);
    if (this.#stage !== 'done') this.#showDetails();
  }

  closing(): void {
    this.#stage = 'closing';
  }

  finish(details: string): void {
    this.#stage = 'done';
    setCurrentDetails(details);
  }

  /** Lists page after page and starts each. @returns false if the run should continue as new */
  async #pages(stage: SyncProgress['stage'], then: JobPhase, list: ListActivity): Promise<boolean> {
    this.#stage = stage;
    for (;;) {
      await condition(() => !this.#paused);
      if (this.#window.signInNeeded) await this.#signIn();
      if (this.#window.fatal !== null) break;
      if (this.#isRunFull()) return false;
      const page = await this.#list(list);
      if (page === null) continue;
      this.#showDetails();
      if (!page.more) break;
    }
    this.#phase = then;
    return true;
  }

  /** Runs one listing activity. @returns null if the position was lost and the listing starts over */
  async #list(list: ListActivity): Promise<Listed | null> {
    const ref = this.#ref();
    try {
      const listed = await list.executeWithOptions({ summary: `From page ${ref.page}` }, [ref]);
      const { pages = 1 } = listed;
      this.#nextPage += pages;
      this.#stepsThisRun++;
      this.#window.done += listed.items > 0 ? pages - 1 : pages;
      if (listed.items > 0) await this.#start({ ...ref, page: this.#nextPage - 1 });
      return listed;
    } catch (error) {
      const reason = failureReason(error);
      if (needsSignIn(reason)) {
        this.#window.signInNeeded = true;
        return null;
      }
      if (reason.remedy !== 'restart_full' || this.#restarts >= restartsAllowed) throw error;
      this.#restarts++;
      await database.restartList({ ...ref, reason: reason.code });
      return null;
    }
  }

  async #start({ page, dryRun }: PageRef): Promise<void> {
    const { mode } = this.#running();
    const isFresh = (this.#phase === 'listing' || this.#phase === 'gaps') && mode !== 'manual' && mode !== 'reprocess';
    await this.#window.start(this.#running(), { page, dryRun, isFresh, isScans: this.#phase === 'scans' });
  }

  /** Waits until all pages have ended and none has to be repeated after a lost sign-in. */
  async #drain(): Promise<void> {
    await this.#window.drain();
    while (this.#window.signInNeeded && this.#window.fatal === null) {
      await this.#signIn();
      await this.#window.drain();
    }
  }

  /**
   * Waits until somebody has signed in, for weeks if necessary; waiting costs nothing. Then continues where it stopped.
   */
  async #signIn(): Promise<void> {
    const { jobId, userId, dataSourceId } = this.#running();
    for (let wait = firstLookMs; ; wait = Math.min(wait * 2, rarestLookMs)) {
      this.#signedIn = false;
      if (await database.lookForSignIn({ jobId, userId, dataSourceId })) break;
      this.#waitsForSignIn = true;
      this.#showDetails();
      await condition(() => this.#signedIn, wait);
    }
    this.#waitsForSignIn = false;
    this.#showDetails();
    await this.#window.startAgain(this.#running());
  }

  /**
   * Finds what was deleted after all pages are done. This comes before later phases, so that they do nothing more with
   * deleted items.
   */
  async #findRemovals(): Promise<void> {
    await this.#drain();
    if (this.#removes()) {
      const { jobId, userId, dataSourceId } = this.#running();
      const { removals, toConfirm } = await database.findRemovals({ jobId, userId, dataSourceId });
      this.#removals = removals;
      this.#toConfirm = toConfirm;
    }
    this.#phase = 'retries';
  }

  /** A plan removes nothing, and neither does a job that failed in part or one that listed nothing at its source. */
  #removes(): boolean {
    const { dryRun, mode } = this.#running();
    return !dryRun && mode !== 'reprocess' && this.#window.failure === null && this.#window.fatal === null;
  }

  /**
   * Removes deleted items. A job that would remove too much waits until a person has decided, for days if necessary;
   * waiting costs nothing, and all other work is done by then.
   */
  async #sweep(): Promise<boolean> {
    const job = this.#running();
    if (!this.#removes()) return this.#swept();
    this.#stage = 'sweeping';
    const plan = this.#removals === 0 ? nothingToRemove : await database.planSweep(job);
    if (plan.needsApproval && this.#decision === null) {
      this.#held = { removals: plan.removals, of: plan.known };
      this.#showDetails();
      await condition(() => this.#decision !== null);
      this.#held = null;
      await database.recordDecision({ ...job, ...plan, decision: this.#decision ?? 'keep' });
    }
    if (plan.needsApproval && this.#decision === 'keep') return this.#swept();
    this.swept = true;
    return plan.removals === 0 ? this.#swept() : await this.#pages('sweeping', 'scans', database.listSweep);
  }

  #swept(): boolean {
    this.#phase = 'scans';
    return true;
  }

  /**
   * Text is recognized after all other items and removals, so that it delays nothing: it takes seconds per page. If no
   * page has deferred anything, nothing is requested.
   */
  async #scans(): Promise<boolean> {
    await this.#drain();
    if (this.#window.hasScans) return await this.#pages('processing', 'end', database.listScans);
    this.#phase = 'end';
    return true;
  }

  #ref(): PageRef {
    const { jobId, userId, dataSourceId, dryRun } = this.#running();
    return { jobId, userId, dataSourceId, dryRun, page: this.#nextPage };
  }

  #running(): RunningJob {
    if (this.#job === null) throw new Error('The job was used before it was opened.');
    return this.#job;
  }

  #isRunFull(): boolean {
    return this.#stepsThisRun > 0 && (workflowInfo().continueAsNewSuggested || this.#stepsThisRun >= stepsPerRun);
  }

  async #stopped(): Promise<false> {
    await this.#drain();
    return false;
  }

  #waitingFor(): SyncProgress['waitingFor'] {
    if (this.#held !== null) return { reason: 'approval', ...this.#held };
    if (this.#waitsForSignIn) return { reason: 'sign_in' };
    return this.#paused ? { reason: 'pause' } : this.#latestTrouble();
  }

  /** A step that was not reported again in time has succeeded on another worker. */
  #latestTrouble(): Trouble | null {
    const now = Date.now();
    return [...this.#troubles.values()].findLast(({ until }) => Date.parse(until) > now) ?? null;
  }

  #showDetails(): void {
    if (this.#held !== null) {
      const { removals, of } = this.#held;
      setCurrentDetails(
        `**Held**: ${removals} of ${of} items are no longer at the source. Approve their removal or keep them with the update \`decideRemovals\` with \`"approve"\` or \`"keep"\`.`,
      );
      return;
    }
    if (this.#waitsForSignIn) {
      setCurrentDetails(
        '**Waiting for a sign-in**: the vendor no longer accepts the current sign-in. Connect the source again; the job then continues by itself (or send the signal `signedIn`).',
      );
      return;
    }
    const trouble = this.#latestTrouble();
    if (trouble !== null && !this.#paused) {
      const { reason, since, attempts, message } = trouble;
      setCurrentDetails(
        `**Waiting: ${reason.replace('_', ' ')}** since ${since}, ${attempts} attempts (\`${trouble.step}\`). ${message}`,
      );
      return;
    }
    const where = this.#phase === 'listing' ? 'listing in progress' : 'listing complete';
    setCurrentDetails(
      `${this.#paused ? '**Paused**. ' : ''}${this.#nextPage - 1} pages listed, ${this.#window.done} done; ${where}.`,
    );
  }
}

const nothingToRemove: SweepPlan = { removals: 0, known: 0, needsApproval: false };

/** The activity that supplies the pages of the first phase. */
function listOf(mode: JobMode): ListActivity {
  if (mode === 'manual') return listing.listManual;
  return mode === 'reprocess' ? database.listStale : listing.listPage;
}
