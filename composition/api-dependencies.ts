import { createTurns } from '../api/turns.ts';
import type { ApiDependencies } from '../api/dependencies.ts';
import { createExtractor } from '../content/extraction/extractor.ts';
import { createReranker } from '../content/search/reranker.ts';
import { search } from '../content/search/search.ts';
import { asUser } from '../db/access/as-user.ts';
import { findSyncSource } from '../db/jobs/job-lifecycle.ts';
import type { AccessTokenProvider, ConnectorContext, Throttle } from '../sources/connectors/connector.ts';
import { createChoices, definitionOf } from '../sources/connectors/registry.ts';
import { staticToken } from '../sources/credentials/static-token.ts';
import { composioSignInFor, contextFor, oauthClientFor } from '../sources/source-clients.ts';
import { createServices, type Parts, type Services } from './services.ts';

/**
 * Limits of a preview, for which a user is waiting. Readers start with the first preview and stop when they are idle.
 */
const previewLimits = { processes: 1, timeoutMs: 15_000, maxMemoryMb: 512 };

/** Limits of compiling a user's new pattern, which takes 150 ms at most on a quiet machine. */
const patternLimits = { processes: 1, timeoutMs: 3000, maxMemoryMb: 512 };

/** Searches, previews and checks of patterns of one user. */
const turnsOfUser = { concurrency: 3, waiting: 20 };
/** Connections of the pool that searches leave free, so that the rest of the API always answers. */
const connectionsForOthers = 4;

/** Builds the dependencies of the routes. */
export function createApiDependencies(parts: Parts): ApiDependencies {
  const services = createServices(parts);
  const { config, embedder, vectors } = services;
  const { dollarsPerMillionTokens, tokensPerSecond, finer = null } = embedder;
  return {
    ...parts,
    taskQueue: services.taskQueue,
    ...createVendorCalls(services),
    ...createWaitingWork(services),
    oauthClient: (sourceType, sourceConfig) => oauthClientFor(config, { sourceType, config: sourceConfig }),
    composio: (sourceType) => composioSignInFor(config, { sourceType }),
    stopSubscription: services.stopSubscription,
    embedding: { ...vectors.configured, dollarsPerMillionTokens, tokensPerSecond, finer },
    pipelineVersion: services.pipelineVersion,
  };
}

/** One or two calls to a vendor while a person waits, so they are not rate limited. */
function createVendorCalls(services: Services): Pick<ApiDependencies, 'checkSource' | 'listChoices'> {
  const { config, db, logger, sourceSettings } = services;
  const throttle: Throttle = async () => {};
  const contextOf = (tokens: AccessTokenProvider): ConnectorContext => ({
    tokens,
    throttle,
    logger,
    maxItemBytes: config.maxItemBytes,
  });
  return {
    checkSource: async ({ sourceType, config: sourceConfig, tokens }, signal) => {
      const code = await definitionOf(sourceType).load();
      const context = contextOf(tokens ?? staticToken(''));
      return await code.createConnector({ ...sourceConfig }, context, sourceSettings).check(signal);
    },
    listChoices: async ({ sourceType, userId, dataSourceId }, { field, within }, signal) => {
      const source =
        dataSourceId === null ? undefined : await asUser(db, userId, (trx) => findSyncSource(trx, dataSourceId));
      const context = source === undefined ? contextOf(staticToken('')) : contextFor(services, source, throttle);
      const choices = await createChoices(sourceType, context, sourceSettings);
      return (await choices[field]?.(within, signal)) ?? [];
    },
  };
}

/** Work for which a person waits; each user has a few at a time. */
function createWaitingWork(
  services: Services,
): Pick<ApiDependencies, 'search' | 'buildContext' | 'preview' | 'checkPatterns'> {
  const { config, db, embedderOf, vectors, logger } = services;
  const searchable = { db, embedderOf, vectors, reranker: createReranker(config.rerank, logger) };
  const extractor = createExtractor(previewLimits);
  const patternChecker = createExtractor(patternLimits);
  const turns = createTurns({ ...turnsOfUser, inAll: Math.max(1, config.databasePoolSize - connectionsForOthers) });
  return {
    search: (userId, request, signal) => turns.take(userId, signal, () => search(searchable, userId, request, signal)),
    buildContext: (userId, request, signal) =>
      turns.take(userId, signal, async () => {
        // It brings the tokenizer's table, which nothing else here needs.
        const { buildContext } = await import('../content/search/context.ts');
        return await buildContext(searchable, userId, request, signal);
      }),
    preview: (request, signal, userId) => turns.take(userId, signal, () => extractor.preview(request, signal, userId)),
    checkPatterns: (patterns, signal, userId) =>
      turns.take(userId, signal, () => patternChecker.checkPatterns(patterns, signal, userId)),
  };
}
