/**
 * `npm run release-state -- NAME`: stores the state of an installation in the middle of a job in `test/releases/NAME`,
 * for the test that continues it with later code. Run it with the code of the release.
 */

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { WorkflowHandle } from '@temporalio/client';
import { pauseUpdate, progressQuery, type SyncProgress } from '../domain/contract.ts';
import { startHeadwater, type TestHeadwater } from '../test/harness/headwater.ts';
import {
  addReleaseFiles,
  email,
  filesPerPage,
  readDatabase,
  readFolder,
  saveState,
} from '../test/harness/release-state.ts';
import { titlesOf } from '../test/harness/state.ts';
import { until } from '../test/harness/until.ts';
import { startTemporalServer } from '../tools/local/children.ts';
import { freePort } from '../tools/local/ports.ts';
import { findTemporalCli } from '../tools/local/temporal-cli.ts';

const [name] = process.argv.slice(2);
if (name === undefined || !/^[\w.-]+$/.test(name)) {
  console.error('Usage: npm run release-state -- NAME   (the release, such as 1.0.0)');
  process.exit(1);
}

await using stack = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'headwater-release-'));
stack.defer(async () => await rm(folder, { recursive: true, force: true }));
const databaseFile = join(folder, 'temporal.db');
const cli = await findTemporalCli(process.env, (line) => console.error(line));
const port = await freePort();
const server = await startTemporalServer({ cli, port, ui: null, databaseFile });
stack.defer(async () => await server[Symbol.asyncDispose]());
process.env['HEADWATER_TEST_TEMPORAL'] = `127.0.0.1:${port}`;
const headwater = stack.use(await startHeadwater({ taskQueue: 'sync' }));
const userId = randomUUID();
const dataSourceId = await createSource(headwater);
const job = await pauseInTheMiddle(headwater);
await headwater.stopWorker();
const database = await readDatabase(headwater.database.db);
const files = await readFolder(headwater.config.dataDir);
await server[Symbol.asyncDispose]();
const state = { job: { userId, dataSourceId, workflowId: job.workflowId, taskQueue: 'sync' }, ...database, files };
await saveState(name, state, await readWhole(databaseFile));
console.log(`recorded ${name}`);

async function createSource({ google }: TestHeadwater): Promise<string> {
  const account = google.state.account(email);
  addReleaseFiles(account);
  google.switches.maxPage = filesPerPage;
  return await headwater.createDrive(userId, email);
}

/** Some documents are live, a page has downloaded and waits, and a page is not listed yet. */
async function pauseInTheMiddle({ google }: TestHeadwater): Promise<WorkflowHandle> {
  google.faults.add({ path: '^/drive/v3/files/[^/]+$', query: { alt: 'media' }, skip: 7, then: { delayMs: 1500 } });
  const handle = await headwater.start({ dataSourceId, jobType: 'full_sync' });
  await until(async () => (await titlesOf(headwater, userId)).length >= filesPerPage);
  await handle.executeUpdate(pauseUpdate);
  // Activities that run end; what waits has no time limit.
  await until(async () => (await pendingOf(handle.workflowId)) === 0);
  console.log(await handle.query<SyncProgress>(progressQuery));
  return handle;
}

async function pendingOf(workflowId: string): Promise<number> {
  const query = `WorkflowId STARTS_WITH '${workflowId}' AND ExecutionStatus = 'Running'`;
  let pending = 0;
  for await (const { workflowId: id } of headwater.temporal.workflow.list({ query })) {
    const { raw } = await headwater.temporal.workflow.getHandle(id).describe();
    pending += (raw.pendingActivities ?? []).length;
  }
  return pending;
}

/** One file, without the log that SQLite keeps beside it. */
async function readWhole(file: string): Promise<Buffer> {
  const sqlite = new DatabaseSync(file);
  sqlite.exec('pragma wal_checkpoint(truncate)');
  sqlite.exec('pragma journal_mode=delete');
  sqlite.close();
  return await readFile(file);
}
