import { condition, setCurrentDetails } from '@temporalio/workflow';
import type {
  FoundRemovals,
  JobEnd,
  JobMode,
  JobPhase,
  JobRef,
  JobResume,
  ListedPages,
  ListRef,
  RemovalDecision,
  SpeedChange,
  SyncProgress,
  Trouble,
  TroubleOver,
} from '../domain/contract.ts';
import { database, listing } from './activity-options.ts';
import { detailsOf } from './job-details.ts';
import { type ListActivity, type ListedStep, PageListing } from './page-listing.ts';
import { PageWindow } from './page-window.ts';
import { Removals } from './removals.ts';
import { SignIn } from './sign-in.ts';
import { speedProblem } from './speed.ts';
import { Troubles } from './troubles.ts';

const pagesInWindow = 4;

/** The phases of every job, in order. */
const phases: readonly JobPhase[] = [
  'listing',
  'gaps',
  'removals',
  'retries',
  'stale',
  'confirm',
  'sweep',
  'scans',
  'end',
];

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
  /** The first page, if it was listed when the job was opened. */
  readonly listed?: ListedPages;
}

/** State and rules of one job; the workflow function connects it to Temporal's messages. */
export class JobRun {
  #job: RunningJob | null = null;
  #stage: SyncProgress['stage'] = 'opening';
  #phase: JobPhase;
  #paused: boolean;
  /** The removals that the last listing activity has found, if it went on. */
  #found: FoundRemovals | null = null;
  /** Phases that were found to have nothing to do. */
  readonly #idle = new Set<JobPhase>();
  readonly #listing: PageListing;
  readonly #window = new PageWindow(pagesInWindow);
  readonly #signIn = new SignIn();
  readonly #removals: Removals;
  readonly #troubles = new Troubles();

  constructor(from: JobResume | undefined) {
    this.#phase = from?.phase ?? 'listing';
    this.#listing = new PageListing(from);
    this.#removals = new Removals(from);
    this.#paused = from?.paused ?? false;
    if (from !== undefined) this.#window.restore(from);
  }

  begin(job: RunningJob): void {
    this.#job = job;
    this.#listing.begin(job.listed);
  }

