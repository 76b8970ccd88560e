import { Client, Connection } from '@temporalio/client';

/** Where the run's Temporal server is: started once, in `global-setup.ts`. */
export function temporalAddress(): string {
  const address = process.env['HEADWATER_TEST_TEMPORAL'];
  if (address === undefined) throw new Error('No Temporal server: run tests with `npm test`.');
  return address;
}

/** A client of a test's own. */
export async function temporalClient(): Promise<Client & AsyncDisposable> {
  const connection = await Connection.connect({ address: temporalAddress() });
  return Object.assign(new Client({ connection }), { [Symbol.asyncDispose]: async () => await connection.close() });
}
