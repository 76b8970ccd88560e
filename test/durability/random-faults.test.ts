/**
 * Sources that change while anything fails: requests, connections to the database, whole workers. Afterwards documents,
 * vectors and paths are those of the source, item by item. It runs when it is asked for: `HEADWATER_TEST_SEEDS=1-40` runs
 * forty seeds of each source. A failure names its seed, which does not replay it: what fails depends on the moment.
 */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import pLimit from 'p-limit';
import { asUser } from '../../db/access/as-user.ts';
import { markInterrupted } from '../../db/jobs/job-lifecycle.ts';
import type { JobType } from '../../domain/contract.ts';
import { type Config, readConfig } from '../../platform/config.ts';
import { type LoadedSources, loadSources } from '../../sources/connectors/registry.ts';
import { createKeyring } from '../../sources/credentials/keyring.ts';
import { compareWithTruth } from '../../tools/bench/soak/comparison.ts';
import { addFaults, endFaults } from '../../tools/bench/soak/faults.ts';
import { randomFrom } from '../../tools/bench/soak/random.ts';
import { createSource, encryptionKey, saveSignIn, workerEnvironment } from '../../tools/bench/soak/users.ts';
import { openVendors, soakSources } from '../../tools/bench/soak/vendors/index.ts';
import type { SoakAccount, SoakVendor } from '../../tools/bench/soak/vendors/vendor.ts';
import { startOpenAi } from '../../tools/simulators/openai/server.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { JobInOrder, type RunActivity } from '../harness/job-order.ts';
import { ShakenWorkers } from '../harness/shaken-workers.ts';

const asked = process.env['HEADWATER_TEST_SEEDS'];
const [firstSeed = 1, lastSeed = firstSeed] = (asked ?? '1').split('-').map(Number);
const seeds = Array.from({ length: lastSeed - firstSeed + 1 }, (_, i) => firstSeed + i);
/** They mostly wait. */
const seedsAtOnce = 3;
/** A run takes some 5 seconds on a machine of its own. */
const maxSecondsPerSeed = 120;
/** Share of requests that fail in each of some ten ways, and of attempts at activities to which something happens. */
const shares = { requests: 0.01, attempts: 0.3 };

let database: TestDatabase;
let sources: LoadedSources;
/** How far the clock of this process is ahead, in milliseconds. */
let aheadMs = 0;

beforeAll(async () => {
  [database, sources] = await Promise.all([createTestDatabase(), loadSources()]);
  const { now } = Date;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + aheadMs);
}, 120_000);
afterAll(async () => {
  jest.restoreAllMocks();
  await database[Symbol.asyncDispose]();
});

// Two workers need two connections, which the embedded database does not have.
const whenAsked = process.env['DATABASE_URL'] && asked ? test : test.skip;

whenAsked.each(soakSources)(
  '%s: whatever fails while it changes, everything is equal in the end',
  async (source) => {
    const limit = pLimit(seedsAtOnce);
    const ends = seeds.map((seed) =>
      limit(async () => ({ seed, problems: await live(source, seed).catch(described) })),
    );
    expect((await Promise.all(ends)).filter(({ problems }) => problems.length > 0)).toEqual([]);
  },
  seeds.length * maxSecondsPerSeed * 1000,
);

const described = (error: unknown): string[] => [String(Error.isError(error) ? error.stack : error)];

interface Life {
  readonly userId: string;
  readonly dataSourceId: string;
  readonly account: SoakAccount;
  readonly workers: ShakenWorkers;
  readonly random: () => number;
}

/** Fills an account, changes and syncs it under faults, and then once more without. @returns what differs in the end */
async function live(sourceType: string, seed: number): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const random = randomFrom(seed);
  const vendors = await openVendors([sourceType], stack);
  const openai = stack.use(await startOpenAi(0, { dimensions: 64 }));
  const config = await configOf(stack, vendors, openai);
  const [vendor] = vendors;
  if (vendor === undefined) throw new Error(`There is no vendor for ${sourceType}.`);
  const userId = randomUUID();
  const account = vendor.account(`${userId}@example.com`);
  account.fill(20 + Math.floor(random() * 40), random);
  const dataSourceId = await createSource(database.db, userId, vendor.sourceType);
  const signIn = async (): Promise<void> => await saveSignIn(database.db, { userId, dataSourceId, account });
  await signIn();

  const keyring = createKeyring(encryptionKey);
  const parts = { config, databaseUrl: database.url, keyring, sources, random, signIn };
  let share = shares.attempts;
  const workers = stack.use(new ShakenWorkers({ ...parts, share: () => share }));
  const life = { userId, dataSourceId, account, workers, random };
  addFaults(vendors.map(withoutDelays), openai, shares.requests);
  for (let rounds = 2 + Math.floor(random() * 4), round = 0; round < rounds; round++) {
    await disturbed(life, round === 0 || random() < 0.2 ? 'full_sync' : 'incremental');
    account.change(random);
  }
  endFaults(vendors, openai);
  share = 0;
  await signIn();
  return await settle(life);
}

