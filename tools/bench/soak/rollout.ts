/** A release with other workflow code is rolled out while jobs run, in the steps of docs/operations.md. */

import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Connection } from '@temporalio/client';
import type { Crashable } from '../../../test/harness/crashable.ts';

const namespace = 'default';
const deploymentName = 'headwater';
const old = 'old';
const changed = 'changed';
/** `VERSION_DRAINAGE_STATUS_DRAINED`: no run is pinned to the version any more. The server looks every three minutes. */
const drained = 2;
const drainsWithinMs = 15 * 60_000;
const root = join(import.meta.dirname, '..', '..', '..');
/** No worker needs these. */
const excluded = new Set(['node_modules', '.git', '.headwater', 'test', 'docs', 'web']);

/** Counts how the runs ended that were open when the new release became current. */
interface Crossing {
  readonly jobs: number;
  readonly moved: number;
  readonly pages: number;
  readonly problems: readonly string[];
}

export interface Rollout {
  /** Starts the new workers beside the old ones, makes them current, and ends the old ones when nothing needs them. */
  run(): Promise<void>;
  /** @returns what to print, and what must not have happened */
  report(): Promise<{ readonly lines: readonly string[]; readonly problems: readonly string[] }>;
}

/** Starts workers of the old release, which is current until `run`. */
export async function beginRollout(
  crashable: Crashable,
  connection: Connection,
  environment: Readonly<Record<string, string>>,
): Promise<Rollout> {
  const startedAt = Date.now();
  const notes: string[] = [];
  const note = (what: string): void => {
    notes.push(`after ${((Date.now() - startedAt) / 60_000).toFixed(1)} minutes: ${what}`);
    console.log(notes.at(-1));
  };
  let currentAt = new Date(0);
  const workers = crashable.startWorker(versioned(environment, old), 2);
  await makeCurrent(connection, old);
  return {
    run: async () => {
      const checkout = await changedCheckout(join(crashable.dataDir, 'changed'));
      crashable.startWorker(versioned(environment, changed), 2, checkout);
      note('workers with changed workflow code start beside the old ones');
      await makeCurrent(connection, changed);
      currentAt = new Date();
      note('the changed version is current');
      await untilDrained(connection, old);
      await workers.stop();
      note('no run needs the old version any more, and its workers have ended');
    },
    report: async () => {
      const { jobs, moved, pages, problems } = await lookAtCrossing(new Client({ connection }), currentAt);
      const { serverVersion } = await connection.workflowService.getSystemInfo({});
      const ended = `${jobs - moved} ended on the old code`;
      const lines = [
        ...notes,
        `jobs that ran at that moment: ${jobs}, of which ${moved} went on on the changed code, and ${ended}`,
        `pages that ran at that moment: ${pages}, all of which ended on the old code`,
        `Temporal ${serverVersion}`,
      ];
      return { lines, problems };
    },
  };
}

function versioned(environment: Readonly<Record<string, string>>, buildId: string): Record<string, string> {
  return { ...environment, TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId };
}

/** The server knows a version once its workers have asked for work; it may also be down at the moment. */
async function makeCurrent({ workflowService }: Connection, buildId: string): Promise<void> {
  const version = { namespace, deploymentName, buildId, identity: 'soak' };
  while (!(await succeeds(workflowService.setWorkerDeploymentCurrentVersion(version)))) await sleep(500);
}

async function succeeds(call: Promise<unknown>): Promise<boolean> {
  return await call.then(
    () => true,
    () => false,
  );
}

/** @throws Error if runs are still pinned to the version long after all must have ended */
async function untilDrained({ workflowService }: Connection, buildId: string): Promise<void> {
  const deadline = Date.now() + drainsWithinMs;
  for (;;) {
    const version = { namespace, deploymentVersion: { deploymentName, buildId } };
    const described = await workflowService.describeWorkerDeploymentVersion(version).catch(() => null);
    if (Number(described?.workerDeploymentVersionInfo?.drainageInfo?.status) === drained) return;
    if (Date.now() > deadline) throw new Error(`The version ${buildId} has not drained.`);
    await sleep(2000);
  }
}

/** A copy of this checkout in which each run begins with a timer, which no history of the old code contains. */
async function changedCheckout(folder: string): Promise<string> {
  await cp(root, folder, {
    recursive: true,
    filter: (from) => !excluded.has(relative(root, from).split(sep)[0] ?? ''),
  });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const name of ['sync-job', 'sync-page']) {
    const file = join(folder, 'workflows', `${name}.ts`);
    const code = await readFile(file, 'utf8');
    const start = /export async function sync(?:Job|Page)\([^)]*\): [^{]* \{/;
    if (!start.test(code)) throw new Error(`${name}.ts has no workflow function that could be changed.`);
    // A timer that a cancellation ends would never settle, and the run with it.
    const timer = 'await changed.CancellationScope.nonCancellable(() => changed.sleep(1));';
    const imported = "import * as changed from '@temporalio/workflow';\n";
    await writeFile(file, imported + code.replace(start, `$& ${timer}`));
  }
  return folder;
}

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

async function lookAtCrossing(client: Client, at: Date): Promise<Crossing> {
  const wasOpen = `StartTime < "${at.toISOString()}" and CloseTime > "${at.toISOString()}"`;
  const problems: string[] = [];
  let [jobs, moved, pages] = [0, 0, 0];
  for await (const run of client.workflow.list({ query: `${wasOpen} and WorkflowType in ("syncJob", "syncPage")` })) {
    const builds = await buildsOf(client, run);
    if (builds.join() !== old) problems.push(`${run.workflowId} began on the old code and ran on ${builds.join()}`);
    if (run.type === 'syncPage') pages++;
    else {
      jobs++;
      // The newest run of the job, which is this one if it has not continued as new.
      const last = await buildsOf(client, { workflowId: run.workflowId, runId: '' });
      if (last.join() === changed) moved++;
    }
  }
  return { jobs, moved, pages, problems };
}

/** The versions of the workers that a run's steps ran on. */
async function buildsOf(client: Client, { workflowId, runId }: Run): Promise<string[]> {
  const { events } = await client.workflow.getHandle(workflowId, runId || undefined).fetchHistory();
  const builds = (events ?? []).map((event) => event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId);
  return [...new Set(builds)].flatMap((build) => build ?? []);
}
