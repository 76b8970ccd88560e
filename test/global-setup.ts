import { freePort, startTemporalServer } from '../tools/local/children.ts';
import { findTemporalCli } from '../tools/local/temporal-cli.ts';

/** One Temporal server for the whole run, in memory; every test file uses a task queue of its own. */
export default async function globalSetup(): Promise<void> {
  const cli = await findTemporalCli(process.env, (line) => console.error(line));
  const port = await freePort();
  const server = await startTemporalServer({ cli, port, ui: null });
  process.env['HEADWATER_TEST_TEMPORAL'] = `127.0.0.1:${port}`;
  Object.assign(globalThis, { headwaterTemporal: server });
}
