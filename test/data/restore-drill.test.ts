/** A backup is restored and compared; what is lost, changed or unprotected is named. */

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { createKeyring } from '../../sources/credentials/keyring.ts';
import { backUp } from '../../tools/backup/backup.ts';
import { drillRestore } from '../../tools/backup/drill.ts';
import { runProgramOfPostgres } from '../../tools/backup/postgres-programs.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { postgresBinaries } from '../harness/real-postgres.ts';

// The embedded database cannot be dumped by PostgreSQL's own programs.
const onRealDatabase = process.env['DATABASE_URL'] ? test : test.skip;
const flags = ['--disable-warning=ExperimentalWarning'];
const keyring = createKeyring('aa'.repeat(32));
let database: TestDatabase;
let folder: string;
let bin: string;

beforeAll(async () => {
  [database, folder] = await Promise.all([createTestDatabase(), mkdtemp(join(tmpdir(), 'headwater-drill-'))]);
  if (!database.isReal) return;
  bin = await postgresBinaries();
  for (const user of ['ana', 'bob']) await addSource(user);
}, 60_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

onRealDatabase(
  'what was dumped is restored, row by row and with its rules, although the database has gone on',
  async () => {
    const dump = join(folder, 'whole.dump');
    await backUp(database.url, dump, bin);
    await addSource('cleo');
    expect(await drillRestore(dump, database.url, { keyring, bin })).toMatchObject({
      differences: [],
      migrations: 0,
      unreadableSecrets: 0,
    });
    const lost = await drillRestore(dump, database.url, { keyring: createKeyring('bb'.repeat(32)), bin });
    expect(lost).toMatchObject({ differences: [], unreadableSecrets: 2 });
    expect(await scratchDatabases()).toBe(0);
  },
  120_000,
);

onRealDatabase(
  'a dump that lacks a table’s rows, or row-level security, is found out',
  async () => {
    const dump = join(folder, 'damaged.dump');
    await backUp(database.url, dump, bin);
    const parts = ['--format=custom', '--exclude-table-data=data_sources', `--file=${dump}`];
    await runProgramOfPostgres('pg_dump', parts, database.url, bin);
    const { differences } = await drillRestore(dump, database.url, { keyring, bin });
    expect(differences).toEqual(['data_sources: 3 in the backup, 0 after the restore']);

    await sql`alter table tags no force row level security`.execute(database.db);
    await runProgramOfPostgres('pg_dump', ['--format=custom', `--file=${dump}`], database.url, bin);
    const open = await drillRestore(dump, database.url, { keyring, bin });
    expect(open.differences).toContainEqual(
      expect.stringMatching(/^tables with forced row-level security: .*other contents/),
    );
    expect(await scratchDatabases()).toBe(0);
  },
  120_000,
);

onRealDatabase(
  'the commands do as docs/operations.md says: rotate the keys, back up, and try the restore with the new key',
  async () => {
    const [dump, keys] = [join(folder, 'by-command.dump'), { ENCRYPTION_KEY: 'cc'.repeat(32) }];
    const rotating = { ...keys, DATABASE_URL: database.url, ENCRYPTION_KEY_PREVIOUS: 'aa'.repeat(32) };
    expect((await command('rotate-keys', [], rotating)).out).toMatch(
      /^[1-9] secrets were encrypted again.*0 already were/,
    );
    expect((await command('rotate-keys', [], rotating)).out).toMatch(
      /^0 secrets were encrypted again.*[1-9] already were/,
    );

    expect((await command('backup', [database.url, dump])).out).toMatch(
      /by-command\.dump\.manifest\.json hold \d+ tables/,
    );
    const tried = await command('restore-drill', [dump, database.url], keys);
    expect(tried).toMatchObject({ status: 0, out: expect.stringMatching(/Restored and equal: \d+ rows/) });
    const old = await command('restore-drill', [dump, database.url], { ENCRYPTION_KEY: 'aa'.repeat(32) });
    expect(old).toMatchObject({ status: 1, out: expect.stringMatching(/; [1-9] secrets cannot be decrypted/) });
    expect(await command('restore-drill', [])).toMatchObject({
      out: expect.stringMatching(/^headwater: Usage: npm run restore-drill/),
    });
    expect(await scratchDatabases()).toBe(0);
  },
  120_000,
);

onRealDatabase(
  'a dump by a login that may only read is compared like one by a superuser',
  async () => {
    const role = `backup_${randomUUID().slice(0, 8)}`;
    const run = async (statement: string) => await sql.raw(statement).execute(database.db);
    await using stack = new AsyncDisposableStack();
    await run(`create role ${role} login bypassrls password '${role}'`);
    stack.defer(async () => void (await run(`drop role ${role}`)));
    await run(`grant pg_read_all_data to ${role}`);
    const dump = join(folder, 'by-reader.dump');
    await backUp(Object.assign(new URL(database.url), { username: role, password: role }).href, dump, bin);
    expect((await drillRestore(dump, database.url, { keyring: null, bin })).differences).toEqual([]);
  },
  120_000,
);

/** Runs one of the commands as `npm run` does. */
async function command(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const script = join(import.meta.dirname, '../../scripts', `${name}.ts`);
  const all = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, ...env };
  return await new Promise<{ readonly status: number; readonly out: string }>((resolve) => {
    execFile(process.execPath, [...flags, script, ...args], { env: all }, (error, out, err) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, out: `${out}${err}` }),
    );
  });
}

async function addSource(userId: string): Promise<void> {
  const id = randomUUID();
  await asUser(database.db, userId, async (trx) => {
    await trx
      .insertInto('dataSources')
      .values({
        id,
        userId,
        name: `Notes of ${userId} – ä "quoted"`,
        sourceType: 'gmail',
        config: '{"since":"2026-01-31"}',
      })
      .execute();
    await sql`update data_sources set auth_data = ${JSON.stringify(keyring.seal('a token', id))}::jsonb`.execute(trx);
  });
}

async function scratchDatabases(): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from pg_database where datname like 'headwater_drill_%'`.execute(database.db);
  return rows[0]?.n ?? 0;
}
