/** A share of the budget, given back when disposed. */
export type ByteLease = Disposable;

/**
 * Bounds the bytes that are in memory at once. First come, first served, so that one large item is not starved by many
 * small ones; what is larger than the whole budget takes all of it. A user who holds little waits for nobody: another's
 * large files may hold the budget for minutes.
 */
export interface ByteBudget {
  acquire(bytes: number, signal: AbortSignal, userId: string): Promise<ByteLease>;
}

/** One part in so many of the budget is what each user may hold whatever the others hold. */
const ownShare = 32;

/** @param total bytes that may be out at once */
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
        const entry = { bytes, start: () => resolve(take(userId, bytes)) };
        waiting.push(entry);
        signal.addEventListener(
          'abort',
          () => {
            const at = waiting.indexOf(entry);
            if (at < 0) return;
            waiting.splice(at, 1);
            startWaiting();
            reject(signal.reason as Error);
          },
          { once: true },
        );
      });
    },
  };
}
