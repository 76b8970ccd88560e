/** Creates a migrated database for one measurement, on the server in `DATABASE_URL` or on one that it starts. */

import pg from 'pg';
import { type OpenDatabase, openDatabase } from '../../../db/access/database.ts';
import { migrateToLatest } from '../../../db/access/migrate.ts';
import { startRealPostgres } from '../../../test/harness/real-postgres.ts';

export interface BenchDatabase extends AsyncDisposable {
  readonly db: OpenDatabase;
  readonly url: string;
}

export async function openBenchDatabase(name: string): Promise<BenchDatabase> {
  const stack = new AsyncDisposableStack();
  const named = process.env['DATABASE_URL'];
  const server = named === undefined || named === '' ? stack.use(await startRealPostgres()).url : named;
  const database = `headwater_bench_${name}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`drop database if exists ${database} with (force)`);
  await client.query(`create database ${database}`);
  await client.end();
  const url = Object.assign(new URL(server), { pathname: `/${database}` }).href;
  const db = stack.use(openDatabase(url, 4));
  await migrateToLatest(db);
  return { db, url, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
