/** A cancellation takes effect within seconds, whatever an activity is doing; none of these react to the signal. */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import { until } from '../harness/until.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';

const withinMs = 10_000;
/** With a timeout that no test reaches. */
const readers = { program: join(import.meta.dirname, '..', 'doubles', 'fragile-reader.ts'), timeoutMs: 120_000 };
const never = async (): Promise<never> => await new Promise(() => {});
let headwater: TestHeadwater;
let source: HostileSource;
let manner: (connector: Connector) => Partial<Connector>;
/** Resolved when the activity has started work that will not end. */
let started = Promise.withResolvers<void>();

beforeAll(async () => {
  headwater = await startHeadwater({
    openai: true,
    parts: {
      readers,
      connectorFor: () => {
        const connector = createHostileConnector(source);
        return { ...connector, ...manner(connector) };
      },
    },
  });
}, 120_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());
beforeEach(() => {
  source = new HostileSource();
  source.put('a', 'text');
  manner = () => ({});
  started = Promise.withResolvers();
});

const hang = async (): Promise<never> => {
  started.resolve();
  return await never();
};

test.each([
  ['a listing that the vendor never answers', () => ({ listPage: hang })],
  ['a download that never ends', () => ({ fetch: hang })],
  ['a download while this process is blocked for seconds', () => ({ fetch: busyThenHang })],
])('%s', async (_name, makes) => {
  manner = makes;
  await cancelled();
});

test('an embedder that never answers', async () => {
  headwater.openai.faults.add({ path: '/embeddings$', then: { delayMs: 60_000 } });
  const watching = until(() => headwater.openai.faults.hits().some((hits) => hits > 0)).then(started.resolve);
  await cancelled();
  await watching;
  headwater.openai.faults.clear();
});

test('a file on which its reader does not finish', async () => {
  source.put('a', 'This text is never read to its end.');
  await cancelled(isReading);
});

test('a write that waits for a lock of another transaction', async () => {
  // The embedded database has one connection, so no transaction can wait for another one.
  if (!headwater.database.isReal) return;
  const locked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const other = headwater.database.db.transaction().execute(async (trx) => {
    await sql`lock table documents in exclusive mode`.execute(trx);
    locked.resolve();
    await released.promise;
  });
  await locked.promise;
  try {
    await cancelled(isWaitingForLock);
  } finally {
    released.resolve();
    await other;
  }
});

test('while other work holds every connection of the worker', async () => {
  // Cancellations have no connection of their own on the embedded database.
  const { isReal, db, poolSize } = headwater.database;
  if (!isReal) return;
  manner = () => ({ listPage: hang });
  const released = Promise.withResolvers<void>();
  const others: Promise<void>[] = [];
  await cancelled(undefined, {
    beforehand: async () => {
      const held = Array.from({ length: poolSize }, () => Promise.withResolvers<void>());
      for (const { resolve } of held)
        others.push(
          db.connection().execute(async () => {
            resolve();
            await released.promise;
          }),
        );
      await Promise.all(held.map(async ({ promise }) => await promise));
    },
    afterwards: async () => {
      released.resolve();
      await Promise.all(others);
    },
  });
});

/** Whether a reader of the job's only page is at work. */
async function isReading(job: Job): Promise<boolean> {
  const { raw } = await job.describe();
  const page = raw.pendingChildren?.[0]?.workflowId;
  if (page === undefined || page === null) return false;
  const { raw: running } = await headwater.temporal.workflow.getHandle(page).describe();
  return (running.pendingActivities ?? []).some(
    ({ activityType, lastStartedTime }) => activityType?.name === 'transformBatch' && lastStartedTime !== null,
  );
}

async function isWaitingForLock(): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_locks where relation = 'documents'::regclass and not granted`.execute(headwater.database.db);
  return rows.length > 0;
}

async function busyThenHang(): Promise<never> {
  started.resolve();
  const end = Date.now() + 3000;
  while (Date.now() < end);
  return await never();
}

type Job = Awaited<ReturnType<TestHeadwater['start']>>;

/**
 * @param isBusy whether the activity has started work that will not end; by default the double says so
 * @param around what happens before the job is cancelled, and after it has ended
 */
async function cancelled(
  isBusy?: (job: Job) => Promise<boolean>,
  around?: { readonly beforehand: () => Promise<void>; readonly afterwards: () => Promise<void> },
): Promise<void> {
  const user = randomUUID();
  const dataSourceId = await headwater.createSource(user, 'google_drive');
  const job = await headwater.start({ dataSourceId, jobType: 'full_sync' });
  await (isBusy === undefined ? started.promise : until(async () => await isBusy(job)));
  await around?.beforehand();
  const asked = Date.now();
  await job.cancel();
  await expect(job.result()).rejects.toThrow();
  const tookMs = Date.now() - asked;
  await around?.afterwards();
  expect(tookMs).toBeLessThan(withinMs);
  const rows = await headwater.as(user, async (trx) => await trx.selectFrom('syncJobs').select('status').execute());
  expect(rows).toEqual([{ status: 'cancelled' }]);
}
