import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { addRequestCounts } from '../db/access/request-counts.ts';
import { createTestDatabase, type TestDatabase } from '../test/harness/database.ts';
import { createRequestCounts } from './request-counts.ts';

let database: TestDatabase;
let writes = 0;
let now = Date.parse('2026-11-27T10:00:05Z');

beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
afterAll(async () => await database[Symbol.asyncDispose]());

const processOf = () =>
  createRequestCounts(
    async (minute, counts) => {
      writes++;
      return await addRequestCounts(database.db, minute, counts);
    },
    () => now,
  );

const ask = (counts: ReturnType<typeof processOf>, bucket: string, times: number): number => {
  let last = 0;
  for (let i = 0; i < times; i++) last = counts.add(bucket, 100).current;
  return last;
};

test('processes share the limit of a busy user, and of nobody else', async () => {
  const [first, second] = [processOf(), processOf()];
  ask(first, 'user ana', 60);
  ask(second, 'user ana', 30);
  ask(second, 'user bob', 30);
  await first.exchange();
  await second.exchange();
  await first.exchange();
  expect([ask(first, 'user ana', 1), ask(second, 'user ana', 1)]).toEqual([91, 91]);
  expect([ask(first, 'user bob', 1), ask(second, 'user bob', 1)]).toEqual([1, 31]);

  // Every request is reported once.
  await first.exchange();
  await second.exchange();
  await first.exchange();
  expect(ask(first, 'user ana', 1)).toBe(93);
});

test('the next minute begins at none, and old rows are deleted', async () => {
  const counts = processOf();
  ask(counts, 'user cleo', 50);
  await counts.exchange();
  now += 60_000;
  expect(counts.add('user cleo', 100)).toEqual({ current: 1, ttl: 55_000 });
  now += 10 * 60_000;
  ask(counts, 'user cleo', 50);
  await counts.exchange();
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from request_counts`.execute(database.db);
  expect(rows).toEqual([{ n: 1 }]);
});

test('quiet users cost no statement, and a database that does not answer changes nothing here', async () => {
  const quiet = processOf();
  const before = writes;
  expect(ask(quiet, 'address 192.0.2.1', 1)).toBe(1);
  await quiet.exchange();
  expect(writes).toBe(before);

  const alone = createRequestCounts(
    () => Promise.reject(new Error('gone')),
    () => now,
  );
  ask(alone, 'user dan', 40);
  await expect(alone.exchange()).rejects.toThrow('gone');
  expect(ask(alone, 'user dan', 1)).toBe(41);
});

test('an answer of the database that is lost again and again does not count anybody’s requests twice', async () => {
  const counts = createRequestCounts(
    async (minute, added) => {
      await addRequestCounts(database.db, minute, added);
      throw new Error('the connection was lost after the commit');
    },
    () => now,
  );
  const other = processOf();
  for (let i = 0; i < 10; i++) {
    ask(counts, 'user fay', 3);
    await expect(counts.exchange()).rejects.toThrow('lost');
  }
  ask(other, 'user fay', 10);
  await other.exchange();
  expect(ask(other, 'user fay', 1)).toBe(41);
});

test('the rows name nobody, and users cannot read them', async () => {
  const counts = processOf();
  ask(counts, 'user eve@example.com', 50);
  await counts.exchange();
  const { rows } = await sql`select * from request_counts`.execute(database.db);
  expect(JSON.stringify(rows)).not.toContain('eve');
  const role = sql`set local role headwater_app`;
  await expect(
    database.db.transaction().execute(async (trx) => {
      await role.execute(trx);
      await sql`select * from request_counts`.execute(trx);
    }),
  ).rejects.toThrow(/permission denied/);
});
