/**
 * A user's own endpoints receive events about jobs and lost sign-ins: signed, at least once, and never inside our
 * network.
 */

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { markNeedsSignIn } from '../../db/sources/credentials.ts';
import { recordAttempt } from '../../db/webhooks/webhook-deliveries.ts';
import { sweepOutbox } from '../../jobs/outgoing-webhooks/outbox.ts';
import { post, publicLookup } from '../../jobs/outgoing-webhooks/post.ts';
import { startApiOf } from '../harness/api.ts';
import { api, headwater, runHeadwater } from '../harness/running.ts';
import { until } from '../harness/until.ts';
import { signToken } from '../harness/user-token.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const user = 'local';
let receiver: Receiver;
let account: GoogleAccount;
let dataSourceId: string;

runHeadwater();
beforeEach(async () => {
  receiver = await startReceiver();
  account = headwater.google.state.account(`${randomUUID()}@example.com`);
  for (let i = 0; i < 3; i++) account.addFile({ name: `secret plan ${i}.md`, content: `${i} of ${account.email}` });
  dataSourceId = await headwater.createDrive(user, account.email);
});
afterEach(async () => {
  for (const { id } of (await api.call('GET', '/api/webhooks')).body.webhooks)
    await api.call('DELETE', `/api/webhooks?id=${id}`);
  headwater.google.faults.clear();
  await receiver[Symbol.asyncDispose]();
});

async function add(body: object = {}): Promise<{ id: string; secret: string }> {
  const { status, body: answer } = await api.call('POST', '/api/webhooks', { body: { url: receiver.url, ...body } });
  expect(status).toBe(201);
  return { id: answer.webhook.id, secret: answer.secret };
}
const sync = async (jobType: 'full_sync' | 'incremental' = 'full_sync') =>
  await headwater.sync({ dataSourceId, jobType });
const deliveriesOf = async (id: string) => (await api.call('GET', `/api/webhooks/${id}/deliveries`)).body.deliveries;
const webhookOf = async (id: string) =>
  (await api.call('GET', '/api/webhooks')).body.webhooks.find((row: { id: string }) => row.id === id);

describe('a job that has ended', () => {
  test('is reported with its counts, signed so that the official library accepts it, and without content', async () => {
    const { id, secret } = await add();
    const { jobId } = await sync();
    await until(async () => (await deliveriesOf(id))[0]?.status === 'delivered');
    const [event] = receiver.verified(secret);
    expect(event).toMatchObject({
      type: 'job.finished',
      data: {
        jobId,
        dataSourceId,
        sourceType: 'google_drive',
        jobType: 'full_sync',
        status: 'completed',
        counts: { found: 3, created: 3, failed: 0 },
      },
    });
    expect(Date.parse(event?.timestamp ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(receiver.received[0]?.body).not.toMatch(/secret plan|example\.com/);
    expect(() => receiver.verified(`whsec_${Buffer.from('another').toString('base64')}`)).toThrow(/signature/i);
    expect(await deliveriesOf(id)).toMatchObject([
      {
        eventId: receiver.received[0]?.id,
        eventType: 'job.finished',
        jobId,
        attempts: 1,
        lastStatus: 200,
        lastError: null,
      },
    ]);
  });

  test('is sent only to endpoints that subscribed to it; plans and cancelled jobs send nothing', async () => {
    const { id } = await add({ events: ['job.failed'] });
    await sync();
    const plan = await headwater.sync({ dataSourceId, jobType: 'full_sync', dryRun: true });
    expect(plan.status).toBe('completed');
    expect(await deliveriesOf(id)).toEqual([]);
    const notEnabled = { error: { code: 403, message: 'off', errors: [{ reason: 'accessNotConfigured' }] } };
    headwater.google.faults.add({ path: '^/drive/v3/', then: { status: 403, body: notEnabled } });
    expect((await sync()).status).toBe('failed');
    await until(() => receiver.received.length === 1);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      type: 'job.failed',
      data: { status: 'failed' },
    });
  });

  test('whose workflow was terminated from outside is reported as failed, once that is noticed', async () => {
    const { id } = await add();
    headwater.google.faults.add({ path: '^/drive/v3/files$', then: { delayMs: 3000 } });
    const { body } = await api.call('POST', '/api/data-sources/sync', { body: { dataSourceId, jobType: 'full_sync' } });
    await headwater.temporal.workflow.getHandle(body.job.workflowId).terminate();
    await until(
      async () => (await api.call('GET', `/api/data-sources/sync/${body.job.id}`)).body.job.status === 'failed',
    );
    expect(await deliveriesOf(id)).toMatchObject([{ status: 'pending', eventType: 'job.failed', jobId: body.job.id }]);
  });
});

