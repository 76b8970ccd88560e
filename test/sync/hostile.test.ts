/** The engine with a source that misbehaves in every way of docs/pitfalls.md. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { noteProgress } from '../../db/jobs/job-lifecycle.ts';
import type { JobType } from '../../domain/contract.ts';
import { SyncError } from '../../domain/errors.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { makeScan } from '../harness/documents.ts';
import { pictureOf } from '../harness/pictures.ts';
import { contentOf, titlesOf } from '../harness/state.ts';

let headwater: TestHeadwater;
let source: HostileSource;
let user: string;
let dataSourceId: string;

beforeAll(async () => {
  headwater = await startHeadwater({
    openai: true,
    env: { TEXT_RECOGNITION: 'pdf' },
    parts: { connectorFor: () => createHostileConnector(source) },
  });
}, 60_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());
beforeEach(async () => {
  source = new HostileSource();
  user = randomUUID();
  dataSourceId = await headwater.createSource(user, 'google_drive');
});

async function sync(jobType: JobType, externalIds?: readonly string[]) {
  const result = await headwater.sync({ dataSourceId, jobType, ...(externalIds === undefined ? {} : { externalIds }) });
  return await headwater.job(user, result.jobId);
}

function fill(count: number): void {
  for (let i = 0; i < count; i++) source.put(`i${i}`, `This is text number ${i}.`);
}

test('a scan is recognized after all other items, and its text is found like any other', async () => {
  fill(5);
  const scan = makeScan([await pictureOf('The ferry leaves at 22:15')]);
  source.put('scan', Buffer.from(scan).toString('latin1'));
  expect(await sync('full_sync')).toMatchObject({ status: 'completed', found: 6, created: 6, failed: 0 });
  expect((await contentOf(headwater, user))['scan.md']).toBe('The ferry leaves at 22:15');
  expect(source.fetched.at(-1)).toBe('scan');
  expect(await sync('full_sync')).toMatchObject({ status: 'completed', found: 6, unchanged: 6 });
});

describe('listings', () => {
  test('that repeat items, show them twice on a page and contain empty pages count each item once (pitfalls 5, 6)', async () => {
    Object.assign(source.manners, { repeats: true, emptyPages: true, outOfOrder: true });
    fill(10);
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', found: 10, created: 10, failed: 0 });
    expect(source.fetched.toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `i${i}`));
    for (const id of ['i3', 'i4', 'i3']) source.put(id, `changed ${id}`);
    source.remove('i9');
    expect(await sync('delta')).toMatchObject({ found: 3, updated: 2, removed: 1, failed: 0 });
    expect((await contentOf(headwater, user))['i3.md']).toBe('changed i3');
  });

  test('that lose their cursor in the middle start over, and nothing is deleted or duplicated (pitfall 2)', async () => {
    fill(10);
    source.manners.losesCursorAtPage = 3;
    expect(await sync('full_sync')).toMatchObject({
      status: 'completed',
      found: 10,
      created: 10,
      progressData: { fallback: 'checkpoint_expired' },
    });
    expect(await titlesOf(headwater, user)).toHaveLength(10);
  });

  test('that lose their cursor each time end after a few restarts, and nothing is deleted', async () => {
    fill(10);
    await sync('full_sync');
    source.remove('i9');
    const error = new SyncError('checkpoint_expired', { message: 'This cursor is not known.' });
    source.manners.failsAtPage = { page: 1, error, times: 1000 };
    expect(await sync('full_sync')).toMatchObject({ status: 'failed', errorCode: 'checkpoint_expired', removed: 0 });
    expect(1000 - source.manners.failsAtPage.times).toBeLessThan(10);
    expect(await titlesOf(headwater, user)).toHaveLength(10);
  });

  test('from a lost position become full listings, which the job says, and changes in between are found (pitfall 2)', async () => {
    fill(4);
    await sync('full_sync');
    source.remove('i0');
    source.put('i1', 'changed in the gap');
    source.floor = source.logLength + 1;
    expect(await sync('delta')).toMatchObject({
      status: 'completed',
      progressData: { fallback: 'checkpoint_expired' },
      updated: 1,
      removed: 1,
    });
  });

  test('that fail in the middle fail the job and delete nothing, and the next job continues from the old position (pitfalls 4, 7)', async () => {
    fill(9);
    await sync('full_sync');
    source.remove('i8');
    source.put('i1', 'changed');
    const error = new SyncError('invalid_input', { message: 'The vendor refused the request.' });
    source.manners.failsAtPage = { page: 1, error, times: 1 };
    expect(await sync('full_sync')).toMatchObject({ status: 'failed', errorCode: 'invalid_input', removed: 0 });
    expect(await titlesOf(headwater, user)).toHaveLength(9);
    expect(await sync('delta')).toMatchObject({ status: 'completed', updated: 1, removed: 1 });
  });

  test('that say they may be incomplete are not swept (pitfall 7)', async () => {
    fill(5);
    await sync('full_sync');
    Object.assign(source.manners, { endsAfter: 2, incomplete: true });
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 0, unchanged: 2 });
    expect(await titlesOf(headwater, user)).toHaveLength(5);
  });

  test('that claim to be complete and are far too short wait for a person (pitfall 7)', async () => {
    fill(60);
    await sync('full_sync');
    source.manners.endsAfter = 10;
    const held = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    while ((await held.query<{ readonly stage: string }>('progress')).stage !== 'held');
    expect(await titlesOf(headwater, user)).toHaveLength(60);
    await held.executeUpdate('decideRemovals', { args: ['keep'] });
    await held.result();
    expect(await titlesOf(headwater, user)).toHaveLength(60);
  });

  test('that are short and in which most items fail stop the job, without asking about removals that would not happen', async () => {
    source.pageSize = 100;
    fill(60);
    await sync('full_sync');
    source.items.clear();
    const fails = new SyncError('forbidden', { message: 'It may not be read.' });
    for (let i = 0; i < 60; i++) source.put(`bad${i}`, 'x', { fails });
    const job = await sync('full_sync');
    expect(job).toMatchObject({ status: 'failed', errorCode: 'most_items_fail', removed: 0 });
    expect(job.progressData).not.toHaveProperty('removals');
  });

  test('whose removals continue in a new run keep the approval', async () => {
    fill(60);
    await sync('full_sync');
    source.manners.endsAfter = 10;
    const held = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    while ((await held.query<{ readonly stage: string }>('progress')).stage !== 'held');
    await held.terminate();
    const [job] = await headwater.as(
      user,
      async (trx) => await trx.selectFrom('syncJobs').select('id').where('status', '=', 'running').execute(),
    );
    const jobId = job?.id ?? '';
    // Given the input with which such a job continues after its first pages of removals
    await headwater.as(user, async (trx) => {
      await noteProgress(trx, jobId, { removals: { count: 50, of: 60, decision: 'approve' } });
    });
    const resume = { phase: 'sweep', nextPage: 20, pagesDone: 19, restarts: 0, decision: 'approve', swept: true };
    const more = { paused: false, failure: null, removals: 50, toConfirm: 0, pagesAtOnce: 4 };
    const tally = { tried: 0, failures: {} };
    const input = { dataSourceId, jobType: 'full_sync', jobId, resume: { ...resume, ...more, tally } } as const;
    const goesOn = await headwater.start(input, held.workflowId);
    await goesOn.result();
    expect(await headwater.job(user, jobId)).toMatchObject({
      status: 'completed',
      removed: 50,
      progressData: { removals: { count: 50, of: 60, decision: 'approve' } },
    });
  });

  test.each(['page', 'cursor'] as const)(
    'that never end (the same %s again and again) end the job with an error that says so, and nothing is removed',
    async (endless) => {
      fill(9);
      await sync('full_sync');
      source.manners.endless = endless;
      source.listCalls = 0;
      expect(await sync('full_sync')).toMatchObject({ status: 'failed', errorCode: 'endless_listing', removed: 0 });
      expect(source.listCalls).toBeLessThan(36);
      expect(await titlesOf(headwater, user)).toHaveLength(9);
    },
  );

  test('that never end while reporting changes become full listings', async () => {
    fill(3);
    await sync('full_sync');
    source.put('i1', 'changed');
    source.remove('i2');
    source.manners.endless = 'feed';
    expect(await sync('incremental')).toMatchObject({
      status: 'completed',
      mode: 'full',
      updated: 1,
      removed: 1,
      progressData: { fallback: 'endless_listing' },
    });
  });

  test('with many empty pages, each with its own cursor, continue to their end', async () => {
    fill(3);
    source.manners.blankPages = 60;
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 3 });
  });

  test('with one change for a moved folder move the paths of everything in it (pitfall 5)', async () => {
    source.addFolder('old', 'Old');
    source.addFolder('inner', 'Inner', 'old');
    source.addFolder('new', 'New');
    source.put('a', 'deep text', { parent: 'inner' });
    await sync('full_sync');
    source.moveFolder('inner', 'new');
    source.fetched.length = 0;
    await sync('delta');
    expect(await titlesOf(headwater, user)).toEqual(['New/Inner/a.md']);
    expect(source.fetched).toEqual([]);
  });

  test('whose folders form a cycle still end', async () => {
    source.addFolder('a', 'A', 'b');
    source.addFolder('b', 'B', 'a');
    source.put('x', 'text in a ring', { parent: 'a' });
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 1 });
  });
});

describe('items', () => {
  test.each([
    ['are forbidden', new SyncError('forbidden', { message: 'It may not be read.' }), 'forbidden', 'failed'],
    ['make the code throw', new TypeError('undefined is not a function'), 'TypeError', 'failed'],
  ])(
    'that %s fail alone, stay in the ledger with a reason, and are retried (P3)',
    async (_name, error, code, outcome) => {
      fill(5);
      source.put('bad', 'bad text', { fails: error });
      const job = await sync('full_sync');
      expect(job).toMatchObject({ status: 'completed', found: 6, created: 5, [outcome]: 1 });
      const [item] = await headwater.as(
        user,
        async (trx) =>
          await trx
            .selectFrom('syncItems')
            .select(['lastErrorCode', 'lastErrorMessage', 'attempts'])
            .where('externalId', '=', 'bad')
            .execute(),
      );
      expect(item).toMatchObject({ lastErrorCode: expect.stringContaining(code === 'TypeError' ? '' : code) });
      expect(item?.lastErrorMessage).not.toBe('');
      expect(item?.lastErrorMessage).not.toContain('is not a function');

      delete source.items.get('bad')?.fails;
      expect(await sync('delta')).toMatchObject({ found: 1, created: 1 });
    },
    60_000,
  );

  test('with NUL bytes, lone surrogates, very long and unusual names are stored or rejected individually', async () => {
    source.put('nul', 'before\u0000after', { name: 'nu\u0000l.md' });
    source.put('lone', `lone \ud800 surrogate`, { name: 'lone\ud800.md' });
    source.put('long', 'long name', { name: `${'ä'.repeat(3000)}.md` });
    source.put('slash', 'slash in name', { name: 'a/b/../c.md' });
    source.put('quote', `'; drop table documents; --`, { name: `'; drop table documents; --.md` });
    source.put('ok', 'fine');
    const job = await sync('full_sync');
    expect(job).toMatchObject({ status: 'completed', found: 6, failed: 0, created: 6 });
    const texts = Object.values(await contentOf(headwater, user));
    expect(texts).toContain('fine');
    expect(texts).toContain(`'; drop table documents; --`);
    expect(texts.some((text) => text.startsWith('before') && text.endsWith('after'))).toBe(true);
  });

  test('that always fail never block the others, job after job (pitfall 19)', async () => {
    source.put('bad', 'x', { fails: new SyncError('forbidden', { message: 'It may not be read.' }) });
    await sync('full_sync');
    for (let i = 0; i < 3; i++) {
      source.put(`good ${i}`, `good text ${i}`);
      expect(await sync('delta')).toMatchObject({ status: 'completed', created: 1 });
    }
  });

  test('that keep failing are retried less and less often, and at once when requested by hand', async () => {
    source.put('bad', 'x', { fails: new SyncError('forbidden', { message: 'It may not be read.' }) });
    await sync('full_sync');
    expect(await sync('delta')).toMatchObject({ found: 1, failed: 1 });
    source.fetched.length = 0;
    expect(await sync('delta')).toMatchObject({ found: 0 });
    expect(source.fetched).toEqual([]);
    expect(await sync('manual')).toMatchObject({ found: 1, failed: 1 });
    const { nextAttemptAt, attempts } = await headwater.as(
      user,
      async (trx) => await trx.selectFrom('syncItems').select(['nextAttemptAt', 'attempts']).executeTakeFirstOrThrow(),
    );
    expect(attempts).toBe(3);
    const minutes = ((nextAttemptAt?.getTime() ?? 0) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(18);
    expect(minutes).toBeLessThan(21);
    // A change at the source needs no waiting
    source.put('bad', 'mended');
    delete source.items.get('bad')?.fails;
    expect(await sync('delta')).toMatchObject({ found: 1, created: 1 });
  });

  test('that failed and were deleted since are removed by the next full listing, and not retried (P4)', async () => {
    fill(5);
    source.put('bad', 'x', { fails: new SyncError('forbidden', { message: 'It may not be read.' }) });
    await sync('full_sync');
    source.items.delete('bad');
    source.fetched.length = 0;
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 1, failed: 0, unchanged: 5 });
    expect(source.fetched).toEqual([]);
  });

  test('that are stale and were deleted are removed by the next full listing (P4)', async () => {
    fill(5);
    await sync('full_sync');
    await headwater.as(user, async (trx) => {
      const row = { userId: user, name: 'n', transformationType: 'normalize', config: '{}', sourceType: null } as const;
      await trx.insertInto('etlTransformations').values(row).execute();
    });
    source.items.delete('i4');
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 1 });
    expect(await titlesOf(headwater, user)).toHaveLength(4);
  });

  test('as many vectors as different texts, and each chunk of each document is found (pitfalls 13, 14)', async () => {
    headwater.openai.embedded.clear();
    for (let i = 0; i < 12; i++)
      source.put(
        `d${i}`,
        Array.from(
          { length: 40 },
          (_, p) => `Document ${i % 4}, paragraph ${p}: ${'lorem ipsum dolor '.repeat(20)}`,
        ).join('\n\n'),
      );
    await sync('full_sync');
    const texts = await contentOf(headwater, user);
    const { chunks, vectors } = await headwater.as(user, async (trx) => ({
      chunks: await trx.selectFrom('documentChunks').select(['documentId', 'ordinal', 'textHash']).execute(),
      vectors: await trx.selectFrom('embeddings').select('textHash').where('vector', 'is not', null).execute(),
    }));
    expect(new Set(vectors.map((v) => v.textHash))).toEqual(new Set(chunks.map((c) => c.textHash)));
    expect(Object.keys(texts)).toHaveLength(12);
    expect(chunks.length).toBeGreaterThan(24);
    expect(headwater.openai.counts.inputs).toBeGreaterThan(0);
    expect(Math.max(...headwater.openai.embedded.values())).toBe(1);
  });
});
