import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import type { Checkpoint, ItemRef, Position } from '../../../domain/source.ts';
import type { Connector } from '../connector.ts';
import { openFolder } from './below-root.ts';
import { folderChoices } from './choices.ts';
import { localFolderConfig } from './config.ts';
import { createLocalFolderConnector } from './connector.ts';
import { createIsListed } from './listed-names.ts';
import { bytesOf, toIdPart } from './names.ts';
import { type Walk, walk } from './walk.ts';

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
    localFolderConfig.parse({ path }),
    { tokens, throttle: async () => await Promise.resolve(), logger: pino({ level: 'silent' }), maxItemBytes: 1024 },
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

  test('links that leave are listed as skipped, and never followed', async () => {
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
      { state: 'deleted', externalId: '../outside.md' },
      { state: 'deleted', externalId: '/etc/passwd' },
      { state: 'deleted', externalId: 'nul\u0000' },
    ]);
  });

  test('a pipe or a device does not block the listing or the fetch', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.md')]);
    const listed = await refOf('pipe.md');
    expect(listed === undefined || (listed.state === 'present' && listed.skip !== undefined)).toBe(true);
  });
});

describe('a folder swapped while it is read', () => {
  test('for a link out of the root, and back again: nothing behind the link is read', async () => {
    const outside = join(home, 'secrets');
    await mkdir(outside);
    await writeFile(join(outside, 'a.md'), 'secret');
    await writeFile(join(root, 'inner', 'a.md'), 'mine');
    const ref = await refOf('inner/a.md');
    if (ref?.state !== 'present') throw new Error('not listed');
    const swaps = { on: true };
    const swapping = (async () => {
      while (swaps.on) {
        await rename(join(root, 'inner'), join(home, 'aside'));
        await symlink(outside, join(root, 'inner'));
        await rm(join(root, 'inner'));
        await rename(join(home, 'aside'), join(root, 'inner'));
      }
    })();
    for (let turn = 0; turn < 300; turn++) {
      const content = await connector()
        .fetch(ref, calm)
        .catch((error: unknown) => error);
      if (content instanceof Error) expect(content.name).toBe('SyncError');
      else expect(Buffer.from((content as { bytes: Uint8Array }).bytes).toString()).toBe('mine');
    }
    swaps.on = false;
    await swapping;
  });

  test('is refused as such when its files are listed: a gap, and nothing may be swept', async () => {
    await mkdir(join(home, 'secrets'));
    await writeFile(join(home, 'secrets', 'b.md'), 'secret');
    await (await openFolder(Buffer.from(join(root, 'inner'))))[Symbol.asyncDispose]();
    await rm(join(root, 'inner'), { recursive: true });
    await symlink(join(home, 'secrets'), join(root, 'inner'));
    await expect(openFolder(Buffer.from(join(root, 'inner')))).rejects.toThrow();
    await mkdir(join(root, 'deep'));
    await symlink(join(home, 'secrets'), join(root, 'deep', 'link'));
    await mkdir(join(home, 'secrets', 'below'));
    await expect(openFolder(Buffer.from(join(root, 'deep', 'link', 'below')))).rejects.toMatchObject({
      code: 'link_leaves_folder',
    });
  });
});

