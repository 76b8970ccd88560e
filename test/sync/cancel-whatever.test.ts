/** A cancellation takes effect within seconds, whatever an activity is doing; none of these react to the signal. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import { until } from '../harness/until.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';

const withinMs = 10_000;
const never = async (): Promise<never> => await new Promise(() => {});
let headwater: TestHeadwater;
let source: HostileSource;
let manner: (connector: Connector) => Partial<Connector>;
/** Resolved when the activity has started work that will not end. */
let begun = Promise.withResolvers<void>();

beforeAll(async () => {
  headwater = await startHeadwater({
    openai: true,
    parts: {
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
  begun = Promise.withResolvers();
});

const hang = async (): Promise<never> => {
  begun.resolve();
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
  const watching = until(() => headwater.openai.faults.hits().some((hits) => hits > 0)).then(begun.resolve);
  await cancelled();
  await watching;
  headwater.openai.faults.clear();
});

async function busyThenHang(): Promise<never> {
  begun.resolve();
  const end = Date.now() + 3000;
  while (Date.now() < end);
  return await never();
}

async function cancelled(user: string = randomUUID()): Promise<void> {
  const dataSourceId = await headwater.createSource(user, 'google_drive');
  const job = await headwater.start({ dataSourceId, jobType: 'full_sync' });
  await begun.promise;
  const asked = Date.now();
  await job.cancel();
  await expect(job.result()).rejects.toThrow();
  expect(Date.now() - asked).toBeLessThan(withinMs);
  const rows = await headwater.as(user, async (trx) => await trx.selectFrom('syncJobs').select('status').execute());
  expect(rows).toEqual([{ status: 'cancelled' }]);
}
