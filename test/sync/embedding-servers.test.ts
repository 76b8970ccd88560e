/** A Drive that is embedded by servers with limits of their own, through the real workflow. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';

const user = 'local';
let headwater: TestHeadwater;
// One server for all tests, because the process remembers what it learned about its limits.
beforeAll(async () => {
  headwater = await startHeadwater({ openai: true });
  headwater.openai.settings.personality = 'tei';
}, 60_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());

/** Ordinary words: a chunk of up to 640 of our tokens has more than 512 in most models. */
const paragraph = (seed: string, words: number): string =>
  `${seed} ${Array.from({ length: words }, (_, i) => ['harbour', 'winter', 'berth', 'tide'][i % 4]).join(' ')}`;

async function syncDrive(contents: readonly string[]) {
  const account = headwater.google.state.account(`${randomUUID()}@example.com`);
  contents.forEach((content, i) => account.addFile({ name: `${i}.md`, content }));
  const dataSourceId = await headwater.createDrive(user, account.email);
  const { jobId } = await headwater.sync({ dataSourceId, jobType: 'full_sync' });
  return { dataSourceId, job: await headwater.job(user, jobId) };
}

test('of 61 files, some of them long, all succeed except the one that the server rejects', async () => {
  headwater.openai.settings.refusedWord = 'poison';
  const files = Array.from({ length: 61 }, (_, i) => {
    if (i === 17) return `a word of poison ${randomUUID()}`;
    return paragraph(randomUUID(), i % 6 === 0 ? 560 : 20);
  });
  const { dataSourceId, job } = await syncDrive(files);
  expect(job).toMatchObject({ status: 'completed', found: 61, created: 60, failed: 1 });
  const { failed, left, inPart } = await headwater.as(user, async (trx) => ({
    failed: await trx
      .selectFrom('syncItems')
      .select(['lastErrorCode', 'externalPath'])
      .where('dataSourceId', '=', dataSourceId)
      .where('syncStatus', '=', 'failed')
      .execute(),
    left: await trx
      .selectFrom('embeddings')
      .select('textHash')
      .where('storedAt', 'is', null)
      .where('claimedUntil', 'is not', null)
      .execute(),
    inPart: await trx.selectFrom('documents').select('metadata').where('dataSourceId', '=', dataSourceId).execute(),
  }));
  expect(failed.map((item) => item.lastErrorCode)).toEqual(['embedding_refused']);
  expect(left).toEqual([]);
  const notes = inPart.filter(({ metadata }) => JSON.stringify(metadata).includes('embeddedInPart'));
  expect(notes.length).toBeGreaterThan(0);
});

test('once the server accepts it, the next job embeds the rejected file', async () => {
  headwater.openai.settings.zeroWord = 'empty';
  const { dataSourceId, job } = await syncDrive([`empty ${randomUUID()}`, `full ${randomUUID()}`]);
  expect(job).toMatchObject({ created: 1, failed: 1 });
  headwater.openai.settings.zeroWord = null;
  const { jobId } = await headwater.sync({ dataSourceId });
  expect(await headwater.job(user, jobId)).toMatchObject({ status: 'completed', created: 1, failed: 0 });
});

test('a model with other dimensions stops the job, and the message names the setting', async () => {
  headwater.openai.settings.wrongDimension = true;
  const { job } = await syncDrive([`anything ${randomUUID()}`]);
  headwater.openai.settings.wrongDimension = false;
  expect(job).toMatchObject({ status: 'failed', errorMessage: expect.stringMatching(/EMBEDDING_DIMENSIONS=7/) });
});
