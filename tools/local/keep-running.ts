import type { Child } from './children.ts';

/** A program that ends more often than this within the time has a fault that a restart does not mend. */
const maxRestarts = 5;
const periodMs = 10 * 60_000;

export interface Kept extends AsyncDisposable {
  /** Rejects if the program cannot be kept running. */
  readonly lost: Promise<never>;
}

/**
 * Starts a program again when it ends by itself: the system kills the largest program if memory runs out, and nobody at
 * the terminal could start this one alone. What it stores survives, and jobs wait for it.
 * @param start starts it again, at the same address @param say tells the person at the terminal
 */
export function keepRunning(
  what: string,
  first: Child,
  start: () => Promise<Child>,
  say: (line: string) => void,
): Kept {
  const lost = Promise.withResolvers<never>();
  // Whoever does not wait for it is not to end because of it.
  lost.promise.catch(() => {});
  const restarts: number[] = [];
  let stopping = false;
  let current: Promise<Child> = Promise.resolve(first);

  const startAgain = async (how: string): Promise<Child> => {
    const now = Date.now();
    restarts.push(now);
    if (restarts.filter((at) => at > now - periodMs).length > maxRestarts)
      throw new Error(`${what} ends again and again (${how}).`);
    say(`\n${what} has ended (${how}) and is started again …`);
    const child = watched(await start());
    say(`${what} runs again; jobs continue by themselves.`);
    return child;
  };
  const watched = (child: Child): Child => {
    child.process.once('exit', (code, signal) => {
      if (stopping) return;
      current = startAgain(signal ?? `exit ${String(code)}`);
      current.catch(lost.reject);
    });
    return child;
  };
  watched(first);
  return {
    lost: lost.promise,
    [Symbol.asyncDispose]: async () => {
      stopping = true;
      await (await current.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}
