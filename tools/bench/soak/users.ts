/** The users of the soak: their accounts change, and their jobs are started, paused, canceled and terminated. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Connection, type WorkflowHandle } from '@temporalio/client';
import type { Kysely } from 'kysely';
import { createKeyring } from '../../../sources/credentials/keyring.ts';
import { asUser } from '../../../db/access/as-user.ts';
import { saveConnection } from '../../../db/sources/credentials.ts';
import { type Database, type OpenDatabase, openDatabase } from '../../../db/access/database.ts';
import { type JobType, type SyncProgress, taskQueue } from '../../../domain/contract.ts';
import type { SourceType } from '../../../domain/source.ts';
import type { OpenAiSimulator } from '../../simulators/openai/server.ts';
import type { Crashable } from '../../../test/harness/crashable.ts';
import type { syncJob } from '../../../workflows/sync-job.ts';
import { randomFrom } from './random.ts';
import type { Tally } from './tally.ts';
import type { SoakAccount, SoakVendor } from './vendors/vendor.ts';

export const encryptionKey = 'ce'.repeat(32);

export interface SoakUser {
  readonly userId: string;
  readonly dataSourceId: string;
  readonly sourceType: SourceType;
  readonly account: SoakAccount;
  /**
   * Signs in again: a rotating refresh token is lost when a worker dies between the vendor's answer and our database.
   */
  readonly signIn: () => Promise<void>;
}

/** Creates one user for each size, with the vendors in turn. */
export async function createUsers(options: {
  readonly db: Kysely<Database>;
  readonly databaseUrl: string;
  readonly vendors: readonly SoakVendor[];
  readonly sizes: readonly number[];
  readonly seed: number;
}): Promise<SoakUser[]> {
  const { db, vendors, seed } = options;
  const users: SoakUser[] = [];
  for (const [i, size] of options.sizes.entries()) {
    const vendor = vendors[i % vendors.length];
    if (vendor === undefined) throw new Error('At least one source is needed.');
    const account = vendor.account(`user-${i}@example.com`);
    const random = randomFrom(seed + i);
    account.fill(size, random);
    const userId = `user-${i}-${vendor.sourceType}`;
    const dataSourceId = await createSource(db, userId, vendor.sourceType);
    const signIn = (database: Kysely<Database>) => saveSignIn(database, { userId, dataSourceId, account });
    await signIn(db);
    users.push({
      userId,
      account,
      dataSourceId,
      sourceType: vendor.sourceType,
      signIn: async () => {
        await using own = openDatabase(options.databaseUrl, 1);
        await signIn(own);
      },
    });
  }
  return users;
}

export async function createSource(db: Kysely<Database>, userId: string, sourceType: SourceType): Promise<string> {
  return await asUser(db, userId, async (trx) => {
    const row = await trx
      .insertInto('dataSources')
      .values({ userId, name: sourceType, sourceType, config: '{}' })
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  });
}

/** Saves a new sign-in of this account as the source's. */
export async function saveSignIn(
  db: Kysely<Database>,
  source: { readonly userId: string; readonly dataSourceId: string; readonly account: SoakAccount },
): Promise<void> {
  const { userId, dataSourceId, account } = source;
  const tokens = { ...account.signIn(), expiresAt: Date.now() + 100_000 };
  const authData = createKeyring(encryptionKey).seal(tokens, dataSourceId);
  const connection = { authData, provider: 'token', accountLabel: account.email } as const;
  await asUser(db, userId, (trx) => saveConnection(trx, dataSourceId, connection));
}

export function workerEnvironment(
  crashable: Pick<Crashable, 'databaseUrl' | 'poolSize' | 'temporalAddress' | 'dataDir'>,
  vendors: readonly SoakVendor[],
  openai: OpenAiSimulator,
): Record<string, string> {
  return {
    DATABASE_URL: crashable.databaseUrl,
    DATABASE_POOL_SIZE: String(crashable.poolSize),
    TEMPORAL_ADDRESS: crashable.temporalAddress,
    DATA_DIR: crashable.dataDir,
    ENCRYPTION_KEY: encryptionKey,
    LOG_LEVEL: 'error',
    OPENAI_API_KEY: 'simulated',
    OPENAI_BASE_URL: `${openai.url}/v1`,
    EMBEDDING_DIMENSIONS: '64',
    CEILINGS: vendors.map(({ sourceType }) => `${sourceType}=200000`).join(','),
    ...Object.assign({}, ...vendors.map(({ environment }) => environment)),
  };
}

type Job = WorkflowHandle<typeof syncJob>;

/** Repeatedly changes the account and syncs it; sometimes a person interferes with the job. */
export async function liveAsUser(options: {
  readonly user: SoakUser;
  readonly connection: Connection;
  readonly crashable: Crashable;
  readonly tally: Tally;
  readonly isOver: () => boolean;
  readonly random: () => number;
}): Promise<void> {
  const { user, connection, tally, isOver, random } = options;
  while (!isOver()) {
    tally.count('changes', user.account.change(random));
    const jobType: JobType = random() < 0.15 ? 'full_sync' : 'incremental';
    const job = await start(connection, user, jobType);
    // Makes more changes while it runs: the next job must find changes that the listing has already passed.
    const meddling = meddle(job, random, tally).catch(() => {});
    tally.count('changes', user.account.change(random));
    tally.count(`job ${await endOf(job, user, tally)}`);
    await meddling;
    await sleep(500 + random() * 3000);
  }
}