  /** Runs phase after phase. @returns false if it has to continue in a new run, from its `state` */
  async toEnd(): Promise<boolean> {
    while (this.#phase !== 'end') {
      if (!(await this.#work[this.#phase]())) {
        await this.#drain();
        // A page that ended meanwhile may be a reason to stop, of which a new run would not know.
        if (this.#window.fatal === null) return false;
      }
      this.#phase = phases[phases.indexOf(this.#phase) + 1] ?? 'end';
    }
    await this.#drain();
    return true;
  }

  /** The work of each phase. It returns false if it has to continue in a new run. */
  readonly #work: Readonly<Record<Exclude<JobPhase, 'end'>, () => Promise<boolean>>> = {
    listing: () => this.#pages('listing', listOf(this.#running().mode)),
    gaps: async () => !this.#includesGaps() || (await this.#pages('listing', listing.listPage)),
    removals: () => this.#findRemovals(),
    retries: async () => !this.#looksFor('retries') || (await this.#pages('processing', database.listRetries)),
    stale: async () => !this.#looksFor('stale') || (await this.#pages('processing', database.listStale)),
    confirm: () => this.#confirm(),
    sweep: () => this.#sweep(),
    scans: () => this.#scans(),
  };

  /** Whether deleted items were removed, or nobody had to be asked. */
  get swept(): boolean {
    return this.#removals.swept;
  }

  /** The state from which a new run continues. */
  state(): JobResume {
    return {
      phase: this.#phase,
      nextPage: this.#listing.nextPage,
      pagesDone: this.#window.done,
      restarts: this.#listing.restarts,
      ...this.#removals.state(),
      paused: this.#paused,
      failure: this.#window.failure,
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
      stage: this.#removals.approval.held === null ? this.#stage : 'held',
      pagesListed: this.#listing.nextPage - 1,
      pagesDone: this.#window.done,
      listingComplete: this.#phase !== 'listing' && this.#phase !== 'gaps',
      waitingFor: this.#waitingFor(),
    };
  }

  async drain(): Promise<void> {
    await this.#window.drain();
  }

  checkDecision(decision: unknown): void {
    this.#removals.approval.check(decision);
  }

  decide(decision: RemovalDecision): void {
    this.#removals.approval.decision = decision;
  }

  checkCanPause(): void {
    if (this.#paused) throw new Error('The job is already paused.');
    if (this.#isEnding()) throw new Error('The job is about to end.');
  }

  checkCanResume(): void {
    if (!this.#paused) throw new Error('The job is not paused.');
  }

  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
    this.#showDetails();
    await this.#window.pause(paused);
  }

  checkSpeed(change: SpeedChange | undefined): void {
    const problem = speedProblem(change);
    if (problem !== null) throw new Error(problem);
    if (this.#job === null) throw new Error('The job is still starting. Try again in a moment.');
    if (this.#isEnding()) throw new Error('The job is about to end.');
  }

  async changeSpeed(change: SpeedChange): Promise<void> {
    if (change.pagesAtOnce !== undefined) this.#window.width = change.pagesAtOnce ?? pagesInWindow;
    const { jobId, userId, dataSourceId } = this.#running();
    await database.saveSpeed({ jobId, userId, dataSourceId, speed: change });
  }

  /** A sign-in may have happened. */
  signedIn(): void {
    this.#signIn.signal();
  }

  /** An activity keeps failing, or has recovered. */
  trouble(news: Trouble | TroubleOver): void {
    this.#troubles.note(news);
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
  async #pages(stage: SyncProgress['stage'], list: ListActivity): Promise<boolean> {
    this.#stage = stage;
    for (;;) {
      await condition(() => !this.#paused);
      if (this.#window.signInNeeded) await this.#waitForSignIn();
      if (this.#window.fatal !== null) return true;
      if (this.#listing.isRunFull()) return false;
      this.#found = null;
      const listed = await this.#listing.next(list, this.#ref());
      if (listed === 'sign_in') this.#window.signInNeeded = true;
      if (typeof listed === 'string') continue;
      await this.#start(listed);
      this.#showDetails();
      if (!listed.more) return true;
    }
  }

  /** Starts the page with the items; pages without any are done. */
  async #start({ pages, items, batches, found, isWholeJob }: ListedStep): Promise<void> {
    const isDone = items === 0 || batches === 0;
    this.#window.done += isDone ? pages : pages - 1;
    this.#found = found ?? null;
    if (isDone) return;
    const { mode, dryRun } = this.#running();
    const isFresh = (this.#phase === 'listing' || this.#phase === 'gaps') && mode !== 'manual' && mode !== 'reprocess';
    const page = this.#listing.nextPage - 1;
    const isScans = this.#phase === 'scans';
    await this.#window.start(this.#running(), { page, dryRun, isFresh, isScans, batches, isWholeJob });
  }

  /** Waits until all pages have ended and none has to be repeated after a lost sign-in. */
  async #drain(): Promise<void> {
    await this.#window.drain();
    while (this.#window.signInNeeded && this.#window.fatal === null) {
      await this.#waitForSignIn();
      await this.#window.drain();
    }
  }

  /** Waits until somebody has signed in, then continues where it stopped. */
  async #waitForSignIn(): Promise<void> {
    await this.#signIn.wait(this.#running(), () => this.#showDetails());
    await this.#window.startAgain(this.#running());
  }

  /** Whether the phase lists items of earlier jobs. Nothing is listed where it is known that there are none. */
  #looksFor(phase: JobPhase): boolean {
    return this.#running().retries && !this.#idle.has(phase);
  }

  /** A request for all failed items includes the containers that could not be listed. */
  #includesGaps(): boolean {
    const { mode, retries } = this.#running();
    return mode === 'manual' && retries;
  }

  /**
   * Finds what was deleted after all pages are done. This comes before later phases, so that they do nothing more with
   * deleted items.
   */
  async #findRemovals(): Promise<true> {
    this.#stage = 'processing';
    await this.#drain();
    if (this.#removes()) {
      const found = await this.#removals.find(jobRefOf(this.#running()), this.#found ?? this.#window.found);
      if (found.isSwept === true) {
        this.#listing.nextPage++;
        this.#window.done++;
      }
      if (found.hasRetries === false) this.#idle.add('retries');
      if (found.hasStale === false) this.#idle.add('stale');
    }
    return true;
  }

  /** Asks the vendor for items that a listing has missed. */
  async #confirm(): Promise<boolean> {
    const isNeeded = this.#removes() && this.#removals.toConfirm > 0;
    if (isNeeded && !(await this.#pages('sweeping', listing.confirmRemovals))) return false;
    await this.#drain();
    return true;
  }

  /** A plan removes nothing, and neither does a job that failed in part or one that listed nothing at its source. */
  #removes(): boolean {
    const { dryRun, mode } = this.#running();
    return !dryRun && mode !== 'reprocess' && this.#window.failure === null && this.#window.fatal === null;
  }

  /**
   * Removes deleted items. A job that would remove too much waits until a person has decided; all other work is done by
   * then.
   */
  async #sweep(): Promise<boolean> {
    if (!this.#removes()) return true;
    this.#stage = 'sweeping';
    const isAny = await this.#removals.decide(jobRefOf(this.#running()), () => this.#showDetails());
    return !isAny || (await this.#pages('sweeping', database.listSweep));
  }

  /**
   * Text is recognized after all other items and removals, so that it delays nothing: it takes seconds per page. If no
   * page has deferred anything, nothing is requested.
   */
  async #scans(): Promise<boolean> {
    await this.#drain();
    return !this.#window.hasScans || (await this.#pages('processing', database.listScans));
  }

  #ref(): Omit<ListRef, 'page'> {
    const job = this.#running();
    return { ...jobRefOf(job), dryRun: job.dryRun, ...(this.#phase === 'scans' ? {} : { goesOn: true }) };
  }

  #running(): RunningJob {
    if (this.#job === null) throw new Error('The job was used before it was opened.');
    return this.#job;
  }

  #isEnding(): boolean {
    return this.#stage === 'closing' || this.#stage === 'done';
  }

  #waitingFor(): SyncProgress['waitingFor'] {
    if (this.#removals.approval.held !== null) return { reason: 'approval', ...this.#removals.approval.held };
    if (this.#signIn.isWaiting) return { reason: 'sign_in' };
    return this.#paused ? { reason: 'pause' } : this.#troubles.latest();
  }

  #showDetails(): void {
    setCurrentDetails(
      detailsOf({
        held: this.#removals.approval.held,
        waitsForSignIn: this.#signIn.isWaiting,
        paused: this.#paused,
        trouble: this.#troubles.latest(),
        isListing: this.#phase === 'listing',
        pagesListed: this.#listing.nextPage - 1,
        pagesDone: this.#window.done,
      }),
    );
  }
}

function jobRefOf({ jobId, userId, dataSourceId }: RunningJob): JobRef {
  return { jobId, userId, dataSourceId };
}

/** The activity that supplies the pages of the first phase. */
function listOf(mode: JobMode): ListActivity {
  if (mode === 'manual') return listing.listManual;
  return mode === 'reprocess' ? database.listStale : listing.listPage;
}
