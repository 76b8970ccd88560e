/**
 * The environment of both sides of the comparison: PostgreSQL, Temporal and the simulated vendors, each a separate
 * process.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createKeyring } from '../../sources/credentials/keyring.ts';
import { asUser } from '../../db/access/as-user.ts';
import { saveConnection } from '../../db/sources/credentials.ts';
import { openDatabase } from '../../db/access/database.ts';
import { migrateToLatest } from '../../db/access/migrate.ts';
import { startTemporalServer } from '../local/children.ts';
import { freePort } from '../local/ports.ts';
import { findTemporalCli } from '../local/temporal-cli.ts';
import { simulatedClient } from '../simulators/google/server.ts';
import { startRealPostgres } from '../../test/harness/real-postgres.ts';

const encryptionKey = '11'.repeat(32);
const user = 'bench';

export interface BenchEnvironment extends AsyncDisposable {
  readonly temporalAddress: string;
  readonly vendors: Vendors;
  /** Creates a database with one connected Drive source, and the environment variables of a process that syncs it. */
  prepare(name: string): Promise<Prepared>;
  /** Does the same for a database without any of Headwater's tables. */
  prepareEmpty(name: string): Promise<Omit<Prepared, 'dataSourceId'>>;
}

/** A separate database with one Drive in it. */
export interface Prepared {
  readonly env: Record<string, string>;
  readonly dataSourceId: string;
  readonly databaseMb: () => Promise<number>;
}

export interface VendorCounts {
  readonly google: Readonly<Record<string, number>>;
  readonly googleTotal: number;
  readonly openai: { readonly calls: number; readonly inputs: number; readonly tokens: number; readonly max: number };
}

/** The simulators' process, controlled over its channel. */
export interface Vendors extends Disposable {
  readonly google: string;
  readonly openai: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The calls received since the last time. */
  takeCounts(): Promise<VendorCounts>;
  setLatency(ms: number): Promise<void>;
  touch(share: number): Promise<number>;
}

export async function startEnvironment(files: number): Promise<BenchEnvironment> {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'headwater-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const postgres = await postgresUrl(stack);
  const cli = await findTemporalCli(process.env, console.error);
  const port = await freePort();
  stack.use(await startTemporalServer({ cli, port, ui: null, databaseFile: join(folder, 'temporal.db') }));
  const vendors = stack.use(await startVendors(files));
  const temporalAddress = `127.0.0.1:${port}`;
  return {
    temporalAddress,
    vendors,
    prepare: async (name) => {
      const url = await createDatabase(postgres, name);
      const dataSourceId = await connectDrive(url, vendors);
      const env = { ...contestantEnv(url, vendors), TEMPORAL_ADDRESS: temporalAddress, DATA_DIR: join(folder, name) };
      return { env, dataSourceId, databaseMb: () => sizeOf(url) };
    },
    prepareEmpty: async (name) => {
      const url = await createDatabase(postgres, name);
      const env = { ...contestantEnv(url, vendors), FLOOR_ACCESS_TOKEN: vendors.accessToken };
      return { env, databaseMb: () => sizeOf(url) };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function sizeOf(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ mb: number }>('select (pg_database_size(current_database()) / 1e6)::int as mb');
  await client.end();
  return rows[0]?.mb ?? 0;
}

/** Current memory of a process in MB; null if the system does not report it. */
export function memoryMb(child: ChildProcess): number | null {
  return fromStatus(child, /VmRSS:\s+(\d+) kB/);
}

/** Peak memory of a process in MB; null if the system does not report it. */
export function peakMemoryMb(child: ChildProcess): number | null {
  return fromStatus(child, /VmHWM:\s+(\d+) kB/);
}

function fromStatus(child: ChildProcess, pattern: RegExp): number | null {
  try {
    const line = pattern.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
    return line === null ? null : Math.round(Number(line[1]) / 1024);
  } catch {
    return null;
  }
}

async function postgresUrl(stack: AsyncDisposableStack): Promise<string> {
  const named = process.env['DATABASE_URL'];
  if (named !== undefined && named !== '') return named;
  // Writes to disk as in production, so that the comparison includes the cost of durability.
  return stack.use(await startRealPostgres(['fsync=on'])).url;
}

async function createDatabase(server: string, name: string): Promise<string> {
  const database = `headwater_bench_${name.replaceAll(/\W/g, '_')}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`drop database if exists ${database} with (force)`);
  await client.query(`create database ${database}`);
  await client.end();
  return Object.assign(new URL(server), { pathname: `/${database}` }).href;
}

async function connectDrive(url: string, vendors: Vendors): Promise<string> {
  await using db = openDatabase(url, 2);
  await migrateToLatest(db);
  const keyring = createKeyring(encryptionKey);
  return await asUser(db, user, async (trx) => {
    const { id } = await trx
      .insertInto('dataSources')
      .values({ userId: user, name: 'Drive', sourceType: 'google_drive', config: '{}' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const tokens = { accessToken: vendors.accessToken, refreshToken: vendors.refreshToken };
    const authData = keyring.seal({ ...tokens, expiresAt: Date.now() + 24 * 3600_000 }, id);
    await saveConnection(trx, id, { authData, provider: 'token', accountLabel: 'bench' });
    return id;
  });
}

function contestantEnv(databaseUrl: string, vendors: Vendors): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    LOG_LEVEL: 'silent',
    // Measures the engine's speed, not the rate that Google grants one user.
    CEILINGS: 'google_drive=1000000',
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY: encryptionKey,
    OPENAI_API_KEY: 'simulated',
    OPENAI_BASE_URL: vendors.openai,
    GOOGLE_CLIENT_ID: simulatedClient.clientId,
    GOOGLE_CLIENT_SECRET: simulatedClient.clientSecret,
    GOOGLE_API_BASE_URL: vendors.google,
    GOOGLE_TOKEN_URL: `${vendors.google}/token`,
  };
}

async function startVendors(files: number): Promise<Vendors> {
  const child = fork(join(import.meta.dirname, '../simulators/main.ts'), ['--files', String(files)], { execArgv: [] });
  const [{ ready }] = (await once(child, 'message')) as [
    { readonly ready: Pick<Vendors, 'google' | 'openai' | 'accessToken' | 'refreshToken'> },
  ];
  let last = 0;
  const ask = async <T>(what: string, value?: number): Promise<T> => {
    const id = ++last;
    child.send({ id, do: what, value });
    const [answer] = (await once(child, 'message')) as [{ readonly value: T }];
    return answer.value;
  };
  return {
    ...ready,
    takeCounts: async () => {
      const counts = await ask<VendorCounts>('counts');
      await ask('clear');
      return counts;
    },
    setLatency: (ms) => ask('latency', ms),
    touch: (share) => ask('touch', share),
    [Symbol.dispose]: () => void child.kill('SIGTERM'),
  };
}
