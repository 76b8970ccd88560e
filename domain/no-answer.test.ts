import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { systemCodeOf, whyNoAnswer } from './no-answer.ts';

const coded = (code: string): Error => Object.assign(new Error('secret words'), { code });

test.each([
  ['ECONNREFUSED', /^Nothing listens/],
  ['ENOTFOUND', /host name is unknown/],
  ['EAI_AGAIN', /DNS server/],
  ['ECONNRESET', /connection was closed/],
  ['UND_ERR_CONNECT_TIMEOUT', /in time/],
  ['ENETUNREACH', /network/],
  ['CERT_HAS_EXPIRED', /certificate has expired/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /NODE_EXTRA_CA_CERTS/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /another host name/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', /http or https/],
  ['UND_ERR_ABORTED', /proxy/],
  ['ENOSPC', /disk is full/],
  ['EMFILE', /ulimit -n/],
])('%s is said in words', (code, words) => {
  const wrapped = new TypeError('fetch failed', { cause: new Error('cancelled', { cause: coded(code) }) });
  for (const error of [coded(code), wrapped, new AggregateError([coded(code)])]) {
    expect(whyNoAnswer(error)).toMatch(words);
    expect(whyNoAnswer(error)).toMatch(new RegExp(`^[A-Z].*\\(${code}\\)\\.$`));
    expect(whyNoAnswer(error)).not.toContain('secret');
  }
});

test.each([[coded('42P01')], [new TypeError('x')], ['text'], [null], [coded('')]])('nothing is said of %p', (error) => {
  expect(whyNoAnswer(error)).toBeNull();
  expect(systemCodeOf(error)).toBeNull();
});

test('a port at which nobody listens any more', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  const error: unknown = await fetch(`http://127.0.0.1:${port}`).catch((thrown: unknown) => thrown);
  expect(whyNoAnswer(error)).toBe('Nothing listens at its address (ECONNREFUSED).');
});
