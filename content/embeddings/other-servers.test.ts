/** Tests servers with OpenAI's API and limits of their own: what they refuse, how they say so, and the reaction. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { personalities } from '../../tools/simulators/openai/personalities.ts';
import { type OpenAiSimulator, startOpenAi } from '../../tools/simulators/openai/server.ts';
import { SyncError } from '../../domain/errors.ts';
import { embedQuery, embedTexts, type EmbeddedText } from './batch.ts';
import type { Embedder } from './embedder.ts';
import { createOpenAiEmbedder } from './openai.ts';
import { readHint } from './refused-call.ts';

const calm = new AbortController().signal;
let server: OpenAiSimulator;
beforeAll(async () => {
  server = await startOpenAi(0, { dimensions: 8 });
});
afterAll(async () => await server[Symbol.asyncDispose]());
beforeEach(() => {
  server.faults.clear();
  Object.assign(server.settings, { refusedWord: null, zeroWord: null, wrongDimension: false, personality: 'openai' });
  Object.assign(server.counts, { asked: 0, calls: 0, inputs: 0, tokens: 0 });
});

const embedderOf = (model = 'some-model', sendDimensions = false): Embedder =>
  createOpenAiEmbedder({ apiKey: 'k', baseUrl: `${server.url}/v1/`, model, dimensions: 8, sendDimensions });

/** Makes a text of about this many tokens, by our count. */
const textOf = (name: string, tokens: number) => ({
  textHash: name,
  embeddingText: `${name} ${'harbour '.repeat(tokens)}`.slice(0, tokens * 4),
  tokens,
});
/** 61 texts: 50 the size of ordinary chunks, and 11 longer than most models accept. */
const mixed = Array.from({ length: 61 }, (_, i) => textOf(`t${i}`, i % 6 === 5 ? 1200 + i * 20 : 40));

async function embed(embedder: Embedder, texts = mixed) {
  const stored = new Map<string, EmbeddedText>();
  const refused = await embedTexts(embedder, texts, calm, async (records) => {
    for (const record of records) stored.set(record.textHash, record);
    await Promise.resolve();
  });
  const cut = [...stored.values()].filter((record) => record.cutTokens !== null);
  return { stored, refused, cut: cut.map((record) => record.textHash) };
}
const long = mixed.filter((text) => text.tokens > 1000).map((text) => text.textHash);

describe.each(Object.keys(personalities) as (keyof typeof personalities)[])('%s', (personality) => {
  beforeEach(() => {
    server.settings.personality = personality;
  });

  test('gives 61 of 61 texts a vector, long ones truncated if necessary', async () => {
    const { stored, refused, cut } = await embed(embedderOf());
    expect(stored.size).toBe(61);
    expect(refused.size).toBe(0);
    const cuts = { vllm: long, tei: long, 'llama.cpp': long, silent: long } as Partial<Record<string, string[]>>;
    expect(cut.toSorted()).toEqual((cuts[personality] ?? (personality === 'voyage' ? cut : [])).toSorted());
  });

  test('is called within its limits from then on: the second time nothing is refused', async () => {
    const embedder = embedderOf();
    await embed(embedder);
    Object.assign(server.counts, { asked: 0, calls: 0 });
    const { stored } = await embed(embedder);
    expect(stored.size).toBe(61);
    expect(server.counts.asked - server.counts.calls).toBe(0);
  });

  test('one text that it refuses alone is left out alone', async () => {
    server.settings.refusedWord = 'poison';
    const poisoned = mixed.map((text, i) => (i === 30 ? { ...text, embeddingText: 'a word of poison' } : text));
    const { stored, refused } = await embed(embedderOf(), poisoned);
    expect(stored.size).toBe(60);
    expect([...refused]).toMatchObject([['t30', { code: 'embedding_refused', scope: 'item' }]]);
  });

  test('a question that is too long is truncated', async () => {
    expect(await embedQuery(embedderOf(), 'harbour '.repeat(900), calm)).toHaveLength(8);
  });
});

