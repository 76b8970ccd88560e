/** The client against a server that answers as a busy or broken installation does. */

import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createClient, HeadwaterError } from '../../client/src/index.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly key: string | string[] | undefined;
  readonly authorization: string | undefined;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let server: Server;
let url: string;
let seen: Seen[];
/** One for each request; the last one again and again. */
let answers: Answer[];

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    const { method, url: path, headers } = request;
    seen.push({ method, url: path, key: headers['idempotency-key'], authorization: headers.authorization });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(response, request);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => void server.close());

const json =
  (body: object, status = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const problem = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  json({ status, code, detail: `It is ${code}.`, errors: [{ field: 'limit', message: 'is wrong' }] }, status, headers);
const broken: Answer = (response) => response.destroy();
const brokenInside: Answer = (response) =>
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    .write('{"tags":[', () => setTimeout(() => response.destroy(), 50));

test('a file is sent as it is, with its size, and again after a broken connection', async () => {
  const bodies: Buffer[] = [];
  const sizes: (string | undefined)[] = [];
  const read = async (response: ServerResponse, request: IncomingMessage): Promise<void> => {
    sizes.push(request.headers['content-length']);
    bodies.push(await buffer(request));
    json({ file: { path: 'a/b.bin' }, outcome: 'created', warning: null })(response, request);
  };
  answers = [broken, (response, request) => void read(response, request)];
  const file = new Blob([new Uint8Array([0, 255, 10, 13])]);
  const { outcome } = await createClient({ url }).uploadFile('an-id', file, { path: 'a/b.bin' });
  expect([outcome, sizes, [...(bodies[0] ?? [])]]).toEqual(['created', ['4'], [0, 255, 10, 13]]);
  expect(seen.at(-1)).toMatchObject({ method: 'PUT', url: '/api/data-sources/an-id/files?path=a%2Fb.bin' });
});

test('a refusal is a typed error with its code, its fields and what to do', async () => {
  answers = [problem(400, 'invalid_request')];
  const refused = await createClient({ url })
    .listDocuments()
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(HeadwaterError);
  expect(refused).toMatchObject({
    status: 400,
    code: 'invalid_request',
    message: 'It is invalid_request.',
    errors: [{ field: 'limit', message: 'is wrong' }],
  });
  expect(seen).toHaveLength(1);
});

test('a request that came too soon is repeated when Retry-After says, and not if that is too long', async () => {
  answers = [problem(429, 'rate_limited', { 'retry-after': '0.02' }), json({ dataSources: [] })];
  const client = createClient({ url, token: async () => await Promise.resolve('secret') });
  expect(await client.listDataSources()).toEqual({ dataSources: [] });
  expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer secret', 'Bearer secret']);
  answers = [problem(503, 'temporal_unavailable', { 'retry-after': '3600' })];
  await expect(client.search({ query: 'ferry' })).rejects.toMatchObject({ status: 503, retryAfterSeconds: 3600 });
  expect(seen).toHaveLength(3);
});

test('a lost answer is asked for again only if nothing can happen twice', async () => {
  const client = createClient({ url });
  const job = { id: 'j', status: 'pending' };
  answers = [broken, json({ job, warning: null }, 202)];
  expect(await client.startJob({ dataSourceId: 's', jobType: 'incremental', dryRun: false })).toMatchObject({ job });
  expect(seen).toHaveLength(2);
  expect(seen[0]?.key).toMatch(/^[\w-]{36}$/);
  expect(seen[1]?.key).toBe(seen[0]?.key);
  answers = [brokenInside, json({ tags: [] })];
  expect(await client.listTags()).toEqual({ tags: [] });
  expect(seen).toHaveLength(4);
  answers = [brokenInside];
  await expect(client.createTag({ name: 'urgent' })).rejects.toMatchObject({ status: 0, code: 'unreachable' });
  expect(seen).toHaveLength(5);
  answers = [broken];
  await expect(client.createTag({ name: 'urgent' })).rejects.toMatchObject({ status: 0, code: 'unreachable' });
  expect(seen).toHaveLength(6);
});

/** What nginx answers while Headwater is restarted behind it. */
const ofProxy =
  (status: number): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'text/html', 'retry-after': '0' }).end('<h1>Bad Gateway</h1>');

test('a proxy that says that Headwater does not answer behind it is asked again, if nothing can happen twice', async () => {
  const client = createClient({ url: `${url}/headwater/` });
  answers = [ofProxy(502), ofProxy(503), json({ tags: [] })];
  expect(await client.listTags()).toEqual({ tags: [] });
  expect(seen.map(({ url: path }) => path)).toEqual(Array(3).fill('/headwater/api/tags'));
  answers = [ofProxy(429), json({ tag: { id: 't' } }, 201)];
  expect(await client.createTag({ name: 'urgent' })).toEqual({ tag: { id: 't' } });
  expect(seen).toHaveLength(5);
  answers = [ofProxy(504)];
  await expect(client.createTag({ name: 'urgent' })).rejects.toMatchObject({ status: 0, code: 'unreachable' });
  expect(seen).toHaveLength(6);
  await expect(client.listTags()).rejects.toThrow(
    /^A proxy answers at .+ \(504\), but Headwater does not behind it\.$/,
  );
});

