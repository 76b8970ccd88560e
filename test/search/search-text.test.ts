/** What counts as the same word: the function that the index and the question share. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
afterAll(async () => await database[Symbol.asyncDispose]());

test.each([
  ['case, beyond ASCII as well', 'ÄRGER ОСВЕЩЕНИЕ Ύδωρ', 'arger освещение υδωρ'],
  ['accents', 'Jürgensen Ibáñez Łódź', 'jurgensen ibanez lodz'],
  ['ligatures and sharp s', 'Straße œuvre Ærø', 'strasse oeuvre aero'],
  ['full and half width', 'ＡＢＣ ﾗﾒﾝ', 'abc ラ メ ン'],
  ['separators of thousands', '3,498.60 1.850 10.20.0.1', '3498 60 1850 10 20 0 1'],
  ['identifiers', 'INV-2024-0017 pg_ctl error/F28', 'inv 2024 0017 pg ctl error f28'],
  ['scripts without spaces', '桟橋の工事', '桟 橋 の 工 事'],
  ['Hangul, whole', '선착장', '선 착 장'],
])('%s makes no difference', async (_name, text, expected) => {
  const { rows } = await sql<{ text: string }>`
    select trim(regexp_replace(search_text(${text}), ' +', ' ', 'g')) as text`.execute(database.db);
  expect(rows[0]?.text).toBe(expected);
});
