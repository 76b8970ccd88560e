/**
 * A database that is migrated once for a whole run and copied for each test file, because migrating takes seconds of
 * CPU.
 */

import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import pg from 'pg';
import { openDatabase } from '../../db/access/database.ts';
import { migrateToLatest } from '../../db/access/migrate.ts';

const root = join(import.meta.dirname, '../..');

/** @returns the file of a dump of the embedded database, which is kept for later runs with the same migrations */
export async function dumpMigratedDatabase(): Promise<string> {
  const file = join(tmpdir(), `headwater-test-database-${await fingerprint()}.tar`);
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (isThere) return file;
  const db = await PGlite.create({ extensions: { vector } });
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 1 });
  await server.start();
  const client = openDatabase(`postgres://postgres@${server.getServerConn()}/postgres`, 1);
  await migrateToLatest(client);
  await client.destroy();
  await server.stop();
  const dump = await db.dumpDataDir('none');
  await db.close();
  // Another run may read it while it is being written.
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, Buffer.from(await dump.arrayBuffer()));
  await rename(unfinished, file);
  return file;
}

export interface TemplateDatabase extends AsyncDisposable {
  readonly name: string;
}

/** Creates a template on a server, for `create database … template …`. */
export async function createTemplateDatabase(server: string): Promise<TemplateDatabase> {
  const name = `headwater_template_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  const db = openDatabase(Object.assign(new URL(server), { pathname: `/${name}` }).href, 1);
  await migrateToLatest(db);
  await db.destroy();
  return { name, [Symbol.asyncDispose]: async () => await onServer(server, `drop database ${name} with (force)`) };
}

/** Runs one statement in the database of this URL. */
export async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Changes with everything from which the dump is made. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of ['db/migrations', 'db/access'].map((name) => join(root, name))) {
    for (const name of (await readdir(folder)).toSorted()) hash.update(name).update(await readFile(join(folder, name)));
  }
  hash.update(await readFile(join(root, 'package-lock.json')));
  return hash.digest('hex').slice(0, 16);
}
