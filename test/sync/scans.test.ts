/** Scans are processed after all other items, and recognized text is never recognized again. */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createByteBudget } from '../../activities/support/byte-budget.ts';
import type { TextRecognition } from '../../activities/support/dependencies.ts';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import { createTransformation, deleteTransformation } from '../../db/documents/transformations.ts';
import { listJobItems } from '../../db/jobs/job-queries.ts';
import type { PageRef } from '../../domain/contract.ts';
import { SyncError } from '../../domain/errors.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { makePdf, makeScan } from '../harness/documents.ts';
import { startSteps, type Steps } from '../harness/steps.ts';

const blank = Buffer.concat([Buffer.from('P5\n4 4\n255\n'), Buffer.alloc(16, 255)]);
let source: HostileSource;
let steps: Steps;
/** Pages that were recognized, in order. */
let recognized: number[];
/** Replaces the recognition of a page. */
let misfortune: (page: number) => void;
let number = 0;

const recognition: TextRecognition = {
  recognize: async ({ page }) => {
    recognized.push(page);
    misfortune(page);
    return await Promise.resolve({ page, text: `Words of page ${page + 1}.`, confidence: 90 });
  },
  settings: 'test',
  maxPages: 5,
  maxMsPerDocument: 60_000,
  turns: createByteBudget(1),
};

beforeAll(async () => {
  steps = await startSteps(() => createHostileConnector(source), { recognition });
}, 120_000);
afterAll(async () => await steps[Symbol.asyncDispose]());
beforeEach(() => {
  source = new HostileSource();
  source.pageSize = 100;
  recognized = [];
  misfortune = () => {};
});

/** Each scan has different bytes. */
function scanOf(pages: number): string {
  const scan = makeScan(Array.from({ length: pages }, () => blank));
  return `${Buffer.from(scan).toString('latin1')}\n% scan ${number++}`;
}

/** Like the workflow: a page of everything, then a page of the deferred scans. */
async function sync(dataSourceId: string, deps: Partial<Steps['deps']> = {}) {
  const page = await steps.open(dataSourceId, 'full_sync');
  await steps.run('listPage', page);
  const { hasScans } = await work(page, deps);
  const scans = { ...page, page: 2, isScans: true };
  if (hasScans === true) {
    await steps.run('listScans', scans);
    await work(scans, deps);
  }
  const end = { status: 'completed', errorCode: null, errorMessage: null, swept: false } as const;
  return { hasScans, jobId: page.jobId, ...(await steps.run('closeJob', { ...page, ...end })) };
}

async function work(page: PageRef, deps: Partial<Steps['deps']>) {
  const { batches } = await steps.run('diffPage', page);
  for (let batch = 0; batch < batches; batch++)
    for (const stage of ['downloadBatch', 'transformBatch', 'embedBatch'] as const)
      await steps.run(stage, { ...page, batch }, { deps });
  return await steps.run('closePage', page);
}

const problemsOf = async (jobId: string) =>
  await asUser(steps.database.db, steps.userId, async (trx) => await listJobItems(trx, jobId, {}, 10));

const keptPages = async (): Promise<number> =>
  await asUser(
    steps.database.db,
    steps.userId,
    async (trx) => (await trx.selectFrom('recognisedPages').select('page').execute()).length,
  );

const documents = async () =>
  await asUser(
    steps.database.db,
    steps.userId,
    async (trx) =>
      await trx
        .selectFrom('documents')
        .innerJoin('documentChunks', 'documentChunks.documentId', 'documents.id')
        .select(['documents.externalId', 'documentChunks.text', 'documents.metadata'])
        .whereRef('documentChunks.generation', '=', 'documents.liveGeneration')
        .orderBy('documents.externalId')
        .execute(),
  );

test('a scan waits until the other documents are stored, and every item is counted once', async () => {
  source.put('a', 'High water at noon.');
  source.put('scan', scanOf(2));
  const dataSourceId = await steps.createSource();
  const page = await steps.open(dataSourceId, 'full_sync');
  await steps.run('listPage', page);
  expect(await work(page, {})).toMatchObject({ tried: 1, hasScans: true });
  expect([recognized, (await documents()).map((document) => document.externalId)]).toEqual([[], ['a']]);

  const scans = { ...page, page: 2, isScans: true };
  expect(await steps.run('listScans', scans)).toMatchObject({ items: 1, more: false });
  // Repeated, as after a crash.
  expect(await steps.run('listScans', scans)).toMatchObject({ items: 1, more: false });
  expect(await work(scans, {})).toMatchObject({ tried: 1, hasScans: false });
  const end = { status: 'completed', errorCode: null, errorMessage: null, swept: false } as const;
  expect(await steps.run('closeJob', { ...page, ...end })).toMatchObject({
    status: 'completed',
    counts: { found: 2, created: 2 },
  });
  expect(recognized).toEqual([0, 1]);
  expect((await documents()).find((document) => document.externalId === 'scan')).toMatchObject({
    text: expect.stringMatching(/Words of page 1\.[^]*Words of page 2\./),
    metadata: { pages: 2, recognisedPages: 2, recognitionConfidence: 90 },
  });
});

test('a recognized scan is not recognized again, not in another source and not under another name', async () => {
  const scan = scanOf(1);
  source.put('first', scan);
  await sync(await steps.createSource());
  expect(recognized).toEqual([0]);
  const second = await steps.createSource();
  source.put('copy', scan);
  // It does not wait either, because there is nothing left to recognize.
  expect(await sync(second)).toMatchObject({ hasScans: false, counts: { created: 2 } });
  expect(recognized).toEqual([0]);
});

