import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { type Config, readConfig } from '../../platform/config.ts';
import { createKeyring, type Keyring } from '../../sources/credentials/keyring.ts';
import { createPayloadCodec } from '../../sources/credentials/payload-codec.ts';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import { saveConnection } from '../../db/sources/credentials.ts';
import type { JobStatus, SyncJobInput, SyncJobResult } from '../../domain/contract.ts';
import type { SourceType } from '../../domain/source.ts';
import { type GoogleSimulator, simulatedClient, startGoogle } from '../../tools/simulators/google/server.ts';
import type { syncJob } from '../../workflows/sync-job.ts';
import { type OpenAiSimulator, startOpenAi } from '../../tools/simulators/openai/server.ts';
import { loggerOptions } from '../../platform/logging.ts';
import { connectTemporal, type TemporalClient } from '../../platform/temporal-connection.ts';
import { type RunningWorker, startWorker, type WorkerParts } from '../../worker.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { prepareTemporal, temporalAddress } from './temporal.ts';

/** All of Headwater except its API, with real parts: a worker, a database, Temporal and simulated vendors. */
export interface TestHeadwater extends AsyncDisposable {
  readonly config: Config;
  readonly database: TestDatabase;
  readonly temporal: TemporalClient & Client;
  readonly keyring: Keyring;
  readonly google: GoogleSimulator;
  readonly openai: OpenAiSimulator;
  readonly taskQueue: string;
  /** Where Prometheus would find the metrics of the process's workers. */
  readonly metricsAddress: string;
  readonly parts: WorkerParts;
  /** The complete log, as text. */
  readonly logged: () => string;
  /** Reads as one user. */
  as<T>(userId: string, work: (trx: UserTransaction) => Promise<T>): Promise<T>;
  createSource(userId: string, sourceType: SourceType, config?: object): Promise<string>;
  /** A Drive source, signed in as one of the simulator's accounts. */
  createDrive(userId: string, email: string, config?: object): Promise<string>;
  start(input: SyncJobInput, workflowId?: string): Promise<Awaited<ReturnType<Client['workflow']['start']>>>;
  sync(input: SyncJobInput): Promise<SyncJobResult>;
  /** The job's row. */
  job(userId: string, jobId: string | null): Promise<JobSummary>;
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
}

export interface JobSummary {
  readonly status: JobStatus;
  readonly mode: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly progressData: object;
  readonly found: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly skipped: number;
  readonly failed: number;
  /** Found but not tried; not included in the items found. */
  readonly pending: number;
}

export interface TestHeadwaterOptions {
  /** Whether to embed with the simulated OpenAI server, whose calls can be counted, instead of the local embedder. */
  readonly openai?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Replaces parts, for example with a hostile connector. */
  readonly parts?: Pick<
    WorkerParts,
    'workflowBundle' | 'connectorFor' | 'sources' | 'tracing' | 'readers' | 'recognizer'
  >;
  readonly rotate?: boolean;
  /** Replaces the new, empty database of this file. */
  readonly database?: TestDatabase;
  readonly taskQueue?: string;
}

