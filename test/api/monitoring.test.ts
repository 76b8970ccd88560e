/** What people and monitoring can see: progress, reports, the history of an item, metrics, and why a job stopped. */

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { type MetricMeter, noopMetricMeter } from '@temporalio/common';
import { parse } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import type { ApiDependencies } from '../../api/dependencies.ts';
import { csvReport, jsonReport } from '../../api/job-report.ts';
import { found } from '../../api/problem.ts';
import { openDatabase } from '../../db/access/database.ts';
import { findJobDetail } from '../../db/jobs/job-queries.ts';
import { createSyncMetrics } from '../../platform/sync-metrics.ts';
import { freePort } from '../../tools/local/ports.ts';
import type { Fault, FaultEffect } from '../../tools/simulators/kit/faults.ts';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';

const user = 'local';
let headwater: TestHeadwater;
let api: TestApi;
let account: GoogleAccount;
let dataSourceId: string;

beforeAll(async () => {
  headwater = await startHeadwater();
  api = await startApiOf(headwater);
}, 60_000);
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
});
beforeEach(async () => {
  headwater.google.faults.clear();
  headwater.google.switches.maxPage = 1000;
  account = headwater.google.state.account(`${randomUUID()}@example.com`);
  dataSourceId = await headwater.createDrive(user, account.email);
});

const addFiles = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => account.addFile({ name: `${i}.md`, content: `${i} of ${account.email}` }));
const start = async (): Promise<string> =>
  (await api.call('POST', '/api/data-sources/sync', { body: { dataSourceId, jobType: 'incremental' } })).body.job.id;
const jobOf = async (id: string) => (await api.call('GET', `/api/data-sources/sync/${id}`)).body.job;
const ended = async (id: string) => {
  await until(async () => !['pending', 'running'].includes((await jobOf(id)).status));
  return await jobOf(id);
};
const sync = async () => await ended(await start());
const historyOf = async (query: string) =>
  await api.call('GET', `/api/documents/history?dataSourceId=${dataSourceId}&${query}`);
const failMedia = (then: FaultEffect, some: Pick<Fault, 'skip' | 'times'> = {}) =>
  headwater.google.faults.add({ path: '^/drive/v3/files/[^/]+$', query: { alt: 'media' }, then, ...some });

test('a running job shows the stages of its items, its rate, and the time left as a range', async () => {
  // Of two pages, one is done, and the other waits for its last file
  addFiles(60);
  const last = Promise.withResolvers<void>();
  failMedia({ until: last.promise }, { skip: 59 });
  headwater.google.switches.maxPage = 30;
  const jobId = await start();
  let job = await jobOf(jobId);
  await until(async () => {
    job = await jobOf(jobId);
    return job.progress?.stage === 'processing' && job.progress.secondsLeftRange !== null;
  });
  const { progress, counts } = job;
  expect(progress.listingComplete).toBe(true);
  const { waiting, downloaded, transformed, done } = progress.stages;
  expect(waiting + downloaded + transformed + done).toBe(counts.found);
  expect(progress.itemsPerSecond).toBeGreaterThan(0);
  expect(progress.secondsLeftRange.min).toBeLessThanOrEqual(progress.secondsLeftRange.max);
  last.resolve();
  expect((await ended(jobId)).progress).toBeNull();
}, 60_000);

test('a list shows the same about a running job as the job itself', async () => {
  addFiles(20);
  const seen = Promise.withResolvers<void>();
  failMedia({ until: seen.promise });
  const jobId = await start();
  await until(async () => (await jobOf(jobId)).counts.found === 20);
  const [listed] = (await api.call('GET', `/api/data-sources/sync?dataSourceId=${dataSourceId}`)).body.jobs;
  expect(listed).toMatchObject({ id: jobId, status: 'running', counts: { found: 20 }, progress: expect.any(Object) });
  seen.resolve();
  await ended(jobId);
}, 60_000);

