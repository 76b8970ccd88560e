/** A lost sign-in makes a job wait, not fail; after a new one, everything continues automatically. */

import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { api, headwater, runHeadwater } from '../harness/running.ts';
import { titlesOf } from '../harness/state.ts';
import { until } from '../harness/until.ts';

const user = 'local';
let account: GoogleAccount;
let dataSourceId: string;
/** The items of the second of the page's two batches: batches are ordered by id, and both run concurrently. */
let slow: readonly string[];

runHeadwater();
beforeEach(async () => {
  headwater.google.faults.clear();
  account = headwater.google.state.account(`${randomUUID()}@example.com`);
  const ids = Array.from({ length: 300 }, (_, i) =>
    account.addFile({ name: `${i}.md`, content: `text ${i} of ${account.email}` }),
  );
  slow = ids.toSorted().slice(200);
  dataSourceId = await headwater.createDrive(user, account.email);
});

const start = async (): Promise<string> =>
  (await api.call('POST', '/api/data-sources/sync', { body: { dataSourceId, jobType: 'full_sync' } })).body.job.id;
const jobOf = async (id: string) => (await api.call('GET', `/api/data-sources/sync/${id}`)).body.job;
const sourceOf = async () =>
  (await api.call('GET', '/api/data-sources')).body.dataSources.find((row: { id: string }) => row.id === dataSourceId);
const scheduleOf = async () => await headwater.temporal.schedule.getHandle(`sync-frequency/${dataSourceId}`).describe();
const signIn = async (email: string) =>
  await api.call('PUT', `/api/data-sources/${dataSourceId}/credentials`, {
    body: { ...headwater.google.oauth.issue(email), expiresAt: new Date(Date.now() + 3_000_000).toISOString() },
  });

/** Revokes the sign-in when some batches are done and others are downloading, and waits until the job has noticed. */
async function startAndLoseSignIn(): Promise<string> {
  const held = Promise.withResolvers<void>();
  headwater.google.faults.add({ path: `^/drive/v3/files/(${slow.join('|')})$`, then: { until: held.promise } });
  const jobId = await start();
  await until(async () => (await jobOf(jobId)).counts.created > 0);
  headwater.google.oauth.revokeGrants(account.email);
  headwater.google.faults.clear();
  held.resolve();
  await until(async () => (await jobOf(jobId)).progress?.waitingFor?.reason === 'sign_in');
  return jobId;
}

test('the job waits and the schedules are paused; after a new sign-in both continue, and finished work is not repeated', async () => {
  const titles = (await titlesOf(headwater, user)).length;
  await api.call('PUT', '/api/data-sources', { body: { id: dataSourceId, syncFrequency: 'hourly' } });
  const jobId = await startAndLoseSignIn();
  expect(await sourceOf()).toMatchObject({ needsSignIn: true, connectionStatus: 'error' });
  // The job shows what it waits for first; the pause of the schedules follows.
  await until(async () => (await scheduleOf()).state.paused);
  expect((await scheduleOf()).state.note).toMatch(/sign-in/);
  const before = (await titlesOf(headwater, user)).length;

  // Given that even the worker was restarted in between
  await headwater.stopWorker();
  await headwater.startWorker();
  expect((await signIn(account.email)).status).toBe(200);
  await until(async () => (await jobOf(jobId)).status === 'completed');
  expect((await jobOf(jobId)).counts).toMatchObject({ found: 300, created: 300, failed: 0 });
  expect((await titlesOf(headwater, user)).length).toBe(titles + 300);
  expect(before).toBeLessThan(titles + 300);
  expect((await scheduleOf()).state.paused).toBe(false);
  expect(await sourceOf()).toMatchObject({ needsSignIn: false, connectionStatus: 'connected' });
  await headwater.temporal.schedule.getHandle(`sync-frequency/${dataSourceId}`).delete();
}, 60_000);

test('a sign-in lost before the listing makes the job wait as well', async () => {
  headwater.google.oauth.revokeGrants(account.email);
  const jobId = await start();
  await until(async () => (await jobOf(jobId)).progress?.waitingFor?.reason === 'sign_in');
  await signIn(account.email);
  await until(async () => (await jobOf(jobId)).status === 'completed');
  expect((await jobOf(jobId)).counts).toMatchObject({ created: 300 });
}, 60_000);

test('a job that waits can be cancelled, and keeps what it has', async () => {
  const jobId = await startAndLoseSignIn();
  await api.call('DELETE', `/api/data-sources/sync?jobId=${jobId}`);
  await until(async () => (await jobOf(jobId)).status === 'cancelled');
  const { counts } = await jobOf(jobId);
  expect(counts.created).toBeGreaterThan(0);
  expect(counts.found).toBe(counts.created + counts.skipped);
}, 60_000);

test('a sign-in with another account starts from the beginning: positions of one account do not apply to another', async () => {
  const jobId = await startAndLoseSignIn();
  const other = headwater.google.state.account(`${randomUUID()}@example.com`);
  other.addFile({ name: 'other.md', content: `text of ${other.email}` });
  await signIn(other.email);
  await until(async () => (await jobOf(jobId)).status === 'cancelled');
  const row = await headwater.as(
    user,
    async (trx) =>
      await trx
        .selectFrom('dataSources')
        .select(['checkpoint', 'accountLabel'])
        .where('id', '=', dataSourceId)
        .executeTakeFirst(),
  );
  expect(row).toEqual({ checkpoint: null, accountLabel: other.email });
}, 60_000);
