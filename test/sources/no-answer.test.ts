/** Whatever vendor gives no answer, the error says in plain words why there is none. */

import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { toSyncError } from '../../domain/errors.ts';
import { vendorNames, type VendorName } from '../../domain/source.ts';
import { definitionOf, sourceDefinitions } from '../../sources/connectors/registry.ts';
import { staticToken } from '../../sources/credentials/static-token.ts';

const signal = AbortSignal.timeout(60_000);
const withSignIn = sourceDefinitions.filter(({ oauth }) => oauth !== null).map(({ type }) => type);

/** @returns an address at which nothing listens any more */
async function closedAddress(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

test.each(withSignIn)('%s', async (type) => {
  const apiBaseUrl = await closedAddress();
  const code = await definitionOf(type).load();
  const vendors = Object.fromEntries(vendorNames.map((name) => [name, { apiBaseUrl }]));
  const connector = code.createConnector(
    {},
    {
      tokens: staticToken('token'),
      throttle: async () => await Promise.resolve(),
      logger: pino({ level: 'silent' }),
      maxItemBytes: 1024,
    },
    { localFolderRoots: [tmpdir()], vendors: vendors as Record<VendorName, { readonly apiBaseUrl: string }> },
  );
  const error = toSyncError(await connector.check(signal).catch((thrown: unknown) => thrown));
  expect({ kind: error.kind, message: error.message }).toEqual({
    kind: 'unavailable',
    message: expect.stringMatching(
      /^\w+( Drive)? gave no usable answer\. Nothing listens at its address \(ECONNREFUSED\)\. /,
    ),
  });
  expect(error.operatorMessage).toMatch(/ECONNREFUSED/);
});
