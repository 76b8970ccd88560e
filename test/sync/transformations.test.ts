/** Transformations as their owner sees them: what is skipped, what becomes stale, what processing again costs. */

import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { api, headwater, runHeadwater } from '../harness/running.ts';
import { until } from '../harness/until.ts';

let account: GoogleAccount;
let dataSourceId: string;
let ferry: string;
/** A different address in each test, so that it can be searched for everywhere. */
let address: string;

const announcement =
  'The ferry leaves at eight. Those who would like to come along should write to the harbour master. Write to';

const paragraphs = Array.from(
  { length: 60 },
  (_, i) => `Paragraph ${i} tells of ${'harbours, ships and tides, '.repeat(8)}and of the number ${i * 7919}.`,
);

runHeadwater(() => ({ openai: true }));

beforeEach(async () => {
  for (const { id } of (await api.call('GET', '/api/transformations')).body.transformations)
    await api.call('DELETE', `/api/transformations?id=${id}`);
  account = headwater.google.state.account(`${randomUUID()}@example.com`);
  address = `${randomUUID()}@example.com`;
  const notes = account.addFolder('Notes');
  const drafts = account.addFolder('Drafts');
  account.addFile({ name: 'long.md', parent: notes, content: paragraphs.join('\n\n') });
  ferry = account.addFile({
    name: 'ferry.md',
    parent: notes,
    // Enough English that the language detection does not depend on the address.
    content: `${announcement} ${address}.`,
  });
  account.addFile({ name: 'draft.md', parent: drafts, content: 'A draft of a timetable for the ferry.' });
  dataSourceId = await headwater.createDrive('local', account.email);
  await sync('full_sync');
});

async function sync(jobType: 'full_sync' | 'incremental') {
  const { jobId } = await headwater.sync({ dataSourceId, jobType });
  return await headwater.job('local', jobId);
}

async function add(transformationType: string, config: object, more: object = {}): Promise<string> {
  const { status, body } = await api.call('POST', '/api/transformations', {
    body: { name: `my ${transformationType}`, transformationType, config, ...more },
  });
  expect([status, body]).toEqual([201, expect.anything()]);
  return body.transformation.id;
}

async function reprocess() {
  const { status, body } = await api.call('POST', '/api/transformations/reprocess', { body: { dataSourceId } });
  expect([status, body.notStarted]).toEqual([202, []]);
  const [job] = body.jobs;
  if (job === undefined) return null;
  await until(async () => ['completed', 'failed'].includes((await headwater.job('local', job.id)).status));
  return await headwater.job('local', job.id);
}

const stale = async () =>
  (await api.call('GET', '/api/transformations/stale')).body.sources.find(
    (source: { dataSourceId: string }) => source.dataSourceId === dataSourceId,
  );

async function titles(): Promise<string[]> {
  const { documents } = (await api.call('GET', `/api/documents?dataSourceId=${dataSourceId}`)).body;
  return documents.map((document: { title: string }) => document.title).toSorted();
}

async function textOf(title: string): Promise<string> {
  const { documents } = (await api.call('GET', `/api/documents?dataSourceId=${dataSourceId}&text=${title}`)).body;
  return (await api.call('GET', `/api/documents/${documents[0].id}`)).body.document.text;
}

/** The calls that some work makes to the vendor and to the embedder. */
async function costOf(work: () => Promise<unknown>): Promise<{ vendorCalls: number; texts: number }> {
  const before = { calls: headwater.google.log.total, texts: embedded() };
  await work();
  return { vendorCalls: headwater.google.log.total - before.calls, texts: embedded() - before.texts };
}

const embedded = (): number => headwater.openai.counts.inputs;

describe('a filter', () => {
  test('skips items by their path before they are fetched, removes their documents, and lets them come back', async () => {
    const id = await add('filter', { action: 'exclude', paths: ['My Drive/Drafts'] });
    expect(await stale()).toMatchObject({ items: 3, fromVendor: 0 });
    expect(await reprocess()).toMatchObject({ status: 'completed', found: 3, skipped: 1, updated: 2 });
    expect(await titles()).toEqual(['ferry.md', 'long.md']);
    const { hits } = (await api.call('POST', '/api/search', { body: { query: 'draft timetable' } })).body;
    expect(hits.map((hit: { title: string }) => hit.title)).not.toContain('draft.md');
    const history = await api.call(
      'GET',
      `/api/documents/history?dataSourceId=${dataSourceId}&path=My Drive/Drafts/draft.md`,
    );
    expect(history.body.item).toMatchObject({ syncStatus: 'skipped', errorCode: 'transformation_excluded' });
    expect(history.body.summary).toMatch(/my filter.*path/);

    const excluded = await costOf(async () => await sync('full_sync'));
    expect(excluded.texts).toBe(0);
    expect(downloads()).toBe(3);

    await api.call('DELETE', `/api/transformations?id=${id}`);
    expect(await stale()).toMatchObject({ items: 3, fromVendor: 1 });
    expect(await sync('incremental')).toMatchObject({ status: 'completed', updated: 2, created: 1 });
    expect(await titles()).toEqual(['draft.md', 'ferry.md', 'long.md']);
    expect(await stale()).toBeUndefined();
  }, 60_000);

  test('that matches words of a text skips it after reading, with the reason', async () => {
    const id = await add('filter', { action: 'include', pattern: '(?i)ferry', languages: ['en'] });
    expect(await reprocess()).toMatchObject({ status: 'completed', skipped: 1 });
    expect(await titles()).toEqual(['draft.md', 'ferry.md']);
    expect(await sync('full_sync')).toMatchObject({ unchanged: 2, skipped: 1, removed: 0 });
    await api.call('DELETE', `/api/transformations?id=${id}`);
    // A full listing shows skipped items as well: they are removed and restored with it, and do not count as deleted.
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 1, removed: 0, failed: 0 });
    expect(await titles()).toEqual(['draft.md', 'ferry.md', 'long.md']);
  }, 60_000);
});

