/** Builds everything a worker needs and runs it: `node worker.ts`. */

import { join } from 'node:path';
import { Runtime, Worker } from '@temporalio/worker';
import type { Kysely } from 'kysely';
import { type Logger, pino } from 'pino';
import { createByteBudget } from './activities/byte-budget.ts';
import type { ActivityDependencies } from './activities/dependencies.ts';
import { clearStagedLeftovers } from './activities/staged-leftovers.ts';
import { errorCode } from './activities/failure.ts';
import { createActivities } from './activities/index.ts';
import { type Config, readConfig } from './config.ts';
import { oauthDescriptions } from './connectors/oauth-descriptions.ts';
import { defaultCeilings } from './connectors/ceilings.ts';
import type { Pace } from './connectors/connector.ts';
import { createConnector } from './connectors/registry.ts';
import { type Keyring, loadKeyring } from './credentials/keyring.ts';
import { createOAuthClient } from './credentials/oauth-client.ts';
import { revokeSignIn } from './credentials/revoke.ts';
import { createTokenProvider } from './credentials/token-provider.ts';
import { type Database, openDatabase } from './db/database.ts';
import { asUser } from './db/as-user.ts';
import { findSyncSource, type SyncSource } from './db/job-lifecycle.ts';
import { taskQueue } from './domain/contract.ts';
import { SyncError } from './domain/errors.ts';
import { createEmbedder } from './embeddings/index.ts';
import { createExtractor } from './pipeline/extractor.ts';
import { pipelineVersion } from './pipeline/extract-document.ts';
import { ineligible } from './pipeline/media-types.ts';
import { createAccountGates } from './limits/account-gates.ts';
import { createPaces } from './limits/account-pace.ts';
import { limitConnector } from './limits/limited-connector.ts';
import { redaction } from './logging.ts';
import { createSyncMetrics } from './metrics/sync-metrics.ts';
import { reconcileAll } from './schedules/reconcile.ts';
import { runProgram } from './program.ts';
import { createFolderStaging } from './staging/folder.ts';
import {
  connectTemporal,
  connectWorker,
  registerSearchAttributes,
  type TemporalClient,
} from './temporal-connection.ts';
import { quietTemporal } from './temporal-logging.ts';
import { startTracing, type Tracing } from './tracing.ts';
import { createPgvectorIndex } from './vectors/pgvector.ts';

/** Bytes of items in memory at once, over all jobs of one process. */
const bytesInFlight = 256 * 1024 * 1024;
const extractionThreads = 2;
const extractionTimeoutMs = 60_000;
const extractionHeapMb = 512;
/** How long a worker that is told to stop lets its steps finish. */
const shutdownGraceTime = '10s';

export interface WorkerParts {
  readonly config: Config;
  readonly db: Kysely<Database>;
  readonly temporal: TemporalClient;
  readonly keyring: Keyring;
  readonly logger: Logger;
  readonly tracing?: Tracing;
  /** Tests run side by side on queues of their own. */
  readonly taskQueue?: string;
  /** Tests bring a connector that misbehaves. */
  readonly connectorFor?: ActivityDependencies['connectorFor'];
}

export interface RunningWorker extends AsyncDisposable {
  /** Settles when the worker has stopped, with its error if it had one. */
  readonly stopped: Promise<void>;
}

/** Starts a worker over parts that the caller owns. Disposing stops it and waits. */
export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const { config, temporal } = parts;
  await registerSearchAttributes(temporal, config.temporal.namespace);
  const extractor = createExtractor({
    threads: extractionThreads,
    timeoutMs: extractionTimeoutMs,
    maxHeapMb: extractionHeapMb,
  });
  const dependencies = createDependencies(parts, extractor);
  // In the background: a database that is not back yet keeps no worker from starting, its steps wait for it.
  const clearing = clearStagedLeftovers(dependencies).catch((error: unknown) =>
    parts.logger.warn({ reason: errorCode(error) }, 'staged leftovers were not cleared; the next start tries again'),
  );
  const connection = await connectWorker(config);
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: parts.taskQueue ?? taskQueue,
    workflowsPath: join(import.meta.dirname, 'workflows/index.ts'),
    activities: createActivities(dependencies),
    maxConcurrentActivityTaskExecutions: config.workerTaskSlots,
    maxConcurrentWorkflowTaskExecutions: config.workerTaskSlots,
    maxCachedWorkflows: 200,
    shutdownGraceTime,
    plugins: [...(parts.tracing?.plugins ?? [])],
  });
  const schedules = reconcileAll({ db: parts.db, temporal, taskQueue: parts.taskQueue ?? taskQueue }).catch(
    (error: unknown) =>
      parts.logger.warn({ reason: errorCode(error) }, 'schedules were not compared; the next start tries again'),
  );
  const stopped = worker.run();
  return {
    stopped,
    [Symbol.asyncDispose]: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped.catch(() => {});
      await Promise.all([clearing, schedules]);
      await connection.close();
      await extractor[Symbol.asyncDispose]();
    },
  };
}

