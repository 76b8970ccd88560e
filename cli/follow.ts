import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type Deletion, type Job } from './api-client.ts';
import { printDeletion, printJob } from './print.ts';
import type { Terminal } from './terminal.ts';
import { watchJob } from './watch-job.ts';

const deletionPollMs = 300;

/** Watches a deletion to its end. If it fails, the exit code is 1. */
export async function followDeletion({ api, isJsonWanted, output }: Terminal, deletion: Deletion): Promise<void> {
  let now = deletion;
  if (now.status === 'running' && !isJsonWanted()) console.error('Deleting. It continues if you stop watching.');
  for (; now.status === 'running'; now = await api().getDeletion(deletion.id)) await sleep(deletionPollMs);
  output(now, printDeletion);
  if (now.status === 'failed') process.exitCode = 1;
}

/**
 * Watches a job to its end. If the job does not complete, the exit code is 1. Ctrl-C ends the watching, not the job.
 */
export async function followJob({ api, isJsonWanted, output }: Terminal, job: Job): Promise<void> {
  let isLeft = false;
  // Registered once, so that a second Ctrl-C ends the process as usual.
  process.once('SIGINT', () => (isLeft = true));
  const again = `headwater watch ${job.id} follows it again, headwater cancel ${job.id} stops it.`;
  const ended = await watchJob(api(), job.id, { isQuiet: isJsonWanted(), isStopped: () => isLeft }).catch(
    (error: unknown) => {
      if (error instanceof ApiError && [0, 503].includes(error.status))
        console.error(`The job may still be running: ${again}`);
      throw error;
    },
  );
  if (ended === null) {
    console.error(`The job continues: ${again}`);
    process.exitCode = 130;
    return;
  }
  output(ended, printJob);
  if (ended.status !== 'completed') process.exitCode = 1;
}
