/**
 * Authentication, in the sign-in plugin alone: tokens of another application, keys that cannot be fetched, too many
 * requests.
 */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { authPlugin } from '../../api/plugins/auth.ts';
import { errorsPlugin } from '../../api/plugins/errors.ts';
import { requestLimitPlugin } from '../../api/plugins/request-limit.ts';
import { sessionRoutes } from '../../api/routes/session.ts';
import { ConfigError, readConfig } from '../../platform/config.ts';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { ApiDependencies } from '../../api/dependencies.ts';
import { signToken } from '../harness/user-token.ts';

const issuer = 'https://id.example.com';
const audience = 'headwater';
const secret = 'a secret of at least thirty-two characters';
const env = { JWT_ISSUER: issuer, JWT_AUDIENCE: audience };

let provider: Server;
let answer: { status: number; body: string };
let sign: (claims: object, header?: object) => Promise<string>;
let good: string;
/** Signs what a stranger would sign. */
let strangers: CryptoKey;
let strangersPublic: JWK;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' }] };
  good = JSON.stringify(keys);
  answer = { status: 200, body: good };
  provider = createServer((_request, response) => response.writeHead(answer.status).end(answer.body));
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  sign = async (claims, header = {}) =>
    await new SignJWT({ sub: 'ana', iss: issuer, aud: audience, exp: inSeconds(600), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'a', ...header })
      .sign(privateKey);
  const stranger = await generateKeyPair('ES256');
  strangers = stranger.privateKey;
  strangersPublic = await exportJWK(stranger.publicKey);
});
afterAll(() => void provider.close());

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
const base64 = (part: object | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** Each test has its own URL, because a key set is cached by URL. */
const jwksUrl = (path: string): string => `http://127.0.0.1:${(provider.address() as AddressInfo).port}/${path}`;

async function appFor(variables: Readonly<Record<string, string>>): Promise<FastifyInstance> {
  const config = readConfig(variables);
  const app = fastify({ trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies] });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(errorsPlugin);
  await app.register(requestLimitPlugin, { config, db: {} as ApiDependencies['db'] });
  // No case here sends an API key: test/api/api-keys.test.ts does.
  await app.register(authPlugin, { config, db: {} as ApiDependencies['db'] });
  await app.register(sessionRoutes({ config } as ApiDependencies));
  app.get('/me', ({ userId }) => ({ userId }));
  app.get('/healthz', { config: { public: true } }, () => ({}));
  return app;
}

