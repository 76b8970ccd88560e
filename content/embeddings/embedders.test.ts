import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type OpenAiSimulator, startOpenAi } from '../../tools/simulators/openai/server.ts';
import { embedTexts } from './batch.ts';
import { createLexicalEmbedder } from './lexical.ts';
import { createOpenAiEmbedder } from './openai.ts';

const calm = new AbortController().signal;
let openai: OpenAiSimulator;
beforeAll(async () => {
  openai = await startOpenAi(0, { dimensions: 8 });
});
afterAll(async () => await openai[Symbol.asyncDispose]());
beforeEach(() => {
  openai.faults.clear();
  Object.assign(openai.settings, { shuffled: false, oneShort: false, wrongDimension: false });
  Object.assign(openai.counts, { asked: 0, calls: 0, inputs: 0, tokens: 0 });
});

const embedder = () =>
  createOpenAiEmbedder({
    apiKey: 'k',
    baseUrl: `${openai.url}/v1`,
    model: undefined,
    dimensions: 8,
    sendDimensions: false,
  });
const refuse = (status: number, body: unknown, headers: Record<string, string> = {}): void =>
  openai.faults.add({ path: '/v1/embeddings', times: 1, then: { status, body, headers } });
const text = (i: number, tokens = 5) => ({ textHash: `h${i}`, embeddingText: `text ${i}`, tokens });

test('a server that cannot be reached is named with the reason', async () => {
  const away = await startOpenAi();
  const unreachable = createOpenAiEmbedder({
    apiKey: 'k',
    baseUrl: `${away.url}/v1`,
    model: 'm',
    dimensions: 8,
    sendDimensions: false,
  });
  await away[Symbol.asyncDispose]();
  await expect(unreachable.embed(['a'], 'passage', calm)).rejects.toMatchObject({
    code: 'embedder_unavailable',
    message: expect.stringContaining('Nothing listens at its address (ECONNREFUSED)'),
  });
});

