import { expect, test } from '@jest/globals';
import { type LookUp, type MeasuredTerm, planLookUps, type Searched } from './look-ups.ts';

const chunks = 1_000_000;

const everything = { chunks, share: 1, readPerRow: 1 };

/** A word that is in this share of the chunks; a tenth of them contain it often. */
function aWord(lexeme: string, share: number, beginnings: readonly string[] = [lexeme.slice(0, 4)]): MeasuredTerm {
  const held = share * chunks;
  const rarity = Math.log(1 + (1 - share) / share);
  const counts = { held, heldStrongly: held / 10, heldExactly: held };
  return { term: lexeme, lexemes: [{ lexeme, position: 1 }], beginnings, respelled: [], weight: 1, rarity, ...counts };
}

const commonWords = (count: number): MeasuredTerm[] =>
  Array.from({ length: count }, (_, i) => aWord(`common${i}`, 0.1 + i / 100));
const rowsOf = (lists: readonly LookUp[]): number => lists.reduce((sum, { maxHits }) => sum + maxHits, 0);

test('many common words read no more rows than a few', () => {
  const rows = (count: number): number =>
    rowsOf(planLookUps('t', commonWords(count), everything).filter(({ inTitles }) => !inTitles));
  expect(rows(60)).toBeLessThan(1.2 * rows(3));
});

test('a rare word’s list is read whole, beside common ones and under a filter', () => {
  const [list] = planLookUps('t', [aWord('rare', 0.001), ...commonWords(10)], { ...everything, share: 0.05 });
  expect(list).toMatchObject({ query: "'t.rare':*", maxHits: 3000, term: 0 });
});

test('of a common word, only the chunks are listed in which it occurs often, without words that begin like it', () => {
  const lists = planLookUps('t', [aWord('common', 0.1)], everything).filter(({ inTitles }) => !inTitles);
  expect(lists.map(({ query }) => query)).toEqual(["'t+common'", "'t#common'"]);
});

test('a word that is common only in longer forms is looked up with them', () => {
  const word = { ...aWord('rechnung', 0.1), heldExactly: 10 };
  expect(planLookUps('t', [word], everything)[0]?.query).toContain("'t+rech':*");
});

test('words are looked up together as long as the shortest of their lists can be read', () => {
  const together = (words: readonly MeasuredTerm[]): LookUp[] =>
    planLookUps('t', words, everything).filter(({ query, inTitles }) => query.includes('&') && !inTitles);
  expect(together([aWord('one', 0.1), aWord('other', 0.9)])).toHaveLength(1);
  expect(together([aWord('one', 0.8), aWord('other', 0.9)])).toHaveLength(0);
});

test('the lists of four common words are read, the rarest ones, and titles for all', () => {
  const lists = planLookUps('t', commonWords(10), everything);
  const wordsOf = (inTitles: boolean): Set<string> =>
    new Set(lists.filter((list) => list.inTitles === inTitles).flatMap(({ query }) => query.match(/common\d/g) ?? []));
  expect([...wordsOf(false)].toSorted()).toEqual([0, 1, 2, 3].map((i) => `common${i}`));
  expect(wordsOf(true).size).toBe(10);
});

test('neighbors that are together by chance in far more chunks than are read are not looked up together', () => {
  const pairOf = (words: readonly MeasuredTerm[], searched: Searched): LookUp | undefined => {
    const pair = ['rent', 'harbour'].map((lexeme, i) => ({ lexeme, position: i + 1 }));
    const phrase = { ...aWord('rent harbour', 0.0001), lexemes: pair };
    const lists = planLookUps('t', [...words, phrase], searched).filter(({ inTitles }) => !inTitles);
    return lists.find(({ query }) => query === "('t.rent') & ('t.harbour')");
  };
  const others = ['quay', 'pier'].map((lexeme) => aWord(lexeme, 0.2));
  const [few, many] = [0.01, 0.05].map((share) => ['rent', 'harbour'].map((lexeme) => aWord(lexeme, share)));
  expect(pairOf([...(few ?? []), ...others], everything)).toBeDefined();
  expect(pairOf([...(many ?? []), ...others], everything)).toBeUndefined();
  // A look-up among named documents reads more rows for each one that it returns.
  expect(pairOf([...(many ?? []), ...others], { ...everything, readPerRow: 8 })).toBeDefined();
});

test('a filter that leaves a fifth lets common words read more rows, up to a limit', () => {
  const rows = (share: number): number =>
    Math.max(...planLookUps('t', commonWords(2), { ...everything, share }).map((l) => l.maxHits));
  expect(rows(0.2)).toBeGreaterThan(rows(1));
  expect(rows(0.01)).toBe(rows(0.05));
});
