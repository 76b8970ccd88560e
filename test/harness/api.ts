import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { buildApp } from '../../api/app.ts';
import type { Config } from '../../platform/config.ts';
import { createApiDependencies } from '../../composition/api-dependencies.ts';
import type { TestHeadwater } from './headwater.ts';

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
