/** Builds the API and listens: `node server.ts`. */

import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { buildApp } from './api/app.ts';
import { createTurns } from './api/turns.ts';
import type { ApiDependencies } from './api/dependencies.ts';
import { type Config, ConfigError, readConfig } from './platform/config.ts';
import type { AccessTokenProvider } from './sources/connectors/connector.ts';
import { createChoices, definitionOf } from './sources/connectors/registry.ts';
import { type Keyring, loadKeyring } from './sources/credentials/keyring.ts';
import { staticToken } from './sources/credentials/static-token.ts';
import { asUser } from './db/access/as-user.ts';
import { openDatabase, type OpenDatabase } from './db/access/database.ts';
import { findSyncSource } from './db/jobs/job-lifecycle.ts';
import { taskQueue } from './domain/contract.ts';
import { createEmbedder, embedderFinder } from './content/embeddings/index.ts';
import { loggerOptions } from './platform/logging.ts';
import { pipelineVersion } from './content/extraction/extract-document.ts';
import { createExtractor } from './content/extraction/extractor.ts';
import { runProgram } from './platform/main.ts';
import { stopSubscription } from './sources/change-notifications/reconcile.ts';
import { buildContext } from './content/search/context.ts';
import { createReranker } from './content/search/reranker.ts';
import { search } from './content/search/search.ts';
import {
  composioSignInFor,
  contextFor,
  createSubscriptionClientFor,
  oauthClientFor,
} from './sources/source-clients.ts';
import { connectTemporal, type TemporalClient } from './platform/temporal-connection.ts';
import { startTracing } from './platform/tracing.ts';
import { createVectorSpaces } from './content/vectors/vector-spaces.ts';

/**
 * Limits of a preview, for which a user is waiting. Readers start with the first preview and stop when they are idle.
 */
const previewLimits = { processes: 1, timeoutMs: 15_000, maxMemoryMb: 512 };

/** Limits of compiling a user's new pattern, which takes 150 ms at most on a quiet machine. */
const patternLimits = { processes: 1, timeoutMs: 3000, maxMemoryMb: 512 };

/** Searches, previews and checks of patterns of one user. */
const turnsOfUser = { atOnce: 3, waiting: 20 };
/** Connections of the pool that searches leave free, so that the rest of the API always answers. */
const connectionsForOthers = 4;

export interface ApiParts {
  readonly config: Config;
  readonly db: OpenDatabase;
  readonly temporal: TemporalClient;
  readonly keyring: Keyring;
  readonly logger: Logger;
  readonly taskQueue?: string;
}

/** Builds the dependencies of the routes. */
export function createApiDependencies(parts: ApiParts): ApiDependencies {
  const { config, db, logger } = parts;
  const embedder = createEmbedder(config.embedding);
  const { model, dimensions } = embedder;
  const vectors = createVectorSpaces(db, { store: config.vectors.store, model, dimensions }, config.vectors.pinecone);
  const embedderOf = embedderFinder(config.embedding, embedder);
  const settings = { localFolderRoots: config.localFolderRoots, vendors: config.vendors };
  const searchable = { db, embedderOf, vectors, reranker: createReranker(config.rerank, logger) };
  const extractor = createExtractor(previewLimits);
  const patternChecker = createExtractor(patternLimits);
  const turns = createTurns({ ...turnsOfUser, inAll: Math.max(1, config.databasePoolSize - connectionsForOthers) });
  // These are one or two calls while a person waits, so they are not rate limited.
  const pace = async (): Promise<void> => await Promise.resolve();
  const contextOf = (tokens: AccessTokenProvider) => ({ tokens, pace, logger, maxItemBytes: config.maxItemBytes });
  return {
    ...parts,
    taskQueue: parts.taskQueue ?? taskQueue,
    checkSource: async ({ sourceType, config: sourceConfig, tokens }, signal) => {
      const code = await definitionOf(sourceType).load();
      const context = contextOf(tokens ?? staticToken(''));
      return await code.createConnector({ ...sourceConfig }, context, settings).check(signal);
    },
    listChoices: async ({ sourceType, userId, dataSourceId }, { field, within }, signal) => {
      const source =
        dataSourceId === null
          ? undefined
          : await asUser(db, userId, async (trx) => await findSyncSource(trx, dataSourceId));
      const context = source === undefined ? contextOf(staticToken('')) : contextFor(parts, source, pace);
      const choices = await createChoices(sourceType, context, settings);
      return (await choices[field]?.(within, signal)) ?? [];
    },
    oauthClient: (sourceType, sourceConfig) => oauthClientFor(config, { sourceType, config: sourceConfig }),
    composio: (sourceType) => composioSignInFor(config, { sourceType }),
    stopSubscription: async (userId, dataSourceId) =>
      await stopSubscription(
        { db, subscriptionClientFor: createSubscriptionClientFor(parts), publicUrl: config.publicUrl },
        { userId, dataSourceId },
      ),
    search: async (userId, request, signal) =>
      await turns.take(userId, signal, async () => await search(searchable, userId, request, signal)),
    buildContext: async (userId, request, signal) =>
      await turns.take(userId, signal, async () => await buildContext(searchable, userId, request, signal)),
    preview: async (request, signal, userId) =>
      await turns.take(userId, signal, async () => await extractor.preview(request, signal, userId)),
    checkPatterns: async (patterns, signal, userId) =>
      await turns.take(userId, signal, async () => await patternChecker.checkPatterns(patterns, signal, userId)),
    embedding: { model, dimensions, dollarsPerMillionTokens: embedder.dollarsPerMillionTokens },
    pipelineVersion,
  };
}

/** Starts listening. @throws ConfigError for an address that would expose an installation without sign-in */
export async function startApi(parts: ApiParts): Promise<FastifyInstance & AsyncDisposable> {
  const { config } = parts;
  const open = config.auth.jwtSecret === undefined && config.auth.jwksUrl === undefined;
  if (open && !['127.0.0.1', 'localhost', '::1'].includes(config.host)) {
    throw new ConfigError(
      `HOST=${config.host} would expose Headwater without sign-in to the network. Set JWT_SECRET or JWKS_URL, or listen on 127.0.0.1.`,
    );
  }
  const app = await buildApp(createApiDependencies(parts));
  await app.listen({ host: config.host, port: config.port });
  return Object.assign(app, { [Symbol.asyncDispose]: async () => await app.close() });
}

async function main(): Promise<void> {
  const config = readConfig();
  const logger = pino({ level: config.logLevel, name: 'api', ...loggerOptions });
  if (config.databaseUrl === undefined) {
    throw new ConfigError(
      'DATABASE_URL is not set. A separate API process needs a PostgreSQL server. `npm start` runs everything in one process.',
    );
  }
  await using db = openDatabase(config.databaseUrl, config.databasePoolSize);
  await using tracing = await startTracing('headwater-api', config.tracing);
  await using temporal = await connectTemporal(config, { lazy: true, tracing });
  const keyring = await loadKeyring(config, config.dataDir);
  await using app = await startApi({ config, db, temporal, keyring, logger });
  logger.info({ address: config.publicUrl }, 'API listens');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  app.log.info('API stops');
}

if (import.meta.main) await runProgram(main);
