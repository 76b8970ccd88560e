/**
 * "Running, 0 %" for ten minutes explains nothing, so an activity that keeps failing is shown, with what to do about
 * it.
 */

import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { whyOf } from '../../cli/watch-job.ts';
import { api, headwater, runHeadwater } from '../harness/running.ts';
import { until } from '../harness/until.ts';

runHeadwater(() => ({ openai: true }));

test('an unreachable embedder is named within ten seconds, and no longer after it is back', async () => {
  const account = headwater.google.state.account(`${randomUUID()}@example.com`);
  account.addFile({ name: 'note.md', content: 'A note to be embedded.' });
  const dataSourceId = await headwater.createDrive('local', account.email);
  headwater.openai.faults.add({ path: '/embeddings$', then: { reset: true } });
  const { body } = await api.call('POST', '/api/data-sources/sync', { body: { dataSourceId, jobType: 'full_sync' } });
  const { id, workflowId } = body.job;
  const shown = async () => (await api.call('GET', `/api/data-sources/sync/${id}`)).body.job;

  await until(() => headwater.openai.faults.hits().some((hits) => hits > 0));
  const started = Date.now();
  await until(async () => (await shown()).progress?.waitingFor?.reason === 'embedder');
  const seenAfterMs = Date.now() - started;
  const job = await shown();
  const { progress } = job;
  expect(whyOf(job)).toMatch(/^waiting since .*, \d+ attempts: .*embedding server/);
  expect(progress.waitingFor).toMatchObject({
    step: 'embedBatch',
    attempts: expect.any(Number),
    message: expect.stringMatching(/embedding server/),
  });
  expect(progress.waitingFor.attempts).toBeGreaterThanOrEqual(2);
  expect(Date.parse(progress.waitingFor.since)).toBeGreaterThanOrEqual(started - 10_000);
  expect(progress).toMatchObject({ secondsLeft: null, secondsLeftRange: null });
  expect(seenAfterMs).toBeLessThan(10_000);
  const handle = headwater.temporal.workflow.getHandle(workflowId);
  expect(await handle.query('__temporal_workflow_metadata')).toMatchObject({
    currentDetails: expect.stringMatching(/^\*\*Waiting: embedder\*\* since .* \d+ attempts/),
  });

  headwater.openai.faults.clear();
  await until(async () => (await shown()).status === 'completed');
  // A failure is not a crash, so nothing was divided because of it.
  expect(headwater.logged()).not.toContain('was interrupted');
});
