import { freePort, startTemporalServer } from '../tools/local/children.ts';
import { findTemporalCli } from '../tools/local/temporal-cli.ts';
import { createTemplateDatabase, dumpMigratedDatabase } from './harness/migrated-database.ts';

/** One Temporal server for the whole run, in memory, and one migrated database; every test file has a task queue and a copy of its own. */
export default async function globalSetup(): Promise<void> {
  const cli = await findTemporalCli(process.env, (line) => console.error(line));
  const port = await freePort();
  const stack = new AsyncDisposableStack();
  Object.assign(globalThis, { headwaterTests: stack });
  stack.use(await startTemporalServer({ cli, port, ui: null }));
  process.env['HEADWATER_TEST_TEMPORAL'] = `127.0.0.1:${port}`;
  const server = process.env['DATABASE_URL'];
  if (server === undefined || server === '') process.env['HEADWATER_TEST_DUMP'] = await dumpMigratedDatabase();
  else process.env['HEADWATER_TEST_TEMPLATE'] = stack.use(await createTemplateDatabase(server)).name;
}
