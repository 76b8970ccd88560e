/**
 * Damages each field of each answer of Pinecone, one at a time, and replaces each whole answer. A damaged answer is no
 * answer: the call waits, or its result is the one of an undamaged answer.
 */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isSyncError } from '../../domain/errors.ts';
import { createPineconeIndex } from '../../content/vectors/pinecone.ts';
import { createNamespaces } from '../../content/vectors/pinecone-namespaces.ts';
import { type PineconeSimulator, startPinecone } from '../../tools/simulators/pinecone/server.ts';
import { damagesOf } from '../conformance/fields/mutations.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { hashOf, vectorOf, dimensions } from './texts.ts';

const never = new AbortController().signal;
const space = { store: 'pinecone/headwater', model: 'm', dimensions } as const;
const user = 'ana';
const texts = ['tide', 'harbour', 'lock'];
const ids = texts.map(hashOf);
let pinecone: PineconeSimulator;
let database: TestDatabase;

beforeAll(async () => {
  [pinecone, database] = await Promise.all([startPinecone(), createTestDatabase()]);
  await createPineconeIndex(database.db, settings(), space)
    .prepare(never)
    .catch(() => {});
  await namespace().upsert(records);
}, 60_000);
afterAll(async () => {
  await pinecone[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const settings = () => ({ apiKey: pinecone.apiKey, controllerHost: pinecone.url, region: 'aws/us-east-1' });
const namespace = () => createNamespaces(settings(), space).of(user, never);
const records = texts.map((text) => ({
  id: hashOf(text),
  values: [...vectorOf(text)],
  metadata: { labels: ['source:1'] },
}));

const sorted = <T extends { readonly textHash: string }>(list: readonly T[]): T[] =>
  list.toSorted((a, b) => a.textHash.localeCompare(b.textHash));

/** Each call with the path of its answer, and what an undamaged answer leads to. */
const calls: Readonly<Record<string, { readonly path: string; readonly ask: () => Promise<unknown> }>> = {
  describe: { path: '^/indexes/', ask: async () => await createNamespaces(settings(), space).prepare(never) },
  upsert: { path: '/vectors/upsert$', ask: async () => (await namespace().upsert(records)) > 0 },
  fetch: { path: '/vectors/fetch$', ask: async () => sorted((await namespace().fetch(ids)).records) },
  list: { path: '/vectors/list$', ask: async () => await namespace().list(null) },
  query: {
    path: '/query$',
    ask: async () => await namespace().query(vectorOf('tide'), 3, null),
  },
  count: { path: '/namespaces/', ask: async () => await namespace().count() },
  relabel: { path: '/vectors/update$', ask: async () => await namespace().relabel(ids[0] ?? '', ['source:2']) },
  delete: { path: '/vectors/delete$', ask: async () => await namespace().delete(['0'.repeat(64)]) },
};

/** What is left is another valid answer: a store without that vector, an index without dense vectors. */
const valid = /^vectors\.[0-9a-f]{64}: dropped|^schema\.fields(\._values)?: (dropped|null|a third type) /;

async function outcomeOf(ask: () => Promise<unknown>): Promise<unknown> {
  return await ask().catch((error: unknown) => (isSyncError(error) ? error.kind : error));
}

describe.each(Object.entries(calls))('%s', (_name, { path, ask }) => {
  test('a damaged answer is no answer', async () => {
    let sample: unknown;
    pinecone.faults.add({ path, then: { rewrite: (answer) => (sample = structuredClone(answer)) } });
    const normal = await ask();
    pinecone.faults.clear();
    const wrong: string[] = [];
    for (const { what, rewrite } of damagesOf(sample)) {
      if (valid.test(what)) continue;
      pinecone.faults.add({ path, then: { rewrite } });
      const found = await outcomeOf(ask);
      pinecone.faults.clear();
      if (found !== 'unavailable' && JSON.stringify(found) !== JSON.stringify(normal))
        wrong.push(`${what}: ${JSON.stringify(found).slice(0, 120)}`);
    }
    expect(wrong).toEqual([]);
    expect(await ask()).toEqual(normal);
  });
});

test.each([0, 2, 4])('an answer that %i of 3 vectors were stored is no proof that all are', async (upsertedCount) => {
  pinecone.faults.add({ path: '/vectors/upsert$', then: { rewrite: () => ({ upsertedCount }) } });
  await expect(namespace().upsert(records)).rejects.toMatchObject({ kind: 'unavailable' });
  pinecone.faults.clear();
});

test('a vector under another id is not taken for the vector of a text', async () => {
  const rewrite = () => ({ vectors: { [hashOf('other')]: { ...records[0], id: hashOf('other') } }, namespace: 'u' });
  pinecone.faults.add({ path: '/vectors/fetch$', then: { rewrite } });
  await expect(namespace().fetch(ids)).rejects.toMatchObject({ kind: 'unavailable' });
  pinecone.faults.clear();
});

test('a listing that names its own position again ends with an error', async () => {
  const rewrite = () => ({ vectors: [{ id: ids[0] }], pagination: { next: 'again' } });
  pinecone.faults.add({ path: '/vectors/list$', then: { rewrite } });
  expect(await namespace().list(null)).toMatchObject({ next: 'again' });
  await expect(namespace().list('again')).rejects.toMatchObject({ kind: 'unavailable' });
  pinecone.faults.clear();
});

test.each([
  ['Initializing', /is being created/],
  ['Terminating', /is being deleted/],
  ['InitializationFailed', /could not be created.*Delete it/],
  ['Disabled', /is disabled. Enable it/],
  ['ScalingUp', /is not ready yet/],
])('an index that is %s says so', async (state, message) => {
  const rewrite = (answer: unknown) => ({ ...(answer as object), status: { ready: false, state } });
  pinecone.faults.add({ path: '^/indexes/', then: { rewrite } });
  await expect(createNamespaces(settings(), space).prepare(never)).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'vector_index_not_ready',
    message: expect.stringMatching(message),
  });
  pinecone.faults.clear();
});
