/** A vendor's Retry-After stops every worker for that account, and only for that account (P8). */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createAccountGates } from '../../limits/account-gates.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';

let headwater: TestHeadwater;
beforeAll(async () => {
  headwater = await startHeadwater();
}, 60_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());
beforeEach(() => headwater.google.faults.clear());

async function driveOf(user: string, email: string): Promise<string> {
  return await headwater.createDrive(user, email);
}

const callsOf = (email: string) =>
  headwater.google.log.calls.filter((call) => call.account === email && call.path.startsWith('/drive/'));

test('two sources of one account wait together, another account goes on; the wait is the vendor’s to the second', async () => {
  const user = randomUUID();
  const [limited, free] = [`a-${user}@example.com`, `b-${user}@example.com`];
  for (const email of [limited, free]) {
    const account = headwater.google.world.account(email);
    for (let i = 0; i < 40; i++) account.addFile({ name: `${i}.md`, content: `text ${i} of ${email}` });
  }
  const [first, second, other] = [
    await driveOf(user, limited),
    await driveOf(user, limited),
    await driveOf(user, free),
  ];
  headwater.google.log.clear();
  // The sixth download of the limited account is refused; of the other account none is, although the fault stands
  headwater.google.faults.add({
    path: '^/drive/v3/files/[^/]+$',
    query: { alt: 'media' },
    skip: 6,
    times: 1,
    then: { status: 429, headers: { 'retry-after': '2' }, body: {} },
  });
  const running = [first, second].map(async (id) => await headwater.sync({ dataSourceId: id, jobType: 'full_sync' }));
  await until(() => callsOf(limited).some((call) => call.status === 429));
  const refusedAt = callsOf(limited).find((call) => call.status === 429)?.at ?? 0;
  expect((await headwater.sync({ dataSourceId: other, jobType: 'full_sync' })).status).toBe('completed');
  expect(Date.now() - refusedAt).toBeLessThan(2000);

  // Given calls that were under way when the refusal came, nothing new goes out until the two seconds are over
  const after = callsOf(limited).filter((call) => call.at > refusedAt + 300);
  expect(after.filter((call) => call.at < refusedAt + 1900)).toEqual([]);
  for (const result of await Promise.all(running)) expect(result.status).toBe('completed');
  expect(callsOf(limited).some((call) => call.at >= refusedAt + 1900)).toBe(true);
}, 60_000);

test('what one worker learned another knows, also after a restart', async () => {
  const user = randomUUID();
  const one = createAccountGates(headwater.database.db)(user, 'google_drive:x');
  await one.block(60_000);
  const another = createAccountGates(headwater.database.db);
  await expect(another(user, 'google_drive:x').check()).rejects.toMatchObject({ kind: 'rate_limited' });
  await expect(another(user, 'google_drive:y').check()).resolves.toBeUndefined();
  await expect(another(randomUUID(), 'google_drive:x').check()).resolves.toBeUndefined();
  // A shorter refusal does not shorten the wait
  await one.block(10);
  await expect(createAccountGates(headwater.database.db)(user, 'google_drive:x').check()).rejects.toMatchObject({
    retryAfterMs: expect.any(Number),
  });
});
