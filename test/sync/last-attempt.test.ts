/** A connector learns that a failing item would be left to a later job, so that it can try another way to read it. */

import { expect, test } from '@jest/globals';
import { SyncError } from '../../domain/errors.ts';
import { maxAttemptsPerItem } from '../../domain/retry-policy.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { startSteps } from '../harness/steps.ts';

test('a fetch is told when it is the last try of an item in this job', async () => {
  const source = new HostileSource();
  source.put('a.md', 'text');
  const told: (boolean | undefined)[] = [];
  const down = new SyncError('unavailable', { scope: 'item', message: 'It does not answer.' });
  await using steps = await startSteps(() => ({
    ...createHostileConnector(source),
    fetch: async (_ref, _signal, isLastTry) => {
      told.push(isLastTry);
      return await Promise.reject(down);
    },
  }));
  const page = await steps.open(await steps.createSource(), 'full_sync');
  await steps.run('listPage', page);
  await steps.run('diffPage', page);
  const batch = { ...page, batch: 0 };
  for (let attempt = 1; attempt < maxAttemptsPerItem; attempt++)
    await expect(steps.run('downloadBatch', batch, { attempt })).rejects.toThrow();
  await steps.run('downloadBatch', batch, { attempt: maxAttemptsPerItem });
  expect(told).toEqual([false, false, false, true]);
}, 120_000);
