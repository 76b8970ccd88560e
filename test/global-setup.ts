import { freePort, startTemporalServer } from '../tools/local/children.ts';
import { findTemporalCli } from '../tools/local/temporal-cli.ts';
import { createTemplateDatabase, dumpMigratedDatabase } from './harness/migrated-database.ts';

/** One Temporal server for the whole run, in memory, and one migrated database; every test file has a task queue and a copy of its own. */
export default async function globalSetup(): Promise<void> {
  const cli = await findTemporalCli(process.env, (line) => console.error(line));
  const stack = new AsyncDisposableStack();
  Object.assign(globalThis, { headwaterTests: stack });
  const { server: temporal, port } = await startOnFreePort(cli);
  stack.use(temporal);
  process.env['HEADWATER_TEST_TEMPORAL'] = `127.0.0.1:${port}`;
  const server = process.env['DATABASE_URL'];
  if (server === undefined || server === '') process.env['HEADWATER_TEST_DUMP'] = await dumpMigratedDatabase();
  else process.env['HEADWATER_TEST_TEMPLATE'] = stack.use(await createTemplateDatabase(server)).name;
}

/** Another program may take a free port before the server does, so that the start is tried on a few of them. */
async function startOnFreePort(cli: string, triesLeft = 3): Promise<{ server: AsyncDisposable; port: number }> {
  const port = await freePort();
  try {
    return { server: await startTemporalServer({ cli, port, ui: null }), port };
  } catch (error) {
    if (triesLeft === 1) throw error;
    return await startOnFreePort(cli, triesLeft - 1);
  }
}
