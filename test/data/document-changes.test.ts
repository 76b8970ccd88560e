/** The feed of changes: complete and in order, whatever is written at the same time. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import {
  type DocumentChange,
  type FeedPosition,
  forgetOldDeletions,
  openFeed,
  readChanges,
} from '../../db/documents/changes.ts';
import { assignByHand, createCollection, renameCollection } from '../../db/documents/collections.ts';
import { deleteRest } from '../../db/documents/deletion.ts';
import { readSortCursor } from '../../api/paging.ts';
import { encodeTextCursor } from '../../db/access/cursors.ts';
import {
  countDocuments,
  type DocumentOrder,
  listDocuments,
  listSortedDocuments,
} from '../../db/documents/document-queries.ts';
import { deleteDocuments } from '../../db/items/removal.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { until } from '../harness/until.ts';

let database: TestDatabase;
beforeAll(async () => (database = await createTestDatabase()), 60_000);
afterAll(async () => await database[Symbol.asyncDispose]());

const as = async <T>(userId: string, work: (trx: UserTransaction) => Promise<T>): Promise<T> =>
  await asUser(database.db, userId, work);

async function addDocument(trx: UserTransaction, userId: string, title: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into documents (user_id, external_id, item_type, title, content_hash, pipeline_version, live_generation)
    values (${userId}, gen_random_uuid(), 'file', ${title}, 'h', '1', gen_random_uuid()) returning id`.execute(trx);
  return rows[0]?.id ?? '';
}

async function rename(trx: UserTransaction, id: string, title: string): Promise<void> {
  await sql`update documents set title = ${title} where id = ${id}`.execute(trx);
}

async function begin(userId: string): Promise<FeedPosition> {
  return await as(userId, async (trx) => await openFeed(trx, userId));
}

async function read(userId: string, after: FeedPosition, limit = 100, latestOnly = false) {
  const page = await as(userId, async (trx) => await readChanges(trx, userId, after, { limit, latestOnly }));
  if (page === null) throw new Error('the feed cannot be continued');
  return page;
}

const seen = (changes: readonly DocumentChange[]): (string | undefined)[][] =>
  changes.map(({ kind, document }) => [kind, document?.title]);

test('a change of anything that is shown with a document is a change of the document, once per transaction', async () => {
  const id = await as('ana', async (trx) => await addDocument(trx, 'ana', 'Ferry'));
  let at = await begin('ana');
  const next = async (work: (trx: UserTransaction) => Promise<unknown>) => {
    await as('ana', work);
    const page = await read('ana', at);
    at = page.next;
    return seen(page.changes);
  };
  expect(await next(async () => {})).toEqual([['created', 'Ferry']]);
  expect(
    await next(async (trx) => {
      await rename(trx, id, 'Pier');
      await rename(trx, id, 'Harbour');
    }),
  ).toEqual([['updated', 'Harbour']]);
  expect(await next(async (trx) => await sql`update documents set search = 'a:1'`.execute(trx))).toEqual([]);
  const tag = await as('ana', async (trx) => await createCollection(trx, 'tag', { userId: 'ana', name: 'urgent' }));
  const assignment = { userId: 'ana', id: tag ?? '', documentIds: [id], remove: false };
  expect(await next(async (trx) => await assignByHand(trx, 'tag', assignment))).toEqual([['updated', 'Harbour']]);
  expect(await next(async (trx) => await renameCollection(trx, 'tag', { id: tag ?? '', name: 'late' }))).toEqual([
    ['updated', 'Harbour'],
  ]);
  expect(await next(async (trx) => await deleteDocuments(trx, { userId: 'ana' }, [id]))).toEqual([
    ['deleted', undefined],
  ]);
});

test('a path that changes with its folder is a change of the document', async () => {
  const id = await as('paul', async (trx) => {
    const document = await addDocument(trx, 'paul', 'Ferry');
    const source = await trx
      .insertInto('dataSources')
      .values({ userId: 'paul', name: 'Notes', sourceType: 'local_folder', config: '{}' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await sql`insert into sync_items (user_id, data_source_id, external_id, external_path, name, item_type, listed_hash,
      external_hash_kind, local_document_id)
      values ('paul', ${source.id}, 'a', 'Old/a', 'a', 'file', 'h', 'md5', ${document})`.execute(trx);
    return document;
  });
  const { next } = await read('paul', await begin('paul'));
  await as('paul', async (trx) => await sql`update sync_items set last_seen_job_id = ${id}`.execute(trx));
  expect((await read('paul', next)).changes).toEqual([]);
  await as('paul', async (trx) => await sql`update sync_items set external_path = 'New/a'`.execute(trx));
  expect(seen((await read('paul', next)).changes)).toEqual([['updated', 'Ferry']]);
});

test('with several writers, who commit in any order, a reader misses nothing and is told each creation once', async () => {
  const user = 'writers';
  const writers = database.isReal ? 8 : 1;
  const copy = new Map<string, string>();
  let at = await begin(user);
  const follow = async (limit: number): Promise<boolean> => {
    const page = await read(user, at, limit);
    at = page.next;
    for (const { kind, documentId, document } of page.changes) {
      if (kind === 'deleted') copy.delete(documentId);
      else {
        expect([kind, copy.has(documentId)]).toEqual([kind, kind === 'updated']);
        copy.set(documentId, document?.title ?? '');
      }
    }
    return page.hasMore;
  };
  const writing = new AbortController();
  const reader = (async () => {
    while (!writing.signal.aborted) await follow(2);
    while (await follow(50));
  })();
  const write = async (writer: number): Promise<void> => {
    const own: string[] = [];
    for (let round = 0; round < 15; round++) {
      await as(user, async (trx) => {
        await sql`select pg_sleep(random() * 0.01)`.execute(trx);
        const [first] = own;
        if (round % 5 === 4 && first !== undefined) await deleteDocuments(trx, { userId: user }, own.splice(0, 1));
        else if (round % 3 === 2 && first !== undefined) await rename(trx, first, `${writer}.${round}`);
        else own.push(await addDocument(trx, user, `${writer}.${round}`));
        await sql`select pg_sleep(random() * 0.02)`.execute(trx);
      });
    }
  };
  await Promise.all(Array.from({ length: writers }, async (_, writer) => await write(writer)));
  writing.abort();
  await reader;
  const documents = await as(user, async (trx) => await listDocuments(trx, {}, 1000, null));
  expect(documents.length).toBeGreaterThan(writers);
  expect(new Map(copy)).toEqual(new Map(documents.map(({ id, title }) => [id, title])));
}, 30_000);

test('a change that is written first and committed last is not passed by a reader', async () => {
  const written = Promise.withResolvers<void>();
  const commit = Promise.withResolvers<void>();
  const late = as('ida', async (trx) => {
    await addDocument(trx, 'ida', 'late');
    // As far as a commit gets before it is visible.
    await sql`set constraints all immediate`.execute(trx);
    written.resolve();
    if (database.isReal) await commit.promise;
  });
  await written.promise;
  const early = as('ida', async (trx) => await addDocument(trx, 'ida', 'early'));
  await Promise.race([early, until(isAnybodyWaiting)]);
  const first = await read('ida', await begin('ida'));
  commit.resolve();
  await Promise.all([late, early]);
  const second = await read('ida', first.next);
  expect(seen([...first.changes, ...second.changes])).toEqual([
    ['created', 'late'],
    ['created', 'early'],
  ]);
});

async function isAnybodyWaiting(): Promise<boolean> {
  const { rows } = await sql`
    select from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`.execute(database.db);
  return rows.length > 0;
}

test('a copy is told only the latest change of each document, and of one that changes meanwhile again', async () => {
  const ids = await as('carl', async (trx) => [
    await addDocument(trx, 'carl', 'one'),
    await addDocument(trx, 'carl', 'two'),
    await addDocument(trx, 'carl', 'three'),
  ]);
  await as('carl', async (trx) => await rename(trx, ids[0] ?? '', 'one, again'));
  const first = await read('carl', await begin('carl'), 1, true);
  expect(seen(first.changes)).toEqual([['created', 'two']]);
  await as('carl', async (trx) => await rename(trx, ids[1] ?? '', 'two, again'));
  expect(seen((await read('carl', first.next, 9, true)).changes)).toEqual([
    ['created', 'three'],
    ['updated', 'one, again'],
    ['updated', 'two, again'],
  ]);
});

test('deletions are remembered for 30 days; a reader who comes later, or has read another database, is refused', async () => {
  const id = await as('dora', async (trx) => await addDocument(trx, 'dora', 'Ferry'));
  const { next } = await read('dora', await begin('dora'));
  await as('dora', async (trx) => await deleteDocuments(trx, { userId: 'dora' }, [id]));
  const age = async (days: number) =>
    await as('dora', async (trx) => {
      await sql`update document_changes set at = now() - make_interval(days => ${days})`.execute(trx);
      await forgetOldDeletions(trx, 'dora');
    });
  const since = async (after: FeedPosition) =>
    await as('dora', async (trx) => await readChanges(trx, 'dora', after, { limit: 9, latestOnly: false }));
  const old = { ...next, caughtUpAt: new Date(Date.now() - 40 * 86_400_000).toISOString() };
  await age(30);
  expect(seen((await since(old))?.changes ?? [])).toEqual([['deleted', undefined]]);
  await age(32);
  expect(await since(old)).toBeNull();
  // Somebody who began after that was never shown the document.
  expect((await since(next))?.changes).toEqual([]);
  expect(await since({ ...next, position: '999999999' })).toBeNull();
});

test('an erasure leaves no trace of the feed, and a cursor from before it is refused', async () => {
  await as('eve', async (trx) => await addDocument(trx, 'eve', 'Ferry'));
  const { next } = await read('eve', await begin('eve'));
  await as('eve', async (trx) => await deleteRest(trx));
  const left = await as('eve', async (trx) => await sql`select from document_changes`.execute(trx));
  expect(left.rows).toHaveLength(0);
  expect(
    await asUser(
      database.db,
      'eve',
      async (trx) => await readChanges(trx, 'eve', next, { limit: 9, latestOnly: true }),
      'snapshot',
    ),
  ).toBeNull();
});

test('a user’s feed has nothing of another user', async () => {
  await as('fred', async (trx) => await addDocument(trx, 'fred', 'Ferry'));
  expect((await read('gina', await begin('gina'))).changes).toEqual([]);
});

test('the list of documents has every document once, though some change while its pages are read', async () => {
  const ids = await as('hugo', async (trx) => {
    const added: string[] = [];
    for (const title of ['1', '2', '3', '4', '5']) added.push(await addDocument(trx, 'hugo', title));
    return added;
  });
  const pageAfter = async (before: string | null): Promise<string[]> =>
    (await as('hugo', async (trx) => await listDocuments(trx, {}, 2, before))).map(({ id }) => id);
  const walked: string[] = [];
  for (let page = await pageAfter(null); page.length > 0; page = await pageAfter(page.at(-1) ?? null)) {
    walked.push(...page);
    await as('hugo', async (trx) => {
      await sql`update documents set title = title || '!', updated_at = now()`.execute(trx);
      await addDocument(trx, 'hugo', 'new');
    });
  }
  expect(walked.toSorted()).toEqual(ids.toSorted());
});

test('sorted by title, time or size, page after page has each document once, and a count says how many match', async () => {
  const facts: [title: string, modified: string | null, tokens: number][] = [
    ['beta', '2026-01-02T00:00:00.123Z', 5],
    ['Alpha', null, 5],
    ['alpha', '2026-01-02T00:00:00.123Z', 90],
    ['Ölçü', '2027-01-01T00:00:00Z', 0],
  ];
  await as('sven', async (trx) => {
    for (const [title, modified, tokens] of facts)
      await sql`insert into documents (user_id, external_id, item_type, title, content_hash, pipeline_version,
        live_generation, tokens, modified_at) values ('sven', gen_random_uuid(), 'file', ${title}, 'h', '1',
        gen_random_uuid(), ${tokens}, ${modified})`.execute(trx);
  });
  const inOrder = async (order: DocumentOrder) => {
    const titles: string[] = [];
    let after: { value: string; id: string } | null = null;
    for (;;) {
      const from: typeof after = after;
      const rows = await as('sven', async (trx) => await listSortedDocuments(trx, {}, order, 1, from));
      const [row] = rows;
      if (row === undefined) return titles;
      titles.push(row.title);
      const cursor = encodeTextCursor(JSON.stringify([order, row.sortValue, row.id]));
      expect(() => readSortCursor(cursor, order === 'title' ? 'tokens' : 'title')).toThrow(/nextCursor/);
      after = readSortCursor(cursor, order);
    }
  };
  expect((await inOrder('title')).map((title) => title.toLowerCase())).toEqual(['alpha', 'alpha', 'beta', 'ölçü']);
  // Of two documents with one time, either may come first, but always the same.
  const byTime = await inOrder('modified');
  expect([byTime[0], byTime.slice(1, 3).toSorted(), byTime[3]]).toEqual(['Ölçü', ['alpha', 'beta'], 'Alpha']);
  expect(await inOrder('modified')).toEqual(byTime);
  expect((await inOrder('tokens')).slice(0, 1)).toEqual(['alpha']);
  expect(new Set(await inOrder('tokens')).size).toBe(4);
  expect(await as('sven', async (trx) => await countDocuments(trx, { text: 'alph' }))).toBe(2);
});

test('of a large feed, a page looks at a part, whatever source it is of', async () => {
  const [mine, another] = ['0190b3c2-0000-7000-8000-0000000000a1', '0190b3c2-0000-7000-8000-0000000000a2'];
  const others = 30_000;
  const addDeleted = async (dataSourceId: string, count: number) =>
    await as('fay', async (trx) =>
      sql`
      insert into document_changes (user_id, position, document_id, kind, data_source_id)
      select 'fay', nextval('document_changes_position'), gen_random_uuid(), 'deleted', ${dataSourceId}
      from generate_series(1, ${sql.lit(count)})`.execute(trx),
    );
  await addDeleted(another, others);
  await addDeleted(mine, 2);
  const readSoFar = async (trx: UserTransaction) => {
    const { rows } = await sql<{ read: number }>`
      select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables
      where relname = 'document_changes'`.execute(trx);
    return rows[0]?.read ?? 0;
  };
  const found: string[] = [];
  const rowsRead: number[] = [];
  for (let at: FeedPosition | null = await begin('fay'); at !== null;) {
    const after = at;
    at = await as('fay', async (trx) => {
      const before = await readSoFar(trx);
      const page = await readChanges(trx, 'fay', after, { limit: 100, latestOnly: true, dataSourceId: mine });
      if (page === null) throw new Error('the feed cannot be continued');
      found.push(...page.changes.map(({ documentId }) => documentId));
      rowsRead.push((await readSoFar(trx)) - before);
      return page.hasMore ? page.next : null;
    });
  }
  expect(new Set(found).size).toBe(2);
  expect(found).toHaveLength(2);
  expect(Math.max(...rowsRead)).toBeLessThan(others);
});
