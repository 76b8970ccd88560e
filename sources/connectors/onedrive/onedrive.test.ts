/**
 * Tests what is specific to OneDrive: feeds, shared folders, the pre-authenticated address, and every error form in the
 * reference.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Checkpoint, Entry, ItemRef, ListPage, Position } from '../../../domain/source.ts';
import type { DriveType, SimItem } from '../../../tools/simulators/microsoft/drive-state.ts';
import { type MicrosoftSimulator, startMicrosoft } from '../../../tools/simulators/microsoft/server.ts';
import type { MicrosoftAccount } from '../../../tools/simulators/microsoft/state.ts';
import { walk } from '../../../test/conformance/suite.ts';
import type { Connector } from '../connector.ts';
import { forConfig } from '../oauth.ts';
import { oneDriveConfig } from './config.ts';
import { createOneDriveConnector } from './connector.ts';
import { readExternalId, toExternalId } from './map.ts';
import { oneDriveOAuth } from './oauth.ts';
import { quickXorHash } from './quick-xor-hash.ts';
import { itemFields } from './wire.ts';

const calm = new AbortController().signal;
const specs = join(import.meta.dirname, '../../../test/specs');
const readSpec = (name: string): unknown => JSON.parse(readFileSync(join(specs, name), 'utf8'));

let microsoft: MicrosoftSimulator;
let account: MicrosoftAccount;
let connector: Connector;
beforeEach(async () => {
  microsoft = await startMicrosoft();
  open('business');
});
afterEach(async () => await microsoft[Symbol.asyncDispose]());

/** Opens an account with a drive of this type, and a connector to it. */
function open(type: DriveType, config: object = {}): void {
  account = microsoft.state.account(`ana-${type}@example.com`, type);
  connector = connect(config);
}

function connect(config: object = {}, scopes?: readonly string[]): Connector {
  let current = microsoft.oauth.issue(account.email, scopes).accessToken;
  const tokens = {
    accessToken: async () => await Promise.resolve(current),
    invalidate: (refused: string) => {
      if (refused === current) current = microsoft.oauth.issue(account.email).accessToken;
    },
  };
  const throttle = async (): Promise<void> => await Promise.resolve();
  const context = { tokens, throttle, logger: pino({ level: 'silent' }), maxItemBytes: 1024 * 1024 };
  return createOneDriveConnector(oneDriveConfig.parse(config), context, microsoft.url);
}

const start: Position = { at: 'start' };
const from = (end: ListPage['next']): Position => {
  if (end.more || end.checkpoint === null) throw new Error('no position to go on from');
  return { at: 'checkpoint', checkpoint: end.checkpoint };
};
const itemsOf = (entries: readonly Entry[]): (ItemRef & Entry)[] =>
  entries.filter((entry) => entry.state === 'present' && entry.skip === undefined) as (ItemRef & Entry)[];
const named = (entries: readonly Entry[], name: string): Entry | undefined =>
  entries.find((entry) => 'name' in entry && entry.name === name);
const onlyItem = async (): Promise<ItemRef> => {
  const [item] = itemsOf((await walk(connector, start)).entries);
  if (item === undefined) throw new Error('nothing was listed');
  return item;
};
const text = async (ref: ItemRef): Promise<string> => Buffer.from((await connector.fetch(ref, calm)).bytes).toString();
/** Counts calls by endpoint, with ids removed. */
const counts = (): Record<string, number> => {
  const names = microsoft.log.calls.map(({ path }) =>
    path
      .replace(/^\/v1\.0/, '')
      .replace(/(drives|items)\/[^/]+/g, '$1/*')
      .replace(/\(token=.*\)/, ''),
  );
  const found: Record<string, number> = {};
  for (const name of names) found[name] = (found[name] ?? 0) + 1;
  return found;
};
/** Builds the tree as the engine does: the paths of all items. */
const pathsOf = (entries: readonly Entry[]): string[] => {
  const containers = new Map(entries.flatMap((e) => (e.state === 'container' ? [[e.externalId, e] as const] : [])));
  const pathOf = (entry: { name: string; parentExternalId: string | null }): string => {
    const parent = containers.get(entry.parentExternalId ?? '');
    return parent === undefined ? entry.name : `${pathOf(parent)}/${entry.name}`;
  };
  return itemsOf(entries).map(pathOf).toSorted();
};
const truePaths = (): string[] =>
  account
    .truth()
    .map((file) => file.path)
    .toSorted();