describe('an unreadable folder is not an empty one', () => {
  test('its folders to choose from are refused with what to do, and without its path', async () => {
    const top = await realpath(await mkdtemp(join(tmpdir(), 'headwater-choices-')));
    await chmod(top, 0o755);
    await mkdir(join(top, 'closed'), 0o000);
    const isRoot = process.getuid?.() === 0;
    // Nothing is unreadable for root.
    if (isRoot) process.seteuid?.(65_534);
    const refused: unknown = await folderChoices([top])(join(top, 'closed'), calm).catch((error: unknown) => error);
    if (isRoot) process.seteuid?.(0);
    await rm(top, { recursive: true });
    expect(refused).toMatchObject({
      kind: 'forbidden',
      message: 'Headwater has no permission to read this folder. Change the folder’s permissions.',
    });
  });

  const asNobody = process.getuid?.() === 0 ? test.skip : test;
  asNobody('a folder without permission is a gap', async () => {
    await writeFile(join(root, 'inner', 'b.md'), 'b');
    await chmod(join(root, 'inner'), 0o000);
    const { entries, next } = await connector().listPage({ at: 'start' }, calm);
    expect(entries).toContainEqual(expect.objectContaining({ state: 'gap', externalId: 'inner', name: 'inner' }));
    expect(next).toMatchObject({ complete: true });
    expect(await connector().lookUp(['inner/b.md'], calm)).toMatchObject([{ state: 'gap' }]);
    await chmod(join(root, 'inner'), 0o700);
  });

  test.each([
    ['', 'x'],
    [', also below a name that is not UTF-8', '\\374'],
  ])(
    'a folder whose path is too long for the system is a gap by itself, and the others are listed%s',
    async (_name, first) => {
      // Created from within, step by step, so that no single path is too long
      const script = `cd "$1"; name=$(printf '${first}${'x'.repeat(240)}'); for i in $(seq 17); do mkdir $name; cd $name 2> /dev/null || exit 0; done`;
      execFileSync('bash', ['-c', script, 'bash', root]);
      const { entries, next } = await connector().listPage({ at: 'start' }, calm);
      const [gap, ...others] = entries.filter((entry) => entry.state === 'gap');
      expect(gap).toMatchObject({ code: 'folder_unreadable' });
      const part = `${first === 'x' ? 'x' : '\uFFFDFC'}${'x'.repeat(240)}`;
      expect(gap?.externalId).toMatch(new RegExp(`^${part}(/${part})+$`));
      expect(others).toEqual([]);
      expect(entries).toContainEqual(expect.objectContaining({ state: 'present', externalId: 'a.md' }));
      // What could not be read is named with its path: all else may be swept
      expect(next).toMatchObject({ complete: true });
      execFileSync('bash', ['-c', 'rm -rf "$1"/*xxx', 'bash', root]);
    },
  );

  test('what could not be read is asked for by its path, page after page', async () => {
    await mkdir(join(root, 'inner', 'deep'), { recursive: true });
    for (let i = 0; i < 1100; i++) await writeFile(join(root, 'inner', 'deep', `${i}.md`), '');
    const first = await connector().listPage({ at: 'container', externalId: 'inner' }, calm);
    if (!first.next.more) throw new Error('one page only');
    const rest = await connector().listPage({ at: 'cursor', cursor: first.next.cursor }, calm);
    const ids = [...first.entries, ...rest.entries].map((entry) => ('externalId' in entry ? entry.externalId : ''));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id?.startsWith('inner/deep/'))).toHaveLength(1100);
    expect(ids.filter((id) => !id?.startsWith('inner/'))).toEqual([]);
    expect(rest.next).toEqual({ more: false, checkpoint: null, complete: true });
  });

  test('a folder of many names is read in parts of bounded size: each file once, in order, with what lies below', async () => {
    const count = 11_000;
    execFileSync('sh', [
      '-c',
      `cd "$1" && seq -f "f%05g.md" ${count} | xargs touch && mkdir f03000 && touch f03000/in.md`,
      'sh',
      join(root, 'inner'),
    ]);
    const ids: string[] = [];
    for (let position: Position = { at: 'container', externalId: 'inner' }; ;) {
      const { entries, next } = await connector().listPage(position, calm);
      ids.push(...entries.map((entry) => ('externalId' in entry ? (entry.externalId ?? '') : '')));
      if (!next.more) break;
      position = { at: 'cursor', cursor: next.cursor };
    }
    expect(ids).toHaveLength(count + 1);
    const inOrder = (id: string): string => id.replaceAll('/', '\0');
    expect(ids).toEqual(ids.toSorted((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1)));
    expect(ids[2999]).toBe('inner/f03000/in.md');
  });

  test('many folders without files take several pages, and each file is found once, in order', async () => {
    for (let i = 0; i < 30; i++)
      await mkdir(join(root, `d${String(i).padStart(2, '0')}`, 'deep', 'deeper'), { recursive: true });
    for (const at of ['d03/deep/x.md', 'd03/deep/deeper/y.md', 'd29/z.md']) await writeFile(join(root, at), 'text');
    const paths: string[] = [];
    let pages = 0;
    for (let after: string | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
      const page: Walk = await walk(await realpath(root), { after, maxMs: 0 }, 10, calm);
      paths.push(...page.found.map(({ path }) => path));
      after = page.last;
      pages++;
    }
    expect(paths).toEqual(['a.md', 'd03/deep/deeper/y.md', 'd03/deep/x.md', 'd29/z.md']);
    expect(pages).toBeGreaterThan(30);
  });

  test('a file that could not be examined is asked for by itself, and one that is gone is no gap any more', async () => {
    const next = { more: false, checkpoint: null, complete: true };
    const page = await connector().listPage({ at: 'container', externalId: 'a.md' }, calm);
    expect(page).toMatchObject({ entries: [{ state: 'present', externalId: 'a.md', size: 1 }], next });
    for (const gone of ['nowhere', 'nowhere/a.md', 'inner/a.md'])
      expect(await connector().listPage({ at: 'container', externalId: gone }, calm)).toEqual({ entries: [], next });
  });

  test('a root that no longer exists is refused', async () => {
    await rm(root, { recursive: true });
    await expect(connector().listPage({ at: 'start' }, calm)).rejects.toMatchObject({ name: 'SyncError' });
    await expect(connector().lookUp(['a.md'], calm)).rejects.toMatchObject({ name: 'SyncError' });
  });
});

