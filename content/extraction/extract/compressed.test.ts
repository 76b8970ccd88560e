import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { compressionOf, uncompress } from './compressed.ts';

const million = 1_000_000;
const zeros = new Uint8Array(million);
/** A million zero bytes, by each program. */
const packed = {
  gzip: gzipSync(zeros),
  zstd: zstdCompressSync(zeros),
  bzip2: Buffer.from('QlpoOTFBWSZTWXnTnkgAB6jAQMAAAAIACCAAMMwJqmmVJDapSQ8XckU4UJB5055I', 'base64'),
  xz: Buffer.from(
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj70I/ANFdAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGxCy4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPmTwz82AAAAADKzVZfu0uHjAAHtAcCEPQDV4HauscRn+wIAAAAABFla',
    'base64',
  ),
} as const;

test.each(Object.keys(packed) as (keyof typeof packed)[])(
  '%s is known by its content, unpacked, and stopped at the limit; its beginning alone is an error',
  async (kind) => {
    const bytes = packed[kind];
    expect(compressionOf(bytes)).toBe(kind);
    expect(Buffer.compare(await uncompress(bytes, kind, million), zeros)).toBe(0);
    await expect(uncompress(bytes, kind, million - 1)).rejects.toMatchObject({ code: 'unpacks_too_large' });
    await expect(uncompress(bytes.subarray(0, bytes.length - 12), kind, million)).rejects.toThrow();
  },
);

test('files of bzip2 in several streams, as parallel programs write them, are read to their end', async () => {
  const two = Buffer.concat([packed.bzip2, packed.bzip2]);
  expect((await uncompress(two, 'bzip2', 2 * million)).length).toBe(2 * million);
});

test.each([
  ['delta', '/Td6WFoAAATm1rRGAgEDAQAhARZ5IMTuAQARc/UBB7w4EfClQxQR9wu4CPzaAAAATdG1PqNofywAASoSSwhUvB+2830BAAAAAARZWg=='],
  ['x86', '/Td6WFoAAATm1rRGAgEEACEBFgANhjUfAQARc2hpcCxkdWUKTWFyaXQsNDAKAAAATdG1PqNofywAASoSSwhUvB+2830BAAAAAARZWg=='],
  [
    'SHA-256',
    '/Td6WFoAAArh+wyhAgAhARYAAAB0L+WjAQARc2hpcCxkdWUKTWFyaXQsNDAKAAAAGyzfnHqub1DqeRlArjwVz1gAq8U0LdJbPXBIRuaZI5MAAUIS5OlwERibS5oBAAAAAApZWg==',
  ],
])('xz with %s is refused by name instead of called damaged', async (what, base64) => {
  await expect(uncompress(Buffer.from(base64, 'base64'), 'xz', million)).rejects.toMatchObject({
    kind: 'unsupported',
    message: expect.stringContaining(what),
  });
});