async function configOf(
  stack: AsyncDisposableStack,
  vendors: readonly SoakVendor[],
  openai: Parameters<typeof workerEnvironment>[2],
): Promise<Config> {
  const dataDir = await mkdtemp(join(tmpdir(), 'headwater-faults-'));
  stack.defer(async () => await rm(dataDir, { recursive: true, force: true }));
  const { url: databaseUrl, poolSize } = database;
  // No workflow runs.
  const place = { databaseUrl, poolSize, temporalAddress: 'localhost:1', dataDir };
  return readConfig({ ...workerEnvironment(place, vendors, openai), TEXT_RECOGNITION: 'off' });
}

/** A delay changes nothing but the duration of the test. */
function withoutDelays(vendor: SoakVendor): SoakVendor {
  const faults = vendor.faults.map((host) => ({
    ...host,
    effects: host.effects.filter(({ delayMs }) => delayMs === undefined),
  }));
  return { ...vendor, faults };
}

/** A job is stopped by a person or from outside. */
class Stopped extends Error {}

/** Runs one job while the source changes; it may be stopped after any of its steps. */
async function disturbed(life: Life, jobType: JobType): Promise<void> {
  const { userId, workers, account, random, dataSourceId } = life;
  let stepsLeft = random() < 0.5 ? Number.POSITIVE_INFINITY : Math.floor(1 + random() * 25);
  const run: RunActivity = async (name, input) => {
    if (stepsLeft-- <= 0 && name !== 'openJob') throw new Stopped();
    if (random() < 0.15) account.change(random);
    // The compiler does not see that it is the result of the same activity.
    return (await workers.run(name, input)) as never;
  };
  const job = new JobInOrder(run);
  try {
    await job.toEnd(dataSourceId, jobType);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    await stop(life, job);
    await letClaimsExpire(userId);
  }
}

/** Ends a job as the next one does if its workflow was terminated, or as a person's cancel does. */
async function stop({ userId, workers, random }: Life, job: JobInOrder): Promise<void> {
  const { ref } = job;
  if (ref === null) return;
  if (random() < 0.5) return await asUser(database.db, userId, (trx) => markInterrupted(trx, ref.jobId));
  await job.drain();
  const end = { status: 'cancelled', errorCode: 'cancelled', errorMessage: 'Cancelled.', swept: false } as const;
  await workers.run('closeJob', { ...ref, ...end });
}

/** Other jobs embed what a killed attempt was embedding after half a minute, which passes here. */
async function letClaimsExpire(userId: string): Promise<void> {
  await asUser(database.db, userId, (trx) =>
    trx
      .updateTable('embeddings')
      .set({ claimedUntil: sql<Date>`now()` })
      .where('claimedUntil', 'is not', null)
      .execute(),
  );
}

/** Syncs what is left, compares everything, and lists all once more. @returns what is wrong */
async function settle({ userId, dataSourceId, account, workers }: Life): Promise<string[]> {
  const { shownAfterMs } = account;
  aheadMs += shownAfterMs ?? 0;
  await workers.idle();
  await letClaimsExpire(userId);
  const problems: string[] = [];
  const jobTypes = [shownAfterMs === undefined ? 'incremental' : 'full_sync', 'manual', 'incremental'] as const;
  for (const jobType of jobTypes) {
    const end = await new JobInOrder(workers.run).toEnd(dataSourceId, jobType);
    if (end !== 'completed') problems.push(`the last ${jobType} job: ${end}`);
  }
  problems.push(...(await compareWithTruth(database.db, { userId, truth: account.truth() })));
  const again = new JobInOrder(workers.run);
  await again.toEnd(dataSourceId, 'full_sync');
  return [...problems, ...(await workOf(userId, again.ref?.jobId ?? ''))];
}

/** What a full listing of an unchanged account found to do. */
async function workOf(userId: string, jobId: string): Promise<string[]> {
  const counts = await asUser(database.db, userId, (trx) =>
    trx
      .selectFrom('syncJobs')
      .innerJoin('dataSources', 'dataSources.id', 'syncJobs.dataSourceId')
      .select(['itemsCreated', 'itemsRemoved', 'itemsFailed'])
      // OneDrive lists an item on a later page again, first as it was before, which counts as an update.
      .select(sql<number>`case source_type when 'onedrive' then 0 else items_updated end`.as('itemsUpdated'))
      .where('syncJobs.id', '=', jobId)
      .executeTakeFirstOrThrow(),
  );
  if (Object.values(counts).every((count) => count === 0)) return [];
  const failed = await asUser(database.db, userId, (trx) =>
    trx
      .selectFrom('jobItems')
      .select(['name', 'errorCode'])
      .where('jobId', '=', jobId)
      .where('outcome', '=', 'failed')
      .execute(),
  );
  return [`a full listing at the end found something to do: ${JSON.stringify({ ...counts, failed })}`];
}
