/** The codec server of Temporal's tools: who may use it, from which web page, and what it refuses. */

import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { buildApp } from '../../api/app.ts';
import type { ApiDependencies } from '../../api/dependencies.ts';
import { readConfig } from '../../platform/config.ts';
import { createKeyring } from '../../sources/credentials/keyring.ts';
import { createPayloadCodec } from '../../sources/credentials/payload-codec.ts';
import { signToken } from '../harness/user-token.ts';

const uiOrigin = 'https://temporal.example.com';
const jwtSecret = 'x'.repeat(32);
const asOperator = { authorization: 'Bearer the-token-of-operators' };
const keyring = createKeyring('ab'.repeat(32));
const plain = { metadata: { encoding: base64('json/plain') }, data: base64('{"dataSourceId":"one"}') };
let app: FastifyInstance;
let local: FastifyInstance;
let sealed: object;

beforeAll(async () => {
  app = await appOf({
    JWT_SECRET: jwtSecret,
    ADMIN_TOKEN: 'the-token-of-operators',
    TEMPORAL_UI_URL: `${uiOrigin}/namespaces`,
    TEMPORAL_CODEC_USERS: 'olga, oskar',
    TEMPORAL_ENCRYPT_PAYLOADS: 'true',
  });
  local = await appOf({ TEMPORAL_UI_URL: uiOrigin });
  const codec = createPayloadCodec(keyring, true);
  [sealed = {}] = (
    await codec.encode([{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(plain.data, 'base64') }])
  ).map(({ metadata, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)])),
    data: base64(data ?? ''),
  }));
}, 60_000);
afterAll(async () => await Promise.all([app.close(), local.close()]));

describe('payloads are decrypted for', () => {
  test('the command line, which sends the ADMIN_TOKEN', async () => {
    const decoded = await post('decode', { payloads: [sealed, plain] }, asOperator);
    expect(decoded.statusCode).toBe(200);
    expect(decoded.json()).toEqual({ payloads: [plain, plain] });
    expect(decoded.headers['cache-control']).toBe('no-store');

    const encoded = await post('encode', { payloads: [plain] }, asOperator);
    expect(await post('decode', encoded.json(), asOperator).then((answer) => answer.json())).toEqual({
      payloads: [plain],
    });
    expect(encoded.json().payloads[0].metadata.encoding).toBe(base64('binary/encrypted'));
  });

  test('a payload without anything, which Temporal’s tools leave out', async () => {
    for (const [body, expected] of [
      [{}, []],
      [{ payloads: [{}] }, [{ metadata: {}, data: '' }]],
    ] as const)
      expect((await post('decode', body, asOperator)).json()).toEqual({ payloads: expected });
  });

  test('the Web UI with "Pass the user access token", for a user whom TEMPORAL_CODEC_USERS names', async () => {
    for (const user of ['olga', 'oskar']) {
      const answer = await post('decode', { payloads: [sealed] }, await webUiOf(user));
      expect([answer.statusCode, answer.json()]).toEqual([200, { payloads: [plain] }]);
      expect(answer.headers['access-control-allow-origin']).toBe(uiOrigin);
    }
  });

  test('the local user of an installation without sign-in, also in the Web UI, but on no other web page', async () => {
    expect((await post('decode', { payloads: [sealed] }, {}, local)).json()).toEqual({ payloads: [plain] });
    const encoded = await post('encode', { payloads: [plain] }, {}, local);
    expect(encoded.json()).toEqual({ payloads: [plain] });
    const fromPage = {
      origin: uiOrigin,
      host: 'localhost:3000',
      'sec-fetch-site': 'same-site',
      'sec-fetch-mode': 'cors',
    };
    const preflight = { method: 'OPTIONS', url: '/api/temporal-codec/decode', headers: fromPage } as const;
    expect((await local.inject(preflight)).statusCode).toBe(204);
    expect((await post('decode', { payloads: [sealed] }, fromPage, local)).json()).toEqual({ payloads: [plain] });
    for (const headers of [
      { ...fromPage, origin: 'https://evil.example' },
      { ...fromPage, host: 'evil.example' },
    ]) {
      expect((await local.inject({ ...preflight, headers })).statusCode).toBe(403);
      expect((await post('decode', { payloads: [sealed] }, headers, local)).statusCode).toBe(403);
    }
    // The Web UI reads nothing else.
    expect((await local.inject({ url: '/api/documents', headers: fromPage })).statusCode).toBe(403);
  });
});

