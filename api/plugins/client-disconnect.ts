import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';

/**
 * Makes `request.signal` abort when the client disconnects. Fastify's own signal aborts when Node closes the request,
 * and Node does so as soon as the body has been read, so every POST that calls another service would be cancelled.
 */
export const clientDisconnectPlugin = fastifyPlugin(
  (app: FastifyInstance, _options, done) => {
    app.addHook('onRequest', (request, reply, next) => {
      const disconnected = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) disconnected.abort();
      });
      Object.defineProperty(request, 'signal', { value: disconnected.signal });
      next();
    });
    done();
  },
  { name: 'client-disconnect' },
);
