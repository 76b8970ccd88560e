/** Runs a job step by step without a worker and a Temporal server: on a real database, in the workflow's order. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Activities, createActivities } from '../../activities/index.ts';
import type { ActivityDependencies } from '../../activities/support/dependencies.ts';
import { extractDocument } from '../../content/extraction/extract-document.ts';
import { isScan } from '../../content/extraction/scan.ts';
import { stageDocument } from '../../content/extraction/stage-document.ts';
import { asUser } from '../../db/access/as-user.ts';
import type { BatchRef, JobEnd, JobType, PageRef } from '../../domain/contract.ts';
import { readConfig } from '../../platform/config.ts';
import type { TemporalClient } from '../../platform/temporal-connection.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import { createKeyring } from '../../sources/credentials/keyring.ts';
import { createActivityDependencies } from '../../composition/activity-dependencies.ts';
import { activityEnvironment } from './activity.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

type ResultOf<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

type Step<Name extends keyof Activities> = (input: Parameters<Activities[Name]>[0]) => Promise<ResultOf<Name>>;

/** How an activity is run, if not as the first attempt. */
export interface Attempt {
  readonly deps?: Partial<ActivityDependencies>;
  readonly attempt?: number;
  /** The last heartbeat of the previous attempt. */
  readonly heartbeatDetails?: unknown;
  readonly onHeartbeat?: (details: unknown) => void;
}

export interface Steps extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly userId: string;
  readonly deps: ActivityDependencies;
  /** The complete log, as text. */
  readonly logged: () => string;
  createSource(): Promise<string>;
  /** Runs one activity as the first or another attempt. */
  run<Name extends keyof Activities>(
    name: Name,
    input: Parameters<Activities[Name]>[0],
    more?: Attempt,
  ): Promise<ResultOf<Name>>;
  /** Opens a job. @returns the input of its activities */
  open(dataSourceId: string, jobType: JobType): Promise<PageRef>;
  /** Runs a whole job, page after page. @returns how it ended */
  sync(dataSourceId: string, jobType: JobType): Promise<Awaited<ReturnType<Activities['closeJob']>>>;
}

/** Reads documents without a process of its own. */
export const readersInProcess: Parameters<typeof createActivityDependencies>[1] = {
  read: async ({ facts, transformations, target, ...input }: Parameters<ActivityDependencies['read']>[0]) => {
    const document = await extractDocument(input);
    if (isScan(document)) return { scanned: document };
    return await stageDocument({ document, facts, transformations, target });
  },
  extract: extractDocument,
  transform: stageDocument,
  applyFilters: async () => await Promise.resolve([]),
  prepare: () => {},
  recognition: null,
};

/** @param connector reads the source */
export async function startSteps(
  connector: () => Connector,
  change: Partial<ActivityDependencies> = {},
): Promise<Steps> {
  const [database, dataDir] = await Promise.all([createTestDatabase(), mkdtemp(join(tmpdir(), 'headwater-steps-'))]);
  const lines: string[] = [];
  const config = readConfig({ DATABASE_URL: database.url, DATA_DIR: dataDir, EMBEDDING_MODEL: 'local-lexical-384' });
  const parts = {
    config,
    db: database.db,
    // No workflow is started or queried here.
    temporal: { withDeadline: async () => await Promise.resolve() } as unknown as TemporalClient,
    keyring: createKeyring('ab'.repeat(32)),
    logger: pino({ level: 'debug' }, { write: (line) => void lines.push(line) }),
    connectorFor: connector,
  };
  const deps = { ...createActivityDependencies(parts, readersInProcess, new Map()), ...change };
  const userId = randomUUID();

  const run = async <Name extends keyof Activities>(
    name: Name,
    input: Parameters<Activities[Name]>[0],
    { deps: other = {}, attempt = 1, heartbeatDetails, onHeartbeat }: Attempt = {},
  ): Promise<ResultOf<Name>> => {
    const activity: unknown = createActivities({ ...deps, ...other })[name];
    const environment = activityEnvironment({ attempt, activityType: name, heartbeatDetails });
    if (onHeartbeat !== undefined) environment.on('heartbeat', onHeartbeat);
    return await environment.run<[typeof input], ResultOf<Name>, Step<Name>>(activity as Step<Name>, input);
  };
  const open: Steps['open'] = async (dataSourceId, jobType) => {
    const opened = await run('openJob', { dataSourceId, jobType, workflowId: randomUUID(), runId: randomUUID() });
    if (!opened.opened) throw new Error(opened.message);
    return { jobId: opened.jobId, userId, dataSourceId, page: 1, dryRun: false };
  };
  const syncPage = async (page: PageRef): Promise<void> => {
    const { batches } = await run('diffPage', page);
    for (let batch = 0; batch < batches; batch++) {
      const ref: BatchRef = { ...page, batch };
      await run('downloadBatch', ref);
      await run('transformBatch', ref);
      await run('embedBatch', ref);
    }
    if (batches > 0) await run('closePage', page);
  };
  return {
    database,
    userId,
    deps,
    logged: () => lines.join(''),
    run,
    open,
    createSource: async () =>
      await asUser(database.db, userId, async (trx) => {
        const row = { userId, name: 'Test', sourceType: 'google_drive', connectionStatus: 'connected' } as const;
        const { id } = await trx
          .insertInto('dataSources')
          .values({ ...row, config: '{}' })
          .returning('id')
          .executeTakeFirstOrThrow();
        return id;
      }),
    sync: async (dataSourceId, jobType) => {
      const job = await open(dataSourceId, jobType);
      for (let page = 1, more = true; more;) {
        const listed = await run('listPage', { ...job, page });
        page += listed.pages;
        more = listed.more;
        if (listed.items > 0) await syncPage({ ...job, page: page - 1 });
      }
      const end: JobEnd = { status: 'completed', errorCode: null, errorMessage: null };
      return await run('closeJob', { ...job, ...end, swept: false });
    },
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