describe('a feed that behaves like Graph', () => {
  test.each(['business', 'personal'] as const)(
    'repeats, empty pages, children before parents: the last occurrence counts (%s)',
    async (type) => {
      open(type);
      Object.assign(microsoft.switches, { maxPage: 3, repeats: true, emptyPages: true, childrenFirst: true });
      const plans = account.addFolder('Plans');
      const ids = Array.from({ length: 7 }, (_, i) =>
        account.addFile({ name: `${i}.md`, content: `text ${i}`, parent: i % 2 === 0 ? plans : account.drive.rootId }),
      );
      const full = await walk(connector, start);
      expect(pathsOf(full.entries)).toEqual(truePaths());
      for (const item of itemsOf(full.entries)) expect(await text(item)).toMatch(/^text \d$/);

      account.delete(ids[0] ?? '');
      account.rename(ids[1] ?? '', 'renamed.md');
      account.update(ids[2] ?? '', 'new text');
      const feed = await walk(connector, from(full.end));
      expect(feed.entries).toContainEqual({ state: 'deleted', externalId: account.externalId(ids[0] ?? '') });
      expect(
        itemsOf(feed.entries)
          .map((item) => item.name)
          .toSorted(),
      ).toEqual(['2.md', 'renamed.md']);
    },
  );

  test('a moved folder is one container with its new parent; nothing is reported about its contents', async () => {
    const [away, folder] = [account.addFolder('Away'), account.addFolder('Folder')];
    account.addFile({ name: 'in.md', content: 'x', parent: folder });
    const { end } = await walk(connector, start);
    account.move(folder, away);
    const { entries } = await walk(connector, from(end));
    expect(entries).toContainEqual({
      state: 'container',
      externalId: account.externalId(folder),
      name: 'Folder',
      parentExternalId: account.externalId(away),
    });
    expect(itemsOf(entries)).toEqual([]);
  });

  test('a deleted folder is deleted, even if the tombstones of its contents are lost', async () => {
    const folder = account.addFolder('Folder');
    account.addFile({ name: 'in.md', content: 'x', parent: folder });
    const { end } = await walk(connector, start);
    account.delete(folder, { loseTombstonesBelow: true });
    const { entries } = await walk(connector, from(end));
    expect(entries).toEqual([{ state: 'deleted', externalId: account.externalId(folder) }]);
  });

  test('a folder deleted and recreated while it was listed: the next feed contains both', async () => {
    microsoft.switches.maxPage = 2;
    const folder = account.addFolder('Folder');
    for (let i = 0; i < 4; i++) account.addFile({ name: `${i}.md`, content: 'x', parent: folder });
    const first = await connector.listPage(start, calm);
    account.delete(folder);
    const again = account.addFolder('Folder');
    if (!first.next.more) throw new Error('one page only');
    const { end } = await walk(connector, { at: 'cursor', cursor: first.next.cursor });
    const { entries } = await walk(connector, from(end));
    expect(entries).toContainEqual({ state: 'deleted', externalId: account.externalId(folder) });
    expect(entries).toContainEqual(expect.objectContaining({ externalId: account.externalId(again), name: 'Folder' }));
  });

  test('a folder announced as new can be listed whole', async () => {
    microsoft.switches.maxPage = 2;
    const folder = account.addFolder('Folder');
    const below = account.addFolder('Below', folder);
    for (let i = 0; i < 3; i++) account.addFile({ name: `${i}.md`, content: 'x', parent: below });
    const { entries, end } = await walk(connector, { at: 'container', externalId: account.externalId(folder) });
    expect(itemsOf(entries).map((item) => item.name)).toEqual(['0.md', '1.md', '2.md']);
    expect(end).toEqual({ more: false, checkpoint: null, complete: false });
    account.delete(folder);
    // The engine asks whether it is deleted, and then confirms what it knows in it.
    const position: Position = { at: 'container', externalId: account.externalId(folder) };
    await expect(walk(connector, position)).rejects.toMatchObject({ kind: 'not_found', scope: 'container' });
  });

  test('an enumeration without the root item is not complete (pitfall 7)', async () => {
    account.addFile({ name: 'a.md', content: 'a' });
    microsoft.switches.headless = true;
    expect((await walk(connector, start)).end).toMatchObject({ complete: false });
  });

  test('links that point elsewhere are not followed', async () => {
    const body = { value: [], '@odata.nextLink': 'https://evil.example/v1.0/me/drive/root/delta' };
    microsoft.faults.add({ path: '/root/delta', then: { status: 200, body } });
    await expect(connector.listPage(start, calm)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'unexpected_answer',
    });
  });
});

describe('a lost position', () => {
  test.each([
    [410, 'resyncRequired', 'resyncApplyDifferences', 'resync_apply_differences'],
    [410, 'resyncRequired', 'resyncUploadDifferences', 'resync_upload_differences'],
    [410, 'resyncRequired', 'resyncChangesApplyDifferences', 'resync_apply_differences'],
    [410, 'resyncRequired', 'resyncChangesUploadDifferences', 'resync_upload_differences'],
    [410, 'resyncRequired', '', 'resync_required'],
    [410, 'syncStateNotFound', '', 'sync_state_not_found'],
    [404, 'syncStateNotFound', '', 'sync_state_not_found'],
    [400, 'syncStateNotFound', '', 'sync_state_not_found'],
    [404, 'itemNotFound', '', 'checkpoint_expired'],
  ])(
    '%i %s %s: everything is listed again, from our own start and not from Location',
    async (status, code, inner, ours) => {
      account.addFile({ name: 'a.md', content: 'a' });
      const { end } = await walk(connector, start);
      account.expirePositions();
      microsoft.switches.resync = { status, code, inner, location: status === 410 };
      microsoft.log.clear();
      await expect(connector.listPage(from(end), calm)).rejects.toMatchObject({
        kind: 'checkpoint_expired',
        code: ours,
      });
      expect(microsoft.log.total).toBe(1);
      expect((await walk(connector, start)).items).toHaveLength(1);
    },
  );

  test('a next link that expires in the middle of a listing is a lost position too', async () => {
    microsoft.switches.maxPage = 2;
    for (let i = 0; i < 5; i++) account.addFile({ name: `${i}.md`, content: 'x' });
    const first = await connector.listPage(start, calm);
    account.expirePositions();
    if (!first.next.more) throw new Error('one page only');
    const rest = connector.listPage({ at: 'cursor', cursor: first.next.cursor }, calm);
    await expect(rest).rejects.toMatchObject({ kind: 'checkpoint_expired' });
  });

  test('a checkpoint that names another host is foreign: no token is sent there', async () => {
    const positions = { driveId: 'x', link: 'https://evil.example/v1.0/delta', shared: [] };
    const checkpoint = JSON.stringify({ v: 1, positions }) as Checkpoint;
    await expect(connector.listPage({ at: 'checkpoint', checkpoint }, calm)).rejects.toMatchObject({
      kind: 'checkpoint_expired',
    });
    expect(microsoft.log.total).toBe(0);
  });
});