async function ask(app: FastifyInstance, token: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}`, ...headers } });
  return { status: response.statusCode, code: response.json<{ code?: string }>().code };
}

describe('a JWT of the provider', () => {
  test.each<[string, object, number]>([
    ['issued for us', {}, 200],
    ['issued for us and others', { aud: ['mail', audience] }, 200],
    ['issued for another application', { aud: 'mail' }, 401],
    ['without an audience', { aud: undefined }, 401],
    ['from another issuer', { iss: 'https://elsewhere.example.com' }, 401],
    ['without an issuer', { iss: undefined }, 401],
    ['with a number as its user', { sub: 7 }, 401],
    ['with NUL in its user', { sub: 'a\0b' }, 401],
    ['with a lone surrogate in its user', { sub: '\ud800' }, 401],
    ['with an empty user', { sub: '' }, 401],
    ['with a user of 201 characters', { sub: 'a'.repeat(201) }, 401],
    ['issued for several others', { aud: ['mail', `${audience}2`] }, 401],
    ['issued for an object', { aud: { [audience]: true } }, 401],
    ['without an end', { exp: undefined }, 401],
    ['with an end that is a text', { exp: '9999999999' }, 401],
    ['that has ended', { exp: inSeconds(-60) }, 401],
    ['that begins in an hour', { nbf: inSeconds(3600) }, 401],
    ['of a provider whose clock is a little ahead', { nbf: inSeconds(4) }, 200],
  ])('%s', async (_name, claims, status) => {
    const app = await appFor({ ...env, JWKS_URL: jwksUrl('keys') });
    expect((await ask(app, await sign(claims))).status).toBe(status);
  });

  test('with a header that this machine does not understand: 401', async () => {
    const app = await appFor({ ...env, JWKS_URL: jwksUrl('critical') });
    const [, payload, signature] = (await sign({})).split('.');
    const header = base64({ alg: 'ES256', kid: 'a', crit: ['level'], level: 9 });
    expect((await ask(app, `${header}.${payload}.${signature}`)).status).toBe(401);
  });

  test('signed with our own secret must have the issuer and audience if they are configured', async () => {
    const token = async (claims: object) =>
      await new SignJWT({ sub: 'ana', ...claims })
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime('10m')
        .sign(new TextEncoder().encode(secret));
    const strict = await appFor({ ...env, JWT_SECRET: secret });
    expect((await ask(strict, await token({}))).status).toBe(401);
    expect((await ask(strict, await token({ iss: issuer, aud: audience }))).status).toBe(200);
    expect((await ask(await appFor({ JWT_SECRET: secret }), await token({}))).status).toBe(200);
  });

  test('a key set without an issuer and an audience is refused at start', () => {
    expect(() => readConfig({ JWKS_URL: 'https://id.example.com/keys' })).toThrow(ConfigError);
    expect(() => readConfig({ JWKS_URL: 'https://id.example.com/keys', JWT_ISSUER: issuer })).toThrow(/JWT_AUDIENCE/);
  });
});

describe('a forged JWT is refused with 401:', () => {
  const claims = { sub: 'ana', iss: issuer, aud: audience, exp: inSeconds(600) };
  const byStranger = async (header: object) =>
    await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', ...header }).sign(strangers);

  test.each<[string, () => Promise<string> | string]>([
    ['without a signature (alg none)', () => `${base64({ alg: 'none' })}.${base64(claims)}.`],
    ['alg None', () => `${base64({ alg: 'None', kid: 'a' })}.${base64(claims)}.`],
    ['without an alg', () => `${base64({ kid: 'a' })}.${base64(claims)}.${base64('x')}`],
    [
      'signed with the public key as a secret',
      async () =>
        await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'a' }).sign(new TextEncoder().encode(good)),
    ],
    ['by a stranger, under the provider’s key id', () => byStranger({ kid: 'a' })],
    ['by a stranger, without a key id', () => byStranger({})],
    ['with a path as key id', () => byStranger({ kid: '../../../../dev/null' })],
    ['with SQL as key id', () => byStranger({ kid: "a' or '1'='1" })],
    ['with a key id that is no text', () => byStranger({ kid: ['a'] })],
    ['that brings its own key', () => byStranger({ kid: 'a', jwk: strangersPublic })],
    ['that names its own key set', () => byStranger({ kid: 'a', jku: jwksUrl('strangers') })],
    ['that names its own certificate', () => byStranger({ kid: 'a', x5u: jwksUrl('strangers') })],
    [
      'with other claims under a valid signature',
      async () => {
        const [header, , signature] = (await sign({})).split('.');
        return `${header}.${base64({ ...claims, sub: 'bob' })}.${signature}`;
      },
    ],
    ['of two parts', async () => (await sign({})).split('.').slice(0, 2).join('.')],
    ['of five parts', async () => `${await sign({})}.a.b`],
    ['that is no JSON', () => `${base64('{')}.${base64('{')}.${base64('{')}`],
  ])('%s', async (name, forge) => {
    const app = await appFor({ ...env, JWKS_URL: jwksUrl(`forged-${name.replaceAll(/\W/g, '-')}`) });
    expect(await ask(app, await forge())).toEqual({ status: 401, code: 'unauthenticated' });
    expect((await ask(app, await sign({}))).status).toBe(200);
  });
});

describe('keys that cannot be fetched do not invalidate a token', () => {
  test.each<[string, number, string]>([
    ['a missing page', 404, ''],
    ['a server error', 500, ''],
    ['a portal', 200, '<html>'],
    ['another kind of answer', 200, '{}'],
  ])('%s: 503, and the page is not told that nobody is signed in', async (name, status, body) => {
    const app = await appFor({ ...env, JWKS_URL: jwksUrl(name.replaceAll(' ', '-')) });
    answer = { status, body };
    const token = await sign({});
    expect(await ask(app, token)).toEqual({ status: 503, code: 'sign_in_unavailable' });
    const session = await app.inject({ url: '/api/session', headers: { authorization: `Bearer ${token}` } });
    expect(session.statusCode).toBe(503);
    answer = { status: 200, body: good };
  });

  test('without any server: 503', async () => {
    const app = await appFor({ ...env, JWKS_URL: 'http://127.0.0.1:1/keys' });
    expect(await ask(app, await sign({}))).toEqual({ status: 503, code: 'sign_in_unavailable' });
  });

  test('a token with a key id that the set does not contain is invalid: 401', async () => {
    const app = await appFor({ ...env, JWKS_URL: jwksUrl('other') });
    answer = { status: 200, body: '{"keys":[]}' };
    expect(await ask(app, await sign({}))).toEqual({ status: 401, code: 'unauthenticated' });
    answer = { status: 200, body: good };
  });
});

describe('no content of the header causes a server error', () => {
  test.each<[string, string]>([
    ['characters over 255', 'Bearer ключ'],
    ['characters over 127', 'Bearer é.é.é'],
    ['9,000 characters', `Bearer ${'a'.repeat(9000)}`],
    ['Basic', 'Basic YTpi'],
    ['nothing', 'Bearer'],
    ['two words', 'Bearer a b'],
    ['a control character', '\u0001'],
  ])('%s: 401', async (_name, authorization) => {
    const app = await appFor({ JWT_SECRET: secret });
    for (const url of ['/me', '/api/session']) {
      const asked = await app.inject({ url, headers: { authorization } });
      expect([url, asked.statusCode]).toEqual([url, url === '/me' ? 401 : 200]);
    }
  });

  test('a cookie together with Basic starts no session and is not a 500', async () => {
    const app = await appFor({ JWT_SECRET: secret, PUBLIC_URL: 'https://headwater.example' });
    const token = await signToken('ana', secret);
    const headers = {
      cookie: `__Host-headwater=${token}`,
      authorization: 'Basic YTpi',
      origin: 'https://headwater.example',
    };
    expect((await app.inject({ method: 'POST', url: '/api/session', headers })).statusCode).toBe(401);
    expect((await app.inject({ url: '/me', headers })).statusCode).toBe(200);
  });
});

describe('too many requests (429 with Retry-After)', () => {
  const limited = { JWT_SECRET: secret, REQUEST_LIMIT_PER_USER: '2', REQUEST_LIMIT_PER_ADDRESS: '5' };
  const tokenOf = async (sub: string) => await signToken(sub, secret);

  test('of one user do not affect another, whatever the address', async () => {
    const app = await appFor({ ...limited, REQUEST_LIMIT_PER_ADDRESS: '1000' });
    const [ana, bob] = [await tokenOf('ana'), await tokenOf('bob')];
    expect([(await ask(app, ana)).status, (await ask(app, ana)).status]).toEqual([200, 200]);
    const refused = await app.inject({ url: '/me', headers: { authorization: `Bearer ${ana}` } });
    expect(refused).toMatchObject({ statusCode: 429, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    expect(refused.json()).toMatchObject({
      code: 'rate_limited',
      detail: expect.stringMatching(/Try again in \d+ seconds/),
    });
    expect((await ask(app, bob)).status).toBe(200);
  });

  test('of one address are counted before authentication, so guessed tokens count too', async () => {
    const app = await appFor(limited);
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push((await ask(app, 'guess')).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await app.inject({ url: '/me', remoteAddress: '192.0.2.7' })).statusCode).toBe(401);
    expect((await app.inject({ url: '/nowhere' })).statusCode).toBe(429);
    expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200);
  });

  test('X-Forwarded-For is trusted only from a trusted proxy', async () => {
    const asAnother = { 'x-forwarded-for': '198.51.100.1' };
    const behind = await appFor({ ...limited, TRUSTED_PROXIES: 'loopback' });
    for (let i = 0; i < 5; i++) await ask(behind, 'guess');
    expect((await ask(behind, 'guess', asAnother)).status).toBe(401);
    const open = await appFor(limited);
    for (let i = 0; i < 5; i++) await ask(open, 'guess');
    expect((await ask(open, 'guess', asAnother)).status).toBe(429);
  });
});
