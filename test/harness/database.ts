import { randomBytes } from 'node:crypto';
import { type OpenDatabase, openDatabase } from '../../db/access/database.ts';
import { migrateToLatest } from '../../db/access/migrate.ts';
import { startEmbeddedDatabase } from '../../tools/local/children.ts';
import { onServer } from './migrated-database.ts';

/** A migrated database for a single test file. */
export interface TestDatabase extends AsyncDisposable {
  readonly db: OpenDatabase;
  readonly url: string;
  readonly poolSize: number;
  /** Whether it is a real PostgreSQL, on which concurrency can be tested; the embedded database has one connection. */
  readonly isReal: boolean;
}

/** Creates a database on the server of `DATABASE_URL`, or an embedded one in memory. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const database = await createDatabase({ isCopied: true });
  await migrateToLatest(database.db);
  return database;
}

/** Creates a database without any migration. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return await createDatabase({ isCopied: false });
}

interface Origin {
  /** Whether it is a copy of the run's migrated database, if there is one. */
  readonly isCopied: boolean;
}

async function createDatabase(origin: Origin): Promise<TestDatabase> {
  const server = process.env['DATABASE_URL'];
  return server === undefined || server === '' ? await createEmbedded(origin) : await createOnServer(server, origin);
}

async function createEmbedded({ isCopied }: Origin): Promise<TestDatabase> {
  const dump = isCopied ? process.env['HEADWATER_TEST_DUMP'] : undefined;
  const child = await startEmbeddedDatabase(0, dump === undefined ? {} : { dump });
  const db = openDatabase(child.url, 1);
  return {
    db,
    url: child.url,
    poolSize: 1,
    isReal: false,
    [Symbol.asyncDispose]: async () => {
      await db[Symbol.asyncDispose]();
      await child[Symbol.asyncDispose]();
    },
  };
}

async function createOnServer(server: string, { isCopied }: Origin): Promise<TestDatabase> {
  const name = `headwater_test_${randomBytes(6).toString('hex')}`;
  const template = isCopied ? process.env['HEADWATER_TEST_TEMPLATE'] : undefined;
  await onServer(server, `create database ${name}${template === undefined ? '' : ` template ${template}`}`);
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  const db = openDatabase(url, 10);
  return {
    db,
    url,
    poolSize: 10,
    isReal: true,
    [Symbol.asyncDispose]: async () => {
      await db[Symbol.asyncDispose]();
      await onServer(server, `drop database ${name} with (force)`);
    },
  };
}