test('most of what the model accepts is embedded, with or without a stated limit', async () => {
  for (const personality of ['tei', 'vllm', 'llama.cpp'] as const) {
    server.settings.personality = personality;
    const text = textOf('long', 2000);
    const { stored } = await embed(embedderOf(), [text]);
    const { charactersPerToken } = personalities[personality];
    const sent = ((stored.get('long')?.cutTokens ?? 0) * 4) / charactersPerToken;
    expect(sent).toBeGreaterThan(512 * 0.85);
    expect(sent).toBeLessThanOrEqual(513);
  }
});

test('a stated limit costs one refusal, not a search', async () => {
  server.settings.personality = 'dashscope';
  await embed(embedderOf());
  expect(server.counts).toMatchObject({ asked: 8, calls: 7 });
});

test('a text that breaks the server is found among its neighbors', async () => {
  server.settings.personality = 'ollama';
  const { stored, refused } = await embed(
    embedderOf(),
    mixed.map((text, i) => (i === 12 ? { ...text, embeddingText: 'NaN' } : text)),
  );
  expect(stored.size).toBe(60);
  expect([...refused.keys()]).toEqual(['t12']);
});

/** Refuses calls that contain this text, and answers all others. */
const refuseText = (word: string, then: { status: number; body: unknown }): void =>
  server.faults.add({ path: '/v1/embeddings', when: ({ body }) => body.includes(word), then });

test.each([
  ['a firewall’s page', 403, '<html>Request blocked</html>'],
  ['a moderation', 403, { error: { message: 'Input was flagged', code: 403 } }],
  ['a page of its own', 404, '<html>Not found</html>'],
  ['a gateway whose server died', 502, '<html>Bad gateway</html>'],
  ['a gateway whose server takes too long', 504, '<html>Gateway time-out</html>'],
  ['a gateway that lost its server', 503, 'upstream connect error or disconnect/reset before headers'],
  ['a content delivery network', 520, '<html>Web server is returning an unknown error</html>'],
  ['a filter of requests', 406, '<html>Not acceptable</html>'],
  ['a law', 451, {}],
])('one text refused by %s (%i) is left out alone', async (_name, status, body) => {
  refuseText('t12 ', { status, body });
  const { stored, refused } = await embed(embedderOf());
  expect(stored.size).toBe(60);
  expect([...refused.keys()]).toEqual(['t12']);
});

test('one text at which the server closes the connection is left out alone', async () => {
  server.faults.add({ path: '/v1/embeddings', when: ({ body }) => body.includes('t12 '), then: { reset: true } });
  const { stored, refused } = await embed(embedderOf());
  expect(stored.size).toBe(60);
  expect([...refused.keys()]).toEqual(['t12']);
  server.faults.clear();
  server.faults.add({ path: '/v1/embeddings', then: { reset: true } });
  await expect(embed(embedderOf())).rejects.toMatchObject({ code: 'embedder_unavailable', remedy: 'retry' });
});

test('one text at which the server dies is left out alone, though it takes a moment to restart', async () => {
  let restartsUntil = 0;
  const dies = ({ body }: { readonly body: Buffer }): boolean => {
    if (body.includes('t12 ') && Date.now() > restartsUntil) restartsUntil = Date.now() + 300;
    return Date.now() <= restartsUntil;
  };
  server.faults.add({ path: '/v1/embeddings', when: dies, then: { reset: true } });
  const { stored, refused } = await embed(embedderOf());
  expect(stored.size).toBe(60);
  expect([...refused.keys()]).toEqual(['t12']);
});

test.each([401, 403, 404])('if every text is refused with %i, the configuration is wrong', async (status) => {
  server.faults.add({ path: '/v1/embeddings', then: { status, body: { error: { message: 'no' } } } });
  const configuration = { kind: 'invalid_input', scope: 'account', code: 'embedder_configuration' };
  await expect(embed(embedderOf())).rejects.toMatchObject(configuration);
});

