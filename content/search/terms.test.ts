import { expect, test } from '@jest/globals';
import { toTerms } from './terms.ts';

test.each([
  ['words, and neighbors as a phrase', 'red hat', ['red', 'hat', 'red hat']],
  ['an identifier, by its parts and as a whole', 'INV-2024-0017', ['INV', '2024', '0017', 'INV-2024-0017']],
  ['letters and digits that others separate', 'TN2420', ['TN2420', 'TN 2420']],
  ['two characters at a time where words have no spaces', '桟橋の工事', ['桟橋', '橋の', 'の工', '工事']],
  ['a single character', '水', ['水']],
  ['half width as full width', 'ﾗｰﾒﾝ', ['ラー', 'ーメ', 'メン']],
  ['only punctuation: nothing', '!!! & | ()', []],
  ['a word that comes twice, once', 'ferry ferry', ['ferry', 'ferry ferry']],
])('%s', (_name, query, terms) => expect(toTerms(query)).toEqual(terms));

test('a long question is limited', () => {
  const query = Array.from({ length: 900 }, (_, i) => `w${i}`).join(' ');
  expect(toTerms(query)).toHaveLength(64);
});
