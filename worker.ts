/** Builds everything a worker needs and runs it: `node worker.ts`. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import { createByteBudget } from './activities/support/byte-budget.ts';
import type { ActivityDependencies, TextRecognition } from './activities/support/dependencies.ts';
import { cleanStaging } from './activities/clean-staging.ts';
import { errorCode } from './domain/logged-error.ts';
import { createActivities } from './activities/index.ts';
import { findWorkflowBundle } from './platform/workflow-bundle.ts';
import { type Config, ConfigError, readConfig } from './platform/config.ts';
import { loadSources } from './sources/connectors/registry.ts';
import type { SourceDefinition } from './sources/connectors/source-definition.ts';
import { loadKeyring } from './sources/credentials/keyring.ts';
import { createPayloadCodec } from './sources/credentials/payload-codec.ts';
import { type ActivityParts, createActivityDependencies } from './composition/activity-dependencies.ts';
import { untilMigrated } from './composition/database-at-start.ts';
import { openDatabase } from './db/access/database.ts';
import { sortNewWords } from './db/documents/word-index.ts';
import { pruneAuditEvents } from './db/access/audit-log.ts';
import { taskQueue } from './domain/contract.ts';
import { toSyncError } from './domain/errors.ts';
import { createExtractor, type ExtractorOptions } from './content/extraction/extractor.ts';
import { createRecognizer, type RecognizerOptions } from './content/extraction/recognizer.ts';
import { loggerOptions } from './platform/logging.ts';
import { checkAllSubscriptions } from './sources/change-notifications/notify.ts';
import { reconcileAll } from './jobs/schedules/reconcile.ts';
import { runProgram } from './platform/main.ts';
import { connectTemporal, registerSearchAttributes } from './platform/temporal-connection.ts';
import { connectWorker } from './platform/worker-connection.ts';
import { quietTemporal } from './platform/temporal-logging.ts';
import { slotOptions } from './platform/task-slots.ts';
import { startTracing, type Tracing } from './platform/tracing.ts';
import type { VectorSpaces } from './content/vectors/vector-spaces.ts';
import { sweepOutbox } from './jobs/outgoing-webhooks/outbox.ts';

/** Interval of the check for webhook deliveries that were not started, in milliseconds. */
const outboxLookMs = 60_000;
/** Interval of the check for audit events that are older than the retention period, in milliseconds. */
const pruneMs = 6 * 3_600_000;
/** Interval of the check for bytes that terminated jobs have left in staging, in milliseconds. */
const clearStagingMs = 6 * 3_600_000;
/**
 * Interval at which new words are sorted into the index, in milliseconds. Until then searches are slower, and a small sync
 * may have to sort in the words of a large one before it.
 */
const sortWordsMs = 2000;
/** By default the SDK delays heartbeats by up to 12 s, and cancellation with them. */
const heartbeatThrottle = '2s';
/** How long a worker that is shutting down lets its activities finish. */
const shutdownGraceTime = '10s';

export interface WorkerParts extends ActivityParts {
  readonly tracing?: Tracing;
  /** Tests pass changed workflow code. */
  readonly workflowBundle?: WorkflowBundleOption;
  /** Tests add a source of their own. */
  readonly sources?: readonly SourceDefinition[];
  /** Tests pass readers that misbehave, with short timeouts. */
  readonly readers?: ExtractorOptions;
  /** Tests pass a recognizer that misbehaves. */
  readonly recognizer?: Partial<RecognizerOptions>;
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
  const dependencies = createActivityDependencies(
    parts,
    { ...extractor, recognition },
    await loadSources(parts.sources),
  );
  await prepareVectors(dependencies.vectors, parts.logger);
  const connection = await connectWorker(config);
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: parts.taskQueue ?? taskQueue,
    workflowBundle: parts.workflowBundle ?? (await findWorkflowBundle({ plugins: parts.tracing?.plugins ?? [] })),
    ...versioningOf(config),
    activities: createActivities(dependencies),
    dataConverter: { payloadCodecs: [createPayloadCodec(parts.keyring, config.temporal.encryptsPayloads)] },
    ...slotOptions(config.workerTaskSlots),
    maxCachedWorkflows: 200,
    maxHeartbeatThrottleInterval: heartbeatThrottle,
    shutdownGraceTime,
    plugins: [...(parts.tracing?.plugins ?? [])],
  });
  const queue = { db: parts.db, temporal, taskQueue: parts.taskQueue ?? taskQueue };
  const schedules = compareSchedules(queue, parts.logger);
  const subscriptions = checkAllSubscriptions(queue).catch((error: unknown) =>
    parts.logger.warn({ reason: errorCode(error) }, 'subscriptions were not checked; the next start tries again'),
  );
  const chores = startChores(parts, dependencies, queue);
  const stopped = worker.run();
  return {
    stopped,
    [Symbol.asyncDispose]: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped.catch(() => {});
      await Promise.all([schedules, subscriptions]);
      await Promise.all(chores.map((each) => each[Symbol.asyncDispose]()));
      await connection.close();
      await Promise.all([extractor[Symbol.asyncDispose](), recognition?.[Symbol.asyncDispose]()]);
    },
  };
}

