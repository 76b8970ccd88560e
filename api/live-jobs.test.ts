import { expect, jest, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import {
  type CompiledQuery,
  type DatabaseConnection,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Database } from '../db/access/database.ts';
import type { Job } from '../db/jobs/job-queries.ts';
import type { ApiDependencies } from './dependencies.ts';
import { findWatchedJob, lookAtJob, noteStarted, watchedMs } from './live-jobs.ts';

const job = { id: 'job-1', workflowId: 'sync/job-1' } as Job;

/** A server whose Temporal counts the queries and whose database answers with no rows. */
function server(answer: () => Promise<unknown>) {
  const asked = { queries: 0 };
  const handle = {
    describe: async () => await Promise.resolve({ status: { name: 'RUNNING' } }),
    query: async () => {
      asked.queries++;
      return await answer();
    },
  };
  const temporal = {
    workflow: { getHandle: () => handle },
    withDeadline: async (_at: number, work: () => Promise<unknown>) => await work(),
  } as unknown as Client;
  const db = databaseOf(new DummyDriver());
  return { asked, db, deps: { temporal, db } as unknown as ApiDependencies };
}

test.each([
  ['the last worker ended two minutes ago', [120], 'worker'],
  ['no worker was ever started', [], 'worker'],
  ['a worker is only too busy to answer', [120, 5], undefined],
  ['Temporal does not answer either', null, 'temporal'],
] as const)('a job whose workflow does not answer says why: %s', async (_case, polledAgo, reason) => {
  using _clock = stoppedClock();
  const { deps } = server(async () => await Promise.reject(new Error('no answer')));
  const now = Math.floor(Date.now() / 1000);
  const pollers = polledAgo?.map((ago) => ({ lastAccessTime: { seconds: now - ago } }));
  Object.assign(deps.temporal, {
    options: { namespace: 'default' },
    workflowService: {
      describeTaskQueue: async () =>
        await (pollers === undefined ? Promise.reject(new Error('UNAVAILABLE')) : Promise.resolve({ pollers })),
    },
  });
  const { live } = await lookAtJob(deps, 'u', job, watchedMs);
  expect(live.silence?.reason).toBe(reason);
});

function databaseOf(driver: DummyDriver): Kysely<Database> {
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (of) => new PostgresIntrospector(of),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

const listing = { stage: 'listing' };

test('however many watch a job, its worker is asked once in a while', async () => {
  using _clock = stoppedClock();
  const { deps, asked } = server(async () => await Promise.resolve(listing));
  const looks = await Promise.all(Array.from({ length: 20 }, async () => await lookAtJob(deps, 'u', job, watchedMs)));
  await lookAtJob(deps, 'u', job, watchedMs);
  expect(asked.queries).toBe(1);
  expect(looks.map(({ live }) => live.progress)).toEqual(looks.map(() => listing));
});

test('the answer to somebody who changed something is a new one, also for those who watch', async () => {
  using _clock = stoppedClock();
  let stage = 'listing';
  const { deps, asked } = server(async () => await Promise.resolve({ stage }));
  await lookAtJob(deps, 'u', job, watchedMs);
  stage = 'held';
  expect((await lookAtJob(deps, 'u', job, 0)).live.progress).toEqual({ stage: 'held' });
  expect((await lookAtJob(deps, 'u', job, watchedMs)).live.progress).toEqual({ stage: 'held' });
  expect(asked.queries).toBe(2);
});

test('those who watch a job that has just started do not ask its worker, but who changes it does', async () => {
  const { deps, asked } = server(async () => await Promise.resolve(listing));
  const now = jest.spyOn(performance, 'now').mockReturnValue(5000);
  noteStarted(deps, job.id);
  for (const at of [5000, 5900]) {
    now.mockReturnValue(at);
    const { live, hasEnded } = await lookAtJob(deps, 'u', job, watchedMs);
    expect([live.progress, live.counts.found, hasEnded]).toEqual([null, 0, false]);
  }
  expect(asked.queries).toBe(0);
  await lookAtJob(deps, 'u', job, 0);
  expect(asked.queries).toBe(1);
  now.mockRestore();
});

test('a look that fails is not used again', async () => {
  const { deps, db, asked } = server(async () => await Promise.resolve(listing));
  const whole = db.transaction.bind(db);
  db.transaction = () => {
    throw new Error('the database is away');
  };
  await expect(lookAtJob(deps, 'u', job, watchedMs)).rejects.toThrow('away');
  db.transaction = whole;
  await lookAtJob(deps, 'u', job, watchedMs);
  expect(asked.queries).toBe(2);
});

/** One row of `sync_jobs` that its owner sees. */
class OneJob extends DummyDriver {
  row = { id: 'job-1', status: 'running', version: '1' };
  readonly read = { whole: 0, version: 0 };
  #user = '';

  override async acquireConnection(): Promise<DatabaseConnection> {
    const executeQuery = async <Row>({ sql }: CompiledQuery): Promise<QueryResult<Row>> => {
      this.#user = /'app\.user_id', '(\w+)'/.exec(sql)?.[1] ?? this.#user;
      if (!sql.includes('xmin')) return await Promise.resolve({ rows: [] });
      this.read[sql.includes('"status"') ? 'whole' : 'version']++;
      const rows = this.#user === 'ana' ? [{ ...this.row }] : [];
      return await Promise.resolve({ rows: rows as Row[] });
    };
    const streamQuery = () => {
      throw new Error('no query of a job streams its rows');
    };
    return await Promise.resolve({ executeQuery, streamQuery });
  }
}

function stoppedClock(): Disposable {
  const now = jest.spyOn(performance, 'now').mockReturnValue(1000);
  return { [Symbol.dispose]: () => now.mockRestore() };
}

test('the row of a job that is watched is read again only if it has changed, and never for another user', async () => {
  using _clock = stoppedClock();
  const driver = new OneJob();
  const deps = { db: databaseOf(driver) } as unknown as ApiDependencies;
  const watch = async (user = 'ana') => (await findWatchedJob(deps, user, 'job-1'))?.status;
  expect([await watch(), await watch(), await watch()]).toEqual(['running', 'running', 'running']);
  expect(driver.read).toEqual({ whole: 1, version: 2 });
  driver.row = { ...driver.row, status: 'completed', version: '2' };
  expect(await watch()).toBe('completed');
  expect(await watch('bo')).toBeUndefined();
});