describe('items that others have shared', () => {
  let other: MicrosoftAccount;
  let folder: string;
  let file: string;
  const share = (type: DriveType): string => {
    open(type);
    other = microsoft.state.account(`bo-${type}@example.com`, type);
    folder = other.addFolder('Boats');
    file = other.addFile({ name: 'Alke.md', content: 'a boat', parent: other.addFolder('Small', folder) });
    other.addFile({ name: 'secret.md', content: 'not shared' });
    other.share(folder, account);
    return account.addShortcut('Boats of Bo', other, folder, account.addFolder('Plans'));
  };

  test.each(['business', 'personal'] as const)(
    'is placed where its shortcut is, under the shortcut’s name (%s)',
    async (type) => {
      share(type);
      const { entries, items, end } = await walk(connector, start);
      expect(pathsOf(entries)).toEqual(['OneDrive/Plans/Boats of Bo/Small/Alke.md']);
      expect(pathsOf(entries)).toEqual(truePaths());
      expect(items.map((item) => item.externalId)).toEqual([other.externalId(file)]);
      expect(await text(items[0] as ItemRef)).toBe('a boat');
      expect(end).toMatchObject({ complete: true });
    },
  );

  test('a personal drive reports changes in a shared folder in a separate feed', async () => {
    share('personal');
    const { end } = await walk(connector, start);
    other.update(file, 'a larger boat');
    const added = other.addFile({ name: 'Tordalk.md', content: 'another', parent: folder });
    const feed = await walk(connector, from(end));
    expect(
      itemsOf(feed.entries)
        .map((item) => item.externalId)
        .toSorted(),
    ).toEqual([file, added].map((id) => other.externalId(id)).toSorted());
    other.delete(file);
    other.move(added, other.drive.rootId);
    const last = await walk(connector, from(feed.end));
    for (const id of [file, added])
      expect(last.entries).toContainEqual({ state: 'deleted', externalId: other.externalId(id) });
  });

  test('a file that moves from one shared folder to another is not deleted, whichever feed is read last', async () => {
    share('personal');
    const second = other.addFolder('More boats');
    other.share(second, account);
    account.addShortcut('More boats of Bo', other, second);
    const back = other.addFile({ name: 'Back.md', content: 'b', parent: second });
    const { end } = await walk(connector, start);
    other.move(file, second);
    other.move(back, folder);
    const feed = await walk(connector, from(end));
    expect(feed.entries).toContainEqual(
      expect.objectContaining({ state: 'present', parentExternalId: other.externalId(second) }),
    );
    expect(feed.entries).toContainEqual(
      expect.objectContaining({ state: 'present', parentExternalId: other.externalId(folder) }),
    );
    expect(feed.entries.filter(({ state }) => state === 'deleted')).toEqual([]);
    other.move(back, other.drive.rootId);
    const out = await walk(connector, from(feed.end));
    expect(out.entries).toContainEqual({ state: 'deleted', externalId: other.externalId(back) });
  });

  test('a business drive has no feed of a folder: the next run is told at once to list everything', async () => {
    share('business');
    const { end } = await walk(connector, start);
    microsoft.log.clear();
    await expect(connector.listPage(from(end), calm)).rejects.toMatchObject({
      kind: 'checkpoint_expired',
      code: 'shared_folder_without_feed',
    });
    expect(microsoft.log.total).toBe(0);
    connector = connect({ includeSharedFolders: false });
    expect((await walk(connector, from(end))).entries).toEqual([
      { state: 'deleted', externalId: other.externalId(folder) },
    ]);
  });

  test('a renamed shortcut renames the folder; a removed one removes it', async () => {
    const shortcut = share('personal');
    const { end } = await walk(connector, start);
    account.rename(shortcut, 'Ships');
    const renamed = await walk(connector, from(end));
    expect(named(renamed.entries, 'Ships')).toMatchObject({ state: 'container', externalId: other.externalId(folder) });
    expect(counts()[`/drives/*/items/*/delta`]).toBe(3);
    account.delete(shortcut);
    const removed = await walk(connector, from(renamed.end));
    expect(removed.entries).toContainEqual({ state: 'deleted', externalId: other.externalId(folder) });
    microsoft.log.clear();
    await walk(connector, from(removed.end));
    expect(microsoft.log.total).toBe(1);
  });

  test('a shortcut that is added later adds the whole folder', async () => {
    share('personal');
    account.delete([...account.drive.items.values()].find((item) => item.kind === 'shortcut')?.id ?? '');
    const { end } = await walk(connector, start);
    account.addShortcut('Again', other, folder);
    const feed = await walk(connector, from(end));
    expect(itemsOf(feed.entries).map((item) => item.name)).toEqual(['Alke.md']);
    other.update(file, 'changed');
    expect(itemsOf((await walk(connector, from(feed.end))).entries)).toHaveLength(1);
  });

  test('access that is withdrawn is a deletion; the own drive continues (pitfall 9)', async () => {
    share('personal');
    const { end } = await walk(connector, start);
    other.unshare(folder, account);
    account.addFile({ name: 'own.md', content: 'x' });
    const feed = await walk(connector, from(end));
    expect(feed.entries).toContainEqual({ state: 'deleted', externalId: other.externalId(folder) });
    expect(named(feed.entries, 'own.md')).toBeDefined();
    expect(named((await walk(connector, start)).entries, 'Boats of Bo')).toMatchObject({
      skip: { code: 'shortcut_dangling' },
    });
  });

  test('a lost position of a shared folder that still exists is a lost position', async () => {
    share('personal');
    const { end } = await walk(connector, start);
    other.expirePositions();
    await expect(walk(connector, from(end))).rejects.toMatchObject({ kind: 'checkpoint_expired' });
  });

  test('left out by configuration: with a reason, and deleted if it was present before', async () => {
    share('personal');
    const { end } = await walk(connector, start);
    connector = connect({ includeSharedFolders: false });
    const feed = await walk(connector, from(end));
    expect(feed.entries).toEqual([{ state: 'deleted', externalId: other.externalId(folder) }]);
    const full = await walk(connector, start);
    expect(named(full.entries, 'Boats of Bo')).toMatchObject({ skip: { code: 'shared_folder' } });
  });

  test('a shared file is an item under its shortcut’s id, with the content of its target', async () => {
    share('personal');
    other.share(file, account);
    const shortcut = account.addShortcut('Boat.md', other, file);
    const { entries, end } = await walk(connector, start);
    const item = named(entries, 'Boat.md') as ItemRef & Entry;
    expect(item).toMatchObject({ externalId: account.externalId(shortcut), fingerprint: { kind: 'sha256' } });
    expect(await text(item)).toBe('a boat');
    expect(await connector.lookUp([item.externalId], calm)).toMatchObject([{ state: 'present', name: 'Boat.md' }]);
    account.delete(shortcut);
    expect((await walk(connector, from(end))).entries).toContainEqual({
      state: 'deleted',
      externalId: item.externalId,
    });
  });
});

