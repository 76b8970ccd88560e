/**
 * `npm run soak -- --minutes 30`: several users' accounts at several vendors change and are synced while processes are
 * killed and every hundredth call fails. At the end, the contents of Headwater are compared with those of the vendors,
 * item by item.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { Command } from 'commander';
import { migrateToLatest } from '../../db/access/migrate.ts';
import { openDatabase } from '../../db/access/database.ts';
import { startOpenAi } from '../simulators/openai/server.ts';
import { startCrashable, type Victim } from '../../test/harness/crashable.ts';
import { randomFrom } from './soak/random.ts';
import { compareWithTruth, findStagedLeftovers } from './soak/comparison.ts';
import { addFaults, endFaults } from './soak/faults.ts';
import { createTally } from './soak/tally.ts';
import { beginRollout } from './soak/rollout.ts';
import { compareRestored } from './soak/restored.ts';
import { createUsers, listAgain, liveAsUser, settle, workerEnvironment } from './soak/users.ts';
import { openVendors, soakSources } from './soak/vendors/index.ts';

const program = new Command('npm run soak --')
  .description('Syncs changing accounts under faults and SIGKILLs, then compares item by item.')
  .option('--minutes <n>', 'how long accounts change and processes are killed', Number, 30)
  .option('--seed <n>', 'the same seed makes the same items and the same changes', Number, 1)
  .option('--sizes <n...>', 'number of items of each user at the start', [
    '600',
    '250',
    '300',
    '200',
    '150',
    '100',
    '2000',
  ])
  .option('--sources <type...>', 'the sources of the users, in turn', [...soakSources])
  .option('--share <n>', 'share of calls that fail, for each kind of fault', Number, 0.01)
  .option('--kill-every <seconds>', 'average interval between kills', Number, 20)
  .option('--deploy', 'rolls out a release with changed workflow code after a quarter of the time', false)
  .parse();
const options = program.opts<{
  minutes: number;
  seed: number;
  sizes: string[];
  sources: string[];
  share: number;
  killEvery: number;
  deploy: boolean;
}>();

await using crashable = await startCrashable();
await using stack = new AsyncDisposableStack();
const vendors = await openVendors(options.sources, stack);
await using openai = await startOpenAi(0, { dimensions: 64, latencyMs: 20 });
const connection = await Connection.connect({ address: crashable.temporalAddress });
const tally = createTally();
const random = randomFrom(options.seed);

const opened = async () => await Promise.resolve(openDatabase(crashable.databaseUrl, crashable.poolSize));
await using setup = await opened();
await migrateToLatest(setup);
const users = await createUsers({
  db: setup,
  databaseUrl: crashable.databaseUrl,
  vendors,
  sizes: options.sizes.map(Number),
  seed: options.seed,
});
await setup[Symbol.asyncDispose]();
const environment = workerEnvironment(crashable, vendors, openai);
const rollout = options.deploy ? await beginRollout(crashable, connection, environment) : null;
if (rollout === null) crashable.startWorker(environment, 2);
addFaults(vendors, openai, options.share);

console.log(`${users.length} users of ${options.sources.join(', ')}, ${options.minutes} minutes …`);
const deadline = Date.now() + options.minutes * 60_000;
const isOver = (): boolean => Date.now() > deadline;
const progress = setInterval(() => console.log(tally.line()), 60_000);
await Promise.all([
  ...users.map((user, i) =>
    liveAsUser({ user, connection, crashable, tally, isOver, random: randomFrom(options.seed + 100 + i) }),
  ),
  kill(),
  rollOut(),
]);
clearInterval(progress);

const failed = endFaults(vendors, openai);
const quietSince = Date.now();
console.log('Faults have ended. Syncing the rest, then comparing everything …');
let wrong = 0;
for (const user of users) {
  const jobs = await settle({ user, connection, tally, quietSince });
  await using db = await opened();
  const problems = await compareWithTruth(db, { userId: user.userId, truth: user.account.truth() });
  await db[Symbol.asyncDispose]();
  jobs.push(...(await listAgain({ user, connection, opened })));
  wrong += problems.length + jobs.length;
  for (const problem of [...jobs, ...problems].slice(0, 20)) console.log(`WRONG ${user.userId}: ${problem}`);
}
await using closing = await opened();
const staged = await findStagedLeftovers(closing, crashable.dataDir);
await closing[Symbol.asyncDispose]();
for (const problem of staged) console.log(`WRONG ${problem}`);
wrong += staged.length;
const versions = await rollout?.report();
for (const problem of versions?.problems ?? []) console.log(`WRONG ${problem}`);
wrong += versions?.problems.length ?? 0;
await crashable.stopWorker();
if (process.env['DATABASE_URL']) {
  const problems = await compareRestored(
    crashable.databaseUrl,
    crashable.dataDir,
    users.map(({ userId, account }) => ({ userId, truth: account.truth() })),
  );
  for (const problem of problems.slice(0, 20)) console.log(`WRONG after a backup and its restore: ${problem}`);
  if (problems.length === 0)
    console.log('A backup was restored on another server: every item matches the source there too.');
  wrong += problems.length;
}
const mutating = [...new Set(vendors.map((vendor) => vendor.log))].flatMap((log) => log.mutating()).length;
console.log(tally.report());
for (const line of versions?.lines ?? []) console.log(line);
for (const log of new Set(vendors.map((vendor) => vendor.log))) {
  const names = vendors.filter((vendor) => vendor.log === log).map((vendor) => vendor.sourceType);
  console.log(`calls to ${names.join(' and ')}: ${log.total}`);
}
console.log(`of them failed as scripted: ${failed.vendors}`);
console.log(
  `embedding calls: ${openai.counts.calls}, texts ${openai.counts.inputs}, distinct ${openai.embedded.size}, failed as scripted: ${failed.embedder}`,
);
console.log(`calls that would have changed something at the vendor: ${mutating}`);
console.log(wrong + mutating === 0 ? 'EQUAL: every item matches the source' : `DIFFERENT: ${wrong} problems`);
await connection.close();
process.exitCode = wrong + mutating === 0 ? 0 : 1;

/** Kills one process after another at random times: the next dies only when the last has restarted. */
async function kill(): Promise<void> {
  const victims: readonly Victim[] = ['worker', 'worker', 'database', 'temporal', 'reader', 'reader'];
  while (!isOver()) {
    await sleep(options.killEvery * 1000 * (0.5 + random()));
    const victim = victims[Math.floor(random() * victims.length)] ?? 'worker';
    await crashable.crash(victim);
    tally.count(`killed ${victim}`);
  }
}

async function rollOut(): Promise<void> {
  if (rollout === null) return;
  await sleep((options.minutes * 60_000) / 4);
  await rollout.run();
}
