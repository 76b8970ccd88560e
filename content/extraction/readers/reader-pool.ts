/**
 * Assigns tasks to readers, enforces their timeouts, and handles tasks whose reader ends. One user's slow files do not
 * delay the files of others: each user has a separate queue, and additional readers are started for users who have
 * none.
 */

import { createFairQueue } from './fair-queue.ts';
import type { ReaderAnswer, ReaderRequest } from './protocol.ts';
import { type Reader, type ReaderEnd, type ReaderLimits, startReader } from './reader.ts';

export interface PoolLimits extends ReaderLimits {
  /** Maximum number of readers per user; up to twice as many run, so that other users get some too. */
  readonly processes: number;
  /** Timeout in milliseconds, starting when a reader takes the task. */
  readonly timeoutMs: number;
  /** A reader without work ends after this time, in milliseconds. */
  readonly idleMs: number;
  /**
   * Another reader takes the next of a user's files if the one that is read takes longer than this, in milliseconds. One
   * reader reads small files faster than a worker downloads and stores them, and each further one has to compile its
   * code and learn the vocabulary, which costs as much as reading hundreds of files.
   */
  readonly helpAfterMs?: number;
}

/** Why there is no answer. */
export type ReadingEnd = 'timeout' | 'out_of_memory' | 'too_much_output' | 'crashed' | 'not_started';

export class ReadingEnded extends Error {
  override readonly name = 'ReadingEnded';
  readonly end: ReadingEnd;

  constructor(end: ReadingEnd) {
    super(`a reader ended: ${end}`);
    this.end = end;
  }
}

export interface PoolRequest extends ReaderRequest {
  readonly userId: string;
  /** Size of the file in bytes: small files are sent to a reader several at once. */
  readonly bytes: number;
}

export interface ReaderPool extends AsyncDisposable {
  /** @throws ReadingEnded; the signal's reason if it is aborted */
  readonly run: (request: PoolRequest, signal: AbortSignal) => Promise<ReaderAnswer>;
  /** Starts a reader if none runs, for tasks that are about to come. */
  readonly prepare: () => void;
  readonly pids: () => number[];
}

const smallBytes = 64 * 1024;
/** Number of small files sent together, because sending them singly costs a turn of two event loops each. */
const smallTogether = 8;
/** A reader that ends while working is replaced, and a new one retries the task once. */
const triesOfTask = 2;
/** Number of consecutive failed starts before the waiting tasks are rejected. */
const failedStarts = 3;
/** Memory left over from a large file must not count against the next one. */
const recycleShare = 0.5;
const usualHelpAfterMs = 250;
/** The first file of a reader waits for code to be loaded, and may take this many times as long as others. */
const firstFactor = 4;
/** Files that take more CPU than this on average, in milliseconds, are read by several readers. */
const quickMs = 10;
/** How much the latest file counts in the average. */
const latestShare = 0.05;
/** No single file counts for more than this in the average, in milliseconds. */
const countedMs = 100;
/**
 * A reader's first files do not count, until so many or so many milliseconds: a text of 7 KB may take 100 ms while the
 * reader's code is compiled.
 */
const compilesDuring = { files: 50, ms: 2000 };

interface Task extends PoolRequest {
  readonly settle: (outcome: ReaderAnswer | Error) => void;
  tries: number;
  isSettled: boolean;
}

interface Post {
  readonly reader: Reader;
  /** The first task is being read; the others wait in the reader's pipe. */
  tasks: Task[];
  isReady: boolean;
  /** Number of its answers. */
  answers: number;
  /** CPU time that they took, in milliseconds. */
  usedMs: number;
  isClosing: boolean;
  /** Whether its current task takes longer than `helpAfterMs`. */
  isSlow: boolean;
  timer: NodeJS.Timeout | undefined;
  timedOut: boolean;
}

export function createReaderPool(limits: PoolLimits): ReaderPool {
  return new Pool(limits);
}

