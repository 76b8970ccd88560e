import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { openDatabase } from '../../db/access/database.ts';
import { migrateToLatest } from '../../db/access/migrate.ts';
import type { Keyring } from '../../sources/credentials/keyring.ts';
import { rotateKeys } from '../../sources/credentials/rotate-keys.ts';
import { type Manifest, manifestOf } from './backup.ts';
import { withConnection } from './connect.ts';
import { compareFingerprints, type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { runProgramOfPostgres } from './postgres-programs.ts';

export interface DrillResult {
  /** What is not as it was when the dump was made, one line each. */
  readonly differences: readonly string[];
  readonly rows: number;
  /** Migrations that ran afterwards, because the dump is older than this Headwater. */
  readonly migrations: number;
  /** Secrets that no key could decrypt; null if no key was given. */
  readonly unreadableSecrets: number | null;
}

/** Roles that policies and grants name. */
const roles = ['headwater_app', 'headwater_lookup', 'headwater_search'];

/**
 * Restores a dump into a new database on a server, compares it with the counts and hashes of the moment of the dump,
 * migrates it, tries the keys, and drops it again.
 * @param serverUrl a superuser's login, to any database of the server
 */
export async function drillRestore(
  dump: string,
  serverUrl: string,
  { keyring, bin }: { readonly keyring: Keyring | null; readonly bin?: string },
): Promise<DrillResult> {
  return await withRestored(dump, serverUrl, bin === undefined ? {} : { bin }, async (url, { contents }) => {
    const differences = compareFingerprints(contents, await withConnection(url, inTransaction(fingerprintOf)));
    return { differences, rows: rowsOf(contents), ...(await tryOut(url, keyring)) };
  });
}

/**
 * Restores a dump into a new database on a server, which is dropped again after the work.
 * @param serverUrl a superuser's login, to any database of the server
 * @param work receives the URL of the new database
 */
export async function withRestored<T>(
  dump: string,
  serverUrl: string,
  { bin }: { readonly bin?: string },
  work: (url: string, manifest: Manifest) => Promise<T>,
): Promise<T> {
  const manifest = await readManifest(dump);
  const name = `headwater_drill_${randomBytes(4).toString('hex')}`;
  const scratchUrl = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
  return await withConnection(serverUrl, async (server) => {
    const created = await createMissingRoles(server, [...new Set([...roles, ...manifest.owners])]);
    await server.query(`create database ${name}`);
    try {
      await runProgramOfPostgres('pg_restore', ['--exit-on-error', dump], scratchUrl, bin);
      return await work(scratchUrl, manifest);
    } finally {
      await server.query(`drop database ${name} with (force)`);
      for (const role of created) await server.query(`drop role ${server.escapeIdentifier(role)}`);
    }
  });
}

async function readManifest(dump: string): Promise<Manifest> {
  const file = manifestOf(dump);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(
      `${file} cannot be read. \`npm run backup\` writes it beside the dump, and without it there is nothing to compare with: copy it there, or restore the dump with pg_restore.`,
      { cause: error },
    );
  });
  return JSON.parse(text) as Manifest;
}

/** @returns those that were missing */
async function createMissingRoles(server: pg.Client, names: readonly string[]): Promise<string[]> {
  const { rows } = await server.query<{ name: string }>(
    'select name from unnest($1::text[]) as name where not exists (select from pg_roles where rolname = name)',
    [names],
  );
  for (const { name } of rows) await server.query(`create role ${server.escapeIdentifier(name)} nologin`);
  return rows.map(({ name }) => name);
}

/** The copy is migrated and its secrets are decrypted, as after a real restore. */
async function tryOut(
  url: string,
  keyring: Keyring | null,
): Promise<Pick<DrillResult, 'migrations' | 'unreadableSecrets'>> {
  await using db = openDatabase(url, 1);
  const before = (await withConnection(url, countMigrations)) ?? 0;
  const { applied } = await migrateToLatest(db);
  const unreadableSecrets = keyring === null ? null : (await rotateKeys(db, keyring)).unreadable;
  return { migrations: applied.length - before, unreadableSecrets };
}

async function countMigrations(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ n: number }>('select count(*)::int as n from kysely_migration');
  return rows[0]?.n;
}

function rowsOf(contents: Fingerprint): number {
  return Object.values(contents).reduce((sum, { count }) => sum + count, 0);
}

function inTransaction<T>(work: (client: pg.Client) => Promise<T>): (client: pg.Client) => Promise<T> {
  return async (client) => {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  };
}
