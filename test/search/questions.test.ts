/**
 * Questions as people write them, in other spellings than the text: the document that answers comes first, with the words
 * and the model of a new installation.
 */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSemanticEmbedder } from '../../content/embeddings/semantic/index.ts';
import { search } from '../../content/search/search.ts';
import { createVectorSpaces } from '../../content/vectors/vector-spaces.ts';
import { insertDocuments } from '../../tools/bench/relevance/corpus.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

const user = 'ana';

/** What differs, the question, the document that answers (title and text), and others that do not. */
type Case = readonly [string, string, string, ...string[]];

const cases: readonly Case[] = [
  ['ß ss', 'Strasse', 'DE :: Lange Straße 7'],
  ['finnish 2', 'laivan', 'FI :: Uusi laiva saapuu'],
  ['thai', 'ท่าเรือ', 'TH :: เรือออกจากท่าเรือตอนเช้า', 'TH :: อากาศดี'],
];

const embedder = createSemanticEmbedder();
const { model, dimensions } = embedder;
let database: TestDatabase;
let ids: ReadonlyMap<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const vectors = createVectorSpaces(db, { store: 'pgvector', model, dimensions }, null);
  const documents = cases.flatMap(([name, , ...texts]) =>
    texts.map((written, i) => {
      const [title = '', text = ''] = written.split(' :: ');
      return { id: `${name} ${i}`, title, text };
    }),
  );
  ids = await insertDocuments({ db, embedder, index: vectors.indexOf(vectors.configured) }, user, documents);
}, 120_000);
afterAll(async () => await database[Symbol.asyncDispose]());

test.each(cases)('%s', async (name, query) => {
  expect((await find(query))[0]).toBe(`${name} 0`);
});

async function find(query: string): Promise<(string | undefined)[]> {
  const { db } = database;
  const vectors = createVectorSpaces(db, { store: 'pgvector', model, dimensions }, null);
  const deps = { db, embedderOf: () => embedder, vectors, reranker: null };
  const hits = await search(deps, user, { query, limit: 10 }, AbortSignal.timeout(60_000));
  return hits.map(({ documentId }) => ids.get(documentId));
}
