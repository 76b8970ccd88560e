import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import { citationOf } from '../../domain/documents.ts';
import { api, headwater, runHeadwater } from '../harness/running.ts';

/** Long enough for several chunks, with characters of two UTF-16 units before the search terms. */
const manual = Array.from(
  { length: 40 },
  (_, i) => `## Part ${i} 🌊\n\n${`Valve ${i} of the bilge pump is greased with care. `.repeat(12)}`,
).join('\n\n');

runHeadwater();
beforeAll(async () => {
  const account = headwater.google.state.account(`${randomUUID()}@example.com`);
  account.addFile({ name: 'Pump manual.md', content: manual });
  account.addFile({ name: 'Order.md', content: 'We ordered a new bilge pump from Nordtau in May.' });
  account.addFile({ name: 'Log.md', content: 'The bilge pump failed on Sunday; its valve was blocked.' });
  account.addFile({ name: 'Copy of the log.md', content: 'The bilge pump failed on Sunday; its valve was blocked.' });
  account.addFile({ name: 'Copy of the pump manual.md', content: manual });
  account.addFile({ name: 'Bread.md', content: 'Rye flour, water, salt.' });
  const dataSourceId = await headwater.createDrive('local', account.email);
  await headwater.sync({ dataSourceId, jobType: 'full_sync' });
}, 60_000);

const context = async (body: object) => await api.call('POST', '/api/context', { body });

describe('the context of a question', () => {
  test.each([100, 150, 300, 700, 2000, 10_000])('stays within %i tokens', async (maxTokens) => {
    const { status, body } = await context({ query: 'bilge pump valve', maxTokens });
    expect(status).toBe(200);
    expect(body.tokens).toBeLessThanOrEqual(maxTokens);
    expect(body.tokens).toBe(countTokens(body.text));
    expect(body.citations.length).toBeGreaterThan(0);
  });

  test('is the same every time', async () => {
    const ask = async () => (await context({ query: 'bilge pump valve', maxTokens: 1500 })).text;
    expect(await ask()).toBe(await ask());
  });

  test('prefers passages from several documents to many from one', async () => {
    const { body } = await context({ query: 'bilge pump valve', maxTokens: 1500 });
    const titles = new Set(body.citations.map((c: { title: string }) => c.title));
    for (const title of [/pump manual\.md$/i, /^Order\.md$/, /log\.md$/i])
      expect([...titles]).toContainEqual(expect.stringMatching(title));
  });

  test('says what copies of a document say once', async () => {
    const { body } = await context({ query: 'bilge pump valve', maxTokens: 32_000 });
    for (const said of ['Valve 17 of', 'its valve was blocked'])
      expect(body.citations.filter((c: { text: string }) => c.text.includes(said))).toHaveLength(1);
  });

  test('cites each passage by its number, and by offsets that cut it out of the document', async () => {
    const { body } = await context({ query: 'bilge pump valve 17', maxTokens: 6000 });
    for (const c of body.citations) {
      const { document } = (await api.call('GET', `/api/documents/${c.documentId}?chunks=true`)).body;
      expect(document.text.slice(c.start, c.end)).toBe(c.text);
      expect(body.text).toContain(`[${c.number}] ${citationOf(c.title, c.place)}\n${c.text.trim()}`);
      const ids = document.chunks.map((chunk: { id: string }) => chunk.id);
      const first = ids.indexOf(c.chunkIds[0]);
      // Neighboring chunks were joined in the document's order
      expect(ids.slice(first, first + c.chunkIds.length)).toEqual(c.chunkIds);
      expect(c.sourceUrl).toMatch(/^https:/);
    }
    expect(body.citations.some((c: { chunkIds: string[] }) => c.chunkIds.length > 1)).toBe(true);
  });

  test('is empty if nothing matches or the filters exclude everything', async () => {
    const nothing = { text: '', tokens: 0, citations: [] };
    expect((await context({ query: 'bilge pump', filters: { sourceTypes: ['gmail'] } })).body).toEqual(nothing);
  });

  test.each([
    ['an empty query', { query: ' ' }, /^query: must not be empty/],
    ['a query that is too long', { query: 'x'.repeat(2001) }, /^query: must have at most 2,000/],
    ['a token budget that is too small', { query: 'pump', maxTokens: 10 }, /^maxTokens/],
    ['a token budget that is too large', { query: 'pump', maxTokens: 1_000_000 }, /^maxTokens/],
    ['an unknown field', { query: 'pump', max: 1 }, /max/],
    ['a media type with a NUL', { query: 'pump', filters: { mimeTypes: ['a\0'] } }, /^filters\.mimeTypes\.0/],
  ])('refuses %s with the name of the field', async (_name, body, detail) => {
    expect(await context(body)).toMatchObject({ status: 400, body: { detail: expect.stringMatching(detail) } });
  });
});
