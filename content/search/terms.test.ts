import { expect, test } from '@jest/globals';
import { toSearchTerms, toTerms } from './terms.ts';

test.each([
  ['words, and neighbors as a phrase', 'red hat', ['red', 'hat', 'red hat']],
  [
    'an identifier, by its parts and as a whole',
    'INV-2024-0017',
    ['INV', '2024', '0017', 'inv20240017', 'INV-2024-0017'],
  ],
  ['letters and digits that others separate', 'TN2420', ['TN2420', 'TN 2420']],
  ['a name without spaces, as a whole', 'maxRetryDelay', ['maxretrydelay', 'max Retry Delay']],
  ['an abbreviation with points', 'U.K.', ['uk', 'U.K.']],
  ['a number with its separators', '1,234,567', ['1234567']],
  [
    'a number in groups, and with its unit',
    '0170 123 4567',
    ['0170', '123', '4567', '01701234567', '0170 123', '123 4567'],
  ],
  ['a number with its unit', '15 kg', ['15', 'kg', '15kg', '15 kg']],
  ['two characters at a time where words have no spaces', '桟橋の工事', ['桟橋', '橋の', 'の工', '工事']],
  ['a single character', '水', ['水']],
  ['half width as full width', 'ﾗｰﾒﾝ', ['ラー', 'ーメ', 'メン']],
  ['only punctuation: nothing', '!!! & | ()', []],
  ['a word that comes twice, once', 'ferry ferry', ['ferry', 'ferry ferry']],
])('%s', (_name, query, terms) => expect(toTerms(query)).toEqual(terms));

test('the number of a bank account is looked up as it is printed, too', () => {
  expect(toTerms('DE89370400440532013000')).toEqual(
    expect.arrayContaining(['DE89370400440532013000', '3704', 'DE89 3704 0044 0532 0130 00']),
  );
});

test('a name without spaces is looked up as one word, and as its parts in a row', () => {
  const lexemes = toSearchTerms(toTerms('AnnualReport2019')).map((term) => term.lexemes.map(({ lexeme }) => lexeme));
  expect(lexemes).toEqual([['annualreport2019'], ['annual', 'report', '2019'], expect.anything()]);
});

test('an umlaut is looked up in both spellings', () => {
  expect(toSearchTerms(['Mueller', 'Müller']).map(({ respelled }) => respelled)).toEqual([['muller'], ['mueller']]);
});

test('of a long question, stop words do not take the places of words that tell something', () => {
  const stopWords = `i me my myself we our ours ourselves you your yours yourself he him his himself she her hers herself it its
    itself they them their theirs themselves what which who whom this that these those am is are was were be been being have
    has had having do does did doing a an the and but if or because as until while of at by for with about against`;
  expect(toTerms(`${stopWords} harbour pilot`)).toEqual(expect.arrayContaining(['harbour', 'pilot', 'harbour pilot']));
});

test('a long question is limited', () => {
  const query = Array.from({ length: 900 }, (_, i) => `w${i}`).join(' ');
  expect(toTerms(query)).toHaveLength(64);
});
