import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { sql } from 'kysely';
import { openStaging } from '../../content/staging/index.ts';
import { asUser } from '../../db/access/as-user.ts';
import type { OpenDatabase } from '../../db/access/database.ts';
import { migrateToLatest } from '../../db/access/migrate.ts';
import { type JobType, taskQueue } from '../../domain/contract.ts';
import { compareRestored } from '../../tools/bench/soak/restored.ts';
import { filesOf } from '../../tools/bench/soak/vendors/google-drive.ts';
import { type GoogleSimulator, startGoogle } from '../../tools/simulators/google/server.ts';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { type OpenAiSimulator, startOpenAi } from '../../tools/simulators/openai/server.ts';
import type { syncJob } from '../../workflows/sync-job.ts';
import { type Crashable, startCrashable, type Victim } from '../harness/crashable.ts';
import { connectDrive, withDatabase, workerEnvironment } from '../harness/crashable-drive.ts';
import { startS3 } from '../harness/s3.ts';
import { contentOf } from '../harness/state.ts';

// Given a Drive of 300 files and two users who sync it: one undisturbed, one while every process is killed
const fileCount = 300;
const email = 'kill@example.com';

let crashable: Crashable;
let google: GoogleSimulator;
let openai: OpenAiSimulator;
let account: GoogleAccount;
let connection: Connection;

beforeAll(async () => {
  [crashable, google, openai] = await Promise.all([
    startCrashable(),
    startGoogle(),
    startOpenAi(0, { dimensions: 64, latencyMs: 40 }),
  ]);
  google.switches.maxPage = 40;
  account = google.state.account(email);
  account.generate(fileCount);
  connection = await Connection.connect({ address: crashable.temporalAddress });
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await crashable[Symbol.asyncDispose]();
  await Promise.all([google[Symbol.asyncDispose](), openai[Symbol.asyncDispose]()]);
}, 60_000);

test('a sync during SIGKILLs of worker, Temporal and database ends like an undisturbed one (P2)', async () => {
  const [calm, shaken] = await withDatabase(crashable, async (db) => {
    await migrateToLatest(db);
    return [await newOwner(db), await newOwner(db)] as const;
  });
  crashable.startWorker(workerEnvironment(crashable, { google, openai }));

  // When one job runs undisturbed and the processes of the other are killed at random moments
  const victims: Victim[] = ['worker', 'database', 'temporal', 'worker', 'database'];
  await run(calm.dataSourceId, 'full_sync');
  await Promise.all([run(shaken.dataSourceId, 'full_sync'), shake(victims)]);

  // Then nothing is lost and nothing exists twice
  await crashable.stopWorker();
  const first = await withDatabase(
    crashable,
    async (db) => [await stateOf(db, calm), await stateOf(db, shaken)] as const,
  );
  expect(first[1]).toEqual(first[0]);
  expect(Object.keys(first[0].content)).toHaveLength(fileCount);
  expect(first[1].jobs).toMatchObject([{ status: 'completed', found: fileCount, created: fileCount, failed: 0 }]);

  // And the feed continues from there, killed or not
  const changed = account.touch(0.2, 7);
  for (const { id } of account.truth().slice(0, 30)) account.trash(id);
  crashable.startWorker(workerEnvironment(crashable, { google, openai }));
  await run(calm.dataSourceId, 'incremental');
  await Promise.all([run(shaken.dataSourceId, 'incremental'), shake(['worker', 'database'])]);
  await crashable.stopWorker();
  const second = await withDatabase(
    crashable,
    async (db) => [await stateOf(db, calm), await stateOf(db, shaken)] as const,
  );
  expect(second[1]).toEqual(second[0]);
  expect(Object.keys(second[0].content)).toHaveLength(fileCount - 30);
  expect(second[1].jobs[0]).toMatchObject({ status: 'completed', failed: 0, removed: 30 });
  expect(changed).toBeGreaterThan(0);
  expect(google.log.mutating()).toEqual([]);
}, 240_000);

// Two workers need two connections, which the embedded database does not have.
const onRealDatabase = process.env['DATABASE_URL'] ? test : test.skip;

