/** Controls one reader process from outside: it is started with limits, watched and killed. */

import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createFrameReader, toFrame } from './frames.ts';
import { type ReaderAnswer, type ReaderRequest, readyMessage } from './protocol.ts';

export interface ReaderLimits {
  /** Maximum resident memory of one reader in megabytes; above it, the reader is killed. */
  readonly maxMemoryMb: number;
  /** Maximum size of one answer in bytes. */
  readonly maxAnswerBytes: number;
  /** The program to run; tests provide one that misbehaves. */
  readonly program?: string;
}

/** Why a reader has ended. */
export type ReaderEnd = 'killed' | 'out_of_memory' | 'too_much_output' | 'crashed' | 'not_started';

export interface Reader {
  readonly pid: number | undefined;
  /** Sends several requests; their answers arrive in the same order. */
  readonly send: (requests: readonly ReaderRequest[]) => void;
  /** While it works, its memory is checked and it keeps this process alive. */
  readonly setBusy: (isBusy: boolean) => void;
  readonly kill: () => void;
  /** Resident memory in megabytes, at most a tenth of a second ago; 0 if unknown. */
  readonly memoryMb: () => number;
}

interface ReaderEvents {
  readonly onReady: () => void;
  readonly onAnswer: (answer: ReaderAnswer) => void;
  /** Called once, after the process has ended. */
  readonly onEnd: (end: ReaderEnd) => void;
}

const readerProgram = join(import.meta.dirname, 'reader-process.ts');
const memoryLookMs = 100;
/** `ps` starts a process, so it is used only if `/proc` does not exist, and less often. */
const memoryAskMs = 1000;
/**
 * Memory that Node maps without using it, measured with Node 24 on two cores: 580 MB at the start, and a gigabyte while a
 * PDF of 1,000 pages is read in 214 MB. Threads that are busy at the same time map more.
 */
const mappedMb = 1600;
const keptErrorLength = 4000;

/**
 * The compile cache of readers: with it, a reader needs 0.2 s of CPU to start instead of 0.6 s. If it is not writable,
 * readers start without it.
 */
const compileCache = join(import.meta.dirname, '../../../node_modules/.cache/headwater/readers');

/** Starts a reader. It does not get our environment, and may write no files and start no processes. */
export function startReader(limits: ReaderLimits, events: ReaderEvents): Reader {
  const child = spawn(...commandLine(limits), {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { NODE_COMPILE_CACHE: compileCache },
  });
  const pipe = child.stdio[3] as Duplex;
  let end: ReaderEnd | null = null;
  let isReady = false;
  let complaint = '';
  let looked = { at: Number.NEGATIVE_INFINITY, mb: 0 };
  const kill = (reason: ReaderEnd): void => {
    end ??= reason;
    // The caller that kills it must learn when it has ended.
    child.ref();
    child.kill('SIGKILL');
  };
  const feed = createFrameReader(limits.maxAnswerBytes, (value) => {
    if (end !== null) return;
    if (value !== readyMessage) return events.onAnswer(value as ReaderAnswer);
    isReady = true;
    events.onReady();
  });
  pipe.on('data', (bytes: Buffer) => {
    try {
      feed(bytes);
    } catch {
      kill('too_much_output');
    }
  });
  // An error of the pipe ends the process, and that end is handled.
  pipe.on('error', () => {});
  child.stderr?.on('data', (bytes: Buffer) => {
    complaint = `${complaint}${bytes.toString('latin1')}`.slice(-keptErrorLength);
  });
  const watch = watchMemory(child.pid, limits.maxMemoryMb, () => kill('out_of_memory'));
  const ended = (): void => {
    watch.stop();
    events.onEnd(end ?? (isReady ? endOf(complaint) : 'not_started'));
  };
  child.once('error', () => {
    if (child.pid === undefined) ended();
  });
  child.once('close', ended);
  return {
    pid: child.pid,
    send: (requests) => void pipe.write(toFrame(requests)),
    setBusy: (isBusy) => {
      const handles = [child, pipe, child.stderr] as readonly {
        readonly ref?: () => void;
        readonly unref?: () => void;
      }[];
      for (const handle of handles) (isBusy ? handle.ref : handle.unref)?.call(handle);
      if (isBusy) watch.start();
      else watch.stop();
    },
    kill: () => kill('killed'),
    memoryMb: () => {
      const now = performance.now();
      if (now - looked.at >= memoryLookMs) looked = { at: now, mb: residentMb(child.pid) ?? 0 };
      return looked.mb;
    },
  };
}

/**
 * V8 enforces the heap limit itself. The data limit applies to everything else that a process may allocate at once,
 * such as a string of gigabytes. If the machine runs out of memory, readers are killed first.
 */
function commandLine({ maxMemoryMb, program = readerProgram }: ReaderLimits): [string, string[]] {
  const node = [
    `--max-old-space-size=${Math.round(maxMemoryMb * 0.75)}`,
    '--disable-warning=ExperimentalWarning',
    program,
  ];
  if (process.platform === 'win32') return [process.execPath, node];
  const limited =
    'ulimit -c 0; ulimit -d "$1" 2>/dev/null; echo 1000 2>/dev/null >/proc/self/oom_score_adj; shift; exec "$@"';
  return ['/bin/sh', ['-c', limited, 'reader', String((maxMemoryMb + mappedMb) * 1024), process.execPath, ...node]];
}

/** Recognizes out-of-memory messages of V8, the C++ library and Node. */
function endOf(complaint: string): ReaderEnd {
  return /out of memory|bad_alloc|ERR_MEMORY_ALLOCATION_FAILED|allocation failed/i.test(complaint)
    ? 'out_of_memory'
    : 'crashed';
}

function watchMemory(pid: number | undefined, maxMb: number, onTooMuch: () => void) {
  let timer: NodeJS.Timeout | undefined;
  const check = (mb: number | null): void => {
    if (mb !== null && mb > maxMb) onTooMuch();
  };
  const look = process.platform === 'linux' ? () => check(residentMb(pid)) : () => askMemory(pid, check);
  return {
    start: () => {
      timer ??= setInterval(look, process.platform === 'linux' ? memoryLookMs : memoryAskMs).unref();
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function residentMb(pid: number | undefined): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return null;
  }
}

function askMemory(pid: number | undefined, answer: (mb: number | null) => void): void {
  if (process.platform === 'win32' || pid === undefined) return;
  execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, stdout) =>
    answer(error === null ? Number(stdout.trim()) / 1024 : null),
  );
}
