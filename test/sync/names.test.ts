/**
 * What people call their things stays out of Temporal and out of the log (P7): a word in every name, path and text of every
 * source, and in what its vendor answers
 * to refused requests. Bytes are staged in a bucket, which an erasure empties.
 */

import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { openStaging } from '../../content/staging/index.ts';
import { saveConnection } from '../../db/sources/credentials.ts';
import type { SourceType } from '../../domain/source.ts';
import { gmailOAuth } from '../../sources/connectors/gmail/oauth.ts';
import { type DropboxSimulator, simulatedDropboxClient, startDropbox } from '../../tools/simulators/dropbox/server.ts';
import type { GoogleSimulator } from '../../tools/simulators/google/server.ts';
import type { Faults } from '../../tools/simulators/kit/faults.ts';
import {
  type MicrosoftSimulator,
  simulatedMicrosoftClient,
  startMicrosoft,
} from '../../tools/simulators/microsoft/server.ts';
import { type NotionSimulator, simulatedNotionClient, startNotion } from '../../tools/simulators/notion/server.ts';
import { type SlackSimulator, simulatedSlackClient, startSlack } from '../../tools/simulators/slack/server.ts';
import { erase, startApiFor, type UsersApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { startS3 } from '../harness/s3.ts';
import { until } from '../harness/until.ts';

const word = 'xyloquartz';
const owner = randomUUID();
const email = 'ana@example.com';
const text = `The ${word} leaves at noon.`;
const zip = Buffer.from(zipSync({ [`${word}/${word}.md`]: strToU8(text) }));
const stack = new AsyncDisposableStack();
let headwater: TestHeadwater;
let api: UsersApi;
const sources = new Map<SourceType, string>();
/** Removes one item at each source. */
const removals: (() => unknown)[] = [];
let vendors: readonly { readonly faults: Faults; readonly isSlack?: boolean }[];

beforeAll(async () => {
  const s3 = stack.use(await startS3());
  const [slack, notion, dropbox, microsoft] = await Promise.all([
    startSlack(),
    startNotion(),
    startDropbox(),
    startMicrosoft(),
  ]);
  for (const each of [slack, notion, dropbox, microsoft]) stack.use(each);
  headwater = stack.use(
    await startHeadwater({
      env: {
        ...s3.environment,
        READ_ARCHIVES: 'true',
        ...signInAt('SLACK', slack.url, simulatedSlackClient, '/api/oauth.v2.access'),
        ...signInAt('NOTION', notion.url, simulatedNotionClient, '/v1/oauth/token'),
        ...signInAt('DROPBOX', dropbox.url, simulatedDropboxClient, '/oauth2/token'),
        ...signInAt('MICROSOFT', microsoft.url, simulatedMicrosoftClient, '/common/oauth2/v2.0/token'),
      },
    }),
  );
  api = stack.use(await startApiFor(headwater, owner));
  vendors = [headwater.google, notion, dropbox, microsoft, { faults: slack.faults, isSlack: true }];

  await fillGoogle(headwater.google);
  await fillDropbox(dropbox);
  await fillOneDrive(microsoft);
  await fillSlack(slack);
  await fillNotion(notion);
  await fillOurs();
  const fields = { name: word, transformationType: 'extract_fields', config: { patterns: [`at (?P<${word}>noon)`] } };
  expect((await api.call('POST', '/api/transformations', { body: fields })).status).toBe(201);
  await liveThrough();
}, 400_000);
afterAll(async () => await stack.disposeAsync());

/** A file that can be read, one that cannot, and an archive. */
const files: readonly (readonly [string, Buffer, string])[] = [
  [`${word}.pdf`, Buffer.from(`no pdf but ${word}`), 'application/pdf'],
  [`${word}.zip`, zip, 'application/zip'],
  [`${word}.md`, Buffer.from(text), 'text/markdown'],
];

async function fillGoogle(google: GoogleSimulator): Promise<void> {
  const drive = google.state.account(email);
  const driveFiles = fill((name, content, mimeType) =>
    drive.addFile({ name, content, mimeType, parent: drive.addFolder(word) }),
  );
  removals.push(() => drive.delete(driveFiles));
  await connect('google_drive', google.oauth.issue(email));

  const mail = { from: `${word} <w@example.com>`, subject: word, text };
  const attachments = [{ name: `${word}.md`, mimeType: 'text/markdown', content: text }];
  drive.mailbox.add({ ...mail, attachments }, { labels: [drive.mailbox.addLabel(word)] });
  const mailToDelete = drive.mailbox.add(mail);
  removals.push(() => drive.mailbox.delete(mailToDelete));
  await connect('gmail', google.oauth.issue(email, gmailOAuth.scopes));
}

async function fillDropbox(dropbox: DropboxSimulator): Promise<void> {
  const box = dropbox.state.account(email);
  const boxFile = fill((name, content) => box.addFile({ path: `/${word}/${name}`, content }));
  removals.push(() => box.delete(boxFile));
  await connect('dropbox', dropbox.oauth.issue(email));
}

async function fillOneDrive(microsoft: MicrosoftSimulator): Promise<void> {
  const oneDrive = microsoft.state.account(email);
  const parent = oneDrive.addFolder(word);
  const oneDriveFile = fill((name, content, mimeType) => oneDrive.addFile({ name, content, mimeType, parent }));
  removals.push(() => oneDrive.delete(oneDriveFile));
  await connect('onedrive', microsoft.oauth.issue(email));
}

async function fillSlack(slack: SlackSimulator): Promise<void> {
  const ana = slack.state.user('ana');
  const channel = slack.state.channel(word);
  const file = slack.state.addFile({ name: `${word}.md`, content: text });
  const thread = slack.state.post(channel, { user: ana, text: word });
  slack.state.post(channel, { user: ana, text, thread, files: [file] });
  const message = slack.state.post(channel, { user: ana, text });
  removals.push(() => slack.state.delete(channel, message));
  await connect('slack', slack.oauth.issue(ana));
}

async function fillNotion(notion: NotionSimulator): Promise<void> {
  const workspace = notion.state.workspace(email);
  const page = workspace.addPage({ title: word, content: text });
  workspace.addPage({ title: word, content: text, parent: { type: 'page_id', id: page } });
  const notionPage = workspace.addPage({ title: word, content: text });
  removals.push(() => workspace.delete(notionPage));
  await connect('notion', notion.oauth.issue(email));
}

/** A local folder, and uploaded files. */
async function fillOurs(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `${word}-`));
  stack.defer(async () => await rm(folder, { recursive: true }));
  await mkdir(join(folder, word));
  await Promise.all(files.map(async ([name, content]) => await writeFile(join(folder, word, name), content)));
  removals.push(async () => await rm(join(folder, word, `${word}.md`)));
  sources.set('local_folder', await headwater.createSource(owner, 'local_folder', { path: folder }));

  const created = await api.call('POST', '/api/data-sources', { body: { name: word, sourceType: 'upload' } });
  const { id } = created.body.dataSource;
  sources.set('upload', id);
  for (const [name, content] of files) await api.app.inject(upload(id, name, content));
  const path = `/api/data-sources/${id}/files?path=${encodeURIComponent(`${word}/${word}.md`)}`;
  removals.push(async () => await api.call('DELETE', path));
}

