import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';

/**
 * Makes `request.signal` abort when the client has gone. Fastify's own aborts when Node closes the request, and Node does
 * so as soon as the body has been read: every POST that asks somebody else would be cut off.
 */
export const clientGonePlugin = fastifyPlugin(
  (app: FastifyInstance, _options, done) => {
    app.addHook('onRequest', async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      Object.defineProperty(request, 'signal', { value: gone.signal });
      await Promise.resolve();
    });
    done();
  },
  { name: 'client-gone' },
);
