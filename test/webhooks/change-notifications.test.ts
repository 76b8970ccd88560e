/**
 * Vendors report changes, and a sync follows: subscriptions are created, used, renewed and ended at the simulated
 * vendors.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../../tools/local/ports.ts';
import { type DropboxSimulator, simulatedDropboxClient, startDropbox } from '../../tools/simulators/dropbox/server.ts';
import {
  type MicrosoftSimulator,
  simulatedMicrosoftClient,
  startMicrosoft,
} from '../../tools/simulators/microsoft/server.ts';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { titlesOf } from '../harness/state.ts';
import { until } from '../harness/until.ts';

const user = 'local';
const serviceAccount = 'push@project.iam.gserviceaccount.com';
let headwater: TestHeadwater;
let api: TestApi;
let microsoft: MicrosoftSimulator;
let dropbox: DropboxSimulator;
let publicUrl: string;

beforeAll(async () => {
  const port = await freePort();
  publicUrl = `http://127.0.0.1:${port}`;
  [microsoft, dropbox] = await Promise.all([startMicrosoft(), startDropbox()]);
  headwater = await startHeadwater({
    env: {
      PUBLIC_URL: publicUrl,
      CHANGE_NOTIFICATION_QUIET_SECONDS: '1',
      CHANGE_NOTIFICATION_MAX_SECONDS: '6',
      GMAIL_PUBSUB_TOPIC: 'projects/project/topics/gmail',
      GMAIL_NOTIFICATION_SERVICE_ACCOUNT: serviceAccount,
      DROPBOX_CLIENT_ID: simulatedDropboxClient.clientId,
      DROPBOX_CLIENT_SECRET: simulatedDropboxClient.clientSecret,
      DROPBOX_API_BASE_URL: dropbox.url,
      MICROSOFT_CLIENT_ID: simulatedMicrosoftClient.clientId,
      MICROSOFT_CLIENT_SECRET: simulatedMicrosoftClient.clientSecret,
      MICROSOFT_API_BASE_URL: microsoft.url,
    },
  });
  const { google } = headwater;
  google.channels.pubSub = {
    endpoint: `${publicUrl}/api/change-notifications/gmail`,
    audience: `${publicUrl}/api/change-notifications/gmail`,
    serviceAccount,
  };
  // Google's keys are the simulator's.
  const changeNotifications = {
    ...headwater.config.changeNotifications,
    gmail: { ...headwater.config.changeNotifications.gmail, jwksUrl: `${google.url}/oauth2/v3/certs` },
  };
  api = await startApiOf(headwater, { changeNotifications });
  await api.app.listen({ host: '127.0.0.1', port });
}, 60_000);
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
  await Promise.all([microsoft[Symbol.asyncDispose](), dropbox[Symbol.asyncDispose]()]);
});

async function connect(sourceType: string, tokens: { accessToken: string; refreshToken: string }): Promise<string> {
  const { body } = await api.call('POST', '/api/data-sources', { body: { name: sourceType, sourceType } });
  const { id } = body.dataSource;
  const expiresAt = new Date(Date.now() + 3_000_000).toISOString();
  const connected = await api.call('PUT', `/api/data-sources/${id}/credentials`, { body: { ...tokens, expiresAt } });
  expect(connected.status).toBe(200);
  return id;
}
const setChangeNotifications = async (id: string, changeNotificationsEnabled: boolean) =>
  await api.call('PUT', '/api/data-sources', { body: { id, changeNotificationsEnabled } });
const sourceOf = async (id: string) =>
  (await api.call('GET', '/api/data-sources')).body.dataSources.find((row: { id: string }) => row.id === id);
const jobsOf = async (id: string): Promise<{ trigger: string; status: string }[]> =>
  (await api.call('GET', `/api/data-sources/sync?dataSourceId=${id}`)).body.jobs;
const notifiedJobsOf = async (id: string) => (await jobsOf(id)).filter((job) => job.trigger === 'change_notification');
const isGatheringOver = async (id: string): Promise<boolean> =>
  (await headwater.temporal.workflow.getHandle(`change-notifications/${id}`).describe()).status.name === 'COMPLETED';
const untilActive = async (id: string) => await until(async () => (await sourceOf(id)).changeNotificationsActive);

async function syncFully(dataSourceId: string): Promise<void> {
  expect(await headwater.sync({ dataSourceId, jobType: 'full_sync' })).toMatchObject({ status: 'completed' });
}

describe('Google Drive', () => {
  let account: GoogleAccount;
  let id: string;
  const channels = () => [...headwater.google.channels.live.values()].filter(({ email }) => email === account.email);

  beforeEach(async () => {
    account = headwater.google.state.account(`${randomUUID()}@example.com`);
    account.addFile({ name: `first ${account.email}.md`, content: `one of ${account.email}` });
    id = await connect('google_drive', headwater.google.oauth.issue(account.email));
  });

  test("many notifications become one job, and its findings come from the vendor's listing, not from the notifications", async () => {
    await syncFully(id);
    expect((await setChangeNotifications(id, true)).body.dataSource).toMatchObject({
      changeNotificationsEnabled: true,
    });
    await untilActive(id);
    account.addFile({ name: `second ${account.email}.md`, content: `two of ${account.email}` });
    const notify = async () => await headwater.google.channels.notify(account.email);
    const answers = (await Promise.all(Array.from({ length: 12 }, notify))).flat();
    expect(answers).toEqual(Array.from({ length: 12 }, () => ({ status: 200, text: '' })));
    await until(async () => (await notifiedJobsOf(id)).some((job) => job.status === 'completed'));
    await until(async () => await isGatheringOver(id));
    expect(await notifiedJobsOf(id)).toHaveLength(1);
    expect(await titlesOf(headwater, user)).toContain(`My Drive/second ${account.email}.md`);
    await setChangeNotifications(id, false);
  }, 60_000);

  test('uninterrupted notifications still start a job; notifications during a job lead to one more job after it', async () => {
    await syncFully(id);
    await setChangeNotifications(id, true);
    await untilActive(id);
    const notified = Promise.withResolvers<void>();
    headwater.google.faults.add({ path: '^/drive/v3/changes$', times: 1, then: { until: notified.promise } });
    const began = Date.now();
    // Given notifications closer together than the quiet time, until a job runs
    while ((await notifiedJobsOf(id)).length === 0) {
      await headwater.google.channels.notify(account.email);
      if (Date.now() - began > 20_000) throw new Error('no job although six seconds are the longest wait');
    }
    await until(async () => (await notifiedJobsOf(id))[0]?.status === 'running');
    for (let i = 0; i < 5; i++) await headwater.google.channels.notify(account.email);
    notified.resolve();
    await until(async () => (await notifiedJobsOf(id)).filter((job) => job.status === 'completed').length === 2);
    await until(async () => await isGatheringOver(id));
    expect(await notifiedJobsOf(id)).toHaveLength(2);
    headwater.google.faults.clear();
    await setChangeNotifications(id, false);
  }, 60_000);

  test('the job that follows is listed in its turn: ids of jobs are in order of time, whoever starts them', async () => {
    await syncFully(id);
    await setChangeNotifications(id, true);
    await untilActive(id);
    await headwater.google.channels.notify(account.email);
    await until(async () => (await notifiedJobsOf(id))[0]?.status === 'completed');
    await setChangeNotifications(id, false);
    await syncFully(id);
    expect((await jobsOf(id)).map(({ trigger }) => trigger)).toEqual(['cli', 'change_notification', 'cli']);
  }, 60_000);

  test('a wrong token, an unknown channel and one that was ended get the same answer, and nothing follows', async () => {
    await setChangeNotifications(id, true);
    await untilActive(id);
    const [channel] = channels();
    const send = async (channelId: string, token: string) =>
      await api.call('POST', '/api/change-notifications/google_drive', {
        payload: '',
        headers: { 'x-goog-channel-id': channelId, 'x-goog-channel-token': token, 'x-goog-resource-state': 'change' },
      });
    const wrong = await send(channel?.id ?? '', 'guess');
    const unknown = await send(randomUUID(), channel?.token ?? '');
    await setChangeNotifications(id, false);
    await until(async () => channels().length === 0 && !(await sourceOf(id)).changeNotificationsActive);
    const ended = await send(channel?.id ?? '', channel?.token ?? '');
    for (const answer of [wrong, unknown, ended]) expect([answer.status, answer.text]).toEqual([200, '']);
    await expect(isGatheringOver(id)).rejects.toThrow();
    expect(await jobsOf(id)).toEqual([]);
  }, 60_000);

  test('is renewed before it expires: the new channel exists before the old one is stopped', async () => {
    headwater.google.channels.maxMs = 32_000;
    await setChangeNotifications(id, true);
    await untilActive(id);
    headwater.google.channels.maxMs = 7 * 24 * 3_600_000;
    const [first] = channels();
    await until(() => channels().length === 1 && channels()[0]?.id !== first?.id);
    expect(first?.expiration).toBeGreaterThan(Date.now());
    const order = headwater.google.log
      .subscriptions()
      .filter((call) => call.account === account.email)
      .map((call) => call.path.split('/').at(-1));
    expect(order).toEqual(['watch', 'watch', 'stop']);
    await setChangeNotifications(id, false);
  }, 60_000);

  test.each(['disconnected', 'switched off', 'deleted'])(
    'is stopped when the source is %s',
    async (how) => {
      await setChangeNotifications(id, true);
      await untilActive(id);
      expect(channels()).toHaveLength(1);
      if (how === 'disconnected') await api.call('POST', `/api/data-sources/${id}/disconnect`);
      else if (how === 'deleted') await api.call('DELETE', `/api/data-sources?id=${id}`);
      else await api.call('PUT', '/api/data-sources', { body: { id, isActive: false } });
      await until(() => channels().length === 0);
    },
    60_000,
  );

  test('a new sign-in creates a new one', async () => {
    await setChangeNotifications(id, true);
    await untilActive(id);
    await api.call('POST', `/api/data-sources/${id}/disconnect`);
    expect(await sourceOf(id)).toMatchObject({ changeNotificationsEnabled: true, changeNotificationsActive: false });
    const expiresAt = new Date(Date.now() + 3_000_000).toISOString();
    const body = { ...headwater.google.oauth.issue(account.email), expiresAt };
    await api.call('PUT', `/api/data-sources/${id}/credentials`, { body });
    await untilActive(id);
    expect(channels()).toHaveLength(1);
    await setChangeNotifications(id, false);
  }, 60_000);

  test('a sync never creates one, and creating one changes no content (P11)', async () => {
    const { log } = headwater.google;
    const own = (calls: readonly { readonly account: string | null }[]) =>
      calls.filter((call) => call.account === account.email);
    await syncFully(id);
    expect(own(log.mutating())).toEqual([]);
    await setChangeNotifications(id, true);
    await untilActive(id);
    expect(own(log.mutating())).toHaveLength(1);
    expect(own(log.mutating())).toEqual(own(log.subscriptions()));
    await setChangeNotifications(id, false);
  }, 60_000);

  test('a refusal is reported, and does not end the sign-in', async () => {
    headwater.google.faults.add({
      path: 'changes/watch',
      then: { status: 401, body: { error: { code: 401, errors: [{ reason: 'push.webhookUrlUnauthorized' }] } } },
    });
    await setChangeNotifications(id, true);
    await until(async () => (await sourceOf(id)).changeNotificationsError !== null);
    expect(await sourceOf(id)).toMatchObject({
      changeNotificationsActive: false,
      needsSignIn: false,
      changeNotificationsError: expect.stringMatching(/does not accept the PUBLIC_URL/),
    });
    headwater.google.faults.clear();
    await setChangeNotifications(id, false);
  }, 60_000);
});

test('Gmail: the mailbox is watched, Pub/Sub pushes, a sync follows; another source of the mailbox keeps its watch', async () => {
  const { google } = headwater;
  const account = google.state.account(`${randomUUID()}@example.com`);
  const scopes = ['https://www.googleapis.com/auth/gmail.readonly'];
  const [one, two] = [
    await connect('gmail', google.oauth.issue(account.email, scopes)),
    await connect('gmail', google.oauth.issue(account.email, scopes)),
  ];
  for (const id of [one, two]) {
    await syncFully(id);
    await setChangeNotifications(id, true);
    await untilActive(id);
  }
  expect(await google.channels.notifyMail(account.email, '1')).toMatchObject({ status: 200 });
  for (const id of [one, two]) await until(async () => (await notifiedJobsOf(id))[0]?.status === 'completed');
  // Signed by Google, but for somebody else's push subscription
  expect(
    await google.channels.notifyMail(account.email, '2', { email: 'mallory@q.iam.gserviceaccount.com' }),
  ).toMatchObject({ status: 401 });
  await setChangeNotifications(one, false);
  await until(async () => !(await sourceOf(one)).changeNotificationsActive);
  expect(google.channels.watches.has(account.email)).toBe(true);
  await setChangeNotifications(two, false);
  await until(() => !google.channels.watches.has(account.email));
}, 60_000);

describe('OneDrive', () => {
  const writing = ['User.Read', 'Files.Read.All', 'Files.ReadWrite.All'];

  test('the URL is validated, notifications start a sync, lifecycle events renew or create again', async () => {
    const account = microsoft.state.account(`${randomUUID()}@example.com`);
    account.addFile({ name: 'a.md', content: `a of ${account.email}` });
    const id = await connect('onedrive', microsoft.oauth.issue(account.email, writing));
    await syncFully(id);
    await setChangeNotifications(id, true);
    await untilActive(id);
    const of = () => [...microsoft.subscriptions.live.values()].filter(({ email }) => email === account.email);
    const [first] = of();

    expect(await microsoft.subscriptions.notify(account.email)).toEqual([{ status: 200, text: '' }]);
    await until(async () => (await notifiedJobsOf(id))[0]?.status === 'completed');
    await until(async () => await isGatheringOver(id));
    const forged = { value: [{ subscriptionId: first?.id, clientState: 'guess', changeType: 'updated' }] };
    expect((await api.call('POST', '/api/change-notifications/onedrive', { body: forged })).status).toBe(200);

    const before = first?.expiresAt ?? 0;
    await microsoft.subscriptions.notifyLifecycle(account.email, 'reauthorizationRequired');
    await until(() => (of()[0]?.expiresAt ?? 0) > before);
    expect(of().map((one) => one.id)).toEqual([first?.id]);
    await microsoft.subscriptions.notifyLifecycle(account.email, 'subscriptionRemoved');
    await until(() => of().length === 1 && of()[0]?.id !== first?.id);
    // A subscription that is created again has a secret of its own
    const known = (await notifiedJobsOf(id)).length;
    await until(async () => await isGatheringOver(id));
    await microsoft.subscriptions.notify(account.email);
    await until(async () => (await notifiedJobsOf(id)).length > known);

    await setChangeNotifications(id, false);
    await until(() => of().length === 0);
    expect(microsoft.log.mutating()).toEqual(microsoft.log.subscriptions());
  }, 60_000);

  test('a subscription that the vendor ends while it is being renewed is created again at once', async () => {
    const account = microsoft.state.account(`${randomUUID()}@example.com`);
    const id = await connect('onedrive', microsoft.oauth.issue(account.email, writing));
    await setChangeNotifications(id, true);
    await untilActive(id);
    const of = () => [...microsoft.subscriptions.live.values()].filter(({ email }) => email === account.email);
    const [first] = of();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    microsoft.faults.add({
      path: `/subscriptions/${first?.id}$`,
      when: ({ method }) => method === 'PATCH',
      times: 1,
      then: { answerUntil: ended },
    });
    const before = first?.expiresAt ?? 0;
    await microsoft.subscriptions.notifyLifecycle(account.email, 'reauthorizationRequired');
    await until(() => (of()[0]?.expiresAt ?? 0) > before);
    await microsoft.subscriptions.notifyLifecycle(account.email, 'subscriptionRemoved');
    end();
    await until(() => of().length === 1 && of()[0]?.id !== first?.id);
    await setChangeNotifications(id, false);
    await until(() => of().length === 0);
  }, 60_000);

  test('a read-only sign-in gets no change notifications, and an explanation; syncing continues', async () => {
    const account = microsoft.state.account(`${randomUUID()}@example.com`);
    const id = await connect('onedrive', microsoft.oauth.issue(account.email));
    await setChangeNotifications(id, true);
    await until(async () => (await sourceOf(id)).changeNotificationsError !== null);
    expect(await sourceOf(id)).toMatchObject({
      needsSignIn: false,
      changeNotificationsError: expect.stringMatching(/with write permission .*synced on its schedule/),
    });
    await syncFully(id);
    await setChangeNotifications(id, false);
  }, 60_000);
});

test('Dropbox: the application’s single URL answers the challenge; accounts with real-time updates are synced', async () => {
  expect(await dropbox.setWebhook(`${publicUrl}/api/change-notifications/dropbox`)).toBe(true);
  const [asks, asksNot] = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
  dropbox.state.account(asks).addFile({ path: '/a.md', content: `a of ${asks}` });
  const [one, other] = [
    await connect('dropbox', dropbox.oauth.issue(asks)),
    await connect('dropbox', dropbox.oauth.issue(asksNot)),
  ];
  await setChangeNotifications(one, true);
  await untilActive(one);
  dropbox.log.clear();
  expect(await dropbox.notify(asks, asksNot)).toEqual({ status: 200, text: '' });
  await until(async () => (await notifiedJobsOf(one))[0]?.status === 'completed');
  expect(await titlesOf(headwater, user)).toContain('a.md');
  expect(await jobsOf(other)).toEqual([]);
  expect(dropbox.log.mutating()).toEqual([]);
}, 60_000);

describe('the public URLs', () => {
  test('refuse unsigned and too large requests, and vendors that are not configured', async () => {
    const send = async (vendor: string, payload: string) =>
      (await api.call('POST', `/api/change-notifications/${vendor}`, { payload })).body;
    expect(await send('dropbox', '{}')).toMatchObject({ status: 401, code: 'not_verified' });
    expect(await send('gmail', '{}')).toMatchObject({ status: 401, code: 'not_verified' });
    expect(await send('slack', '{}')).toMatchObject({ status: 404, code: 'change_notifications_not_set_up' });
    expect(await send('dropbox', 'x'.repeat(300_000))).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(await send('github', '{}')).toMatchObject({ status: 400 });
  });

  test('accept any host name, because a vendor uses a public one; the rest of a local installation does not', async () => {
    const headers = { host: 'tunnel.example' };
    expect((await api.call('GET', '/api/change-notifications/dropbox?challenge=abc', { headers })).text).toBe('abc');
    expect((await api.call('GET', '/api/data-sources', { headers })).status).toBe(403);
  });

  test('real-time updates are offered only where they can work, and the refusal says what is missing', async () => {
    const folder = await headwater.createSource(user, 'local_folder', { path: '/tmp' });
    expect((await setChangeNotifications(folder, true)).body).toMatchObject({
      status: 400,
      errors: [{ field: 'changeNotificationsEnabled' }],
    });
    const id = await headwater.createSource(user, 'google_drive');
    const vendors = {
      ...headwater.config.vendors,
      google: { ...headwater.config.vendors.google, apiBaseUrl: undefined },
    };
    await using elsewhere = await startApiOf(headwater, { vendors });
    const answer = await elsewhere.call('PUT', '/api/data-sources', { body: { id, changeNotificationsEnabled: true } });
    expect(answer.body).toMatchObject({
      status: 400,
      code: 'change_notifications_not_possible',
      detail: expect.stringMatching(/PUBLIC_URL/),
    });
  });
});
