/** A vendor's Retry-After stops every worker for that account, and only for that account (P8). */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createAccountBlocks } from '../../sources/rate-limits/retry-after.ts';
import { createThrottles } from '../../sources/rate-limits/rate-limiter.ts';
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

test('two sources of one account wait together, another account continues; the wait is exactly the vendor’s, to the second', async () => {
  const user = randomUUID();
  const [limited, free] = [`a-${user}@example.com`, `b-${user}@example.com`];
  for (const email of [limited, free]) {
    const account = headwater.google.state.account(email);
    for (let i = 0; i < 40; i++) account.addFile({ name: `${i}.md`, content: `text ${i} of ${email}` });
  }
  const [first, second, other] = [
    await driveOf(user, limited),
    await driveOf(user, limited),
    await driveOf(user, free),
  ];
  headwater.google.log.clear();
  // The sixth download of the limited account is refused; none of the other account is, although the fault is active
  headwater.google.faults.add({
    path: '^/drive/v3/files/[^/]+$',
    query: { alt: 'media' },
    skip: 6,
    times: 1,
    then: { status: 429, headers: { 'retry-after': '10' }, body: {} },
  });
  const running = [first, second].map(async (id) => await headwater.sync({ dataSourceId: id, jobType: 'full_sync' }));
  await until(() => callsOf(limited).some((call) => call.status === 429));
  const refusedAt = callsOf(limited).find((call) => call.status === 429)?.at ?? 0;
  expect((await headwater.sync({ dataSourceId: other, jobType: 'full_sync' })).status).toBe('completed');
  // No call of it waited. (The job itself ends later: it is the first that starts readers, a second or more of CPU each.)
  const asked = callsOf(free).map(({ at }) => at - refusedAt);
  expect(asked).toHaveLength(44);
  expect(Math.max(...asked)).toBeLessThan(9000);

  for (const result of await Promise.all(running)) expect(result.status).toBe('completed');
  // What is in flight at the time of the refusal is answered, and what a busy process begins before it reads that answer.
  // Then nothing is asked until the ten seconds have passed, and there is much left to ask.
  const after = (ms: number) => callsOf(limited).filter((call) => call.at > refusedAt + ms).length;
  expect(after(5000)).toBe(after(9900));
  expect(after(9900)).toBeGreaterThan(5);
}, 60_000);

test('a folder that is limited whenever it is listed is left to a later job, and the others are synced', async () => {
  const user = randomUUID();
  const account = headwater.google.state.account(`folders-${user}@example.com`);
  const folders = ['one', 'two'].map((name) => account.addFolder(name));
  for (const parent of folders) account.addFile({ name: `in ${parent}.md`, content: parent, parent });
  const dataSourceId = await headwater.createDrive(user, account.email, { folders });
  const [limited = ''] = folders;
  headwater.google.faults.add({
    path: '^/drive/v3/files$',
    when: ({ query }) => query['q']?.includes(limited) === true,
    then: { status: 429, headers: { 'retry-after': '0.05' }, body: {} },
  });
  const job = await headwater.sync({ dataSourceId, jobType: 'full_sync' });
  expect(job).toMatchObject({ status: 'completed' });
  expect(await headwater.job(user, job.jobId)).toMatchObject({ found: 1, created: 1, failed: 0 });
  const gaps = await headwater.as(user, async (trx) => await trx.selectFrom('sourceGaps').selectAll().execute());
  expect(gaps).toMatchObject([{ name: 'one', code: 'rate_limited' }]);
}, 60_000);

