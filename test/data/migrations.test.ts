import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { pino } from 'pino';
import { untilMigrated } from '../../composition/database-at-start.ts';
import { MigrationError, migrateToLatest, migrationState } from '../../db/access/migrate.ts';
import { asUser, ownerOf } from '../../db/access/as-user.ts';
import { type OpenDatabase, openDatabase } from '../../db/access/database.ts';
import { startEmbeddedDatabase } from '../../tools/local/children.ts';
import { createEmptyDatabase, createTestDatabase } from '../harness/database.ts';
import { until } from '../harness/until.ts';

test('migrating twice changes nothing; a database of a newer Headwater is refused with a message', async () => {
  await using database = await createTestDatabase();
  const before = await migrationState(database.db);
  expect(before.pending).toEqual([]);
  expect(await migrateToLatest(database.db)).toEqual(before);

  await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2030')`.execute(
    database.db,
  );
  await expect(migrateToLatest(database.db)).rejects.toThrow(MigrationError);
  await expect(migrateToLatest(database.db)).rejects.toThrow(/newer Headwater \(unknown here: 9999-from-the-future\)/);
});

test('a worker asks for no work until the migrations have run, and says so', async () => {
  await using database = await createEmptyDatabase();
  const { lines, logger } = rememberLines();
  const ready = untilMigrated(database.db, database.url, logger);
  await until(async () => await Promise.resolve(lines.length === 2));
  expect(lines[0]).toMatch(/^\d+ migrations of the database have not run\. Run npm run migrate\.$/);
  await migrateToLatest(database.db);
  await ready;
  expect(lines.at(-1)).toBe('the migrations have run');
});

test('a worker of an older release says so and works, and one without a database names where it looked', async () => {
  await using database = await createTestDatabase();
  const { lines, logger } = rememberLines();
  await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2030')`.execute(
    database.db,
  );
  await untilMigrated(database.db, database.url, logger);
  await using missing = openDatabase('postgres://ana:secret@127.0.0.1:9/none', 1);
  await untilMigrated(missing, 'postgres://ana:secret@127.0.0.1:9/none', logger);
  expect(lines).toEqual([
    expect.stringMatching(/^A newer Headwater has migrated the database\./),
    expect.stringMatching(/^PostgreSQL at 127\.0\.0\.1:9 \(DATABASE_URL\) gave no answer\./),
  ]);
});

function rememberLines() {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push((JSON.parse(line) as { readonly msg: string }).msg) };
  return { lines, logger: pino({}, stream) };
}

test('an owner without superuser rights can migrate what an administrator has prepared (docs/operations.md)', async () => {
  await using admin = await createTestDatabase();
  if (!admin.isReal) return; // every login of the embedded database is the superuser
  const name = `plain_owner_${randomBytes(4).toString('hex')}`;
  const run = async (db: typeof admin.db, statement: string) => await sql.raw(statement).execute(db);
  await using stack = new AsyncDisposableStack();
  await run(admin.db, `create role ${name} login password '${name}'`);
  stack.defer(async () => void (await run(admin.db, `drop role ${name}`)));
  await run(admin.db, `grant headwater_app, headwater_lookup, headwater_search to ${name} with inherit false`);
  await run(admin.db, `create database ${name} owner ${name}`);
  stack.defer(async () => void (await run(admin.db, `drop database ${name} with (force)`)));
  const url = Object.assign(new URL(admin.url), { pathname: `/${name}` });
  await using prepared = openDatabase(url.href, 1);
  await run(prepared, 'create extension vector');

  const asOwner = Object.assign(url, { username: name, password: name }).href;
  await using db = openDatabase(asOwner, 1);

  expect(await migrateToLatest(db)).toMatchObject({ pending: [] });
  await expectBlind(db);
});

test('an owner that may create roles creates them, and reads across users only through functions', async () => {
  await using child = await startEmbeddedDatabase(0);
  await using db = openDatabase(child.url, 1);
  for (const statement of [
    'create role plain_owner createrole',
    'create extension vector',
    'alter schema public owner to plain_owner',
    'grant create on database postgres to plain_owner',
    'set session authorization plain_owner',
  ])
    await sql.raw(statement).execute(db);
  await migrateToLatest(db);
  await expectBlind(db);
});

/**
 * The login itself sees no row, neither as the owner of the tables nor as a member of a role that reads across users
 * (P6).
 */
async function expectBlind(db: OpenDatabase): Promise<void> {
  const dataSourceId = await asUser(db, 'ana', async (trx) => {
    const source = { userId: 'ana', name: 'Notes', sourceType: 'local_folder' } as const;
    const { id } = await trx.insertInto('dataSources').values(source).returning('id').executeTakeFirstOrThrow();
    await sql`
      insert into oauth_states (state_hash, user_id, data_source_id, code_verifier, redirect_uri, expires_at)
      values ('state', 'ana', ${id}, '{}', 'http://127.0.0.1', now())`.execute(trx);
    return id;
  });
  for (const table of ['data_sources', 'oauth_states'])
    expect([table, (await sql`select user_id from ${sql.table(table)}`.execute(db)).rows]).toEqual([table, []]);
  const { rows } = await sql`
    select rolname from pg_roles where rolname in ('headwater_lookup', 'headwater_search')
      and pg_has_role(current_user, oid, 'usage')`.execute(db);
  expect(rows).toEqual([]);
  expect(await ownerOf(db, 'data_sources', dataSourceId)).toBe('ana');
}

test('a database whose locale supports only A to Z is refused with a solution', async () => {
  await using admin = await createTestDatabase();
  if (!admin.isReal) return; // the embedded database has one locale, which is suitable
  const name = `ascii_only_${randomBytes(4).toString('hex')}`;
  await sql.raw(`create database ${name} template template0 locale 'C'`).execute(admin.db);
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => void (await sql.raw(`drop database ${name} with (force)`).execute(admin.db)));
  await using db = openDatabase(Object.assign(new URL(admin.url), { pathname: `/${name}` }).href, 1);
  await expect(migrateToLatest(db)).rejects.toThrow(/locale .*create database headwater .* locale 'C.UTF-8'/);
});

test('ids are UUIDs of version 7, which sort by creation time', async () => {
  await using database = await createTestDatabase();
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    const { rows } = await sql<{ id: string }>`select uuid_v7()::text as id, pg_sleep(0.003)::text`.execute(
      database.db,
    );
    ids.push(rows[0]?.id ?? '');
  }
  expect(ids).toEqual(ids.toSorted());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('the embedded database supports only one connection, and a pool of one works with it', async () => {
  await using database = await createTestDatabase();
  if (database.isReal) return;
  await expect(async () => {
    await using second = openDatabase(database.url, 1);
    await sql`select 1`.execute(second);
  }).rejects.toThrow();
  // With a pool of one, concurrent transactions run in turn and none gets another's answer.
  const answers = await Promise.all(
    Array.from(
      { length: 100 },
      async (_, i) =>
        await asUser(database.db, `user ${i}`, async (trx) => {
          const { rows } = await sql<{ n: number; id: string; long: number }>`
            select ${i}::int as n, current_setting('app.user_id') as id,
              length(${'x'.repeat(20_000 + i)}::text) as long`.execute(trx);
          return rows[0];
        }),
    ),
  );
  expect(answers).toEqual(answers.map((_, i) => ({ n: i, id: `user ${i}`, long: 20_000 + i })));
});