/** @returns the id of the last file */
function fill(add: (name: string, content: Buffer, mimeType: string) => string): string {
  return files.map(([name, content, mimeType]) => add(name, content, mimeType)).at(-1) ?? '';
}

function signInAt(
  prefix: string,
  url: string,
  client: { readonly clientId: string; readonly clientSecret: string },
  tokenPath: string,
) {
  return {
    [`${prefix}_CLIENT_ID`]: client.clientId,
    [`${prefix}_CLIENT_SECRET`]: client.clientSecret,
    [`${prefix}_API_BASE_URL`]: url,
    [`${prefix}_TOKEN_URL`]: `${url}${tokenPath}`,
  };
}

function upload(id: string, name: string, payload: Buffer) {
  const url = `/api/data-sources/${id}/files?path=${encodeURIComponent(`${word}/${name}`)}`;
  const length = String(payload.length);
  const headers = { ...api.headers, 'content-type': 'application/octet-stream', 'content-length': length };
  return { method: 'PUT', url, headers, payload } as const;
}

async function connect(sourceType: SourceType, tokens: object): Promise<void> {
  const id = await headwater.createSource(owner, sourceType);
  const authData = headwater.keyring.seal({ ...tokens, expiresAt: Date.now() + 3_500_000 }, id);
  const connection = { authData, provider: 'token', accountLabel: word } as const;
  await headwater.as(owner, async (trx) => await saveConnection(trx, id, connection));
  sources.set(sourceType, id);
}

