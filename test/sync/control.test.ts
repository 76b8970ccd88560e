/** What a person can do to a job, and what each kind of job does. */

import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { insertJob } from '../../db/jobs/job-lease.ts';
import { listJobItems, listJobs } from '../../db/jobs/job-queries.ts';
import type { JobType, SyncJobInput } from '../../domain/contract.ts';
import type { deleteSource } from '../../workflows/deletion.ts';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { contentOf, titlesOf } from '../harness/state.ts';
import { until } from '../harness/until.ts';

let headwater: TestHeadwater;
let account: GoogleAccount;
let user: string;
let dataSourceId: string;
let ids: string[];

beforeAll(async () => {
  headwater = await startHeadwater({ openai: true });
}, 60_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());
beforeEach(async () => {
  headwater.google.faults.clear();
  user = randomUUID();
  account = headwater.google.state.account(`${user}@example.com`);
  ids = Array.from({ length: 8 }, (_, i) => account.addFile({ name: `${i}.md`, content: `text ${i} of ${user}` }));
  dataSourceId = await headwater.createDrive(user, account.email);
});

async function sync(jobType: JobType, more: Partial<SyncJobInput> = {}) {
  const result = await headwater.sync({ dataSourceId, jobType, ...more });
  return await headwater.job(user, result.jobId);
}

/** The latest plan's items by planned action; for unchanged ones, only their number. */
async function plannedItems() {
  const items = await headwater.as(user, async (trx) => {
    const [plan] = await listJobs(trx, { dataSourceId, dryRun: true }, 1, null);
    return await listJobItems(trx, plan?.id ?? '', {}, 100);
  });
  const names = (action: string) =>
    items
      .filter(({ planned }) => planned === action)
      .map(({ name, externalId }) => (action === 'create' ? name : externalId));
  return {
    create: names('create'),
    update: names('update'),
    remove: names('remove'),
    unchanged: names('unchanged').length,
  };
}

const lastSync = async () =>
  await headwater.as(
    user,
    async (trx) =>
      await trx
        .selectFrom('dataSources')
        .select(['lastSyncStatus', 'lastSyncError'])
        .where('id', '=', dataSourceId)
        .executeTakeFirst(),
  );

describe('cancelling', () => {
  test('keeps what is finished, leaves nothing half written, and the next job does the rest', async () => {
    headwater.google.switches.maxPage = 2;
    // The first page succeeds, later ones hang
    headwater.google.faults.add({
      path: `^/drive/v3/files/(${ids.slice(2).join('|')})$`,
      query: { alt: 'media' },
      then: { delayMs: 20_000 },
    });
    const handle = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(async () => (await titlesOf(headwater, user)).length === 2);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    headwater.google.faults.clear();
    headwater.google.switches.maxPage = 1000;

    // Nobody has to fix anything, so no error is shown
    expect(await lastSync()).toEqual({ lastSyncStatus: 'cancelled', lastSyncError: null });
    const [job] = await jobs();
    expect(job).toMatchObject({ status: 'cancelled', errorCode: 'cancelled', itemsCreated: 2 });
    // found = created + updated + unchanged + removed + skipped + failed, also for a cancelled job (P10)
    expect(job).toMatchObject({ itemsFound: 2, itemsSkipped: 0 });
    expect(job?.itemsPending).toBeGreaterThan(0);
    expect(await countOf('documents')).toBe(2);
    expect(await countOf('documentChunks')).toBe(2);
    expect(await stagedJobs()).toEqual([]);

    expect(await sync('incremental')).toMatchObject({ status: 'completed', failed: 0 });
    expect(await titlesOf(headwater, user)).toHaveLength(8);
  }, 60_000);
});

describe('cancelling a job that has not been opened', () => {
  test('ends it as cancelled, and releases its source at once', async () => {
    await headwater.stopWorker();
    const workflowId = `sync/${randomUUID()}`;
    const jobId = await headwater.as(user, async (trx) => {
      const job = { userId: user, dataSourceId, jobType: 'full_sync', trigger: 'api', workflowId } as const;
      return await insertJob(trx, { ...job, dryRun: false, externalIds: null });
    });
    const handle = await headwater.start({ dataSourceId, jobType: 'full_sync', jobId: jobId ?? '' }, workflowId);
    await handle.cancel();
    await headwater.startWorker();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    expect(await headwater.job(user, jobId)).toMatchObject({ status: 'cancelled', errorCode: 'cancelled', found: 0 });
  });
});