describe('items', () => {
  test('each kind of drive has its own fingerprints; without a hash the tags are used', async () => {
    account.addFile({ name: 'a.md', content: 'hello' });
    account.addFile({ name: 'fresh.md', content: 'hello', hashed: false });
    const business = (await walk(connector, start)).entries;
    expect(named(business, 'a.md')).toMatchObject({
      fingerprint: { kind: 'quick_xor_hash', value: quickXorHash(Buffer.from('hello')) },
    });
    expect(named(business, 'fresh.md')).toMatchObject({ fingerprint: { kind: 'etag' } });
    open('personal');
    account.addFile({ name: 'a.md', content: 'hello' });
    account.addFile({ name: 'fresh.md', content: 'hello', hashed: false });
    const personal = (await walk(connector, start)).entries;
    expect(named(personal, 'a.md')).toMatchObject({ fingerprint: { kind: 'sha256', value: /^[0-9a-f]{64}$/ } });
    expect(named(personal, 'fresh.md')).toMatchObject({ fingerprint: { kind: 'version' } });
  });

  test('notebooks and malware are skipped with a reason', async () => {
    account.addNotebook('Watch log');
    account.addFile({ name: 'v.docx', content: 'x', malware: true });
    const { entries } = await walk(connector, start);
    expect(named(entries, 'Watch log')).toMatchObject({ skip: { code: 'notebook' } });
    expect(named(entries, 'v.docx')).toMatchObject({ skip: { code: 'malware' } });
  });

  test('one personal drive is one drive, however Graph writes its id', () => {
    const ids = ['A1B2C3D4E5F6071', '0a1b2c3d4e5f6071'].map((driveId) => toExternalId({ driveId, itemId: 'X!1' }));
    expect(new Set(ids)).toEqual(new Set(['0a1b2c3d4e5f6071:X!1']));
    expect(toExternalId({ driveId: 'b!Ab', itemId: '01A' })).toBe('b!Ab:01A');
    expect(readExternalId('b!Ab:01A')).toEqual({ driveId: 'b!Ab', itemId: '01A' });
    expect(readExternalId('nonsense')).toBeNull();
  });

  test('the requested item fields are in the vendor’s specification', () => {
    const { $defs } = readSpec('graph.schemas.json') as { $defs: Record<string, { properties: object }> };
    const known = Object.keys($defs['microsoft.graph.driveItem']?.properties ?? {});
    expect(itemFields.split(',').filter((name) => !known.includes(name))).toEqual([]);
  });

  test('quickXorHash agrees with all published vectors', () => {
    const { quickXorHash: vectors } = readSpec('hash-vectors.json') as {
      quickXorHash: { inBase64: string; outBase64: string }[];
    };
    expect(vectors).toHaveLength(70);
    for (const { inBase64, outBase64 } of vectors)
      expect(quickXorHash(Buffer.from(inBase64, 'base64'))).toBe(outBase64);
  });
});

