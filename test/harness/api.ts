import { randomBytes } from 'node:crypto';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { buildApp } from '../../api/app.ts';
import type { Config } from '../../platform/config.ts';
import { createApiDependencies } from '../../composition/api-dependencies.ts';
import type { TestHeadwater } from './headwater.ts';
import { until } from './until.ts';
import { signToken } from './user-token.ts';

/** The API of a test's Headwater, called without a port. */
export interface TestApi extends AsyncDisposable {
  readonly app: FastifyInstance;
  call(method: Method, path: string, options?: CallOptions): Promise<Answer>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

interface CallOptions {
  readonly body?: unknown;
  /** Sent unchanged. */
  readonly payload?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: LightMyRequestResponse['headers'];
  /** Parsed without a type, because tests inspect any part of it. */
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test is about
  readonly body: any;
  readonly text: string;
}

export interface UsersApi extends TestApi {
  /** What a request that goes to `app` itself needs. */
  readonly headers: { readonly authorization: string };
}

/**
 * The API where users sign in, called as this one. What Temporal has once for each user, such as an erasure, is that of
 * the test file; the local user's is every file's.
 */
export async function startApiFor(headwater: TestHeadwater, userId: string): Promise<UsersApi> {
  const secret = randomBytes(32);
  const auth = { jwtSecret: secret.toString('hex'), jwksUrl: undefined, adminToken: undefined };
  const api = await startApiOf(headwater, { auth });
  const token = await signToken(userId, auth.jwtSecret);
  const headers = { authorization: `Bearer ${token}` };
  const call: TestApi['call'] = async (method, path, options = {}) =>
    await api.call(method, path, { ...options, headers: { ...headers, ...options.headers } });
  return { ...api, headers, call };
}

/** Erases everything of the user of this API. @returns the deletion, when it has ended */
export async function erase(api: TestApi) {
  const { body } = await api.call('POST', '/api/user/erase', { body: { confirm: 'erase everything' } });
  return await deletionOf(api, body.deletion.id);
}

/** @returns the deletion, when it has ended */
export async function deletionOf(api: TestApi, id: string) {
  const path = `/api/deletions?id=${encodeURIComponent(id)}`;
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test is about
  let deletion: any;
  await until(async () => (deletion = (await api.call('GET', path)).body.deletion).status !== 'running');
  return deletion;
}

export async function startApiOf(headwater: TestHeadwater, change: Partial<Config> = {}): Promise<TestApi> {
  const app = await buildApp(
    createApiDependencies({
      config: { ...headwater.config, ...change },
      db: headwater.database.db,
      temporal: headwater.temporal,
      keyring: headwater.keyring,
      logger: headwater.parts.logger,
      taskQueue: headwater.taskQueue,
    }),
  );
  return {
    app,
    call: async (method, path, { body, payload, headers } = {}) => {
      const response = await app.inject({
        method,
        url: path,
        headers: {
          ...(body === undefined && payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined && payload === undefined ? {} : { payload: payload ?? JSON.stringify(body) }),
      });
      const isJson = /[/+]json/.test(response.headers['content-type']?.toString() ?? '');
      return {
        status: response.statusCode,
        headers: response.headers,
        body: isJson ? response.json() : null,
        text: response.body,
      };
    },
    [Symbol.asyncDispose]: async () => await app.close(),
  };
}
