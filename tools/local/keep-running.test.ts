import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openDatabase } from '../../db/access/database.ts';
import { until } from '../../test/harness/until.ts';
import { type Child, startEmbeddedDatabase } from './children.ts';
import { keepRunning } from './keep-running.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-keep-'));
});
afterAll(async () => await rm(folder, { recursive: true }));

test('a killed database is started again where it was, with what it had stored, and the terminal says so', async () => {
  const lines: string[] = [];
  const database = await startEmbeddedDatabase(0, { folder: join(folder, 'database') });
  const again = () => startEmbeddedDatabase(Number(new URL(database.url).port), { folder: join(folder, 'database') });
  await using _kept = keepRunning('The embedded database', database, again, (line) => lines.push(line));
  await using db = openDatabase(database.url, 1);
  await sql`create table buoys (name text)`.execute(db);
  await sql`insert into buoys values ('Fairway')`.execute(db);

  process.kill(database.pid, 'SIGKILL');
  await once(database.process, 'exit');

  const stored = async () => (await sql`select name from buoys`.execute(db).catch(() => null))?.rows;
  await until(async () => (await stored()) !== undefined);
  expect(await stored()).toEqual([{ name: 'Fairway' }]);
  expect(lines.join('')).toMatch(/The embedded database has ended \(SIGKILL\).*runs again/s);
}, 60_000);

test('Ctrl-C reaches a child through its parent only, which still needs it while it stops', async () => {
  await using database = await startEmbeddedDatabase(0);
  const group = spawnSync('ps', ['-o', 'pgid=', '-p', String(database.pid)], { encoding: 'utf8' }).stdout.trim();
  expect(group).toBe(String(database.pid));
}, 60_000);

test('a program that ends again and again is given up with a reason', async () => {
  const script = join(folder, 'ends.mjs');
  await writeFile(script, 'process.exit(7);');
  const start = async (): Promise<Child> => {
    const child = fork(script, { execArgv: [], stdio: 'ignore' });
    return await Promise.resolve({ process: child, pid: child.pid ?? 0, [Symbol.asyncDispose]: async () => {} });
  };
  await using kept = keepRunning('Temporal', await start(), start, () => {});
  await expect(kept.lost).rejects.toThrow('Temporal ends again and again (exit 7).');
}, 30_000);
