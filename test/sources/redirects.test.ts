/** What answers at a vendor's address may send us elsewhere: neither token nor secret goes along. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { discoverOnce } from '../../api/oidc-provider.ts';
import { keySetOf } from '../../api/verify-token.ts';
import { createApiClient } from '../../cli/api-client.ts';
import { createS3Files } from '../../content/staging/s3.ts';
import { type ItemRef, vendorNames, type VendorName } from '../../domain/source.ts';
import { createSubscriptionClient, definitionOf } from '../../sources/connectors/registry.ts';
import { createOAuthClient } from '../../sources/credentials/oauth-client.ts';
import { staticToken } from '../../sources/credentials/static-token.ts';
import { withSignIn } from '../harness/connectors.ts';

const token = 'the-secret-token';
const secret = 'the-secret-of-a-subscription';
const signal = AbortSignal.timeout(60_000);
const statuses = [302, 307, 308];

let elsewhere: Server;
let vendor: Server;
let status = 307;
/** Everything that arrived at the other address. */
let arrived: string[] = [];

beforeAll(async () => {
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    arrived.push(JSON.stringify([request.url, request.headers, await readAll(request)]));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };
  elsewhere = createServer((request, response) => void receive(request, response));
  vendor = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { location: `${urlOf(elsewhere)}${request.url ?? ''}` }).end();
  });
  for (const server of [elsewhere, vendor]) await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  for (const server of [elsewhere, vendor]) server.close();
});
beforeEach(() => {
  arrived = [];
});

/** Another host as far as browsers and fetch see it: another port. */
function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

const context = {
  tokens: staticToken(token),
  throttle: async () => await Promise.resolve(),
  logger: pino({ level: 'silent' }),
  maxItemBytes: 1024,
};
const settings = () => ({
  localFolderRoots: [tmpdir()],
  gmailTopic: 'projects/p/topics/t',
  vendors: Object.fromEntries(vendorNames.map((name) => [name, { apiBaseUrl: urlOf(vendor) }])) as Record<
    VendorName,
    { apiBaseUrl: string }
  >,
});

function expectNothingSecret(): void {
  for (const known of [token, secret, 'the-client-secret'])
    expect(arrived.filter((request) => request.includes(known))).toEqual([]);
}

describe.each(statuses)('a redirect (%i)', (answered) => {
  beforeEach(() => {
    status = answered;
  });

  test.each(withSignIn)('of a call of %s', async (type) => {
    const code = await definitionOf(type).load();
    const connector = code.createConnector({}, context, settings());
    await connector.check(signal).catch(() => undefined);
    await connector.listPage({ at: 'start' }, signal).catch(() => undefined);
    expectNothingSecret();
  });

  test.each(withSignIn)('of what makes a subscription of %s', async (type) => {
    const client = createSubscriptionClient(type, context, settings());
    const request = { address: 'https://headwater.example.com/api/change-notifications/x', secret, renewing: null };
    await client?.subscribe(request, signal).catch(() => undefined);
    expectNothingSecret();
  });

  test.each(withSignIn)('of the sign-in of %s', async (type) => {
    const { oauth } = definitionOf(type);
    if (oauth === null) throw new Error('has none');
    const at = (path: string): string => `${urlOf(vendor)}/${path}`;
    const client = createOAuthClient(oauth, {
      clientId: 'id',
      clientSecret: 'the-client-secret',
      apiBaseUrl: undefined,
      authUrl: at('auth'),
      tokenUrl: at('token'),
      revokeUrl: at('revoke'),
    });
    await client.refresh(token).catch(() => undefined);
    await client.revoke({ accessToken: token, refreshToken: token, expiresAt: null }).catch(() => undefined);
    expectNothingSecret();
  });

  test('of the API, asked by the command line', async () => {
    const api = createApiClient({ url: urlOf(vendor), token, adminToken: 'the-client-secret' });
    await expect(api.listSources()).rejects.toThrow(/redirects to http:\/\/127/);
    expect(arrived).toEqual([]);
  });

  test.each(withSignIn)('of a download from %s', async (type) => {
    const code = await definitionOf(type).load();
    const connector = code.createConnector({}, context, settings());
    const ref: ItemRef = {
      externalId: 'a',
      itemType: 'file',
      name: 'a.txt',
      parentExternalId: null,
      mimeType: 'text/plain',
      size: 1,
      modifiedAt: null,
      fingerprint: { kind: 'md5', value: 'h' },
      webUrl: null,
    };
    await connector.fetch(ref, signal).catch(() => undefined);
    expectNothingSecret();
  });

  test('of the object store', async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token });
    const store = createS3Files({ bucket: 'b', prefix: 'p/', endpoint: urlOf(vendor), region: undefined });
    await expect(store.write('key', Buffer.from('the-text'))).rejects.toMatchObject({ code: 'staging_unavailable' });
    await expect(store.read('key')).rejects.toMatchObject({ code: 'staging_unavailable' });
    await expect(store.list('folder')).rejects.toMatchObject({ code: 'staging_unavailable' });
    expect(arrived).toEqual([]);
  });

  test('of the OpenID provider and of keys that sign tokens', async () => {
    const oidc = { issuer: urlOf(vendor), clientId: 'id', clientSecret: 'the-client-secret', scopes: 'openid' };
    await expect(discoverOnce(oidc)()).rejects.toMatchObject({ status: 503 });
    const keys = keySetOf(`${urlOf(vendor)}/keys-${answered}`, 'JWKS_URL');
    await expect(keys({ alg: 'ES256', kid: 'a' }, { payload: '', signature: '' })).rejects.toMatchObject({
      status: 503,
    });
    expect(arrived).toEqual([]);
  });
});
