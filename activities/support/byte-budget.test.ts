import { describe, expect, test } from '@jest/globals';
import { createByteBudget } from './byte-budget.ts';

const calm = new AbortController().signal;

describe('bytes in memory at the same time (P9)', () => {
  test('never exceed the budget, however many requests there are', async () => {
    const budget = createByteBudget(100);
    let out = 0;
    let highest = 0;
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const bytes = 10 + (i % 5) * 10;
        using _lease = await budget.acquire(bytes, calm, 'ana');
        out += bytes;
        highest = Math.max(highest, out);
        await new Promise((resolve) => setImmediate(resolve));
        out -= bytes;
      }),
    );
    expect(highest).toBeLessThanOrEqual(100);
    expect(highest).toBeGreaterThan(50);
  });

  test('an item larger than the whole budget takes all of it, and a large item is not starved by small ones', async () => {
    const budget = createByteBudget(100);
    const order: string[] = [];
    const small = await budget.acquire(60, calm, 'ana');
    const large = budget.acquire(5000, calm, 'ana').then((lease) => {
      order.push('large');
      return lease;
    });
    const late = budget.acquire(10, calm, 'ana').then(() => order.push('late'));
    small[Symbol.dispose]();
    (await large)[Symbol.dispose]();
    await late;
    expect(order).toEqual(['large', 'late']);
  });

  test('a cancelled wait leaves the queue', async () => {
    const budget = createByteBudget(10);
    const held = await budget.acquire(10, calm, 'ana');
    const stop = new AbortController();
    const waiting = budget.acquire(5, stop.signal, 'ana');
    stop.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    const next = budget.acquire(10, calm, 'ana');
    held[Symbol.dispose]();
    await next;
  });
});