class Pool implements ReaderPool {
  readonly #limits: PoolLimits;
  readonly #queue = createFairQueue<Task>();
  readonly #posts = new Set<Post>();
  #failedStarts = 0;
  /** CPU time that a file takes on average, in milliseconds. */
  #averageMs = 0;
  #isClosed = false;
  #whenEmpty: (() => void) | undefined;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  async run(request: PoolRequest, signal: AbortSignal): Promise<ReaderAnswer> {
    signal.throwIfAborted();
    if (this.#isClosed) throw new ReadingEnded('not_started');
    return await new Promise((resolve, reject) => {
      const abort = (): void => this.#abandon(task, signal.reason as Error);
      const task: Task = {
        ...request,
        tries: 0,
        isSettled: false,
        settle: (outcome) => {
          if (task.isSettled) return;
          task.isSettled = true;
          signal.removeEventListener('abort', abort);
          if (Error.isError(outcome)) reject(outcome);
          else resolve(outcome);
        },
      };
      signal.addEventListener('abort', abort);
      this.#queue.add(task.userId, task, 'end');
      this.#dispatch();
    });
  }

  prepare(): void {
    if (this.#posts.size === 0 && !this.#isClosed) this.#open();
  }

  pids(): number[] {
    return [...this.#posts].flatMap(({ reader }) => reader.pid ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#queue.drain()) task.settle(new ReadingEnded('not_started'));
    for (const post of this.#posts) this.#close(post);
    if (this.#posts.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
  }

  #dispatch(): void {
    while (!this.#queue.isEmpty() && !this.#isClosed) {
      const task = this.#queue.next(
        (user) => this.#inWork(user),
        (user) => this.#mayStart(user),
      );
      if (task === undefined) return;
      this.#handOver(this.#postFor(task), task);
    }
  }

  /**
   * The usual number of readers is for everybody, but several read one user's files only if those take long. As many
   * again are for users who have none working.
   */
  #mayStart(user: string): boolean {
    const busy = [...this.#posts].filter((post) => post.tasks.length > 0);
    const { processes } = this.#limits;
    if (this.#inWork(user) === 0) return busy.length < 2 * processes;
    return busy.length < processes && (this.#averageMs > quickMs || busy.some((post) => post.isSlow));
  }

  #helpAfterMs({ answers }: Post): number {
    const { helpAfterMs = usualHelpAfterMs, timeoutMs } = this.#limits;
    return Math.min(answers > 0 ? helpAfterMs : firstFactor * helpAfterMs, timeoutMs);
  }

  #inWork(user: string): number {
    return [...this.#posts].filter((post) => post.tasks[0]?.userId === user).length;
  }

  /** A task whose reader has ended once gets a new one, because leftovers of another file are not its fault. */
  #postFor(task: Task): Post {
    const idle = [...this.#posts].filter((post) => post.tasks.length === 0 && !post.isClosing);
    const usable = idle.find((post) => task.tries === 0 || post.answers === 0);
    if (usable !== undefined) return usable;
    if (idle[0] !== undefined) this.#close(idle[0]);
    return this.#open();
  }

  #open(): Post {
    const reader = startReader(this.#limits, {
      onReady: () => {
        this.#failedStarts = 0;
        post.isReady = true;
        this.#begin(post);
      },
      onAnswer: (answer) => this.#answered(post, answer),
      onEnd: (end) => this.#ended(post, end),
    });
    const state = { isReady: false, answers: 0, usedMs: 0, isClosing: false, isSlow: false, timedOut: false };
    const post: Post = { reader, tasks: [], timer: undefined, ...state };
    this.#posts.add(post);
    return post;
  }

  #handOver(post: Post, first: Task): void {
    clearTimeout(post.timer);
    post.tasks = [first];
    let bytes = first.bytes;
    const fits = (task: Task): boolean =>
      post.tasks.length < smallTogether && first.tries === 0 && task.tries === 0 && bytes + task.bytes <= smallBytes;
    for (let more = this.#queue.nextOf(first.userId, fits); more !== undefined;) {
      bytes += more.bytes;
      post.tasks.push(more);
      more = this.#queue.nextOf(first.userId, fits);
    }
    post.reader.setBusy(true);
    post.reader.send(post.tasks.map(({ name, input }) => ({ name, input })));
    if (post.isReady) this.#begin(post);
  }

