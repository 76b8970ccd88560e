import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { validationMessages } from '../domain/validation-messages.ts';
import type { ApiDependencies } from './dependencies.ts';
import { addressesOfOnePlugin } from './plugins/addresses-of-one.ts';
import { auditPlugin } from './plugins/audit.ts';
import { authPlugin } from './plugins/auth.ts';
import { clientDisconnectPlugin } from './plugins/client-disconnect.ts';
import { errorsPlugin, toProblem } from './plugins/errors.ts';
import { apiReferencePlugin } from './plugins/api-reference.ts';
import { openapiPlugin } from './plugins/openapi.ts';
import { requestEncodingPlugin } from './plugins/request-encoding.ts';
import { requestLimitPlugin } from './plugins/request-limit.ts';
import { isOpenedByBrowser, notFound, pagePlugin } from './plugins/page.ts';
import { storableTextPlugin } from './plugins/storable-text.ts';
import { transactionsPlugin } from './plugins/transactions.ts';
import { createMcpSignIn } from './mcp-sign-in.ts';
import { createPageSessions } from './page-sessions.ts';
import { sendProblem } from './problem.ts';
import { answerUnreadable } from './unreadable-requests.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { auditEventRoutes } from './routes/audit-events.ts';
import { pageSignInRoutes } from './routes/page-sign-in.ts';
import { projectRoutes, tagRoutes } from './routes/collections.ts';
import { connectionRoutes } from './routes/connections.ts';
import { dataSourceRoutes } from './routes/data-sources.ts';
import { deletionRoutes } from './routes/deletions.ts';
import { documentChangeRoutes } from './routes/document-changes.ts';
import { documentRoutes } from './routes/documents.ts';
import { changeNotificationRoutes } from './routes/change-notifications.ts';
import { mcpRoutes } from './routes/mcp.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { operationRoutes } from './routes/operations.ts';
import { scheduledSyncRoutes } from './routes/scheduled-syncs.ts';
import { searchRoutes } from './routes/search.ts';
import { sessionRoutes } from './routes/session.ts';
import { sourceTypeRoutes } from './routes/source-types.ts';
import { jobControlRoutes } from './routes/job-control.ts';
import { jobEventRoutes } from './routes/job-events.ts';
import { jobItemRoutes } from './routes/job-items.ts';
import { syncJobRoutes } from './routes/sync-jobs.ts';
import { statisticsRoutes } from './routes/statistics.ts';
import { temporalCodecRoutes } from './routes/temporal-codec.ts';
import { transformationRoutes } from './routes/transformations.ts';
import { uploadedFileRoutes } from './routes/uploaded-files.ts';
import { vectorRoutes } from './routes/vectors.ts';
import { webhookRoutes } from './routes/webhooks.ts';

const bodyLimit = 1024 * 1024;
/** The time for a whole request with its body, for which an upload over a slow line needs minutes. Node's own default. */
const requestTimeoutMs = 300_000;

z.config({ customError: validationMessages });

/** Builds the API, ready to listen or to be tested with `inject`. */
export async function buildApp(deps: ApiDependencies): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.logger.child({}, { serializers: { req: describeRequest } }),
    bodyLimit,
    trustProxy: deps.config.trustedProxies.length === 0 ? false : [...deps.config.trustedProxies],
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: 500 },
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, request, reply) => {
      if (isOpenedByBrowser(request)) reply.redirect(notFound);
      else void sendProblem(reply, toProblem(error));
    },
  });
  // Text is no JSON, whatever is in it.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(errorsPlugin);
  await app.register(requestEncodingPlugin);
  await app.register(storableTextPlugin);
  await app.register(clientDisconnectPlugin);
  await app.register(requestLimitPlugin, { config: deps.config, db: deps.db });
  const sessions = createPageSessions(deps);
  const mcpSignIn = createMcpSignIn(deps.config);
  await app.register(authPlugin, { config: deps.config, db: deps.db, sessions, mcpSignIn });
  await app.register(transactionsPlugin, { db: deps.db });
  await app.register(auditPlugin, { deps });
  app.addHook('onRoute', (route) => {
    // The documentation and the web page's files are served by plugins and need no sign-in.
    if (/^\/(docs|assets)\b/.test(route.url)) route.config = { ...route.config, public: true };
  });
  await app.register(addressesOfOnePlugin);
  await app.register(openapiPlugin, { config: deps.config });
  await app.register(apiReferencePlugin);
  await app.register(pagePlugin, { config: deps.config });
  for (const routes of [
    operationRoutes,
    metricsRoutes,
    apiKeyRoutes,
    auditEventRoutes,
    sourceTypeRoutes,
    dataSourceRoutes,
    connectionRoutes,
    uploadedFileRoutes,
    syncJobRoutes,
    jobItemRoutes,
    jobEventRoutes,
    jobControlRoutes,
    scheduledSyncRoutes,
    documentRoutes,
    documentChangeRoutes,
    searchRoutes,
    statisticsRoutes,
    deletionRoutes,
    transformationRoutes,
    projectRoutes,
    tagRoutes,
    vectorRoutes,
    webhookRoutes,
    changeNotificationRoutes,
    temporalCodecRoutes,
  ]) {
    await app.register(routes(deps));
  }
  await app.register(mcpRoutes(deps, mcpSignIn));
  await app.register(sessionRoutes(deps, sessions));
  await app.register(pageSignInRoutes(deps, sessions));
  app.addHook('onSend', async (_request, reply) => {
    reply
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('x-frame-options', 'DENY');
  });
  return app as unknown as FastifyInstance;
}

/** A query may contain data that must not be logged: a sign-in's code and state, the name of a file (P7). */
function describeRequest({ method, url, ip }: FastifyRequest): object {
  return { method, path: url.split('?', 1)[0], ip };
}
