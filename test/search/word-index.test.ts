/** A user with more chunks than are ranked one by one, so that the word index selects the candidates. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { toSearchTerms, toTerms } from '../../content/search/terms.ts';
import { wordsOf } from '../../content/words/words.ts';
import { asUser } from '../../db/access/as-user.ts';
import { findByWords, readPerRow } from '../../db/documents/full-text.ts';
import { sortNewWords, userTag } from '../../db/documents/word-index.ts';
import { toVector } from '../../domain/search.ts';
import type { DocumentFilter } from '../../domain/documents.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

const ana = 'ana';
const chunks = 3000;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await write(
    ana,
    Array.from({ length: chunks }, (_, i) => aText(i)),
  );
}, 120_000);
afterAll(async () => await database[Symbol.asyncDispose]());

/** The word `tides` is in each text, `harbour` in two of three, `beacon` in a few. */
function aText(i: number): Text {
  const text = `tides ${i % 3 === 0 ? 'quay' : 'harbour'} number${i} ${i % 500 === 7 ? 'beacon' : 'buoy'}`;
  return { title: i === 42 ? 'Lighthouse rota' : `file ${i}`, text, year: 2000 + (i % 20) };
}

describe('of thousands of chunks', () => {
  test('a rare word finds every chunk that contains it', async () => {
    const numbers = (await find('beacon')).map((text) => Number(/number(\d+)/.exec(text)?.[1]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual([7, 507, 1007, 1507, 2007, 2507]);
  });

  test('a name is found in another spelling', async () => {
    const text = 'order KX-9876/5 for Müller by getPierId in the AnnualReport2019';
    await write(ana, [{ title: 'orders', text, year: 2026 }]);
    for (const question of ['KX98765', 'Mueller', 'get_pier_id', 'pier', 'annual', 'annualreport2019'])
      expect(await find(question)).toEqual([text]);
  });

  test('a rare word counts more than one that is in all of them', async () => {
    expect((await find('tides beacon')).slice(0, 6).every((text) => text.includes('beacon'))).toBe(true);
  });

  test('a word that is in all of them finds as many as requested', async () => {
    expect(await find('tides')).toHaveLength(50);
  });

  test('common words find first those that contain all of them', async () => {
    expect((await find('harbour buoy tides')).every((text) => text.includes('harbour') && text.includes('buoy'))).toBe(
      true,
    );
  });

  test('a word that is only in a title finds its document', async () => {
    expect(await find('rota')).toEqual([expect.stringContaining('number42 ')]);
  });

  test.each<[string, DocumentFilter, number]>([
    ['few', { modifiedAfter: '2019-01-01T00:00:00Z' }, 2019],
    ['half of them', { modifiedAfter: '2010-01-01T00:00:00Z' }, 2010],
  ])('what a filter leaves is found where it leaves %s', async (_name, filter, from) => {
    const found = await find('tides harbour', filter);
    expect(found).toHaveLength(50);
    expect(found.every((text) => yearOf(text) >= from)).toBe(true);
    const [last] = await find(`number${chunks - 1}`, filter);
    expect(last).toContain(`number${chunks - 1} `);
  });

  test('a filter that excludes everything finds nothing', async () => {
    expect(await find('tides', { modifiedAfter: '2030-01-01T00:00:00Z' })).toEqual([]);
  });

  test.each(['matching_chunks', 'matching_documents'])(
    'a search knows how many rows %s reads among named documents',
    async (name) => {
      const { rows } = await sql<{ source: string }>`
        select prosrc as source from pg_proc where proname = ${name}`.execute(database.db);
      expect(rows.map(({ source }) => /most \* (\d+)/.exec(source)?.[1])).toEqual([String(readPerRow)]);
    },
  );

  test('new words are found before and after they are sorted into the index', async () => {
    await write(ana, [{ title: 'new', text: 'a jetty', year: 2026 }]);
    expect(await find('jetty')).toEqual(['a jetty']);
    expect(await sortNewWords(database.db)).toBeGreaterThan(0);
    expect(await sortNewWords(database.db)).toBe(0);
    expect(await find('jetty')).toEqual(['a jetty']);
  });

  test('other users’ documents change nothing: rarity counts only one’s own (P6)', async () => {
    const before = await find('quay beacon number7');
    const beacons = Array.from({ length: 2000 }, (_, i) => ({ title: `x ${i}`, text: `beacon quay ${i}`, year: 2020 }));
    await write('bob', beacons);
    expect(await find('quay beacon number7')).toEqual(before);
  });
});

async function find(question: string, filter?: DocumentFilter): Promise<string[]> {
  return await asUser(database.db, ana, async (trx) => {
    const { hits } = await findByWords(trx, ana, toSearchTerms(toTerms(question)), 50, filter);
    const ids = hits.map(({ id }) => id);
    const { rows } = await sql<{ id: string; text: string }>`
      select id, text from document_chunks where id = any(${ids}::uuid[])`.execute(trx);
    const texts = new Map(rows.map((row) => [row.id, row.text]));
    return ids.map((id) => texts.get(id) ?? '');
  });
}

function yearOf(text: string): number {
  return 2000 + (Number(/number(\d+)/.exec(text)?.[1]) % 20);
}

interface Text {
  readonly title: string;
  readonly text: string;
  readonly year: number;
}

/** Documents of one chunk each. */
async function write(user: string, texts: readonly Text[]): Promise<void> {
  const tag = userTag(user);
  const rows = texts.map(({ title, text, year }) => {
    const id = randomUUID();
    const words = { text: toVector(tag, wordsOf(text)), title: toVector(tag, wordsOf(title)) };
    return { id, title, text, words: words.text, title_words: words.title, hash: id, at: `${year}-06-01T00:00:00Z` };
  });
  const given = sql`json_to_recordset(${JSON.stringify(rows)}::json) as x(id uuid, title text, text text, words tsvector,
    title_words tsvector, hash text, at timestamptz)`;
  await asUser(database.db, user, async (trx) => {
    await sql`
      insert into documents (id, user_id, external_id, item_type, title, content_hash, pipeline_version, live_generation,
        chunk_count, search, modified_at)
      select id, ${user}, hash, 'file', title, hash, '1', id, 1, title_words, at from ${given}`.execute(trx);
    await sql`
      insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens, search)
      select ${user}, id, id, 0, text, encode(sha256(hash::bytea), 'hex'), 1, words from ${given}`.execute(trx);
  });
}
