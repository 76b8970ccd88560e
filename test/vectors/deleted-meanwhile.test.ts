/** What happens to texts while they are being embedded: their document is deleted (pitfall 11), their claims expire. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { transactionsOf } from '../../activities/support/activity.ts';
import type { ActivityDependencies } from '../../activities/support/dependencies.ts';
import { fillSpace, type SpaceToFill } from '../../activities/support/fill-space.ts';
import { followVectorChanges } from '../../activities/support/follow-vector-changes.ts';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import { deleteDocuments } from '../../db/items/removal.ts';
import { claimEmbeddings, deleteUnusedHere } from '../../db/vectors/vector-records.ts';
import {
  beginBuilding,
  findSpaces,
  forgetSpace,
  noteLeftBehind,
  openSpaces,
  switchSpaces,
} from '../../db/vectors/vector-spaces.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { CallLimits } from '../../content/embeddings/call-limits.ts';
import { createPgvectorIndex } from '../../content/vectors/pgvector.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { until } from '../harness/until.ts';
import { dimensions, hashOf, vectorOf } from './texts.ts';

const space: VectorSpace = { store: 'pgvector', model: 'test-model', dimensions };
const signal = new AbortController().signal;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
afterAll(async () => await database[Symbol.asyncDispose]());

test.each([
  ['and so is the next one', 2],
  ['but the next one is not', 1],
])('leaves no vector behind if the embedding call is answered %s', async (_name, answered) => {
  const userId = randomUUID();
  const texts = ['doomed text', 'kept text'];
  await asUser(database.db, userId, async (trx) => await openSpaces(trx, userId, space));
  const [toDelete = ''] = await Promise.all(texts.map(async (text) => await storeDocument(userId, text)));
  let calls = 0;
  const deps = dependencies(async () => {
    calls++;
    if (calls > answered) throw new Error('the connection was lost');
    if (calls > 1) return;
    await asUser(database.db, userId, async (trx) => await deleteDocuments(trx, { userId }, [toDelete]));
    await followVectorChanges(deps, userId, context);
  });

  const context = { ...transactionsOf(deps, { userId }, signal), signal, attempt: 1, size: null };
  const filled = fillSpace(deps, spaceToFill(userId, texts), context);
  await (answered === 2 ? filled : expect(filled).rejects.toThrow('the connection was lost'));

  const left = await asUser(database.db, userId, async (trx) => ({
    recorded: await trx.selectFrom('embeddings').select('textHash').execute(),
    pending: await trx.selectFrom('vectorDeletions').select('textHash').execute(),
  }));
  expect(left).toEqual({ recorded: [{ textHash: hashOf('kept text') }], pending: [] });
});

test('what a killed batch has claimed is deleted later, if no document uses its text any more', async () => {
  const userId = randomUUID();
  const text = hashOf('text of a killed batch');
  await asUser(database.db, userId, async (trx) => {
    await openSpaces(trx, userId, space);
    await claimEmbeddings(trx, { ...space, userId }, { by: randomUUID(), forSeconds: 120 }, [text]);
    // The next job deletes the chunks that the killed one has written.
    await trx.insertInto('vectorDeletions').values({ userId, textHash: text }).execute();
  });
  const deps = dependencies(() => Promise.resolve());
  const context = { ...transactionsOf(deps, { userId }, signal), signal, attempt: 1, size: null };
  const recorded = () =>
    asUser(database.db, userId, (trx) => trx.selectFrom('embeddings').select('textHash').execute());

  // The batch may still be alive.
  await followVectorChanges(deps, userId, context, 'wait');
  expect(await recorded()).toHaveLength(1);
  await asUser(database.db, userId, (trx) =>
    trx
      .updateTable('embeddings')
      .set({ claimedUntil: sql<Date>`now() - interval '1 second'` })
      .execute(),
  );
  await followVectorChanges(deps, userId, context, 'wait');
  expect(await recorded()).toEqual([]);
});

async function someoneWaitsForALock(): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
    database.db,
  );
  return rows.length > 0;
}

/** The embedded database has a single connection. */
const onRealDatabase = process.env['DATABASE_URL'] ? test : test.skip;

