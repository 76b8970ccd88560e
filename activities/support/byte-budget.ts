/** A share of the budget, given back when disposed. */
export type ByteLease = Disposable;

/**
 * Bounds the bytes that are in memory at once. First come, first served, so that one large item is not starved by many
 * small ones; what is larger than the whole budget takes all of it.
 */
export interface ByteBudget {
  acquire(bytes: number, signal: AbortSignal): Promise<ByteLease>;
}

/** @param total bytes that may be out at once */
export function createByteBudget(total: number): ByteBudget {
  let free = total;
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];

  function startWaiting(): void {
    for (let next = waiting[0]; next !== undefined && next.bytes <= free; next = waiting[0]) {
      waiting.shift();
      next.start();
    }
  }

  function take(bytes: number): ByteLease {
    free -= bytes;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        free += bytes;
        startWaiting();
      },
    };
  }

  return {
    acquire: async (wanted, signal) => {
      const bytes = Math.min(wanted, total);
      signal.throwIfAborted();
      if (waiting.length === 0 && bytes <= free) return take(bytes);
      return await new Promise<ByteLease>((resolve, reject) => {
        const entry = { bytes, start: () => resolve(take(bytes)) };
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
