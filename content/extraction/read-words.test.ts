/** Tests that reading a text segment by segment finds the same words and tokens as reading it as a whole. */

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { wordsOf } from '../words/words.ts';
import { forgetWords, indexWords, readText } from './read-words.ts';
import { countTokens } from './tokens.ts';

/** What stands beside a space decides whether it may be cut there. */
const part = fc.oneof(
  fc.constantFrom(
    ' ',
    '  ',
    '\n',
    ' \n',
    '\n ',
    '\t',
    '\r\n',
    '\u00a0',
    '\u2003',
    '\u3000',
    '\ufeff',
    '\u2028',
    '\0',
    '\u0085',
  ),
  fc.constantFrom(
    'harbour',
    'Harbour,',
    "it's",
    'Wi-Fi,',
    'AnnualReport2019',
    'U.S.A.',
    'AB-1234/5',
    'C++,',
    '7\u202f654',
    "'s",
    '3,498.60',
    '1.',
    '250',
    'ΟΔΟΣ',
    'é',
    'e\u0301',
    '\u0301',
    '“quay”',
    '—',
    '…',
  ),
  fc.constantFrom(
    '.',
    ',',
    '?!',
    '.\n',
    '桟橋',
    'ﾗﾒﾝ',
    '선착장',
    '🌊',
    '\ud83c',
    '<|endoftext|>',
    'the',
    'x'.repeat(40),
    'INV-2024',
  ),
  fc.constantFrom('x \n \n', 'x\n  y', '\n\u3000\u3000 x'),
  fc.string({ unit: 'binary', maxLength: 3 }),
);

test('a text has the same words and tokens in whatever parts it is read', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = parts.join('').toWellFormed();
      const read = readText(text);
      expect(read.tokens).toBe(countTokens(text));
      expect(indexWords([read])).toBe(wordsOf(text));
    }),
    { numRuns: 2000 },
  );
});

test('texts with more words than are remembered are read right, and so is the first one again', () => {
  const text = (from: number): string => Array.from({ length: 40_000 }, (_, i) => `w${from + i}x`).join(' ');
  for (const from of [0, 40_000, 80_000, 120_000, 0]) {
    forgetWords();
    expect(indexWords([readText(text(from))])).toBe(wordsOf(text(from)));
  }
});
