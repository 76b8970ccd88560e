/** What Temporal stores about a sync: ids, counts and cursors, never a token or document text; and its size. */

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { findTemporalCli } from '../../tools/local/temporal-cli.ts';
import { temporalAddress } from '../harness/temporal.ts';
import { startApiOf } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';

const recorded = join(import.meta.dirname, '..', 'histories');
const secretWord = 'xyloquartz';

let headwater: TestHeadwater;
let account: GoogleAccount;
let user: string;
let dataSourceId: string;
let histories: Readonly<Record<string, string>>;

beforeAll(async () => {
  headwater = await startHeadwater({ openai: true });
  user = randomUUID();
  account = headwater.google.state.account(`${user}@example.com`);
  for (let i = 0; i < 30; i++)
    account.addFile({ name: `${secretWord} ${i}.md`, content: `The ${secretWord} number ${i}` });
  account.addFile({ name: 'broken.pdf', mimeType: 'application/pdf', content: `no pdf but ${secretWord}` });
  dataSourceId = await headwater.createDrive(user, account.email);
  headwater.google.oauth.expireAccessTokens(account.email);
  headwater.google.switches.maxPage = 10;
  // All kinds of failures, so that the histories contain them too
  headwater.google.faults.add({
    path: '^/drive/v3/files/[^/]+$',
    query: { alt: 'media' },
    times: 2,
    then: { status: 500 },
  });
  headwater.google.faults.add({
    path: '^/drive/v3/files$',
    times: 1,
    then: { status: 429, headers: { 'retry-after': '0' } },
  });
  expect(await headwater.sync({ dataSourceId, jobType: 'full_sync' })).toMatchObject({ status: 'completed' });
  headwater.google.faults.clear();
  account.touch(1);
  expect(await headwater.sync({ dataSourceId, jobType: 'incremental' })).toMatchObject({ status: 'completed' });
  await syncFolder();
  histories = await exportHistories();
}, 90_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());

/** A folder, whose ids are paths: synced, one file of it picked by hand, and gone at last. */
async function syncFolder(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `${secretWord}-`));
  await mkdir(join(folder, secretWord));
  await writeFile(join(folder, secretWord, `${secretWord} plan.md`), `The ${secretWord} plan`);
  await writeFile(join(folder, `${secretWord}.pdf`), `no pdf but ${secretWord}`);
  const source = await headwater.createSource('local', 'local_folder', { path: folder });
  expect(await headwater.sync({ dataSourceId: source, jobType: 'full_sync' })).toMatchObject({ status: 'completed' });
  await using api = await startApiOf(headwater);
  const picked = { dataSourceId: source, jobType: 'manual', externalIds: [`${secretWord}/${secretWord} plan.md`] };
  const { job } = (await api.call('POST', '/api/data-sources/sync', { body: picked })).body;
  await headwater.temporal.workflow.getHandle(`sync/${job.id}`).result();
  expect(await headwater.job('local', job.id)).toMatchObject({ status: 'completed', found: 1, failed: 0 });
  await rm(folder, { recursive: true });
  expect(await headwater.sync({ dataSourceId: source, jobType: 'full_sync' })).toMatchObject({ status: 'failed' });
}

describe('workflow histories (P7)', () => {
  test('contain no token, no file name and no document text', () => {
    const all = Object.values(histories).join('\n');
    const tokens = headwater.google.oauth.everIssued();
    expect(tokens.length).toBeGreaterThan(2);
    for (const secret of [...tokens, 'Bearer', 'simulated-secret', secretWord]) {
      expect([secret, all.includes(secret)]).toEqual([secret, false]);
      expect([secret, all.includes(Buffer.from(secret).toString('base64').replace(/=+$/, ''))]).toEqual([
        secret,
        false,
      ]);
    }
    // Payloads are base64 in the export, so the decoded text is searched as well
    const decoded = [...all.matchAll(/"data": ?"([A-Za-z0-9+/=]+)"/g)].map((m) =>
      Buffer.from(m[1] ?? '', 'base64').toString(),
    );
    expect(decoded.length).toBeGreaterThan(50);
    for (const secret of [...tokens, secretWord]) expect(decoded.some((text) => text.includes(secret))).toBe(false);
  });

  test('ids, search attributes, memos and summaries name no file and no path either', async () => {
    const descriptions = await Promise.all(
      Object.keys(histories).map(async (id) => await headwater.temporal.workflow.getHandle(id).describe()),
    );
    const texts = descriptions.map(({ raw: _raw, ...description }) => JSON.stringify(description));
    expect(texts.filter((text) => text.includes(secretWord))).toEqual([]);
  });

  test('no payload is larger than 2 KB, whatever the page contains', () => {
    const sizes = Object.values(histories).flatMap((history) =>
      [...history.matchAll(/"data": ?"([A-Za-z0-9+/=]+)"/g)].map((m) => Buffer.from(m[1] ?? '', 'base64').length),
    );
    expect(Math.max(...sizes)).toBeLessThan(2048);
  });

  test('neither does the log', () => {
    const tokens = headwater.google.oauth.everIssued();
    expect(headwater.logged().length).toBeGreaterThan(0);
    for (const secret of [...tokens, 'simulated-secret', secretWord])
      expect([secret, headwater.logged().includes(secret)]).toEqual([secret, false]);
  });
});

