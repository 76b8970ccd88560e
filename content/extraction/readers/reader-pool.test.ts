import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Misbehavior } from '../../../test/doubles/misbehaving-reader.ts';
import { createReaderPool, type PoolLimits, type ReaderPool } from './reader-pool.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'test', 'doubles', 'misbehaving-reader.ts');
const calm = new AbortController().signal;
const usual: PoolLimits = {
  processes: 1,
  timeoutMs: 20_000,
  maxMemoryMb: 256,
  maxAnswerBytes: 1024 * 1024,
  idleMs: 30_000,
  program,
};

let pool: ReaderPool | undefined;
afterEach(async () => await pool?.[Symbol.asyncDispose]());

function openPool(limits: Partial<PoolLimits> = {}): ReaderPool {
  pool = createReaderPool({ ...usual, ...limits });
  return pool;
}

interface Done {
  readonly pid: number;
  readonly nth: number;
}

async function run(input: Misbehavior, { userId = 'ana', signal = calm, bytes = 10 } = {}): Promise<Done> {
  const answer = await openedPool().run({ name: 'extract', input, userId, bytes }, signal);
  return (answer as { readonly answer: Done }).answer;
}

function openedPool(): ReaderPool {
  if (pool === undefined) throw new Error('open a pool first');
  return pool;
}

const endOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'answered',
    (error: unknown) => (Error.isError(error) && 'end' in error ? error.end : error),
  );

describe('a hostile file fails only itself (P14)', () => {
  test('an endless loop is killed after its time, and the next file is read', async () => {
    openPool({ timeoutMs: 2000 });
    const looping = endOf(run({ do: 'loop' }));
    const next = run({ do: 'answer' });
    expect(await looping).toBe('timeout');
    expect((await next).nth).toBe(1);
  });

  test.each(['fill heap', 'fill buffers', 'one huge string'] as const)(
    'unlimited memory use (%s) ends the reader, never this process',
    async (what) => {
      openPool();
      const before = process.memoryUsage().rss;
      const hungry = endOf(run({ do: what }));
      const next = run({ do: 'answer' });
      expect(await hungry).toBe('out_of_memory');
      expect(await next).toMatchObject({ nth: 1 });
      expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    },
  );

  test('a crash is retried once by a new reader; then the file fails', async () => {
    openPool();
    const { pid } = await run({ do: 'answer' });
    expect(await endOf(run({ do: 'crash' }))).toBe('crashed');
    const after = await run({ do: 'answer' });
    expect(after.pid).not.toBe(pid);
  });

  test('a poisoned file among many fails none of the others', async () => {
    openPool();
    const kinds: Misbehavior['do'][] = Array.from({ length: 40 }, (_, i) => (i === 17 ? 'crash' : 'answer'));
    const ends = await Promise.all(kinds.map(async (what) => await endOf(run({ do: what }))));
    expect(ends.flatMap((end, i) => (end === 'answered' ? [] : [[i, end]]))).toEqual([[17, 'crashed']]);
  });

  test('more output than one document may have is refused before it is in memory', async () => {
    openPool();
    expect(await endOf(run({ do: 'flood' }))).toBe('too_much_output');
    expect((await run({ do: 'answer' })).nth).toBe(1);
  });
});

test('kill -9 of a reader in the middle of a file: the file is read by another (P2)', async () => {
  const opened = openPool();
  await run({ do: 'answer' });
  const [pid] = opened.pids();
  const reading = run({ do: 'sleep', ms: 2500 });
  await pause(200);
  process.kill(pid ?? 0, 'SIGKILL');
  expect((await reading).pid).not.toBe(pid);
});

test('a reader that was started ahead takes the first task, and no second one is started for it', async () => {
  const opened = openPool();
  opened.prepare();
  opened.prepare();
  const [pid, ...others] = opened.pids();
  expect(others).toEqual([]);
  expect(await run({ do: 'answer' })).toEqual({ pid, nth: 1 });
});

