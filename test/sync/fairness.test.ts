/** One user's large job does not starve another's small one (P8, pitfall 24). */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';
import { fairnessOf } from '../../domain/user-key.ts';

const hugeSources = 18;
let headwater: TestHeadwater;

beforeAll(async () => {
  // Given a worker that runs two activities at a time
  headwater = await startHeadwater({ env: { WORKER_TASK_SLOTS: '2' } });
}, 60_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());

async function driveWith(user: string, files: number): Promise<string> {
  const account = headwater.google.state.account(`${randomUUID()}@example.com`);
  for (let i = 0; i < files; i++) account.addFile({ name: `${i}.md`, content: `text ${i} of ${account.email}` });
  return await headwater.createDrive(user, account.email);
}

test('a small job that starts after many large ones of another user ends long before they do', async () => {
  const [huge, small] = [`huge-${randomUUID()}`, `small-${randomUUID()}`];
  const sources = await Promise.all(Array.from({ length: hugeSources }, async () => await driveWith(huge, 40)));
  const own = await driveWith(small, 4);
  // Slow downloads, so that it is not decided by how late a busy machine notices that a step has ended
  headwater.google.faults.add({ path: '^/drive/v3/files/[^/]+$', query: { alt: 'media' }, then: { delayMs: 200 } });
  const start = async (dataSourceId: string, user: string) =>
    await headwater.temporal.workflow.start('syncJob', {
      taskQueue: headwater.taskQueue,
      workflowId: `sync/${randomUUID()}`,
      args: [{ dataSourceId, jobType: 'full_sync' }],
      priority: fairnessOf(user),
    });
  const backlog = await Promise.all(sources.map(async (id) => await start(id, huge)));
  await until(() => headwater.google.faults.hits().some((hits) => hits > 0));

  const job = await start(own, small);
  expect(await job.result()).toMatchObject({ status: 'completed' });

  // By the server's clock: how many of the large ones had ended when the small one did?
  const endedAt = (await job.describe()).closeTime ?? new Date(0);
  headwater.google.faults.clear();
  await Promise.all(backlog.map(async (handle) => await handle.result()));
  const ends = await Promise.all(backlog.map(async (handle) => (await handle.describe()).closeTime));
  expect(ends.filter((end) => end !== undefined && end < endedAt).length).toBeLessThanOrEqual(hugeSources / 3);
  // How many steps of the large jobs were started while a step of the small one waited?
  const theirs = (await Promise.all(backlog.map(async ({ workflowId }) => await stepsOf(workflowId)))).flat();
  const passed = (await stepsOf(job.workflowId)).map(
    ({ scheduledAt, startedAt }) =>
      theirs.filter((step) => step.startedAt > scheduledAt && step.startedAt < startedAt).length,
  );
  expect(passed.length).toBeGreaterThan(5);
  expect(Math.max(...passed)).toBeLessThanOrEqual(3);
}, 120_000);

interface Step {
  /** Milliseconds, by the server's clock. */
  readonly scheduledAt: number;
  readonly startedAt: number;
}

/** The activities of a workflow and of its pages that have started. */
async function stepsOf(workflowId: string): Promise<Step[]> {
  const { events } = await headwater.temporal.workflow.getHandle(workflowId).fetchHistory();
  const scheduledAt = new Map((events ?? []).map((event) => [String(event.eventId), optionalTsToMs(event.eventTime)]));
  const own = (events ?? []).flatMap(({ eventTime, activityTaskStartedEventAttributes: started }) =>
    started == null
      ? []
      : {
          scheduledAt: scheduledAt.get(String(started.scheduledEventId)) ?? Number.NaN,
          startedAt: optionalTsToMs(eventTime) ?? Number.NaN,
        },
  );
  const pages = (events ?? []).flatMap(
    ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => child?.workflowId ?? [],
  );
  return [...own, ...(await Promise.all(pages.map(stepsOf))).flat()];
}
