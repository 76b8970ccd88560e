/**
 * An installation of each release is updated while a job runs: its database is migrated, and workers of today
 * continue the job that Temporal has kept (docs/operations.md, Updating).
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrateToLatest } from '../../db/access/migrate.ts';
import { saveConnection } from '../../db/sources/credentials.ts';
import { resumeUpdate, type SyncJobResult } from '../../domain/contract.ts';
import { startTemporalServer } from '../../tools/local/children.ts';
import { freePort } from '../../tools/local/ports.ts';
import { findTemporalCli } from '../../tools/local/temporal-cli.ts';
import { createEmptyDatabase, type TestDatabase } from '../harness/database.ts';
import { startHeadwater } from '../harness/headwater.ts';
import {
  addReleaseFiles,
  email,
  fileCount,
  filesPerPage,
  loadState,
  recordedReleases,
  type ReleaseState,
  restoreDatabase,
  writeFolder,
} from '../harness/release-state.ts';
import { contentOf, titlesOf } from '../harness/state.ts';

describe.each(recordedReleases)('%s', (release) => {
  const stack = new AsyncDisposableStack();
  let state: ReleaseState;
  let folder: string;
  let temporalPort: number;
  let database: TestDatabase;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headwater-upgrade-'));
    stack.defer(async () => await rm(folder, { recursive: true, force: true }));
    const loaded = await loadState(release);
    state = loaded.state;
    const databaseFile = join(folder, 'temporal.db');
    await Promise.all([writeFile(databaseFile, loaded.temporal), writeFolder(join(folder, 'data'), state.files)]);
    temporalPort = await freePort();
    const cli = await findTemporalCli(process.env, () => {});
    stack.use(await startTemporalServer({ cli, port: temporalPort, ui: null, databaseFile }));
    database = await createEmptyDatabase();
  }, 120_000);
  afterAll(async () => await stack.disposeAsync());

  test('its migrations are those of the release, and today’s run on its rows', async () => {
    expect(await restoreDatabase(database.db, state)).toEqual(state.schema);
    const { applied, pending } = await migrateToLatest(database.db);
    expect(applied.slice(0, state.migrations.length)).toEqual(state.migrations);
    expect(pending).toEqual([]);
  }, 120_000);

  test('its running job continues where it was, and nothing is lost or done twice', async () => {
    const { userId, dataSourceId, workflowId, taskQueue } = state.job;
    await using headwater = await startHeadwater({
      database,
      taskQueue,
      env: { TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`, DATA_DIR: join(folder, 'data') },
    });
    addReleaseFiles(headwater.google.state.account(email));
    headwater.google.switches.maxPage = filesPerPage;
    const before = await titlesOf(headwater, userId);
    expect(before.length).toBeGreaterThanOrEqual(filesPerPage);
    expect(before.length).toBeLessThan(fileCount);
    // The simulator of the release is gone, and its tokens with it.
    const tokens = headwater.google.oauth.issue(email);
    const authData = headwater.keyring.seal({ ...tokens, expiresAt: Date.now() + 3_500_000 }, dataSourceId);
    await headwater.as(userId, (trx) =>
      saveConnection(trx, dataSourceId, { provider: 'token', authData, accountLabel: email }),
    );

    const job = headwater.temporal.workflow.getHandle(workflowId);
    await job.executeUpdate(resumeUpdate);
    const result = (await job.result()) as SyncJobResult;

    expect(result).toMatchObject({ status: 'completed' });
    expect(await headwater.job(userId, result.jobId)).toMatchObject({
      status: 'completed',
      found: fileCount,
      created: fileCount,
      failed: 0,
      pending: 0,
    });
    const expected = Array.from({ length: fileCount }, (_, i) => [`My Drive/${i}.md`, `The text of number ${i}.`]);
    expect(await contentOf(headwater, userId)).toEqual(Object.fromEntries(expected));

    // And the next sync finds all of it unchanged
    expect(await headwater.sync({ dataSourceId, jobType: 'full_sync' })).toMatchObject({
      message: `Found ${fileCount}: ${fileCount} unchanged.`,
    });
  }, 300_000);
});