test('figures are kept by source and day as jobs end, each job once; a plan adds nothing', async () => {
  const [file = ''] = addFiles(3);
  failMedia({ status: 500 }, { times: 4 });
  await sync();
  account.delete(file);
  await sync();
  const plan = await api.call('POST', '/api/data-sources/sync', { body: { dataSourceId, dryRun: true } });
  expect(await ended(plan.body.job.id)).toMatchObject({ status: 'completed', dryRun: true, errorMessage: null });

  const { days, errors, months, embedding } = (await api.call('GET', '/api/stats?days=1')).body;
  const ours = (row: { dataSourceId: string }) => row.dataSourceId === dataSourceId;
  const { counts, ...day } = days.find(ours);
  expect(day).toMatchObject({ jobs: { completed: 2, failed: 0, cancelled: 0 }, documents: 2, items: 2, chunks: 2 });
  expect(counts).toMatchObject({ created: 3, removed: 1 });
  expect(day.tokensEmbedded).toBe(months.find(ours).tokens);
  expect(day.tokensEmbedded).toBeGreaterThan(day.tokens);
  expect(errors.filter(ours).reduce((sum: number, { items }: { items: number }) => sum + items, 0)).toBe(counts.failed);
  expect(embedding).toMatchObject({ model: 'local-lexical-384', dimensions: 384 });
}, 60_000);

test('the events of a job end when the job is deleted', async () => {
  addFiles(1);
  failMedia({ delayMs: 3000 });
  const jobId = await start();
  await until(async () => (await jobOf(jobId)).status === 'running');
  const remove = async (): Promise<unknown> =>
    await headwater.as(
      user,
      async (trx) => await trx.deleteFrom('dataSources').where('id', '=', dataSourceId).execute(),
    );
  const answer = await api.app.inject({ url: `/api/data-sources/sync/${jobId}/events`, payloadAsStream: true });
  const events: string[] = [];
  for await (const event of answer.stream()) {
    // A step at work locks the job before its source, so PostgreSQL may reject one of the two; a real deletion ends jobs first
    if (events.length === 0) await remove().catch(remove);
    events.push(String(event));
  }
  expect(events[0]).toMatch(/"status":"(pending|running)"/);
}, 30_000);

test('an API that stops does not wait for those who watch a job: they follow it at another one', async () => {
  addFiles(1);
  const asked = Promise.withResolvers<void>();
  failMedia({ until: asked.promise });
  const jobId = await start();
  const other = await startApiOf(headwater);
  const address = await other.app.listen({ host: '127.0.0.1', port: 0 });
  const watched = await fetch(`${address}/api/data-sources/sync/${jobId}/events`);
  const closed = other.app.close();
  expect(await watched.text()).toMatch(/"status":"(pending|running)"/);
  await closed;
  expect(['pending', 'running']).toContain((await jobOf(jobId)).status);
  asked.resolve();
  await ended(jobId);
}, 30_000);

test('an update that no worker receives is a 503, and nothing hangs', async () => {
  addFiles(5);
  const asked = Promise.withResolvers<void>();
  failMedia({ until: asked.promise });
  const jobId = await start();
  await until(async () => (await jobOf(jobId)).status === 'running');
  const temporal = new Proxy(headwater.temporal, {
    get: (target, property) =>
      property === 'withDeadline'
        ? async () => await Promise.reject(new WorkflowUpdateRPCTimeoutOrCancelledError('no answer'))
        : Reflect.get(target, property, target),
  });
  await using unheard = await startApiOf({ ...headwater, temporal });
  const answer = await unheard.call('POST', `/api/data-sources/sync/${jobId}/pause`);
  expect(answer).toMatchObject({ status: 503, body: { code: 'worker_unavailable' } });
  asked.resolve();
  await ended(jobId);
}, 60_000);

test('a signed-out source is not synced, not by a retry either, and no job marks it as connected', async () => {
  addFiles(1);
  const jobId = (await sync()).id;
  const stateNow = async () =>
    (await api.call('GET', '/api/data-sources')).body.dataSources.find((s: { id: string }) => s.id === dataSourceId)
      .connectionStatus;
  await headwater.as(
    user,
    async (trx) =>
      await trx
        .updateTable('dataSources')
        .set({ connectionStatus: 'disconnected' })
        .where('id', '=', dataSourceId)
        .execute(),
  );

  expect(await api.call('POST', `/api/data-sources/sync/${jobId}/retry`)).toMatchObject({
    status: 409,
    body: { code: 'needs_sign_in' },
  });

  // A job started directly in Temporal runs, and leaves the source disconnected
  expect(await headwater.sync({ dataSourceId, jobType: 'full_sync' })).toMatchObject({ status: 'completed' });
  expect(await stateNow()).toBe('disconnected');
}, 60_000);

