/**
 * `headwater doctor`: checks what an installation needs, from the environment of this process and not through the API,
 * because it is needed most when the API does not start. Run it where the API or a worker runs, with its environment. It
 * ends with 1 if something failed.
 */

import { parseArgs, styleText } from 'node:util';
import { openDatabase } from '../../db/access/database.ts';
import { type Config, readConfig } from '../../platform/config.ts';
import { runProgram } from '../../platform/main.ts';
import { connectTemporal, type TemporalClient } from '../../platform/temporal-connection.ts';
import {
  apiCheck,
  databaseCheck,
  embedderCheck,
  filesCheck,
  keysCheck,
  migrationsCheck,
  rerankerCheck,
  rightsCheck,
  signInCheck,
  stagingCheck,
  temporalCheck,
  vectorStoreCheck,
  vendorChecks,
  workerCheck,
} from './checks.ts';
import { type Check, type Finding, runCheck } from './finding.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, url: { type: 'string' } } });
const isJsonWanted = values.json;

async function main(): Promise<void> {
  const config = readConfig();
  await using cleanup = new AsyncDisposableStack();
  const findings: Finding[] = [];
  for (const check of checksOf(config, cleanup)) {
    const found = await runCheck(check);
    findings.push(...found);
    if (!isJsonWanted) found.forEach(print);
  }
  if (isJsonWanted) console.log(JSON.stringify({ findings }, null, 2));
  const failures = findings.filter(({ state }) => state === 'failed').length;
  if (!isJsonWanted) console.log(failures === 0 ? '\nNothing is wrong.' : `\n${failures} to mend.`);
  if (failures > 0) process.exitCode = 1;
}

function checksOf(config: Config, cleanup: AsyncDisposableStack): Check[] {
  const { databaseUrl, temporal: server } = config;
  const temporal = connectOnce(config, cleanup);
  const configured = (check: Check | null): Check[] => (check === null ? [] : [check]);
  const others = [apiCheck(config, values.url), ...configured(signInCheck(config)), embedderCheck(config)];
  others.push(...configured(rerankerCheck(config)));
  const rest = [...vendorChecks(config), filesCheck(config), ...configured(stagingCheck(config)), keysCheck(config)];
  const temporalChecks = [temporalCheck(config, temporal), workerCheck(temporal)];
  // Without a database of its own this is `npm start`: one process has the database, the worker and, unless another one
  // is named, Temporal.
  if (databaseUrl === undefined)
    return [
      ...(server.address === undefined ? [] : temporalChecks),
      ...others,
      vectorStoreCheck(config, null),
      ...rest,
    ];
  const db = cleanup.use(openDatabase(databaseUrl, 1));
  return [
    databaseCheck(config, db),
    migrationsCheck(db),
    rightsCheck(db),
    ...temporalChecks,
    ...others,
    vectorStoreCheck(config, db),
    ...rest,
  ];
}

/** One connection for all checks, made when the first one needs it. */
function connectOnce(config: Config, cleanup: AsyncDisposableStack): () => Promise<TemporalClient> {
  let connected: Promise<TemporalClient> | null = null;
  return async () => {
    connected ??= connectTemporal(config).then((client) => cleanup.use(client));
    return await connected;
  };
}

const marks = {
  ok: ['green', 'ok'],
  warning: ['yellow', 'warning'],
  failed: ['red', 'FAILED'],
  skipped: ['dim', '-'],
} as const;

function print({ check, state, detail, action }: Finding): void {
  const [color, mark] = marks[state];
  console.log(`${styleText(color, mark.padEnd(8))} ${check.padEnd(13)} ${detail}`);
  if (action !== null) console.log(`${' '.repeat(23)}→ ${action}`);
}

// If the reader of the output stops reading (`| head`), that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
await runProgram(main);
// A check that was given up may still hold a connection.
process.exit();
