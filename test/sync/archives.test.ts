/** The files in an archive are documents of their own, which come, change and go with it. */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { sql } from 'kysely';
import { exportDocuments } from '../../api/document-export.ts';
import { createEmbedder } from '../../content/embeddings/index.ts';
import { RefusedCall } from '../../content/embeddings/refused-call.ts';
import { asUser } from '../../db/access/as-user.ts';
import { openFeed, readChanges } from '../../db/documents/changes.ts';
import { countRows } from '../../db/documents/deletion.ts';
import { listDocuments } from '../../db/documents/document-queries.ts';
import { findRecordedHistory } from '../../db/items/item-history.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { readConfig } from '../../platform/config.ts';
import { type Attempt, startSteps, type Steps } from '../harness/steps.ts';

/** An embedder that refuses each text with these words. */
const refusedWords = 'forbidden words';
const lexical = createEmbedder(readConfig({ EMBEDDING_MODEL: 'local-lexical-384' }).embedding);
const refusal = new RefusedCall({
  hint: { isAboutSize: false },
  message: 'The embedding server rejected the text.',
  code: 'embedding_refused',
  operatorMessage: '400',
});

let source: HostileSource;
let steps: Steps;
let dataSourceId: string;

beforeAll(async () => {
  steps = await startSteps(
    () => {
      const connector = createHostileConnector(source);
      return {
        ...connector,
        // The text of an item is the JSON of its archive's files; another text is a file itself.
        fetch: async (ref, signal) => {
          const content = await connector.fetch(ref, signal);
          const text = Buffer.from(content.bytes).toString();
          return text.startsWith('{') ? { ...content, bytes: zipOf(text), mimeType: 'application/zip' } : content;
        },
      };
    },
    {
      readsArchives: true,
      embedderOf: () => ({
        ...lexical,
        embed: async (texts, ...more) => {
          if (texts.some((text) => text.includes(refusedWords))) throw refusal;
          return await lexical.embed(texts, ...more);
        },
      }),
    },
  );
}, 120_000);
afterAll(async () => await steps[Symbol.asyncDispose]());
beforeEach(async () => {
  source = new HostileSource();
  source.pageSize = 100;
  dataSourceId = await steps.createSource();
});

function zipOf(files: string): Uint8Array {
  const entries = Object.entries(JSON.parse(files) as Record<string, string>);
  return zipSync(Object.fromEntries(entries.map(([name, text]) => [name, strToU8(text)])));
}

const put = (files: Readonly<Record<string, string>>, name = 'Board.zip'): void =>
  source.put('board', JSON.stringify(files), { name });
const sync = async () => (await steps.sync(dataSourceId, 'full_sync')).counts;
const documents = async () =>
  await asUser(steps.database.db, steps.userId, async (trx) =>
    (await listDocuments(trx, { dataSourceIds: [dataSourceId] }, 50, null)).toReversed(),
  );
const titles = async (): Promise<string[]> => (await documents()).map(({ title }) => title).toSorted();

const files = { 'minutes/may.md': 'The chair resigned in May.', 'tide.txt': 'High water at noon.' };

test('an archive is one item with a document for the list of its files, and one for each file', async () => {
  put(files);
  expect(await sync()).toMatchObject({ found: 1, created: 1, failed: 0 });
  const [archive, ...members] = await documents();
  expect(archive).toMatchObject({ title: 'Board.zip', externalId: 'board', path: 'Board.zip', archiveId: null });
  expect(
    members.map(({ title, externalId, path, mimeType, archiveId }) => [title, externalId, path, mimeType, archiveId]),
  ).toEqual(
    expect.arrayContaining([
      [
        'Board.zip > minutes/may.md',
        'board!/minutes/may.md',
        'Board.zip!/minutes/may.md',
        'text/markdown',
        archive?.id,
      ],
      ['Board.zip > tide.txt', 'board!/tide.txt', 'Board.zip!/tide.txt', 'text/plain', archive?.id],
    ]),
  );
  expect(await sync()).toMatchObject({ found: 1, unchanged: 1 });
});

