/** Workers killed while vectors are stored outside Postgres: at the end, both stores agree (P2). */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { migrateToLatest } from '../../db/access/migrate.ts';
import { taskQueue } from '../../domain/contract.ts';
import { type GoogleSimulator, startGoogle } from '../../tools/simulators/google/server.ts';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { type OpenAiSimulator, startOpenAi } from '../../tools/simulators/openai/server.ts';
import { type PineconeSimulator, startPinecone } from '../../tools/simulators/pinecone/server.ts';
import { type Crashable, startCrashable } from '../harness/crashable.ts';
import { connectDrive, withDatabase, workerEnvironment } from '../harness/crashable-drive.ts';
import type { syncJob } from '../../workflows/sync-job.ts';

const files = 200;
const user = 'killed';
const email = 'killed@example.com';
let crashable: Crashable;
let google: GoogleSimulator;
let openai: OpenAiSimulator;
let pinecone: PineconeSimulator;
let account: GoogleAccount;
let connection: Connection;

beforeAll(async () => {
  [crashable, google, openai, pinecone] = await Promise.all([
    startCrashable(),
    startGoogle(),
    startOpenAi(0, { dimensions: 64, latencyMs: 20 }),
    startPinecone(),
  ]);
  Object.assign(pinecone.switches, { visibleAfterMs: 200, readyAfterMs: 500 });
  google.switches.maxPage = 40;
  account = google.state.account(email);
  account.generate(files);
  connection = await Connection.connect({ address: crashable.temporalAddress });
}, 120_000);
afterAll(async () => {
  await connection?.close();
  await crashable[Symbol.asyncDispose]();
  await Promise.all([google, openai, pinecone].map(async (simulator) => await simulator[Symbol.asyncDispose]()));
}, 60_000);

test('every live text has its vector in Pinecone and there are no others, whenever a worker was killed', async () => {
  const dataSourceId = await withDatabase(crashable, async (db) => {
    await migrateToLatest(db);
    return await asUser(db, user, (trx) => connectDrive(trx, google, { userId: user, email }));
  });
  crashable.startWorker(workerEnv());
  await Promise.all([sync(dataSourceId, 'full_sync'), killWorkers(3)]);
  await crashable.stopWorker();
  await expectSame();

  account.touch(0.3, 7);
  for (const { id } of account.truth().slice(0, 40)) account.trash(id);
  crashable.startWorker(workerEnv());
  await Promise.all([sync(dataSourceId, 'incremental'), killWorkers(2)]);
  await crashable.stopWorker();
  await expectSame();
}, 300_000);

/** Compares live texts, Postgres's records, and Pinecone's vectors. */
async function expectSame(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, pinecone.switches.visibleAfterMs));
  const { live, recorded, pending } = await withDatabase(
    crashable,
    async (db) =>
      await asUser(db, user, async (trx) => {
        const { rows } = await sql<{ live: string[]; recorded: string[]; pending: number }>`
          select (select array_agg(distinct c.text_hash order by c.text_hash) from document_chunks c
              join documents d on d.id = c.document_id and d.live_generation = c.generation) as live,
            (select array_agg(text_hash order by text_hash) from embeddings where stored_at is not null
              and unconfirmed_since is null) as recorded,
            (select count(*)::int from vector_deletions) as pending`.execute(trx);
        return rows[0] ?? { live: [], recorded: [], pending: -1 };
      }),
  );
  const namespaces = [...(pinecone.indexes.get('headwater')?.namespaces.values() ?? [])];
  const there = namespaces.flatMap((namespace) => namespace.records().map((record) => record.id));
  expect(live.length).toBeGreaterThan(files / 2);
  expect(recorded).toEqual(live);
  expect(there).toEqual(live);
  expect(pending).toBe(0);
}

/** Kills one worker after another, each at a random moment after the previous one is back. */
async function killWorkers(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1500 + Math.random() * 1500));
    await crashable.crash('worker');
  }
}

async function sync(dataSourceId: string, jobType: 'full_sync' | 'incremental'): Promise<void> {
  const result = await new Client({ connection }).workflow.execute<typeof syncJob>('syncJob', {
    taskQueue,
    workflowId: `sync/${randomUUID()}`,
    args: [{ dataSourceId, jobType }],
  });
  expect(result.status).toBe('completed');
}

function workerEnv(): Record<string, string> {
  return {
    ...workerEnvironment(crashable, { google, openai }),
    VECTOR_STORE: 'pinecone',
    PINECONE_API_KEY: pinecone.apiKey,
    PINECONE_CONTROLLER_HOST: pinecone.url,
  };
}
