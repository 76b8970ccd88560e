import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { asUser } from '../../db/access/as-user.ts';
import { insertJob } from '../../db/jobs/job-lease.ts';
import { findTemporalCli } from '../../tools/local/temporal-cli.ts';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { contentOf } from '../harness/state.ts';
import { temporalAddress } from '../harness/temporal.ts';
import { until } from '../harness/until.ts';

let headwater: TestHeadwater;
let user: string;
let account: GoogleAccount;
let dataSourceId: string;

beforeAll(async () => {
  headwater = await startHeadwater();
}, 60_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());

beforeEach(async () => {
  user = randomUUID();
  account = headwater.google.state.account(`${user}@example.com`);
  for (let i = 0; i < 6; i++) account.addFile({ name: `${i}.md`, content: `text number ${i} of ${user}` });
  dataSourceId = await headwater.createDrive(user, account.email);
});

describe('at most one sync runs per data source (P1)', () => {
  test('of five that start at the same time, one runs; the others end as skipped and say why', async () => {
    const release = holdDownloads();
    let ended = 0;
    const results = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const result = await headwater.sync({ dataSourceId, jobType: 'full_sync' });
        ended += 1;
        if (ended === 4) release();
        return result;
      }),
    );
    expect(results.map((result) => result.status).toSorted()).toEqual([
      'completed',
      'skipped',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(results.find((result) => result.status === 'skipped')?.message).toMatch(/Another job is syncing/);
    expect(await jobs()).toMatchObject([{ status: 'completed' }]);
    expect(downloads()).toBe(6);
  });

  test('the database itself rejects a second running job', async () => {
    const job = { userId: user, dataSourceId, jobType: 'full_sync', trigger: 'api' } as const;
    const row = { ...job, dryRun: false, externalIds: null, workflowId: null };
    const ids = await headwater.as(user, async (trx) => [await insertJob(trx, row), await insertJob(trx, row)]);
    expect(ids).toEqual([expect.any(String), null]);
    await expect(
      headwater.as(user, async (trx) => await trx.insertInto('syncJobs').values(job).execute()),
    ).rejects.toThrow(/sync_jobs_one_active_per_source/);
  });

  test('a job started with the temporal command line is like any other', async () => {
    const cli = await findTemporalCli(process.env, () => {});
    const input = JSON.stringify({ dataSourceId, jobType: 'incremental' });
    const flags = { address: temporalAddress(), 'task-queue': headwater.taskQueue, type: 'syncJob', input };
    const args = Object.entries({ ...flags, 'workflow-id': `by-hand-${user}` }).flatMap(([k, v]) => [`--${k}`, v]);
    await promisify(execFile)(cli, ['workflow', 'execute', ...args]);
    expect(await jobs()).toMatchObject([{ status: 'completed', trigger: 'cli', workflowId: `by-hand-${user}` }]);
  });

  test('a second workflow for a running job ends as skipped ("Start like this one" in the Web UI)', async () => {
    const release = holdDownloads();
    const first = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(() => headwater.google.faults.hits().some((hits) => hits > 0));
    const [job] = await jobs();
    const second = await headwater.sync({ dataSourceId, jobType: 'full_sync', jobId: job?.id ?? '' });
    expect(second.status).toBe('skipped');
    expect(await jobs()).toMatchObject([{ status: 'running', workflowId: first.workflowId }]);
    release();
    await first.result();
    expect(await jobs()).toMatchObject([{ status: 'completed', itemsCreated: 6 }]);
    expect(downloads()).toBe(6);
  });
});

describe('a workflow terminated from outside never blocks its source (P1)', () => {
  test('the next start takes over, the old job ends as failed, and nothing is lost or duplicated', async () => {
    const release = holdDownloads();
    const first = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(() => headwater.google.faults.hits().some((hits) => hits > 0));
    await first.terminate('from the Web UI');
    release();

    const second = await headwater.sync({ dataSourceId, jobType: 'full_sync' });

    expect(second.status).toBe('completed');
    expect(await jobs()).toMatchObject([
      { id: second.jobId, status: 'completed', itemsFound: 6, itemsCreated: 6 },
      { status: 'failed', errorCode: 'interrupted', itemsCreated: 0 },
    ]);
    expect(Object.keys(await contentOf(headwater, user))).toHaveLength(6);
  });

  test('an activity of the job that was taken over changes nothing any more', async () => {
    const release = holdDownloads();
    const loggedBefore = headwater.logged().length;
    const first = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(() => headwater.google.faults.hits().some((hits) => hits > 0));
    await first.terminate();
    const taken = await asUser(headwater.database.db, user, async (trx) => {
      await trx.updateTable('syncJobs').set({ status: 'failed' }).where('dataSourceId', '=', dataSourceId).execute();
      return await trx.selectFrom('jobItems').select(['state', 'bytes']).execute();
    });
    // When the running downloads finish, their job has ended and they are rejected
    release();
    await until(() => headwater.logged().slice(loggedBefore).includes('"code":"job_ended"'));
    const after = await headwater.as(
      user,
      async (trx) => await trx.selectFrom('jobItems').select(['state', 'bytes']).execute(),
    );
    expect(after).toEqual(taken);
    expect(await contentOf(headwater, user)).toEqual({});
  });
});

describe('invalid input fails at once, with a message', () => {
  test.each([
    ['no input', undefined, /must be an object/],
    ['an invalid UUID', { dataSourceId: '../../etc' }, /dataSourceId must be a UUID/],
    ['an unknown source', { dataSourceId: randomUUID() }, /data source .* does not exist/],
    ['an unknown job type', { dataSourceId: randomUUID(), jobType: 'everything' }, /jobType must be one of full_sync/],
    ['ids that are not a list', { dataSourceId: randomUUID(), externalIds: 'a' }, /externalIds must be a list/],
  ])('%s', async (_name, input, message) => {
    const run = headwater.temporal.workflow.execute('syncJob', {
      taskQueue: headwater.taskQueue,
      workflowId: `bad/${randomUUID()}`,
      args: [input],
    });
    await expect(run).rejects.toMatchObject({
      cause: expect.objectContaining({ message: expect.stringMatching(message) }),
    });
  });
});

/** @returns what lets the downloads end */
function holdDownloads(): () => void {
  const held = Promise.withResolvers<void>();
  headwater.google.log.clear();
  headwater.google.faults.add({
    path: '^/drive/v3/files/[^/]+$',
    query: { alt: 'media' },
    then: { until: held.promise },
  });
  return () => {
    headwater.google.faults.clear();
    held.resolve();
  };
}

function downloads(): number {
  return headwater.google.log.calls.filter((call) => call.account === account.email && call.query['alt'] === 'media')
    .length;
}

async function jobs() {
  return await headwater.as(
    user,
    async (trx) => await trx.selectFrom('syncJobs').selectAll().orderBy('createdAt', 'desc').execute(),
  );
}
