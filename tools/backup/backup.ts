import { writeFile } from 'node:fs/promises';
import type pg from 'pg';
import { withConnection } from './connect.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { runProgramOfPostgres } from './postgres-programs.ts';

/** What is stored beside a dump. */
export interface Manifest {
  /** UTC ISO 8601. */
  readonly at: string;
  /** Roles that own anything. They belong to a server, not to a database, so no dump contains them. */
  readonly owners: readonly string[];
  readonly contents: Fingerprint;
}

/** Where the manifest of a dump is stored. */
export const manifestOf = (dump: string): string => `${dump}.manifest.json`;

/**
 * Dumps a database, and stores counts and hashes of the same moment beside the dump, so that a restore can be compared
 * with what was dumped although the database has gone on.
 * @param bin folder of `pg_dump`, if it is not in the PATH
 */
export async function backUp(databaseUrl: string, dump: string, bin?: string): Promise<Fingerprint> {
  return await withConnection(databaseUrl, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    const { rows } = await client.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot');
    const contents = await fingerprintOf(client);
    const args = ['--format=custom', `--snapshot=${rows[0]?.snapshot ?? ''}`, `--file=${dump}`];
    await runProgramOfPostgres('pg_dump', args, databaseUrl, bin);
    const manifest: Manifest = { at: new Date().toISOString(), owners: await ownersIn(client), contents };
    await writeFile(manifestOf(dump), `${JSON.stringify(manifest, null, 2)}\n`);
    return contents;
  });
}

async function ownersIn(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select pg_get_userbyid(relowner) as name from pg_class where relnamespace = 'public'::regnamespace
    union select pg_get_userbyid(proowner) from pg_proc where pronamespace = 'public'::regnamespace
    union select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'public'`);
  return rows.map(({ name }) => name).filter((name) => !name.startsWith('pg_'));
}
