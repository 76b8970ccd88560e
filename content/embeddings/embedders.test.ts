import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type OpenAiSimulator, startOpenAi } from '../../tools/simulators/openai/server.ts';
import { SyncError } from '../../domain/errors.ts';
import { embedTexts } from './batch.ts';
import type { Embedder } from './embedder.ts';
import { createLocalEmbedder } from './local.ts';
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
  Object.assign(openai.counts, { calls: 0, inputs: 0, tokens: 0 });
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

describe('an OpenAI-compatible server', () => {
  test('gives each text its own vector, whatever the order of the answer', async () => {
    const straight = await embedder().embed(['a', 'b', 'c'], calm);
    openai.settings.shuffled = true;
    expect(await embedder().embed(['a', 'b', 'c'], calm)).toEqual(straight);
    expect(straight[0]).not.toEqual(straight[1]);
  });

  test('is asked in as few calls as its limits allow: 2,048 texts and 150,000 tokens', async () => {
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
    expect(openai.counts).toMatchObject({ calls: 2, inputs: 2049 });
    expect(new Set(stored).size).toBe(2049);
    openai.counts.calls = 0;
    await embedTexts(
      embedder(),
      Array.from({ length: 10 }, (_, i) => text(i, 70_000)),
      calm,
      store,
    );
    expect(openai.counts.calls).toBe(5);
  });

  test('the same text twice is one input', async () => {
    await embedTexts(embedder(), [text(1), text(1), text(2)], calm, async () => await Promise.resolve());
    expect(openai.counts.inputs).toBe(2);
  });

  test('a short answer is asked for again; one of another size is a wrong configuration', async () => {
    openai.settings.oneShort = true;
    await expect(embedder().embed(['a', 'b'], calm)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'incomplete_embeddings',
    });
    Object.assign(openai.settings, { oneShort: false, wrongDimension: true });
    await expect(embedder().embed(['a'], calm)).rejects.toMatchObject({
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
    ['500', 500, {}, {}, { kind: 'unavailable' }],
  ])('%s', async (_name, status, body, headers, expected) => {
    refuse(status, body, headers);
    const error: unknown = await embedder()
      .embed(['a'], calm)
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'SyncError', ...expected });
    expect(Error.isError(error) ? error.message : '').not.toContain('secret text');
    // The client's own retries are off: one call, one answer
    expect(openai.log.total).toBeGreaterThan(0);
    expect(openai.faults.hits()).toEqual([1]);
  });

  test('a server that is not there', async () => {
    const nobody = createOpenAiEmbedder({
      apiKey: 'k',
      baseUrl: 'http://127.0.0.1:9/v1',
      model: undefined,
      dimensions: 8,
      sendDimensions: false,
    });
    await expect(nobody.embed(['a'], calm)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('a call that the server finds too large', () => {
  test('is sent again in halves, so that only a text that is too large itself fails', async () => {
    const local = createLocalEmbedder();
    const sizes: number[] = [];
    const strict: Embedder = {
      ...local,
      embed: async (texts, signal) => {
        sizes.push(texts.length);
        if (texts.length > 2) throw new SyncError('too_large', { message: 'too many tokens' });
        return await local.embed(texts, signal);
      },
    };
    const texts = Array.from({ length: 7 }, (_, i) => ({ textHash: `${i}`, embeddingText: `text ${i}`, tokens: 2 }));
    const stored: string[] = [];
    await embedTexts(strict, texts, calm, async (records) => {
      stored.push(...records.map((record) => record.textHash));
      await Promise.resolve();
    });
    expect(stored).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    expect(sizes).toEqual([7, 4, 2, 2, 3, 2, 1]);
  });
});

describe('the local embedder', () => {
  test('is deterministic, of length one, and puts texts that share words close together', async () => {
    const local = createLocalEmbedder();
    expect(local.model).toContain('lexical');
    const [ferry, ship, bread] = await local.embed(
      ['the ferry leaves the harbour', 'a ferry in the harbour', 'bread and salt'],
      calm,
    );
    const dot = (a: Float32Array | undefined, b: Float32Array | undefined): number =>
      (a ?? new Float32Array()).reduce((sum, value, i) => sum + value * (b?.[i] ?? 0), 0);
    expect(dot(ferry, ferry)).toBeCloseTo(1, 4);
    expect(dot(ferry, ship)).toBeGreaterThan(dot(ferry, bread));
    expect(await local.embed(['the ferry leaves the harbour'], calm)).toEqual([ferry]);
    const [empty] = await local.embed(['?!'], calm);
    expect(empty?.every(Number.isFinite)).toBe(true);
  });
});