describe('an OpenAI-compatible server', () => {
  test('gives each text its own vector, whatever the order in the answer', async () => {
    const straight = await embedder().embed(['a', 'b', 'c'], 'passage', calm);
    openai.settings.shuffled = true;
    expect(await embedder().embed(['a', 'b', 'c'], 'passage', calm)).toEqual(straight);
    expect(straight[0]).not.toEqual(straight[1]);
  });

  const answering = (data: readonly object[]): void =>
    openai.faults.add({ path: '/v1/embeddings', then: { status: 200, body: { object: 'list', data } } });
  const unit = (at: number): number[] => Array.from({ length: 8 }, (_, i) => (i === at ? 1 : 0));
  const order = async () => {
    const vectors = await embedder().embed(['a', 'b', 'c'], 'passage', calm);
    return vectors.map((vector) => vector?.indexOf(1));
  };

  test.each<[string, unknown[], number[]]>([
    ['from 0, in another order', [2, 0, 1], [1, 2, 0]],
    ['from 1', [1, 2, 3], [0, 1, 2]],
    ['as text', ['1', '2', '0'], [2, 0, 1]],
    ['all the same', [0, 0, 0], [0, 1, 2]],
    ['not at all', [undefined, undefined, undefined], [0, 1, 2]],
    ['with no number', [null, 'x', {}], [0, 1, 2]],
  ])('that counts its vectors %s', async (_name, indexes, expected) => {
    answering(indexes.map((index, i) => ({ index, embedding: unit(i) })));
    expect(await order()).toEqual(expected);
  });

  test.each([[[0, 0, 1]], [[0, 1, 3]], [[0, 1, undefined]], [[-1, 0, 1]], [[0.5, 1.5, 2.5]]])(
    'that counts them as %j is not believed',
    async (indexes) => {
      answering(indexes.map((index, i) => ({ index, embedding: unit(i) })));
      await expect(order()).rejects.toMatchObject({ code: 'incomplete_embeddings' });
    },
  );

  test('that counts a single vector from anywhere is understood', async () => {
    answering([{ index: 7, embedding: unit(3) }]);
    expect((await embedder().embed(['a'], 'passage', calm))[0]?.indexOf(1)).toBe(3);
  });

  test('that encodes numbers of another size is asked for numbers as text, and the parameter stays omitted', async () => {
    const bodies: string[] = [];
    openai.faults.add({
      path: '/v1/embeddings',
      then: {
        rewrite: (body, { body: request }) => {
          bodies.push(request.toString());
          const isEncoded = request.toString().includes('base64');
          const doubles = Buffer.from(new Float64Array(unit(2)).buffer).toString('base64');
          return { ...(body as object), data: [{ index: 0, embedding: isEncoded ? doubles : unit(2) }] };
        },
      },
    });
    const one = embedder();
    for (let turn = 0; turn < 2; turn++) expect((await one.embed(['a'], 'passage', calm))[0]?.indexOf(1)).toBe(2);
    expect(bodies.map((body) => body.includes('base64'))).toEqual([true, false, false]);
  });

  test('is called as rarely as its limits allow: 256 texts and 100,000 tokens if they are unknown', async () => {
    const stored: string[] = [];
    const store = async (records: readonly { readonly textHash: string }[]) => {
      stored.push(...records.map((r) => r.textHash));
      await Promise.resolve();
    };
    await embedTexts(
      embedder(),
      Array.from({ length: 2049 }, (_, i) => text(i)),
      calm,
      store,
    );
    expect(openai.counts).toMatchObject({ calls: 9, inputs: 2049 });
    expect(new Set(stored).size).toBe(2049);
    openai.counts.calls = 0;
    await embedTexts(
      embedder(),
      Array.from({ length: 10 }, (_, i) => text(i, 70_000)),
      calm,
      store,
    );
    expect(openai.counts.calls).toBe(10);
  });

  test('the same text twice is one input', async () => {
    await embedTexts(embedder(), [text(1), text(1), text(2)], calm, async () => await Promise.resolve());
    expect(openai.counts.inputs).toBe(2);
  });

  test('an incomplete answer is requested again; vectors of another size mean a wrong configuration', async () => {
    openai.settings.oneShort = true;
    await expect(embedder().embed(['a', 'b'], 'passage', calm)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'incomplete_embeddings',
    });
    Object.assign(openai.settings, { oneShort: false, wrongDimension: true });
    await expect(embedder().embed(['a'], 'passage', calm)).rejects.toMatchObject({
      kind: 'invalid_input',
      code: 'wrong_dimensions',
    });
  });

  test.each<[string, number, unknown, Record<string, string>, object]>([
    ['429 with retry-after-ms', 429, {}, { 'retry-after-ms': '700' }, { kind: 'rate_limited', retryAfterMs: 700 }],
    ['429 with retry-after', 429, {}, { 'retry-after': '2' }, { kind: 'rate_limited', retryAfterMs: 2000 }],
    [
      '429 with reset headers',
      429,
      {},
      { 'x-ratelimit-reset-tokens': '1m12.5s' },
      { kind: 'rate_limited', retryAfterMs: 72_500 },
    ],
    ['a used-up quota', 429, { error: { code: 'insufficient_quota' } }, {}, { kind: 'quota_exhausted' }],
    ['a wrong key', 401, {}, {}, { kind: 'invalid_input', message: expect.stringMatching(/OPENAI_API_KEY/) }],
    ['an unknown model', 404, {}, {}, { kind: 'invalid_input', message: expect.stringMatching(/EMBEDDING_MODEL/) }],
    ['an oversized input', 400, { error: { message: 'too long: secret text' } }, {}, { kind: 'too_large' }],
    [
      'a sign-in page with status 200',
      200,
      '<html>secret text</html>',
      {},
      { kind: 'unavailable', code: 'unexpected_answer' },
    ],
    ['an empty object', 200, {}, {}, { kind: 'unavailable', code: 'unexpected_answer' }],
    ['an empty list', 200, [], {}, { kind: 'unavailable', code: 'unexpected_answer' }],
    ['a used-up balance', 402, {}, {}, { kind: 'quota_exhausted' }],
    ['a server that is busy', 503, {}, { 'retry-after': '7' }, { kind: 'unavailable', retryAfterMs: 7000 }],
    ['500', 500, {}, {}, { kind: 'unavailable' }],
  ])('%s', async (_name, status, body, headers, expected) => {
    refuse(status, body, headers);
    const error: unknown = await embedder()
      .embed(['a text that is longer than a word or two'], 'passage', calm)
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'SyncError', ...expected });
    expect(Error.isError(error) ? error.message : '').not.toContain('secret text');
    // The client's own retries are off: one call gets one answer.
    expect(openai.log.total).toBeGreaterThan(0);
    expect(openai.faults.hits()).toEqual([1]);
  });

  test('a server that does not exist', async () => {
    const nobody = createOpenAiEmbedder({
      apiKey: 'k',
      baseUrl: 'http://127.0.0.1:9/v1',
      model: undefined,
      dimensions: 8,
      sendDimensions: false,
    });
    await expect(nobody.embed(['a'], 'passage', calm)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('the local embedder', () => {
  test('is deterministic, of length one, and puts texts that share words close together', async () => {
    const local = createLexicalEmbedder();
    expect(local.model).toContain('lexical');
    const [ferry, ship, bread] = await local.embed(
      ['the ferry leaves the harbour', 'a ferry in the harbour', 'bread and salt'],
      'passage',
      calm,
    );
    const dot = (a: Float32Array | null | undefined, b: Float32Array | null | undefined): number =>
      (a ?? new Float32Array()).reduce((sum, value, i) => sum + value * (b?.[i] ?? 0), 0);
    expect(dot(ferry, ferry)).toBeCloseTo(1, 4);
    expect(dot(ferry, ship)).toBeGreaterThan(dot(ferry, bread));
    expect(await local.embed(['the ferry leaves the harbour'], 'passage', calm)).toEqual([ferry]);
    const [empty] = await local.embed(['?!'], 'passage', calm);
    expect(empty?.every(Number.isFinite)).toBe(true);
  });
});