export async function startHeadwater(options: TestHeadwaterOptions = {}): Promise<TestHeadwater> {
  const metricsAddress = await prepareTemporal();
  const lines: string[] = [];
  const logger = pino({ ...loggerOptions, level: 'debug' }, { write: (line) => void lines.push(line) });
  const [database, google, openai, dataDir] = await Promise.all([
    options.database ?? createTestDatabase(),
    startGoogle(0, { rotate: options.rotate ?? false }),
    startOpenAi(0, { dimensions: 64 }),
    mkdtemp(join(tmpdir(), 'headwater-test-')),
  ]);
  const { taskQueue = `test-${randomUUID()}` } = options;
  const config = testConfig({ database, google, openai, dataDir, options });
  const keyring = createKeyring('ab'.repeat(32));
  const codec = createPayloadCodec(keyring, config.temporal.encryptsPayloads);
  const temporal = await connectTemporal(config, { codec });
  const parts: WorkerParts = { config, db: database.db, temporal, keyring, logger, taskQueue, ...options.parts };
  let worker: RunningWorker | null = await startWorker(parts);
  const as: TestHeadwater['as'] = async (userId, work) => await asUser(database.db, userId, work);

  const headwater: TestHeadwater = {
    config,
    database,
    temporal,
    keyring,
    google,
    openai,
    taskQueue,
    metricsAddress,
    parts,
    logged: () => lines.join(''),
    as,
    createSource: async (userId, sourceType, sourceConfig = {}) =>
      await as(userId, async (trx) => {
        const row = await trx
          .insertInto('dataSources')
          .values({
            userId,
            name: `Test ${sourceType}`,
            sourceType,
            connectionStatus: 'connected',
            config: JSON.stringify(sourceConfig),
          })
          .returning('id')
          .executeTakeFirstOrThrow();
        return row.id;
      }),
    createDrive: async (userId, email, sourceConfig = {}) => {
      const id = await headwater.createSource(userId, 'google_drive', sourceConfig);
      const tokens = google.oauth.issue(email);
      const authData = keyring.seal({ ...tokens, expiresAt: Date.now() + 3_500_000 }, id);
      await as(
        userId,
        async (trx) => await saveConnection(trx, id, { authData, provider: 'token', accountLabel: email }),
      );
      return id;
    },
    start: async (input, workflowId = `sync/${randomUUID()}`) =>
      await temporal.workflow.start<typeof syncJob>('syncJob', { taskQueue, workflowId, args: [input] }),
    sync: async (input) =>
      await temporal.workflow.execute<typeof syncJob>('syncJob', {
        taskQueue,
        workflowId: `sync/${randomUUID()}`,
        args: [input],
      }),
    job: async (userId, jobId) => await as(userId, async (trx) => await findSummary(trx, jobId ?? '')),
    stopWorker: async () => {
      await worker?.[Symbol.asyncDispose]();
      worker = null;
    },
    startWorker: async () => {
      worker ??= await startWorker(parts);
    },
    [Symbol.asyncDispose]: async () => {
      await headwater.stopWorker();
      await temporal[Symbol.asyncDispose]();
      await Promise.all([
        database[Symbol.asyncDispose](),
        google[Symbol.asyncDispose](),
        openai[Symbol.asyncDispose](),
      ]);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return headwater;
}

async function findSummary(trx: UserTransaction, jobId: string): Promise<JobSummary> {
  return await trx
    .selectFrom('syncJobs')
    .select(['status', 'mode', 'errorCode', 'errorMessage', 'progressData'])
    .select([
      'itemsFound as found',
      'itemsCreated as created',
      'itemsUpdated as updated',
      'itemsUnchanged as unchanged',
      'itemsRemoved as removed',
      'itemsSkipped as skipped',
      'itemsFailed as failed',
      'itemsPending as pending',
    ])
    .where('id', '=', jobId)
    .executeTakeFirstOrThrow();
}

function testConfig(parts: {
  readonly database: TestDatabase;
  readonly google: GoogleSimulator;
  readonly openai: OpenAiSimulator;
  readonly dataDir: string;
  readonly options: TestHeadwaterOptions;
}): Config {
  const { google } = parts;
  return readConfig({
    DATABASE_URL: parts.database.url,
    TEMPORAL_ADDRESS: temporalAddress(),
    DATA_DIR: parts.dataDir,
    LOCAL_FOLDER_ROOTS: tmpdir(),
    // Tests search by exact words; the semantic model has tests of its own.
    EMBEDDING_MODEL: 'local-lexical-384',
    // Text recognition takes seconds; its own tests enable it.
    TEXT_RECOGNITION: 'off',
    // With the vendor's real limits, every test would take minutes.
    CEILINGS: 'google_drive=1000000,gmail=1000000,dropbox=100000,onedrive=100000,slack=100000,notion=100000',
    // A test may ask in a tight loop.
    REQUEST_LIMIT_PER_USER: '1000000',
    REQUEST_LIMIT_PER_ADDRESS: '1000000',
    GOOGLE_CLIENT_ID: simulatedClient.clientId,
    GOOGLE_CLIENT_SECRET: simulatedClient.clientSecret,
    GOOGLE_API_BASE_URL: google.url,
    GOOGLE_AUTH_URL: `${google.url}/o/oauth2/v2/auth`,
    GOOGLE_TOKEN_URL: `${google.url}/token`,
    GOOGLE_REVOKE_URL: `${google.url}/revoke`,
    ...(parts.options.openai === true
      ? {
          EMBEDDING_MODEL: '',
          OPENAI_API_KEY: 'simulated',
          OPENAI_BASE_URL: `${parts.openai.url}/v1`,
          EMBEDDING_DIMENSIONS: '64',
        }
      : {}),
    ...parts.options.env,
  });
}
