/**
 * `npm run histories -- NAME [COURSE …]`: runs one job for each course, or for those that are named, and stores its
 * histories in `test/histories/` for the replay test, as `NAME-<course>-<what>.json`. Histories with the same name are
 * replaced; those of other releases stay.
 */

import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import {
  decideRemovalsUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  signedInSignal,
  type SyncProgress,
} from '../domain/contract.ts';
import { saveConnection } from '../db/sources/credentials.ts';
import { startHeadwater, type TestHeadwater } from '../test/harness/headwater.ts';
import { titlesOf } from '../test/harness/state.ts';
import { until } from '../test/harness/until.ts';
import { startTemporalServer } from '../tools/local/children.ts';
import { freePort } from '../tools/local/ports.ts';
import { findTemporalCli } from '../tools/local/temporal-cli.ts';
import type { GoogleAccount } from '../tools/simulators/google/state.ts';

const folder = join(import.meta.dirname, '..', 'test', 'histories');
const [name, ...named] = process.argv.slice(2);
if (name === undefined || !/^[\w.-]+$/.test(name)) {
  console.error('Usage: npm run histories -- NAME [COURSE …]   (the release, such as v1.0.0)');
  process.exit(1);
}

/** A user with a Drive of their own, and the running Headwater. */
interface Scene {
  readonly headwater: TestHeadwater;
  readonly user: string;
  readonly account: GoogleAccount;
  readonly dataSourceId: string;
  readonly full: () => Promise<WorkflowHandle>;
  readonly incremental: () => Promise<WorkflowHandle>;
}

/** Runs a job through its course. @returns the job whose histories are stored */
type Course = (scene: Scene) => Promise<WorkflowHandle>;

const download = { path: '^/drive/v3/files/[^/]+$', query: { alt: 'media' } };

const courses: Readonly<Record<string, Course>> = {
  'pause-and-resume': async (scene) => {
    addFiles(scene.account, 30);
    scene.account.addFile({ name: 'broken.pdf', mimeType: 'application/pdf', content: 'no pdf' });
    scene.headwater.google.switches.maxPage = 5;
    scene.headwater.google.faults.add({ ...download, times: 2, then: { status: 500 } });
    const job = await scene.full();
    await job.executeUpdate(pauseUpdate);
    await waitFor(job, ({ waitingFor }) => waitingFor?.reason === 'pause');
    await job.executeUpdate(resumeUpdate);
    await job.result();
    return job;
  },
  'held-deletion-approved': async (scene) => {
    const ids = addFiles(scene.account, 60);
    await (await scene.full()).result();
    for (const id of ids.slice(0, 40)) scene.account.delete(id);
    const job = await scene.full();
    await waitFor(job, ({ stage }) => stage === 'held');
    await job.executeUpdate(decideRemovalsUpdate, { args: ['approve'] });
    await job.result();
    return job;
  },
  'sign-in-lost-and-found': async (scene) => {
    const { headwater, user, account, dataSourceId } = scene;
    const slow = addFiles(account, 120).toSorted().slice(60);
    headwater.google.faults.add({ path: `^/drive/v3/files/(${slow.join('|')})$`, then: { delayMs: 1500 } });
    const job = await scene.full();
    await until(async () => (await titlesOf(headwater, user)).length > 0);
    headwater.google.oauth.revokeGrants(account.email);
    headwater.google.faults.clear();
    await waitFor(job, ({ waitingFor }) => waitingFor?.reason === 'sign_in');
    const tokens = headwater.google.oauth.issue(account.email);
    const authData = headwater.keyring.seal({ ...tokens, expiresAt: Date.now() + 3_500_000 }, dataSourceId);
    await headwater.as(user, async (trx) => {
      await saveConnection(trx, dataSourceId, { provider: 'token', authData, accountLabel: account.email });
    });
    await job.signal(signedInSignal);
    await job.result();
    return job;
  },
  'continued-as-new': async (scene) => {
    // Makes each listing activity list one page, because a run has 100 listing activities.
    for (let i = 0; i < 110; i++)
      scene.account.addFile({
        name: `${i}`,
        mimeType: i % 20 === 0 ? 'text/plain' : 'image/png',
        content: 'x',
      });
    scene.headwater.google.switches.maxPage = 1;
    const job = await scene.full();
    await job.result();
    return job;
  },
  cancelled: async (scene) => {
    const { headwater, account, user } = scene;
    addFiles(account, 8);
    headwater.google.switches.maxPage = 2;
    headwater.google.faults.add({ ...download, skip: 2, then: { delayMs: 20_000 } });
    const job = await scene.full();
    await until(async () => (await titlesOf(headwater, user)).length === 2);
    await job.cancel();
    await job.result().catch(() => undefined);
    return job;
  },
  'changes-only': async (scene) => {
    addFiles(scene.account, 12);
    await (await scene.full()).result();
    scene.account.touch(3);
    const job = await scene.incremental();
    await job.result();
    return job;
  },
  'change-and-deletion': async (scene) => {
    const [changed = '', deleted = ''] = addFiles(scene.account, 12);
    await (await scene.full()).result();
    scene.account.update(changed, 'new text');
    scene.account.delete(deleted);
    const job = await scene.incremental();
    await job.result();
    return job;
  },
  'one-deletion': async (scene) => {
    const [deleted = ''] = addFiles(scene.account, 12);
    await (await scene.full()).result();
    scene.account.delete(deleted);
    const job = await scene.incremental();
    await job.result();
    return job;
  },
  'picked-items': async (scene) => {
    const [picked = ''] = addFiles(scene.account, 3);
    await (await scene.full()).result();
    const { dataSourceId } = scene;
    const job = await scene.headwater.start({ dataSourceId, jobType: 'manual', externalIds: [picked] });
    await job.result();
    return job;
  },
};
const unknown = named.filter((course) => !(course in courses));
if (unknown.length > 0) {
  console.error(`There is no course ${unknown.join(', ')}. The courses are ${Object.keys(courses).join(', ')}.`);
  process.exit(1);
}

