/**
 * A refusal that is not in the vendor's own form comes from a proxy or a firewall. It proves nothing about the account, so
 * it is retried: it stops no job, loses no position and removes nothing.
 */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { toSyncError } from '../../domain/errors.ts';
import { connectorAt, withSignIn } from '../harness/connectors.ts';

const signal = AbortSignal.timeout(60_000);
/** What proxies, firewalls and load balancers answer on their own account. */
const statuses = [400, 402, 404, 405, 406, 408, 411, 413, 414, 415, 418, 421, 425, 426, 431, 451, 499, 501, 502, 505];
const bodies = ['<html><body>Request rejected</body></html>', '{}', ''];

let vendor: Server;
let status = 400;
let body = '';
beforeAll(async () => {
  vendor = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': body === '{}' ? 'application/json' : 'text/html' }).end(body);
  });
  await once(vendor.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  vendor.close();
});

test.each(withSignIn)('of %s', async (type) => {
  const connector = await connectorAt(type, `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`);
  const believed: string[] = [];
  for (status of statuses)
    for (body of bodies)
      for (const call of [() => connector.check(signal), () => connector.listPage({ at: 'start' }, signal)]) {
        const { kind } = toSyncError(await call().catch((thrown: unknown) => thrown));
        if (kind !== 'unavailable') believed.push(`${status} ${body.slice(0, 6)}: ${kind}`);
      }
  expect(believed).toEqual([]);
});
