/** A OneDrive through the API and the real workflow: sign in, sync, search, and again after each kind of change. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { DriveType } from '../../tools/simulators/microsoft/drive-state.ts';
import {
  type MicrosoftSimulator,
  simulatedMicrosoftClient,
  startMicrosoft,
} from '../../tools/simulators/microsoft/server.ts';
import type { MicrosoftAccount } from '../../tools/simulators/microsoft/state.ts';
import { type Answer, startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';

let microsoft: MicrosoftSimulator;
let headwater: TestHeadwater;
let api: TestApi;
let account: MicrosoftAccount;
beforeAll(async () => {
  microsoft = await startMicrosoft(0, { rejectOldRefreshTokens: true });
  const endpoint = `${microsoft.url}/common/oauth2/v2.0`;
  headwater = await startHeadwater({
    env: {
      MICROSOFT_CLIENT_ID: simulatedMicrosoftClient.clientId,
      MICROSOFT_CLIENT_SECRET: simulatedMicrosoftClient.clientSecret,
      MICROSOFT_API_BASE_URL: microsoft.url,
      MICROSOFT_AUTH_URL: `${endpoint}/authorize`,
      MICROSOFT_TOKEN_URL: `${endpoint}/token`,
    },
  });
  api = await startApiOf(headwater);
}, 60_000);
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
  await microsoft[Symbol.asyncDispose]();
});
beforeEach(() => {
  microsoft.log.clear();
  microsoft.faults.clear();
  Object.assign(microsoft.switches, { maxPage: 1000, repeats: false });
});

/** Connects a source by consent. @returns its id */
async function connect(type: DriveType): Promise<string> {
  account = microsoft.state.account(`${randomUUID()}@example.com`, type);
  const created = await api.call('POST', '/api/data-sources', {
    body: { name: `OneDrive of ${account.email}`, sourceType: 'onedrive' },
  });
  expect(created.status).toBe(201);
  const { id } = created.body.dataSource;
  const { authorizationUrl } = (await api.call('GET', `/api/data-sources/${id}/connect`)).body;
  const consent = await fetch(`${authorizationUrl}&choose=${encodeURIComponent(account.email)}`, {
    redirect: 'manual',
  });
  const back = new URL(consent.headers.get('location') ?? '');
  expect(await api.call('GET', back.pathname + back.search)).toMatchObject({
    status: 200,
    body: { dataSource: { accountLabel: account.email, connectionStatus: 'connected' } },
  });
  return id;
}

/** Runs one job to its end. */
async function sync(dataSourceId: string, jobType = 'incremental'): Promise<Answer['body']> {
  const started = await api.call('POST', '/api/data-sources/sync', { body: { dataSourceId, jobType } });
  expect(started).toMatchObject({ status: 202 });
  const read = async () => (await api.call('GET', `/api/data-sources/sync/${started.body.job.id}`)).body.job;
  await until(async () => ['completed', 'failed', 'cancelled'].includes((await read()).status));
  return await read();
}

async function found(query: string, id: string): Promise<string[]> {
  const body = { query, filters: { dataSourceIds: [id] } };
  return (await api.call('POST', '/api/search', { body })).body.hits.map((hit: { path: string }) => hit.path);
}

/** The link of the first hit to the source. */
async function linkOf(query: string, id: string): Promise<string> {
  const body = { query, filters: { dataSourceIds: [id] } };
  return (await api.call('POST', '/api/search', { body })).body.hits[0].sourceUrl;
}

test.each(['business', 'personal'] as const)(
  'a %s drive: create, sync, search, edit, move, delete',
  async (type) => {
    const id = await connect(type);
    const plans = account.addFolder('Plans');
    const ferry = account.addFile({ name: 'Ferry.md', content: 'The last ferry leaves at 21:40.', parent: plans });
    account.addFile({ name: 'Storm.doc', mimeType: 'application/msword', content: 'Close the sluice in a storm.' });
    account.addFile({ name: 'quay.jpg', mimeType: 'image/jpeg', content: 'x' });

    const first = await sync(id);
    expect(first).toMatchObject({ status: 'completed', counts: { found: 3, created: 2, skipped: 1, failed: 0 } });
    expect(await found('when does the last ferry leave?', id)).toContain('OneDrive/Plans/Ferry.md');
    // A legacy Word file, read from the PDF into which Graph converts it
    expect(await found('sluice storm', id)).toContain('OneDrive/Storm.doc');

    account.update(ferry, 'The last ferry leaves at 22:15 in summer.');
    expect(await sync(id)).toMatchObject({ mode: 'feed', counts: { updated: 1, created: 0 } });
    expect((await api.call('POST', '/api/search', { body: { query: 'last ferry' } })).body.hits[0].snippet).toContain(
      '22:15',
    );

    microsoft.log.clear();
    account.move(plans, account.addFolder('Archive'));
    expect(await sync(id)).toMatchObject({ status: 'completed', counts: { removed: 0, failed: 0 } });
    expect(microsoft.log.calls.filter((call) => call.path.endsWith('/content'))).toEqual([]);
    expect(await found('last ferry', id)).toContain('OneDrive/Archive/Plans/Ferry.md');

    account.rename(plans, 'Timetables');
    expect(await sync(id)).toMatchObject({ status: 'completed', counts: { removed: 0, failed: 0 } });
    expect(await found('last ferry', id)).toContain('OneDrive/Archive/Timetables/Ferry.md');
    expect(await linkOf('last ferry', id)).toMatch(/\/Archive\/Timetables\/Ferry\.md$/);

    account.delete(plans, { loseTombstonesBelow: true });
    expect(await sync(id)).toMatchObject({ status: 'completed', counts: { removed: 1 } });
    expect(await found('last ferry', id)).not.toContain('OneDrive/Archive/Plans/Ferry.md');

    expect(await api.call('DELETE', `/api/data-sources?id=${id}`)).toMatchObject({ status: 202 });
    await until(async () => (await found('sluice storm', id)).length === 0);
    expect([...microsoft.log.mutating(), ...microsoft.downloadHost.log.mutating()]).toEqual([]);
  },
  90_000,
);

