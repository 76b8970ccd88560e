import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Checkpoint } from '../../../domain/source.ts';
import type { Connector } from '../connector.ts';
import { createLocalFolderConnector } from './connector.ts';

const calm = new AbortController().signal;
let home: string;
let root: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headwater-folder-'));
  root = join(home, 'root');
  await mkdir(join(root, 'inner'), { recursive: true });
  await writeFile(join(home, 'outside.md'), 'outside');
  await writeFile(join(root, 'a.md'), 'a');
});
afterEach(async () => await rm(home, { recursive: true, force: true }));

function connector(path = root, roots = [root]): Connector {
  const tokens = { accessToken: async () => await Promise.resolve(''), invalidate: () => {} };
  return createLocalFolderConnector(
    { path },
    { tokens, pace: async () => await Promise.resolve(), logger: pino({ level: 'silent' }), maxItemBytes: 1024 },
    roots,
  );
}

const refOf = async (name: string) => {
  const { entries } = await connector().listPage({ at: 'start' }, calm);
  return entries.find((entry) => 'externalId' in entry && entry.externalId === name);
};

describe('nothing outside the allowed roots is reached', () => {
  test.each([
    ['another folder', () => home],
    ['a path that climbs out', () => `${root}/inner/../..`],
    ['the file system’s root', () => '/'],
    ['a sibling with the same beginning', () => `${root}-secret`],
  ])('%s', async (_name, path) => {
    await mkdir(`${root}-secret`, { recursive: true });
    await expect(connector(path()).check(calm)).rejects.toMatchObject({ name: 'SyncError' });
  });

  test('a root that is itself a link out of the roots', async () => {
    await symlink(home, join(root, 'way-out'));
    await expect(connector(join(root, 'way-out')).check(calm)).rejects.toMatchObject({ name: 'SyncError' });
  });

  test('links that leave are listed as left out, and never followed', async () => {
    await symlink(join(home, 'outside.md'), join(root, 'link.md'));
    await symlink(home, join(root, 'folder-link'));
    const { entries } = await connector().listPage({ at: 'start' }, calm);
    const ids = entries.map((entry) => ('externalId' in entry ? entry.externalId : entry.path));
    expect(ids).not.toContain('folder-link/outside.md');
    expect(await refOf('link.md')).toMatchObject({ skip: { code: expect.stringMatching(/link/) } });
  });

  test('a file that became a link between listing and fetching is refused', async () => {
    const ref = await refOf('a.md');
    if (ref?.state !== 'present') throw new Error('not listed');
    await rm(join(root, 'a.md'));
    await symlink(join(home, 'outside.md'), join(root, 'a.md'));
    await expect(connector().fetch(ref, calm)).rejects.toMatchObject({ name: 'SyncError', remedy: 'skip_item' });
    for (const id of ['../outside.md', 'inner/../../outside.md', '/etc/passwd'])
      await expect(connector().fetch({ ...ref, externalId: id }, calm)).rejects.toMatchObject({ name: 'SyncError' });
    expect(await connector().lookUp(['../outside.md', '/etc/passwd', 'nul\u0000'], calm)).toEqual([
      { state: 'gone', externalId: '../outside.md' },
      { state: 'gone', externalId: '/etc/passwd' },
      { state: 'gone', externalId: 'nul\u0000' },
    ]);
  });

  test('a pipe or a device does not hang the listing or the fetch', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.md')]);
    const listed = await refOf('pipe.md');
    expect(listed === undefined || (listed.state === 'present' && listed.skip !== undefined)).toBe(true);
  });
});

test('hidden files stay hidden; an edit that keeps size and time is still seen', async () => {
  await writeFile(join(root, '.secret.md'), 'x');
  expect(await refOf('.secret.md')).toBeUndefined();
  const before = await refOf('a.md');
  await writeFile(join(root, 'a.md'), 'b');
  const after = await refOf('a.md');
  if (before?.state !== 'present' || after?.state !== 'present') throw new Error('not listed');
  expect(after.fingerprint.value).not.toBe(before.fingerprint.value);
});

test('a folder that is moved in brings its files, whose own times are old', async () => {
  await mkdir(join(home, 'box', 'deep'), { recursive: true });
  await writeFile(join(home, 'box', 'deep', 'old.md'), 'old');
  // A file system's clock ticks in hundredths of a second
  await new Promise((resolve) => setTimeout(resolve, 50));
  const overlapMs = 10 * 60_000;
  const checkpoint = JSON.stringify({ time: Date.now() - 20 + overlapMs }) as Checkpoint;
  await rename(join(home, 'box'), join(root, 'box'));
  const { entries } = await connector().listPage({ at: 'checkpoint', checkpoint }, calm);
  expect(entries.map((entry) => 'externalId' in entry && entry.externalId)).toEqual(['box/deep/old.md']);
});