test('the recognized text is deleted with the last document that used it', async () => {
  const dataSourceId = await steps.createSource();
  const before = await keptPages();
  source.put('scan', scanOf(3));
  await sync(dataSourceId);
  expect(await keptPages()).toBe(before + 3);
  source.put('scan', 'Typed by now.');
  await sync(dataSourceId);
  expect(await keptPages()).toBe(before);
});

test('the recognized text is deleted as soon as redaction removed some of it', async () => {
  const asOwner = async <T>(run: (trx: UserTransaction) => Promise<T>): Promise<T> =>
    await asUser(steps.database.db, steps.userId, run);
  const rule = {
    userId: steps.userId,
    name: 'no pages',
    sourceType: null,
    transformationType: 'redact',
    config: { patterns: [{ pattern: 'page \\d', label: 'page' }] },
    isActive: true,
  } as const;
  const dataSourceId = await steps.createSource();
  const before = await keptPages();
  const scan = scanOf(1);
  const first = await asOwner((trx) => createTransformation(trx, rule));
  source.put('redacted', scan);
  await sync(dataSourceId);
  expect(await documents()).toContainEqual(expect.objectContaining({ text: 'Words of [page].' }));
  expect([recognized, await keptPages()]).toEqual([[0], before]);
  // Without the rule, the text is needed again.
  await asOwner((trx) => deleteTransformation(trx, first.id));
  source.put('whole', scan);
  await sync(dataSourceId);
  expect([recognized, await keptPages()]).toEqual([[0, 0], before + 1]);
  const second = await asOwner((trx) => createTransformation(trx, rule));
  source.put('redacted too', scan);
  await sync(dataSourceId);
  await asOwner((trx) => deleteTransformation(trx, second.id));
  expect([recognized, await keptPages()]).toEqual([[0, 0], before]);
});

test('a crash in the middle costs only the page that was being read', async () => {
  source.put('scan', scanOf(3));
  misfortune = (page) => {
    if (page === 1) throw new SyncError('unavailable', { message: 'The reader is gone.' });
  };
  const dataSourceId = await steps.createSource();
  await expect(sync(dataSourceId)).rejects.toThrow(/reader is gone/);
  expect(recognized).toEqual([0, 1]);
  misfortune = () => {};
  await asUser(steps.database.db, steps.userId, async (trx) => {
    await trx.updateTable('syncJobs').set({ status: 'failed' }).where('dataSourceId', '=', dataSourceId).execute();
  });
  expect(await sync(dataSourceId)).toMatchObject({ counts: { found: 1, created: 1 } });
  expect(recognized).toEqual([0, 1, 1, 2]);
});

test('a page that is given up does not affect the others; the document says that one is missing', async () => {
  source.put('scan', scanOf(3));
  misfortune = (page) => {
    if (page === 1) throw new SyncError('unreadable', { code: 'recognition_timeout', message: 'It took too long.' });
  };
  expect(await sync(await steps.createSource())).toMatchObject({ counts: { created: 1 } });
  const found = (await documents()).filter((document) => document.metadata['pagesNotRecognised'] === 1);
  expect(found).toMatchObject([{ text: expect.stringMatching(/Words of page 1\.[^]*Words of page 3\./) }]);
});

test('a scan beyond the limits is skipped or fails, with a code that says so', async () => {
  source.put('long', scanOf(6));
  source.put('stubborn', scanOf(1));
  misfortune = () => {
    throw new SyncError('unreadable', { code: 'recognition_timeout', message: 'It took too long.' });
  };
  const job = await sync(await steps.createSource());
  expect(job).toMatchObject({ counts: { found: 2, skipped: 1, failed: 1 } });
  expect(await problemsOf(job.jobId)).toMatchObject([
    {
      externalId: 'long',
      outcome: 'skipped',
      errorCode: 'scan_too_long',
      errorMessage: expect.stringMatching(/6 pages.*limit of 5/),
    },
    { externalId: 'stubborn', outcome: 'failed', errorCode: 'recognition_timeout' },
  ]);
});

test('a document that takes too long fails, and the next job continues from there', async () => {
  source.put('scan', scanOf(2));
  const dataSourceId = await steps.createSource();
  const inNoTime = { ...recognition, maxMsPerDocument: -1 };
  const job = await sync(dataSourceId, { recognition: inNoTime });
  expect(await problemsOf(job.jobId)).toMatchObject([{ outcome: 'failed', errorCode: 'recognition_timeout' }]);
  expect(await sync(dataSourceId)).toMatchObject({ counts: { created: 1 } });
});

test('pictures are not fetched before their turn; if recognition is off, scans say so', async () => {
  source.put('picture', scanOf(1));
  source.put('a', makePdfText());
  await sync(await steps.createSource(), { isPicture: ({ externalId }) => externalId === 'picture' });
  expect(source.fetched).toEqual(['a', 'picture']);
  const job = await sync(await steps.createSource(), { recognition: null, isPicture: () => false });
  expect((await problemsOf(job.jobId)).find((item) => item.externalId === 'picture')).toMatchObject({
    outcome: 'skipped',
    errorCode: 'no_text',
  });
});

function makePdfText(): string {
  return Buffer.from(makePdf([['High water']])).toString('latin1');
}