test('one reader reads all files that are quick, and another helps if they take long', async () => {
  const pids = async (helpAfterMs: number): Promise<Set<number>> => {
    openPool({ processes: 2, helpAfterMs });
    await run({ do: 'answer' });
    const files = Array.from({ length: 2 }, async () => await run({ do: 'sleep', ms: 1500 }, { bytes: 1e6 }));
    const used = new Set((await Promise.all(files)).map(({ pid }) => pid));
    await pool?.[Symbol.asyncDispose]();
    return used;
  };
  expect((await pids(60_000)).size).toBe(1);
  expect((await pids(1)).size).toBe(2);
});

describe('another reader helps if files take long on average', () => {
  const readersOf = async (...files: readonly number[]): Promise<number> => {
    const runs = files.map(async (ms) => await run({ do: 'sleep', ms }, { bytes: 1e6 }));
    return new Set((await Promise.all(runs)).map(({ pid }) => pid)).size;
  };
  const many = (files: number, ms: number): number[] => Array<number>(files).fill(ms);

  test('but not because of the first 50 files of a reader', async () => {
    openPool({ processes: 2, helpAfterMs: 60_000 });
    expect(await readersOf(...many(50, 20))).toBe(1);
    expect(await readersOf(...many(100, 1))).toBe(1);
    expect(await readersOf(...many(100, 20))).toBe(2);
  });

  test('and after two seconds if the first ones already take long', async () => {
    openPool({ processes: 2, helpAfterMs: 60_000 });
    expect(await readersOf(...many(20, 200))).toBe(2);
  });

  test('also where most files are quick', async () => {
    openPool({ processes: 2, helpAfterMs: 60_000 });
    await readersOf(...many(50, 1));
    const mixed = Array.from({ length: 60 }, (_, i) => (i % 4 === 0 ? 150 : 1));
    expect(await readersOf(...mixed)).toBe(2);
  });
});

test('a file is not slow because this process was too busy to take its answer', async () => {
  openPool({ processes: 2, helpAfterMs: 1000 });
  const { pid } = await run({ do: 'answer' });
  const file = async () => await run({ do: 'sleep', ms: 400 }, { bytes: 1e6 });
  const files = Promise.all([file(), file()]);
  await pause(20);
  // From here, timers that have expired come before answers.
  await new Promise((resolve) => setImmediate(resolve));
  for (const until = performance.now() + 2000; performance.now() < until;);
  expect((await files).map((done) => done.pid)).toEqual([pid, pid]);
});

test('the timeout starts when a reader takes the file: waiting files do not time out', async () => {
  openPool({ timeoutMs: 4000 });
  await run({ do: 'answer' });
  const slow = Array.from({ length: 6 }, async () => await endOf(run({ do: 'sleep', ms: 800 })));
  expect(await Promise.all(slow)).toEqual(Array(6).fill('answered'));
});

test('six slow files of one user do not delay another’s five notes', async () => {
  openPool();
  await run({ do: 'answer' });
  const slow = Promise.all(Array.from({ length: 6 }, async () => await run({ do: 'sleep', ms: 700 }, { bytes: 1e6 })));
  const notes = Promise.all(Array.from({ length: 5 }, async () => await run({ do: 'answer' }, { userId: 'bo' })));
  const first = await Promise.race([slow.then(() => 'slow'), notes.then(() => 'notes')]);
  expect(first).toBe('notes');
  await Promise.all([notes, slow]);
});

test('a canceled file is not read, and if it is being read, it is stopped', async () => {
  openPool();
  await run({ do: 'answer' });
  const cancel = new AbortController();
  const { signal } = cancel;
  const given = [endOf(run({ do: 'loop' }, { signal })), endOf(run({ do: 'sleep', ms: 5 }, { signal, bytes: 1e6 }))];
  const next = run({ do: 'answer' });
  const reason = new Error('cancelled');
  cancel.abort(reason);
  expect(await Promise.all(given)).toEqual([reason, reason]);
  expect((await next).nth).toBe(1);
});

test('a program that does not start fails the files waiting for it, after three tries', async () => {
  openPool({ program: '/nowhere.ts' });
  expect(await endOf(run({ do: 'answer' }))).toBe('not_started');
});
