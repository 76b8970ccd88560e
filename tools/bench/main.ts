/**
 * `npm run bench`: compares Headwater with a lean loop that shares no code with it (the baseline) and with its own
 * functions without Temporal, on the same machine, in the same run.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Command, InvalidArgumentError } from 'commander';
import { type JobType, taskQueue, workflowIds } from '../../domain/contract.ts';
import type { syncJob } from '../../workflows/sync-job.ts';
import { cpuSeconds, databaseCounts, temporalCosts } from './costs.ts';
import type { FloorRun } from './floor.ts';
import type { LoopRun } from './plain-loop.ts';
import {
  memoryMb,
  peakMemoryMb,
  type Prepared,
  startEnvironment,
  type BenchEnvironment,
  type VendorCounts,
} from './environment.ts';

/** One sync of one side. */
interface Measured {
  readonly seconds: number;
  readonly counts: VendorCounts;
  readonly events: number | null;
  /** One line each; only with `--costs`. */
  readonly costs: readonly string[];
}

interface Contestant extends AsyncDisposable {
  sync(jobType: JobType): Promise<Measured>;
  /** Memory in MB every ten seconds since the last call, and the current size of the database. */
  course(): Promise<{ readonly memory: readonly number[]; readonly databaseMb: number }>;
  memoryMb(): number | null;
}

const sampleEveryMs = 10_000;

const program = new Command('npm run bench --')
  .description(
    'Syncs a simulated Drive four times (first, unchanged by listing, unchanged by feed, a share changed) with a lean loop, with Headwater, and with the same code without Temporal.',
  )
  .option('--files <n>', 'number of files in the Drive', positive, 2000)
  .option('--latency <ms...>', 'duration of one call to the embedding server', ['0', '50'])
  .option('--changed <share>', 'share of the files that changes', Number, 0.01)
  .option('--without-loop', 'skip the same code without Temporal')
  .option('--without-floor', 'skip the lean loop')
  .option('--workers <n>', 'number of worker processes', positive, 1)
  .option('--task-slots <n>', 'WORKER_TASK_SLOTS of each worker', '40')
  .option(
    '--costs',
    'also measure CPU, transactions and Temporal actions of each Headwater sync (20 more seconds each)',
  )
  .parse();
const options = program.opts<{
  files: number;
  latency: string[];
  changed: number;
  withoutLoop?: true;
  withoutFloor?: true;
  workers: number;
  taskSlots: string;
  costs?: true;
}>();

const courses: string[] = [];

await using environment = await startEnvironment(options.files);
for (const latency of options.latency.map(Number)) {
  await environment.vendors.setLatency(latency);
  console.log(`\n## ${options.files} files, ${latency} ms a call to the embedding server\n`);
  console.log(
    '| sync | floor | Headwater | to the floor | the same code without Temporal | Drive requests | embedding calls (texts) | history events |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  await using headwater = await startHeadwater(environment, `headwater_${latency}`);
  await using loop = options.withoutLoop ? null : await startLoop(environment, `loop_${latency}`);
  await using floor = options.withoutFloor ? null : await startFloor(environment, `floor_${latency}`);
  const contestants = { headwater, loop, floor };
  await compare('first', 'full_sync', contestants);
  await compare('unchanged, full listing', 'full_sync', contestants);
  await compare('unchanged, change feed', 'incremental', contestants);
  const changed = await environment.vendors.touch(options.changed);
  await compare(`${changed} changed, change feed`, 'incremental', contestants);
  console.log(`\n${courses.splice(0).join('\n')}`);
  const [own, same, lean] = [headwater, loop, floor].map((contestant) => contestant?.memoryMb() ?? '-');
  console.log(
    `\nPeak memory: Headwater's worker ${own} MB, the same code without Temporal ${same} MB, floor ${lean} MB.`,
  );
}

interface Contestants {
  readonly headwater: Contestant;
  readonly loop: Contestant | null;
  readonly floor: Contestant | null;
}

async function compare(name: string, jobType: JobType, { headwater, loop, floor }: Contestants): Promise<void> {
  await environment.vendors.takeCounts();
  const lean = await floor?.sync(jobType);
  const plain = await loop?.sync(jobType);
  const own = await headwater.sync(jobType);
  const { googleTotal, openai } = own.counts;
  const { memory, databaseMb } = await headwater.course();
  courses.push(...own.costs.map((line) => `${name}: ${line}`), `${name}: embedder: ${openai.tokens} tokens`);
  courses.push(
    `${name}: database ${databaseMb} MB; worker's memory every 10 s: ${memory.join(', ') || 'ended before'} MB`,
  );
  const ratio = lean === undefined ? '-' : (own.seconds / lean.seconds).toFixed(2);
  const seconds = (value: number | undefined): string => (value === undefined ? '-' : `${value.toFixed(2)} s`);
  console.log(
    `| ${name} | ${seconds(lean?.seconds)} | ${seconds(own.seconds)} | ${ratio} | ${seconds(plain?.seconds)} | ${googleTotal} | ${openai.calls} (${openai.inputs}) | ${own.events} |`,
  );
}

async function startHeadwater(around: BenchEnvironment, name: string): Promise<Contestant> {
  const { env: common, dataSourceId, databaseMb } = await around.prepare(name);
  const env: Readonly<Record<string, string>> = { ...common, WORKER_TASK_SLOTS: options.taskSlots };
  const startWorker = () => fork(join(import.meta.dirname, '../../worker.ts'), [], { env, execArgv: [], silent: true });
  const first = startWorker();
  const workers = [first, ...Array.from({ length: options.workers - 1 }, startWorker)];
  const connection = await Connection.connect({ address: around.temporalAddress });
  const client = new Client({ connection });
  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(memoryMb(first) ?? 0), sampleEveryMs);
  await untilPolling(client, workers.length);
  return {
    sync: async (jobType) => {
      const workflowId = `sync/${randomUUID()}`;
      const meter = options.costs === true ? await startMeter(env['DATABASE_URL'] ?? '') : null;
      const started = performance.now();
      const result = await client.workflow.execute<typeof syncJob>('syncJob', {
        taskQueue,
        workflowId,
        args: [{ dataSourceId, jobType }],
      });
      const seconds = (performance.now() - started) / 1000;
      if (result.status !== 'completed') throw new Error(result.message);
      const ids = await workflowsOf(client, workflowId);
      const costs = meter === null ? [] : await meter(client, [...ids.keys()]);
      const events = [...ids.values()].reduce((sum, length) => sum + length, 0);
      return { seconds, counts: await around.vendors.takeCounts(), events, costs };
    },
    memoryMb: () => peakMemoryMb(first),
    course: async () => ({ memory: samples.splice(0), databaseMb: await databaseMb() }),
    [Symbol.asyncDispose]: async () => {
      clearInterval(sampling);
      await connection.close();
      await Promise.all(workers.map(stop));
    },
  };
}