test('a held job and a lost sign-in are each reported once', async () => {
  for (let i = 0; i < 60; i++) account.addFile({ name: `${i}.md`, content: `${i} and ${account.email}` });
  await sync();
  const { secret } = await add({ events: ['job.held', 'source.needs_sign_in'] });
  for (const { id } of account.truth()) account.delete(id);
  const { body } = await api.call('POST', '/api/data-sources/sync', { body: { dataSourceId, jobType: 'full_sync' } });
  await until(() => receiver.received.length === 1);
  expect(receiver.verified(secret)).toMatchObject([
    { type: 'job.held', data: { jobId: body.job.id, removals: { count: 63, of: 63, decision: 'waiting' } } },
  ]);
  await api.call('POST', `/api/data-sources/sync/${body.job.id}/keep`);
  await until(
    async () => (await api.call('GET', `/api/data-sources/sync/${body.job.id}`)).body.job.status === 'completed',
  );

  headwater.google.oauth.revokeGrants(account.email);
  const running = await headwater.start({ dataSourceId, jobType: 'incremental' });
  await until(() => receiver.received.length === 2);
  expect(receiver.verified(secret)[1]).toMatchObject({ type: 'source.needs_sign_in', data: { dataSourceId } });
  // Noticing it again sends nothing new
  await headwater.as(
    user,
    async (trx) => await markNeedsSignIn(trx, dataSourceId, { sinceMs: 0, message: 'Connect again.' }),
  );
  const rows = await headwater.as(
    user,
    async (trx) =>
      await trx.selectFrom('webhookEvents').select('id').where('eventType', '=', 'source.needs_sign_in').execute(),
  );
  expect(rows).toHaveLength(1);
  await running.cancel();
  await running.result().catch(() => undefined);
}, 60_000);

describe('a receiver that fails', () => {
  test('is retried with the same id, as the log shows', async () => {
    const { id, secret } = await add();
    receiver.answers.push({ status: 503 });
    await sync();
    await until(async () => (await deliveriesOf(id))[0]?.attempts === 1);
    const [tried] = await deliveriesOf(id);
    expect(tried).toMatchObject({ status: 'pending', lastStatus: 503 });
    expect(Date.parse(tried.nextAttemptAt) - Date.parse(tried.lastAttemptAt)).toBeLessThan(7000);
    expect((await webhookOf(id)).failingSince).not.toBeNull();
    await until(async () => (await deliveriesOf(id))[0]?.status === 'delivered');
    expect(receiver.verified(secret)).toHaveLength(2);
    expect(new Set(receiver.received.map((one) => one.id)).size).toBe(1);
    expect((await webhookOf(id)).failingSince).toBeNull();
  }, 60_000);

  test('cannot redirect to another address', async () => {
    await using elsewhere = await startReceiver();
    const { id } = await add();
    receiver.answers.push({ status: 302, headers: { location: elsewhere.url } });
    await sync();
    await until(async () => (await deliveriesOf(id))[0]?.lastStatus === 302);
    expect(elsewhere.received).toEqual([]);
  });

  test('and answers 410 is disabled at once; one that fails for days is disabled too, with the reason, until it is enabled again', async () => {
    const { id } = await add();
    receiver.answers.push({ status: 410 });
    await sync();
    await until(async () => !(await webhookOf(id)).isActive);
    expect((await webhookOf(id)).disabledReason).toMatch(/410/);
    expect((await deliveriesOf(id))[0]).toMatchObject({ status: 'failed', nextAttemptAt: null });
    expect((await api.call('POST', `/api/webhooks/${id}/ping`)).status).toBe(409);

    const on = await api.call('PUT', '/api/webhooks', { body: { id, isActive: true } });
    expect(on.body.webhook).toMatchObject({ isActive: true, disabledReason: null, failingSince: null });
    await headwater.as(
      user,
      async (trx) =>
        await sql`
      update webhook_endpoints set failing_since = now() - interval '6 days' where id = ${id}`.execute(trx),
    );
    receiver.answers.push({ status: 500 });
    await api.call('POST', `/api/webhooks/${id}/ping`);
    await until(async () => !(await webhookOf(id)).isActive);
    expect((await webhookOf(id)).disabledReason).toBe(
      'No delivery succeeded for 120 hours (the endpoint answered 500).',
    );
    expect((await deliveriesOf(id)).map((one: { status: string }) => one.status)).toEqual(['failed', 'failed']);
  }, 60_000);
});

