/** What every vector index guarantees: the same suite for all of them. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { claimEmbeddings, findUnembedded } from '../../db/vectors/vector-records.ts';
import { deleteDocuments } from '../../db/items/removal.ts';
import type { VectorIndex } from '../../content/vectors/vector-index.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { until } from '../harness/until.ts';
import { hashOf, recordOf, vectorOf } from './texts.ts';

const never = new AbortController().signal;

export interface IndexUnderTest extends AsyncDisposable {
  readonly index: VectorIndex;
}

export function describeVectorIndex(name: string, open: (database: TestDatabase) => Promise<IndexUnderTest>): void {
  describe(`a vector index in ${name}`, () => {
    let database: TestDatabase;
    let opened: IndexUnderTest;
    let index: VectorIndex;
    let user: string;

    beforeAll(async () => {
      database = await createTestDatabase();
      opened = await open(database);
      ({ index } = opened);
    }, 60_000);
    afterAll(async () => {
      await opened[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    });
    beforeEach(() => {
      user = `user-${randomUUID()}`;
    });

    /** A live document with these texts as its chunks. */
    async function addDocument(
      texts: readonly string[],
      facts: { readonly mimeType?: string; readonly live?: boolean } = {},
    ) {
      const generation = randomUUID();
      return await asUser(database.db, user, async (trx) => {
        const source = await trx
          .insertInto('dataSources')
          .values({ userId: user, name: randomUUID(), sourceType: 'google_drive', config: '{}' })
          .returning('id')
          .executeTakeFirstOrThrow();
        const { id } = await trx
          .insertInto('documents')
          .values({
            userId: user,
            dataSourceId: source.id,
            externalId: randomUUID(),
            itemType: 'file',
            title: 'Test',
            mimeType: facts.mimeType ?? 'text/plain',
            contentHash: 'h',
            pipelineVersion: '1',
            liveGeneration: facts.live === false ? null : generation,
            metadata: '{}',
          })
          .returning('id')
          .executeTakeFirstOrThrow();
        const chunks = await trx
          .insertInto('documentChunks')
          .values(
            texts.map((text, ordinal) => ({
              userId: user,
              documentId: id,
              generation,
              ordinal,
              text,
              embeddingContext: '',
              textHash: hashOf(text),
              tokens: 1,
            })),
          )
          .returning(['id', 'text'])
          .execute();
        return { id, dataSourceId: source.id, chunks: new Map(chunks.map((chunk) => [chunk.text, chunk.id])) };
      });
    }

    async function store(texts: readonly string[], owner = user): Promise<void> {
      await index.upsert(
        owner,
        texts.map((text) => recordOf(text)),
        never,
      );
      await readable(texts, owner);
    }

    /** Retries like an activity that Temporal repeats. */
    async function readable(texts: readonly string[], owner = user): Promise<void> {
      await until(async () => {
        const refused = await index.confirm(owner, texts.map(hashOf), never).catch((error: unknown) => error);
        return refused === undefined;
      });
    }

    const search = async (text: string, topK = 10, more: object = {}) =>
      await index.query(user, { vector: vectorOf(text), topK, ...more }, never);

    test('finds the chunk with the same text first, with a similarity of 1', async () => {
      const { chunks } = await addDocument(['a', 'b', 'c']);
      await store(['a', 'b', 'c']);
      const [best, ...others] = await search('b');
      expect(best?.chunkId).toBe(chunks.get('b'));
      expect(best?.score).toBeCloseTo(1, 4);
      expect(others).toHaveLength(2);
      for (const other of others) expect(other.score).toBeLessThan(best?.score ?? 0);
    });

    test('returns each chunk of a text that is in two documents, from one vector', async () => {
      const one = await addDocument(['shared']);
      const two = await addDocument(['shared']);
      await store(['shared']);
      const hits = await search('shared');
      expect(new Set(hits.map((hit) => hit.chunkId))).toEqual(
        new Set([one.chunks.get('shared'), two.chunks.get('shared')]),
      );
    });

    test('writing again writes the same', async () => {
      await addDocument(['a']);
      await store(['a']);
      await store(['a']);
      expect(await search('a')).toHaveLength(1);
      expect((await listAll(index, user)).length).toBe(1);
    });

    test('never returns a chunk of a version that is not live, nor of a deleted document, even before the vector is deleted', async () => {
      await addDocument(['draft'], { live: false });
      const toDelete = await addDocument(['doomed']);
      const kept = await addDocument(['kept']);
      await store(['draft', 'doomed', 'kept']);
      await asUser(database.db, user, async (trx) => await deleteDocuments(trx, { userId: user }, [toDelete.id]));
      for (const text of ['draft', 'doomed']) {
        expect((await search(text)).map((hit) => hit.chunkId)).toEqual([kept.chunks.get('kept')]);
      }
    });

    test('returns enough results although the nearest vectors belong to nothing live', async () => {
      const dead = Array.from({ length: 60 }, (_, i) => `near ${i}`);
      const far = Array.from({ length: 10 }, (_, i) => `far ${i}`);
      await addDocument(dead, { live: false });
      await addDocument(far);
      await store([...dead, ...far]);
      expect(await search('near 0', 10)).toHaveLength(10);
    });

    test('applies filters by source, type and time', async () => {
      const plain = await addDocument(['plain']);
      const markdown = await addDocument(['markdown'], { mimeType: 'text/markdown' });
      await store(['plain', 'markdown']);
      const ids = async (filter: object) => (await search('plain', 10, { filter })).map((hit) => hit.chunkId);
      expect(await ids({ mimeTypes: ['text/markdown'] })).toEqual([markdown.chunks.get('markdown')]);
      expect(await ids({ dataSourceIds: [plain.dataSourceId] })).toEqual([plain.chunks.get('plain')]);
      expect(await ids({ dataSourceIds: [plain.dataSourceId], mimeTypes: ['text/markdown'] })).toEqual([]);
      expect(await ids({ sourceTypes: ['local_folder'] })).toEqual([]);
      expect(await ids({ modifiedAfter: '2030-01-01T00:00:00Z' })).toEqual([]);
    });

    test('separates users: the same text of another user is not found, read or listed', async () => {
      await addDocument(['mine']);
      await store(['mine']);
      const other = `user-${randomUUID()}`;
      expect(await index.query(other, { vector: vectorOf('mine'), topK: 10 }, never)).toEqual([]);
      expect(await index.read(other, [hashOf('mine')], never)).toEqual([]);
      expect(await listAll(index, other)).toEqual([]);
    });

    test('reads back the numbers that were written', async () => {
      await addDocument(['a', 'b']);
      await store(['a', 'b']);
      const read = await index.read(user, [hashOf('a'), hashOf('unknown')], never);
      expect(read.map((record) => record.textHash)).toEqual([hashOf('a')]);
      for (const [i, value] of [...(read[0]?.vector ?? [])].entries())
        expect(value).toBeCloseTo(vectorOf('a')[i] ?? 0, 6);
    });

    test('lists more than one page of vectors', async () => {
      const texts = Array.from({ length: 230 }, (_, i) => `text ${i}`);
      await addDocument(texts);
      await store(texts);
      expect((await listAll(index, user)).toSorted()).toEqual(texts.map(hashOf).toSorted());
    });

    test('claimed vectors that were not written count as missing, written ones do not', async () => {
      const claim = { by: randomUUID(), forSeconds: 60 };
      const hashes = ['claimed', 'written'].map(hashOf);
      await addDocument(['claimed', 'written']);
      await asUser(
        database.db,
        user,
        async (trx) => await claimEmbeddings(trx, { ...index.space, userId: user }, claim, hashes),
      );
      await store(['written']);
      const missing = await asUser(database.db, user, async (trx) => await findUnembedded(trx, index.space, hashes));
      expect(missing).toEqual([hashOf('claimed')]);
    });

    test('deletes everything of a user, repeatedly without harm, and nothing of other users', async () => {
      const other = `user-${randomUUID()}`;
      await addDocument(['a']);
      await store(['a']);
      await store(['a'], other);
      for (let round = 0; round < 2; round++) {
        await until(async () => (await index.deleteAll(user, never).catch(() => 'later')) === undefined);
        await asUser(database.db, user, async (trx) => await sql`delete from embeddings`.execute(trx));
      }
      expect(await index.countOutside(user, never)).toBe(0);
      expect(await search('a')).toEqual([]);
      expect(await listAll(index, user)).toEqual([]);
      expect(await listAll(index, other)).toHaveLength(1);
    });
  });
}

async function listAll(index: VectorIndex, userId: string): Promise<string[]> {
  const all: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await index.list(userId, cursor, never);
    all.push(...page.textHashes);
    cursor = page.next;
  } while (cursor !== null);
  return all;
}