test('what one worker learns is known to the others, also after a restart', async () => {
  const user = randomUUID();
  const one = createAccountBlocks(headwater.database.db)(user, 'google_drive:x');
  await one.block(60_000, false);
  const another = createAccountBlocks(headwater.database.db);
  await expect(another(user, 'google_drive:x').check()).rejects.toMatchObject({ kind: 'rate_limited' });
  await expect(another(user, 'google_drive:y').check()).resolves.toBeUndefined();
  await expect(another(randomUUID(), 'google_drive:x').check()).resolves.toBeUndefined();
  // A shorter refusal does not shorten the wait
  await one.block(10, false);
  await expect(createAccountBlocks(headwater.database.db)(user, 'google_drive:x').check()).rejects.toMatchObject({
    retryAfterMs: expect.any(Number),
  });
});

test('a wait is as long for workers whose clocks differ', async () => {
  const user = randomUUID();
  const now = Date.now;
  const behind = jest.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
  await createAccountBlocks(headwater.database.db)(user, 'google_drive:x').block(60_000, false);
  behind.mockRestore();
  const refusal: unknown = await createAccountBlocks(headwater.database.db)(user, 'google_drive:x')
    .check()
    .catch((error: unknown) => error);
  expect(refusal).toMatchObject({ kind: 'rate_limited', retryAfterMs: expect.any(Number) });
  expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeLessThan(61_000);
});

describe('the rate of an account', () => {
  const signal = new AbortController().signal;
  const throttleOf = (userId: string, rateLimit: number) =>
    createThrottles(headwater.database.db)({
      userId,
      account: 'google_drive:p',
      dataSourceId: randomUUID(),
      rateLimit,
    });

  /** Units that several workers together use in this time. */
  async function spend(
    workers: readonly ReturnType<typeof throttleOf>[],
    units: number,
    forMs: number,
  ): Promise<number> {
    const end = Date.now() + forMs;
    let spent = 0;
    const work = async (throttle: ReturnType<typeof throttleOf>): Promise<void> => {
      while (Date.now() < end) {
        await throttle(units, signal).then(
          () => (spent += units),
          async () => await new Promise((resolve) => setTimeout(resolve, 50)),
        );
      }
    };
    await Promise.all(workers.flatMap((throttle) => [work(throttle), work(throttle)]));
    return spent;
  }

  test('is shared by all workers, and saves up at most five seconds', async () => {
    const user = randomUUID();
    const spent = await spend([throttleOf(user, 100), throttleOf(user, 100)], 10, 3000);
    expect(spent).toBeGreaterThan(500);
    // 500 saved up, 300 in three seconds, and what was reserved ahead
    expect(spent).toBeLessThan(500 + 300 + 250);
  });

  test('is halved by a refusal, once for all calls in flight, and recovers with time', async () => {
    const user = randomUUID();
    await throttleOf(user, 1000)(1, signal);
    const accountBlock = createAccountBlocks(headwater.database.db)(user, 'google_drive:p');
    await Promise.all([accountBlock.block(1, true), accountBlock.block(1, true), accountBlock.block(1, true)]);
    expect(await factorOf(user)).toBeCloseTo(0.5, 2);
    await headwater.as(
      user,
      async (trx) =>
        await trx
          .updateTable('accountLimits')
          .set({ factorAt: new Date(Date.now() - 60_000) })
          .execute(),
    );
    await accountBlock.block(1, true);
    // 0.5, one minute of recovery (times 1.5), halved again
    expect(await factorOf(user)).toBeCloseTo(0.375, 2);
  });

  test('that is reserved too far ahead does not sleep in a slot: the activity is rescheduled with the remaining time', async () => {
    const throttle = throttleOf(randomUUID(), 1);
    await throttle(5, signal);
    await throttle(4, signal);
    const from = Date.now();
    await expect(throttle(1, signal)).rejects.toMatchObject({ kind: 'rate_limited', code: 'own_rate_limit' });
    expect(Date.now() - from).toBeLessThan(1000);
  });

  async function factorOf(user: string): Promise<number | undefined> {
    const row = await headwater.as(
      user,
      async (trx) => await trx.selectFrom('accountLimits').select('factor').executeTakeFirst(),
    );
    return row?.factor;
  }
});