/** Syncs every source: while its vendor refuses, as a plan, and in full after a deletion. */
async function liveThrough(): Promise<void> {
  const all = async (input: { jobType: 'full_sync' | 'incremental'; dryRun?: boolean }) =>
    await Promise.all(
      [...sources.values()].map(async (dataSourceId) => await headwater.sync({ dataSourceId, ...input })),
    );
  const sentence = `The file ${word}.md is refused.`;
  const error = {
    code: sentence,
    '.tag': sentence,
    message: sentence,
    errors: [{ reason: sentence, location: sentence }],
  };
  const said = { error, error_summary: sentence, code: sentence, message: sentence };
  for (const { faults, isSlack = false } of vendors) {
    const body = isSlack ? { ok: false, error: sentence } : said;
    faults.add({ path: '.', skip: 1, times: 1, then: { status: 500, body } });
    faults.add({ path: '.', skip: 3, times: 1, then: { status: 400, body } });
    faults.add({ path: '.', skip: 4, times: 1, then: { status: 200, body: `<html>${word}</html>` } });
  }
  await all({ jobType: 'full_sync' });
  for (const each of vendors) each.faults.clear();
  await all({ jobType: 'incremental', dryRun: true });
  for (const remove of removals) await remove();
  const statuses = await Promise.all([...sources.values()].map(untilSynced));
  expect(new Set(statuses)).toEqual(new Set(['completed']));
}

/** A deleted upload starts a sync by itself, and a source has one at a time. @returns how a full sync ended */
async function untilSynced(dataSourceId: string): Promise<string> {
  let status = 'skipped';
  await until(async () => {
    ({ status } = await headwater.sync({ dataSourceId, jobType: 'full_sync' }));
    return status !== 'skipped';
  });
  return status;
}

/** Every text and every payload in an answer of Temporal's. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

describe('of every source', () => {
  test('the word is here, where its owner finds it', async () => {
    const { documents } = (await api.call('GET', '/api/documents?limit=100')).body;
    const found = new Set(documents.map(({ dataSourceId }: { dataSourceId: string }) => dataSourceId));
    expect([...sources].filter(([, id]) => !found.has(id))).toEqual([]);
    for (const { title, path } of documents) expect(`${title} ${path}`).toContain(word);
  });

  test('no history, memo or search attribute names it', async () => {
    const ids = new Set<string>();
    for await (const { workflowId } of headwater.temporal.workflow.list({
      query: `TaskQueue='${headwater.taskQueue}'`,
    }))
      ids.add(workflowId);
    expect(ids.size).toBeGreaterThan(sources.size * 3);
    const named: string[] = [];
    for (const id of ids) {
      const handle = headwater.temporal.workflow.getHandle(id);
      const [history, { raw }] = await Promise.all([handle.fetchHistory(), handle.describe()]);
      const texts = textsIn([history, raw]);
      expect(texts.length).toBeGreaterThan(10);
      named.push(...texts.filter((each) => each.includes(word)).map((each) => `${id}: ${each}`));
    }
    expect(named).toEqual([]);
  }, 60_000);

  test('neither does the log, nor what operators see of a failure', async () => {
    const log = headwater.logged();
    expect(log).toContain('unexpected_answer');
    expect(log.split('\n').filter((line) => line.includes(word))).toEqual([]);
  });
});

test('an erasure also deletes what a terminated job has left in the bucket', async () => {
  const staging = openStaging(headwater.config.stagingS3, headwater.config.dataDir);
  const [job] = await headwater.as(owner, async (trx) => await trx.selectFrom('syncJobs').select('id').execute());
  const writer = staging.writeTo({ jobId: job?.id ?? '', page: 1, batch: 1 });
  await writer.put(Buffer.from(text));
  await writer.flush();
  const { status, result } = await erase(api);
  expect(status).toBe('completed');
  expect(result.removed.stagedBytes).toBeGreaterThan(0);
  expect(new Set(Object.values(result.left))).toEqual(new Set([0]));
  expect(await staging.jobs()).toEqual([]);
}, 120_000);