/** What activities are built from; a bench runs the same parts without Temporal. */
export function createDependencies(
  parts: WorkerParts,
  { extract, transform, judge }: Pick<ActivityDependencies, 'extract' | 'transform' | 'judge'>,
): ActivityDependencies {
  const { config, db, logger } = parts;
  const embedder = createEmbedder(config.embedding);
  const gates = createAccountGates(db);
  const paces = createPaces(db);
  const metrics = createSyncMetrics(Runtime.instance().metricMeter);
  return {
    db,
    temporal: parts.temporal,
    connectorFor: (source) => {
      const account = `${source.sourceType}:${source.accountLabel ?? source.id}`;
      const ceiling = config.ceilings[source.sourceType] ?? defaultCeilings[source.sourceType];
      const wait = paces({ userId: source.userId, account, dataSourceId: source.id, ceiling });
      const pace: Pace = async (units, signal) => {
        await wait(units, signal);
        metrics.vendorCall(source.sourceType);
      };
      const connector = parts.connectorFor?.(source) ?? connectorFor(parts, source, pace);
      return limitConnector(connector, gates(source.userId, account), (by) => metrics.throttled(source.sourceType, by));
    },
    revokeSignIn: async (userId, dataSourceId) => {
      const source = await asUser(db, userId, async (trx) => await findSyncSource(trx, dataSourceId));
      if (source === undefined) return 'none';
      return await revokeSignIn({ ...parts, oauthClient: () => oauthClientFor(config, source) }, userId, dataSourceId);
    },
    staging: createFolderStaging(join(config.dataDir, 'staging')),
    extract,
    transform,
    judge,
    ineligible: (item) => ineligible(item, config.maxItemBytes),
    pipelineVersion,
    embedder,
    metrics,
    vectors: createPgvectorIndex(db, embedder),
    logger,
    bytesInFlight: createByteBudget(bytesInFlight),
    maxItemBytes: config.maxItemBytes,
  };
}

function connectorFor({ config, db, keyring, logger }: WorkerParts, source: SyncSource, pace: Pace) {
  const tokens = createTokenProvider({
    db,
    keyring,
    userId: source.userId,
    dataSourceId: source.id,
    oauthClient: () => oauthClientFor(config, source),
  });
  return createConnector(
    source.sourceType,
    source.config,
    { tokens, pace, logger, maxItemBytes: config.maxItemBytes },
    { localFolderRoots: config.localFolderRoots, vendors: config.vendors },
  );
}

function oauthClientFor(config: Config, { sourceType }: SyncSource) {
  const oauth = oauthDescriptions[sourceType];
  if (oauth === null) throw new SyncError('invalid_input', { message: 'This source has no sign-in.' });
  return createOAuthClient(oauth, config.vendors[oauth.vendor]);
}

async function main(): Promise<void> {
  const config = readConfig();
  const logger = pino({ level: config.logLevel, name: 'worker', redact: redaction });
  quietTemporal(logger, config.metricsAddress);
  if (config.databaseUrl === undefined) {
    throw new Error(
      'Set DATABASE_URL: a worker of its own needs a real Postgres. `npm start` runs everything in one process.',
    );
  }
  await using db = openDatabase(config.databaseUrl, config.databasePoolSize);
  await using tracing = await startTracing('headwater-worker', config.tracing);
  await using temporal = await connectTemporal(config, { tracing });
  const keyring = await loadKeyring(config.encryptionKey, config.dataDir);
  await using worker = await startWorker({ config, db, temporal, keyring, logger, tracing });
  logger.info({ taskQueue, namespace: config.temporal.namespace }, 'worker runs');
  await worker.stopped;
  logger.info('worker has stopped');
}

if (import.meta.main) await runProgram(main);