/** The client needs 3.11. */
const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']).status === 0;
const testPython = hasPython ? test : test.skip;

/** @returns what a program prints that has a client of the server */
async function runPython(program: string): Promise<string> {
  const script = `
from headwater_client import Client, HeadwaterError
client = Client("${url}")
${program}`;
  const env = {
    PATH: process.env['PATH'],
    PYTHONPATH: join(import.meta.dirname, '..', '..', 'client', 'python'),
    PYTHONDONTWRITEBYTECODE: '1',
    NO_PROXY: '127.0.0.1',
  };
  return (await promisify(execFile)('python3', ['-W', 'error', '-c', script], { env })).stdout;
}

testPython('the Python client asks again for an answer that broke off, too', async () => {
  answers = [brokenInside, json({ tags: [] }), brokenInside];
  const printed = await runPython(`
print(client.list_tags())
try:
    client.create_tag({"name": "urgent"})
except HeadwaterError as lost:
    print(lost.status, lost.code)
`);
  expect(printed).toBe("{'tags': []}\n0 unreachable\n");
  expect(seen).toHaveLength(3);
});

testPython('the Python client asks a proxy again, too', async () => {
  answers = [ofProxy(502), json({ tags: [] }), ofProxy(429), json({ tag: {} }, 201), ofProxy(504)];
  const printed = await runPython(`
print(client.list_tags(), client.create_tag({"name": "urgent"}))
try:
    Client("localhost:3000")
except ValueError as wrong:
    print(wrong)
try:
    client.create_tag({"name": "urgent"})
except HeadwaterError as lost:
    print(lost.status, lost.code, lost)
`);
  expect(printed).toBe(
    `{'tags': []} {'tag': {}}\nurl must be an address such as https://headwater.example.com, not "localhost:3000".\n` +
      `0 unreachable A proxy answers at ${url} (504), but Headwater does not behind it.\n`,
  );
  expect(seen).toHaveLength(5);
});

test('another program at the address, and a redirect, are said to be what they are; a token does not follow', async () => {
  answers = [(response) => response.end('<h1>Hello</h1>')];
  await expect(createClient({ url }).listTags()).rejects.toMatchObject({ code: 'not_headwater' });
  answers = [(response) => response.writeHead(302, { location: 'http://elsewhere.test/' }).end()];
  await expect(createClient({ url, token: 'secret' }).listTags()).rejects.toThrow(
    /redirects to http:\/\/elsewhere\.test/,
  );
});

test('an address without https:// is refused at once, with what it must be', () => {
  expect(() => createClient({ url: 'localhost:3000' })).toThrow(
    'url must be an address such as https://headwater.example.com, not "localhost:3000".',
  );
});

test('an answer that does not begin in time, and a caller who has left, end the request', async () => {
  answers = [() => {}];
  await expect(createClient({ url, timeoutMs: 20, maxRetries: 0 }).listTags()).rejects.toMatchObject({
    code: 'timeout',
  });
  const left = AbortSignal.abort(new Error('left'));
  await expect(createClient({ url }).listTags({ signal: left })).rejects.toThrow('left');
});

test('lists are read page after page', async () => {
  answers = [
    json({ documents: [{ id: 'a' }, { id: 'b' }], nextCursor: 'n' }),
    json({ documents: [{ id: 'c' }], nextCursor: null }),
  ];
  const ids: string[] = [];
  for await (const { id } of createClient({ url }).documents({ limit: 2 })) ids.push(id);
  expect(ids).toEqual(['a', 'b', 'c']);
  expect(seen.map(({ url: path }) => path)).toEqual(['/api/documents?limit=2', '/api/documents?limit=2&cursor=n']);
});

test('changes carry the cursor with which to continue: of a page that was not read to its end, the one before', async () => {
  const change = (documentId: string) => ({ type: 'created', documentId });
  answers = [
    json({ changes: [change('a'), change('b')], nextCursor: 'one', hasMore: true }),
    json({ changes: [change('c')], nextCursor: 'two', hasMore: false }),
  ];
  const read: (string | undefined)[][] = [];
  for await (const { documentId, cursor } of createClient({ url }).changes('zero')) read.push([documentId, cursor]);
  expect(read).toEqual([
    ['a', 'zero'],
    ['b', 'one'],
    ['c', 'two'],
  ]);
});

test('changes that are none yield a cursor too', async () => {
  answers = [json({ changes: [], nextCursor: 'later', hasMore: false })];
  const kept: string[] = [];
  const onEnd = (cursor: string): void => void kept.push(cursor);
  for await (const change of createClient({ url }).changes('zero', { onEnd })) expect(change).toBeUndefined();
  expect(kept).toEqual(['later']);
});

test('a job is waited for to its end', async () => {
  const look = (status: string) => json({ job: { id: 'j', status } });
  answers = [look('pending'), look('running'), look('completed')];
  const states: string[] = [];
  const ended = await createClient({ url }).waitForJob('j', {
    pollMs: 1,
    onProgress: ({ status }) => states.push(status),
  });
  expect([ended.status, states]).toEqual(['completed', ['pending', 'running', 'completed']]);
});

