/** The words of a chunk in binary are to PostgreSQL what they are as text, and what it would reject is found before. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { encodeVector, isVector } from '../../content/words/word-vector.ts';
import { wordsOf } from '../../content/words/words.ts';
import { binaryArray } from '../../db/access/binary-array.ts';
import { sqlStateOf } from '../../db/access/data-error.ts';
import { toVector } from '../../domain/search.ts';
import { createEmptyDatabase, type TestDatabase } from '../harness/database.ts';

const tag = 'abcde';

let database: TestDatabase;
beforeAll(async () => (database = await createEmptyDatabase()), 60_000);
afterAll(async () => await database[Symbol.asyncDispose]());

/** @returns what PostgreSQL stores for each, as text */
async function stored(vectors: readonly Uint8Array[]): Promise<string[]> {
  const { rows } = await sql<{ words: string }>`
    select x.words::text as words from unnest(${binaryArray(vectors, 'tsvector')}::tsvector[]) as x(words)`.execute(
    database.db,
  );
  return rows.map(({ words }) => words);
}

const anyText = fc.array(
  fc.oneof(
    fc.constantFrom(
      'harbour',
      'Tides',
      'the',
      '桟橋',
      '선착장',
      'ΟΔΟΣ',
      '3,498.60',
      'x'.repeat(300),
      '𠮷野家',
      '\u0301',
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
  ),
  { maxLength: 40 },
);

test('any text’s words are the same in both forms', async () => {
  const texts = fc.sample(anyText, 500).map((parts) => wordsOf(parts.join(' ').toWellFormed()));
  const long = Array.from({ length: 17_000 }, (_, i) => (i % 50 === 0 ? 'tide' : `word${i}`)).join(' ');
  const words = [...texts, '', wordsOf(long), wordsOf('tide '.repeat(20_000)), wordsOf('桟橋'.repeat(9000))];
  const vectors = words.map((each) => encodeVector(tag, each));
  expect(vectors.every(isVector)).toBe(true);
  const { rows } = await sql<{ words: string }>`
    select x.words::tsvector::text as words from unnest(${words.map((each) => toVector(tag, each))}::text[]) as x(words)`.execute(
    database.db,
  );
  expect(await stored(vectors)).toEqual(rows.map((row) => row.words));
});

/** Changes one byte of a vector, or its end. */
const anyDamage = fc.oneof(
  fc.record({ at: fc.nat(), byte: fc.nat(255) }),
  fc.record({ end: fc.nat() }),
  fc.record({ more: fc.uint8Array({ minLength: 1, maxLength: 4 }) }),
);

test('what is no vector any more is found, or rejected by PostgreSQL as bad data', async () => {
  const whole = encodeVector(tag, wordsOf('High water at noon, low water at six. 桟橋'));
  let found = 0;
  for (const damage of fc.sample(anyDamage, 1000)) {
    let bytes = Buffer.from(whole);
    if ('at' in damage) bytes[damage.at % bytes.length] = damage.byte;
    else if ('end' in damage) bytes = bytes.subarray(0, damage.end % bytes.length);
    else bytes = Buffer.concat([bytes, damage.more]);
    if (!isVector(bytes)) found++;
    else expect(await stored([bytes]).then(() => '22021', sqlStateOf)).toBe('22021');
  }
  expect(found).toBeGreaterThan(300);
});

test.each([
  ['a word longer than PostgreSQL stores', `.${'x'.repeat(2047)}`],
  ['more positions than PostgreSQL stores', `.x:${Array.from({ length: 256 }, (_, i) => i + 1).join(',')}`],
  ['more than a megabyte', Array.from({ length: 12_000 }, (_, i) => `.${i}${'x'.repeat(90)}`).join(' ')],
  ['an empty word', ' '],
])('%s is no vector', (_, words) => {
  expect(isVector(encodeVector(words === ' ' ? '' : tag, words))).toBe(false);
});
