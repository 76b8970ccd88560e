import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type S3Server, startS3 } from '../../test/harness/s3.ts';
import { createFolderFiles } from './folder.ts';
import { createStaging } from './packed-staging.ts';
import { RecentBytes } from './recent-bytes.ts';
import { createS3Files } from './s3.ts';
import type { StagedFiles } from './staged-files.ts';

const jobId = '0190b3c2-0000-7000-8000-000000000001';
let root: string;
let s3: S3Server;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'headwater-staging-'));
  s3 = await startS3();
}, 300_000);
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const sizes = [0, 1, 5000, 300_000, 700_000, 200_000, 200_000, 200_000, 200_000, 200_000, 200_000, 200_000];
const contents = sizes.map((size, i) => Buffer.alloc(size, `${i} tide `));

async function stage(files: StagedFiles, page: number) {
  const area = { jobId, page, batch: 0 };
  const writer = createStaging(files).writeTo(area);
  const hashes: string[] = [];
  for (const content of contents) hashes.push(await writer.put(content));
  await writer.flush();
  return { area, hashes };
}

const stores: [string, () => StagedFiles][] = [
  ['a folder', () => createFolderFiles(root)],
  ['an object store', () => createS3Files(s3.settings)],
];

test('what a failed write was to contain is written by the next one', async () => {
  const folder = createFolderFiles(root);
  let failures = 1;
  const write: StagedFiles['write'] = async (key, ...parts) => {
    if (failures-- > 0) throw new Error('no space');
    await folder.write(key, ...parts);
  };
  const staging = createStaging({ ...folder, write });
  const area = { jobId: randomUUID(), page: 1, batch: 0 };
  const writer = staging.writeTo(area);
  // Given items that were put without an error, and one with which their file is full
  const items = Array.from({ length: 6 }, (_, i) => Buffer.alloc(200_000, `${i} tide `));
  const put = await Promise.allSettled(items.map((item) => writer.put(item)));
  expect(put.map(({ status }) => status)).toEqual([...Array.from({ length: 5 }, () => 'fulfilled'), 'rejected']);
  await writer.flush();
  for (const [i, result] of put.entries())
    if (result.status === 'fulfilled')
      expect(Buffer.from(await staging.get(area, result.value)).equals(items[i] ?? Buffer.alloc(1))).toBe(true);
});

describe.each(stores)('in %s', (_, open) => {
  test('what one worker staged, another one reads, small and large, from a few files', async () => {
    const { area, hashes } = await stage(open(), 1);
    const other = createStaging(open());
    const read = await Promise.all(hashes.map((hash) => other.get(area, hash)));
    for (const [i, bytes] of read.entries())
      expect(Buffer.from(bytes).equals(contents[i] ?? Buffer.alloc(1))).toBe(true);
    expect(await open().list(`${jobId}/1.0`)).toHaveLength(4);
    expect(await other.bytesOf(jobId)).toBeGreaterThan(2_400_000);
  });

  test('deleted bytes are missing, even for the worker that staged them', async () => {
    const staging = createStaging(open());
    const area = { jobId, page: 2, batch: 0 };
    const writer = staging.writeTo(area);
    const hash = await writer.put(Buffer.from('The ferry leaves at eight.'));
    await writer.flush();
    expect(Buffer.from(await staging.get(area, hash)).toString()).toBe('The ferry leaves at eight.');
    await staging.deleteArea(area);
    await expect(staging.get(area, hash)).rejects.toMatchObject({ code: 'staged_bytes_missing' });
  });

  test('an area is deleted alone; a job with all of its areas, and no other job', async () => {
    const [mine, other] = [randomUUID(), randomUUID()];
    const staging = createStaging(open());
    const areas = [1, 11].map((page) => ({ jobId: mine, page, batch: 0 }));
    for (const area of [...areas, { jobId: other, page: 1, batch: 0 }]) {
      const writer = staging.writeTo(area);
      await writer.put(Buffer.alloc(300_000, 'tide'));
      await writer.put(Buffer.from('ebb'));
      await writer.flush();
    }
    const bytes = await staging.bytesOf(mine);
    await staging.deleteArea({ jobId: mine, page: 1, batch: 0 });
    expect(await staging.bytesOf(mine)).toBe(bytes / 2);
    await staging.deleteJob(mine);
    expect(await staging.bytesOf(mine)).toBe(0);
    expect(await staging.bytesOf(other)).toBe(bytes / 2);
    expect(await staging.jobs()).toEqual(expect.arrayContaining([other]));
    expect(await staging.jobs()).not.toContain(mine);
  });

  test('the files of a batch are read once, however many items are requested at the same time', async () => {
    const { area, hashes } = await stage(open(), 4);
    const files = open();
    const reads: string[] = [];
    const counting = {
      ...files,
      read: async (key: string) => {
        reads.push(key);
        return await files.read(key);
      },
    };
    const other = createStaging(counting);
    await Promise.all(hashes.map((hash) => other.get(area, hash)));
    const packs = reads.filter((key) => key.endsWith('.pack'));
    expect(packs).toHaveLength(new Set(packs).size);
  });
});

test('a file that a power failure truncated is never taken for complete, small or large', async () => {
  const { area, hashes } = await stage(createFolderFiles(root), 3);
  const folder = join(root, jobId, '3.0');
  for (const name of await readdir(folder)) await truncate(join(folder, name), 300);
  const after = createStaging(createFolderFiles(root));
  for (const at of [2, 3])
    await expect(after.get(area, hashes[at] ?? '')).rejects.toMatchObject({ code: 'staged_bytes_missing' });
});

test('more objects than one answer lists are counted and deleted', async () => {
  const files = createS3Files(s3.settings);
  const folder = randomUUID();
  const keys = Array.from({ length: 1005 }, (_, i) => `${folder}/1.0/${i}`);
  while (keys.length > 0) await Promise.all(keys.splice(0, 40).map((key) => files.write(key, Buffer.from('1'))));
  expect(await files.list(folder)).toHaveLength(1005);
  await files.deleteFolder(folder);
  expect(await files.list(folder)).toEqual([]);
}, 120_000);

test.each([
  ['a bucket that is not there', { bucket: 'nowhere' }, /check STAGING_S3_BUCKET/],
  ['a server that is not there', { endpoint: 'http://127.0.0.1:1' }, /Nothing listens at its address \(ECONNREFUSED\)/],
])('%s makes the step wait, says why, and is not taken for lost bytes', async (_, change, message) => {
  const files = createStaging(createS3Files({ ...s3.settings, ...change }));
  const area = { jobId, page: 9, batch: 0 };
  const waits = { code: 'staging_unavailable', remedy: 'retry', message: expect.stringMatching(message) };
  await expect(files.get(area, 'ab'.repeat(32))).rejects.toMatchObject(waits);
  await expect(files.writeTo(area).put(Buffer.alloc(300_000))).rejects.toMatchObject(waits);
  await expect(files.jobs()).rejects.toMatchObject(waits);
  await expect(files.deleteArea(area)).rejects.toMatchObject(waits);
});

test('a bucket’s other contents are neither listed nor deleted', async () => {
  const { prefix } = s3.settings;
  const above = createS3Files({ ...s3.settings, prefix: '' });
  const name = randomUUID();
  await above.write(`${name}/1.0/x`, Buffer.from('not staged'));
  const staging = createStaging(createS3Files({ ...s3.settings, prefix }));
  expect(await staging.jobs()).not.toContain(name);
  await staging.deleteJob(name);
  expect(await above.list(name)).toHaveLength(1);
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
