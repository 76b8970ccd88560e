/** A job's activities in the workflow's order: pages and batches overlap, and phases follow each other. */

import { randomUUID } from 'node:crypto';
import type { Activities } from '../../activities/index.ts';
import type {
  BatchRef,
  FailureReason,
  FoundRemovals,
  JobMode,
  JobType,
  ListedPages,
  PageEnd,
  PageRef,
  RecordedPage,
} from '../../domain/contract.ts';
import { failureReason, isFatal } from '../../workflows/failure-reason.ts';

/** Runs one activity until an attempt succeeds. @throws ApplicationFailure if none can */
export type RunActivity = <Name extends keyof Activities>(
  name: Name,
  input: Parameters<Activities[Name]>[0],
) => Promise<Awaited<ReturnType<Activities[Name]>>>;

type ListName = 'listPage' | 'listManual' | 'listRetries' | 'listStale' | 'confirmRemovals' | 'listSweep';
type Listed = RecordedPage & Partial<Pick<ListedPages, 'pages' | 'isWholeJob'>>;

/** As many pages and batches at once as in the workflows. */
const pagesInWindow = 4;
const batchConcurrency = 8;
/** A listing whose position is lost more often is given up. */
const maxRestarts = 3;

/** One job. */
export class JobInOrder {
  /** Known once the job is open. */
  ref: PageRef | null = null;
  readonly #run: RunActivity;
  readonly #running = new Set<Promise<void>>();
  #mode: JobMode = 'full';
  #page = 1;
  #restarts = 0;
  #failure: FailureReason | null = null;
  #found: FoundRemovals | null = null;

  constructor(run: RunActivity) {
    this.#run = run;
  }

  /** @returns how it ended @throws what `run` throws before the job is open, and what is no failure of an activity */
  async toEnd(dataSourceId: string, jobType: JobType): Promise<string> {
    const workflow = { workflowId: randomUUID(), runId: randomUUID(), goesOn: true } as const;
    const opened = await this.#run('openJob', { dataSourceId, jobType, ...workflow });
    if (!opened.opened) throw new Error(`The job was not opened: ${opened.message}`);
    const { jobId, userId, mode, listed } = opened;
    this.ref = { jobId, userId, dataSourceId, page: 1, dryRun: false };
    this.#mode = mode;
    let swept = false;
    try {
      await this.#list(mode === 'manual' ? 'listManual' : 'listPage', listed);
      if (mode === 'manual') await this.#list('listPage');
      swept = await this.#rest();
    } catch (error) {
      const reason = failureReason(error);
      if (reason.remedy === null && reason.code === 'internal') throw error;
      this.#failure = reason;
    }
    await this.drain();
    const failure = this.#failure;
    const end =
      failure === null
        ? ({ status: 'completed', errorCode: null, errorMessage: null } as const)
        : ({ status: 'failed', errorCode: failure.code, errorMessage: failure.message } as const);
    const closed = await this.#run('closeJob', { ...this.ref, ...end, swept });
    return closed.errorCode ?? closed.status;
  }

  /** Waits until no page is running. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** What follows the listing. @returns whether what was deleted is removed */
  async #rest(): Promise<boolean> {
    await this.drain();
    const found = this.#removes() ? (this.#found ?? (await this.#run('findRemovals', this.#ref()))) : null;
    if (found?.isSwept === true) this.#page++;
    if (found?.hasRetries !== false) await this.#list('listRetries');
    if (found?.hasStale !== false) await this.#list('listStale');
    if (found === null || !this.#removes()) return false;
    if (found.toConfirm > 0) await this.#list('confirmRemovals');
    await this.drain();
    if (!this.#removes()) return false;
    if (found.removals > 0 && found.isSwept !== true) await this.#sweep(found);
    return true;
  }

  async #sweep(found: FoundRemovals): Promise<void> {
    const plan = found.plan ?? (await this.#run('planSweep', this.#ref()));
    if (plan.needsApproval) await this.#run('recordDecision', { ...this.#ref(), ...plan, decision: 'approve' });
    if (plan.removals > 0) await this.#list('listSweep');
    await this.drain();
  }

  async #list(name: ListName, first?: Listed): Promise<void> {
    let listed = first;
    for (let more = true; more && this.#failure === null; listed = undefined) {
      listed ??= await this.#listOnce(name);
      if (listed === undefined) continue;
      this.#page += listed.pages ?? 1;
      this.#found = listed.found ?? null;
      more = listed.more;
      if (listed.items > 0 && listed.batches !== 0) await this.#start(listed);
    }
  }

  /** @returns undefined if the position was lost and the listing starts over */
  async #listOnce(name: ListName): Promise<Listed | undefined> {
    const ref = { ...this.#ref(), page: this.#page };
    try {
      return await this.#run(name, { ...ref, goesOn: true });
    } catch (error) {
      const { remedy, code } = failureReason(error);
      if (remedy !== 'restart_full' || this.#restarts++ >= maxRestarts) throw error;
      await this.#run('restartList', { ...ref, reason: code });
      return undefined;
    }
  }

  async #start({ batches, isWholeJob }: Listed): Promise<void> {
    while (this.#running.size >= pagesInWindow) await Promise.race(this.#running);
    const page = { ...this.#ref(), page: this.#page - 1, ...(isWholeJob === true ? { isWholeJob } : {}) };
    const running = this.#runPage(page, batches);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async #runPage(page: PageRef, compared: number | undefined): Promise<void> {
    try {
      this.#found = (await this.#syncPage(page, compared))?.found ?? null;
    } catch (error) {
      this.#failure ??= failureReason(error);
    }
  }

  async #syncPage(page: PageRef, compared: number | undefined): Promise<PageEnd | null> {
    const batches = compared ?? (await this.#run('diffPage', page)).batches;
    if (batches === 0) return null;
    let next = 0;
    let end: PageEnd | null = null;
    const lane = async (): Promise<void> => {
      while (next < batches) {
        const batch = { ...page, batch: next++, ...(batches === 1 ? { endsPage: true as const } : {}) };
        end = await this.#syncBatch(batch);
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: Math.min(batchConcurrency, batches) }, lane));
    const broken = lanes.find((result) => result.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    return end ?? (await this.#run('closePage', page));
  }

  async #syncBatch(batch: BatchRef): Promise<PageEnd | null> {
    try {
      await this.#run('downloadBatch', batch);
      await this.#run('transformBatch', batch);
      return await this.#run('embedBatch', batch);
    } catch (error) {
      const reason = failureReason(error);
      if (isFatal(reason) || (reason.remedy === null && reason.code === 'internal')) throw error;
      await this.#run('failBatch', { ...batch, ...reason });
      return null;
    }
  }

  /** Whether the job may remove what it considers deleted. */
  #removes(): boolean {
    return this.#mode !== 'reprocess' && this.#failure === null;
  }

  #ref(): PageRef {
    if (this.ref === null) throw new Error('The job is not open.');
    return this.ref;
  }
}
