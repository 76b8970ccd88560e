import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../platform/config.ts';
import { startEmbeddedDatabase, startTemporalServer } from './children.ts';
import { freePort } from './ports.ts';
import { refuseBusyPort, StartError } from './preflight.ts';
import { hiddenHost, openUiDoor } from './ui-door.ts';
import { keepRunning } from './keep-running.ts';
import { findTemporalCli } from './temporal-cli.ts';

export interface Services extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly poolSize: number;
  /** The settings that are known once the services run. */
  readonly settings: Pick<Config, 'temporal'>;
  /** Rejects if one of them ends and cannot be started again. */
  readonly lost: Promise<never>;
}

/** The major version of the embedded database's files. */
const embeddedPostgres = '18';

/** Starts Temporal and the database, each only if the environment names none. */
export async function startServices(
  config: Config,
  ports: { readonly temporal: number; readonly ui: number },
  say: (line: string) => void,
): Promise<Services> {
  const stack = new AsyncDisposableStack();
  try {
    const { temporal, lost } = await temporalSettings(config, ports, say, stack);
    if (config.databaseUrl !== undefined) {
      return {
        databaseUrl: config.databaseUrl,
        poolSize: config.databasePoolSize,
        settings: { temporal },
        lost,
        [Symbol.asyncDispose]: () => stack.disposeAsync(),
      };
    }
    say('Starting the embedded database …');
    const folder = join(config.dataDir, 'database');
    await refuseOtherVersion(folder);
    const database = await startEmbeddedDatabase(0, { folder });
    const port = Number(new URL(database.url).port);
    const kept = keepRunning('The embedded database', database, () => startEmbeddedDatabase(port, { folder }), say);
    stack.use(kept);
    return {
      databaseUrl: database.url,
      poolSize: 1,
      settings: { temporal },
      lost: Promise.race([lost, kept.lost]),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function temporalSettings(
  config: Config,
  ports: { readonly temporal: number; readonly ui: number },
  say: (line: string) => void,
  stack: AsyncDisposableStack,
): Promise<Pick<Config, 'temporal'> & { readonly lost: Promise<never> }> {
  // Nobody's program here, so it is not lost here.
  if (config.temporal.address !== undefined) return { temporal: config.temporal, lost: new Promise(() => {}) };
  await refuseBusyPort(ports.temporal, 'Temporal', '--temporal-port');
  await refuseBusyPort(ports.ui, 'Temporal’s Web UI', '--ui-port');
  const cli = await findTemporalCli(process.env, say);
  say('Starting Temporal …');
  const ui = { host: await hiddenHost(), port: await freePort() };
  const start = () =>
    startTemporalServer({ cli, port: ports.temporal, ui, databaseFile: join(config.dataDir, 'temporal.db') });
  const kept = stack.use(keepRunning('Temporal', await start(), start, say));
  stack.use(await openUiDoor(ports.ui, ui));
  const temporal = {
    ...config.temporal,
    address: `127.0.0.1:${ports.temporal}`,
    uiUrl: config.temporal.uiUrl ?? `http://127.0.0.1:${ports.ui}`,
  };
  return { temporal, lost: kept.lost };
}

async function refuseOtherVersion(folder: string): Promise<void> {
  const version = (await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => embeddedPostgres)).trim();
  if (version === embeddedPostgres) return;
  throw new StartError(
    `${folder} was written by PostgreSQL ${version}, but this Headwater contains ${embeddedPostgres}. Move the folder away and sync again, or start the Headwater version that wrote it.`,
  );
}
