import { Runtime } from '@temporalio/worker';
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

/** The runtime listens at once, before another program gets the port. */
async function startRuntime(): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  quietTemporal(pino({ level: 'silent' }), address);
  Runtime.instance();
  return address;
}

/** The address of the run's Temporal server, which `global-setup.ts` starts once. */
export function temporalAddress(): string {
  const address = process.env['HEADWATER_TEST_TEMPORAL'];
  if (address === undefined) throw new Error('No Temporal server: run tests with `npm test`.');
  return address;
}