test('a lost position lists everything again, and finds what was deleted in between', async () => {
  const id = await connect('business');
  const deleted = account.addFile({ name: 'Gone.md', content: 'This will vanish in the fog.' });
  for (let i = 0; i < 4; i++) account.addFile({ name: `${i}.md`, content: `Buoy number ${i} lies in the channel.` });
  await sync(id);
  account.delete(deleted);
  account.expirePositions();
  const job = await sync(id);
  expect(job).toMatchObject({ status: 'completed', mode: 'full', counts: { unchanged: 4, removed: 1, created: 0 } });
  expect(await sync(id)).toMatchObject({ mode: 'feed', counts: { found: 0 } });
}, 60_000);

test('after a full listing that was stopped, the next job lists everything: OneDrive may show an item again, and the last time counts', async () => {
  const id = await connect('business');
  for (let i = 0; i < 6; i++) account.addFile({ name: `${i}.md`, content: `Beacon number ${i} is lit at dusk.` });
  await sync(id);
  Object.assign(microsoft.switches, { maxPage: 3, repeats: true });
  // The first call gets the position, the second one the first page.
  microsoft.faults.add({ path: '/delta', skip: 2, then: { status: 503 } });
  const titles = async (): Promise<string[]> => {
    const { body } = await api.call('GET', `/api/documents?dataSourceId=${id}`);
    return body.documents.map((document: Answer['body']) => document.title).toSorted();
  };
  const body = { dataSourceId: id, jobType: 'full_sync' };
  const stopped = (await api.call('POST', '/api/data-sources/sync', { body })).body.job.id;
  // The first page ends with the item after it as it was before.
  await until(async () => (await titles()).some((title) => title.startsWith('outdated')));
  await api.call('DELETE', `/api/data-sources/sync/${stopped}`);
  microsoft.faults.clear();
  await until(async () => (await api.call('GET', `/api/data-sources/sync/${stopped}`)).body.job.status === 'cancelled');

  expect(await sync(id)).toMatchObject({ status: 'completed', mode: 'full', fallback: 'listing_stopped' });
  expect(await titles()).toEqual(['0.md', '1.md', '2.md', '3.md', '4.md', '5.md']);
  expect(await sync(id)).toMatchObject({ status: 'completed', mode: 'feed' });
}, 60_000);

test('a shared folder is added, changed and removed: by the feed of a personal drive, by the listing of a business one', async () => {
  for (const type of ['personal', 'business'] as const) {
    const id = await connect(type);
    const other = microsoft.state.account(`${randomUUID()}@example.com`, type);
    const folder = other.addFolder('Boats');
    const boat = other.addFile({ name: 'Alke.md', content: 'Alke carries twelve passengers.', parent: folder });
    const second = other.addFile({ name: 'Tordalk.md', content: 'Tordalk carries cargo.', parent: folder });
    other.share(folder, account);
    await sync(id);
    account.addShortcut('Boats of the harbour', other, folder);
    account.addFile({ name: 'own.md', content: 'Nothing about vessels here.' });
    expect(await sync(id)).toMatchObject({ status: 'completed', counts: { created: 3, failed: 0 } });
    expect(await found('passengers', id)).toContain('OneDrive/Boats of the harbour/Alke.md');

    other.update(boat, 'Alke carries fourteen passengers.');
    other.delete(second);
    const job = await sync(id);
    expect(job).toMatchObject({
      status: 'completed',
      mode: type === 'personal' ? 'feed' : 'full',
      counts: { updated: 1, removed: 1 },
    });
    other.unshare(folder, account);
    expect(await sync(id)).toMatchObject({ status: 'completed', counts: { removed: 1 } });
    expect(await found('passengers', id)).not.toContain('OneDrive/Boats of the harbour/Alke.md');
  }
}, 120_000);

test('an access token that expires during a job is refreshed, and the rotated refresh token is stored', async () => {
  const id = await connect('business');
  for (let i = 0; i < 5; i++) account.addFile({ name: `${i}.md`, content: `text ${i}` });
  microsoft.oauth.expireAccessTokens(account.email);
  expect(await sync(id)).toMatchObject({ status: 'completed', counts: { created: 5 } });
  microsoft.oauth.expireAccessTokens(account.email);
  expect(await sync(id)).toMatchObject({ status: 'completed' });
  expect(microsoft.log.calls.filter((call) => call.path.endsWith('/token') && call.status === 200)).toHaveLength(3);
  for (const token of microsoft.oauth.everIssued()) expect(headwater.logged()).not.toContain(token);
  expect(headwater.logged()).not.toContain('tempauth');
}, 60_000);
