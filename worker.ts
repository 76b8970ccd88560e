/** Builds everything a worker needs and runs it: `node worker.ts`. */

import { join } from 'node:path';
import { Runtime, Worker } from '@temporalio/worker';
import type { Kysely } from 'kysely';
import pLimit from 'p-limit';
import { type Logger, pino } from 'pino';
import { createByteBudget } from './activities/support/byte-budget.ts';
import type { ActivityDependencies, TextRecognition } from './activities/support/dependencies.ts';
import { clearStagedLeftovers } from './activities/clean-staging.ts';
import { errorCode } from './activities/support/failure.ts';
import { createTroubleReports } from './activities/support/trouble.ts';
import { createActivities } from './activities/index.ts';
import { findWorkflowBundle } from './platform/workflow-bundle.ts';
import { type Config, ConfigError, readConfig } from './platform/config.ts';
import type { Pace } from './sources/connectors/connector.ts';
import { createConnector, type LoadedSources, loadSources } from './sources/connectors/registry.ts';
import type { SourceDefinition } from './sources/connectors/source-definition.ts';
import { type Keyring, loadKeyring } from './sources/credentials/keyring.ts';
import { revokeAtVendor } from './sources/credentials/revoke.ts';
import { type Database, openDatabase } from './db/access/database.ts';
import { asUser } from './db/access/as-user.ts';
import { findSyncSource, type SyncSource } from './db/jobs/job-lifecycle.ts';
import { taskQueue } from './domain/contract.ts';
import { toSyncError } from './domain/errors.ts';
import { createEmbedder, embedderFinder } from './content/embeddings/index.ts';
import { createExtractor, type ExtractorOptions } from './content/extraction/extractor.ts';
import { pipelineVersion } from './content/extraction/extract-document.ts';
import { createRecogniser, type RecogniserOptions } from './content/extraction/recogniser.ts';
import { ineligible, isPicture, mediaTypeOf } from './content/extraction/media-types.ts';
import { createAccountGates } from './sources/rate-limits/retry-after.ts';
import { createPaces } from './sources/rate-limits/rate-limiter.ts';
import { limitConnector } from './sources/rate-limits/limited-connector.ts';
import { loggerOptions } from './platform/logging.ts';
import { createSyncMetrics } from './platform/sync-metrics.ts';
import { stopSubscription } from './sources/change-notifications/reconcile.ts';
import { checkAllSubscriptions } from './sources/change-notifications/notify.ts';
import { reconcileAll } from './jobs/schedules/reconcile.ts';
import { runProgram } from './platform/main.ts';
import {
  composioSignInFor,
  contextFor,
  createSubscriptionClientFor,
  oauthClientFor,
} from './sources/source-clients.ts';
import { createFolderStaging } from './content/staging/folder.ts';
import {
  connectTemporal,
  connectWorker,
  registerSearchAttributes,
  type TemporalClient,
} from './platform/temporal-connection.ts';
import { quietTemporal } from './platform/temporal-logging.ts';
import { startTracing, type Tracing } from './platform/tracing.ts';
import { isAnnIndexDue, tendAnnIndex } from './content/vectors/pgvector-ann.ts';
import { createVectorSpaces, type VectorSpaces } from './content/vectors/vector-spaces.ts';
import { sweepOutbox } from './jobs/outgoing-webhooks/outbox.ts';
import { createSendWebhook } from './jobs/outgoing-webhooks/send.ts';

/** Limit for the bytes of items in memory, over all jobs of one process. */
const bytesInFlight = 256 * 1024 * 1024;
/** Interval of the check for webhook deliveries that were not started, in milliseconds. */
const outboxLookMs = 60_000;
/** By default the SDK delays heartbeats by up to 12 s, and cancellation with them. */
const heartbeatThrottle = '2s';
/** How long a worker that is shutting down lets its activities finish. */
const shutdownGraceTime = '10s';

export interface WorkerParts {
  readonly config: Config;
  readonly db: Kysely<Database>;
  readonly temporal: TemporalClient;
  readonly keyring: Keyring;
  readonly logger: Logger;
  readonly tracing?: Tracing;
  /** Tests run in parallel on separate task queues. */
  readonly taskQueue?: string;
  /** Tests pass a connector that misbehaves. */
  readonly connectorFor?: ActivityDependencies['connectorFor'];
  /** Tests add a source of their own. */
  readonly sources?: readonly SourceDefinition[];
  /** Tests pass readers that misbehave, with short timeouts. */
  readonly readers?: ExtractorOptions;
  /** Tests pass a recognizer that misbehaves. */
  readonly recogniser?: Partial<RecogniserOptions>;
}

