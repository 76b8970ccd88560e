/** A share of the budget, returned when it is disposed of. */
export type ByteLease = Disposable;

/**
 * Limits the bytes that are in memory at the same time. Requests are served in order, so that many small ones do not
 * starve a large one; one larger than the whole budget takes all of it. A user who holds little does not wait, because
 * another user's large files may hold the budget for minutes.
 */
export interface ByteBudget {
  acquire(bytes: number, signal: AbortSignal, userId: string): Promise<ByteLease>;
}

/** Each user may hold this fraction of the budget (1/n) whatever the others hold. */
const ownShare = 32;

/** @param total bytes that may be leased at the same time */
export function createByteBudget(total: number): ByteBudget {
  let free = total;
  const heldBy = new Map<string, number>();
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];

  function startWaiting(): void {
    for (let next = waiting[0]; next !== undefined && next.bytes <= free; next = waiting[0]) {
      waiting.shift();
      next.start();
    }
  }

  function hold(userId: string, bytes: number): void {
    free -= bytes;
    const held = (heldBy.get(userId) ?? 0) + bytes;
    if (held > 0) heldBy.set(userId, held);
    else heldBy.delete(userId);
  }

  function take(userId: string, bytes: number): ByteLease {
    hold(userId, bytes);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        hold(userId, -bytes);
        startWaiting();
      },
    };
  }

  return {
    acquire: async (wanted, signal, userId) => {
      const bytes = Math.min(wanted, total);
      signal.throwIfAborted();
      const isLittle = (heldBy.get(userId) ?? 0) + bytes <= total / ownShare;
      if (isLittle || (waiting.length === 0 && bytes <= free)) return take(userId, bytes);
      return await new Promise<ByteLease>((resolve, reject) => {
        const entry = {
          bytes,
          start: () => {
            signal.removeEventListener('abort', abandon);
            resolve(take(userId, bytes));
          },
        };
        const abandon = (): void => {
          waiting.splice(waiting.indexOf(entry), 1);
          startWaiting();
          reject(signal.reason as Error);
        };
        waiting.push(entry);
        // Removed again: the signal is that of a whole batch, and a new listener is compared with each that it has.
        signal.addEventListener('abort', abandon, { once: true });
      });
    },
  };
}
