/**
 * Does the same work without orchestration, in a separate process: it calls the worker's own functions (same connector,
 * pipeline, statements and concurrency) in a loop, without retries, resuming, schedules or history. Its parent says
 * what to run; it returns the seconds it took.
 */

import { randomUUID } from 'node:crypto';
import { asyncLocalStorage, Context } from '@temporalio/activity';
import { pino } from 'pino';
import { type Activities, createActivities } from '../../activities/index.ts';
import { readConfig } from '../../platform/config.ts';
import { loadKeyring } from '../../sources/credentials/keyring.ts';
import { loadSources } from '../../sources/connectors/registry.ts';
import { openDatabase } from '../../db/access/database.ts';
import type { JobType, JobRef, PageRef } from '../../domain/contract.ts';
import { createExtractor } from '../../content/extraction/extractor.ts';
import { connectTemporal } from '../../platform/temporal-connection.ts';
import { createActivityDependencies } from '../../composition/activity-dependencies.ts';

/** The same values as in `workflows/page-window.ts` and `workflows/sync-page.ts`. */
const pageConcurrency = 4;
const batchConcurrency = 8;

export interface LoopRun {
  readonly dataSourceId: string;
  readonly jobType: JobType;
}

const config = readConfig();
const db = openDatabase(config.databaseUrl ?? '', config.databasePoolSize);
const temporal = await connectTemporal(config, { lazy: true });
const extractor = createExtractor(config.readers);
const parts = {
  config,
  db,
  temporal,
  keyring: await loadKeyring(config, config.dataDir),
  logger: pino({ level: 'silent' }),
};
const activities = createActivities(
  createActivityDependencies(parts, { ...extractor, recognition: null }, await loadSources()),
);

process.on('message', (run: LoopRun) => {
  void asActivity(async () => await syncOnce(activities, run)).then((seconds) => process.send?.({ seconds }));
});
process.once('disconnect', () => process.exit(0));
process.send?.({ ready: true });

async function syncOnce(run: Activities, { dataSourceId, jobType }: LoopRun): Promise<number> {
  const started = performance.now();
  const workflowId = `loop/${randomUUID()}`;
  const job = await run.openJob({ dataSourceId, jobType, workflowId, runId: workflowId });
  if (!job.opened) throw new Error(job.message);
  const ref: JobRef = { jobId: job.jobId, userId: job.userId, dataSourceId };
  const pages = new Set<Promise<void>>();
  let page = 1;
  for (let more = true; more; page++) {
    const at: PageRef = { ...ref, page, dryRun: false };
    const listed = await run.listPage(at);
    more = listed.more;
    if (listed.items === 0) continue;
    if (pages.size >= pageConcurrency) await Promise.race(pages);
    const work: Promise<void> = syncPage(run, at).finally(() => pages.delete(work));
    pages.add(work);
  }
  await Promise.all(pages);
  const { removals } = await run.findRemovals(ref);
  for (let more = removals > 0; more; page++) {
    const at: PageRef = { ...ref, page, dryRun: false };
    const listed = await run.listSweep(at);
    more = listed.more;
    if (listed.items > 0) await syncPage(run, at);
  }
  await run.closeJob({ ...ref, swept: true, status: 'completed', errorCode: null, errorMessage: null });
  return (performance.now() - started) / 1000;
}

async function syncPage(run: Activities, page: PageRef): Promise<void> {
  const { batches } = await run.diffPage(page);
  if (batches === 0) return;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < batches) {
      const batch = { ...page, batch: next++ };
      await run.downloadBatch(batch);
      await run.transformBatch(batch);
      await run.embedBatch(batch);
    }
  };
  await Promise.all(Array.from({ length: Math.min(batchConcurrency, batches) }, lane));
  await run.closePage(page);
}

/**
 * Activities read an attempt number and a signal from their context; without Temporal it is always the first attempt,
 * never aborted.
 */
async function asActivity<T>(work: () => Promise<T>): Promise<T> {
  const info = { attempt: 1, activityType: 'loop', taskQueue: 'loop', scheduledTimestampMs: Date.now() };
  const context = Object.assign(Object.create(Context.prototype) as Context, {
    info,
    cancellationSignal: new AbortController().signal,
    heartbeat: () => {},
  });
  return await asyncLocalStorage.run(context, work);
}
