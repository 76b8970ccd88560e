import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { readAnswer } from './answers.ts';

const list = z.object({ files: z.array(z.unknown()), error: z.unknown() });
const about = { vendor: 'Vendor', call: 'files.list' };

describe('an answer', () => {
  test('with the required fields is read', () => {
    expect(readAnswer(list, { files: [1], error: null }, about).files).toEqual([1]);
  });

  test.each([
    ['markup', '<html>'],
    ['nothing', undefined],
    ['an empty object', {}],
    ['an empty list', []],
    ['a list that is not a list', { files: {} }],
    ['an empty list beside an error', { files: [], error: { code: 500 } }],
  ])('that is %s is an error, and never an empty listing', (_what, answer) => {
    expect(() => readAnswer(list, answer, about)).toThrow(
      expect.objectContaining({ kind: 'unavailable', code: 'unexpected_answer' }),
    );
  });

  test('is described by the names of its fields, never by their values', () => {
    const secret = 'what a person wrote';
    expect(() => readAnswer(list, { note: secret }, about)).toThrow(
      expect.objectContaining({ operatorMessage: expect.not.stringContaining(secret) }),
    );
  });
});