describe('names', () => {
  const named = (bytes: Buffer) => Buffer.concat([Buffer.from(`${root}/`), bytes]);
  test('that are not UTF-8 are listed with distinct ids, shown with a placeholder, found and fetched', async () => {
    const names = [
      Buffer.from('caf\xe9.md', 'latin1'),
      Buffer.from('caf\xe8.md', 'latin1'),
      Buffer.from('caf\uFFFDE9.md'),
    ];
    for (const [at, name] of names.entries()) await writeFile(named(name), `${at}`);
    await mkdir(named(Buffer.from('\xfcber', 'latin1')));
    await writeFile(named(Buffer.from('\xfcber/in.md', 'latin1')), 'in');
    const { entries } = await connector().listPage({ at: 'start' }, calm);
    const files = entries.filter((entry) => entry.state === 'present');
    expect(new Set(files.map((file) => file.externalId)).size).toBe(5);
    expect(
      files
        .map((file) => file.path ?? '')
        .join('\n')
        .split('\n')
        .toSorted(),
    ).toEqual(['a.md', 'caf\uFFFD.md', 'caf\uFFFD.md', 'caf\uFFFD\uFFFD\uFFFDE9.md', '\uFFFDber/in.md'].toSorted());
    const texts = await Promise.all(
      files.map(async (file) => Buffer.from((await connector().fetch(file, calm)).bytes).toString()),
    );
    expect(texts.toSorted()).toEqual(['0', '1', '2', 'a', 'in']);
    const found = await connector().lookUp(
      files.map((file) => file.externalId),
      calm,
    );
    expect(found.map((entry) => entry.state)).toEqual(files.map(() => 'present'));
  });

  test.each(['with\nnew line.md', 'tab\there.md', 'emoji 🦉.md', '100 %41.md', 'back\\slash.md'])(
    '%j is a name like any other',
    async (name) => {
      await writeFile(join(root, name), name);
      const ref = await refOf(name);
      if (ref?.state !== 'present') throw new Error('not listed');
      expect(Buffer.from((await connector().fetch(ref, calm)).bytes).toString()).toBe(name);
    },
  );

  test('every sequence of bytes has its own id, which converts back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
        expect([...bytesOf(toIdPart(Buffer.from(bytes)))]).toEqual([...bytes]);
      }),
    );
  });
});

test('a pipe, a socket or a device is never opened, by any call', async () => {
  execFileSync('mkfifo', [join(root, 'pipe.md')]);
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(join(root, 'socket.md'), resolve));
  for (const name of ['pipe.md', 'socket.md']) {
    const ref = await refOf(name);
    expect(ref).toMatchObject({ state: 'present', skip: { code: 'not_a_file' } });
    await expect(connector().fetch(ref as ItemRef, calm)).rejects.toMatchObject({ code: 'not_a_file', scope: 'item' });
    expect(await connector().lookUp([name], calm)).toEqual([{ state: 'deleted', externalId: name }]);
  }
  server.close();
});

test('a file with a time outside the calendar loses only its time', async () => {
  await writeFile(join(root, 'b.md'), 'b');
  // Works where the file system stores such times: tmpfs, btrfs and network mounts do.
  await utimes(join(root, 'b.md'), 99_999_999_999_999, 99_999_999_999_999);
  const { entries } = await connector().listPage({ at: 'start' }, calm);
  expect(entries).toMatchObject([
    { externalId: 'a.md', modifiedAt: expect.stringMatching(/^20/) },
    { externalId: 'b.md' },
  ]);
});

describe('a look-up confirms what a listing shows', () => {
  const entryOf = async (id: string) => (await connector().lookUp([id], calm))[0]?.state;

  test('a file in a folder that became a link is deleted, and so is one that is reached by another name', async () => {
    await writeFile(join(root, 'inner', 'b.md'), 'b');
    expect(await entryOf('inner/b.md')).toBe('present');
    await rename(join(root, 'inner'), join(root, 'moved'));
    await symlink(join(root, 'moved'), join(root, 'inner'));
    expect(await entryOf('inner/b.md')).toBe('deleted');
    expect(await entryOf('moved/b.md')).toBe('present');
    expect(await entryOf('a.md')).toBe('present');
  });

  test('the names on the way must be those in the folders, whatever the file system opens', async () => {
    await mkdir(join(root, 'Reports', 'May'), { recursive: true });
    await writeFile(join(root, 'Reports', 'May', 'Tides.md'), 't');
    const isListed = createIsListed(await realpath(root), ['Reports/May/Tides.md', 'Reports/May/tides.md']);
    expect(await isListed('Reports/May/Tides.md')).toBe(true);
    expect(await isListed('Reports/May/tides.md')).toBe(false);
  });
});

test('circular links end', async () => {
  await symlink('loop-b', join(root, 'loop-a'));
  await symlink('loop-a', join(root, 'loop-b'));
  await symlink('..', join(root, 'inner', 'up'));
  const { entries } = await connector().listPage({ at: 'start' }, calm);
  expect(entries.filter((entry) => entry.state === 'present' && entry.skip !== undefined)).toHaveLength(3);
});

test('hidden files stay hidden; an edit that keeps size and time is still found', async () => {
  await writeFile(join(root, '.secret.md'), 'x');
  expect(await refOf('.secret.md')).toBeUndefined();
  const before = await refOf('a.md');
  await writeFile(join(root, 'a.md'), 'b');
  const after = await refOf('a.md');
  if (before?.state !== 'present' || after?.state !== 'present') throw new Error('not listed');
  expect(after.fingerprint.value).not.toBe(before.fingerprint.value);
});

test('a folder that is moved in adds its files, although their own times are old', async () => {
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