test.each([
  [
    'OpenAI, of a small account',
    'Rate limit reached for text-embedding-3-small in organization org-x on requests per min. Limit: 3 / min. Please try again in 20s. You can increase your rate limit by adding a payment method to your account at https://platform.openai.com/account/billing.',
    20_000,
  ],
  [
    'Gemini',
    'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. * Quota exceeded for metric: generativelanguage.googleapis.com/embed_content_free_tier_requests, limit: 100 Please retry in 50.447778025s.',
    50_448,
  ],
  [
    'Voyage',
    'You have not yet added your payment method in the billing page and will have reduced rate limits of 3 RPM and 10K TPM.',
    undefined,
  ],
  ['Azure', 'Requests have exceeded the token rate limit of your pricing tier. Please retry after 34 seconds.', 34_000],
  ['Groq', 'Limit 6000, Used 5900. Please try again in 1m12.5s.', 72_500],
])('the limit by the minute of %s is waited for as stated, and is no used-up quota', async (_name, message, wait) => {
  server.faults.add({ path: '/v1/embeddings', then: { status: 429, body: { error: { message } } } });
  const error: unknown = await embed(embedderOf()).catch((e: unknown) => e);
  expect(error).toMatchObject({ kind: 'rate_limited', code: 'embedding_rate_limited', retryAfterMs: wait });
});

test.each([
  ['LiteLLM', 400, { message: 'Budget has been exceeded! Current cost: 0.001, Max budget: 0.0', type: 'auth_error' }],
  ['LiteLLM, of a team', 400, { message: 'Budget has been exceeded! Team=99c7' }],
  ['LiteLLM, of a user', 400, { message: 'ExceededBudget: End User=i over budget. Spend=0.1, Budget=0.01' }],
  ['LiteLLM, of a model', 429, { message: 'User: e-1, exceeded budget for model=m', type: 'budget_exceeded' }],
  [
    'DashScope',
    400,
    { message: 'Access denied, please make sure your account is in good standing.', code: 'Arrearage' },
  ],
  ['OpenAI', 429, { message: 'You exceeded your current quota, please check your plan and billing details.' }],
  ['Gemini, of a day', 429, { message: 'Please retry in 7s.', quotaId: 'EmbedContentRequestsPerDayPerProject' }],
])('a budget that %s says is used up (%i) is no wrong configuration', async (_name, status, error) => {
  server.faults.add({ path: '/v1/embeddings', then: { status, body: { error } } });
  await expect(embed(embedderOf())).rejects.toMatchObject({
    kind: 'quota_exhausted',
    code: 'embedding_quota_exhausted',
    scope: 'account',
  });
});

test.each<[unknown, object]>([
  [429, { kind: 'rate_limited', code: 'embedding_rate_limited', retryAfterMs: 20_000 }],
  ['429', { kind: 'rate_limited' }],
  [402, { kind: 'quota_exhausted' }],
  [401, { kind: 'invalid_input', code: 'embedder_configuration' }],
  [503, { kind: 'unavailable', code: 'embedder_unavailable' }],
  ['server_error', { kind: 'unavailable', code: 'unexpected_answer' }],
])('a refusal with the code %j in an answer with status 200 is one', async (code, refusal) => {
  const body = { error: { message: 'Provider returned error. Please try again in 20s.', code } };
  server.faults.add({ path: '/v1/embeddings', then: { status: 200, body } });
  await expect(embed(embedderOf())).rejects.toMatchObject(refusal);
});