describe('pausing', () => {
  test('starts no new page until it is resumed, also after a restart of the worker', async () => {
    headwater.google.switches.maxPage = 1;
    headwater.google.faults.add({ path: '^/drive/v3/files$', skip: 2, then: { delayMs: 2000 } });
    const handle = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(async () => (await titlesOf(headwater, user)).length >= 1);
    await handle.executeUpdate('pause');
    await expect(handle.executeUpdate('pause')).rejects.toThrow();
    expect(await handle.query('progress')).toMatchObject({ waitingFor: { reason: 'pause' } });

    await headwater.stopWorker();
    await headwater.startWorker();
    expect(await handle.query('progress')).toMatchObject({ waitingFor: { reason: 'pause' } });
    expect((await titlesOf(headwater, user)).length).toBeLessThan(8);

    await handle.executeUpdate('resume');
    headwater.google.faults.clear();
    await handle.result();
    headwater.google.switches.maxPage = 1000;
    expect(await titlesOf(headwater, user)).toHaveLength(8);
  }, 60_000);
});

describe('pausing in the middle of a page', () => {
  test('stops it after the current activities, and resuming finishes it', async () => {
    for (let i = 0; i < 400; i++) account.addFile({ name: `more ${i}.md`, content: `more ${i} of ${user}` });
    headwater.google.faults.add({
      path: '^/drive/v3/files/[^/]+$',
      query: { alt: 'media' },
      then: { delayMs: 200 },
    });
    const handle = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(async () => (await titlesOf(headwater, user)).length >= 1);
    await handle.executeUpdate('pause');
    // Running activities end, then nothing moves
    let [before, now] = [-1, 0];
    for (let quiet = 0; quiet < 4; quiet = before === now ? quiet + 1 : 0) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      [before, now] = [now, headwater.google.log.total];
    }
    const sofar = (await titlesOf(headwater, user)).length;
    expect(sofar).toBeLessThan(408);
    headwater.google.faults.clear();
    await handle.executeUpdate('resume');
    await handle.result();
    expect(await titlesOf(headwater, user)).toHaveLength(408);
  }, 60_000);
});

describe('changing the speed of a running job', () => {
  test('takes effect within seconds, survives a restart of the worker, and can be reset', async () => {
    for (let i = 0; i < 400; i++) account.addFile({ name: `more ${i}.md`, content: `more ${i} of ${user}` });
    headwater.google.faults.add({ path: '^/drive/v3/files/[^/]+$', query: { alt: 'media' }, then: { delayMs: 300 } });
    const calls = (): number =>
      headwater.google.log.calls.filter((call) => call.account === account.email && call.query['alt'] === 'media')
        .length;
    /** Calls per second from now on, measured over the next few seconds. */
    const measure = async (): Promise<number> => {
      const [from, before] = [Date.now(), calls()];
      await until(() => calls() >= before + 12);
      return ((calls() - before) * 1000) / (Date.now() - from);
    };
    const handle = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(() => calls() > 0);
    expect(await measure()).toBeGreaterThan(6);
    await handle.executeUpdate('changeSpeed', { args: [{ requestsPerSecond: 4, pagesAtOnce: 1 }] });
    // The speed is read at most one second late, and running activities end first
    await until(async () => (await measure()) < 6);
    await headwater.stopWorker();
    await headwater.startWorker();
    expect(await measure()).toBeLessThan(6);

    headwater.google.faults.clear();
    await handle.executeUpdate('changeSpeed', { args: [{ requestsPerSecond: null }] });
    await handle.result();
    expect(await titlesOf(headwater, user)).toHaveLength(408);
  }, 60_000);

  test.each([
    [undefined, /must be an object/],
    [{}, /Set pagesAtOnce/],
    [{ pagesAtOnce: 0 }, /pagesAtOnce must be a whole number from 1 to 16/],
    [{ pagesAtOnce: 2.5 }, /whole number/],
    [{ requestsPerSecond: 'fast' }, /requestsPerSecond must be a number/],
  ])('%j is refused, and the message says what is valid', async (change, message) => {
    headwater.google.faults.add({ path: '^/drive/v3/files$', then: { delayMs: 2000 } });
    const handle = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    const refusal = await handle.executeUpdate('changeSpeed', { args: [change] }).catch((error: Error) => error);
    expect((refusal as Error).cause).toMatchObject({ message: expect.stringMatching(message) });
    await handle.cancel();
  });
});

