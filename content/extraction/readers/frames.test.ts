import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFrameReader, toFrame } from './frames.ts';

const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 3000 }),
  fc.record({ name: fc.string(), bytes: fc.uint8Array({ maxLength: 3000 }), list: fc.array(fc.double()) }),
  fc.constant(undefined),
);

test('values arrive whole and in order, in whatever parts their bytes come', () => {
  fc.assert(
    fc.property(fc.array(value), fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1 }), (values, lengths) => {
      const arrived: unknown[] = [];
      const feed = createFrameReader(10_000_000, (one) => arrived.push(one));
      const bytes = Buffer.concat(values.map(toFrame));
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const length = lengths[i % lengths.length] ?? 1;
        feed(bytes.subarray(at, at + length));
        at += length;
      }
      expect(arrived).toEqual(values);
    }),
  );
});

test('a value that is too long is refused by its length, before it has arrived', () => {
  const feed = createFrameReader(100, () => {});
  expect(() => feed(toFrame('x'.repeat(1000)).subarray(0, 4))).toThrow(RangeError);
});
