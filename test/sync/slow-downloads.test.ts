/** A file that arrives a byte at a time fails by itself: the files beside it are saved, and it is not tried for ever (P12). */

import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { maxAttemptsPerItem } from '../../domain/retry-policy.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { startSteps } from '../harness/steps.ts';

test('a download that does not end in time is given up, as one of its item alone', async () => {
  const source = new HostileSource();
  for (const id of ['a', 'slow', 'z']) source.put(id, `text of ${id}`);
  const hostile = createHostileConnector(source);
  const change = { downloadTimeoutMs: 100 };
  await using steps = await startSteps(
    () => ({
      ...hostile,
      fetch: async (ref, signal, isLastTry) => {
        if (ref.externalId !== 'slow') return await hostile.fetch(ref, new AbortController().signal, isLastTry);

        if (!signal.aborted) await once(signal, 'abort');
        throw signal.reason;
      },
    }),
    change,
  );
  const page = await steps.open(await steps.createSource(), 'full_sync');
  await steps.run('listPage', page);
  await steps.run('diffPage', page);
  const batch = { ...page, batch: 0 };
  await expect(steps.run('downloadBatch', batch)).rejects.toThrow(/too slowly/);
  expect(source.fetched.toSorted()).toEqual(['a', 'z']);
  await steps.run('downloadBatch', batch, { attempt: maxAttemptsPerItem });
  expect(source.fetched).toHaveLength(2);
  const items = await steps.database.db.selectFrom('jobItems').select(['externalId', 'state', 'errorCode']).execute();
  expect(items.filter(({ errorCode }) => errorCode !== null)).toMatchObject([
    { externalId: 'slow', errorCode: 'no_answer' },
  ]);
}, 120_000);
