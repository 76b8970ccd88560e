import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, isListening } from './ports.ts';
import type { Hidden } from './ui-door.ts';

/** A program that runs beside this one. Disposing it stops it and waits for its end. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  /** The process to kill in a crash test: the program itself, not its guard. */
  readonly pid: number;
}

const timeoutMs = 10_000;

/** Starts the embedded database. @param dataFolder if absent, everything is in memory */
export async function startEmbeddedDatabase(
  port: number,
  from: { readonly folder?: string; readonly dump?: string } = {},
): Promise<Child & { readonly url: string }> {
  const args = Object.entries({ port, data: from.folder, load: from.dump }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  const child = forkScript('embedded-database.ts', args);
  const [message] = (await firstOf(child, 'the embedded database')) as [{ readonly listening: string }];
  return { ...toChild(child, child.pid ?? 0), url: `postgres://postgres@${message.listening}/postgres` };
}

export interface TemporalServerOptions {
  readonly cli: string;
  readonly port: number;
  /** Address of the Web UI; null if there is none. */
  readonly ui: Hidden | null;
  /** If absent, everything is in memory. */
  readonly databaseFile?: string;
}

/**
 * What a single-machine Temporal server is started with, here and in tests. The settings are measured: by default it
 * polls its own queues 20 times a second, which delays every activity; without the fairness flag, fairness keys are
 * silently ignored; and users take turns only within a partition, of which a task queue has four by default
 * (docs/decisions/49). Partitions are still read, because a database of an earlier release may have tasks in them.
 */
export async function temporalServerSettings(): Promise<readonly string[]> {
  return [
    // Its own choice may be taken by a connection before it listens.
    ['--http-port', String(await freePort()), '--metrics-port', String(await freePort())],
    // Its HTTP API cannot be switched off and requires no authentication, so it is restricted to a random host name.
    ['--dynamic-config-value', `frontend.httpAllowedHosts=["${randomUUID()}.invalid"]`],
    '--sqlite-pragma journal_mode=wal --sqlite-pragma synchronous=1'.split(' '),
    '--dynamic-config-value history.transferProcessorMaxPollRPS=2000'.split(' '),
    '--dynamic-config-value history.transferProcessorMaxPollHostRPS=5000'.split(' '),
    '--dynamic-config-value matching.enableFairness=true'.split(' '),
    '--dynamic-config-value matching.numTaskqueueWritePartitions=1'.split(' '),
  ].flat();
}

/** Starts a Temporal server with {@link temporalServerSettings}. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<Child> {
  const args = [
    'server start-dev --ip 127.0.0.1 --log-level error'.split(' '),
    ['--port', String(options.port)],
    options.ui === null ? ['--headless'] : ['--ui-ip', options.ui.host, '--ui-port', String(options.ui.port)],
    options.databaseFile === undefined ? [] : ['--db-filename', options.databaseFile],
    await temporalServerSettings(),
  ];
  const child = forkScript('child-guard.ts', [options.cli, ...args.flat()]);
  const [{ pid }] = (await firstOf(child, 'the Temporal server')) as [{ readonly pid: number }];
  await untilListening(options.port, child);
  return toChild(child, pid);
}

/**
 * A terminal sends Ctrl-C to the whole group of processes. In a group of its own, a child is stopped by its parent
 * only, after the parent no longer needs it.
 */
function forkScript(name: string, args: readonly string[]): ChildProcess {
  return fork(join(import.meta.dirname, name), [...args], {
    // On Windows, this opens another window.
    detached: process.platform !== 'win32',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** Returns the child's first message; throws if the child ends before it. */
async function firstOf(child: ChildProcess, what: string): Promise<unknown[]> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${what} ended at once (exit ${String(code)}). Its own output above says why.`);
  });
  return await Promise.race([once(child, 'message'), ended]);
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error('The Temporal server ended at once. Its own output above says why.');
    if (Date.now() > deadline) throw new Error(`The Temporal server does not listen on port ${port}.`);
    await sleep(50);
  }
}

function toChild(child: ChildProcess, pid: number): Child {
  return {
    process: child,
    pid,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
