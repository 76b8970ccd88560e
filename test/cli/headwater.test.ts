/** The command line as a person uses it: a separate process that calls a listening API. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { parquetReadObjects } from 'hyparquet';
import { readFeedCursor } from '../../api/feed-cursor.ts';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';

let headwater: TestHeadwater;
let api: TestApi;
let folder: string;
let url: string;

beforeAll(async () => {
  headwater = await startHeadwater();
  api = await startApiOf(headwater);
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  folder = await mkdtemp(join(tmpdir(), 'headwater-cli-'));
  await writeFile(join(folder, 'tides.md'), 'High water at the pier is at noon.');
  await writeFile(join(folder, 'photo.png'), 'x');
}, 180_000);
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const command = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, '..', '..', 'cli', 'main.ts')];
const { PATH, NODE_COMPILE_CACHE } = process.env;
const environment = () => ({ PATH, NODE_COMPILE_CACHE, HEADWATER_URL: url, NO_COLOR: '1' });

const run = async (...args: string[]): Promise<Ended> => await runIn(process.cwd(), ...args);

async function runIn(cwd: string, ...args: string[]): Promise<Ended> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [...command, ...args], { env: environment(), cwd }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

test('an empty variable is as if it were not set', async () => {
  const env = { ...environment(), HEADWATER_URL: '', HEADWATER_TOKEN: '', HEADWATER_ADMIN_TOKEN: '' };
  const answer = await new Promise<string>((resolve) => {
    execFile(process.execPath, [...command, '--url', url, 'sources'], { env }, (_error, out, err) =>
      resolve(out + err),
    );
  });
  expect(answer).toContain('No sources yet');
});

const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).out);

test('from an empty list to a search result', async () => {
  expect((await run('sources')).out).toMatch(/No sources yet/);
  const added = await run('sources', 'add', 'Notes', 'local_folder', '--config', JSON.stringify({ path: folder }));
  expect(added.out).toMatch(/Notes .*connected[\s\S]*Next: headwater sync "Notes"/);
  const synced = await run('sync', 'Notes', '--type', 'full_sync');
  expect([synced.code, synced.err]).toEqual([0, expect.any(String)]);
  expect(synced.out).toMatch(/completed/);
  expect((await run('search', 'when', 'is', 'high', 'water')).out).toMatch(/tides\.md[\s\S]*noon/);
  const context = (await run('context', 'when is high water', '--max-tokens', '200')).out;
  expect(context).toMatch(
    /^\[1\] tides\.md\nHigh water at the pier is at noon\.[\s\S]*^\[1\] tides\.md {2}\S[\s\S]*tokens/m,
  );
  const [job] = (await json('jobs', 'Notes')).jobs;
  expect(job).toMatchObject({ status: 'completed', counts: { found: 2, created: 1, skipped: 1 } });
  expect((await run('items', job.id, '--outcome', 'skipped')).out).toMatch(/photo\.png.*Images are not read/);
  expect((await run('plan', 'Notes')).out).toMatch(/plan/i);
  const [plan] = (await json('jobs', 'Notes')).jobs;
  expect((await run('items', plan.id, '--planned', 'unchanged')).out).toMatch(/unchanged +tides\.md/);
  expect((await run('held')).out).toMatch(/No removals wait for a decision/);
  expect((await run('sources', 'update', 'Notes', '--every', 'daily')).out).toMatch(/every +daily/);
  expect((await run('--version')).out.trim()).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  const { documents } = await json('documents');
  expect((await run('document', documents[0].id)).out).toContain('High water');
  const exported = await run('export', '--source', 'Notes');
  expect(
    exported.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).type),
  ).toEqual(['document', 'end']);
  const file = join(folder, 'copy.ndjson');
  await writeFile(file, `${exported.out}{"type":"document","cut off`);
  const continued = ['export', '--source', 'Notes', '--output', file];
  expect((await run(...continued)).err).toMatch(/copy\.ndjson: 1 lines since the earlier export/);
  expect(await run('export', '--output', file)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/copy\.ndjson is an export of the source/),
  });
  expect((await readFile(file, 'utf8')).split('\n')[1]).toBe(exported.out.split('\n')[1]);
  // A file of something else stays as it is.
  const other = join(folder, 'photo.png');
  expect(await run('export', '--output', other)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/photo\.png exists and is no export in lines of JSON\. Write to another file/),
  });
  expect(await readFile(other, 'utf8')).toBe('x');
  await writeFile(file, '{"ty');
  expect((await run(...continued)).err).toMatch(/copy\.ndjson: 2 lines/);
  const report = (await run('report', job.id)).out;
  for (const line of [/outcome,externalId,path/, /^created,.*tides\.md/m, /^skipped,.*photo\.png/m])
    expect(report).toMatch(line);
  expect((await run('history', 'Notes', 'photo.png')).out).toMatch(/skipped: Images are not read/);
  expect((await run('history', 'Notes', 'nowhere.md')).out).toMatch(/This item is unknown: the full listing on/);
  expect((await run('transformations')).out).toMatch(/No transformations yet/);
  const rule = ['transformations', 'add', 'Short', 'prefix', '{"template":"From {name}"}'];
  expect((await run(...rule)).out).toMatch(/Short +prefix +all sources +on/);
  const previewed = await run('transformations', 'preview', documents[0].id);
  expect(`${previewed.out}${previewed.err}`).toMatch(/\+ From tides\.md[\s\S]*1 of them to embed/);
  expect((await run('transformations', 'stale')).out).toMatch(/Notes +1 +0/);
  expect((await run('transformations', 'reprocess', 'Notes', '--json')).out).toMatch(/"mode": "reprocess"/);
  const tag = (await json('tags', 'add', 'Water')).id;
  expect((await run('tags', 'assign', tag, documents[0].id)).out).toMatch(/Water +1/);
  expect((await run('tags', 'rule', tag, 'Notes', '*.md')).out).toMatch(/: \*\.md/);
  expect((await run('documents', '--tag-id', tag)).out).toContain('tides.md');
  expect((await run('search', 'water', '--tag-id', tag)).out).toContain('tides.md');
  expect((await run('delete-document', documents[0].id)).out).toMatch(/0 sources, 1 documents, 1 chunks, 1 vectors/);
  expect((await run('schedules')).out).toMatch(/No recurring syncs yet/);
  expect(
    (await run('schedules', 'add', 'Notes', 'daily', '{"hour":3}', '--dry-run')).out.trim().split('\n'),
  ).toHaveLength(5);
  expect((await run('schedules', 'add', 'Notes', 'daily', '{"hour":3}')).out).toMatch(/Notes +daily.*on/);
  const [{ id }] = await json('schedules', 'list', 'Notes');
  expect((await run('schedules', 'pause', id)).out).toMatch(/paused/);
  expect((await run('schedules', 'delete', id)).code).toBe(0);
  expect((await run('sources', 'delete', 'Notes')).out).toMatch(/1 sources, 0 documents/);
}, 180_000);

test('files and a folder are uploaded, synced by themselves, listed, deleted, and exported as Parquet', async () => {
  await mkdir(join(folder, 'port', 'old'), { recursive: true });
  await writeFile(join(folder, 'port', 'old', 'Crane.md'), 'The crane lifts forty tonnes.');
  await writeFile(join(folder, 'port', '.hidden'), 'x');
  await run('sources', 'add', 'Papers', 'upload');
  const upload = ['files', 'upload', 'Papers', join(folder, 'tides.md'), join(folder, 'port'), '--into', 'In/'];
  expect(await run(...upload)).toMatchObject({ code: 0, out: '2 added, 0 replaced, 0 unchanged, 0 failed\n' });
  expect((await run(...upload)).out).toBe('0 added, 0 replaced, 2 unchanged, 0 failed\n');
  for (const [cwd, path] of [
    [join(folder, 'port'), '.'],
    [join(folder, 'port', 'old'), '..'],
  ] as const) {
    const { out } = await runIn(cwd, 'files', 'upload', 'Papers', path, '--into', 'In/');
    expect(out).toBe('0 added, 0 replaced, 1 unchanged, 0 failed\n');
  }
  await until(async () => (await run('files', 'list', 'Papers')).out.match(/synced/g)?.length === 2);
  expect((await run('--json', 'jobs', 'Papers')).out).toContain('"trigger": "upload"');
  expect((await run('files', 'list', 'Papers', '--text', 'CRANE')).out).toMatch(/In\/port\/old\/Crane\.md +29/);

  const file = join(folder, 'papers.parquet');
  expect(await run('export', '--source', 'Papers', '--format', 'parquet')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--output FILE'),
  });
  expect((await run('export', '--source', 'Papers', '--format', 'parquet', '--output', file)).code).toBe(0);
  const { buffer } = new Uint8Array(await readFile(file));
  const rows = await parquetReadObjects({ file: buffer });
  // The transformation of the test above may stand before the text.
  expect(rows.toSorted((a, b) => String(a['title']).localeCompare(String(b['title'])))).toMatchObject([
    { title: 'Crane.md', text: expect.stringContaining('The crane lifts forty tonnes.') },
    { title: 'tides.md', text: expect.stringContaining('High water at the pier is at noon.') },
  ]);

  // In parts: a later export adds one with what has changed since.
  const parts = join(folder, 'parts/');
  const exportParts = async () =>
    await run('export', '--source', 'Papers', '--format', 'parquet', '--output', parts, '--part', '1');
  expect((await exportParts()).err).toMatch(/2 documents in 2 files/);
  expect((await readdir(parts)).toSorted()).toEqual(['part-00001.parquet', 'part-00002.parquet']);
  // The cursor to continue from grows no older, although nothing changes: one is good for 30 days only.
  const caughtUpAt = async (): Promise<string> => {
    expect((await exportParts()).err).toMatch(/nothing has changed since/);
    const { cursor } = JSON.parse(await readFile(join(parts, '_next.json'), 'utf8'));
    return readFeedCursor(cursor).caughtUpAt;
  };
  const first = await caughtUpAt();
  // A cursor counts whole seconds.
  await until(async () => (await caughtUpAt()) > first);
  // A part that is later by its number is not later by its name.
  await rename(join(parts, 'part-00002.parquet'), join(parts, 'part-100000.parquet'));
  await rename(join(parts, 'part-00001.parquet'), join(parts, 'part-99999.parquet'));
  expect((await exportParts()).err).toMatch(/nothing has changed since/);
  const otherwise = ['export', '--format', 'parquet', '--output', parts];
  expect(await run(...otherwise)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/is an export of the source [\da-f-]{36}, without vectors\. Continue it with the same/),
  });
  expect((await run(...otherwise, '--source', 'Papers', '--vectors')).code).toBe(2);

  expect((await run('files', 'delete', 'Papers', 'In/port/')).out).toMatch(/^1 deleted/);
  await until(async () => !(await run('search', 'what', 'does', 'the', 'crane', 'lift')).out.includes('Crane.md'));
  expect((await exportParts()).err).toMatch(/0 documents and 1 deletions in 1 files added/);
  expect((await exportParts()).err).toMatch(/nothing has changed since/);
  await run('sources', 'add', 'Letters', 'gmail');
  expect(await run('files', 'upload', 'Letters', join(folder, 'tides.md'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('only to a source of the type "upload"'),
  });
}, 180_000);

describe('help and usage errors', () => {
  test('--help has examples, for the program and for each command', async () => {
    const { out, code } = await run('--help');
    expect(code).toBe(0);
    for (const word of ['sources', 'connect', 'sync', 'search', 'approve', '--json', 'headwater search "when'])
      expect(out).toContain(word);
    expect((await run('sync', '--help')).out).toMatch(/full_sync/);
  });

  test.each<[string, string[], number, RegExp]>([
    ['an unknown command', ['fly'], 2, /unknown command/],
    [
      'an unknown command of a noun',
      ['sources', 'remove', 'x'],
      2,
      /unknown command 'remove'.*list, add, show, update, choices, delete/,
    ],
    ['an unknown command of a noun whose list takes an argument', ['schedules', 'remove', 'x'], 2, /unknown command/],
    ['a word after a list', ['keys', 'list', 'x'], 2, /too many arguments/],
    ['a missing argument', ['sync'], 2, /missing required argument/],
    ['an unknown option', ['sources', '--fast'], 2, /unknown option/],
    ['an unknown job type', ['sync', 'x', '--type', 'all'], 2, /Allowed choices are full_sync/],
    ['not a number', ['search', 'x', '--limit', 'many'], 2, /whole number from 1 to 50/],
    ['an invalid URL', ['sources', '--url', 'localhost'], 2, /--url.*must be a URL such as http/],
    [
      'a token with characters that a header cannot contain',
      ['sources', '--token', 'a b'],
      2,
      /--token.*one word of ASCII/,
    ],
    ['an id that would be another path', ['document', '../data-sources'], 1, /id: must be a UUID/],
    ['JSON that is not an object', ['sources', 'add', 'a', 'slack', '--config', 'null'], 2, /must be JSON/],
    [
      'invalid JSON elsewhere',
      ['schedules', 'add', 'a', 'daily', '{hour:3}'],
      2,
      /must be JSON, as the help.*single quotes/,
    ],
    ['invalid JSON', ['sources', 'add', 'a', 'local_folder', '--config', '{path}'], 2, /must be JSON/],
    ['an unknown source', ['sync', 'nobody'], 1, /There is no source "nobody"/],
    ['an invalid speed', ['speed', 'x', '--pages', 'many'], 2, /a number above 0, or "usual"/],
    ['erasing without a confirmation', ['erase-everything'], 2, /--yes/],
    ['an unknown job', ['job', '00000000-0000-7000-8000-00000000dead'], 1, /no job with this id/],
    ['an invalid id', ['job', '../../etc'], 1, /UUID|no GET|route/],
    [
      'a path outside the roots',
      ['sources', 'add', 'a', 'local_folder', '--config', '{"path":"/etc"}'],
      1,
      /\/etc|LOCAL_FOLDER_ROOTS|allowed/,
    ],
    ['an invalid hour', ['schedules', 'add', 'x', 'daily', '{"hour":99}'], 1, /no source|hour/],
    ['an unknown source type', ['sources', 'add', 'a', 'ftp'], 1, /sourceType/],
    ['a missing file', ['connect', 'x', '--access-token-file', '/nowhere'], 1, /no source|no such file/],
  ])('%s', async (_name, args, code, message) => {
    const ended = await run(...args);
    expect(ended.err).toMatch(message);
    expect(ended.code).toBe(code);
    expect(ended.err).not.toMatch(/node_modules|at .+\.ts:\d+/);
  });

  test('another program at the URL', async () => {
    const other = createServer((_request, response) => response.end('<h1>Hello</h1>')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const ended = await run('sources', '--url', `http://127.0.0.1:${(other.address() as AddressInfo).port}`);
    other.close();
    expect(ended).toMatchObject({ code: 3, err: expect.stringMatching(/\(200\) is not Headwater's API.*--url/) });
  });

  test('a folder instead of a file', async () => {
    const { id } = await json('sources', 'add', 'Token', 'google_drive');
    const ended = await run('connect', id, '--access-token-file', folder);
    expect(ended).toMatchObject({ code: 2, err: expect.stringMatching(/^headwater: EISDIR.*\n$/) });
  });

  test('an unreachable API', async () => {
    const ended = await run('sources', '--url', 'http://127.0.0.1:9');
    expect(ended).toMatchObject({
      code: 3,
      err: expect.stringMatching(/does not answer at http:\/\/127.0.0.1:9.*npm start/),
    });
  });
});

test('a name with control characters is printed without them', async () => {
  const name = 'Red\u001b[31m\nnext \u202efdp.exe';
  const added = await run('sources', 'add', name, 'notion');
  const listed = await run('sources');
  for (const { out } of [added, listed]) for (const control of ['\u001b', '\u202e']) expect(out).not.toContain(control);
  expect(listed.out).toContain('Red�[31m�next �fdp.exe');
  expect(await json('sources')).toContainEqual(expect.objectContaining({ name }));
});

test('filters without a match say so, which differs from an empty installation', async () => {
  expect((await run('documents', '--text', 'no such words')).out).toBe('No document matches your search.\n');
});

describe('a running job', () => {
  let sourceId: string;
  beforeAll(async () => {
    const account = headwater.google.state.account('cli@example.com');
    for (let i = 0; i < 30; i++) account.addFile({ name: `${i}.md`, content: `number ${i}` });
    sourceId = await headwater.createDrive('local', account.email);
  });
  afterEach(() => headwater.google.faults.clear());

  test('continues when Ctrl-C ends the watching, which prints how to watch it again', async () => {
    const held = Promise.withResolvers<void>();
    headwater.google.faults.add({
      path: '^/drive/v3/files/[^/]+$',
      query: { alt: 'media' },
      then: { until: held.promise },
    });
    const watching = spawn(process.execPath, [...command, 'sync', sourceId], { env: environment() });
    let err = '';
    watching.stderr.on('data', (part: Buffer) => (err += part.toString()));
    await until(async () => await Promise.resolve(err.includes('items')));

    watching.kill('SIGINT');
    const [code] = (await once(watching, 'close')) as [number];

    expect(code).toBe(130);
    const [, id = ''] = /The job continues: headwater watch (\S+) follows it again/.exec(err) ?? [];
    const second = await run('sync', sourceId);
    expect(second).toMatchObject({
      code: 1,
      err: expect.stringMatching(new RegExp(`already running[\\s\\S]*headwater watch ${id} follows it`)),
    });
    headwater.google.faults.clear();
    held.resolve();
    expect((await run('watch', id)).out).toMatch(/completed/);
  }, 180_000);

  test('has a report as CSV, as JSON, and for a reader that stops reading', async () => {
    const [{ id }] = (await json('jobs', sourceId)).jobs;
    expect((await json('report', id)).job.id).toBe(id);

    const printing = spawn(process.execPath, [...command, 'report', id], { env: environment() });
    let err = '';
    printing.stderr.on('data', (part: Buffer) => (err += part.toString()));
    printing.stdout.destroy();

    expect(await once(printing, 'exit')).toEqual([0, null]);
    expect(err).toBe('');
  }, 30_000);
});

test('a webhook from its secret to its delivery log', async () => {
  expect((await run('webhooks')).out).toMatch(/No webhooks yet/);
  const added = await run('webhooks', 'add', 'http://127.0.0.1:1/hook', '--events', 'job.failed');
  expect(added.out).toMatch(/Secret \(shown only once\): whsec_/);
  const [webhook] = await json('webhooks');
  expect(webhook).toMatchObject({ url: 'http://127.0.0.1:1/hook', events: ['job.failed'] });
  expect((await run('webhooks', 'ping', webhook.id)).out).toMatch(/webhook\.ping\s+pending/);
  await until(async () => (await json('webhooks', 'deliveries', webhook.id))[0].attempts >= 1);
  expect((await run('webhooks', 'deliveries', webhook.id)).out).toMatch(/pending\s+\d+\s+connection_refused/);
  expect((await run('webhooks')).out).toMatch(/failing/);
  const [delivery] = await json('webhooks', 'deliveries', webhook.id);
  const again = await run('webhooks', 'redeliver', webhook.id, delivery.id);
  expect(`${again.out}${again.err}`).toMatch(/webhook\.ping\s+pending|is being sent now/);
  expect((await run('webhooks', 'pause', webhook.id)).out).toMatch(/paused/);
  expect((await run('webhooks', 'delete', webhook.id)).out).toMatch(/Deleted/);

  expect((await run('audit', '--action', 'webhook.delete')).out).toMatch(/webhook\.delete\s+done\s+you\s+127\.0\.0\.1/);
  expect((await run('audit', 'export', '--action', 'webhook.create')).out).toContain('"action":"webhook.create"');
});