test('a job in which almost all items fail for one reason stops with that reason, and loses nothing', async () => {
  headwater.google.switches.maxPage = 60;
  addFiles(300);
  failMedia({ status: 500 });
  const job = await sync();
  headwater.google.switches.maxPage = 1000;
  expect(job).toMatchObject({ status: 'failed', errorCode: 'most_items_fail' });
  expect(job.errorMessage).toMatch(/items failed for the same reason \(“Google gave no usable answer/);
  headwater.google.faults.clear();
  expect(await sync()).toMatchObject({ status: 'completed', counts: { failed: 0 } });
  expect((await api.call('GET', `/api/documents?dataSourceId=${dataSourceId}&limit=1`)).body.documents).toHaveLength(1);
}, 90_000);

test('an exhausted quota makes the job wait until the time that the vendor names, and the job says so', async () => {
  addFiles(3);
  const error = { code: 403, message: 'Quota', errors: [{ domain: 'usageLimits', reason: 'dailyLimitExceeded' }] };
  failMedia({ status: 403, headers: { 'retry-after': '3' }, body: { error } }, { times: 3 });
  const began = Date.now();
  const jobId = await start();
  let shown = await jobOf(jobId);
  await until(async () => (shown = await jobOf(jobId)).progress?.waitingFor?.reason === 'quota');
  expect(Date.parse(shown.progress.waitingFor.until)).toBeGreaterThanOrEqual(began + 3000);
  expect(await ended(jobId)).toMatchObject({ status: 'completed', counts: { created: 3 } });
}, 60_000);

describe('a report', () => {
  test('adds up, as JSON and as a table that is safe in a spreadsheet', async () => {
    addFiles(3);
    account.addFile({ name: '=HYPERLINK("x").md', content: 'a formula in a name' });
    account.addFile({ name: 'photo.png', mimeType: 'image/png', content: 'x' });
    const { id } = await sync();
    const json = await api.call('GET', `/api/data-sources/sync/${id}/report`);
    expect(json.headers['content-disposition']).toBe(`attachment; filename="sync-${id}.json"`);
    expect(json.body).toMatchObject({ addsUp: true, counts: { found: 5, created: 4, skipped: 1 } });
    expect(json.body.items).toHaveLength(5);

    const csv = await api.call('GET', `/api/data-sources/sync/${id}/report?format=csv`);
    expect(csv.headers['content-type']).toMatch(/^text\/csv/);
    const rows = parse<Record<string, string>>(csv.text, { columns: true, bom: true });
    expect(rows.map((row) => String(row['outcome'])).toSorted((a, b) => a.localeCompare(b))).toEqual([
      ...Array<string>(4).fill('created'),
      'skipped',
      'unchanged',
    ]);
    expect(rows.find((row) => row['path']?.includes('HYPERLINK'))?.['path']).toMatch(/^My Drive/);
    expect(rows.find((row) => row['outcome'] === 'skipped')).toMatchObject({ errorCode: 'unsupported_type' });
  }, 60_000);

  test.each(Object.entries({ csvReport, jsonReport }))(
    '%s ends with an error if the database is lost',
    async (_, report) => {
      addFiles(1);
      const { id } = await sync();
      const job = found(await headwater.as(user, async (trx) => await findJobDetail(trx, id)), 'job');
      await using lost = openDatabase(`postgres://nobody@127.0.0.1:${await freePort()}/lost`, 1);
      const stream = report({ config: headwater.config, db: lost } as unknown as ApiDependencies, user, job);
      await expect(readAll(stream)).rejects.toThrow(/ECONNREFUSED/);
    },
    60_000,
  );

  test('is available after the end of the job, to its owner only', async () => {
    addFiles(1);
    const refused = Promise.withResolvers<void>();
    failMedia({ until: refused.promise });
    const id = await start();
    expect(await api.call('GET', `/api/data-sources/sync/${id}/report`)).toMatchObject({ status: 409 });
    refused.resolve();
    await ended(id);
    expect((await api.call('GET', `/api/data-sources/sync/${randomUUID()}/report`)).status).toBe(404);
  }, 60_000);
});

describe('the history of an item', () => {
  test('lists its events: found, failed, synced, changed, removed', async () => {
    const [id = ''] = addFiles(2);
    failMedia({ status: 500 });
    await sync();
    const failed = (await historyOf(`externalId=${id}`)).body;
    expect(failed.summary).toMatch(/failed 1 time: Google gave no usable answer.* The next sync tries again/);
    expect(failed.item).toMatchObject({ syncStatus: 'failed', attempts: 1, isLive: false });
    headwater.google.faults.clear();
    await sync();
    account.update(id, 'changed');
    await sync();
    const synced = (await historyOf(`path=${encodeURIComponent('My Drive/0.md')}`)).body;
    expect(synced.summary).toMatch(/last synced on .*; its text can be searched/);
    expect(synced.events.map((event: { outcome: string }) => event.outcome)).toEqual(['updated', 'created', 'failed']);
    account.delete(id);
    await sync();
    const removed = (await historyOf(`externalId=${id}`)).body;
    expect(removed).toMatchObject({ item: null, summary: expect.stringMatching(/^Removed on/) });
  }, 90_000);

  test('says why an item was skipped, and what is known about an unknown item', async () => {
    expect((await historyOf('path=nowhere.md')).body.summary).toMatch(/not been listed completely/);
    const photo = account.addFile({ name: 'photo.png', mimeType: 'image/png', content: 'x' });
    await sync();
    expect((await historyOf(`externalId=${photo}`)).body.summary).toMatch(/skipped: /);
    expect((await historyOf('path=nowhere.md')).body.summary).toMatch(/full listing on .* did not contain it/);
  }, 60_000);

  test('needs exactly one name of the item, and is visible to its owner only', async () => {
    expect(await historyOf('')).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/either externalId or path/) },
    });
    expect(await historyOf('externalId=a&path=b')).toMatchObject({ status: 400 });
    const other = await headwater.createDrive(randomUUID(), account.email);
    expect(await api.call('GET', `/api/documents/history?dataSourceId=${other}&path=a`)).toMatchObject({ status: 404 });
  });
});

