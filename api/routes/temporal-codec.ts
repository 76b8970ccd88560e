import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createPayloadCodec } from '../../sources/credentials/payload-codec.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { PayloadUnreadableError } from '../../domain/errors.ts';
import { isLocal } from '../../domain/sign-in.ts';
import { isApiKey } from '../api-keys.ts';
import { bearerOf, isAdminToken } from '../plugins/auth.ts';
import { Problem } from '../problem.ts';

const root = '/api/temporal-codec';
const maxPayloads = 1000;
const allowedHeaders = 'authorization, content-type, x-namespace';

/** The JSON form of Temporal's payloads, in base64. What is empty is left out by Temporal's tools. */
const payloads = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), z.base64()).default({}), data: z.base64().default('') }))
    .max(maxPayloads)
    .default([]),
});

/**
 * The codec server of Temporal's Web UI and command line: they show encrypted payloads to operators, and encrypt what an
 * operator sends. A user's own API key does not open it, because it decrypts every user's.
 */
export const temporalCodecRoutes =
  ({ config, keyring }: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    const codec = createPayloadCodec(keyring, config.temporal.encryptsPayloads);
    const uiOrigin = config.temporal.uiUrl === undefined ? null : new URL(config.temporal.uiUrl).origin;
    const access = { public: true, acceptsOrigin: uiOrigin };
    app.addHook('onRequest', async (request, reply) => {
      reply.header('vary', 'origin');
      if (uiOrigin === null || request.headers.origin !== uiOrigin) return;
      reply.header('access-control-allow-origin', uiOrigin);
    });
    for (const direction of ['decode', 'encode'] as const) {
      // A browser asks first, without any credentials.
      app.options(`${root}/${direction}`, {
        config: access,
        schema: { hide: true },
        handler: async (_request, reply) =>
          await reply
            .header('access-control-allow-methods', 'POST')
            .header('access-control-allow-headers', allowedHeaders)
            .header('access-control-max-age', '600')
            .code(204)
            .send(),
      });
      app.post(`${root}/${direction}`, {
        config: access,
        schema: { hide: true, body: payloads },
        // Before the body is read.
        onRequest: (request) => requireOperator(request),
        handler: async (request, reply) => {
          const read = request.body.payloads.map(({ metadata, data }) => ({
            metadata: Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, fromBase64(text)])),
            data: fromBase64(data),
          }));
          const done = await codec[direction](read).catch((error: unknown) => {
            throw error instanceof PayloadUnreadableError
              ? new Problem(400, 'payload_unreadable', error.message)
              : error;
          });
          return await reply.header('cache-control', 'no-store').send({ payloads: done.map(toJson) });
        },
      });
    }

    /**
     * The command line sends ADMIN_TOKEN (`--codec-auth`), the Web UI the token of the person who signed in to it. A cookie
     * does not count, because another site could make a browser send it. The local user of an installation without sign-in is
     * its operator, also in the Web UI whose address the operator has configured.
     * @throws Problem 401, 403
     */
    async function requireOperator(request: FastifyRequest): Promise<void> {
      if (isLocal(config.auth) && config.auth.adminToken === undefined) return;
      const token = bearerOf(request);
      if (token === undefined || isApiKey(token))
        throw new Problem(401, 'unauthenticated', 'This is for operators only. Send the ADMIN_TOKEN as Bearer token.');
      if (isAdminToken(config, token)) return;
      if (!isLocal(config.auth) && config.temporal.codecUsers.includes(await app.identify(request))) return;
      throw new Problem(403, 'admin_only', 'This user may not read payloads: TEMPORAL_CODEC_USERS does not name them.');
    }
  };

function toJson({ metadata, data }: Awaited<ReturnType<ReturnType<typeof createPayloadCodec>['decode']>>[number]) {
  const entries = Object.entries(metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]);
  return {
    metadata: Object.fromEntries(entries) as Record<string, string>,
    data: Buffer.from(data ?? []).toString('base64'),
  };
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