async function meddle(job: Job, random: () => number, tally: Tally): Promise<void> {
  const what = random();
  if (what > 0.35) return;
  await sleep(random() * 4000);
  if (what < 0.15) {
    await job.executeUpdate('pause');
    tally.count('paused');
    await sleep(random() * 3000);
    await insist(() => job.executeUpdate('resume'));
  } else if (what < 0.2) {
    await job.executeUpdate('changeSpeed', { args: [{ pagesAtOnce: 1 + Math.floor(random() * 8) }] });
    tally.count('speed changed');
  } else if (what < 0.3) {
    await job.cancel();
    tally.count('canceled by hand');
  } else {
    await job.terminate('soak');
    tally.count('terminated by hand');
  }
}

/** Temporal itself may be down at the moment, so the call is repeated until it answers. */
async function start(connection: Connection, user: SoakUser, jobType: JobType, more: object = {}): Promise<Job> {
  const client = new Client({ connection });
  const workflowId = `sync/${randomUUID()}`;
  const args: Parameters<typeof syncJob> = [{ dataSourceId: user.dataSourceId, jobType, ...more }];
  for (;;) {
    try {
      return await client.workflow.start<typeof syncJob>('syncJob', {
        taskQueue,
        workflowId,
        args,
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
    } catch {
      await sleep(500);
    }
  }
}

/** Returns how the job ended. Meanwhile it does what the job waits for: approves removals, signs in again. */
async function endOf(job: Job, user: SoakUser, tally: Tally): Promise<string> {
  const helping = new AbortController();
  const help = helpAlong(job, user, tally, helping.signal);
  try {
    for (;;) {
      try {
        const { status } = await job.result();
        if (status === 'failed') await signInAgain(user, tally);
        return status;
      } catch (error) {
        if (Error.isError(error) && error.name === 'WorkflowFailedError') return 'ended from outside';
        await sleep(500);
      }
    }
  } finally {
    helping.abort();
    await help;
  }
}

async function helpAlong(job: Job, user: SoakUser, tally: Tally, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(3000, undefined, { signal }).catch(() => {});
    // A service that is down is called again next time.
    const waiting = await job.query<SyncProgress>('progress').then(
      (progress) => progress.waitingFor?.reason,
      () => undefined,
    );
    if (waiting === 'approval') await job.executeUpdate('decideRemovals', { args: ['approve'] }).catch(() => {});
    if (waiting !== 'sign_in') continue;
    await signInAgain(user, tally);
    await job.signal('signedIn').catch(() => {});
  }
}

/** If a job is ended while it waits for a sign-in, the next one fails because there is none. */
async function signInAgain(user: SoakUser, tally: Tally): Promise<void> {
  tally.count('signed in again');
  await user.signIn().catch(() => {});
}

/** Repeats until it succeeds, or until there is nothing left to do. */
async function insist(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      const name = Error.isError(error) ? error.name : '';
      if (name === 'WorkflowUpdateFailedError' || name === 'WorkflowNotFoundError') return;
      await sleep(500);
    }
  }
}

/**
 * Syncs a user's account without faults: first the changes, then earlier failures, then changes made during that.
 * @returns problems of the jobs themselves
 */
export async function settle(options: {
  readonly user: SoakUser;
  readonly connection: Connection;
  readonly tally: Tally;
  /** Time of the last change, in milliseconds since 1970. */
  readonly quietSince: number;
}): Promise<string[]> {
  const { user, connection, tally, quietSince } = options;
  const { shownAfterMs } = user.account;
  await sleep(Math.max(quietSince + (shownAfterMs ?? 0) - Date.now(), 0));
  await insist(user.signIn);
  const problems: string[] = [];
  for (const jobType of [shownAfterMs === undefined ? 'incremental' : 'full_sync', 'manual', 'incremental'] as const) {
    const end = await endOf(await start(connection, user, jobType), user, tally);
    tally.count(`last ${jobType}: ${end}`);
    if (end !== 'completed') problems.push(`the last ${jobType} job ended as ${end}`);
  }
  return problems;
}

/** A full listing of an unchanged account must find nothing to do. @returns what it did */
export async function listAgain(options: {
  readonly user: SoakUser;
  readonly connection: Connection;
  readonly opened: () => Promise<OpenDatabase>;
}): Promise<string[]> {
  const { user } = options;
  const { jobId } = await (await start(options.connection, user, 'full_sync')).result();
  await using db = await options.opened();
  const job = await asUser(db, user.userId, (trx) =>
    trx
      .selectFrom('syncJobs')
      .select(['status', 'itemsCreated', 'itemsUpdated', 'itemsRemoved', 'itemsFailed'])
      .where('id', '=', jobId ?? '')
      .executeTakeFirstOrThrow(),
  );
  const { status, itemsUpdated, ...done } = job;
  // OneDrive lists an item again on a later page, first as it was before: the earlier state is stored and put right at
  // once, which counts as an update.
  const isUpToDate = itemsUpdated === 0 || user.sourceType === 'onedrive';
  const isQuiet = status === 'completed' && isUpToDate && Object.values(done).every((count) => count === 0);
  return isQuiet ? [] : [`a full listing at the end found something to do: ${JSON.stringify(job)}`];
}
