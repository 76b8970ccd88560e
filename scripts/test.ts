/**
 * `npm test`: the whole suite, once, on a real PostgreSQL with pgvector, which starts in a fraction of the time that the
 * embedded database needs. Tests of the database itself run on both, those of the command line on the embedded one.
 * Both run at the same time, because tests mostly wait for other processes.
 * `npm test -- ARGS` passes ARGS to jest and runs once, on `DATABASE_URL` or the embedded database.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installBrowser } from '../test/harness/browser.ts';
import { type RealPostgres, startRealPostgres } from '../test/harness/real-postgres.ts';
import { buildPage, isPageBuilt } from '../tools/local/page.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dirname, '..');
/** Folders under `test/` whose tests could differ between PGlite and PostgreSQL: query plans, collation, locks. */
const onBothDatabases = ['data', 'search', 'vectors'];
/** The whole application, from the command line, on the database that `npm start` brings along. */
const onEmbeddedOnly = ['cli'];
const args = process.argv.slice(2);

if (args.length > 0) process.exit(await jest(args, process.env));

// Several test files need these, and would set them up at the same time.
installBrowser();
if (!(await isPageBuilt())) {
  console.log('\nBuilding the web page …');
  await buildPage();
}
const [real, embedded] = await Promise.all([
  onRealPostgres(),
  count({ DATABASE_URL: '' }, ['--maxWorkers=1', ...[...onEmbeddedOnly, ...onBothDatabases].map(folderOf)]),
]);
console.log(`\nembedded database: ${describe(embedded)}`);
console.log(`real PostgreSQL: ${describe(real)}`);
const failed = embedded.failed + real.failed;
console.log(`${embedded.passed + real.passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function onRealPostgres(): Promise<Counts> {
  const named = process.env['DATABASE_URL'];
  let postgres: RealPostgres | null = null;
  try {
    if (named === undefined || named === '') {
      console.log('\nStarting a real PostgreSQL with pgvector (fetched once, 25 MB) …');
      postgres = await startRealPostgres();
    }
    return await count(
      { DATABASE_URL: named || postgres?.url },
      onEmbeddedOnly.map((room) => `--testPathIgnorePatterns=${folderOf(room)}`),
    );
  } catch (error) {
    console.error(Error.isError(error) ? error.message : error);
    return { passed: 0, failed: 1 };
  } finally {
    await postgres?.[Symbol.asyncDispose]();
  }
}

function folderOf(room: string): string {
  return `${join(root, 'test', room)}/`;
}

/** Runs the suite once. A file that fails to load counts as one failure. */
async function count(env: Readonly<Record<string, string | undefined>>, jestArgs: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-jest-'));
  try {
    const report = join(folder, 'report.json');
    await jest([...jestArgs, '--json', `--outputFile=${report}`], { ...process.env, ...env });
    const result = JSON.parse(readFileSync(report, 'utf8')) as {
      readonly numPassedTests: number;
      readonly numFailedTests: number;
      readonly numRuntimeErrorTestSuites: number;
    };
    return { passed: result.numPassedTests, failed: result.numFailedTests + result.numRuntimeErrorTestSuites };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the exit status */
async function jest(jestArgs: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const program = join(root, 'node_modules/jest/bin/jest.js');
  // The report goes to a file because jest's `--json` would also print it.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...jestArgs], {
    cwd: root,
    stdio: ['inherit', jestArgs.includes('--json') ? 'ignore' : 'inherit', 'inherit'],
    env,
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  return status ?? 1;
}

function describe(counts: Counts): string {
  return `${counts.passed} passed, ${counts.failed} failed`;
}
