/**
 * The baseline: the program of somebody who wants only the text of one Drive in PostgreSQL, as fast as possible. It
 * lists, downloads, makes chunks of 400 tokens, embeds, and writes with a full-text index, in one process, without our
 * code, and it does not survive a crash or a refused call. It runs in a separate process: its parent says what to run,
 * and it returns the seconds it took.
 */

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import pg from 'pg';
import { CopyIn, encodeRows } from './copy-in.ts';

export interface FloorRun {
  /** Everything, or only the files named by the change feed. */
  readonly from: 'listing' | 'changes';
}

interface DriveFile {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly version: string;
}

interface Chunk {
  readonly file: DriveFile;
  readonly ordinal: number;
  readonly text: string;
  readonly hash: string;
}

const drive = process.env['GOOGLE_API_BASE_URL'] ?? '';
const embedder = process.env['OPENAI_BASE_URL'] ?? '';
const accessToken = process.env['FLOOR_ACCESS_TOKEN'] ?? '';

const dimensions = 1536;
const chunkLength = 1600;
const overlap = 200;
const downloads = 32;
const textsPerCall = 128;
const callConcurrency = 8;
const filesPerTransaction = 64;
const fields = 'id,name,mimeType,version';
const nativeDocument = 'application/vnd.google-apps.document';

const db = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 6 });
await db.query(`
  create extension if not exists vector;
  create table files (id text primary key, name text not null, version text not null);
  create table chunks (file_id text not null, ordinal integer not null, hash text not null, text text not null,
    vector vector(${dimensions}) not null,
    search tsvector generated always as (to_tsvector('english', text)) stored, primary key (file_id, ordinal));
  create index on chunks using gin (search)`);
let changesFrom = '';

process.on('message', (run: FloorRun) => {
  void sync(run).then((seconds) => process.send?.({ seconds }));
});
process.once('disconnect', () => process.exit(0));
process.send?.({ ready: true });

async function sync({ from }: FloorRun): Promise<number> {
  const started = performance.now();
  const { rows } = await db.query<{ id: string; version: string }>('select id, version from files');
  const known = new Map(rows.map(({ id, version }) => [id, version]));
  const batch = pLimit(4);
  const work: Promise<void>[] = [];
  for await (const page of from === 'listing' ? listAll() : listChanges()) {
    const changed = page.filter((file) => known.get(file.id) !== file.version);
    for (let at = 0; at < changed.length; at += filesPerTransaction)
      work.push(batch(() => syncFiles(changed.slice(at, at + filesPerTransaction))));
  }
  await Promise.all(work);
  return (performance.now() - started) / 1000;
}

async function* listAll(): AsyncGenerator<DriveFile[]> {
  const { startPageToken } = await getJson<{ startPageToken: string }>('/drive/v3/changes/startPageToken');
  changesFrom = startPageToken;
  const q = encodeURIComponent("mimeType != 'application/vnd.google-apps.folder' and trashed = false");
  for (let token: string | undefined = ''; token !== undefined;) {
    const from = token === '' ? '' : `&pageToken=${token}`;
    const path = `/drive/v3/files?pageSize=1000&q=${q}&fields=nextPageToken,files(${fields})${from}`;
    const page: { files: DriveFile[]; nextPageToken?: string } = await getJson(path);
    yield page.files;
    token = page.nextPageToken;
  }
}

async function* listChanges(): AsyncGenerator<DriveFile[]> {
  for (let isLast = false; !isLast;) {
    const path = `/drive/v3/changes?pageSize=1000&fields=nextPageToken,newStartPageToken,changes(file(${fields}))&pageToken=${changesFrom}`;
    const page = await getJson<{
      changes: { file?: DriveFile }[];
      nextPageToken?: string;
      newStartPageToken?: string;
    }>(path);
    yield page.changes.flatMap(({ file }) => file ?? []);
    isLast = page.newStartPageToken !== undefined;
    changesFrom = page.newStartPageToken ?? page.nextPageToken ?? '';
  }
}

const fetchTurn = pLimit(downloads);
const embedTurn = pLimit(callConcurrency);

async function syncFiles(files: readonly DriveFile[]): Promise<void> {
  const chunks = (
    await Promise.all(files.map((file) => fetchTurn(async () => chunksOf(file, await download(file)))))
  ).flat();
  const vectors = await embed(chunks);
  const client = await db.connect();
  try {
    await client.query('begin');
    const column = (name: keyof DriveFile): string[] => files.map((file) => file[name]);
    await client.query('delete from chunks where file_id = any($1)', [column('id')]);
    await client.query(
      `insert into files select * from unnest($1::text[], $2::text[], $3::text[])
       on conflict (id) do update set name = excluded.name, version = excluded.version`,
      [column('id'), column('name'), column('version')],
    );
    const rows = chunks.map(({ file, ordinal, hash, text }, i) => [file.id, ordinal, hash, text, vectors[i]] as const);
    const copy = new CopyIn('copy chunks (file_id, ordinal, hash, text, vector) from stdin binary', encodeRows(rows));
    client.query(copy);
    await copy.done;
    await client.query('commit');
  } finally {
    client.release();
  }
}

async function download({ id, mimeType }: DriveFile): Promise<string> {
  const how = mimeType === nativeDocument ? '/export?mimeType=text/plain' : '?alt=media';
  return await (await get(`/drive/v3/files/${id}${how}`)).text();
}

/** Cuts at a paragraph, a sentence or a word if one is near. */
function chunksOf(file: DriveFile, text: string): Chunk[] {
  const chunks: Chunk[] = [];
  const add = (part: string): void => {
    const hash = createHash('sha256').update(part).digest('base64url');
    if (part !== '') chunks.push({ file, ordinal: chunks.length, text: part, hash });
  };
  for (let at = 0; ;) {
    if (at + chunkLength >= text.length) {
      add(text.slice(at).trim());
      return chunks;
    }
    const cuts = ['\n\n', '. ', ' '].map((end) => text.lastIndexOf(end, at + chunkLength));
    const cut = cuts.find((place) => place >= at + chunkLength / 2) ?? at + chunkLength;
    add(text.slice(at, cut + 1).trim());
    at = cut + 1 - overlap;
  }
}

async function embed(chunks: readonly Chunk[]): Promise<Buffer[]> {
  const calls = Array.from({ length: Math.ceil(chunks.length / textsPerCall) }, (_, i) =>
    chunks.slice(i * textsPerCall, (i + 1) * textsPerCall).map(({ text }) => text),
  );
  const answers = await Promise.all(calls.map((input) => embedTurn(() => askEmbedder(input))));
  return answers.flat();
}

async function askEmbedder(input: readonly string[]): Promise<Buffer[]> {
  const body = { model: 'text-embedding-3-small', input, dimensions, encoding_format: 'base64' };
  const headers = { 'content-type': 'application/json', authorization: 'Bearer simulated' };
  const response = await fetch(`${embedder}/embeddings`, { method: 'POST', headers, body: JSON.stringify(body) });
  const { data } = (await response.json()) as { data: { embedding: string }[] };
  return data.map(({ embedding }) => Buffer.from(embedding, 'base64'));
}

async function getJson<T>(path: string): Promise<T> {
  return (await (await get(path)).json()) as T;
}

async function get(path: string): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${drive}${path}`, { headers: { authorization: `Bearer ${accessToken}` } });
    if (response.ok) return response;
    if (attempt > 5) throw new Error(`${response.status} ${path}`);
    await sleep(50 * 2 ** attempt);
  }
}