export interface RunningWorker extends AsyncDisposable {
  /** Settles when the worker has stopped, and rejects with its error if it failed. */
  readonly stopped: Promise<void>;
}

/** Starts a worker with parts that the caller owns. Disposing of it stops the worker and waits. */
export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const { config, temporal } = parts;
  await registerSearchAttributes(temporal, config.temporal.namespace);
  const extractor = createExtractor({ ...config.readers, ...parts.readers });
  const recognition = createRecognition(parts);
  const dependencies = createDependencies(parts, { ...extractor, recognition }, await loadSources(parts.sources));
  await prepareVectors(dependencies.vectors, parts.logger);
  // Runs in the background, because a database that is not available yet must not prevent a worker from starting; its
  // activities wait for it.
  const clearing = clearStagedLeftovers(dependencies).catch((error: unknown) =>
    parts.logger.warn(
      { reason: errorCode(error) },
      'leftover staged bytes were not deleted; the next start tries again',
    ),
  );
  const connection = await connectWorker(config);
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: parts.taskQueue ?? taskQueue,
    workflowBundle: await findWorkflowBundle({ plugins: parts.tracing?.plugins ?? [] }),
    activities: createActivities(dependencies),
    maxConcurrentActivityTaskExecutions: config.workerTaskSlots,
    maxConcurrentWorkflowTaskExecutions: config.workerTaskSlots,
    maxCachedWorkflows: 200,
    maxHeartbeatThrottleInterval: heartbeatThrottle,
    shutdownGraceTime,
    plugins: [...(parts.tracing?.plugins ?? [])],
  });
  const queue = { db: parts.db, temporal, taskQueue: parts.taskQueue ?? taskQueue };
  const schedules = compareSchedules(queue, parts.logger);
  const push = checkAllSubscriptions(queue).catch((error: unknown) =>
    parts.logger.warn({ reason: errorCode(error) }, 'subscriptions were not checked; the next start tries again'),
  );
  const outbox = watchOutbox(queue, parts.logger);
  const stopped = worker.run();
  return {
    stopped,
    [Symbol.asyncDispose]: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped.catch(() => {});
      await Promise.all([clearing, schedules, push, outbox[Symbol.asyncDispose]()]);
      await connection.close();
      await Promise.all([extractor[Symbol.asyncDispose](), recognition?.[Symbol.asyncDispose]()]);
    },
  };
}

/** The configured text recognition; null if it is off. */
function createRecognition({ config, recogniser }: WorkerParts): (TextRecognition & AsyncDisposable) | null {
  if (config.recognition === null) return null;
  const { maxMemoryMb } = config.readers;
  const { maxPages, maxMsPerDocument } = config.recognition;
  const engine = createRecogniser({ ...config.recognition, maxMemoryMb, ...recogniser });
  return { ...engine, maxPages, maxMsPerDocument, turns: createByteBudget(1) };
}

async function compareSchedules(queue: Parameters<typeof reconcileAll>[0], logger: Logger): Promise<void> {
  try {
    const { refused } = await reconcileAll(queue);
    if (refused.length > 0) logger.warn({ refused }, 'Temporal rejects these schedules; the others are in place');
  } catch (error) {
    logger.warn({ reason: errorCode(error) }, 'schedules were not reconciled; the next start tries again');
  }
}