test('a call over the limit per minute is split instead of being repeated', async () => {
  const message =
    'Request too large for some-model in organization x on tokens per min (TPM): Limit: 10000, Requested: 14000.';
  const isLarge = ({ body }: { body: Buffer }) => body.length > 20_000;
  server.faults.add({ path: '/v1/embeddings', when: isLarge, then: { status: 429, body: { error: { message } } } });
  expect((await embed(embedderOf())).stored.size).toBe(61);
});

test('one text for which the server never answers is left out alone, after a few attempts', async () => {
  const inner = embedderOf();
  const timeout = new SyncError('unavailable', { code: 'embedder_timeout', scope: 'account', message: 'No answer.' });
  const hanging: Embedder = {
    ...inner,
    embed: async (texts, ...rest) => {
      if (texts.some((text) => text.includes('t12 '))) throw timeout;
      return await inner.embed(texts, ...rest);
    },
  };
  let done: Awaited<ReturnType<typeof embed>> | null = null;
  for (let attempt = 0; attempt < 10 && done === null; attempt++) done = await embed(hanging).catch(() => null);
  expect(done?.stored.size).toBe(60);
  expect([...(done?.refused.keys() ?? [])]).toEqual(['t12']);
  const silent = { ...inner, embed: async () => await Promise.reject(timeout) };
  for (let attempt = 0; attempt < 10; attempt++)
    await expect(embed(silent)).rejects.toMatchObject({ code: 'embedder_timeout' });
});

const all = (value: number): number[] => Array.from({ length: 8 }, () => value);
test.each([[[]], [[1, 2, 3]], [null], [{}], [all(1e-30)], [all(1e30)]])(
  'a vector %j among good ones fails only its text',
  async (embedding) => {
    const rewrite = (answer: unknown, { body }: { body: Buffer }) => {
      const { data, ...rest } = answer as { data: object[] };
      const { input } = JSON.parse(body.toString()) as { input: string[] };
      return {
        ...rest,
        data: data.map((one, i) => (input[i]?.startsWith('t7 ') === true ? { ...one, embedding } : one)),
      };
    };
    server.faults.add({ path: '/v1/embeddings', then: { rewrite } });
    const { stored, refused } = await embed(embedderOf());
    expect(stored.size).toBe(60);
    expect([...refused.keys()]).toEqual(['t7']);
  },
);

test('a vector of zeros fails only its text', async () => {
  server.settings.zeroWord = 't7 ';
  const { stored, refused } = await embed(embedderOf());
  expect(stored.size).toBe(60);
  expect([...refused]).toMatchObject([['t7', { code: 'embedding_unusable' }]]);
});

test.each([[Array.from({ length: 8 }, () => null)], [''], [Array.from({ length: 8 }, () => 0)]])(
  'a server whose vectors are all %j is waited for, and no text is called its cause',
  async (embedding) => {
    const rewrite = (answer: unknown) => {
      const { data, ...rest } = answer as { data: object[] };
      return { ...rest, data: data.map((one) => ({ ...one, embedding })) };
    };
    server.faults.add({ path: '/v1/embeddings', then: { rewrite } });
    await expect(embed(embedderOf())).rejects.toMatchObject({ kind: 'unavailable', code: 'embedder_useless' });
    await expect(embed(embedderOf(), [textOf('one', 40)])).rejects.toMatchObject({ code: 'embedder_useless' });
    expect(await embedQuery(embedderOf(), 'tide', calm)).toBeNull();
  },
);

test('a server that fails on everything is waited for, without a call per text', async () => {
  const before = server.log.total;
  server.faults.add({ path: '/v1/embeddings', then: { status: 500, body: 'boom' } });
  await expect(embed(embedderOf())).rejects.toMatchObject({ kind: 'unavailable', code: 'embedder_unavailable' });
  expect(server.log.total - before).toBeLessThan(50);
  server.faults.clear();
  server.faults.add({ path: '/v1/embeddings', then: { status: 200, body: '<html>Sign in</html>' } });
  await expect(embed(embedderOf())).rejects.toMatchObject({ kind: 'unavailable', code: 'unexpected_answer' });
});

