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

/** Listing steps after which a run continues as new: 14 events each in the parent, far below the limit of 51,200. */
const stepsPerRun = 100;
const pagesInWindow = 4;
/** How long a job that waits for a sign-in goes without looking itself; it is told of one, but the word may be lost. */
const firstLookMs = 60_000;
const rarestLookMs = 6 * 3_600_000;
/** A listing whose position is lost again and again is given up. */
const restartsAllowed = 3;

type ListActivity = ActivityFunctionWithOptions<(ref: PageRef) => Promise<Listed>>;
/** Steps of our own tables, and all of earlier releases, list one page each and do not say so. */
type Listed = RecordedPage & Partial<Pick<ListedPages, 'pages'>>;
export interface RunningJob {
  readonly jobId: string;
  readonly userId: string;
  readonly dataSourceId: string;
  readonly mode: JobMode;
  readonly dryRun: boolean;
  /** Take up what failed in earlier jobs and what other transformations apply to now; not in a job for some items only. */
  readonly retries: boolean;
}

/** State and rules of one job; the workflow function wires it to Temporal's messages. */
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
  /** By step, the latest last. */
  readonly #troubles = new Map<string, Trouble>();
  /** What the job takes for gone, and what of it the vendor is asked for one by one before. */
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

  /** Runs phase after phase. @returns false when it has to go on in a new run, from its `state` */
  async toEnd(): Promise<boolean> {
    const job = this.#running();
    if (this.#phase === 'listing') {
      if (!(await this.#pages('listing', 'gaps', listOf(job.mode)))) return await this.#stopped();
    }
    if (this.#phase === 'gaps') {
      // Whoever asks for all that failed asks for the containers that could not be listed, too.
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

  /** What a new run goes on from. */
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
    if (this.#held === null) throw new Error('Nothing waits for a decision: this job holds no removals.');
  }

  decide(decision: RemovalDecision): void {
    this.#decision = decision;
  }

  checkCanPause(): void {
    if (this.#paused) throw new Error('The job is paused already.');
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
    if (this.#job === null) throw new Error('The job is just being opened. Try again in a moment.');
    if (this.#stage === 'closing' || this.#stage === 'done') throw new Error('The job is about to end.');
  }

  async changeSpeed(change: SpeedChange): Promise<void> {
    if (change.pagesAtOnce !== undefined) this.#window.width = change.pagesAtOnce ?? pagesInWindow;
    const { jobId, userId, dataSourceId } = this.#running();
    await database.saveSpeed({ jobId, userId, dataSourceId, speed: change });
  }

  /** Somebody may have signed in. */
  signedIn(): void {
    this.#signedIn = true;
  }

  /** A step fails again and again, or has gone through after all. */
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

  /** Lists page after page and starts each. @returns false when the run should continue as new */
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

  /** One listing step. @returns null when the position was lost and the listing starts over */
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

  /** Waits until no page is under way, and none is left over by a lost sign-in. */
  async #drain(): Promise<void> {
    await this.#window.drain();
    while (this.#window.signInNeeded && this.#window.fatal === null) {
      await this.#signIn();
      await this.#window.drain();
    }
  }

  /** Waits, for weeks if need be, until somebody has signed in; waiting costs nothing. Then goes on where it stopped. */
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

  /** When all pages are done: what is gone. Before anything else is looked at, so that nothing is done about it any more. */
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

  /** Nothing is removed by a plan, by a job that failed in part, nor by one that asked its source nothing. */
  #removes(): boolean {
    const { dryRun, mode } = this.#running();
    return !dryRun && mode !== 'reprocess' && this.#window.failure === null && this.#window.fatal === null;
  }

  /**
   * Removes what is gone. A job that would remove too much waits, for days if need be, until a person has decided; waiting
   * costs nothing, and all else has been done by then.
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
   * Text is recognised when everything else is in and gone, so that it holds nothing up: it takes seconds a page. Nothing is asked
   * for where no page has put anything aside.
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
    if (this.#job === null) throw new Error('The job has not been opened.');
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

  /** What was not heard of for long has gone through on another worker. */
  #latestTrouble(): Trouble | null {
    const now = Date.now();
    return [...this.#troubles.values()].findLast(({ until }) => Date.parse(until) > now) ?? null;
  }

  #showDetails(): void {
    if (this.#held !== null) {
      const { removals, of } = this.#held;
      setCurrentDetails(
        `**Held**: ${removals} of ${of} items are no longer at the source. Approve their removal or keep them: update \`decideRemovals\` with \`"approve"\` or \`"keep"\`.`,
      );
      return;
    }
    if (this.#waitsForSignIn) {
      setCurrentDetails(
        '**Waits for a sign-in**: the vendor no longer accepts the one it has. Connect the source again; the job then goes on by itself (or signal `signedIn`).',
      );
      return;
    }
    const trouble = this.#latestTrouble();
    if (trouble !== null && !this.#paused) {
      const { reason, since, attempts, message } = trouble;
      setCurrentDetails(
        `**Waits: ${reason.replace('_', ' ')}** since ${since}, tried ${attempts} times (\`${trouble.step}\`). ${message}`,
      );
      return;
    }
    const where = this.#phase === 'listing' ? 'listing goes on' : 'listing complete';
    setCurrentDetails(
      `${this.#paused ? '**Paused**. ' : ''}${this.#nextPage - 1} pages listed, ${this.#window.done} done; ${where}.`,
    );
  }
}

const nothingToRemove: SweepPlan = { removals: 0, known: 0, needsApproval: false };

/** Where the first phase gets its pages from. */
function listOf(mode: JobMode): ListActivity {
  if (mode === 'manual') return listing.listManual;
  return mode === 'reprocess' ? database.listStale : listing.listPage;
}