describe('a change of transformations', () => {
  test('is applied without the vendor, and only changed chunks are embedded', async () => {
    await add('prefix', { template: 'From {folder}: {title}' });
    expect(await stale()).toMatchObject({ items: 3, fromVendor: 0 });
    const cost = await costOf(reprocess);
    // The beginning of each document has changed; for the long one, that is its first chunk and the next one's overlap.
    expect(cost.vendorCalls).toBe(0);
    expect(cost.texts).toBeGreaterThanOrEqual(3);
    expect(cost.texts).toBeLessThanOrEqual(5);
    expect(await textOf('ferry.md')).toMatch(/^From My Drive\/Notes: ferry\.md\n\nThe ferry leaves/);
    expect(await stale()).toBeUndefined();
  }, 60_000);

  test('that is reverted restores the original text at no cost: no call, and no embedding of known text', async () => {
    const before = await textOf('long.md');
    const id = await add('truncate', { maxCharacters: 1000 });
    await reprocess();
    expect((await textOf('long.md')).length).toBeLessThanOrEqual(1000);
    await api.call('DELETE', `/api/transformations?id=${id}`);
    expect((await costOf(reprocess)).vendorCalls).toBe(0);
    expect(await textOf('long.md')).toBe(before);
  }, 60_000);

  test('that has no effect costs nothing, and renaming or disabling and enabling again is no change', async () => {
    const id = await add('normalize', {});
    await reprocess();
    await api.call('PUT', '/api/transformations', { body: { id, name: 'another name' } });
    await api.call('PUT', '/api/transformations', { body: { id, isActive: false } });
    await api.call('PUT', '/api/transformations', { body: { id, isActive: true } });
    expect(await stale()).toBeUndefined();
    expect(await reprocess()).toBeNull();
    const cost = await costOf(async () => expect(await sync('full_sync')).toMatchObject({ updated: 0, unchanged: 3 }));
    expect(cost.texts).toBe(0);
  }, 60_000);

  test('is also applied by an ordinary sync', async () => {
    await add('redact', { emails: true }, { sourceType: 'google_drive' });
    await add('prefix', { template: 'nobody' }, { sourceType: 'dropbox' });
    expect(await sync('incremental')).toMatchObject({ status: 'completed', found: 3, updated: 3 });
    expect(await textOf('ferry.md')).toBe(`${announcement} [email].`);
  }, 60_000);

  test('with a change at the source between two of them: the next sync still sees it', async () => {
    await add('prefix', { template: 'P' });
    account.update(ferry, 'The ferry no longer leaves.');
    await reprocess();
    expect(await textOf('ferry.md')).toMatch(/^P\n\nThe ferry leaves at eight/);
    await sync('incremental');
    expect(await textOf('ferry.md')).toBe('P\n\nThe ferry no longer leaves.');
  }, 60_000);
});

describe('redacted text', () => {
  test('is stored nowhere: reverting the rule fetches the item again, and says so in advance', async () => {
    const id = await add('redact', { emails: true });
    expect((await costOf(reprocess)).vendorCalls).toBe(0);
    expect(await textOf('ferry.md')).toContain('[email]');
    const everywhere = await headwater.as('local', async (trx) => [
      await trx.selectFrom('documentChunks').select('text').execute(),
      await trx.selectFrom('originalTexts').selectAll().execute(),
      await trx.selectFrom('documents').select('metadata').execute(),
    ]);
    expect(JSON.stringify(everywhere)).not.toContain(address);
    await api.call('DELETE', `/api/transformations?id=${id}`);
    expect(await stale()).toMatchObject({ items: 3, fromVendor: 1 });
    await reprocess();
    expect(await textOf('ferry.md')).toContain(address);
  }, 60_000);
});

describe('a preview', () => {
  test('shows before, after, the difference and what would be embedded, and stores nothing', async () => {
    const { documents } = (await api.call('GET', `/api/documents?dataSourceId=${dataSourceId}&text=ferry.md`)).body;
    const { status, body } = await api.call('POST', '/api/transformations/preview', {
      body: {
        documentId: documents[0].id,
        transformations: [
          { transformationType: 'redact', config: { emails: true } },
          { transformationType: 'extract_fields', config: { patterns: ['leaves at (?P<hour>\\w+)'] } },
        ],
      },
    });
    expect([status, body]).toMatchObject([
      200,
      { preview: { isOriginal: true, excluded: null, chunksToEmbed: 1, after: { metadata: { hour: 'eight' } } } },
    ]);
    const kinds = body.preview.diff.map((part: { kind: string }) => part.kind);
    expect(kinds).toEqual(expect.arrayContaining(['same', 'removed', 'added']));
    expect(body.preview.after.text).toContain('[email]');
    expect(await textOf('ferry.md')).toContain(address);
    expect(await stale()).toBeUndefined();

    const out = await api.call('POST', '/api/transformations/preview', {
      body: {
        documentId: documents[0].id,
        transformations: [
          { name: 'no notes', transformationType: 'filter', config: { action: 'exclude', paths: ['**/*.md'] } },
        ],
      },
    });
    expect(out.body.preview).toMatchObject({
      after: null,
      diff: null,
      excluded: { by: 'no notes', message: 'Skipped by the transformation "no notes" (path).' },
    });
  }, 60_000);
});

function downloads(): number {
  return headwater.google.log.calls.filter((call) => call.query['alt'] === 'media' && call.account === account.email)
    .length;
}