test('a server that refuses everything means a wrong configuration, not 61 failed items', async () => {
  server.faults.add({ path: '/v1/embeddings', then: { status: 400, body: { error: { message: 'no' } } } });
  await expect(embed(embedderOf())).rejects.toMatchObject({
    kind: 'invalid_input',
    scope: 'account',
    code: 'embedder_refuses_all',
  });
});

test('a server that refuses a text and then fails is asked again, and not called wrongly configured', async () => {
  server.faults.add({ path: '/v1/embeddings', times: 1, then: { status: 400, body: { error: { message: 'no' } } } });
  server.faults.add({ path: '/v1/embeddings', then: { status: 500, body: 'boom' } });
  await expect(embed(embedderOf(), [textOf('one', 40)])).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'embedder_unavailable',
  });
});

test('parameters that a server does not support are omitted', async () => {
  server.settings.personality = 'vllm';
  expect((await embed(embedderOf('some-model', true))).stored.size).toBe(61);
  server.settings.personality = 'silent';
  expect((await embed(embedderOf('some-model', true))).stored.size).toBe(61);
});

test('vectors of another size name the setting', async () => {
  server.settings.wrongDimension = true;
  await expect(embed(embedderOf())).rejects.toMatchObject({
    code: 'wrong_dimensions',
    scope: 'account',
    message: expect.stringMatching(/EMBEDDING_DIMENSIONS=7/),
  });
});

test('a redirect is not followed: neither key nor texts reach another host', async () => {
  let reached = 0;
  const elsewhere = createServer((_, response) => {
    reached++;
    response.end('{}');
  });
  await new Promise<void>((resolve) => {
    elsewhere.listen(0, '127.0.0.1', resolve);
  });
  const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/v1/embeddings`;
  for (const status of [301, 302, 307, 308]) {
    server.faults.clear();
    server.faults.add({ path: '/v1/embeddings', then: { status, headers: { location }, body: {} } });
    await expect(embed(embedderOf())).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringMatching(/redirects to http:\/\/127/),
    });
  }
  elsewhere.close();
  expect(reached).toBe(0);
});

test('a parameter that a server of Cohere’s models does not know is left out from then on', async () => {
  const asked: { readonly input_type?: string; readonly input: readonly string[] }[] = [];
  await using stack = new AsyncDisposableStack();
  const strict = createServer((request, response) => {
    void (async () => {
      const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
      asked.push(body);
      const isKnown = body.input_type === undefined;
      const data = body.input.map((_: string, index: number) => ({ index, embedding: [1, 2, 3] }));
      response.writeHead(isKnown ? 200 : 400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(isKnown ? { data } : { message: 'unknown field: parameter input_type is not valid' }),
      );
    })();
  });
  await new Promise<void>((resolve) => {
    strict.listen(0, '127.0.0.1', resolve);
  });
  stack.defer(() => void strict.close());
  const baseUrl = `http://127.0.0.1:${(strict.address() as AddressInfo).port}/v1`;
  const options = { apiKey: 'k', baseUrl, dimensions: 3, sendDimensions: false };
  const embedder = createOpenAiEmbedder({ ...options, model: 'embed-multilingual-v3.0' });
  for (const inputType of ['query', 'passage', 'query'] as const)
    expect(await embedder.embed(['a text that is longer than a short one'], inputType, calm)).toHaveLength(1);
  expect(asked.map((body) => body.input_type)).toEqual(['search_query', undefined, undefined, undefined]);
});

test('the type of a text is not left out for a refusal that does not name it', async () => {
  server.faults.add({ path: '/v1/embeddings', times: 1, then: { status: 400, body: { error: { message: 'no' } } } });
  const voyage = embedderOf('voyage-3.5');
  const sent = jest.spyOn(globalThis, 'fetch');
  await voyage.embed(['tide'], 'query', calm).catch(() => null);
  const bodies = sent.mock.calls.map(([, init]) => (typeof init?.body === 'string' ? init.body : ''));
  sent.mockRestore();
  expect(bodies.length).toBeGreaterThan(0);
  for (const body of bodies) expect(body).toContain('"input_type":"query"');
});