  /** The timeout applies to the task being read, and starts when the reader takes it. */
  #begin(post: Post): void {
    clearTimeout(post.timer);
    post.isSlow = false;
    if (post.tasks.length === 0) return this.#rest(post);
    const [task] = post.tasks;
    const helpAfterMs = this.#helpAfterMs(post);
    const seekHelp = (): void => {
      if (post.tasks[0] !== task) return;
      post.isSlow = true;
      this.#dispatch();
    };
    post.timer = setTimeout(() => {
      post.timer = setTimeout(() => {
        post.timedOut = true;
        post.reader.kill();
      }, this.#limits.timeoutMs - helpAfterMs);
      // If this process was busy for so long, the answer may be waiting in the pipe, which is read before this.
      setImmediate(seekHelp);
    }, helpAfterMs);
  }

  #answered(post: Post, answer: ReaderAnswer): void {
    const ms = cpuMsOf(answer);
    if (post.answers >= compilesDuring.files || post.usedMs >= compilesDuring.ms)
      this.#averageMs += latestShare * (Math.min(ms, countedMs) - this.#averageMs);
    post.answers++;
    post.usedMs += ms;
    post.tasks.shift()?.settle(answer);
    this.#begin(post);
    this.#dispatch();
  }

  #rest(post: Post): void {
    post.reader.setBusy(false);
    if (this.#isClosed || post.reader.memoryMb() > recycleShare * this.#limits.maxMemoryMb) return this.#close(post);
    post.timer = setTimeout(() => this.#close(post), this.#limits.idleMs).unref();
  }

  /** The reader takes no more tasks; its current ones are settled when the process has ended. */
  #close(post: Post): void {
    clearTimeout(post.timer);
    post.isClosing = true;
    post.reader.kill();
  }

  #ended(post: Post, end: ReaderEnd): void {
    clearTimeout(post.timer);
    this.#posts.delete(post);
    // The next files may be of another kind.
    if (this.#posts.size === 0) this.#averageMs = 0;
    if (end === 'not_started') this.#failedStarts++;
    const [blamed, ...innocent] = post.tasks;
    post.tasks = [];
    for (const task of innocent.toReversed()) this.#again(task);
    if (blamed !== undefined) this.#blame(blamed, post, end);
    if (this.#failedStarts >= failedStarts) this.#refuseAll();
    this.#dispatch();
    if (this.#posts.size === 0) this.#whenEmpty?.();
  }

  /** A timeout is final. Any other failure may be caused by the machine, and gets one retry. */
  #blame(task: Task, post: Post, end: ReaderEnd): void {
    if (post.timedOut) return task.settle(new ReadingEnded('timeout'));
    if (end === 'too_much_output') return task.settle(new ReadingEnded(end));
    if (end !== 'not_started') task.tries++;
    if (task.tries < triesOfTask) return this.#again(task);
    task.settle(new ReadingEnded(end === 'killed' ? 'crashed' : end));
  }

  #again(task: Task): void {
    if (task.isSettled) return;
    if (this.#isClosed) return task.settle(new ReadingEnded('not_started'));
    this.#queue.add(task.userId, task, 'front');
  }

  #refuseAll(): void {
    this.#failedStarts = 0;
    for (const task of this.#queue.drain()) task.settle(new ReadingEnded('not_started'));
  }

  /** The caller no longer waits. If a reader is working on the task, it is killed, because the task may take long. */
  #abandon(task: Task, reason: Error): void {
    task.settle(reason);
    this.#queue.remove(task.userId, task);
    const post = [...this.#posts].find(({ tasks }) => tasks[0] === task);
    post?.reader.kill();
  }
}

/** Readers are not trusted. */
function cpuMsOf({ cpuMs }: ReaderAnswer): number {
  return Number.isFinite(cpuMs) ? Math.max(0, Number(cpuMs)) : 0;
}
