/** Whatever vendor gives no answer, the error says in plain words why there is none. */

import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { toSyncError } from '../../domain/errors.ts';
import { connectorAt, withSignIn } from '../harness/connectors.ts';

const signal = AbortSignal.timeout(60_000);

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
  const connector = await connectorAt(type, await closedAddress());
  const error = toSyncError(await connector.check(signal).catch((thrown: unknown) => thrown));
  expect({ kind: error.kind, message: error.message }).toEqual({
    kind: 'unavailable',
    message: expect.stringMatching(
      /^\w+( Drive)? gave no usable answer\. Nothing listens at its address \(ECONNREFUSED\)\. /,
    ),
  });
  expect(error.operatorMessage).toMatch(/ECONNREFUSED/);
});