test.each([
  ['https://x.openai.azure.com/openai/deployments/e/embeddings?api-version=2024-02-01', 'key', 'api-key'],
  ['https://x.openai.azure.com/openai/deployments/e?api-version=2024-02-01', 'key', 'api-key'],
  ['https://x.openai.azure.com/openai/deployments/e/?api-version=2024-02-01', 'eyJ0.eyJh.x', 'bearer'],
])('the address that Azure’s console shows (%s) is called with its version and key', async (baseUrl, apiKey, how) => {
  const answer = { data: [{ index: 0, embedding: [1, 2, 3] }] };
  const sent = jest
    .spyOn(globalThis, 'fetch')
    .mockImplementation(async () => await Promise.resolve(Response.json(answer)));
  const options = { apiKey, baseUrl, model: 'm', dimensions: 3, sendDimensions: false };
  const vectors = await createOpenAiEmbedder(options).embed(['tide'], 'passage', calm);
  const [url, init] = sent.mock.calls[0] ?? [];
  sent.mockRestore();
  expect(vectors).toHaveLength(1);
  expect(url instanceof URL ? url.href : url).toBe(
    'https://x.openai.azure.com/openai/deployments/e/embeddings?api-version=2024-02-01',
  );
  const headers = new Headers(init?.headers);
  expect([headers.get('api-key'), headers.get('authorization')]).toEqual(
    how === 'bearer' ? [null, `Bearer ${apiKey}`] : [apiKey, null],
  );
});

test.each(['/v1', '/v1/', '/v1/embeddings', '/v1/embeddings/'])('an address may end in %s', async (path) => {
  const options = { apiKey: 'k', baseUrl: `${server.url}${path}`, model: 'm', dimensions: 8, sendDimensions: false };
  expect(await createOpenAiEmbedder(options).embed(['tide'], 'passage', calm)).toHaveLength(1);
});

test('a question and a text get the prefixes that their model was trained with', async () => {
  const e5 = embedderOf('intfloat/multilingual-e5-small');
  const [query] = await e5.embed(['tide'], 'query', calm);
  const [passage] = await e5.embed(['tide'], 'passage', calm);
  const plain = embedderOf('bge-m3');
  expect([query]).toEqual(await plain.embed(['query: tide'], 'query', calm));
  expect([passage]).toEqual(await plain.embed(['passage: tide'], 'passage', calm));
});

test.each<[string, object]>([
  [
    "This model's maximum context length is 512 tokens. However, your request has 1451 input tokens. Please reduce the length of the input messages.",
    { limit: 512, given: 1451, of: 'inputTokens' },
  ],
  [
    'input (992 tokens) is too large to process. increase the physical batch size (current batch size: 512)',
    { limit: 512, given: 992, of: 'inputTokens' },
  ],
  ['batch size 64 > maximum allowed batch size 32', { limit: 32, of: 'inputs' }],
  ['input batch size 473 > maximum allowed batch size 64', { limit: 64, of: 'inputs' }],
  [
    '<400> InternalError.Algo.InvalidParameter: Value error, batch size is invalid, it should not be larger than 25.: input.contents',
    { limit: 25, of: 'inputs' },
  ],
  ['* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch', { limit: 100, of: 'inputs' }],
  ['the input length exceeds the context length', { isAboutSize: true }],
  ['Too many tokens overall, split into more batches.', { isAboutSize: true }],
  ['Bad Request', { isAboutSize: false }],
])('reads "%s"', (message, hint) => {
  expect(readHint(message, { inputs: 400, tokens: 50_000, longest: 2000 })).toMatchObject(hint);
});
