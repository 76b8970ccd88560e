import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens } from './tokens.ts';

const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('the harbour', "it's", ' 3,498.60', '\n\n', '  \n\t x', '停泊費用', '<|endoftext|>', 'a'.repeat(60)),
);

test('counts as many tokens as the tokenizer', () => {
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('').toWellFormed();
      expect(countTokens(text)).toBe(encode(text, { disallowedSpecial: new Set() }).length);
    }),
  );
});

test('special tokens of a model in a text are counted as text', () => {
  expect(countTokens('A document ends with <|endoftext|>.')).toBe(10);
});
