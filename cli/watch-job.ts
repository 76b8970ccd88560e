import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { ApiClient, Job } from './api-client.ts';

const pollMs = 500;

export interface WatchOptions {
  /** Whether to show no progress bar: for output to programs, or without a terminal. */
  readonly isQuiet: boolean;
  readonly isStopped?: () => boolean;
}

/** Follows a job to its end with a progress bar. @returns the ended job, or null if the watching was stopped */
export async function watchJob(api: ApiClient, jobId: string, options: WatchOptions): Promise<Job | null> {
  const isLive = !options.isQuiet && process.stderr.isTTY;
  const bar = new SingleBar({
    format: ' {bar} {count} {rate} {left} {why}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    barsize: 28,
  });
  if (isLive) bar.start(1, 0, { count: '', rate: '', left: '', why: 'opening' });
  let lastLine = '';
  try {
    for (;;) {
      if (options.isStopped?.() === true) return null;
      const job = await api.getJob(jobId);
      if (job.status !== 'pending' && job.status !== 'running') {
        if (isLive) bar.update(bar.getTotal(), payloadOf(job));
        return job;
      }
      if (isLive) {
        bar.setTotal(Math.max(1, job.counts.found));
        bar.update(job.counts.processed, payloadOf(job));
      } else if (!options.isQuiet) lastLine = printChanged(job, lastLine);
      await sleep(pollMs);
    }
  } finally {
    if (isLive) bar.stop();
  }
}

/** Without a terminal, prints a line whenever something has changed. */
function printChanged(job: Job, lastLine: string): string {
  const { count, rate, left, why } = payloadOf(job);
  const line = [count, rate, left, why].filter((part) => part !== '').join(' ');
  if (line !== lastLine) console.error(line);
  return line;
}

function payloadOf(job: Job) {
  const { found, processed } = job.counts;
  const progress = job.progress;
  const perSecond = progress?.itemsPerSecond;
  const left = progress?.secondsLeftRange;
  return {
    count: `${processed}/${found}${progress !== null && !progress.listingComplete ? '+' : ''} items`,
    rate: perSecond === null || perSecond === undefined ? '' : `${perSecond.toFixed(1)}/s`,
    left: left === null || left === undefined ? '' : leftOf(left),
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