test('a file has the history of its archive, by its id and by its path', async () => {
  // An archive's own name may look like a file in one.
  put(files, 'Board!/2026.zip');
  await sync();
  const historyOf = async (key: Parameters<typeof findRecordedHistory>[2]) =>
    await asUser(steps.database.db, steps.userId, async (trx) => await findRecordedHistory(trx, dataSourceId, key));
  const own = await historyOf({ externalId: 'board' });
  expect(own).toMatchObject({ item: { externalId: 'board', isLive: true }, events: [{ outcome: 'created' }] });
  expect(await historyOf({ externalId: 'board!/minutes/may.md' })).toEqual(own);
  const member = (await documents()).find(({ externalId }) => externalId === 'board!/tide.txt');
  expect(await historyOf({ path: member?.path ?? '' })).toEqual(own);
  expect(await historyOf({ externalId: 'board!/missing.md' })).toEqual({ item: null, events: [] });
});

test('a changed archive keeps the documents of the files that stay, and those that left it are deleted', async () => {
  put(files);
  await sync();
  const before = await documents();
  const { next } = await read(await begin());
  put({ 'tide.txt': 'High water at noon.', 'minutes/june.md': 'A new chair was elected.' });
  expect(await sync()).toMatchObject({ found: 1, updated: 1 });
  const after = await documents();
  expect(after.map(({ title }) => title).toSorted()).toEqual([
    'Board.zip',
    'Board.zip > minutes/june.md',
    'Board.zip > tide.txt',
  ]);
  const idOf = (title: string, among: typeof before) => among.find((one) => one.title === title)?.id;
  for (const kept of ['Board.zip', 'Board.zip > tide.txt']) expect(idOf(kept, after)).toBe(idOf(kept, before));
  const { changes } = await read(next);
  const kinds = new Map(changes.map(({ kind, documentId }) => [documentId, kind]));
  expect(kinds.get(idOf('Board.zip > minutes/may.md', before) ?? '')).toBe('deleted');
  expect(kinds.get(idOf('Board.zip > minutes/june.md', after) ?? '')).toBe('created');
  expect(kinds.has(idOf('Board.zip > tide.txt', after) ?? '')).toBe(false);
  expect(await unusedTexts()).toBe(0);
});

test('a renamed archive renames the documents of its files', async () => {
  put(files);
  await sync();
  const ids = (await documents()).map(({ id }) => id);
  put(files, 'Council.zip');
  expect(await sync()).toMatchObject({ updated: 1 });
  expect(await titles()).toEqual(['Council.zip', 'Council.zip > minutes/may.md', 'Council.zip > tide.txt']);
  expect((await documents()).map(({ id }) => id)).toEqual(ids);
});

test('an archive that is removed, or becomes another kind of file, takes its files with it', async () => {
  put(files);
  source.put('other', 'A note.');
  await sync();
  source.put('board', 'Just a text now.', { name: 'Board.zip' });
  expect(await sync()).toMatchObject({ updated: 1 });
  expect(await titles()).toEqual(['Board.zip', 'other.md']);
  put(files);
  await sync();
  expect(await titles()).toHaveLength(4);
  source.remove('board');
  const page = await steps.open(dataSourceId, 'delta');
  await steps.run('listPage', page);
  await steps.run('findRemovals', page);
  for (const step of ['listSweep', 'diffPage', 'closePage'] as const) await steps.run(step, { ...page, page: 2 });
  const end = { status: 'completed', errorCode: null, errorMessage: null, swept: false } as const;
  expect((await steps.run('closeJob', { ...page, ...end })).counts).toMatchObject({ found: 1, removed: 1 });
  expect(await titles()).toEqual(['other.md']);
  expect(await unusedTexts()).toBe(0);
});