test('a ping is one event for one endpoint; an ended delivery can be sent again with its id', async () => {
  const [{ id, secret }] = [await add(), await add({ events: ['job.failed'] })];
  const asked = await api.call('POST', `/api/webhooks/${id}/ping`);
  expect(asked).toMatchObject({ status: 202, body: { delivery: { eventType: 'webhook.ping', status: 'pending' } } });
  await until(async () => (await deliveriesOf(id))[0]?.status === 'delivered');
  const again = `/api/webhooks/${id}/deliveries/${asked.body.delivery.id}/redeliver`;
  expect((await api.call('POST', again)).status).toBe(202);
  await until(() => receiver.received.length === 2);
  await until(async () => (await deliveriesOf(id))[0]?.status === 'delivered');
  expect(receiver.verified(secret)).toMatchObject([{ type: 'webhook.ping' }, { type: 'webhook.ping' }]);
  expect(new Set(receiver.received.map((one) => one.id)).size).toBe(1);
});

test('a delivery that waits for its next attempt is sent at once by hand: its endpoint may work again', async () => {
  const { id, secret } = await add();
  receiver.answers.push({ status: 503, headers: { 'retry-after': '7200' } });
  const { body } = await api.call('POST', `/api/webhooks/${id}/ping`);
  await until(async () => (await deliveriesOf(id))[0]?.lastStatus === 503);
  const again = await api.call('POST', `/api/webhooks/${id}/deliveries/${body.delivery.id}/redeliver`);
  expect(again).toMatchObject({ status: 202, body: { delivery: { status: 'pending', attempts: 0 } } });
  await until(async () => (await deliveriesOf(id))[0]?.status === 'delivered');
  expect(receiver.verified(secret)).toMatchObject([{ type: 'webhook.ping' }, { type: 'webhook.ping' }]);
});

test('a delivery that is under way while its endpoint is disabled stays ended', async () => {
  const { id } = await add();
  const { body } = await api.call('POST', `/api/webhooks/${id}/ping`);
  await until(async () => (await deliveriesOf(id))[0]?.status === 'delivered');
  const deliveryId: string = body.delivery.id;
  await headwater.as(user, async (trx) => {
    await trx.updateTable('webhookDeliveries').set({ status: 'failed' }).where('id', '=', deliveryId).execute();
    const attempt = { deliveryId, endpointId: id, status: 503, error: null, nextAttemptAt: new Date() };
    await recordAttempt(trx, attempt, 'pending', 120);
  });
  expect((await deliveriesOf(id))[0]).toMatchObject({ status: 'failed' });
});

describe('the outbox', () => {
  test('contains what was true when a process died before it could send; the next check sends it, once', async () => {
    const { id } = await add();
    // Given that the sign-in was found lost, and then the power failed
    await headwater.as(
      user,
      async (trx) => await markNeedsSignIn(trx, dataSourceId, { sinceMs: 0, message: 'Connect again.' }),
    );
    expect(receiver.received).toEqual([]);
    const outbox = { db: headwater.database.db, temporal: headwater.temporal, taskQueue: headwater.taskQueue };
    await sweepOutbox(outbox);
    expect((await deliveriesOf(id))[0]).toMatchObject({ attempts: 0 });
    await headwater.as(
      user,
      async (trx) =>
        await sql`
      update webhook_deliveries set next_attempt_at = now() - interval '1 minute'
      where endpoint_id = ${id}`.execute(trx),
    );
    await Promise.all([sweepOutbox(outbox), sweepOutbox(outbox)]);
    await until(async () => (await deliveriesOf(id))[0]?.status === 'delivered');
    expect(receiver.received).toHaveLength(1);
  });

  test('is written in the same transaction or not at all: a failed transaction sends nothing', async () => {
    const { id } = await add();
    await headwater
      .as(user, async (trx) => {
        await markNeedsSignIn(trx, dataSourceId, { sinceMs: 0, message: 'Connect again.' });
        throw new Error('killed');
      })
      .catch(() => undefined);
    expect(await deliveriesOf(id)).toEqual([]);
  });

  test('closing a closed job again creates no second event', async () => {
    const { id } = await add();
    const { jobId } = await sync();
    await until(async () => (await deliveriesOf(id))[0]?.status === 'delivered');
    const { recordJobEvent } = await import('../../db/webhooks/webhook-outbox.ts');
    await headwater.as(user, async (trx) => await recordJobEvent(trx, jobId ?? '', 'job.finished'));
    expect(await deliveriesOf(id)).toHaveLength(1);
  });
});