describe('content', () => {
  test('comes from the pre-authenticated address, without our token', async () => {
    account.addFile({ name: 'a.json', mimeType: 'application/json', content: '{"a":1}' });
    expect(await text(await onlyItem())).toBe('{"a":1}');
    // The host refuses requests with a token
    expect(microsoft.downloadHost.log.calls.map((call) => call.status)).toEqual([200]);
    expect(microsoft.downloadHost.log.calls[0]?.query).toEqual({ tempauth: expect.any(String) });
  });

  test.each([401, 403, 404])('an address that is refused with %i is replaced by a new one, once', async (status) => {
    account.addFile({ name: 'a.md', content: 'hello' });
    const item = await onlyItem();
    microsoft.downloadHost.faults.add({ path: '^/download', times: 1, then: { status } });
    expect(await text(item)).toBe('hello');
    microsoft.downloads.liveMs = -1;
    await expect(text(item)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test.each([true, false])('a download host may send to another address (relative: %s)', async (relative) => {
    account.addFile({ name: 'a.md', content: 'hello' });
    const item = await onlyItem();
    microsoft.downloads.redirects = { count: 2, relative };
    expect(await text(item)).toBe('hello');
    expect(microsoft.downloadHost.log.calls.map(({ status }) => status)).toEqual([302, 302, 200]);
  });

  test('a download host that sends in a circle, or to a sign-in, is asked again later', async () => {
    account.addFile({ name: 'a.md', content: 'hello' });
    const item = await onlyItem();
    microsoft.downloads.redirects = { count: 1000, relative: false };
    await expect(text(item)).rejects.toMatchObject({ kind: 'unavailable', code: 'unexpected_answer' });
    expect(microsoft.downloadHost.log.total).toBeLessThan(10);
    const headers = { location: 'https://login.microsoftonline.example/common' };
    microsoft.downloadHost.faults.add({ path: '^/download', then: { status: 302, headers } });
    await expect(text(item)).rejects.toMatchObject({ kind: 'unavailable', code: 'unexpected_answer' });
  });

  test('addresses outside Microsoft’s hosts are not followed', async () => {
    account.addFile({ name: 'a.md', content: 'hello' });
    const item = await onlyItem();
    for (const origin of [
      'https://evil.example',
      'https://sharepoint.com.evil.example',
      'http://contoso.sharepoint.com',
    ]) {
      microsoft.downloads.origin = origin;
      await expect(text(item)).rejects.toMatchObject({ kind: 'unsupported', code: 'download_host' });
    }
  });

  test('a truncated body, and one that was damaged, are fetched again', async () => {
    account.addFile({ name: 'a.md', content: 'hello '.repeat(1000) });
    const item = await onlyItem();
    microsoft.downloadHost.faults.add({ path: '^/download', times: 1, then: { truncate: 0.5 } });
    await expect(text(item)).rejects.toMatchObject({ kind: 'unavailable', code: 'no_answer' });
    microsoft.downloads.damages = true;
    await expect(text(item)).rejects.toMatchObject({ kind: 'unavailable', code: 'checksum_mismatch' });
  });

  test.each(['a.pdf', 'a.heic', 'a.md', 'a.docx'])(
    '%s, for which OneDrive states a hash that its bytes never have, is accepted as it arrives each time',
    async (name) => {
      account.addFile({ name, content: 'one' });
      microsoft.downloads.rewrites = true;
      expect(await text(await onlyItem())).toBe('one ');
    },
  );

  test('a few words in place of a large file are not the file, although they are always the same', async () => {
    const id = account.addFile({ name: 'a.pdf', content: 'one '.repeat(1000) });
    const item = await onlyItem();
    const notice = { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: 'A virus was found.' };
    microsoft.downloadHost.faults.add({ path: '^/download', then: notice });
    await expect(text(item)).rejects.toMatchObject({ code: 'checksum_mismatch' });
    account.drive.items.set(id, { ...account.drive.items.get(id), malware: true } as SimItem);
    await expect(text(item)).rejects.toMatchObject({ kind: 'unsupported', code: 'malware', scope: 'item' });
  });

  test.each(['a.pdf', 'a.docx'])(
    'a web page in place of %s is not the file, although it is always the same',
    async (name) => {
      account.addFile({ name, content: 'one' });
      const item = await onlyItem();
      const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>blocked</html>' };
      microsoft.downloadHost.faults.add({ path: '^/download', then: page });
      await expect(text(item)).rejects.toMatchObject({ code: 'unexpected_answer', scope: 'item' });
    },
  );

  test('a file that changed since it was listed is fetched as it is now; an Office file that SharePoint rewrote is accepted as it arrives', async () => {
    const id = account.addFile({ name: 'a.md', content: 'one' });
    const item = await onlyItem();
    account.update(id, 'two');
    expect(await text(item)).toBe('two');
    account.rename(id, 'a.docx');
    microsoft.downloads.rewrites = true;
    expect(await text(await onlyItem())).toBe('two ');
  });

  test('old Office formats arrive as Graph’s PDF; others unchanged', async () => {
    account.addFile({ name: 'old.doc', mimeType: 'application/msword', content: 'an old plan' });
    const item = await onlyItem();
    expect(item).toMatchObject({ mimeType: 'application/msword', fetchedAs: 'application/pdf' });
    const { bytes, mimeType } = await connector.fetch(item, calm);
    expect(mimeType).toBe('application/pdf');
    expect(Buffer.from(bytes).toString()).toMatch(/^%PDF-[\s\S]*an old plan/);
    expect(microsoft.log.calls.filter((call) => call.query['format'] === 'pdf')).toHaveLength(1);
    const { mimeType: _other, fetchedAs, ...rest } = item;
    expect(fetchedAs).toBe('application/pdf');
    microsoft.log.clear();
    await connector.fetch({ ...rest, mimeType: null, name: 'new.docx' }, calm);
    expect(microsoft.log.calls.every((call) => call.query['format'] === undefined)).toBe(true);
  });

  test('Loop pages arrive as Graph’s HTML, and nothing else in its place', async () => {
    account.addFile({ name: 'Retro.loop', mimeType: 'application/octet-stream', content: 'a shared page' });
    const item = await onlyItem();
    expect(item).toMatchObject({ fetchedAs: 'text/html' });
    const { bytes, mimeType } = await connector.fetch(item, calm);
    expect(mimeType).toBe('text/html');
    expect(Buffer.from(bytes).toString()).toMatch(/<p>a shared page<\/p>/);
    microsoft.downloadHost.faults.add({ path: '^/download', then: { status: 200, body: { fluid: true } } });
    await expect(connector.fetch(item, calm)).rejects.toMatchObject({ code: 'unexpected_answer', scope: 'item' });
  });

  test('an abort during a download is passed on as the abort', async () => {
    account.addFile({ name: 'a.md', content: 'hello' });
    const item = await onlyItem();
    microsoft.downloadHost.faults.add({ path: '^/download', then: { delayMs: 5000 } });
    const reason = new Error('stopped');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    await expect(connector.fetch(item, controller.signal)).rejects.toBe(reason);
  });
});

describe('errors', () => {
  const graphError = (code: string, inner?: string) => ({
    error: {
      code,
      message: 'm',
      ...(inner === undefined ? {} : { innererror: { 'request-id': 'r', innerError: { code: inner } } }),
    },
  });

  test.each([
    [429, { 'retry-after': '17' }, graphError('activityLimitReached'), 'rate_limited', 17_000],
    [429, {}, graphError('tooManyRequests'), 'rate_limited', 10_000],
    [429, { 'ratelimit-reset': '31' }, graphError('activityLimitReached'), 'rate_limited', 31_000],
    [503, { 'retry-after': '120' }, graphError('serviceNotAvailable'), 'rate_limited', 120_000],
    [503, {}, '<html><body>Service Unavailable</body></html>', 'unavailable', undefined],
    [509, {}, graphError('bandwidthLimitExceeded'), 'rate_limited', 10_000],
    [400, { 'retry-after': '3' }, graphError('invalidRequest', 'throttledRequest'), 'rate_limited', 3000],
    [507, { 'retry-after': '3600' }, graphError('quotaLimitReached'), 'quota_exhausted', 3_600_000],
    [500, {}, graphError('generalException'), 'unavailable', undefined],
    [502, {}, 'Bad Gateway', 'unavailable', undefined],
    [504, { 'retry-after': '5' }, '', 'unavailable', 5000],
    [423, {}, graphError('resourceLocked'), 'unavailable', undefined],
    [404, {}, graphError('itemNotFound'), 'not_found', undefined],
    [410, {}, graphError('itemNotFound'), 'not_found', undefined],
    [403, {}, graphError('accessDenied'), 'forbidden', undefined],
    [403, {}, graphError('accessDenied', 'malwareDetected'), 'unsupported', undefined],
    [406, {}, graphError('notAcceptable'), 'unsupported', undefined],
    [400, {}, graphError('notSupported'), 'unsupported', undefined],
    [400, {}, graphError('invalidRequest'), 'invalid_input', undefined],
  ])('of one item: %i %j %j is %s', async (status, headers, body, kind, retryAfterMs) => {
    account.addFile({ name: 'a.md', content: 'a' });
    const item = await onlyItem();
    microsoft.faults.add({ path: '/content$', then: { status, headers, body } });
    microsoft.log.clear();
    await expect(text(item)).rejects.toMatchObject({ name: 'SyncError', kind, retryAfterMs });
    // One call gets one answer: the workflow engine retries, not the connector. A long wait is confirmed by the account.
    expect(microsoft.log.calls.filter(({ path }) => path.endsWith('/content'))).toHaveLength(1);
  });

  test('a Retry-After may be a date', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    microsoft.faults.add({ path: '/me/drive', then: { status: 429, headers: { 'retry-after': date }, body: '' } });
    const refusal = await connector.listPage(start, calm).catch((error: unknown) => error);
    expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(50_000);
  });

  test.each([
    [429, { 'retry-after': '9' }, 'rate_limited', 9000],
    [503, {}, 'unavailable', undefined],
    [500, {}, 'unavailable', undefined],
  ])('of a download host: %i %j is %s', async (status, headers, kind, retryAfterMs) => {
    account.addFile({ name: 'a.md', content: 'a' });
    const item = await onlyItem();
    microsoft.downloadHost.faults.add({ path: '^/download', then: { status, headers, body: 'x' } });
    await expect(text(item)).rejects.toMatchObject({ kind, retryAfterMs });
  });

  test('a missing answer is temporary, at both hosts', async () => {
    account.addFile({ name: 'a.md', content: 'a' });
    const item = await onlyItem();
    microsoft.downloadHost.faults.add({ path: '^/download', then: { reset: true } });
    await expect(text(item)).rejects.toMatchObject({ kind: 'unavailable', code: 'no_answer' });
    microsoft.faults.add({ path: '/', then: { reset: true } });
    await expect(connector.listPage(start, calm)).rejects.toMatchObject({ kind: 'unavailable', code: 'no_answer' });
  });

  test('an account without a OneDrive, and a sign-in without enough permissions, say what to do', async () => {
    connector = connect({}, ['User.Read']);
    await expect(connector.check(calm)).rejects.toMatchObject({ kind: 'insufficient_scope', remedy: 'sign_in' });
    microsoft.faults.add({ path: '/me/drive', then: { status: 404, body: graphError('ResourceNotFound') } });
    await expect(connector.check(calm)).rejects.toMatchObject({ kind: 'invalid_input', code: 'no_drive' });
  });

  test('a refused listing does not mean that the account has no OneDrive', async () => {
    microsoft.faults.add({ path: '/delta', then: { status: 400, body: graphError('invalidRequest') } });
    await expect(connector.listPage(start, calm)).rejects.toMatchObject({
      kind: 'invalid_input',
      scope: 'account',
      message: expect.stringMatching(/refused this request \(invalidRequest\)/),
    });
  });

  test('a sign-in that may not read the profile is named after the owner of the drive', async () => {
    connector = connect({}, ['Files.Read']);
    expect(await connector.check(calm)).toEqual({ account: 'ana-business' });
  });

  test('a token that expires is replaced once, in the middle of a run', async () => {
    account.addFile({ name: 'a.md', content: 'a' });
    const item = await onlyItem();
    microsoft.oauth.expireAccessTokens(account.email);
    expect(await text(item)).toBe('a');
    microsoft.log.clear();
    microsoft.faults.add({ path: '/content$', then: { status: 401, body: graphError('InvalidAuthenticationToken') } });
    // The account will be asked whether the sign-in has ended
    await expect(text(item)).rejects.toMatchObject({ kind: 'unauthorized', remedy: 'check_sign_in', scope: 'item' });
    expect(microsoft.log.total).toBe(2);
  });

  test('a claims challenge is for the person: no other token is tried', async () => {
    const challenge = 'Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="';
    const then = {
      status: 401,
      headers: { 'www-authenticate': challenge },
      body: graphError('InvalidAuthenticationToken'),
    };
    microsoft.faults.add({ path: '/me/drive', then });
    await expect(connector.listPage(start, calm)).rejects.toMatchObject({ code: 'claims_challenge' });
    expect(microsoft.log.total).toBe(1);
  });

  test('errors contain no token and no download address', async () => {
    account.addFile({ name: 'a.md', content: 'a' });
    const item = await onlyItem();
    microsoft.downloadHost.faults.add({ path: '^/download', then: { status: 500, body: 'x' } });
    microsoft.faults.add({ path: '/root/delta', then: { status: 500, body: graphError('generalException') } });
    for (const call of [async () => await text(item), async () => await connector.listPage(start, calm)]) {
      const error: unknown = await call().catch((refusal: unknown) => refusal);
      const shown = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause);
      expect(shown).not.toMatch(/eyJ0eXAi|tempauth|Bearer/);
    }
  });

  test('a base address may not send tokens over an unencrypted connection', () => {
    const tokens = { accessToken: async () => await Promise.resolve(''), invalidate: () => {} };
    const context = { tokens, throttle: async () => await Promise.resolve() };
    const create = (url: string) => () =>
      createOneDriveConnector(oneDriveConfig.parse({}), { ...context, logger: pino(), maxItemBytes: 1 }, url);
    expect(create('http://graph.example')).toThrow('https');
    expect(create('https://graph.example')).not.toThrow();
  });

  test('folders can be chosen, and the selection is theirs at any depth', async () => {
    const plans = account.addFolder('Plans');
    account.addFolder('Deep', plans);
    account.addFile({ name: 'a.md', content: 'a' });
    const [choice] = (await connector.choices?.['folders']?.(null, calm)) ?? [];
    expect(choice).toMatchObject({ label: 'Plans', hasChildren: true });
    const below = await connector.choices?.['folders']?.(choice?.value ?? '', calm);
    expect(below).toMatchObject([{ label: 'Deep', hasChildren: false }]);
    const { selects } = connect({ folders: [choice?.value] });
    const item = { kind: 'item', name: 'a.md', path: 'a.md', mimeType: null, modifiedAt: null } as const;
    expect(selects?.({ ...item, containers: [below?.[0]?.value ?? '', choice?.value ?? ''] })).toBe(true);
    expect(selects?.({ ...item, containers: ['elsewhere'] })).toBe(false);
  });

  test('selected folders that are gone are named, in the own drive and in shared ones', async () => {
    open('personal');
    const friend = microsoft.state.account('bo@example.com', 'personal');
    const [theirs, plans, notes] = [friend.addFolder('Theirs'), account.addFolder('Plans'), account.addFolder('Notes')];
    const inside = friend.addFolder('Inside', theirs);
    friend.addFile({ name: 'b.md', content: 'b', parent: inside });
    friend.share(theirs, account);
    const shortcut = account.addShortcut('Theirs', friend, theirs);
    for (const parent of [plans, notes]) account.addFile({ name: 'a.md', content: 'a', parent });
    const [own, kept, shared, below] = [
      account.externalId(plans),
      account.externalId(notes),
      friend.externalId(theirs),
      friend.externalId(inside),
    ];
    connector = connect({ folders: [own, kept, shared, below] });
    const gone = async (position: Position) => {
      const { entries, end } = await walk(connector, position);
      const gaps = entries.flatMap((entry) => (entry.state === 'gap' ? [`${entry.code} ${entry.externalId}`] : []));
      return { gaps, end };
    };
    const missing = (...ids: string[]) => ids.map((id) => `selected_folder_missing selected folder ${id}`);
    const first = await gone(start);
    expect(first.gaps).toEqual([]);
    account.delete(plans);
    account.delete(shortcut);
    const feed = await gone(from(first.end));
    expect(feed.gaps.toSorted()).toEqual(missing(own, shared).toSorted());
    expect((await gone(from(feed.end))).gaps).toEqual([]);
    expect((await gone(start)).gaps).toEqual(missing(own, shared, below));
    // A refusal proves nothing.
    microsoft.faults.add({ path: '/items/[^/]+$', then: { status: 503 } });
    expect((await gone(start)).gaps).toEqual([]);
  });

  test('a wrong configuration is answered with the key concerned', () => {
    const refused = oneDriveConfig.safeParse({ includeSharedFolders: 'yes' });
    expect(refused.error?.issues).toMatchObject([{ path: ['includeSharedFolders'], message: 'must be true or false' }]);
    expect(oneDriveConfig.safeParse({ folder: '/' }).success).toBe(false);
  });
});

describe('calls to Graph', () => {
  test('for 1,000 items: four to list them, one each to fetch; one if nothing changed', async () => {
    account.generate(1000);
    const { items, end } = await walk(connector, start);
    expect(items).toHaveLength(1000);
    expect(counts()).toEqual({ '/me/drive': 1, '/drives/*/root/delta': 3 });
    microsoft.log.clear();
    for (const item of items.slice(0, 20)) await connector.fetch(item, calm);
    expect(counts()).toEqual({ '/drives/*/items/*/content': 20 });
    microsoft.log.clear();
    expect((await walk(connector, from(end))).entries).toEqual([]);
    expect(counts()).toEqual({ '/drives/*/root/delta': 1 });
    microsoft.log.clear();
    await walk(connector, start);
    expect(microsoft.log.total).toBe(4);
    expect([...microsoft.log.mutating(), ...microsoft.downloadHost.log.mutating()]).toEqual([]);
  });

  test('name their application, and so get the whole quota', async () => {
    account.addFile({ name: 'a.md', content: 'a' });
    microsoft.throttle.limit = 4;
    await walk(connector, start);
    expect(microsoft.throttle.used).toBe(4);
    await expect(connector.listPage(start, calm)).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 2000 });
  });
});

