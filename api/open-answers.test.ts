import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../test/harness/until.ts';
import { createOpenAnswers } from './open-answers.ts';

const server = createServer();
let address: string;

beforeEach(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await once(server.close(), 'close');
});

/** A client that asks, and the answer that it waits for. */
async function ask() {
  const asked = once(server, 'request') as Promise<[unknown, ServerResponse]>;
  const client = get(address, () => undefined).on('error', () => undefined);
  const [, response] = await asked;
  return { client, response };
}

test('an answer counts until it closes', async () => {
  const answers = createOpenAnswers(1);
  const first = await ask();
  answers.open('ana', first.response);
  const second = await ask();
  expect(() => answers.open('ana', second.response)).toThrow(expect.objectContaining({ status: 429 }));
  first.client.destroy();
  await until(() => first.response.destroyed);
  expect(() => answers.open('ana', second.response)).not.toThrow();
});

test('a client that left before its answer began takes no place', async () => {
  const answers = createOpenAnswers(1);
  const gone = await ask();
  gone.client.destroy();
  await until(() => gone.response.destroyed);
  answers.open('ana', gone.response);
  const { response } = await ask();
  expect(() => answers.open('ana', response)).not.toThrow();
});
