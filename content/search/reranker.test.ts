/** Tests the reranker against servers with the request and answer formats of the vendors, and against broken ones. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { createReranker, type Reranker } from './reranker.ts';

interface Call {
  readonly body: { readonly texts?: readonly string[] };
  readonly authorization: string | undefined;
}
const never = new AbortController().signal;
const logger = pino({ level: 'silent' });
let server: Server;
let calls: Call[];
let answer: (call: Call, response: ServerResponse) => void;

beforeEach(async () => {
  calls = [];
  server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  jest.useRealTimers();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = JSON.parse(Buffer.concat(parts).toString()) as Call['body'];
  const call = { body, authorization: request.headers.authorization };
  calls.push(call);
  answer(call, response);
}

function rerankerOf(settings: { model?: string; apiKey?: string } = {}): Reranker {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rerank`;
  const reranker = createReranker({ url, apiKey: settings.apiKey, model: settings.model, maxCandidates: 50 }, logger);
  if (reranker === null) throw new Error('no reranker');
  return reranker;
}

const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

test.each([
  ['Cohere, Jina and vLLM', (entries: object[]) => ({ id: 'x', results: entries, meta: {} }), 'relevance_score'],
  ['Voyage', (entries: object[]) => ({ object: 'list', data: entries, usage: { total_tokens: 3 } }), 'relevance_score'],
  ['Text Embeddings Inference', (entries: object[]) => entries, 'score'],
])('reads the answer of %s, which is sorted by score, in the order of the passages', async (_name, toBody, field) => {
  answer = (_call, response) =>
    json(
      response,
      toBody([
        { index: 2, [field]: 0.9 },
        { index: 0, [field]: -3.5 },
        { index: 1, [field]: -7 },
      ]),
    );
  expect(await rerankerOf({ model: 'm' }).score('q', ['a', 'b', 'c'], never)).toEqual([-3.5, -7, 0.9]);
});

test('sends the model and the key if they are configured', async () => {
  answer = (_call, response) => json(response, { results: [{ index: 0, relevance_score: 1 }] });
  await rerankerOf({ model: 'rerank-v3.5', apiKey: 'secret' }).score('q', ['a'], never);
  expect(calls).toEqual([
    { body: { model: 'rerank-v3.5', query: 'q', documents: ['a'] }, authorization: 'Bearer secret' },
  ]);
});

test('asks Text Embeddings Inference for at most 32 passages in a call', async () => {
  answer = ({ body }, response) =>
    json(
      response,
      (body.texts ?? []).map((text, index) => ({ index, score: Number(text) })),
    );
  const passages = Array.from({ length: 50 }, (_, i) => `${i}`);
  expect(await rerankerOf().score('q', passages, never)).toEqual(passages.map(Number));
  expect(new Set(calls.map((call) => call.body.texts?.length))).toEqual(new Set([32, 18]));
  expect(calls[0]).toMatchObject({ body: { query: 'q', truncate: true }, authorization: undefined });
});

test.each<[string, (call: Call, response: ServerResponse) => void]>([
  ['a refusal', (_, response) => json(response, { message: 'no' }, 401)],
  ['an overloaded server', (_, response) => json(response, {}, 503)],
  ['a redirect', (_, response) => void response.writeHead(307, { location: 'http://example.com/' }).end()],
  ['a page in place of an answer', (_, response) => void response.writeHead(200).end('<html>')],
  ['an answer of another shape', (_, response) => json(response, { scores: [1, 2] })],
  ['a score that is missing', (_, response) => json(response, { results: [{ index: 0, relevance_score: 1 }] })],
  ['a score that is no number', (_, response) => json(response, { results: [{ index: 0, relevance_score: 'x' }] })],
  ['a connection that breaks', (_, response) => void response.destroy()],
])('gives no scores after %s, and leaves the server alone for a while', async (_name, broken) => {
  answer = broken;
  const reranker = rerankerOf({ model: 'm' });
  expect(await reranker.score('q', ['a', 'b'], never)).toBeNull();
  expect(await reranker.score('q', ['a', 'b'], never)).toBeNull();
  expect(calls).toHaveLength(1);
});

test.each([
  ['Cohere’s limit', 429, { message: 'You are using a Trial key, which is limited to 10 API calls / minute' }],
  ['Jina’s empty balance', 402, { detail: 'Insufficient account balance' }],
  ['Voyage’s refusal of a request', 400, { detail: 'The request body is not valid JSON' }],
  ['too many texts for Text Embeddings Inference', 413, { error: 'batch size 64 > 32', error_type: 'Validation' }],
  ['an overloaded Text Embeddings Inference', 429, { error: 'Model is overloaded', error_type: 'Overloaded' }],
])('gives no scores after %s', async (_name, status, body) => {
  answer = (_call, response) => json(response, body, status);
  expect(await rerankerOf({ model: 'm' }).score('q', ['a'], never)).toBeNull();
});

test('does not wait for a server that never answers', async () => {
  // The time ends at once here, after the request has arrived.
  const ended = new AbortController();
  const limit = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(ended.signal);
  answer = () => ended.abort(new Error('timeout'));
  expect(await rerankerOf({ model: 'm' }).score('q', ['a'], never)).toBeNull();
  expect(limit).toHaveBeenCalledWith(5000);
  limit.mockRestore();
});

test('asks again after the rest', async () => {
  const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
  answer = (_call, response) => json(response, {}, 500);
  const reranker = rerankerOf({ model: 'm' });
  await reranker.score('q', ['a'], never);
  answer = (_call, response) => json(response, { results: [{ index: 0, relevance_score: 1 }] });
  now.mockReturnValue(1_000_000 + 30_001);
  expect(await reranker.score('q', ['a'], never)).toEqual([1]);
});

test('passes on that the caller has gone', async () => {
  const controller = new AbortController();
  answer = () => controller.abort(new Error('gone'));
  await expect(rerankerOf({ model: 'm' }).score('q', ['a'], controller.signal)).rejects.toThrow('gone');
});

test('nothing is sent without a setting, nor without passages', async () => {
  expect(createReranker(null, logger)).toBeNull();
  expect(await rerankerOf().score('q', [], never)).toBeNull();
  expect(calls).toEqual([]);
});