onRealDatabase(
  'two workers without a shared folder do one job, one of them killed in the middle; a restored backup equals the source',
  async () => {
    await using s3 = await startS3();
    const [calm, shaken] = await withDatabase(crashable, async (db) => {
      await migrateToLatest(db);
      return [await newOwner(db), await newOwner(db)] as const;
    });
    crashable.startWorker({ ...workerEnvironment(crashable, { google, openai }), ...s3.environment }, 2);
    await run(calm.dataSourceId, 'full_sync');
    await Promise.all([run(shaken.dataSourceId, 'full_sync'), shake(['worker'])]);
    const notes = google.state.account('notes@example.com');
    for (let i = 0; i < 12; i++) notes.addFile({ name: `note ${i}.md`, content: `Lamp ${i} of the pier.\n` });
    const restored = await withDatabase(crashable, (db) => newOwner(db, notes.email));
    await run(restored.dataSourceId, 'full_sync');
    await crashable.stopWorker();

    const [first, second] = await withDatabase(
      crashable,
      async (db) => [await stateOf(db, calm), await stateOf(db, shaken)] as const,
    );
    const { length } = account.truth();
    expect(first.jobs).toMatchObject([{ status: 'completed', found: length, created: length, failed: 0 }]);
    expect(second).toEqual(first);
    // Nothing stays in the object store.
    expect(await openStaging(s3.settings, '').jobs()).toEqual([]);

    // The comparison of the soak finds what the source has and the backup has not.
    expect(await differencesAfterRestore(restored.userId, notes)).toEqual([]);
    notes.update(notes.truth()[3]?.id ?? '', 'Lamp 3 is broken.');
    notes.trash(notes.truth()[7]?.id ?? '');
    expect(await differencesAfterRestore(restored.userId, notes)).toEqual([
      `${restored.userId}: My Drive/note 3.md: held with different content`,
      `${restored.userId}: My Drive/note 7.md: no longer at the source, still held`,
    ]);
  },
  180_000,
);

interface Owner {
  readonly userId: string;
  readonly dataSourceId: string;
}

/** Backs the database up, restores it on a server of its own, and compares it with the source. */
async function differencesAfterRestore(userId: string, of: GoogleAccount): Promise<string[]> {
  const truth = { kind: 'files', files: filesOf(google.state, of) } as const;
  return await compareRestored(crashable.databaseUrl, crashable.dataDir, [{ userId, truth }]);
}

async function newOwner(db: OpenDatabase, of = email): Promise<Owner> {
  const userId = randomUUID();
  const dataSourceId = await asUser(db, userId, (trx) => connectDrive(trx, google, { userId, email: of }));
  return { userId, dataSourceId };
}

async function run(dataSourceId: string, jobType: JobType): Promise<void> {
  const client = new Client({ connection });
  const handle = await client.workflow.start<typeof syncJob>('syncJob', {
    taskQueue,
    workflowId: `sync/${randomUUID()}`,
    args: [{ dataSourceId, jobType }],
  });
  // The waiting call may lose its server; the workflow does not.
  for (;;) {
    try {
      await handle.result();
      return;
    } catch (error) {
      if (Error.isError(error) && error.name === 'WorkflowFailedError') throw error;
    }
  }
}

/** Kills the processes one after another, each at a random moment after the previous one is back. */
async function shake(victims: readonly Victim[]): Promise<void> {
  for (const victim of victims) {
    await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 900));
    await crashable.crash(victim);
  }
}

/** Everything of a user that a disturbed run could have got wrong, without the ids. */
async function stateOf(db: OpenDatabase, { userId }: Owner) {
  const content = await contentOf({ as: async (user, work) => await asUser(db, user, work) }, userId);
  const rows = await asUser(
    db,
    userId,
    async (trx) =>
      await sql<Record<string, string>>`
    select (select count(*) from documents) as documents,
      (select count(*) from document_chunks) as chunks,
      (select count(*) from document_chunks c join documents d on d.id = c.document_id
        where c.generation <> d.live_generation) as dead_chunks,
      (select count(*) from embeddings) as vectors,
      (select count(*) from embeddings where vector is null) as open_claims,
      (select count(*) from vector_deletions) as pending_deletions,
      (select count(*) from sync_items) as items,
      (select count(*) from job_items) as ledger,
      (select total_items_synced from data_sources) as synced`.execute(trx),
  );
  const jobs = await asUser(
    db,
    userId,
    async (trx) =>
      await trx
        .selectFrom('syncJobs')
        .select(['status', 'mode', 'itemsFound as found', 'itemsCreated as created', 'itemsUpdated as updated'])
        .select(['itemsUnchanged as unchanged', 'itemsRemoved as removed', 'itemsFailed as failed', 'bytesProcessed'])
        .orderBy('createdAt', 'desc')
        .execute(),
  );
  return { content, counts: rows.rows[0], jobs };
}