await using stack = new AsyncDisposableStack();
const cli = await findTemporalCli(process.env, (line) => console.error(line));
const port = await freePort();
stack.use(await startTemporalServer({ cli, port, ui: null }));
process.env['HEADWATER_TEST_TEMPORAL'] = `127.0.0.1:${port}`;
const headwater = stack.use(await startHeadwater());
for (const [course, run] of Object.entries(courses)) {
  if (named.length > 0 && !named.includes(course)) continue;
  for (const file of await readdir(folder)) if (file.startsWith(`${name}-${course}-`)) await rm(join(folder, file));
  await record(course, await run(await openScene()));
}
replayAll();

async function openScene(): Promise<Scene> {
  headwater.google.faults.clear();
  headwater.google.switches.maxPage = 1000;
  const user = randomUUID();
  const account = headwater.google.state.account(`${user}@example.com`);
  const dataSourceId = await headwater.createDrive(user, account.email);
  const full = () => headwater.start({ dataSourceId, jobType: 'full_sync' });
  const incremental = () => headwater.start({ dataSourceId, jobType: 'incremental' });
  return { headwater, user, account, dataSourceId, full, incremental };
}

function addFiles(account: GoogleAccount, count: number): string[] {
  return Array.from({ length: count }, (_, i) => account.addFile({ name: `${i}.md`, content: `text ${i}` }));
}

async function waitFor(job: WorkflowHandle, isThere: (progress: SyncProgress) => boolean): Promise<void> {
  await until(async () => isThere(await job.query<SyncProgress>(progressQuery)));
}

/** Every run of the job, and the first and last of its pages. */
async function record(course: string, { workflowId }: WorkflowHandle): Promise<void> {
  const runs = [];
  for await (const { runId } of headwater.temporal.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
    runs.unshift(runId);
  const kept = runs.length === 1 ? ['job'] : runs.map((_, i) => `job-run${i + 1}`);
  for (const [i, runId] of runs.entries()) await keep(`${course}-${kept[i] ?? ''}`, workflowId, runId);
  const pages = [];
  const query = `WorkflowId STARTS_WITH '${workflowId}/page/'`;
  for await (const page of headwater.temporal.workflow.list({ query })) pages.push(page.workflowId);
  const [last, ...earlier] = pages;
  if (last !== undefined) await keep(`${course}-last-page`, last);
  const first = earlier.at(-1);
  if (first !== undefined) await keep(`${course}-page`, first);
}

async function keep(what: string, workflowId: string, runId?: string): Promise<void> {
  const history = await show(workflowId, runId);
  if (history === null) return;
  const file = `${name}-${what}.json`;
  await writeFile(join(folder, file), `${JSON.stringify(JSON.parse(history))}\n`);
  console.log(`recorded ${file}`);
}

async function show(workflowId: string, runId?: string): Promise<string | null> {
  const run = runId === undefined ? [] : ['--run-id', runId];
  const args = ['workflow', 'show', '--address', `127.0.0.1:${port}`, '--workflow-id', workflowId, ...run];
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const shown = await promisify(execFile)(cli, [...args, '--output', 'json'], options).catch(() => null);
  return shown === null ? null : shown.stdout;
}

/** @throws Error if today's workflow code cannot replay what it has just recorded */
function replayAll(): void {
  const script = join(import.meta.dirname, 'replay.ts');
  const { status } = spawnSync('sh', ['-c', `"$0" "$1" "$2"/${name}-*.json`, process.execPath, script, folder], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The recorded histories cannot be replayed. The worker’s reason is printed above.');
}
