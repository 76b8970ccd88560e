/** Tests the simulated Pinecone against the vendor's specification, including its refusals. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pinecone } from '@pinecone-database/pinecone';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { until } from '../../../test/harness/until.ts';
import { type PineconeSimulator, startPinecone } from './server.ts';

const file = join(import.meta.dirname, '../../../test/specs/pinecone.schemas.json');
const specification = JSON.parse(readFileSync(file, 'utf8')) as { $defs: object };
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ $id: 'pinecone', $defs: specification.$defs });

let pinecone: PineconeSimulator;
let host: string;
beforeAll(async () => {
  pinecone = await startPinecone();
});
afterAll(async () => await pinecone[Symbol.asyncDispose]());
beforeEach(async () => {
  pinecone.faults.clear();
  pinecone.indexes.clear();
  Object.assign(pinecone.switches, { readyAfterMs: 0, deletedAfterMs: 0, visibleAfterMs: 0, sequenceNumbers: true });
  const schema = { fields: { _values: { type: 'dense_vector', dimension: 3, metric: 'cosine' } } };
  const deployment = { deployment_type: 'managed', cloud: 'aws', region: 'us-east-1' };
  const made = await call('POST', '/indexes', { name: 'docs', schema, deployment });
  ({ host } = made.body as { host: string });
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function call(method: string, path: string, body?: object, headers: object = {}): Promise<Answer> {
  const url = path.startsWith('/indexes') ? `${pinecone.url}${path}` : `${host}${path}`;
  const response = await fetch(url, {
    method,
    headers: { 'api-key': pinecone.apiKey, 'x-pinecone-api-version': '2026-07', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
}

function expectShape(name: string, value: unknown): void {
  const validate = ajv.getSchema(`pinecone#/$defs/${name}`);
  expect([name, validate?.(value), validate?.errors]).toEqual([name, true, null]);
}

const record = (id: string, values = [1, 0, 0], metadata: object = {}) => ({ id, values, metadata });
const upsert = async (...vectors: object[]) => await call('POST', '/vectors/upsert', { vectors, namespace: 'u1' });

test('every answer matches the specification', async () => {
  expectShape('IndexModel_2026_07', (await call('GET', '/indexes/docs')).body);
  expectShape('UpsertResponse', (await upsert(record('a', [1, 0, 0], { labels: ['x'] }), record('b', [0, 1, 0]))).body);
  const query = { vector: [1, 0, 0], topK: 5, namespace: 'u1', includeMetadata: true };
  const found = await call('POST', '/query', query);
  expectShape('QueryResponse', found.body);
  expect(found.body).toMatchObject({ matches: [{ id: 'a', score: 1, metadata: { labels: ['x'] } }, { id: 'b' }] });
  expectShape('FetchResponse', (await call('GET', '/vectors/fetch?ids=a&ids=z&namespace=u1')).body);
  expectShape('ListResponse', (await call('GET', '/vectors/list?namespace=u1&limit=1')).body);
  expectShape('IndexDescription', (await call('POST', '/describe_index_stats', {})).body);
  expectShape('ListNamespacesResponse', (await call('GET', '/namespaces')).body);
  expectShape('NamespaceDescription', (await call('GET', '/namespaces/u1')).body);
  expectShape('rpcStatus', (await upsert(record('a', [1]))).body);
  expectShape('ErrorResponse', (await call('GET', '/indexes/none')).body);
});

test('the official client makes, describes, fills, reads and deletes', async () => {
  const client = new Pinecone({ apiKey: pinecone.apiKey, controllerHostUrl: pinecone.url, maxRetries: 0 });
  const index = client.index({ host, namespace: 'u1' });
  await index.upsert({ records: [record('a'), record('b', [0, 1, 0], { kind: 'x' })] as never });
  expect((await index.query({ vector: [0, 1, 0], topK: 1 })).matches[0]).toMatchObject({ id: 'b' });
  expect(Object.keys((await index.fetch({ ids: ['a'] })).records)).toEqual(['a']);
  await index.update({ id: 'a', metadata: { kind: 'y' } });
  const filtered = await index.query({ vector: [0, 1, 0], topK: 5, filter: { kind: { $in: ['y'] } } });
  expect(filtered.matches.map((match) => match.id)).toEqual(['a']);
  await index.deleteMany({ ids: ['a'] });
  expect((await index.listPaginated()).vectors).toEqual([{ id: 'b' }]);
  await index.deleteNamespace('u1');
  expect((await index.describeIndexStats()).totalRecordCount).toBe(0);
  await client.indexes.delete('docs');
  await expect(client.indexes.describe('docs')).rejects.toThrow(/404/);
});

describe('the vendor’s refusals', () => {
  const many = Array.from({ length: 1001 }, (_, i) => record(String(i)));
  test.each([
    ['more than 1,000 vectors', many],
    [
      'more than 2 MB',
      [record('x'.repeat(500), [1, 0, 0], { a: 'y'.repeat(30_000) })].concat(
        many.slice(0, 70).map((r) => ({ ...r, metadata: { a: 'z'.repeat(35_000) } })),
      ),
    ],
    ['the wrong dimension', [record('a', [1, 0])]],
    ['only zeros', [record('a', [0, 0, 0])]],
    ['null in metadata', [record('a', [1, 0, 0], { a: null })]],
    ['nested metadata', [record('a', [1, 0, 0], { a: { b: 1 } })]],
    ['metadata over 40 KB', [record('a', [1, 0, 0], { a: 'x'.repeat(41_000) })]],
    ['an id over 512 characters', [record('a'.repeat(513))]],
  ])('%s', async (_name, vectors) => {
    expect(await upsert(...vectors)).toMatchObject({ status: 400, body: { code: 3 } });
    expect((await call('POST', '/describe_index_stats', {})).body).toMatchObject({ totalVectorCount: 0 });
  });

  test('a missing key, a missing version, an index that already exists', async () => {
    expect((await call('GET', '/indexes/docs', undefined, { 'api-key': 'wrong' })).status).toBe(401);
    const bare = await fetch(`${pinecone.url}/indexes/docs`, { headers: { 'api-key': pinecone.apiKey } });
    expect(bare.status).toBe(400);
    const schema = { fields: { _values: { dimension: 3, metric: 'cosine' } } };
    expect(await call('POST', '/indexes', { name: 'docs', schema })).toMatchObject({
      status: 409,
      body: { error: { code: 'ALREADY_EXISTS' } },
    });
  });
});

test('writes become readable after a while, in order, and the sequence numbers say when', async () => {
  pinecone.switches.visibleAfterMs = 150;
  const writtenAt = performance.now();
  const first = await upsert(record('a'));
  const sequence = Number(first.headers.get('x-pinecone-request-lsn'));
  expect(sequence).toBeGreaterThan(0);
  // A busy machine may ask for the first time when the write is already readable, so each answer is compared with the time.
  await until(async () => {
    const { body, headers } = await call('GET', '/vectors/fetch?ids=a&namespace=u1');
    const isIndexed = Number(headers.get('x-pinecone-max-indexed-lsn')) >= sequence;
    if (isIndexed) expect(body).toMatchObject({ vectors: { a: { id: 'a' } } });
    if (isIndexed || JSON.stringify(body).includes('"a"')) expect(performance.now() - writtenAt).toBeGreaterThan(145);
    return isIndexed;
  });
});

test('a new index is not ready at once, a deleted one is visible for a while', async () => {
  Object.assign(pinecone.switches, { readyAfterMs: 60_000, deletedAfterMs: 60_000 });
  const schema = { fields: { _values: { dimension: 3, metric: 'cosine' } } };
  await call('POST', '/indexes', { name: 'slow', schema });
  expect((await call('GET', '/indexes/slow')).body).toMatchObject({ status: { ready: false, state: 'Initializing' } });
  expect((await call('DELETE', '/indexes/docs')).status).toBe(202);
  expect((await call('GET', '/indexes/docs')).body).toMatchObject({ status: { ready: false, state: 'Terminating' } });
});
