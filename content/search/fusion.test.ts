import { expect, test } from '@jest/globals';
import { fuse } from './fusion.ts';

const order = (...lists: string[][]): string[] => fuse(lists.map((ids) => ({ ids, weight: 1 }))).map((hit) => hit.id);

test('results of both searches come before those of one', () => {
  expect(order(['a', 'b'], ['b', 'c'])[0]).toBe('b');
});

test('of equal scores the earlier list’s comes first, and each id occurs once', () => {
  expect(order(['words'], ['meaning'])).toEqual(['words', 'meaning']);
  expect(order(['meaning'], ['words'])).toEqual(['meaning', 'words']);
  expect(order(['a', 'b', 'c'], ['c', 'b', 'a'])).toHaveLength(3);
  expect(order([], [])).toEqual([]);
});

test('a list of low weight adds missing results and overrules nothing', () => {
  const hits = fuse([
    { ids: ['a', 'b'], weight: 1 },
    { ids: ['c', 'b', 'a'], weight: 0.1 },
  ]);
  expect(hits.map((hit) => hit.id)).toEqual(['a', 'b', 'c']);
});
