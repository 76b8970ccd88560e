/**
 * The state of an installation at a release, with a job in its middle: the database as rows, Temporal's own file and the
 * staged bytes. `npm run release-state` records it, and `test/sync/upgrade.test.ts` continues the job with today's code.
 */

import { readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Database } from '../../db/access/database.ts';
import { migrations } from '../../db/migrations/index.ts';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';

/** Where the states are stored, one folder for each release. */
export const releases = join(import.meta.dirname, '..', 'releases');
/** The simulator gives the same files the same ids. */
export const fileCount = 40;
export const email = 'ana@example.com';
export const filesPerPage = 5;

export interface ReleaseState {
  readonly job: {
    readonly userId: string;
    readonly dataSourceId: string;
    readonly workflowId: string;
    readonly taskQueue: string;
  };
  readonly migrations: readonly string[];
  /** Columns and constraints, by which an edited migration is noticed. */
  readonly schema: readonly string[];
  /** Rows by table, as JSON. */
  readonly rows: Readonly<Record<string, string>>;
  readonly sequences: Readonly<Record<string, string>>;
  /** The contents of `DATA_DIR`, in base64. */
  readonly files: Readonly<Record<string, string>>;
}

/** The files of the source at every release, of which the recorded job has to make the same documents. */
export function addReleaseFiles(account: GoogleAccount): void {
  for (let i = 0; i < fileCount; i++) account.addFile({ name: `${i}.md`, content: `The text of number ${i}.` });
}

/** Reads everything of a database, as a superuser. */
export async function readDatabase(
  db: Kysely<Database>,
): Promise<Pick<ReleaseState, 'migrations' | 'schema' | 'rows' | 'sequences'>> {
  const rows: Record<string, string> = {};
  for (const table of await tablesOf(db)) {
    const read = await sql<{ all: string }>`
      select coalesce(json_agg(t), '[]')::text as all from ${sql.table(table)} t`.execute(db);
    rows[table] = read.rows[0]?.all ?? '[]';
  }
  const sequences = await sql<{ name: string; last: string | null }>`
    select sequencename as name, last_value::text as last from pg_sequences where schemaname = 'public'`.execute(db);
  const { rows: migrated } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return {
    migrations: migrated.map(({ name }) => name),
    schema: await readSchema(db),
    rows,
    sequences: Object.fromEntries(sequences.rows.flatMap(({ name, last }) => (last === null ? [] : [[name, last]]))),
  };
}

/** Runs the migrations of the release and stores its rows. @returns the schema that they made */
export async function restoreDatabase(db: Kysely<Database>, state: ReleaseState): Promise<readonly string[]> {
  const provider = { getMigrations: async () => await Promise.resolve({ ...migrations }) };
  const migrator = new Migrator({ db: db.withoutPlugins(), provider });
  const { error } = await migrator.migrateTo(state.migrations.at(-1) ?? '');
  if (error !== undefined) throw error;
  const schema = await readSchema(db);
  await db.transaction().execute(async (trx) => {
    // The rows are complete as they are: triggers would add to them, and they refer to each other.
    await sql`set local session_replication_role = replica`.execute(trx);
    for (const [table, rows] of Object.entries(state.rows))
      await sql`
        insert into ${sql.table(table)} select * from json_populate_recordset(null::${sql.table(table)}, ${rows}::json)`.execute(
        trx,
      );
    for (const [name, last] of Object.entries(state.sequences))
      await sql`select setval(${name}::regclass, ${last}::bigint)`.execute(trx);
  });
  return schema;
}

async function tablesOf(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
      and relname not like 'kysely%' order by relname`.execute(db);
  return rows.map(({ name }) => name);
}

async function readSchema(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || case when a.attnotnull then ' not null' else '' end
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname not like 'kysely%'
    union all
    select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f', 'c') and conrelid <> 0
        and conrelid::regclass::text not like 'kysely%'
    union all
    select indexdef from pg_indexes where schemaname = 'public' and tablename not like 'kysely%'
    union all
    select tablename || ' ' || policyname || ' ' || cmd || ' ' || roles::text || ' ' || coalesce(qual, '') || ' '
      || coalesce(with_check, '') from pg_policies where schemaname = 'public'
    union all
    select p.oid::regprocedure || ' ' || md5(prosrc) || ' ' || prosecdef || ' ' || coalesce(proconfig::text, '')
      from pg_proc p where pronamespace = 'public'::regnamespace and prokind = 'f'
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`.execute(db);
  return rows.map(({ line }) => line).toSorted();
}

/** Reads a folder with everything below it. */
export async function readFolder(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: Record<string, string> = {};
  for (const { name, parentPath } of entries.filter((entry) => entry.isFile())) {
    const path = join(parentPath, name);
    files[path.slice(folder.length + 1)] = (await readFile(path)).toString('base64');
  }
  return files;
}

export async function writeFolder(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), Buffer.from(content, 'base64'));
  }
}

/** @param temporal the file of Temporal's development server */
export async function saveState(name: string, state: ReleaseState, temporal: Buffer): Promise<void> {
  const folder = join(releases, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'state.json.gz'), gzipSync(JSON.stringify(state), { level: 9 }));
  await writeFile(join(folder, 'temporal.db.gz'), gzipSync(temporal, { level: 9 }));
}

/** The releases whose state is recorded, the oldest first. */
export const recordedReleases = readdirSync(releases).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));

/** Loads the state of a recorded release. */
export async function loadState(name: string): Promise<{ readonly state: ReleaseState; readonly temporal: Buffer }> {
  const read = async (file: string) => gunzipSync(await readFile(join(releases, name, file)));
  return {
    state: JSON.parse((await read('state.json.gz')).toString()) as ReleaseState,
    temporal: await read('temporal.db.gz'),
  };
}