describe('workflow code', () => {
  test('replays histories recorded in this run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headwater-histories-'));
    const files = Object.keys(histories).map((_, i) => join(folder, `${i}.json`));
    await Promise.all(Object.values(histories).map(async (history, i) => await writeFile(files[i] ?? '', history)));
    expect(await replay(files)).toHaveLength(files.length);
    await rm(folder, { recursive: true });
  });

  test('replays the histories of earlier versions, so that an update never breaks a running job', async () => {
    const files = (await readdir(recorded)).filter((file) => file.endsWith('.json'));
    expect(files.length).toBeGreaterThanOrEqual(12);
    expect(await replay(files.map((file) => join(recorded, file)))).toEqual(files);
  });

  test('that would take another path is detected', async () => {
    const file = 'v0.1-held-deletion-approved-job.json';
    const folder = await mkdtemp(join(tmpdir(), 'headwater-histories-'));
    const other = (await readFile(join(recorded, file), 'utf8')).replaceAll('"findRemovals"', '"findNothing"');
    await writeFile(join(folder, 'other.json'), other);
    await expect(replay([join(folder, 'other.json')])).rejects.toThrow(/[Nn]ondetermini/);
    await rm(folder, { recursive: true });
  });
});

describe('size (P9)', () => {
  test('a listing with more pages than one run allows continues in a new run, and nothing is lost', async () => {
    const owner = randomUUID();
    const long = headwater.google.state.account(`${owner}@example.com`);
    for (let i = 0; i < 110; i++)
      long.addFile({ name: `${i}`, mimeType: i % 20 === 0 ? 'text/plain' : 'image/png', content: `line ${i}` });
    const source = await headwater.createDrive(owner, long.email);
    headwater.google.switches.maxPage = 1;

    const handle = await headwater.start({ dataSourceId: source, jobType: 'full_sync' });
    const result = (await handle.result()) as { readonly jobId: string };
    headwater.google.switches.maxPage = 10;

    expect(await headwater.job(owner, result.jobId)).toMatchObject({
      status: 'completed',
      found: 110,
      created: 6,
      skipped: 104,
    });
    const last = await headwater.temporal.workflow.getHandle(handle.workflowId).describe();
    expect(last.runId).not.toBe(handle.firstExecutionRunId);
    expect(last.historyLength).toBeLessThan(1000);
  }, 120_000);
});

/** Every history of this test's task queue, pages included, as exported by the Temporal command line. */
async function exportHistories(): Promise<Record<string, string>> {
  const listed = await Promise.all(
    [user, 'local'].map(
      async (owner) =>
        await headwater.as(
          owner,
          async (trx) => await trx.selectFrom('syncJobs').select('workflowId').orderBy('createdAt').execute(),
        ),
    ),
  );
  const ids = listed
    .flat()
    .flatMap(({ workflowId }) => [
      `${workflowId}`,
      ...Array.from({ length: 9 }, (_, i) => `${workflowId}/page/${i + 1}`),
    ]);
  const shown = await Promise.all(ids.map(async (id) => [id, await show(id)] as const));
  const found = Object.fromEntries(shown.flatMap(([id, history]) => (history === null ? [] : [[id, history]])));
  expect(Object.keys(found).length).toBeGreaterThan(5);
  return found;
}

/** @returns null for a page that the job did not have */
async function show(workflowId: string): Promise<string | null> {
  try {
    await headwater.temporal.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
  const cli = await findTemporalCli(process.env, () => {});
  const args = ['workflow', 'show', '--address', temporalAddress(), '--workflow-id', workflowId, '--output', 'json'];
  return (await promisify(execFile)(cli, args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

/** @returns the files that replayed; a mismatch rejects with the worker's reason */
async function replay(files: readonly string[]): Promise<string[]> {
  const script = join(import.meta.dirname, '..', '..', 'scripts', 'replay.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    script,
    ...files,
  ]);
  return [...stdout.matchAll(/^replayed (.+)$/gm)].map((match) => match[1] ?? '');
}