describe('nobody else reads them:', () => {
  test.each([
    ['nobody', {}],
    ['a wrong token', { authorization: 'Bearer the-token-of-operatorz' }],
    ['an API key', { authorization: `Bearer hw_${'x'.repeat(43)}` }],
    ['a password', { authorization: `Basic ${base64('admin:the-token-of-operators')}` }],
    ['the token in another header', { 'x-admin-token': 'the-token-of-operators' }],
    ['a token without a signature', { authorization: `Bearer ${unsignedToken('olga')}` }],
  ])('%s is refused with 401', async (_, headers) => {
    const answer = await post('decode', { payloads: [sealed] }, headers);
    expect([answer.statusCode, answer.json()]).toEqual([401, expect.objectContaining({ code: 'unauthenticated' })]);
  });

  test('another user is refused with 403, and a cookie does not count', async () => {
    const answer = await post('decode', { payloads: [sealed] }, await webUiOf('ana'));
    expect([answer.statusCode, answer.json()]).toEqual([403, expect.objectContaining({ code: 'admin_only' })]);
    // The Web UI shows that it was refused.
    expect(answer.headers['access-control-allow-origin']).toBe(uiOrigin);
    const cookie = `__Host-headwater=${(await bearerOf('olga')).authorization.slice('Bearer '.length)}`;
    expect((await post('decode', { payloads: [sealed] }, { cookie })).statusCode).toBe(401);
  });

  test('whoever may not read is refused before the body is looked at', async () => {
    expect((await post('decode', { payloads: 'wrong' }, {})).statusCode).toBe(401);
  });
});

describe('a body', () => {
  test.each([
    ['with something else', { payloads: 'all' }, 400, 'invalid_request'],
    ['not in base64', { payloads: [{ data: '%' }] }, 400, 'invalid_request'],
    ['with too many payloads', { payloads: Array.from({ length: 1001 }, () => ({})) }, 400, 'invalid_request'],
    ['with a payload that was changed', { payloads: [changed()] }, 400, 'payload_unreadable'],
    ['of more than 1 MB', { payloads: [{ data: base64('x'.repeat(1024 * 1024)) }] }, 413, 'body_too_large'],
  ])('%s is refused', async (_, body, status, code) => {
    const answer = await post('decode', body, { ...asOperator, origin: uiOrigin });
    expect([answer.statusCode, answer.json()]).toEqual([status, expect.objectContaining({ code })]);
    // Without this, a browser would not show the reason.
    expect(answer.headers['access-control-allow-origin']).toBe(uiOrigin);
  });
});

test('browsers may call it from the Web UI’s origin only', async () => {
  const originsAllowed = async (origin: string) => {
    const asked = await app.inject({ method: 'OPTIONS', url: '/api/temporal-codec/decode', headers: { origin } });
    const answered = await post('decode', { payloads: [] }, { ...asOperator, origin });
    expect(asked.statusCode).toBe(204);
    expect(asked.headers['access-control-allow-headers']).toContain('authorization');
    expect(asked.headers['access-control-allow-credentials']).toBeUndefined();
    expect([asked.headers['vary'], answered.headers['vary']]).toEqual(['origin', 'origin']);
    return [asked, answered].map(({ headers }) => headers['access-control-allow-origin']);
  };
  expect(await originsAllowed(uiOrigin)).toEqual([uiOrigin, uiOrigin]);
  for (const origin of ['https://evil.example', 'null', `${uiOrigin}.evil.example`, 'http://temporal.example.com'])
    expect(await originsAllowed(origin)).toEqual([undefined, undefined]);
});

async function appOf(env: Readonly<Record<string, string>>): Promise<FastifyInstance> {
  const config = readConfig({ ...env, ENCRYPTION_KEY: 'ab'.repeat(32) });
  return await buildApp({ config, keyring, logger: pino({ level: 'silent' }) } as unknown as ApiDependencies);
}

async function post(what: string, body: object, headers: object, to = app) {
  return await to.inject({
    method: 'POST',
    url: `/api/temporal-codec/${what}`,
    headers: { ...headers },
    payload: body,
  });
}

/** What the Web UI sends: its origin, the namespace, and the token of the person who signed in to it. */
async function webUiOf(user: string): Promise<object> {
  return { origin: uiOrigin, 'x-namespace': 'default', ...(await bearerOf(user)) };
}

async function bearerOf(user: string): Promise<{ readonly authorization: string }> {
  return { authorization: `Bearer ${await signToken(user, jwtSecret)}` };
}

function unsignedToken(user: string): string {
  const parts = [{ alg: 'none' }, { sub: user, exp: 9_999_999_999 }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${parts.join('.')}.`;
}

function changed(): object {
  return { metadata: { encoding: base64('binary/encrypted') }, data: base64('{"v":1}') };
}

function base64(content: string | Uint8Array): string {
  return Buffer.from(content).toString('base64');
}
