import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createKeyring, loadKeyring } from './keyring.ts';

const secret = { accessToken: 'ya29.secret', refreshToken: '1//secret' };

describe('a sealed secret', () => {
  const keyring = createKeyring('ab'.repeat(32));

  test('opens where it was sealed, and reveals nothing of its contents', () => {
    const envelope = keyring.seal(secret, 'source-1');
    expect(keyring.open(envelope, 'source-1')).toEqual(secret);
    expect(JSON.stringify(envelope)).not.toContain('secret');
    expect(keyring.seal(secret, 'source-1').data).not.toBe(envelope.data);
  });

  test('does not open for another source, with another key, or after a change', () => {
    const envelope = keyring.seal(secret, 'source-1');
    expect(() => keyring.open(envelope, 'source-2')).toThrow();
    expect(() => createKeyring('cd'.repeat(32)).open(envelope, 'source-1')).toThrow(/different ENCRYPTION_KEY/);
    const data = Buffer.from(envelope.data, 'base64');
    data[0] = (data[0] ?? 0) ^ 1;
    expect(() => keyring.open({ ...envelope, data: data.toString('base64') }, 'source-1')).toThrow();
  });
});

test.each([0, 1, 4, 8, 12, 15, 17, 32])(
  'a tag of %i bytes is rejected, because short ones could be guessed',
  (length) => {
    const keyring = createKeyring('ab'.repeat(32));
    const envelope = keyring.seal(secret, 'source-1');
    const tag = Buffer.concat([Buffer.from(envelope.tag, 'base64'), Buffer.alloc(16)]).subarray(0, length);
    expect(() => keyring.open({ ...envelope, tag: tag.toString('base64') }, 'source-1')).toThrow(/not a secret sealed/);
  },
);

test.each([null, 'text', {}, { v: 2 }])('%j is rejected as not a sealed secret', (envelope) => {
  expect(() => createKeyring('ab'.repeat(32)).open(envelope, 'source-1')).toThrow(/not a secret sealed/);
});

test('a previous key opens what it sealed but seals nothing more', () => {
  const before = createKeyring('ab'.repeat(32));
  const after = createKeyring('cd'.repeat(32), ['ab'.repeat(32)]);
  const old = before.seal(secret, 'source-1');
  expect(after.open(old, 'source-1')).toEqual(secret);
  expect([after.isCurrent(old), after.isCurrent(after.seal(secret, 'source-1'))]).toEqual([false, true]);
  expect(() => before.open(after.seal(secret, 'source-1'), 'source-1')).toThrow(/ENCRYPTION_KEY_PREVIOUS/);
});

const none = { encryptionKey: undefined, previousEncryptionKeys: [] };

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-key-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('processes that start at the same time create one key, readable only by its owner', async () => {
  for (let round = 0; round < 20; round++) {
    await withFolder(async (folder) => {
      const [first, ...others] = await Promise.all(Array.from({ length: 8 }, async () => loadKeyring(none, folder)));
      for (const other of others) expect(other.open(first?.seal(secret, 'x'), 'x')).toEqual(secret);
      expect((await stat(join(folder, 'encryption-key'))).mode & 0o777).toBe(0o600);
      expect(await readdir(folder)).toEqual(['encryption-key']);
    });
  }
});

test.each(['', 'ab'.repeat(31), 'not a key'])(
  'a stored key of %j is damaged, and no secret is sealed with it',
  async (key) => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'encryption-key'), key);
      await expect(loadKeyring(none, folder)).rejects.toThrow(/encryption-key does not hold a key of 64 hexadecimal/);
    });
  },
);
