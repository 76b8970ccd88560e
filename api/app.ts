import { fastify, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { ApiDependencies } from './dependencies.ts';
import { authPlugin } from './plugins/auth.ts';
import { errorsPlugin } from './plugins/errors.ts';
import { openapiPlugin } from './plugins/openapi.ts';
import { projectRoutes, tagRoutes } from './routes/collections.ts';
import { pagePlugin } from './plugins/page.ts';
import { connectionRoutes } from './routes/connections.ts';
import { dataSourceRoutes } from './routes/data-sources.ts';
import { deletionRoutes } from './routes/deletions.ts';
import { documentRoutes } from './routes/documents.ts';
import { heldRemovalRoutes } from './routes/held-removals.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { operationRoutes } from './routes/operations.ts';
import { scheduledSyncRoutes } from './routes/scheduled-syncs.ts';
import { sessionRoutes } from './routes/session.ts';
import { sourceTypeRoutes } from './routes/source-types.ts';
import { syncJobRoutes } from './routes/sync-jobs.ts';
import { transformationRoutes } from './routes/transformations.ts';

const bodyLimit = 1024 * 1024;
const requestTimeoutMs = 60_000;

/** The API, ready to listen or to be asked by `inject`. */
export async function buildApp(deps: ApiDependencies): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.logger,
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: 500 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(errorsPlugin);
  await app.register(authPlugin, { config: deps.config });
  app.addHook('onRoute', (route) => {
    // The documentation's pages and the web page's files come from plugins; they need no sign-in.
    if (/^\/(docs|assets)\b/.test(route.url)) route.config = { ...route.config, public: true };
  });
  await app.register(openapiPlugin);
  await app.register(pagePlugin, { config: deps.config });
  for (const routes of [
    operationRoutes,
    metricsRoutes,
    sessionRoutes,
    sourceTypeRoutes,
    dataSourceRoutes,
    connectionRoutes,
    syncJobRoutes,
    heldRemovalRoutes,
    scheduledSyncRoutes,
    documentRoutes,
    deletionRoutes,
    transformationRoutes,
    projectRoutes,
    tagRoutes,
  ]) {
    await app.register(routes(deps));
  }
  app.addHook('onSend', async (_request, reply) => {
    reply
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('x-frame-options', 'DENY');
  });
  return app as unknown as FastifyInstance;
}
