/** Creates a migrated database for one measurement, on the server in `DATABASE_URL` or on one that it starts. */

import pg from 'pg';
import { type OpenDatabase, openDatabase } from '../../../db/access/database.ts';
import { migrateToLatest } from '../../../db/access/migrate.ts';
import { startRealPostgres } from '../../../test/harness/real-postgres.ts';

/** Nobody runs PostgreSQL's default of 128 MB; a small production server has this much. */
const settings = ['shared_buffers=1GB', 'max_wal_size=4GB'];

export interface BenchDatabase extends AsyncDisposable {
  readonly db: OpenDatabase;
  readonly url: string;
  /** Whether it is the database of an earlier run. */
  readonly isKept: boolean;
}

/** @param keep whether to use the database of an earlier run, if there is one */
export async function openBenchDatabase(name: string, keep = false): Promise<BenchDatabase> {
  const stack = new AsyncDisposableStack();
  const named = process.env['DATABASE_URL'];
  const server = named === undefined || named === '' ? stack.use(await startRealPostgres(settings)).url : named;
  const database = `headwater_bench_${name}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
  const isKept = keep && rowCount === 1;
  if (!isKept) {
    await client.query(`drop database if exists ${database} with (force)`);
    await client.query(`create database ${database}`);
  }
  await client.end();
  const url = Object.assign(new URL(server), { pathname: `/${database}` }).href;
  const db = stack.use(openDatabase(url, 4));
  await migrateToLatest(db);
  return { db, url, isKept, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
