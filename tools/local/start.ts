/** `npm start`: runs everything on this machine, without any setup. */

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { type Config, ConfigError, readConfig } from '../../platform/config.ts';
import { loadKeyring } from '../../sources/credentials/keyring.ts';
import { createPayloadCodec } from '../../sources/credentials/payload-codec.ts';
import { openDatabase } from '../../db/access/database.ts';
import { MigrationError, migrateToLatest } from '../../db/access/migrate.ts';
import { loggerOptions } from '../../platform/logging.ts';
import { startApi } from '../../server.ts';
import { connectTemporal } from '../../platform/temporal-connection.ts';
import { startWorker } from '../../worker.ts';
import { quietTemporal } from '../../platform/temporal-logging.ts';
import { startTracing } from '../../platform/tracing.ts';
import { buildPage, isPageBuilt } from './page.ts';
import { makeDataFolder, readPort, refuseBusyPort, refuseEqualPorts, StartError, takeDataFolder } from './preflight.ts';
import { startServices } from './services.ts';
import { startSimulatorsFor } from './simulators.ts';
import { showWelcome } from './welcome.ts';

const help = `npm start -- [options]

  --port N          the API and web page (default: PORT or 3000)
  --temporal-port N Temporal (default 7233; TEMPORAL_ADDRESS uses a running one)
  --ui-port N       Temporal's Web UI (default 8233)
  --data-dir DIR    where everything is stored (default: DATA_DIR or .headwater here)
  --simulators      also run simulated vendors, so that sources can be connected without an account
  --no-sample       do not create and sync the sample folder on the first start
  --help            show this text

Ctrl-C stops everything. The next start continues where this one stopped, including running jobs.`;

const sampleFolder = join(import.meta.dirname, 'sample-folder');

async function main(): Promise<void> {
  const options = readOptions();
  const config = readConfig({
    ...process.env,
    ...(options.port === undefined ? {} : { PORT: String(readPort(options.port, '--port')) }),
    ...(options['data-dir'] === undefined ? {} : { DATA_DIR: options['data-dir'] }),
  });
  const ports = readPorts(options, config);
  await makeDataFolder(config.dataDir);
  await using stack = new AsyncDisposableStack();
  stack.use(await takeDataFolder(config.dataDir));
  await refuseBusyPort(config.port, 'the API', '--port');
  const stop = stopSignal();
  const stopped = once(stop, 'abort');

  const services = stack.use(await startServices(config, ports, say));
  const simulators = options.simulators ? stack.use(await startSimulatorsFor(config)) : null;
  const local = {
    ...config,
    ...services.settings,
    localFolderRoots: [...config.localFolderRoots, sampleFolder],
    ...(simulators === null
      ? {}
      : { vendors: simulators.vendors, composio: simulators.composio, vectors: simulators.vectors }),
  };

  const logger = pino(
    { level: process.env['LOG_LEVEL'] ?? 'warn', ...loggerOptions },
    pino.destination({ dest: join(config.dataDir, 'headwater.log'), sync: false }),
  );
  quietTemporal(logger, config.metricsAddress);
  const db = stack.use(openDatabase(services.databaseUrl, services.poolSize));
  say('Updating the database …');
  await migrateToLatest(db);
  const tracing = stack.use(await startTracing('headwater', config.tracing));
  const keyring = await loadKeyring(config, config.dataDir);
  const codec = createPayloadCodec(keyring, config.temporal.encryptsPayloads);
  const temporal = stack.use(await connectTemporal(local, { tracing, codec }));
  const parts = { config: local, db, temporal, keyring, logger, tracing };
  if (!(await isPageBuilt())) {
    say('Building the web page, once and after its sources have changed, in a few seconds …');
    await buildPage();
  }
  say('Starting worker and API …');
  stack.use(await startWorker(parts));
  stack.use(await startApi(parts));

  const firstStart = !existsSync(join(config.dataDir, 'started'));
  await showWelcome({
    config: local,
    firstStart: firstStart && !options['no-sample'],
    sampleFolder,
    simulators,
    say,
    stop,
  });
  await Promise.race([stopped, services.lost]);
  say('\nStopping: running activities are finished or returned …');
}

/** The ports of the local Temporal server, which must not be the API's. */
function readPorts(options: ReturnType<typeof readOptions>, config: Config) {
  const temporal = readPort(options['temporal-port'], '--temporal-port');
  const ui = readPort(options['ui-port'], '--ui-port');
  if (config.temporal.address === undefined)
    refuseEqualPorts({ '--port': config.port, '--temporal-port': temporal, '--ui-port': ui });
  return { temporal, ui };
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string' },
        'temporal-port': { type: 'string', default: '7233' },
        'ui-port': { type: 'string', default: '8233' },
        'data-dir': { type: 'string' },
        simulators: { type: 'boolean', default: false },
        'no-sample': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(help);
      process.exit(0);
    }
    return values;
  } catch (error) {
    console.error(`${Error.isError(error) ? error.message : String(error)}\n\n${help}`);
    process.exit(2);
  }
}

/** The first Ctrl-C stops gracefully, the second one at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  return stop.signal;
}

function say(line: string): void {
  console.log(line);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const known = error instanceof StartError || error instanceof ConfigError || error instanceof MigrationError;
  console.error(`\nheadwater: ${known || Error.isError(error) ? (error as Error).message : String(error)}`);
  if (!known && process.env['DEBUG'] !== undefined) console.error(error);
  process.exit(1);
}
