import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startEmbeddedDatabase, startTemporalServer } from '../../tools/local/children.ts';
import { freePort } from '../../tools/local/ports.ts';
import { findTemporalCli } from '../../tools/local/temporal-cli.ts';
import { startRealPostgres } from './real-postgres.ts';

export type Victim = 'worker' | 'temporal' | 'database' | 'reader';

/** Workers that were started together. */
export interface WorkerGroup {
  /** Stops them gracefully. They are not started again. */
  stop(): Promise<void>;
}

/** Worker, Temporal and database as a test's own processes, with files that survive them. */
export interface Crashable extends AsyncDisposable {
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly temporalAddress: string;
  /**
   * @param count number of processes on one task queue
   * @param checkout the folder with their code; this one if absent
   */
  startWorker(env: Readonly<Record<string, string>>, count?: number, checkout?: string): WorkerGroup;
  /** Stops all of them gracefully. */
  stopWorker(): Promise<void>;
  /**
   * Sends SIGKILL (to the worker that has run longest; PostgreSQL gets an immediate shutdown), then starts the process
   * again with the same files. Workers start their own readers again.
   */
  crash(victim: Victim): Promise<void>;
}

interface Release {
  readonly env: Readonly<Record<string, string>>;
  readonly checkout: string;
  isStopped: boolean;
}

interface CrashableDatabase extends AsyncDisposable {
  readonly url: string;
  readonly poolSize: number;
  crash(): Promise<void>;
}

const thisCheckout = join(import.meta.dirname, '..', '..');

export async function startCrashable(): Promise<Crashable> {
  const dataDir = await mkdtemp(join(tmpdir(), 'headwater-crash-'));
  const database = process.env['DATABASE_URL'] ? await realDatabase() : await embeddedDatabase(dataDir);
  const temporal = await restartable(await temporalStarter(dataDir));
  const workers = new Map<ChildProcess, Release>();
  let started = 0;
  // Like any supervisor, restarts a worker that ends by itself (because its database is not back yet).
  const supervise = (release: Release): void => {
    if (release.isStopped) return;
    const { env, checkout } = release;
    started++;
    // With an object store, workers are as on separate hosts: each process has a folder of its own.
    const own = env['STAGING_S3_BUCKET'] === undefined ? {} : { DATA_DIR: join(dataDir, `worker-${started}`) };
    const child = spawnWorker(checkout, { ...env, ...own });
    workers.set(child, release);
    child.once('exit', () => setTimeout(() => workers.delete(child) && supervise(release), 500));
  };
  const endAll = async (signal: 'SIGTERM' | 'SIGKILL', of?: Release): Promise<void> => {
    const children = [...workers].filter(([, release]) => of === undefined || release === of).map(([child]) => child);
    for (const child of children) workers.delete(child);
    await Promise.all(children.map(async (child) => await end(child, signal)));
  };
  const crashable: Crashable = {
    dataDir,
    databaseUrl: database.url,
    poolSize: database.poolSize,
    temporalAddress: temporal.address,
    startWorker: (env, count = 1, checkout = thisCheckout) => {
      const release: Release = { env, checkout, isStopped: false };
      for (let i = 0; i < count; i++) supervise(release);
      return {
        stop: async () => {
          release.isStopped = true;
          await endAll('SIGTERM', release);
        },
      };
    },
    stopWorker: async () => await endAll('SIGTERM'),
    crash: async (victim) => {
      if (victim === 'database') await database.crash();
      else if (victim === 'temporal') await temporal.crash();
      else if (victim === 'reader') for (const worker of workers.keys()) killReaders(worker.pid);
      else {
        const [[oldest, release] = []] = workers;
        if (oldest === undefined || release === undefined) return;
        workers.delete(oldest);
        await end(oldest, 'SIGKILL');
        supervise(release);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await endAll('SIGKILL');
      await temporal[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return crashable;
}

async function temporalStarter(dataDir: string) {
  const cli = await findTemporalCli(process.env, () => {});
  const port = await freePort();
  const databaseFile = join(dataDir, 'temporal.db');
  return {
    address: `127.0.0.1:${port}`,
    start: async () => await startTemporalServer({ cli, port, ui: null, databaseFile }),
  };
}

async function embeddedDatabase(dataDir: string): Promise<CrashableDatabase> {
  const port = await freePort();
  const database = await restartable({
    address: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start: async () => await startEmbeddedDatabase(port, { folder: join(dataDir, 'database') }),
  });
  return { ...database, url: database.address, poolSize: 1 };
}

async function realDatabase(): Promise<CrashableDatabase> {
  const postgres = await startRealPostgres();
  return {
    url: postgres.url,
    poolSize: 10,
    crash: async () => {
      await postgres.kill();
      await postgres.start();
    },
    [Symbol.asyncDispose]: async () => await postgres[Symbol.asyncDispose](),
  };
}

async function restartable(program: { readonly address: string; readonly start: () => Promise<Child> }) {
  let child = await program.start();
  return {
    address: program.address,
    crash: async () => {
      const ended = once(child.process, 'exit');
      process.kill(child.pid, 'SIGKILL');
      await ended;
      child = await program.start();
    },
    [Symbol.asyncDispose]: async () => await child[Symbol.asyncDispose](),
  };
}

function spawnWorker(checkout: string, env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(checkout, 'worker.ts')], {
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
    stdio: ['ignore', 'ignore', process.env['DEBUG'] === undefined ? 'ignore' : 'inherit'],
  });
}

/**
 * Kills the processes in which a worker reads files. Linux lists a process's children; on other systems none are
 * killed.
 */
function killReaders(worker: number | undefined): void {
  for (const pid of readIfThere(`/proc/${worker}/task/${worker}/children`).split(' ').filter(Boolean)) {
    if (!readIfThere(`/proc/${pid}/cmdline`).includes('reader-process')) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has already ended by itself.
    }
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
