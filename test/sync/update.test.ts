/** A job that spans an update of Headwater: one worker staged and recorded, another finishes (P16). */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asUser } from '../../db/access/as-user.ts';
import type { Staging } from '../../content/staging/staging.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { contentOf } from '../harness/state.ts';
import { startSteps, type Steps } from '../harness/steps.ts';

const source = new HostileSource();
let steps: Steps;

beforeAll(async () => {
  source.pageSize = 10;
  for (let i = 0; i < 5; i++) source.put(`i${i}`, `The text of number ${i}.`);
  steps = await startSteps(() => createHostileConnector(source));
}, 60_000);
afterAll(async () => await steps[Symbol.asyncDispose]());

test.each([
  ['an older reader', { pipelineVersion: 'older' }, (staged: object) => staged],
  ['a Headwater without versions', {}, ({ document }: Staged) => document],
  [
    'a Headwater whose documents lacked a current field',
    {},
    ({ document, ...rest }: Staged) => ({ ...rest, document: { ...document, originalPlace: undefined } }),
  ],
])('items that %s staged are read again, and each gets its text', async (_name, change, reshape) => {
  const dataSourceId = await steps.createSource();
  const page = await steps.open(dataSourceId, 'full_sync');
  const ref = { ...page, batch: 0 };
  await steps.run('listPage', page);
  await steps.run('diffPage', page);
  await steps.run('downloadBatch', ref);
  await steps.run('transformBatch', ref, { deps: { ...change, staging: reshaping(steps.deps.staging, reshape) } });

  await steps.run('embedBatch', ref);
  await steps.run('closePage', page);
  const end = await steps.run('closeJob', {
    ...page,
    status: 'completed',
    errorCode: null,
    errorMessage: null,
    swept: false,
  });
  expect(end).toMatchObject({ status: 'completed', counts: { found: 5, created: 5, failed: 0 } });
  const texts = await contentOf(
    { as: async (user, work) => await asUser(steps.database.db, user, work) },
    steps.userId,
  );
  expect(texts).toMatchObject({ 'i0.md': 'The text of number 0.', 'i4.md': 'The text of number 4.' });
});

interface Staged {
  readonly document: object;
}

/** Staging as the other worker used it. */
function reshaping(staging: Staging, reshape: (staged: Staged) => object): Staging {
  return {
    ...staging,
    writeTo: (area) => {
      const writer = staging.writeTo(area);
      return {
        ...writer,
        put: async (bytes) =>
          await writer.put(Buffer.from(JSON.stringify(reshape(JSON.parse(Buffer.from(bytes).toString()) as Staged)))),
      };
    },
  };
}
