import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createKeyring, loadKeyring } from './keyring.ts';

const secret = { accessToken: 'ya29.secret', refreshToken: '1//secret' };

describe('a sealed secret', () => {
  const keyring = createKeyring('ab'.repeat(32));

  test('opens where it was sealed, and shows nothing of itself', () => {
    const envelope = keyring.seal(secret, 'source-1');
    expect(keyring.open(envelope, 'source-1')).toEqual(secret);
    expect(JSON.stringify(envelope)).not.toContain('secret');
    expect(keyring.seal(secret, 'source-1').data).not.toBe(envelope.data);
  });

  test('does not open for another source, with another key, or changed', () => {
    const envelope = keyring.seal(secret, 'source-1');
    expect(() => keyring.open(envelope, 'source-2')).toThrow();
    expect(() => createKeyring('cd'.repeat(32)).open(envelope, 'source-1')).toThrow(/another ENCRYPTION_KEY/);
    const data = Buffer.from(envelope.data, 'base64');
    data[0] = (data[0] ?? 0) ^ 1;
    expect(() => keyring.open({ ...envelope, data: data.toString('base64') }, 'source-1')).toThrow();
  });
});

test('two processes that start at once make one key, readable by its owner only', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-key-'));
  const [a, b] = await Promise.all([loadKeyring(undefined, folder), loadKeyring(undefined, folder)]);
  expect(b.open(a.seal(secret, 'x'), 'x')).toEqual(secret);
  expect((await stat(join(folder, 'encryption-key'))).mode & 0o777).toBe(0o600);
  await rm(folder, { recursive: true });
});