/** Starts counting; the returned function stops it and returns what was used in between. */
async function startMeter(url: string) {
  const before = await databaseCounts(url);
  const cpuBefore = cpuSeconds();
  return async (client: Client, workflows: readonly string[]): Promise<readonly string[]> => {
    const cpu = cpuSeconds();
    const database = await databaseCounts(url);
    const { actions, stepsByWorker } = await temporalCosts(client, workflows);
    const used = Object.entries(cpu).map(([name, seconds]) => {
      const spent = seconds - cpuBefore[name as keyof typeof cpu];
      return `${name} ${spent.toFixed(2)} s (${((spent * 1000) / options.files).toFixed(2)} ms a file)`;
    });
    return [
      `CPU: ${used.join(', ')}`,
      `Postgres: ${database.transactions - before.transactions} transactions, ${database.rowsWritten - before.rowsWritten} rows written, ${(database.walMb - before.walMb).toFixed(1)} MB of WAL`,
      `Temporal: ${workflows.length} workflows, ${actions} actions; activities by worker: ${stepsByWorker.join(', ')}`,
    ];
  };
}

async function startLoop(around: BenchEnvironment, name: string): Promise<Contestant> {
  const { env, dataSourceId, databaseMb } = await around.prepare(name);
  return await startChild('plain-loop.ts', { env, databaseMb, around }, (jobType) => ({ dataSourceId, jobType }));
}

async function startFloor(around: BenchEnvironment, name: string): Promise<Contestant> {
  const { env, databaseMb } = await around.prepareEmpty(name);
  return await startChild('floor.ts', { env, databaseMb, around }, (jobType) => ({
    from: jobType === 'full_sync' ? 'listing' : 'changes',
  }));
}

/** Starts a loop in a separate process, which runs one sync after another. */
async function startChild(
  file: string,
  place: Omit<Prepared, 'dataSourceId'> & { readonly around: BenchEnvironment },
  toRun: (jobType: JobType) => LoopRun | FloorRun,
): Promise<Contestant> {
  const { env, databaseMb, around } = place;
  const child = fork(join(import.meta.dirname, file), [], { env, execArgv: [] });
  await once(child, 'message');
  return {
    sync: async (jobType) => {
      child.send(toRun(jobType));
      const [{ seconds }] = (await once(child, 'message')) as [{ readonly seconds: number }];
      return { seconds, counts: await around.vendors.takeCounts(), events: null, costs: [] };
    },
    memoryMb: () => peakMemoryMb(child),
    course: async () => ({ memory: [], databaseMb: await databaseMb() }),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

/** The job and its pages, with the number of events of each. */
async function workflowsOf(client: Client, workflowId: string): Promise<ReadonlyMap<string, number>> {
  const lengths = new Map([[workflowId, (await client.workflow.getHandle(workflowId).describe()).historyLength]]);
  for (let page = 1; ; page++) {
    const id = workflowIds.page(workflowId, page);
    const description = await client.workflow
      .getHandle(id)
      .describe()
      .catch(() => null);
    if (description === null) return lengths;
    lengths.set(id, description.historyLength);
  }
}

/** A worker is ready when it polls; each process polls under its own name. */
async function untilPolling(client: Client, workers: number): Promise<void> {
  for (;;) {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: taskQueue },
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- WORKFLOW; the enumeration is in @temporalio/proto
      taskQueueType: 1,
    });
    if (new Set((pollers ?? []).map(({ identity }) => identity)).size >= workers) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('must be a positive whole number.');
  return number;
}
