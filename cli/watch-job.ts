import { SingleBar } from 'cli-progress';
import type { ApiClient, Job } from './api-client.ts';
import { awayLine, createLines } from './progress-lines.ts';

const pollMs = 500;

export interface WatchOptions {
  /** Whether to show no progress bar: for output to programs, or without a terminal. */
  readonly isQuiet: boolean;
  /** Ends the watching, not the job. */
  readonly signal: AbortSignal;
}

/**
 * Follows a job to its end with a progress bar, or with a line whenever something has changed.
 * @returns the ended job, or null if the watching was stopped
 */
export async function watchJob(api: ApiClient, jobId: string, { isQuiet, signal }: WatchOptions): Promise<Job | null> {
  const progress = isQuiet ? silence : process.stderr.isTTY ? createBar() : lineByLine();
  try {
    return await api.waitForJob(jobId, {
      pollMs,
      signal,
      onProgress: (job) => progress.show(job),
      onOutage: progress.away,
    });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  } finally {
    progress.stop();
  }
}

interface Progress {
  readonly show: (job: Job) => void;
  readonly away: (error: Error) => void;
  readonly stop: () => void;
}

const silence: Progress = { show: () => {}, away: () => {}, stop: () => {} };

function createBar(): Progress {
  const bar = new SingleBar({
    format: ' {bar} {count} {rate} {left} {why}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    barsize: 28,
  });
  bar.start(1, 0, { count: '', rate: '', left: '', why: 'opening' });
  return {
    show: (job) => {
      bar.setTotal(Math.max(1, job.counts.found));
      bar.update(isRunning(job) ? job.counts.processed : bar.getTotal(), payloadOf(job));
    },
    away: ({ message }) => bar.update({ why: awayLine(message) }),
    stop: () => bar.stop(),
  };
}

function lineByLine(): Progress {
  const { say, away } = createLines();
  return {
    show: (job) => {
      const { count, rate, left, why } = payloadOf(job);
      if (isRunning(job)) say([count, rate, left, why].filter((part) => part !== '').join(' '));
    },
    away,
    stop: () => {},
  };
}

function isRunning({ status }: Job): boolean {
  return status === 'pending' || status === 'running';
}

/** The parts of a line of progress. */
export function payloadOf(job: Job) {
  const { counts, progress } = job;
  // What waits has no rate: it would fall with each look.
  const { itemsPerSecond = null, secondsLeftRange = null } = progress?.waitingFor === null ? progress : {};
  return {
    count: `${counts.processed}/${counts.found}${progress !== null && !progress.listingComplete ? '+' : ''} items`,
    rate: itemsPerSecond === null ? '' : `${itemsPerSecond.toFixed(1)}/s`,
    left: secondsLeftRange === null ? '' : leftOf(secondsLeftRange),
    why: whyOf(job),
  };
}

/** Prints one number if the low and the high estimate agree, otherwise both. */
function leftOf({ min, max }: { readonly min: number; readonly max: number }): string {
  const [low, high] = [durationOf(min), durationOf(max)];
  return low === high ? `about ${low} left` : `${low} to ${high} left`;
}

/** Says what the job is doing, or what it waits for and what a person can do about it. */
export function whyOf(job: Job): string {
  const waiting = job.progress?.waitingFor;
  switch (waiting?.reason) {
    case 'approval':
      return `waiting for approval: ${waiting.removals} of ${waiting.of} items would be removed (headwater approve ${job.id} or keep)`;
    case 'rate_limit':
      return `rate limited by ${limiterOf(waiting)} until ${timeOf(waiting.until)}`;
    case 'quota':
      return `the quota of ${limiterOf(waiting)} is exhausted; resumes at ${timeOf(waiting.until)}`;
    case 'sign_in':
      return 'waiting for a new sign-in (headwater connect SOURCE); then continues automatically';
    case 'pause':
      return `paused (headwater resume ${job.id})`;
    case 'embedder':
    case 'vector_store':
    case 'vendor':
    case 'database':
    case 'staging':
    case 'disk_full':
    case 'internal':
      return `waiting since ${timeOf(waiting.since)}, ${waiting.attempts} attempts: ${waiting.message}`;
    case 'worker':
    case 'temporal':
      return waiting.message;
    case undefined:
      return job.progress?.stage ?? job.status;
  }
}

function limiterOf({ limitedBy }: { readonly limitedBy: 'source' | 'embedder' }): string {
  return limitedBy === 'embedder' ? 'the embedding server' : 'the vendor';
}

/** The local time; of another day also its date, because a quota may last until tomorrow or next week. */
function timeOf(iso: string): string {
  const at = new Date(iso);
  return at.toDateString() === new Date().toDateString() ? at.toLocaleTimeString() : at.toLocaleString();
}

export function durationOf(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
