import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createTurns } from './turns.ts';

const { signal } = new AbortController();
const slow = async (): Promise<void> => await sleep(20);

describe('turns', () => {
  test('fifty requests of one user do not slow down another’s', async () => {
    const turns = createTurns({ concurrency: 2, waiting: 50, inAll: 3 });
    const order: string[] = [];
    const all = Array.from(
      { length: 50 },
      async (_, i) =>
        await turns.take('busy', signal, async () => {
          await slow();
          order.push(`busy ${i}`);
        }),
    );
    await turns.take('other', signal, async () => {
      await slow();
      order.push('other');
    });
    expect(order.indexOf('other')).toBeLessThanOrEqual(4);
    await Promise.all(all);
    expect(order).toHaveLength(51);
  });

  test('with one turn at a time, users alternate', async () => {
    const turns = createTurns({ concurrency: 2, waiting: 50, inAll: 1 });
    const order: string[] = [];
    const note = (name: string) => async (): Promise<void> => {
      await sleep(1);
      order.push(name);
    };
    await Promise.all([
      ...Array.from({ length: 9 }, async () => await turns.take('busy', signal, note('busy'))),
      ...Array.from({ length: 3 }, async () => await turns.take('other', signal, note('other'))),
    ]);
    expect(order.lastIndexOf('other')).toBeLessThanOrEqual(7);
  });

  test('the limit on concurrent work holds, and more waiting requests are refused with a Retry-After', async () => {
    const turns = createTurns({ concurrency: 2, waiting: 3, inAll: 10 });
    let [running, highest] = [0, 0];
    const work = async (): Promise<void> => {
      highest = Math.max(highest, ++running);
      await slow();
      running--;
    };
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, async () => await turns.take('one', signal, work)),
    );
    expect(highest).toBe(2);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const refused = results.find((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({
      status: 429,
      code: 'too_many_concurrent',
      retryAfterSeconds: expect.any(Number),
    });
  });

  test('a client that disconnects stops waiting, and failed work returns its turn', async () => {
    const turns = createTurns({ concurrency: 1, waiting: 5, inAll: 1 });
    const gone = new AbortController();
    const first = turns.take('one', signal, slow);
    const waits = turns.take('one', gone.signal, slow);
    gone.abort(new Error('gone'));
    await expect(waits).rejects.toThrow('gone');
    await first;
    await expect(turns.take('one', signal, async () => await Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    await turns.take('one', signal, slow);
  });
});