/** Checks for webhook deliveries that were recorded and never started, at start-up and then every minute. */
function watchOutbox(queue: Parameters<typeof sweepOutbox>[0], logger: Logger): AsyncDisposable {
  const look = async (): Promise<void> => {
    await sweepOutbox(queue).catch((error: unknown) =>
      logger.warn({ reason: errorCode(error) }, 'the webhook outbox could not be read; the next check tries again'),
    );
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, outboxLookMs);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

/** An unusable store stops the start with a message; one that does not answer is retried by the activities. */
async function prepareVectors(vectors: VectorSpaces, logger: Logger): Promise<void> {
  try {
    await vectors.prepare(AbortSignal.timeout(60_000));
  } catch (error) {
    const { kind, code, message, operatorMessage } = toSyncError(error);
    if (kind === 'invalid_input') throw new ConfigError(message, { cause: error });
    logger.warn({ code, reason: operatorMessage }, 'the vector store is not ready; activities wait for it');
  }
}

/** Builds the dependencies of the activities. A benchmark runs the same parts without Temporal. */
export function createDependencies(
  parts: WorkerParts,
  readers: Pick<ActivityDependencies, 'read' | 'extract' | 'transform' | 'judge' | 'recognition'>,
  sources: LoadedSources,
): ActivityDependencies {
  const { config, db, logger } = parts;
  const { readsArchives } = config;
  const readsPictures = config.recognition?.readsPictures === true;
  const embedder = createEmbedder(config.embedding);
  const { model, dimensions } = embedder;
  const gates = createAccountGates(db);
  const paces = createPaces(db);
  const metrics = createSyncMetrics(Runtime.instance().metricMeter);
  const subscriptionClientFor = createSubscriptionClientFor(parts);
  return {
    db,
    temporal: parts.temporal,
    connectorFor: (source) => {
      const account = `${source.sourceType}:${source.accountLabel ?? source.id}`;
      const rateLimit = config.rateLimits[source.sourceType] ?? sources.get(source.sourceType)?.rateLimit ?? null;
      const wait = paces({ userId: source.userId, account, dataSourceId: source.id, rateLimit });
      const pace: Pace = async (units, signal) => {
        await wait(units, signal);
        metrics.vendorCall(source.sourceType);
      };
      const connector = parts.connectorFor?.(source) ?? connectorFor(parts, sources, source, pace);
      return limitConnector(connector, gates(source.userId, account), (by) => metrics.throttled(source.sourceType, by));
    },
    subscriptionClientFor,
    publicUrl: config.publicUrl,
    sendWebhook: createSendWebhook(parts.keyring, config.webhookAddresses),
    revokeSignIn: async (userId, dataSourceId) => {
      await stopSubscription({ db, subscriptionClientFor, publicUrl: config.publicUrl }, { userId, dataSourceId });
      const source = await asUser(db, userId, async (trx) => await findSyncSource(trx, dataSourceId));
      if (source === undefined) return 'none';
      const oauthClient = () => oauthClientFor(config, source);
      const composio = () => composioSignInFor(config, source);
      return await revokeAtVendor({ ...parts, oauthClient, composio }, userId, dataSourceId);
    },
    staging: createFolderStaging(join(config.dataDir, 'staging')),
    read: readers.read,
    extract: readers.extract,
    transform: readers.transform,
    judge: readers.judge,
    recognition: readers.recognition,
    isPicture,
    readsArchives,
    ineligible: (item) => ineligible(item, { maxBytes: config.maxItemBytes, readsPictures, readsArchives }),
    mediaTypeOf,
    pipelineVersion,
    embedder,
    metrics,
    embedderOf: embedderFinder(config.embedding, embedder),
    vectors: createVectorSpaces(db, { store: config.vectors.store, model, dimensions }, config.vectors.pinecone),
    annIndex: {
      isDue: async (userId, space) => await isAnnIndexDue(db, userId, space),
      tend: async (userId, space) => await tendAnnIndex(db, userId, space),
    },
    logger,
    oneAtATime: pLimit(1),
    troubles: createTroubleReports(parts.temporal, metrics),
    bytesInFlight: createByteBudget(bytesInFlight),
    maxItemBytes: config.maxItemBytes,
  };
}

function connectorFor(parts: WorkerParts, sources: LoadedSources, source: SyncSource, pace: Pace) {
  const { localFolderRoots, vendors } = parts.config;
  return createConnector(sources, source, contextFor(parts, source, pace), { localFolderRoots, vendors });
}

async function main(): Promise<void> {
  const config = readConfig();
  const logger = pino({ level: config.logLevel, name: 'worker', ...loggerOptions });
  quietTemporal(logger, config.metricsAddress);
  if (config.databaseUrl === undefined) {
    throw new Error(
      'DATABASE_URL is not set. A separate worker process needs a PostgreSQL server. `npm start` runs everything in one process.',
    );
  }
  await using db = openDatabase(config.databaseUrl, config.databasePoolSize);
  await using tracing = await startTracing('headwater-worker', config.tracing);
  await using temporal = await connectTemporal(config, { tracing });
  const keyring = await loadKeyring(config, config.dataDir);
  await using worker = await startWorker({ config, db, temporal, keyring, logger, tracing });
  logger.info({ taskQueue, namespace: config.temporal.namespace }, 'worker runs');
  await worker.stopped;
  logger.info('worker has stopped');
}

if (import.meta.main) await runProgram(main);
