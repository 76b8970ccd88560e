import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { actionOf, type StartedEvent, beginEvent, endEvent, eventOf, targetIn, targetOf } from '../audit.ts';
import type { ApiDependencies } from '../dependencies.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The event of this request in the audit log; null if it has none. */
    auditEvent: StartedEvent | null;
    /** The id of what the answer is about. */
    auditTarget: string | null;
  }
}

/**
 * Records who changes what: before a valid request is handled, and before its answer is sent. A request without a user
 * has no one to record; the log has its address.
 */
export const auditPlugin = fastifyPlugin(
  (app: FastifyInstance, { deps }: { readonly deps: Pick<ApiDependencies, 'db'> }, done) => {
    app.decorateRequest('auditEvent', null);
    app.decorateRequest('auditTarget', null);
    app.addHook('preHandler', async (request) => {
      const { userId, routeOptions } = request;
      const { method, url } = routeOptions.config.sameAs ?? { method: request.method, url: routeOptions.url ?? '' };
      const action = actionOf(method, url);
      if (action === null || userId === '') return;
      const event = eventOf(request, userId, action, targetOf(request));
      request.auditEvent = await beginEvent({ ...deps, logger: request.log }, event);
    });
    app.addHook('preSerialization', async (request, _reply, payload: unknown) => {
      if (request.auditEvent !== null) request.auditTarget = targetIn(payload);
      return await Promise.resolve(payload);
    });
    app.addHook('onSend', async ({ auditEvent, auditTarget, log }, { statusCode }) => {
      if (auditEvent === null) return;
      const end = { status: statusCode, targetId: statusCode < 400 ? auditTarget : null };
      await endEvent({ ...deps, logger: log }, auditEvent, end);
    });
    done();
  },
  { name: 'audit', dependencies: ['auth', 'errors'] },
);