describe('kinds of jobs', () => {
  test('manual fetches only the named items again, changed or not', async () => {
    await sync('full_sync');
    headwater.google.log.clear();
    const picked = [ids[1] ?? '', ids[2] ?? '', 'no-such-file'];
    expect(await sync('manual', { externalIds: picked })).toMatchObject({
      status: 'completed',
      mode: 'manual',
      found: 2,
    });
    const media = headwater.google.log.calls.filter((call) => call.query['alt'] === 'media');
    expect(new Set(media.map((call) => call.path.split('/').at(-1)))).toEqual(new Set([ids[1], ids[2]]));
    expect(media).toHaveLength(2);
    expect(await titlesOf(headwater, user)).toHaveLength(8);
  });

  test('a plan says what would be done and what it would cost, and does nothing', async () => {
    await sync('full_sync');
    account.addFile({ name: 'new.md', content: 'new' });
    account.update(ids[0] ?? '', 'changed');
    account.delete(ids[1] ?? '');
    headwater.google.log.clear();
    headwater.openai.counts.inputs = 0;
    const job = await sync('full_sync', { dryRun: true });
    expect(job).toMatchObject({
      status: 'completed',
      progressData: {
        plan: {
          create: 1,
          update: 1,
          remove: 1,
          unchanged: 6,
          removalsNeedApproval: false,
          estimatedSeconds: expect.any(Number),
        },
      },
    });
    // Downloads that a cancelled job of another test began may still be logged
    const downloads = headwater.google.log.calls.filter((call) => call.query['alt'] === 'media');
    expect(downloads.filter((call) => call.account === account.email)).toEqual([]);
    expect(headwater.openai.counts.inputs).toBe(0);
    expect(await titlesOf(headwater, user)).toHaveLength(8);
    // It names every item, including what would be removed
    expect(await plannedItems()).toEqual({ create: ['new.md'], update: [ids[0]], remove: [ids[1]], unchanged: 6 });
    // and the job after it does all of it
    expect(await sync('full_sync')).toMatchObject({ created: 1, updated: 1, removed: 1, unchanged: 6 });
  });

  test('the first incremental job is a full listing and says why', async () => {
    expect(await sync('incremental')).toMatchObject({ mode: 'full', progressData: { fallback: 'no_checkpoint' } });
    expect(await sync('incremental')).toMatchObject({ mode: 'feed', found: 0 });
  });

  test('after the reconcile interval an incremental job lists everything once (P4)', async () => {
    await sync('full_sync');
    await headwater.as(
      user,
      async (trx) =>
        await trx
          .updateTable('dataSources')
          .set({ lastFullListingAt: new Date(Date.now() - 169 * 3_600_000) })
          .execute(),
    );
    expect(await sync('incremental')).toMatchObject({ mode: 'full', progressData: { fallback: 'reconcile_due' } });
    expect(await sync('incremental')).toMatchObject({ mode: 'feed' });
  });

  test('an inactive source is not synced', async () => {
    await headwater.as(user, async (trx) => await trx.updateTable('dataSources').set({ isActive: false }).execute());
    expect(await headwater.sync({ dataSourceId, jobType: 'full_sync' })).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/is inactive/),
    });
  });
});

describe('deleting a source (pitfall 11)', () => {
  test('stops its job and leaves nothing: no row, chunk, vector, staged byte or token', async () => {
    await sync('full_sync');
    headwater.google.faults.add({ path: '^/drive/v3/files$', then: { delayMs: 30_000 } });
    account.addFile({ name: 'more.md', content: 'more' });
    const running = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(async () => (await jobs())[0]?.status === 'running');
    await headwater.as(user, async (trx) => await trx.updateTable('dataSources').set({ isActive: false }).execute());

    await headwater.temporal.workflow.execute<typeof deleteSource>('deleteSource', {
      taskQueue: headwater.taskQueue,
      workflowId: `delete/${dataSourceId}`,
      args: [{ dataSourceId, userId: user, keepDocuments: false }],
    });

    await expect(running.result()).rejects.toThrow(WorkflowFailedError);
    headwater.google.faults.clear();
    for (const table of [
      'dataSources',
      'syncJobs',
      'syncItems',
      'jobItems',
      'documents',
      'documentChunks',
      'embeddings',
      'vectorDeletions',
      'oauthStates',
    ] as const)
      expect([table, await countOf(table)]).toEqual([table, 0]);
    expect(await stagedJobs()).toEqual([]);
  }, 60_000);

  test('can keep the documents, which stay searchable without their source', async () => {
    await sync('full_sync');
    await headwater.temporal.workflow.execute<typeof deleteSource>('deleteSource', {
      taskQueue: headwater.taskQueue,
      workflowId: `delete/${dataSourceId}`,
      args: [{ dataSourceId, userId: user, keepDocuments: true }],
    });
    expect(await countOf('dataSources')).toBe(0);
    expect(await countOf('documents')).toBe(8);
    expect(await countOf('embeddings')).toBe(8);
    expect(await contentOf(headwater, user)).toEqual({});
  });
});

async function jobs() {
  return await headwater.as(
    user,
    async (trx) => await trx.selectFrom('syncJobs').selectAll().orderBy('createdAt', 'desc').execute(),
  );
}

async function countOf(
  table:
    | 'dataSources'
    | 'syncJobs'
    | 'syncItems'
    | 'jobItems'
    | 'documents'
    | 'documentChunks'
    | 'embeddings'
    | 'vectorDeletions'
    | 'oauthStates',
): Promise<number> {
  const row = await headwater.as(
    user,
    async (trx) =>
      await trx
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<string>().as('n'))
        .executeTakeFirstOrThrow(),
  );
  return Number(row.n);
}

async function stagedJobs(): Promise<string[]> {
  return await readdir(join(headwater.config.dataDir, 'staging')).catch(() => []);
}
