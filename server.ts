/** Builds the API and listens: `node server.ts`. */

import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { buildApp } from './api/app.ts';
import type { ApiDependencies } from './api/dependencies.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { oauthDescriptions } from './connectors/oauth-descriptions.ts';
import type { AccessTokenProvider } from './connectors/connector.ts';
import { createChoices, createConnector } from './connectors/registry.ts';
import { type Keyring, loadKeyring } from './credentials/keyring.ts';
import { createOAuthClient } from './credentials/oauth-client.ts';
import { createTokenProvider } from './credentials/token-provider.ts';
import { openDatabase, type OpenDatabase } from './db/database.ts';
import { taskQueue } from './domain/contract.ts';
import { SyncError } from './domain/errors.ts';
import { createEmbedder } from './embeddings/index.ts';
import { redaction } from './logging.ts';
import { pipelineVersion } from './pipeline/extract-document.ts';
import { createExtractor } from './pipeline/extractor.ts';
import { runProgram } from './program.ts';
import { search } from './search/search.ts';
import { connectTemporal, type TemporalClient } from './temporal-connection.ts';
import { startTracing } from './tracing.ts';
import { createPgvectorIndex } from './vectors/pgvector.ts';

/** A preview is for somebody who waits. Threads come with the first one and go when they are idle. */
const previewLimits = { threads: 1, timeoutMs: 15_000, maxHeapMb: 256 };

export interface ApiParts {
  readonly config: Config;
  readonly db: OpenDatabase;
  readonly temporal: TemporalClient;
  readonly keyring: Keyring;
  readonly logger: Logger;
  readonly taskQueue?: string;
}

/** What the routes are made from. */
export function createApiDependencies(parts: ApiParts): ApiDependencies {
  const { config, db, logger } = parts;
  const embedder = createEmbedder(config.embedding);
  const vectors = createPgvectorIndex(db, embedder);
  const settings = { localFolderRoots: config.localFolderRoots, vendors: config.vendors };
  // A call or two while a person waits: they are not worth a turn.
  const pace = async (): Promise<void> => await Promise.resolve();
  const contextOf = (tokens: AccessTokenProvider) => ({ tokens, pace, logger, maxItemBytes: config.maxItemBytes });
  const noTokens = { accessToken: async () => await Promise.resolve(''), invalidate: () => {} };
  const oauthClient: ApiDependencies['oauthClient'] = (sourceType) => {
    const description = oauthDescriptions[sourceType];
    if (description === null)
      throw new SyncError('invalid_input', { code: 'no_sign_in', message: 'A source of this type needs no sign-in.' });
    return createOAuthClient(description, config.vendors[description.vendor]);
  };
  return {
    ...parts,
    taskQueue: parts.taskQueue ?? taskQueue,
    checkSource: async ({ sourceType, config: sourceConfig, accessToken }, signal) => {
      const tokens = { ...noTokens, accessToken: async () => await Promise.resolve(accessToken ?? '') };
      return await createConnector(sourceType, sourceConfig, contextOf(tokens), settings).check(signal);
    },
    choiceFields: (sourceType) => Object.keys(createChoices(sourceType, contextOf(noTokens), settings)),
    listChoices: async ({ sourceType, userId, dataSourceId }, { field, within }, signal) => {
      const tokens =
        dataSourceId === null
          ? noTokens
          : createTokenProvider({ ...parts, userId, dataSourceId, oauthClient: () => oauthClient(sourceType) });
      return (await createChoices(sourceType, contextOf(tokens), settings)[field]?.(within, signal)) ?? [];
    },
    preview: createExtractor(previewLimits).preview,
    pipelineVersion,
    oauthClient,
    search: async (userId, request, signal) => await search({ db, embedder, vectors }, userId, request, signal),
  };
}

/** Starts listening. @throws ConfigError for an address that would open an installation without sign-in to others */
export async function startApi(parts: ApiParts): Promise<FastifyInstance & AsyncDisposable> {
  const { config } = parts;
  const open = config.auth.jwtSecret === undefined && config.auth.jwksUrl === undefined;
  if (open && !['127.0.0.1', 'localhost', '::1'].includes(config.host)) {
    throw new ConfigError(
      `HOST=${config.host} would let everybody in: without JWT_SECRET or JWKS_URL Headwater listens on 127.0.0.1 only.`,
    );
  }
  const app = await buildApp(createApiDependencies(parts));
  await app.listen({ host: config.host, port: config.port });
  return Object.assign(app, { [Symbol.asyncDispose]: async () => await app.close() });
}

async function main(): Promise<void> {
  const config = readConfig();
  const logger = pino({ level: config.logLevel, name: 'api', redact: redaction });
  if (config.databaseUrl === undefined) {
    throw new ConfigError(
      'Set DATABASE_URL: an API of its own needs a real Postgres. `npm start` runs everything in one process.',
    );
  }
  await using db = openDatabase(config.databaseUrl, config.databasePoolSize);
  await using tracing = await startTracing('headwater-api', config.tracing);
  await using temporal = await connectTemporal(config, { lazy: true, tracing });
  const keyring = await loadKeyring(config.encryptionKey, config.dataDir);
  await using app = await startApi({ config, db, temporal, keyring, logger });
  logger.info({ address: config.publicUrl }, 'API listens');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  app.log.info('API stops');
}

if (import.meta.main) await runProgram(main);
