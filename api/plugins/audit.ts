import type { FastifyInstance, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { auditOutcomeOf } from '../../domain/audit.ts';
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
 * has no audit log to be recorded in: what an operator does alone is in the process's log only.
 */
export const auditPlugin = fastifyPlugin(
  (app: FastifyInstance, { deps }: { readonly deps: Pick<ApiDependencies, 'db'> }, done) => {
    app.decorateRequest('auditEvent', null);
    app.decorateRequest('auditTarget', null);
    app.addHook('preHandler', async (request) => {
      const { userId } = request;
      const action = actionIn(request);
      if (action === null || userId === '') return;
      const event = eventOf(request, userId, action, targetOf(request));
      request.auditEvent = await beginEvent({ ...deps, logger: request.log }, event);
    });
    app.addHook('preSerialization', async (request, _reply, payload: unknown) => {
      if (request.auditEvent !== null) request.auditTarget = targetIn(payload);
      return await Promise.resolve(payload);
    });
    app.addHook('onSend', async (request, { statusCode }) => {
      const { auditEvent, auditTarget, log } = request;
      if (auditEvent === null) return logOperator(request, statusCode);
      const end = { status: statusCode, targetId: statusCode < 400 ? auditTarget : null };
      await endEvent({ ...deps, logger: log }, auditEvent, end);
    });
    done();
  },
  { name: 'audit', dependencies: ['auth', 'errors'] },
);

function actionIn({ method, routeOptions }: FastifyRequest): string | null {
  const route = routeOptions.config.sameAs ?? { method, url: routeOptions.url ?? '' };
  return actionOf(route.method, route.url);
}

function logOperator(request: FastifyRequest, status: number): void {
  const { userId, routeOptions, ip, log } = request;
  const action = actionIn(request);
  if (action === null || userId !== '' || routeOptions.config.forOperators !== true) return;
  log.info({ action, outcome: auditOutcomeOf(status), actor: 'operator', address: ip }, 'audit');
}