test('a file whose text the embedder refuses is left out alone; one that was there before keeps its old text', async () => {
  put({ ...files, 'new.txt': `Here are ${refusedWords}.` });
  expect(await sync()).toMatchObject({ created: 1, failed: 0 });
  expect(await titles()).toEqual(['Board.zip', 'Board.zip > minutes/may.md', 'Board.zip > tide.txt']);
  const [archive] = await documents();
  expect(archive?.metadata).toMatchObject({ members: 2, membersNotRead: 1 });
  const [before] = (await documents()).filter(({ title }) => title.endsWith('tide.txt'));
  put({ 'tide.txt': `High water, and ${refusedWords}.` });
  expect(await sync()).toMatchObject({ updated: 1, failed: 0 });
  expect(await titles()).toEqual(['Board.zip', 'Board.zip > tide.txt']);
  expect((await documents()).find(({ title }) => title.endsWith('tide.txt'))).toEqual(before);
  put({ 'tide.txt': 'High water at one.' });
  await sync();
  expect((await documents()).find(({ title }) => title.endsWith('tide.txt'))).toMatchObject({
    id: before?.id,
    version: 2,
  });
  expect(await unusedTexts()).toBe(0);
});

test('an archive that is killed between its writes and its switch shows the old set, and then the new one', async () => {
  put(files);
  await sync();
  const before = await documents();
  put({ 'tide.txt': 'High water at one.', 'new.txt': 'A new file.' });
  const page = await steps.open(dataSourceId, 'full_sync');
  const killed: Attempt = {
    deps: {
      embedderOf: () => ({ ...lexical, embed: async () => await Promise.reject(new Error('killed')) }),
    },
  };
  await steps.run('listPage', page);
  await steps.run('diffPage', page);
  const batch = { ...page, batch: 0 };
  await steps.run('downloadBatch', batch);
  await steps.run('transformBatch', batch);
  await expect(steps.run('embedBatch', batch, killed)).rejects.toThrow();
  expect(await documents()).toEqual(before);
  await steps.run('embedBatch', batch, { attempt: 2 });
  expect(await titles()).toEqual(['Board.zip', 'Board.zip > new.txt', 'Board.zip > tide.txt']);
  await steps.run('closePage', page);
  expect(await unusedTexts()).toBe(0);
});

test('one file whose name another item has does not stand in its way', async () => {
  put(files);
  source.put('board!/tide.txt', 'Another item.', { name: 'tide.txt' });
  expect(await sync()).toMatchObject({ created: 2, failed: 0 });
  expect(await titles()).toHaveLength(4);
});

test('the export contains the files, and a deletion covers them', async () => {
  put(files);
  await sync();
  const lines: string[] = [];
  const request = { userId: steps.userId, after: null, dataSourceId, withVectors: false };
  for await (const part of await exportDocuments(steps.database, request)) lines.push(String(part));
  expect(lines.join('')).toContain('board!/minutes/may.md');
  const [archive] = await documents();
  const scope = { kind: 'document', documentId: archive?.id ?? '' } as const;
  const count = async () => (await asUser(steps.database.db, steps.userId, (trx) => countRows(trx, scope))).documents;
  expect(await count()).toBe(3);
  await steps.run('removeDocuments', { userId: steps.userId, scope });
  expect([await count(), await titles()]).toEqual([0, []]);
});

const begin = async () => await asUser(steps.database.db, steps.userId, (trx) => openFeed(trx, steps.userId));

async function read(after: Awaited<ReturnType<typeof begin>>) {
  const page = await asUser(steps.database.db, steps.userId, (trx) =>
    readChanges(trx, steps.userId, after, { limit: 1000, latestOnly: false, dataSourceId }),
  );
  if (page === null) throw new Error('the feed cannot be continued');
  return page;
}

/** Vectors of texts that no document contains any more. */
async function unusedTexts(): Promise<number> {
  const { rows } = await asUser(steps.database.db, steps.userId, (trx) =>
    sql`select from embeddings e
      where not exists (select from document_chunks c where c.text_hash = e.text_hash)`.execute(trx),
  );
  return rows.length;
}
