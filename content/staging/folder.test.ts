import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFolderStaging } from './folder.ts';
import { RecentBytes } from './recent-bytes.ts';

const jobId = '0190b3c2-0000-7000-8000-000000000001';
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'headwater-staging-'));
});
afterAll(async () => await rm(root, { recursive: true, force: true }));

const sizes = [0, 1, 5000, 300_000, 700_000, 200_000, 200_000, 200_000, 200_000, 200_000, 200_000, 200_000];
const contents = sizes.map((size, i) => Buffer.alloc(size, `${i} tide `));

async function stage(page: number) {
  const area = { jobId, page, batch: 0 };
  const writer = createFolderStaging(root).writeTo(area);
  const hashes: string[] = [];
  for (const content of contents) hashes.push(await writer.put(content));
  await writer.flush();
  return { area, hashes };
}

test('what one worker staged, another one reads, small and large, from a few files', async () => {
  const { area, hashes } = await stage(1);
  const other = createFolderStaging(root);
  for (const [i, hash] of hashes.entries())
    expect(Buffer.from(await other.get(area, hash)).equals(contents[i] ?? Buffer.alloc(1))).toBe(true);
  expect(await readdir(join(root, jobId, '1.0'))).toHaveLength(4);
});

test('deleted bytes are missing, even for the worker that staged them', async () => {
  const staging = createFolderStaging(root);
  const area = { jobId, page: 2, batch: 0 };
  const writer = staging.writeTo(area);
  const hash = await writer.put(Buffer.from('The ferry leaves at eight.'));
  await writer.flush();
  expect(Buffer.from(await staging.get(area, hash)).toString()).toBe('The ferry leaves at eight.');
  await staging.deleteArea(area);
  await expect(staging.get(area, hash)).rejects.toMatchObject({ code: 'staged_bytes_missing' });
});

test('a file that a power failure truncated is never taken for complete', async () => {
  const { area, hashes } = await stage(3);
  const folder = join(root, jobId, '3.0');
  for (const name of await readdir(folder)) if (name.endsWith('.pack')) await truncate(join(folder, name), 300);
  const after = createFolderStaging(root);
  await expect(after.get(area, hashes[2] ?? '')).rejects.toMatchObject({ code: 'staged_bytes_missing' });
});

test('the bytes kept in memory stay within their limit, and the newest are kept', () => {
  const recent = new RecentBytes(100);
  for (let i = 0; i < 50; i++) recent.set(`job/a/${i}`, Buffer.alloc(30));
  expect(recent.get('job/a/46')).toBeUndefined();
  expect(recent.get('job/a/49')).toHaveLength(30);
  recent.set('job/b/0', Buffer.alloc(30));
  recent.deleteBelow('job/a');
  expect([recent.get('job/a/49'), recent.get('job/b/0')]).toMatchObject([undefined, { length: 30 }]);
});
