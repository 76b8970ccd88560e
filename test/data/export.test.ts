/** The export: every document with its chunks, as lines, resumable, and a true copy although it changes meanwhile. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { buffer } from 'node:stream/consumers';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { exportDocuments, type ExportRequest } from '../../api/document-export.ts';
import { exportParquet } from '../../api/parquet-export.ts';
import { readFeedCursor } from '../../api/feed-cursor.ts';
import { asUser } from '../../db/access/as-user.ts';
import { deleteDocuments } from '../../db/items/removal.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

interface Line {
  readonly type: 'document' | 'deleted' | 'end';
  readonly cursor: string;
  readonly document: {
    readonly id: string;
    readonly title: string;
    readonly chunks: readonly { readonly text: string; readonly vector?: readonly number[] | null }[];
  };
}

let database: TestDatabase;
beforeAll(async () => (database = await createTestDatabase()), 60_000);
afterAll(async () => await database[Symbol.asyncDispose]());

async function addDocument(userId: string, title: string, text: string, tokens = 1): Promise<string> {
  return await asUser(database.db, userId, async (trx) => {
    const { rows } = await sql<{ id: string; generation: string }>`
      insert into documents (user_id, external_id, item_type, title, content_hash, pipeline_version, live_generation,
        tokens)
      values (${userId}, gen_random_uuid(), 'file', ${title}, 'h', '1', gen_random_uuid(), ${tokens})
      returning id, live_generation as generation`.execute(trx);
    const [document] = rows;
    for (const [ordinal, part] of [text.slice(0, 5), text.slice(5)].entries())
      await sql`
        insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens)
        values (${userId}, ${document?.id}, ${document?.generation}, ${ordinal}, ${part}, md5(${part}), 1)`.execute(
        trx,
      );
    return document?.id ?? '';
  });
}

function requestOf(userId: string, more: Partial<ExportRequest> = {}): ExportRequest {
  return { userId, after: null, dataSourceId: undefined, withVectors: false, ...more };
}

async function readAll(request: ExportRequest): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const part of await exportDocuments(database, request)) lines.push(...parse(String(part)));
  return lines;
}

function parse(part: string): Line[] {
  return part
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

const shown = ({ type, document }: Line) =>
  type === 'document' ? [document.title, ...document.chunks.map(({ text }) => text)] : [type];

test('each document is one line with its chunks in order, and the last line says that nothing is missing', async () => {
  await addDocument('ana', 'Ferry', 'The ferry leaves.');
  await addDocument('ana', 'Pier "2"', 'Pier two\nis closed.');
  const lines = await readAll(requestOf('ana'));
  expect(lines.map(shown)).toEqual([
    ['Ferry', 'The f', 'erry leaves.'],
    ['Pier "2"', 'Pier ', 'two\nis closed.'],
    ['end'],
  ]);
  expect(lines[0]?.document.chunks[0]).not.toHaveProperty('vector');
});

test('it resumes after any line, with what has changed meanwhile', async () => {
  const one = await addDocument('bob', 'one', 'first');
  const two = await addDocument('bob', 'two', 'second');
  const [first] = await readAll(requestOf('bob'));
  await asUser(database.db, 'bob', async (trx) => {
    await deleteDocuments(trx, { userId: 'bob' }, [one]);
    await sql`update documents set title = 'two, again' where id = ${two}`.execute(trx);
  });
  const rest = await readAll(requestOf('bob', { after: readFeedCursor(first?.cursor ?? '') }));
  expect(rest.map(shown)).toEqual([['deleted'], ['two, again', 'secon', 'd'], ['end']]);
  const end = rest.at(-1)?.cursor ?? '';
  expect((await readAll(requestOf('bob', { after: readFeedCursor(end) }))).map(shown)).toEqual([['end']]);
});

test('what changes while it runs is in it, and nothing is read before the reader takes it', async () => {
  for (const title of ['one', 'two', 'three']) await addDocument('cy', title, title, 200_000);
  const copy = new Map<string, string>();
  let pages = 0;
  for await (const part of await exportDocuments(database, requestOf('cy'))) {
    for (const { type, document } of parse(String(part)))
      if (type === 'document') copy.set(document.id, document.title);
    // Large documents are not read together.
    if (pages++ === 0)
      await asUser(database.db, 'cy', async (trx) => await sql`update documents set title = title || '!'`.execute(trx));
  }
  expect(pages).toBeGreaterThan(3);
  expect([...copy.values()].toSorted()).toEqual(['one!', 'three!', 'two!']);
});

test('vectors are part of it where they are asked for and stored in Postgres', async () => {
  await addDocument('dan', 'Ferry', 'The ferry leaves.');
  await asUser(database.db, 'dan', async (trx) => {
    await sql`insert into vector_spaces (user_id, store, model, dimensions, state)
      values ('dan', 'pgvector', 'm', 2, 'live')`.execute(trx);
    await sql`insert into embeddings (user_id, store, model, dimensions, text_hash, vector)
      values ('dan', 'pgvector', 'm', 2, md5('The f'), '[0.5,-1]')`.execute(trx);
  });
  const [line] = await readAll(requestOf('dan', { withVectors: true }));
  expect(line?.document.chunks.map(({ vector }) => vector)).toEqual([[0.5, -1], null]);
  await asUser(
    database.db,
    'dan',
    async (trx) => await sql`update vector_spaces set store = 'pinecone/a'`.execute(trx),
  );
  await expect(exportDocuments(database, requestOf('dan', { withVectors: true }))).rejects.toMatchObject({
    code: 'vectors_elsewhere',
  });
});

const uuid = '00000000-0000-7000-8000-000000000001';
const cursorOf = (parts: readonly string[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

test.each([
  '',
  'e30',
  'WyJhIl0',
  cursorOf(['x', '1', 'y']),
  cursorOf([uuid, '1', '0000-01-01T00:00:00Z']),
  cursorOf([uuid, '9'.repeat(19), '2026-01-01T00:00:00Z']),
])('a cursor that is none is refused: %p', (cursor) => {
  expect(() => readFeedCursor(cursor)).toThrow(expect.objectContaining({ status: 400 }));
});

test('as Parquet: a row for each chunk in several groups, a row for each deletion, and the cursor after it', async () => {
  const texts = Array.from({ length: 450 }, (_, i) => `Note ${i}: 潮 "tide"\n`);
  for (const [i, text] of texts.entries()) await addDocument('pia', `note ${i}`, text, i === 100 ? 1_000_000 : 1);
  const { rows, groups, cursor } = await readParquet(requestOf('pia'));
  expect(groups).toBe(2);
  expect(rows).toHaveLength(900);
  const first = rows.filter(({ title }) => title === 'note 7');
  expect(first.map(({ text }) => text).join('')).toBe(texts[7]);
  expect(first[0]).toMatchObject({
    deleted: false,
    item_type: 'file',
    ordinal: 0,
    metadata: '{}',
    modified_at: null,
    created_at: expect.any(Date),
  });
  expect(first[0]).not.toHaveProperty('vector');

  const id = String(rows[0]?.['document_id']);
  await asUser(database.db, 'pia', async (trx) => await deleteDocuments(trx, { userId: 'pia' }, [id]));
  const since = await readParquet(requestOf('pia', { after: readFeedCursor(cursor) }));
  expect(since.rows).toMatchObject([{ document_id: id, deleted: true, text: null, title: null }]);
  expect((await readParquet(requestOf('pia', { after: readFeedCursor(since.cursor) }))).rows).toEqual([]);
});

test('as Parquet in parts: each is a whole file with the cursor of the next, and together they have every document once', async () => {
  const titles = Array.from({ length: 7 }, (_, i) => `note ${i}`);
  for (const title of titles) await addDocument('ray', title, 'text');
  const [seen, sizes]: [unknown[], number[]] = [[], []];
  let after: ExportRequest['after'] = null;
  for (let more = true; more;) {
    const { rows, cursor, hasMore } = await readParquet(requestOf('ray', { after, limit: 3 }));
    const found = new Set(rows.map(({ title }) => title));
    sizes.push(found.size);
    seen.push(...found);
    after = readFeedCursor(cursor);
    more = hasMore;
  }
  expect([seen, sizes]).toEqual([titles, [3, 3, 1]]);
});

test('lines end after a limit too, and say that more follows', async () => {
  for (const title of ['one', 'two', 'three']) await addDocument('sue', title, title);
  const [first, second, end] = await readAll(requestOf('sue', { limit: 2 }));
  expect([first?.document.title, second?.document.title, end]).toMatchObject([
    'one',
    'two',
    { type: 'end', hasMore: true },
  ]);
  const rest = await readAll(requestOf('sue', { limit: 2, after: readFeedCursor(end?.cursor ?? '') }));
  expect(rest.map(({ type }) => type)).toEqual(['document', 'end']);
  expect(rest.at(-1)).toMatchObject({ hasMore: false });
});

test('as Parquet with vectors: each chunk has its own, as floats', async () => {
  await addDocument('quin', 'Ferry', 'The ferry leaves.');
  await asUser(database.db, 'quin', async (trx) => {
    await sql`insert into vector_spaces (user_id, store, model, dimensions, state)
      values ('quin', 'pgvector', 'm', 2, 'live')`.execute(trx);
    await sql`insert into embeddings (user_id, store, model, dimensions, text_hash, vector)
      values ('quin', 'pgvector', 'm', 2, md5('The f'), '[0.5,-2]')`.execute(trx);
  });
  const { rows } = await readParquet(requestOf('quin', { withVectors: true }));
  expect(rows.map(({ text, vector }) => [text, vector ?? null])).toEqual([
    ['The f', [0.5, -2]],
    ['erry leaves.', null],
  ]);
});

/** Read by another library than the one that writes. */
async function readParquet(request: ExportRequest) {
  const bytes = await buffer(await exportParquet(database, request));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { row_groups, key_value_metadata } = parquetMetadata(file);
  return {
    rows: row_groups.length === 0 ? [] : await parquetReadObjects({ file }),
    groups: row_groups.length,
    cursor: key_value_metadata?.find(({ key }) => key === 'headwater.cursor')?.value ?? '',
    hasMore: key_value_metadata?.find(({ key }) => key === 'headwater.hasMore')?.value === 'true',
  };
}