describe('/metrics', () => {
  test('counts sources by type and state, over all users and without their ids', async () => {
    await api.call('PUT', '/api/data-sources', { body: { id: dataSourceId, syncFrequency: 'daily' } });
    await headwater.as(
      user,
      async (trx) =>
        await trx.updateTable('dataSources').set({ needsSignIn: true }).where('id', '=', dataSourceId).execute(),
    );
    const { status, text } = await api.call('GET', '/metrics');
    expect(status).toBe(200);
    const value = (name: string): number =>
      Number(new RegExp(`^${name}{source_type="google_drive"} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(value('headwater_sources')).toBeGreaterThan(1);
    expect(value('headwater_sources_need_sign_in')).toBe(1);
    expect(value('headwater_oldest_success_age_seconds')).toBeGreaterThan(0);
    expect(text).not.toContain(dataSourceId);
    await headwater.temporal.schedule.getHandle(`sync-frequency/${dataSourceId}`).delete();
  });

  test('and a worker’s show every metric that the dashboard and the alerts ask for', async () => {
    const folder = join(import.meta.dirname, '..', '..', 'docs', 'monitoring');
    const alerts = parseYaml(await readFile(join(folder, 'alerts.yaml'), 'utf8')) as {
      readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
    };
    const rules = alerts.groups.flatMap((group) => group.rules);
    const panels = [...(await readFile(join(folder, 'dashboard.json'), 'utf8')).matchAll(/"expr": "(.*)"/g)];
    const asked = [...rules.map(({ expr }) => expr), ...panels.map(([, expr = '']) => expr)]
      .flatMap((expr) => expr.match(/\b(headwater|temporal)_\w+/g) ?? [])
      .filter((name, at, names) => names.indexOf(name) === at);
    expect(asked.length).toBeGreaterThan(10);
    const ours: string[] = [];
    const createCounter: MetricMeter['createCounter'] = (name, unit, description) => {
      ours.push(name);
      return noopMetricMeter.createCounter(name, unit, description);
    };
    createSyncMetrics(Object.assign(Object.create(noopMetricMeter) as MetricMeter, { createCounter }));
    await sync();
    const workers = await (await fetch(`http://${headwater.metricsAddress}/metrics`)).text();
    const shown = `${(await api.call('GET', '/metrics')).text}\n${workers}\n${ours.join('\n')}`;
    expect(asked.filter((name) => !new RegExp(`^${name}\\b`, 'm').test(shown))).toEqual([]);
    const tests = await readFile(join(folder, 'alerts.test.yaml'), 'utf8');
    expect(rules.filter(({ alert }) => !new RegExp(`alertname: ${alert}\\n.*exp_alerts:\\n`).test(tests))).toEqual([]);
  });

  test('is for operators only', async () => {
    await using closed = await startApiOf(headwater, {
      auth: { jwtSecret: 's'.repeat(32), jwksUrl: undefined, adminToken: 'an-operators-token' },
    });
    expect((await closed.call('GET', '/metrics')).status).toBe(403);
    for (const headers of [
      { 'x-admin-token': 'an-operators-token' },
      { authorization: 'Bearer an-operators-token' },
    ] as const)
      expect((await closed.call('GET', '/metrics', { headers })).status).toBe(200);
    const wrong = { authorization: 'Bearer another-token' };
    expect((await closed.call('GET', '/metrics', { headers: wrong })).status).toBe(403);
  });
});
