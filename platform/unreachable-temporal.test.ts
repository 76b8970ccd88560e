import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort } from '../tools/local/ports.ts';
import { refusedNamespace, unreachableTemporal } from './unreachable-temporal.ts';

const late = new Error('Failed to connect before the deadline');

test('where nothing listens, the address, its variable and what to do are named', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const { message } = await unreachableTemporal(address, late);
  expect(message).toMatch(
    /^Temporal at 127\.0\.0\.1:\d+ \(TEMPORAL_ADDRESS, .*Nothing listens at its address.*is running/,
  );
});

test('something else at the address is told from nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const { message } = await unreachableTemporal(`127.0.0.1:${port}`, late);
    expect(message).toMatch(/accepts connections but did not answer as Temporal does.*TEMPORAL_TLS.*TEMPORAL_API_KEY/);
  } finally {
    server.close();
  }
});

const grpc = (code: number) =>
  Object.assign(new Error('refused'), { code, details: 'Namespace acme is not found.', metadata: {} });

test('a namespace that is missing or may not be used is named, with its variable', () => {
  expect(refusedNamespace('acme', grpc(5))?.message).toMatch(
    /^The Temporal namespace "acme" does not exist\. Check TEMPORAL_NAMESPACE, or create it: .*--namespace acme/,
  );
  expect(refusedNamespace('acme', grpc(16))?.message).toMatch(/TEMPORAL_API_KEY/);
  expect(refusedNamespace('acme', grpc(14))).toBeNull();
});