describe('document libraries of SharePoint sites', () => {
  const scopes = ['offline_access', 'User.Read', 'Files.Read.All', 'Sites.Read.All'];
  let documents: MicrosoftAccount;
  let id: string;
  beforeEach(() => {
    documents = microsoft.state.addLibrary('Marketing', 'Documents', [account]);
    microsoft.state.addLibrary('Board', 'Minutes', []);
    id = documents.externalId(documents.drive.rootId);
    connector = connect({ libraries: [id] }, scopes);
  });

  test('are offered site by site, as far as the account can see them', async () => {
    const [site, ...others] = (await connector.choices?.['libraries']?.(null, calm)) ?? [];
    expect([site?.label, site?.hasChildren, others]).toEqual(['Marketing', true, []]);
    expect(await connector.choices?.['libraries']?.(site?.value ?? '', calm)).toEqual([
      { value: id, label: 'Documents', hasChildren: false },
    ]);
    expect(oneDriveConfig.safeParse({ libraries: [site?.value] }).success).toBe(false);
  });

  test('are not found without Sites.Read.All, which is named; files need no more than before', async () => {
    const file = documents.addFile({ name: 'Plan.md', content: 'the plan' });
    const narrow = connect({ libraries: [id] });
    await expect(narrow.choices?.['libraries']?.(null, calm)).rejects.toMatchObject({
      kind: 'insufficient_scope',
      message: expect.stringContaining('Sites.Read.All'),
    });
    expect(itemsOf((await walk(narrow, start)).entries).map(({ externalId }) => externalId)).toEqual([
      documents.externalId(file),
    ]);
    const asked = (config: object) => forConfig(oneDriveOAuth, config).scopes.includes('Sites.Read.All');
    expect([asked({}), asked({ includeSharePoint: true })]).toEqual([false, true]);
  });

  test('do not exist for a personal account, whose drive is there all the same', async () => {
    const message = 'This API is not supported for MSA accounts';
    const refusal = { status: 400, body: { error: { code: 'BadRequest', message } } };
    microsoft.faults.add({ path: '/v1.0/sites', then: refusal });
    await expect(connector.choices?.['libraries']?.(null, calm)).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringMatching(/no SharePoint sites for this account\. A personal account has none/),
    });
  });

  test('are listed under the names of site and library, and followed by a feed of their own', async () => {
    const own = account.addFile({ name: 'mine.md', content: 'mine' });
    const file = documents.addFile({ name: 'Plan.md', content: 'the plan' });
    const { entries, end } = await walk(connector, start);
    expect(end).toMatchObject({ complete: true });
    expect(entries).toContainEqual({
      state: 'container',
      externalId: id,
      name: 'Marketing – Documents',
      parentExternalId: null,
    });
    const plan = itemsOf(entries).find(({ name }) => name === 'Plan.md');
    expect(plan).toMatchObject({ externalId: documents.externalId(file), parentExternalId: id });
    expect(await text(plan as ItemRef)).toBe('the plan');

    documents.update(file, 'changed');
    account.delete(own);
    const feed = await walk(connector, from(end));
    expect(itemsOf(feed.entries).map(({ name }) => name)).toEqual(['Plan.md']);
    expect(feed.entries).toContainEqual({ state: 'deleted', externalId: account.externalId(own) });
    expect(await connector.lookUp([documents.externalId(file)], calm)).toMatchObject([{ state: 'present' }]);
    // Another library's item, and one of a library that is no longer selected, are outside.
    expect(await connect().lookUp([documents.externalId(file)], calm)).toMatchObject([{ state: 'deleted' }]);
    const without = await walk(connect(), from(feed.end));
    expect(without.entries).toContainEqual({ state: 'deleted', externalId: id });
  });

  test('whose name alone cannot be read are followed all the same', async () => {
    documents.addFile({ name: 'Plan.md', content: 'the plan' });
    const path = `drives/${documents.drive.id.replace('!', '.')}$`;
    microsoft.faults.add({ path, then: { status: 503 } });
    const { entries, end } = await walk(connector, start);
    expect(entries).toContainEqual(expect.objectContaining({ state: 'gap', externalId: id }));
    microsoft.faults.clear();
    documents.addFile({ name: 'Later.md', content: 'later' });
    const later = await walk(connector, from(end));
    expect(itemsOf(later.entries).map(({ name }) => name)).toContain('Later.md');
  });

  test('that the account may no longer see are deleted with what is in them; a failing one is a gap of its own', async () => {
    documents.addFile({ name: 'Plan.md', content: 'the plan' });
    const mine = account.addFile({ name: 'mine.md', content: 'mine' });
    const { end } = await walk(connector, start);
    microsoft.faults.add({ path: `drives/${documents.drive.id.replace('!', '.')}`, then: { status: 503 } });
    const failing = await walk(connector, start);
    expect(failing.entries).toContainEqual(expect.objectContaining({ state: 'gap', externalId: id }));
    expect(itemsOf(failing.entries).map(({ externalId }) => externalId)).toEqual([account.externalId(mine)]);
    microsoft.faults.clear();
    documents.unshare(documents.drive.rootId, account);
    const missing = expect.objectContaining({ state: 'gap', externalId: `selected library ${id}` });
    for (const position of [from(end), start]) {
      const { entries } = await walk(connector, position);
      expect(entries).toContainEqual({ state: 'deleted', externalId: id });
      expect(entries).toContainEqual(missing);
    }
  });
});