describe('forbidden targets of webhooks', () => {
  const strict = { isLocal: false, allowedHosts: [] as string[] };
  const attempt = async (url: string, rules = strict) =>
    await post(url, { headers: {}, body: '{}' }, rules, new AbortController().signal);

  test('an address in our own network is refused when it is entered, and when a name resolves to it', async () => {
    const blocked = { status: null, error: 'address_not_allowed', retryAfterMs: null };
    for (const url of ['http://example.com/', 'https://127.0.0.1:1/', 'https://[::1]/', 'https://169.254.169.254/'])
      expect([url, await attempt(url)]).toEqual([url, blocked]);
    for (const all of [true, false]) {
      const led = await new Promise((resolve) => publicLookup('localhost', { all }, (error) => resolve(error?.code)));
      expect(led).toBe('ERR_BLOCKED_ADDRESS');
    }
    expect(receiver.received).toEqual([]);
  });

  test('an allowed host is called; one that does not answer is reported', async () => {
    const { host } = new URL(receiver.url);
    expect(await attempt(receiver.url, { ...strict, allowedHosts: [host] })).toMatchObject({ status: 200 });
    expect(await attempt('http://127.0.0.1:1/', { ...strict, allowedHosts: ['127.0.0.1:1'] })).toMatchObject({
      error: 'connection_refused',
    });
  });

  test('an installation for many users refuses them at once, naming the field; another user’s webhook is not found', async () => {
    const jwtSecret = 'a secret of more than thirty-two characters';
    await using shared = await startApiOf(headwater, {
      auth: { ...headwater.config.auth, jwtSecret },
      webhookAddresses: strict,
    });
    const as = async (sub: string) => ({
      authorization: `Bearer ${await signToken(sub, jwtSecret)}`,
    });
    const bob = await as('bob');
    for (const url of ['http://example.com/', 'https://10.0.0.1/', 'https://localhost/', 'not a url']) {
      const { status, body } = await shared.call('POST', '/api/webhooks', { headers: bob, body: { url } });
      expect([url, status, body.errors[0].field]).toEqual([url, 400, 'url']);
    }
    const body = { url: 'https://example.com/hook', events: ['job.finished'] };
    const made = await shared.call('POST', '/api/webhooks', { headers: bob, body });
    expect(made.status).toBe(201);
    const listed = await shared.call('GET', '/api/webhooks', { headers: bob });
    expect(listed.text).not.toContain(made.body.secret);
    const { id } = made.body.webhook;
    const mallory = await as('mallory');
    expect((await shared.call('GET', '/api/webhooks', { headers: mallory })).body.webhooks).toEqual([]);
    for (const [method, path, change] of [
      ['PUT', '/api/webhooks', { id, isActive: false }],
      ['DELETE', `/api/webhooks?id=${id}`, undefined],
      ['GET', `/api/webhooks/${id}/deliveries`, undefined],
      ['POST', `/api/webhooks/${id}/ping`, undefined],
    ] as const)
      expect((await shared.call(method, path, { headers: mallory, body: change })).status).toBe(404);
  });
});

test('histories of deliveries contain ids only: no URL, no secret, no payload', async () => {
  const { id, secret } = await add({ url: `${receiver.url}/hook?key=sesame` });
  await api.call('POST', `/api/webhooks/${id}/ping`);
  await until(async () => (await deliveriesOf(id))[0]?.status === 'delivered');
  const [{ id: deliveryId }] = await deliveriesOf(id);
  const history = JSON.stringify(await headwater.temporal.workflow.getHandle(`webhook/${deliveryId}`).fetchHistory());
  for (const hidden of ['sesame', secret, 'webhook.ping', '127.0.0.1'])
    for (const form of [hidden, Buffer.from(hidden).toString('base64').replace(/=+$/, '')])
      expect([hidden, history.includes(form)]).toEqual([hidden, false]);
  expect(headwater.logged()).not.toMatch(/sesame|whsec_/);
});
