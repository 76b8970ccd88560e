import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type OpenDatabase, openDatabase } from '../../db/access/database.ts';
import { migrateToLatest } from '../../db/access/migrate.ts';
import { startEmbeddedDatabase } from '../../tools/local/children.ts';

/** A migrated database of a test file's own. */
export interface TestDatabase extends AsyncDisposable {
  readonly db: OpenDatabase;
  readonly url: string;
  readonly poolSize: number;
  /** Real concurrency can be tested here; the embedded database has one connection. */
  readonly isReal: boolean;
}

/** A new database on the server that `DATABASE_URL` names, else an embedded one in memory. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env['DATABASE_URL'];
  return server === undefined || server === '' ? await createEmbedded() : await createOnServer(server);
}

async function createEmbedded(): Promise<TestDatabase> {
  const child = await startEmbeddedDatabase(0);
  const db = openDatabase(child.url, 1);
  await migrateToLatest(db);
  return {
    db,
    url: child.url,
    poolSize: 1,
    isReal: false,
    [Symbol.asyncDispose]: async () => {
      await db.destroy();
      await child[Symbol.asyncDispose]();
    },
  };
}

async function createOnServer(server: string): Promise<TestDatabase> {
  const name = `headwater_test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  const db = openDatabase(url, 10);
  await migrateToLatest(db);
  return {
    db,
    url,
    poolSize: 10,
    isReal: true,
    [Symbol.asyncDispose]: async () => {
      await db.destroy();
      await onServer(server, `drop database ${name} with (force)`);
    },
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
