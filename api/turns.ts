/**
 * Limits expensive work (searches, previews): a few at a time for one user, and never so many that no connection is
 * left.
 */

import { Problem } from './problem.ts';

export interface TurnLimits {
  /** For one user. */
  readonly concurrency: number;
  /** For one user; further requests are refused. */
  readonly waiting: number;
  /** For all users. */
  readonly inAll: number;
}

export interface Turns {
  /**
   * Waits for a turn, then runs the work. Users alternate, however many requests each has sent.
   * @throws Problem 429 if the user has too many requests waiting; the signal's reason if the client has disconnected
   * meanwhile
   */
  take<T>(userId: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

const retryAfterSeconds = 2;

interface OfUser {
  running: number;
  readonly waiting: (() => void)[];
}

export function createTurns({ concurrency, waiting, inAll }: TurnLimits): Turns {
  /** Users with running or waiting work; the one who has waited longest is first. */
  const users = new Map<string, OfUser>();
  let running = 0;

  function startNext(): void {
    while (running < inAll) {
      const next = [...users].find(([, user]) => user.waiting.length > 0 && user.running < concurrency);
      if (next === undefined) return;
      const [userId, user] = next;
      users.delete(userId);
      users.set(userId, user);
      running++;
      user.running++;
      user.waiting.shift()?.();
    }
  }

  async function turn(userId: string, user: OfUser, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      const at = user.waiting.indexOf(resolve);
      if (at < 0) return;
      user.waiting.splice(at, 1);
      forget(userId, user);
      reject(signal.reason as Error);
    };
    user.waiting.push(resolve);
    signal.addEventListener('abort', leave, { once: true });
    startNext();
    await promise.finally(() => signal.removeEventListener('abort', leave));
  }

  function forget(userId: string, user: OfUser): void {
    if (user.running === 0 && user.waiting.length === 0) users.delete(userId);
  }

  return {
    take: async (userId, signal, work) => {
      signal.throwIfAborted();
      const user = users.get(userId) ?? { running: 0, waiting: [] };
      if (user.waiting.length >= waiting) throw tooManyConcurrent();
      users.set(userId, user);
      await turn(userId, user, signal);
      try {
        return await work();
      } finally {
        running--;
        user.running--;
        forget(userId, user);
        startNext();
      }
    },
  };
}

/** @throws never; the caller throws it */
export function tooManyConcurrent(): Problem {
  return new Problem(
    429,
    'too_many_concurrent',
    'You have too many concurrent requests of this kind. Wait for some of them to finish.',
    {
      retryAfterSeconds,
    },
  );
}