onRealDatabase('keeps the vector of a text that another document gets while it is being deleted', async () => {
  const userId = randomUUID();
  const text = 'shared text';
  const index = createPgvectorIndex(database.db, space);
  await asUser(database.db, userId, async (trx) => await openSpaces(trx, userId, space));
  await index.upsert(userId, [{ textHash: hashOf(text), vector: vectorOf(text) }], signal);
  const [locked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holder = asUser(database.db, userId, async (trx) => {
    await trx.selectFrom('embeddings').select('textHash').forUpdate().execute();
    locked.resolve();
    await released.promise;
  });
  await locked.promise;
  const deleting = asUser(database.db, userId, async (trx) => await deleteUnusedHere(trx, [hashOf(text)]));
  await until(someoneWaitsForALock);
  await storeDocument(userId, text);
  released.resolve();
  await Promise.all([holder, deleting]);
  expect(await index.read(userId, [hashOf(text)], signal)).toHaveLength(1);
});

test('claims last half a minute after a crash, and are renewed while a slow model works on a single call', async () => {
  const userId = randomUUID();
  const texts = ['first text', 'second text', 'third text'];
  const as = async <T>(work: (trx: UserTransaction) => Promise<T>) => await asUser(database.db, userId, work);
  await as(async (trx) => await openSpaces(trx, userId, space));
  for (const text of texts) await storeDocument(userId, text);
  const secondsLeft = async (): Promise<number[]> =>
    await as(async (trx) => {
      const left = sql<number>`extract(epoch from claimed_until - now())::float8`.as('left');
      const rows = await trx.selectFrom('embeddings').select(left).where('storedAt', 'is', null).execute();
      return rows.map((row) => row.left);
    });
  const afterCrash: number[] = [];
  let renewed: number[] = [];
  let calls = 0;
  const deps = dependencies(async () => {
    if (++calls > 1) return;
    afterCrash.push(...(await secondsLeft()));
    const almostOver = sql<Date>`now() + interval '1 millisecond'`;
    await as(async (trx) => await trx.updateTable('embeddings').set({ claimedUntil: almostOver }).execute());
    await until(async () => (renewed = await secondsLeft()).every((left) => left > 1));
  });
  const context = { ...transactionsOf(deps, { userId }, signal), signal, attempt: 1, size: null };
  await fillSpace(deps, spaceToFill(userId, texts), context);
  expect(Math.max(...afterCrash)).toBeLessThanOrEqual(30);
  expect(renewed).toHaveLength(3);
}, 90_000);

describe('while the chunks with the texts are being written', () => {
  const texts = ['first text', 'second text'];
  const storedIn = async (userId: string): Promise<number> =>
    await asUser(database.db, userId, async (trx) => {
      const rows = await trx.selectFrom('embeddings').select('storedAt').execute();
      return rows.filter(({ storedAt }) => storedAt !== null).length;
    });

  /** @returns after what does not wait for the chunks has had time to be done */
  async function allButChunks(userId: string): Promise<void> {
    for (let i = 0; i < 10; i++) await storedIn(userId);
  }

  /**
   * @param known texts that have a vector
   * @param meanwhile what happens before the chunks are written, or are not
   */
  async function fillWhile(meanwhile: (userId: string, asked: number) => Promise<void>, known: readonly string[] = []) {
    const userId = randomUUID();
    await asUser(database.db, userId, async (trx) => await openSpaces(trx, userId, space));
    const vectors = known.map((text) => ({ textHash: hashOf(text), vector: vectorOf(text) }));
    await createPgvectorIndex(database.db, space).upsert(userId, vectors, signal);
    let asked = 0;
    const firstAsked = Promise.withResolvers<void>();
    const deps = dependencies(async () => {
      asked++;
      firstAsked.resolve();
      await Promise.resolve();
    });
    const context = { ...transactionsOf(deps, { userId }, signal), signal, attempt: 1, size: null };
    const chunksWritten = (async () => {
      if (known.length === 0) await firstAsked.promise;
      await allButChunks(userId);
      await meanwhile(userId, asked);
      for (const text of texts) await storeDocument(userId, text);
    })();
    const work = { ...spaceToFill(userId, texts), chunksWritten, unusedAreLookedFor: true } as const;
    const result = await Promise.allSettled([fillSpace(deps, work, context)]);
    return { userId, asked, result: result[0] };
  }

  test('the embedder is asked, and its vectors are stored after that', async () => {
    const counts: number[] = [];
    const { userId, asked } = await fillWhile(async (user, soFar) => void counts.push(soFar, await storedIn(user)));
    counts.push(asked, await storedIn(userId));
    expect(counts).toEqual([1, 0, 2, 2]);
  });

  test('a vector that was there and is deleted as unused before that is made again', async () => {
    const remove = async (user: string): Promise<void> =>
      void (await asUser(database.db, user, async (trx) => await deleteUnusedHere(trx, texts.map(hashOf))));
    const { userId, asked } = await fillWhile(remove, texts);
    expect([asked, await storedIn(userId)]).toEqual([2, 2]);
  });

  onRealDatabase('a vector that is being deleted when they are there is made again', async () => {
    const deleted = Promise.withResolvers<void>();
    let deletion: Promise<void> | undefined;
    const remove = async (user: string): Promise<void> => {
      deletion = asUser(database.db, user, async (trx) => {
        await deleteUnusedHere(trx, texts.map(hashOf));
        deleted.resolve();
        await until(someoneWaitsForALock);
      });
      await deleted.promise;
    };
    const { userId, asked } = await fillWhile(remove, texts);
    await deletion;
    expect([asked, await storedIn(userId)]).toEqual([2, 2]);
  });

  test('what is claimed is not deleted, so that nobody else embeds it as well', async () => {
    let claimed = 0;
    await fillWhile(async (user) => {
      claimed = await asUser(database.db, user, async (trx) => {
        await deleteUnusedHere(trx, texts.map(hashOf));
        const claim = { by: randomUUID(), forSeconds: 60 };
        return (await claimEmbeddings(trx, { ...space, userId: user }, claim, texts.map(hashOf))).size;
      });
    });
    expect(claimed).toBe(0);
  });

  test('nothing is stored if they are rejected', async () => {
    const rejected = new Error('rejected');
    const { userId, result } = await fillWhile(async () => await Promise.reject(rejected));
    expect(result).toEqual({ status: 'rejected', reason: rejected });
    expect(await storedIn(userId)).toBe(0);
  });
});

test('what a batch has written to a space that a move dropped meanwhile is found by the next drop', async () => {
  const userId = randomUUID();
  const next: VectorSpace = { ...space, model: 'next-model' };
  const as = async <T>(work: (trx: UserTransaction) => Promise<T>) => await asUser(database.db, userId, work);
  const spaces = await as((trx) => openSpaces(trx, userId, space));
  await as(async (trx) => {
    await beginBuilding(trx, userId, next);
    await switchSpaces(trx, next);
    await forgetSpace(trx, space);
  });
  await as((trx) => noteLeftBehind(trx, userId, spaces));
  expect(await as((trx) => findSpaces(trx, 'dropping'))).toEqual([space]);
  expect(await as((trx) => findSpaces(trx, 'live'))).toEqual([next]);
});

function spaceToFill(userId: string, texts: readonly string[]): SpaceToFill {
  return {
    userId,
    textHashes: texts.map((text) => hashOf(text)),
    to: space,
    from: null,
    claimant: randomUUID(),
    textsOf: async () =>
      await Promise.resolve(texts.map((text) => ({ textHash: hashOf(text), embeddingText: text, tokens: 2 }))),
  };
}

/** @param during what happens while the embedder processes a text */
function dependencies(during: () => Promise<void>): ActivityDependencies {
  const index = createPgvectorIndex(database.db, space);
  const embedder = {
    model: space.model,
    dimensions,
    limits: new CallLimits({ inputs: 1, callTokens: 1000 }),
    maxCallConcurrency: 1,
    embed: async (texts: readonly string[]) => {
      await during();
      return texts.map((text) => vectorOf(text));
    },
  };
  // Only the parts that filling a space needs.
  const parts = { db: database.db, vectors: { indexOf: () => index }, embedderOf: () => embedder };
  return { ...parts, metrics: { tokensEmbedded: () => {} } } as unknown as ActivityDependencies;
}

async function storeDocument(userId: string, text: string): Promise<string> {
  return await asUser(database.db, userId, async (trx) => {
    const { id } = await trx
      .insertInto('documents')
      .values({
        userId,
        dataSourceId: null,
        externalId: text,
        itemType: 'file',
        title: text,
        mimeType: null,
        sourceUrl: null,
        contentHash: hashOf(text),
        metadata: '{}',
        modifiedAt: null,
        liveGeneration: null,
        pipelineVersion: '1',
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const chunk = { userId, documentId: id, generation: randomUUID(), ordinal: 0, text, tokens: 2 };
    await trx
      .insertInto('documentChunks')
      .values({ ...chunk, textHash: hashOf(text), embeddingContext: null })
      .execute();
    return id;
  });
}
