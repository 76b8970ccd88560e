/** A part of a source that is refused again and again is asked ever more rarely; when, can be seen. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asUser } from '../../db/access/as-user.ts';
import { selectGaps } from '../../db/items/gaps.ts';
import { SyncError } from '../../domain/errors.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { startSteps, type Steps } from '../harness/steps.ts';

const source = new HostileSource();
let steps: Steps;

beforeAll(async () => {
  steps = await startSteps(() => createHostileConnector(source));
}, 120_000);
afterAll(async () => await steps[Symbol.asyncDispose]());

test('the first jobs ask at once, then the gap rests for ten minutes and longer, up to a day', async () => {
  source.addFolder('shared', 'Shared');
  source.put('own', 'text');
  source.manners.refuses.set('shared', new SyncError('forbidden', { message: 'Not for you.' }));
  const dataSourceId = await steps.createSource();
  const minutesLeft = async (): Promise<number | null> => {
    const [row] = await asUser(
      steps.database.db,
      steps.userId,
      async (trx) =>
        await trx.selectFrom('dataSources').select(selectGaps('dataSources')).where('id', '=', dataSourceId).execute(),
    );
    const at = row?.gaps[0]?.nextAttemptAt ?? null;
    return at === null ? null : Math.round((Date.parse(at) - Date.now()) / 60_000);
  };

  const rests: (number | null)[] = [];
  for (let jobs = 0; jobs < 6; jobs++) {
    await steps.sync(dataSourceId, 'full_sync');
    rests.push(await minutesLeft());
  }
  expect(rests).toEqual([null, null, null, 10, 20, 40]);
  // Until then no other job asks for it; a full listing has looked at it each time
  const before = source.listCalls;
  await steps.sync(dataSourceId, 'incremental');
  expect(source.listCalls - before).toBe(1);
});
