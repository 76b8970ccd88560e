import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { startApiOf } from '../harness/api.ts';
import { api, headwater, runHeadwater } from '../harness/running.ts';

let account: GoogleAccount;
let dataSourceId: string;
let ferry: string;

runHeadwater();
beforeAll(async () => {
  account = headwater.google.state.account(`${randomUUID()}@example.com`);
  ferry = account.addFile({ name: 'Timetable.md', content: 'The ferry leaves the north pier at 7:40 and at 18:30.' });
  account.addFile({ name: 'Budget_2026.csv', mimeType: 'text/csv', content: 'item,euros\npaint,120\nropes,80\n' });
  account.addFile({ name: 'Brot.md', content: 'Für Schwarzbrot braucht man Roggenmehl und Geduld.' });
  account.addFile({ name: '議事録.md', content: '桟橋 の 工事 は 三月 に 始まる。' });
  for (let i = 0; i < 20; i++) account.addFile({ name: `Filler ${i}.md`, content: `Nothing of interest, part ${i}.` });
  dataSourceId = await headwater.createDrive('local', account.email);
  await headwater.sync({ dataSourceId, jobType: 'full_sync' });
}, 60_000);

/** A server with the call of Text Embeddings Inference that scores passages by a function. */
async function startReranking(scoreOf: (text: string) => number) {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { texts } = (await json(request)) as { texts: string[] };
    response.end(JSON.stringify(texts.map((text, index) => ({ index, score: scoreOf(text) }))));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rerank`;
  return {
    settings: { url, apiKey: undefined, model: undefined, maxCandidates: 50 },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const search = async (query: string, more: object = {}) =>
  (await api.call('POST', '/api/search', { body: { query, ...more } })).body.hits;

describe('a search', () => {
  test.each([
    ['a question', 'when does the ferry leave?', 'Timetable.md'],
    ['a word of the file’s name that is not in its text', 'budget', 'Budget_2026.csv'],
    ['another form of the word', 'ferries leaving', 'Timetable.md'],
    ['German', 'Roggenmehl', 'Brot.md'],
    ['Japanese', '桟橋 工事', '議事録.md'],
  ])('by %s finds the document', async (_name, query, title) => {
    expect((await search(query))[0]).toMatchObject({ title });
  });

  test('shows each document once, with its best passage, its position and its link', async () => {
    const hits = await search('ferry pier');
    expect(new Set(hits.map((hit: { documentId: string }) => hit.documentId)).size).toBe(hits.length);
    expect(hits[0]).toMatchObject({
      path: 'My Drive/Timetable.md',
      sourceType: 'google_drive',
      dataSourceId,
      sourceUrl: expect.stringContaining('https://drive.google.com/'),
      snippet: expect.stringContaining('7:40'),
    });
    for (let i = 1; i < hits.length; i++) expect(hits[i].score).toBeLessThanOrEqual(hits[i - 1].score);
  });

  test('respects its filters and its limit', async () => {
    expect(await search('nothing of interest', { limit: 3 })).toHaveLength(3);
    expect(await search('ferry', { filters: { sourceTypes: ['local_folder'] } })).toEqual([]);
    const csv = await search('ferry budget', { filters: { mimeTypes: ['text/csv'] } });
    expect(csv.map((hit: { title: string }) => hit.title)).toEqual(['Budget_2026.csv']);
    expect(await search('ferry', { filters: { modifiedAfter: '2030-01-01T00:00:00Z' } })).toEqual([]);
  });

  test.each(["'); drop table documents; --", '!!! & | ! ()', ':*', '\\', '🌊', 'the of and', '"unclosed'])(
    'for %j is an ordinary search',
    async (query) => expect((await api.call('POST', '/api/search', { body: { query } })).status).toBe(200),
  );

  test('takes the order of a reranker, if there is one', async () => {
    // All fillers match equally well, so which of them comes last differs from run to run.
    const title: string = (await search('nothing of interest', { limit: 5 })).at(-1).title;
    const [number] = /\d+/.exec(title) ?? [];
    await using reranking = await startReranking((text) => (text.includes(`part ${number}.`) ? 1 : 0));
    await using reranked = await startApiOf(headwater, { rerank: reranking.settings });
    const body = { query: 'nothing of interest', limit: 5 };
    const { hits } = (await reranked.call('POST', '/api/search', { body })).body;
    expect(hits[0]).toMatchObject({ title });
    for (let i = 1; i < hits.length; i++) expect(hits[i].score).toBeLessThanOrEqual(hits[i - 1].score);
    const context = await reranked.call('POST', '/api/context', { body: { query: 'nothing of interest' } });
    expect(context.body.citations[0]).toMatchObject({ title });
  });

  test('no longer finds changed or deleted text, from the next sync on (P4)', async () => {
    account.update(ferry, 'The service has ended for good.');
    await headwater.sync({ dataSourceId, jobType: 'incremental' });
    const [hit] = await search('ferry north pier');
    expect(hit.snippet).not.toContain('7:40');
    account.delete(ferry);
    await headwater.sync({ dataSourceId, jobType: 'incremental' });
    expect(JSON.stringify(await search('service ended for good'))).not.toContain('ended for good');
  });
});
