/** An answer that never ends takes neither the memory of the process nor its time, whatever vendor sends it. */

import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { maxAnswerBytes } from '../../sources/connectors/bounded-body.ts';
import { connectorAt, withSignIn } from '../harness/connectors.ts';

const signal = AbortSignal.timeout(60_000);

let vendor: Server;
let sentBytes = 0;
beforeAll(async () => {
  vendor = createServer((request, response) => {
    request.resume();
    void sendForever(response);
  });
  await once(vendor.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  vendor.close();
});

/** Sends a JSON object that does not end, until the other side closes the connection. */
async function sendForever(response: ServerResponse): Promise<void> {
  const part = ' '.repeat(256 * 1024);
  response.writeHead(200, { 'content-type': 'application/json' }).write('{');
  const parts = Readable.from(
    (function* () {
      for (;;) {
        sentBytes += part.length;
        yield part;
      }
    })(),
  ).pipe(response);
  await once(parts, 'close');
}

test.each(withSignIn)('%s stops reading it and reports an answer that is none', async (type) => {
  const connector = await connectorAt(type, `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`);
  sentBytes = 0;
  await expect(connector.listPage({ at: 'start' }, signal)).rejects.toMatchObject({ kind: 'unavailable' });
  // Some sources ask several things at once, and a few parts are always under way.
  expect(sentBytes).toBeLessThan(4 * maxAnswerBytes);
});
