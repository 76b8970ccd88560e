/** Rows with recurring runs, and the Temporal Schedules that run them. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { reconcileAll, reconcileSource } from '../../jobs/schedules/reconcile.ts';
import { findAction } from '../../jobs/schedules/temporal-schedules.ts';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';

const user = 'local';
let headwater: TestHeadwater;
let api: TestApi;
let dataSourceId: string;

beforeAll(async () => {
  headwater = await startHeadwater();
  api = await startApiOf(headwater);
}, 60_000);
afterAll(async () => {
  for await (const { scheduleId } of headwater.temporal.schedule.list())
    if ((await findAction(headwater.temporal, scheduleId))?.taskQueue === headwater.taskQueue)
      await headwater.temporal.schedule
        .getHandle(scheduleId)
        .delete()
        .catch(() => {});
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const account = headwater.google.state.account(`${randomUUID()}@example.com`);
  account.addFile({ name: 'a.md', content: `text of ${account.email}` });
  dataSourceId = await headwater.createDrive(user, account.email);
});

const reconcile = async () =>
  await reconcileAll({ db: headwater.database.db, temporal: headwater.temporal, taskQueue: headwater.taskQueue });
const describeIt = async (scheduleId: string) =>
  await headwater.temporal.schedule
    .getHandle(scheduleId)
    .describe()
    .catch(() => null);
const byOperator = 'An operator has paused it in Temporal, and resumes it there.';
const nextRunOfSource = async (): Promise<string | null> => {
  const { nextRuns } = (await api.call('GET', '/api/scheduled-syncs/next-runs')).body;
  return nextRuns.find((run: { dataSourceId: string }) => run.dataSourceId === dataSourceId)?.at ?? null;
};
const daily = { scheduleType: 'daily', scheduleConfig: { hour: 3, timeZone: 'Europe/Berlin', jitterMinutes: 0 } };
const add = async (body: object = daily) =>
  await api.call('POST', '/api/scheduled-syncs', { body: { dataSourceId, ...body } });

describe('a scheduled sync', () => {
  test('is a Temporal Schedule from its creation, with correct run times', async () => {
    const { status, body } = await add();
    expect(status).toBe(201);
    const { id, nextRunAt, nextRuns } = body.scheduledSync;
    expect(nextRuns).toHaveLength(5);
    expect(nextRunAt).toBe(nextRuns[0]);
    expect(await describeIt(`scheduled-sync/${id}`)).toMatchObject({
      policies: { overlap: ScheduleOverlapPolicy.SKIP },
      action: { workflowType: 'syncJob', args: [{ dataSourceId, jobType: 'incremental', trigger: 'schedule' }] },
    });

    // Triggered by hand, as in the Web UI, it behaves like a scheduled run
    await headwater.temporal.schedule.getHandle(`scheduled-sync/${id}`).trigger();
    await until(async () => (await jobs())[0]?.status === 'completed');
    expect(await jobs()).toMatchObject([{ trigger: 'schedule', itemsCreated: 1 }]);
    await until(async () => (await listed(id)).lastRunAt !== null);
  }, 60_000);

  test('is asked for only where it is the next of its source, and all answers together may take three seconds', async () => {
    const rarely = { scheduleType: 'interval', scheduleConfig: { everyMinutes: 7 * 24 * 60 } };
    const often = { scheduleType: 'interval', scheduleConfig: { everyMinutes: 60 } };
    const mine = new Set<string>();
    for (const schedule of [rarely, often, daily])
      mine.add(`scheduled-sync/${(await add(schedule)).body.scheduledSync.id}`);
    using asking = jest.spyOn(headwater.temporal.schedule, 'getHandle');
    expect(await nextRunOfSource()).not.toBeNull();
    expect(asking.mock.calls.filter(([id]) => mine.has(id))).toHaveLength(1);

    // A Temporal that does not answer does not hold the list for as long as each of its schedules may.
    using waiting = jest.spyOn(headwater.temporal, 'withDeadline');
    await api.call('GET', '/api/scheduled-syncs');
    expect(waiting.mock.calls.length).toBeGreaterThanOrEqual(3);
    expect(new Set(waiting.mock.calls.map(([deadline]) => deadline)).size).toBe(1);
  });

  test('shows the next run that its row says while Temporal does not answer', async () => {
    const asking = jest.spyOn(headwater.temporal.schedule, 'getHandle').mockImplementation(() => {
      throw new Error('unavailable');
    });
    const { nextRunAt, nextRuns } = (await add()).body.scheduledSync;
    expect(asking).toHaveBeenCalled();
    asking.mockRestore();
    expect(nextRunAt).toBe(nextRuns[0]);
  });

  test('announces no run while its source is inactive or needs a sign-in', async () => {
    const { id } = (await add()).body.scheduledSync;
    for (const [change, pausedReason] of [
      [{ isActive: false }, 'Its source is inactive.'],
      [{ isActive: true, needsSignIn: true }, 'Its source needs a new sign-in.'],
    ] as const) {
      await headwater.as(
        user,
        async (trx) => await trx.updateTable('dataSources').set(change).where('id', '=', dataSourceId).execute(),
      );
      expect(await listed(id)).toMatchObject({ isActive: true, nextRunAt: null, nextRuns: [], pausedReason });
    }
  });

  test('announces no run while an operator has paused it in Temporal', async () => {
    const { id } = (await add()).body.scheduledSync;
    const handle = headwater.temporal.schedule.getHandle(`scheduled-sync/${id}`);
    await handle.pause('vendor maintenance');
    expect(await listed(id)).toMatchObject({ isActive: true, nextRunAt: null, nextRuns: [], pausedReason: byOperator });
    expect(await nextRunOfSource()).toBeNull();
    await handle.unpause();
    await until(async () => (await listed(id)).nextRunAt !== null);
    expect((await listed(id)).pausedReason).toBeNull();
    expect(await nextRunOfSource()).not.toBeNull();
  });

  test('that is switched off itself gives no other reason', async () => {
    const { id } = (await add({ ...daily, isActive: false })).body.scheduledSync;
    expect(await listed(id)).toMatchObject({ isActive: false, pausedReason: null });
  });

  test.each([
    ['later', { scheduleType: 'weekly', scheduleConfig: { weekday: 'friday', hour: 7, jitterMinutes: 0 } }],
    ['sooner', { scheduleType: 'interval', scheduleConfig: { everyMinutes: 5, jitterMinutes: 0 } }],
  ])('changed to run %s shows the new run even if Temporal still answers as before', async (_, changed) => {
    const { id } = (await add()).body.scheduledSync;
    const before = await describeIt(`scheduled-sync/${id}`);
    const handle = headwater.temporal.schedule.getHandle(`scheduled-sync/${id}`);
    const asking = jest
      .spyOn(headwater.temporal.schedule, 'getHandle')
      .mockReturnValue(Object.assign(Object.create(handle), { describe: async () => await Promise.resolve(before) }));
    const { body } = await api.call('PUT', '/api/scheduled-syncs', { body: { id, ...changed } });
    asking.mockRestore();
    expect(body.scheduledSync.nextRunAt).toBe(body.scheduledSync.nextRuns[0]);
  });

  test('follows its row: changed, disabled, enabled, deleted', async () => {
    const { id } = (await add()).body.scheduledSync;
    const change = async (body: object) =>
      (await api.call('PUT', '/api/scheduled-syncs', { body: { id, ...body } })).body.scheduledSync;
    const weekly = await change({ scheduleType: 'weekly', scheduleConfig: { weekday: 'friday', hour: 7 } });
    expect(new Date(weekly.nextRuns[0]).getUTCDay()).toBe(5);
    expect(await change({ isActive: false })).toMatchObject({ isActive: false, nextRunAt: null });
    await until(async () => (await describeIt(`scheduled-sync/${id}`))?.state.paused === true);
    expect((await change({ isActive: true })).nextRunAt).not.toBeNull();
    expect((await api.call('DELETE', `/api/scheduled-syncs?id=${id}`)).status).toBe(200);
    expect(await describeIt(`scheduled-sync/${id}`)).toBeNull();
    expect((await api.call('DELETE', `/api/scheduled-syncs?id=${id}`)).status).toBe(404);
  });

  test('and is as its row is at the end, when rows change while they are applied', async () => {
    const [off, gone] = [await add(), await add()].map((answer) => answer.body.scheduledSync.id);
    const { temporal } = headwater;
    const { schedule } = temporal;
    const create = schedule.create.bind(schedule);
    // Others change both rows after they were read and before the first schedule is written.
    let changed: Promise<void> | undefined;
    const change = async () =>
      await headwater.as(user, async (trx) => {
        await trx.updateTable('scheduledSyncs').set({ isActive: false }).where('id', '=', off).execute();
        await trx.deleteFrom('scheduledSyncs').where('id', '=', gone).execute();
      });
    const writing = jest.spyOn(schedule, 'create').mockImplementation(async (options) => {
      await (changed ??= change());
      return await create(options);
    });

    await reconcileSource({ db: headwater.database.db, temporal, taskQueue: headwater.taskQueue }, user, dataSourceId);

    writing.mockRestore();
    expect((await describeIt(`scheduled-sync/${off}`))?.state.paused).toBe(true);
    expect(await describeIt(`scheduled-sync/${gone}`)).toBeNull();
  }, 60_000);

  test('that is due while another job runs is skipped, and a job records it', async () => {
    const held = Promise.withResolvers<void>();
    headwater.google.faults.add({ path: '^/drive/v3/files$', then: { until: held.promise } });
    const { id } = (await add()).body.scheduledSync;
    const running = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(async () => (await jobs())[0]?.status === 'running');
    await headwater.temporal.schedule.getHandle(`scheduled-sync/${id}`).trigger();
    await until(async () => (await jobs()).some((job) => job.errorCode === 'already_running'));
    headwater.google.faults.clear();
    held.resolve();
    await running.result();
    expect(await jobs()).toHaveLength(2);
    const skipped = (await jobs()).find((job) => job.trigger === 'schedule');
    expect(skipped).toMatchObject({ status: 'cancelled', errorCode: 'already_running' });
    expect(skipped?.errorMessage).toMatch(/another job was still syncing/);
  }, 60_000);

  test('is refused with the invalid field, and can be previewed before it is created', async () => {
    expect(await add({ scheduleType: 'daily', scheduleConfig: { hour: 25 } })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'scheduleConfig.hour' }] },
    });
    expect(await add({ ...daily, dataSourceId: randomUUID() })).toMatchObject({ status: 404 });
    const preview = await api.call('POST', '/api/scheduled-syncs/preview', {
      body: { scheduleType: 'cron', scheduleConfig: { expression: '0 6 * * 1-5' } },
    });
    expect(preview.body.nextRuns).toHaveLength(5);
  });
});

describe('a source’s own frequency', () => {
  const frequency = async (syncFrequency: string, more: object = {}) =>
    await api.call('PUT', '/api/data-sources', { body: { id: dataSourceId, syncFrequency, ...more } });

  test('is a schedule unless it is manual, and stops with the source', async () => {
    await frequency('hourly');
    expect((await describeIt(`sync-frequency/${dataSourceId}`))?.spec.intervals?.[0]?.every).toBe(3_600_000);
    await frequency('hourly', { isActive: false });
    expect((await describeIt(`sync-frequency/${dataSourceId}`))?.state.paused).toBe(true);
    await frequency('hourly', { isActive: true });
    await headwater.temporal.schedule.getHandle(`sync-frequency/${dataSourceId}`).pause('vendor maintenance');
    expect(await nextRunOfSource()).toBeNull();
    await frequency('manual');
    expect(await describeIt(`sync-frequency/${dataSourceId}`)).toBeNull();
  });

  test('and every schedule are deleted with the source', async () => {
    await frequency('daily');
    const { id } = (await add()).body.scheduledSync;
    await api.call('DELETE', `/api/data-sources?id=${dataSourceId}`);
    await until(
      async () =>
        (await describeIt(`sync-frequency/${dataSourceId}`)) === null &&
        (await describeIt(`scheduled-sync/${id}`)) === null,
    );
  }, 60_000);
});

describe('at start-up, rows and schedules are reconciled', () => {
  test('a row without a schedule gets one, a schedule without a row is deleted, and an operator’s pause stays', async () => {
    const [lost, orphan, paused] = [await add(), await add(), await add()].map(
      (answer) => answer.body.scheduledSync.id,
    );
    await headwater.temporal.schedule.getHandle(`scheduled-sync/${lost}`).delete();
    await headwater.as(user, async (trx) => await trx.deleteFrom('scheduledSyncs').where('id', '=', orphan).execute());
    await headwater.temporal.schedule.getHandle(`scheduled-sync/${paused}`).pause('maintenance');
    await until(async () => (await reconcile()).deleted > 0);
    expect(await describeIt(`scheduled-sync/${lost}`)).not.toBeNull();
    expect(await describeIt(`scheduled-sync/${orphan}`)).toBeNull();
    expect((await describeIt(`scheduled-sync/${paused}`))?.state).toMatchObject({ paused: true, note: 'maintenance' });
  }, 60_000);

  test('a row that Temporal rejects is reported, and does not prevent other rows from getting their schedules', async () => {
    const [refused, lost] = [await add(), await add()].map((answer) => answer.body.scheduledSync.id);
    await headwater.temporal.schedule.getHandle(`scheduled-sync/${lost}`).delete();
    const scheduleConfig = { expression: '0 6 L * *', timeZone: 'UTC', jitterMinutes: 0, catchUpMinutes: 60 };
    const stored = { scheduleType: 'cron' as const, scheduleConfig: JSON.stringify(scheduleConfig) };
    await headwater.as(
      user,
      async (trx) => await trx.updateTable('scheduledSyncs').set(stored).where('id', '=', refused).execute(),
    );

    expect((await reconcile()).refused).toEqual([`scheduled-sync/${refused}`]);

    expect(await describeIt(`scheduled-sync/${lost}`)).not.toBeNull();
  }, 60_000);
});

async function jobs() {
  return await headwater.as(
    user,
    async (trx) =>
      await trx
        .selectFrom('syncJobs')
        .selectAll()
        .where('dataSourceId', '=', dataSourceId)
        .orderBy('createdAt')
        .execute(),
  );
}

async function listed(id: string) {
  const { body } = await api.call('GET', `/api/scheduled-syncs?dataSourceId=${dataSourceId}`);
  return body.scheduledSyncs.find((row: { id: string }) => row.id === id);
}
