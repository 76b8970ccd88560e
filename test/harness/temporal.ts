/** Where the run's Temporal server is: started once, in `global-setup.ts`. */
export function temporalAddress(): string {
  const address = process.env['HEADWATER_TEST_TEMPORAL'];
  if (address === undefined) throw new Error('No Temporal server: run tests with `npm test`.');
  return address;
}
