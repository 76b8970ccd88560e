/** The address of the run's Temporal server, which `global-setup.ts` starts once. */
export function temporalAddress(): string {
  const address = process.env['HEADWATER_TEST_TEMPORAL'];
  if (address === undefined) throw new Error('No Temporal server: run tests with `npm test`.');
  return address;
}