/**
 * Starts the work that a worker does every so often beside its activities. It runs in the background, because a
 * database that is not available yet must not prevent a worker from starting; its activities wait for it.
 */
function startChores(
  { config, db, logger }: WorkerParts,
  dependencies: ActivityDependencies,
  queue: Parameters<typeof sweepOutbox>[0],
): readonly AsyncDisposable[] {
  const clearing = repeat(
    clearStagingMs,
    () => cleanStaging(dependencies),
    (reason) => logger.warn({ reason }, 'leftover staged bytes were not deleted; the next check tries again'),
  );
  const outbox = repeat(
    outboxLookMs,
    () => sweepOutbox(queue),
    (reason) => logger.warn({ reason }, 'the webhook outbox could not be read; the next check tries again'),
  );
  const pruning = repeat(
    pruneMs,
    () => pruneAuditEvents(db, config.auditRetentionDays),
    (reason) => logger.warn({ reason }, 'old audit events were not deleted; the next check tries again'),
  );
  const sorting = repeat(
    sortWordsMs,
    () => sortNewWords(db),
    (reason) => logger.warn({ reason }, 'new words were not sorted into the index; the next try follows'),
  );
  return [clearing, outbox, pruning, sorting];
}

/**
 * With a deployment, a run stays with workers of the release that it began on, and moves to newer ones where it continues
 * as new (docs/operations.md, Updating).
 */
function versioningOf({ temporal: { deployment } }: Config): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (deployment === null) return {};
  const version = { ...deployment };
  return {
    workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' },
  };
}

/** The configured text recognition; null if it is off. */
function createRecognition({ config, recognizer }: WorkerParts): (TextRecognition & AsyncDisposable) | null {
  if (config.recognition === null) return null;
  const { maxMemoryMb } = config.readers;
  const { maxPages, maxMsPerDocument } = config.recognition;
  const engine = createRecognizer({ ...config.recognition, maxMemoryMb, ...recognizer });
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

/**
 * Does something now, and again `intervalMs` after it ended. A failure waits for the next time, and is reported if the
 * one before did not have the same reason.
 */
function repeat(intervalMs: number, work: () => Promise<unknown>, failed: (code: string) => void): AsyncDisposable {
  const end = new AbortController();
  const loop = async (): Promise<void> => {
    let reported: string | null = null;
    while (!end.signal.aborted) {
      try {
        await work();
        reported = null;
      } catch (error) {
        const reason = errorCode(error);
        if (reason !== reported) failed(reason);
        reported = reason;
      }
      await sleep(intervalMs, undefined, { signal: end.signal }).catch(() => {});
    }
  };
  const looping = loop();
  return {
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await looping;
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
  const keyring = await loadKeyring(config, config.dataDir);
  const codec = createPayloadCodec(keyring, config.temporal.encryptsPayloads);
  await using temporal = await connectTemporal(config, { tracing, codec });
  await untilMigrated(db, config.databaseUrl, logger);
  await using worker = await startWorker({ config, db, temporal, keyring, logger, tracing });
  logger.info({ taskQueue, namespace: config.temporal.namespace }, 'worker runs');
  await worker.stopped;
  logger.info('worker has stopped');
}

if (import.meta.main) await runProgram(main);
