import { NativeConnection } from '@temporalio/worker';
import { pino } from 'pino';
import { quietTemporal } from '../../platform/temporal-logging.ts';
import { freePort } from '../../tools/local/ports.ts';

let metrics: Promise<string> | undefined;

/**
 * Keeps Temporal's log lines out of the tests' output. A process has one runtime of Temporal, for all its test files.
 * @returns where Prometheus would find the metrics of this process's workers
 */
export async function prepareTemporal(): Promise<string> {
  metrics ??= startRuntime();
  return await metrics;
}

/**
 * The SDK ends a runtime with its last connection and begins the next one at the same port, which another program may have
 * taken meanwhile. So one connection stays open as long as the process.
 */
async function startRuntime(): Promise<string> {
  const address = await installRuntime();
  if (isServerStarted()) await NativeConnection.connect({ address: temporalAddress() });
  return address;
}

/** @param attempts because another program may take the port before the runtime listens */
async function installRuntime(attempts = 5): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  try {
    quietTemporal(pino({ level: 'silent' }), address);
    return address;
  } catch (error) {
    if (attempts === 1) throw error;
    return await installRuntime(attempts - 1);
  }
}

/** Not in the process that starts it: that one has a connection for the whole run. */
function isServerStarted(): boolean {
  return process.env['HEADWATER_TEST_TEMPORAL'] !== undefined;
}

/** The address of the run's Temporal server, which `global-setup.ts` starts once. */
export function temporalAddress(): string {
  const address = process.env['HEADWATER_TEST_TEMPORAL'];
  if (address === undefined) throw new Error('No Temporal server: run tests with `npm test`.');
  return address;
}
