import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';

test('an odd number of bytes at an odd address, decoded as UTF-16, does not end the process', () => {
  const module = pathToFileURL(join(import.meta.dirname, 'whole-utf16.ts')).href;
  const program = `
    const { decodeWholeUnitsOnly } = await import('${module}');
    decodeWholeUnitsOnly();
    const bytes = Buffer.alloc(4096, 0x41);
    for (let i = 0; i < 200; i++) bytes.subarray(1, 1 + 1753).toString('utf16le');
    for (let i = 0; i < 200; i++) bytes.toString('ucs2', 1, 1 + 1753);
    const texts = [bytes.toString('utf16le', 1, 6), bytes.toString('utf16le'), Buffer.alloc(1).toString('utf16le')];
    texts.push(bytes.toString(), bytes.toString('latin1', 4), bytes.toString('utf8', 0, 3));
    console.log(texts.map((text) => text.length).join(' '));`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program]);
  expect([status, stdout.toString().trim()]).toEqual([0, '2 2048 0 4096 4092 3']);
});