test('a job is waited for while Headwater is updated, and not if it never answered or stays away', async () => {
  const look = (status: string) => json({ job: { id: 'j', status } });
  const client = createClient({ url, maxRetries: 0 });
  const outages: string[] = [];
  const onOutage = ({ code }: HeadwaterError): void => void outages.push(code);
  answers = [look('running'), ofProxy(502), broken, problem(503, 'database_unavailable'), look('failed')];
  const ended = await client.waitForJob('j', { pollMs: 1, onOutage });
  expect([ended.status, outages]).toEqual(['failed', ['unreachable', 'unreachable', 'database_unavailable']]);
  answers = [ofProxy(502)];
  await expect(client.waitForJob('j', { pollMs: 1 })).rejects.toMatchObject({ code: 'unreachable' });
  answers = [look('running'), broken];
  await expect(client.waitForJob('j', { pollMs: 1, maxOutageMs: 20 })).rejects.toMatchObject({ code: 'unreachable' });
  answers = [look('running'), problem(404, 'not_found')];
  await expect(client.waitForJob('j', { pollMs: 1 })).rejects.toMatchObject({ code: 'not_found' });
});

testPython('the Python client waits for a job while Headwater is updated, too', async () => {
  const look = (status: string) => json({ job: { id: 'j', status } });
  answers = [look('running'), broken, ofProxy(503), look('completed'), broken];
  const printed = await runPython(`
client = Client("${url}", max_retries=0)
print(client.wait_for_job("j", poll_seconds=0.01)["status"])
try:
    client.wait_for_job("j", poll_seconds=0.01)
except HeadwaterError as away:
    print(away.code)
`);
  expect(printed).toBe('completed\nunreachable\n');
});

test('an export that breaks off is resumed after its last complete line', async () => {
  const line = (id: string): string => `${JSON.stringify({ type: 'document', cursor: id, document: { id } })}\n`;
  const lines = { 'content-type': 'application/x-ndjson' };
  answers = [
    (response) => {
      response.writeHead(200, lines).write(`${line('a')}${line('b')}{"type":"docu`, () => response.destroy());
    },
    (response) => response.writeHead(200, lines).end(`${line('c')}${JSON.stringify({ type: 'end', cursor: 'e' })}\n`),
  ];
  const cursors: string[] = [];
  for await (const { cursor } of createClient({ url }).exportLines({ vectors: true })) cursors.push(cursor);
  expect(cursors).toEqual(['a', 'b', 'c', 'e']);
  expect(seen[1]?.url).toBe('/api/documents/export?vectors=true&cursor=b');
});

test.each(['client-operations.ts', 'python-client.ts'])(
  '%s: functions and types are those of the API',
  (name) => {
    const script = join(import.meta.dirname, '..', '..', 'scripts', name);
    const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', script, '--check'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  },
  60_000,
);

test('its package contains what it needs, is installed without a network, and has the types it says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-client-'));
  try {
    const root = join(import.meta.dirname, '..', '..');
    const run = (cwd: string, program: string, ...args: string[]): string => {
      const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
      expect([args, status, stderr.replaceAll(/^npm (notice|warn).*\n/gm, '')]).toEqual([args, 0, expect.anything()]);
      return stdout;
    };
    // What `prepack` runs, without the check of what is installed.
    run(root, process.execPath, join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'client');
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const packed = run(join(root, 'client'), 'npm', ...pack);
    const [{ filename, files }] = JSON.parse(packed.slice(packed.indexOf('['))) as [Packed];
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']));
    expect(paths.filter((path) => !/^(README\.md|package\.json|dist\/\w+\.(js|d\.ts))$/.test(path))).toEqual([]);

    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    run(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', `./${filename}`);
    await writeFile(join(folder, 'right.ts'), usage('dataSource.name.length'));
    await writeFile(join(folder, 'wrong.ts'), usage('dataSource.nothingOfTheKind'));
    run(folder, process.execPath, '--input-type=module', '--eval', importing);
    const check = (file: string) =>
      spawnSync(
        process.execPath,
        [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...`${strict} ${file}`.split(' ')],
        { cwd: folder, encoding: 'utf8' },
      );
    expect(check('right.ts')).toMatchObject({ status: 0, stdout: '' });
    expect(check('wrong.ts').stdout).toMatch(/nothingOfTheKind/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** The options of a strict project that has no types of Node. */
const strict = '--noEmit --strict --target es2023 --lib es2023,dom --module nodenext';
const importing = `
  import { createClient, HeadwaterError } from '@headwater/client';
  if (typeof createClient({ url: 'http://127.0.0.1:1' }).listDataSources !== 'function') process.exit(1);
  if (!(new HeadwaterError(500, {}) instanceof Error)) process.exit(1);`;
const usage = (expression: string): string => `
  import { createClient } from '@headwater/client';
  const { dataSources } = await createClient({ url: 'http://127.0.0.1:1' }).listDataSources();
  export const found = dataSources.map((dataSource) => ${expression});`;
