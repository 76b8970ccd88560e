import { ApiError, type Deletion, type Job } from './api-client.ts';
import { printDeletion, printJob } from './print.ts';
import { createLines } from './progress-lines.ts';
import type { Terminal } from './terminal.ts';
import { watchJob } from './watch-job.ts';

const deletionPollMs = 300;

/** Watches a deletion to its end. If it fails, the exit code is 1. */
export async function followDeletion({ api, isJsonWanted, output }: Terminal, { id }: Deletion): Promise<void> {
  const lines = createLines();
  const ended = await api().waitForDeletion(id, {
    pollMs: deletionPollMs,
    onProgress: ({ status }) => {
      if (status === 'running' && !isJsonWanted()) lines.say('Deleting. It continues if you stop watching.');
    },
    ...(isJsonWanted() ? {} : { onOutage: lines.away }),
  });
  output(ended, printDeletion);
  if (ended.status === 'failed') process.exitCode = 1;
}

/**
 * Watches a job to its end. If the job does not complete, the exit code is 1. Ctrl-C ends the watching, not the job.
 */
export async function followJob({ api, isJsonWanted, output }: Terminal, job: Job): Promise<void> {
  const left = new AbortController();
  // Registered once, so that a second Ctrl-C ends the process as usual.
  process.once('SIGINT', () => left.abort());
  const again = `headwater watch ${job.id} follows it again, headwater cancel ${job.id} stops it.`;
  const ended = await watchJob(api(), job.id, { isQuiet: isJsonWanted(), signal: left.signal }).catch(
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
