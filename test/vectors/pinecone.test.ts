/** What is specific to Pinecone: its index, its limits, and our requests. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type PineconeSimulator, startPinecone } from '../../tools/simulators/pinecone/server.ts';
import { namespaceOf } from '../../content/vectors/pinecone-namespaces.ts';
import { createPineconeIndex } from '../../content/vectors/pinecone.ts';
import { toPineconeFilter } from '../../content/vectors/pinecone-filter.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

const never = new AbortController().signal;
const user = 'ana@example.com';
let pinecone: PineconeSimulator;
let database: TestDatabase;

beforeAll(async () => {
  [pinecone, database] = await Promise.all([startPinecone(), createTestDatabase()]);
}, 60_000);
afterAll(async () => {
  await pinecone[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => {
  pinecone.faults.clear();
  pinecone.indexes.clear();
  pinecone.log.clear();
  pinecone.switches.readyAfterMs = 0;
});

const indexOf = (dimensions: number, name = 'headwater') =>
  createPineconeIndex(
    database.db,
    { apiKey: pinecone.apiKey, controllerHost: pinecone.url, region: 'aws/eu-west-1' },
    { store: `pinecone/${name}`, model: 'm', dimensions },
  );
async function ready(dimensions: number) {
  const index = indexOf(dimensions);
  await index.prepare(never).catch(() => index.prepare(never));
  return index;
}
const refusalOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => null,
    (error: unknown) => error,
  );

describe('the index', () => {
  test('is created if there is none, and waited for without blocking', async () => {
    pinecone.switches.readyAfterMs = 60_000;
    const index = indexOf(8);
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await refusalOf(index.prepare(never))).toMatchObject({
        kind: 'unavailable',
        code: 'vector_index_not_ready',
        retryAfterMs: 2000,
      });
    }
    const made = pinecone.indexes.get('headwater');
    expect(made).toMatchObject({ dimension: 8, metric: 'cosine', deployment: { cloud: 'aws', region: 'eu-west-1' } });
    expect(pinecone.log.calls.filter((call) => call.method === 'POST')).toHaveLength(1);
  });

  test('with other dimensions is refused with a message that says what to do', async () => {
    await ready(8);
    expect(await refusalOf(indexOf(16).prepare(never))).toMatchObject({
      kind: 'invalid_input',
      message: expect.stringMatching(
        /contains vectors of 8 dimensions.*needs.*16.*Set PINECONE_INDEX to an unused name/,
      ),
    });
  });

  test('with a metric other than cosine is refused', async () => {
    const schema = { fields: { _values: { type: 'dense_vector', dimension: 8, metric: 'euclidean' } } };
    await fetch(`${pinecone.url}/indexes`, {
      method: 'POST',
      headers: { 'api-key': pinecone.apiKey, 'x-pinecone-api-version': '2026-07' },
      body: JSON.stringify({ name: 'headwater', schema }),
    });
    expect(await refusalOf(indexOf(8).prepare(never))).toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('compares by euclidean'),
    });
  });
});

test('batches stay within 2 MB whatever the size of the vectors, and nothing is lost between them', async () => {
  const dimensions = 3072;
  const index = await ready(dimensions);
  const records = Array.from({ length: 150 }, (_, i) => ({
    textHash: String(i).padStart(64, '0'),
    vector: Float32Array.from({ length: dimensions }, (_value, at) => Math.sin(i * 31 + at)),
  }));
  await index.upsert(user, records, never);
  const upserts = pinecone.log.calls.filter((call) => call.path.endsWith('/vectors/upsert'));
  expect(upserts.length).toBeGreaterThan(1);
  expect(upserts.every((call) => call.status === 200)).toBe(true);
  expect(await index.countOutside(user, never)).toBe(150);
});

test('the name of a namespace contains neither the user nor the model', () => {
  const space = { store: 'pinecone/headwater', model: 'm', dimensions: 8 } as const;
  expect(namespaceOf(user, space)).toMatch(/^u-[0-9a-f]{40}$/);
  expect(namespaceOf(user, space)).not.toBe(namespaceOf(user, { ...space, model: 'other' }));
  expect(namespaceOf('ana', space)).not.toBe(namespaceOf('bob', space));
});

describe('errors', () => {
  const month = 'You have reached your read units limit for the current month.';
  const storage = 'reached the max storage allowed for project docs. To upsert new data, delete records.';
  const page = '<!DOCTYPE html><html><body>Access blocked</body></html>';
  test.each([
    ['429', { status: 429, body: { code: 8, message: 'max upsert requests per second' } }, 'rate_limited'],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '7' }, body: '{}' }, 'rate_limited'],
    ['429 for the month’s units', { status: 429, body: { code: 8, message: month } }, 'quota_exhausted'],
    ['403 for the quota', { status: 403, body: { error: { code: 'QUOTA_EXCEEDED' } } }, 'quota_exhausted'],
    ['403 for the storage', { status: 403, body: `Request failed. You've ${storage}` }, 'quota_exhausted'],
    ['429 for the storage', { status: 429, body: { code: 8, message: `You've ${storage}` } }, 'quota_exhausted'],
    ['402', { status: 402, body: { error: { code: 'PAYMENT_REQUIRED' } } }, 'quota_exhausted'],
    ['a proxy’s page for 401', { status: 401, body: page }, 'unavailable'],
    ['a proxy’s page for 403', { status: 403, body: page }, 'unavailable'],
    ['a proxy’s page for 400', { status: 400, body: page }, 'unavailable'],
    ['a proxy’s sign-in', { status: 407, body: 'Proxy Authentication Required' }, 'unavailable'],
    ['a gateway that is too early', { status: 425, body: 'Too Early' }, 'unavailable'],
    ['401', { status: 401, body: 'Invalid API Key' }, 'invalid_input'],
    ['403', { status: 403, body: 'Forbidden' }, 'invalid_input'],
    ['400', { status: 400, body: { code: 3, message: 'no' } }, 'invalid_input'],
    ['500', { status: 500, body: 'oops' }, 'unavailable'],
    ['503', { status: 503, body: 'oops' }, 'unavailable'],
    ['a closed connection', { reset: true }, 'unavailable'],
    ['a truncated body', { truncate: 0.5 }, 'unavailable'],
  ])('%s, after exactly one call', async (name, then, kind) => {
    const index = await ready(8);
    pinecone.log.clear();
    pinecone.faults.add({ path: '/query$', then });
    const query = index.query(user, { vector: new Float32Array(8).fill(1), topK: 3 }, never);
    const retryAfterMs = name.includes('Retry-After') ? 7000 : undefined;
    expect(await refusalOf(query)).toMatchObject({ kind, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    expect(pinecone.log.total).toBe(1);
  });

  test('a page with status 404 is no proof that there is no index', async () => {
    pinecone.faults.add({ path: '^/indexes/', then: { status: 404, body: page } });
    expect(await refusalOf(indexOf(8).prepare(never))).toMatchObject({ kind: 'unavailable' });
    expect(pinecone.indexes.size).toBe(0);
  });

  test('a redirect with a page is a redirect', async () => {
    const index = await ready(8);
    pinecone.faults.add({ path: '/query$', then: { status: 301, headers: { location: '/' }, body: page } });
    const query = index.query(user, { vector: new Float32Array(8).fill(1), topK: 3 }, never);
    expect(await refusalOf(query)).toMatchObject({ code: 'vector_store_redirects' });
  });

  test('a page with status 404 is no proof that a namespace is gone', async () => {
    const index = await ready(8);
    pinecone.faults.add({ path: '/namespaces/', then: { status: 404, body: page } });
    expect(await refusalOf(index.countOutside(user, never))).toMatchObject({ kind: 'unavailable' });
    expect(await refusalOf(index.deleteAll(user, never))).toMatchObject({ kind: 'unavailable' });
  });

  test.each([
    [
      "Request failed. You've reached the max namespaces allowed in serverless index headwater. \nTo add more namespaces, upgrade your plan.",
      { kind: 'quota_exhausted', message: expect.stringContaining('no more namespaces') },
    ],
    [
      'Bad request: Your free plan does not support indexes in the eu-west-1 region of aws. To create indexes in this region, upgrade your plan.',
      { kind: 'invalid_input', message: expect.stringContaining('PINECONE_REGION') },
    ],
  ])('%s', async (message, expected) => {
    const then = { status: expected.kind === 'invalid_input' ? 400 : 403, body: { error: { message } } };
    pinecone.faults.add({ path: '^/indexes$', method: 'POST', then });
    expect(await refusalOf(indexOf(8).prepare(never))).toMatchObject(expected);
  });

  test('an abort stays an abort', async () => {
    const index = await ready(8);
    pinecone.faults.add({ path: '/query$', then: { delayMs: 5000 } });
    const query = index.query(user, { vector: new Float32Array(8).fill(1), topK: 3 }, AbortSignal.timeout(50));
    expect(await refusalOf(query)).toMatchObject({ name: 'TimeoutError' });
  });
});

test('a filter is sent as far as labels can express it, and conforms to the specification', () => {
  const file = join(import.meta.dirname, '../specs/pinecone.schemas.json');
  const { $defs } = JSON.parse(readFileSync(file, 'utf8')) as { $defs: object };
  const validate = new Ajv2020({ strict: false }).compile({ $ref: '#/$defs/QueryRequest', $defs });
  const filter = toPineconeFilter({ dataSourceIds: ['s1'], mimeTypes: ['text/plain'], modifiedAfter: '2026-01-01' });
  expect(filter).toEqual({
    $and: [{ labels: { $in: ['source:s1', '*'] } }, { labels: { $in: ['mime:text/plain', '*'] } }],
  });
  expect(validate({ topK: 5, vector: [1], filter })).toBe(true);
  expect(toPineconeFilter({ modifiedAfter: '2026-01-01' })).toBeNull();
  expect(toPineconeFilter(undefined)).toBeNull();
});
