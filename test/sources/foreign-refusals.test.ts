/**
 * A refusal that is not in the vendor's own form comes from a proxy or a firewall. It proves nothing about the account, so
 * it is retried: it stops no job, loses no position and removes nothing.
 */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { toSyncError } from '../../domain/errors.ts';
import { vendorNames, type VendorName } from '../../domain/source.ts';
import { definitionOf, sourceDefinitions } from '../../sources/connectors/registry.ts';
import { staticToken } from '../../sources/credentials/static-token.ts';

const signal = AbortSignal.timeout(60_000);
const withSignIn = sourceDefinitions.filter(({ oauth }) => oauth !== null).map(({ type }) => type);
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
  const apiBaseUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
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
  const believed: string[] = [];
  for (status of statuses)
    for (body of bodies)
      for (const call of [() => connector.check(signal), () => connector.listPage({ at: 'start' }, signal)]) {
        const { kind } = toSyncError(await call().catch((thrown: unknown) => thrown));
        if (kind !== 'unavailable') believed.push(`${status} ${body.slice(0, 6)}: ${kind}`);
      }
  expect(believed).toEqual([]);
});
