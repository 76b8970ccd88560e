/**
 * Tests that refused, partial or unreadable answers never count as empty (P13) and affect nothing else (P12): cases 2,
 * 11 and 16, and similar ones.
 */

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Entry, ItemRef, ListPage, Position } from '../../../domain/source.ts';
import { walk } from '../../../test/conformance/suite.ts';
import { contextOf } from '../../../test/harness/connectors.ts';
import type { DriveType } from '../../../tools/simulators/microsoft/drive-state.ts';
import { type MicrosoftSimulator, startMicrosoft } from '../../../tools/simulators/microsoft/server.ts';
import type { MicrosoftAccount } from '../../../tools/simulators/microsoft/state.ts';
import type { Connector } from '../connector.ts';
import { oneDriveConfig } from './config.ts';
import { createOneDriveConnector } from './connector.ts';

const calm = new AbortController().signal;
const start: Position = { at: 'start' };
let microsoft: MicrosoftSimulator;
let account: MicrosoftAccount;
let other: MicrosoftAccount;
let connector: Connector;
beforeEach(async () => {
  microsoft = await startMicrosoft();
  open('business');
});
afterEach(async () => await microsoft[Symbol.asyncDispose]());

function open(type: DriveType): void {
  account = microsoft.state.account(`ana-${type}@example.com`, type);
  other = microsoft.state.account(`bo-${type}@example.com`, type);
  connector = connect();
}

function connect(config: object = {}, isRefusedRepeatedly = false): Connector {
  const context = contextOf(() => microsoft.oauth.issue(account.email), 1024 * 1024);
  return createOneDriveConnector(oneDriveConfig.parse(config), { ...context, isRefusedRepeatedly }, microsoft.url);
}

const from = (end: ListPage['next']): Position => {
  if (end.more || end.checkpoint === null) throw new Error('no position to go on from');
  return { at: 'checkpoint', checkpoint: end.checkpoint };
};
const names = (entries: readonly Entry[]): string[] =>
  entries.flatMap((entry) => (entry.state === 'present' ? [entry.name] : [])).toSorted();
const gaps = (entries: readonly Entry[]) => entries.filter((entry) => entry.state === 'gap');
const deleted = (entries: readonly Entry[]) => entries.filter((entry) => entry.state === 'deleted');
const refusal = (code: string, message = 'm') => ({ error: { code, message } });
const ownFiles = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => account.addFile({ name: `${i}.md`, content: `text ${i}` }));
/** Adds a folder of Bo's with one file to Ana's drive. */
const share = (): { folder: string; file: string } => {
  const folder = other.addFolder('Boats');
  const file = other.addFile({ name: 'Alke.md', content: 'a boat', parent: folder });
  other.share(folder, account);
  account.addShortcut('Boats of Bo', other, folder);
  return { folder, file };
};

describe('an empty link', () => {
  const withLinks = (links: object): void =>
    microsoft.faults.add({ path: 'delta', then: { rewrite: (page) => ({ ...(page as object), ...links }) } });

  test('beside the other one is absent', async () => {
    ownFiles(2);
    withLinks({ '@odata.nextLink': '' });
    expect(names((await walk(connector, start)).entries)).toEqual(['0.md', '1.md']);
  });

  test('alone proves no end', async () => {
    ownFiles(2);
    withLinks({ '@odata.nextLink': '', '@odata.deltaLink': '' });
    await expect(walk(connector, start)).rejects.toMatchObject({ kind: 'unavailable', code: 'unexpected_answer' });
  });
});

describe('a delta link on which Graph fails for ever', () => {
  test.each([
    [504, ''],
    [500, refusal('generalException')],
  ])('%i: everything is listed again once it has failed repeatedly, if the account answers', async (status, body) => {
    ownFiles(2);
    const { end } = await walk(connector, start);
    const isFeed = ({ query, path }: { query: Readonly<Record<string, string>>; path: string }): boolean =>
      /delta/.test(path) && query['token'] !== 'latest';
    microsoft.faults.add({ path: '/', when: isFeed, then: { status, body } });
    await expect(walk(connector, from(end))).rejects.toMatchObject({ kind: 'unavailable' });
    const again = connect({}, true);
    await expect(walk(again, from(end))).rejects.toMatchObject({ kind: 'checkpoint_expired', remedy: 'restart_full' });
    microsoft.faults.add({ path: '/me/drive', then: { status, body } });
    await expect(walk(again, from(end))).rejects.toMatchObject({ kind: 'unavailable', remedy: 'retry' });
  });
});

describe('case 2: a shortcut to a drive on which every call is refused', () => {
  const blocked = [
    [423, refusal('notAllowed', 'Access to this site has been blocked.')],
    [423, refusal('resourceLocked')],
    [401, refusal('unauthenticated')],
    [403, refusal('notAllowed')],
    [400, refusal('invalidRequest')],
    [500, refusal('generalException')],
    [503, '<html>busy</html>'],
    [200, '<html>sign in here</html>'],
    [200, {}],
    [200, []],
    [200, { value: {} }],
  ] as const;

  test.each(blocked)('%i %j: the own five files arrive, the folder is a gap', async (status, body) => {
    open('personal');
    ownFiles(5);
    const { folder } = share();
    microsoft.faults.add({ path: `/drives/${other.drive.id}/`, then: { status, body } });
    const { entries, end } = await walk(connector, start);
    expect(names(entries)).toEqual(['0.md', '1.md', '2.md', '3.md', '4.md']);
    expect(gaps(entries)).toMatchObject([
      { externalId: other.externalId(folder), name: 'Boats of Bo', message: expect.stringMatching(/./) },
    ]);
    expect(end).toMatchObject({ complete: true });
    expect(deleted(entries)).toEqual([]);
  });

  test('is retried by the next feed, listed completely once it answers, and followed from then on', async () => {
    open('personal');
    const { folder, file } = share();
    microsoft.faults.add({ path: `/drives/${other.drive.id}/`, then: { status: 423, body: refusal('notAllowed') } });
    const full = await walk(connector, start);
    const feed = await walk(connector, from(full.end));
    expect(gaps(feed.entries)).toMatchObject([{ externalId: other.externalId(folder), code: 'locked' }]);
    microsoft.faults.clear();
    const after = await walk(connector, from(feed.end));
    expect(gaps(after.entries)).toEqual([]);
    expect(names(after.entries)).toEqual(['Alke.md']);
    other.update(file, 'a larger boat');
    expect(names((await walk(connector, from(after.end))).entries)).toEqual(['Alke.md']);
  });

  test('the gap can be listed by itself, and stays one while it is refused', async () => {
    open('personal');
    const { folder } = share();
    const position: Position = { at: 'container', externalId: other.externalId(folder) };
    microsoft.faults.add({ path: `/drives/${other.drive.id}/`, then: { status: 423, body: refusal('notAllowed') } });
    expect((await walk(connector, position)).entries).toMatchObject([{ state: 'gap', code: 'locked' }]);
    microsoft.faults.clear();
    expect(names((await walk(connector, position)).entries)).toEqual(['Alke.md']);
    other.delete(folder);
    await expect(walk(connector, position)).rejects.toMatchObject({ kind: 'not_found', scope: 'container' });
  });

  test('a folder whose feed is refused between two syncs keeps its position: no change in the meantime is missed', async () => {
    open('personal');
    const { folder, file } = share();
    const { end } = await walk(connector, start);
    other.update(file, 'changed while it was locked');
    account.addFile({ name: 'own.md', content: 'x' });
    microsoft.faults.add({ path: `/drives/${other.drive.id}/`, then: { status: 423, body: refusal('notAllowed') } });
    const feed = await walk(connector, from(end));
    expect(names(feed.entries)).toEqual(['own.md']);
    expect(gaps(feed.entries)).toMatchObject([{ externalId: other.externalId(folder), name: 'Boats of Bo' }]);
    microsoft.faults.clear();
    expect(names((await walk(connector, from(feed.end))).entries)).toEqual(['Alke.md']);
  });

  test('a shared file that is refused keeps its row; other files arrive', async () => {
    open('personal');
    ownFiles(1);
    const file = other.addFile({ name: 'Boat.md', content: 'a boat' });
    other.share(file, account);
    const shortcut = account.addShortcut('Boat.md', other, file);
    microsoft.faults.add({ path: `/drives/${other.drive.id}/`, then: { status: 423, body: refusal('notAllowed') } });
    const { entries } = await walk(connector, start);
    expect(names(entries)).toEqual(['0.md']);
    expect(gaps(entries)).toMatchObject([{ externalId: account.externalId(shortcut), code: 'locked' }]);
  });

  test('one answer that fails is requested again within the same listing', async () => {
    open('personal');
    share();
    microsoft.faults.add({
      path: `/drives/${other.drive.id}/`,
      times: 2,
      then: { status: 500, body: refusal('generalException') },
    });
    const { entries } = await walk(connector, start);
    expect(gaps(entries)).toEqual([]);
    expect(names(entries)).toEqual(['Alke.md']);
  });

  test('throttling concerns the account: nothing is named as a gap', async () => {
    open('personal');
    share();
    for (const status of [429, 503]) {
      microsoft.faults.clear();
      microsoft.faults.add({
        path: `/drives/${other.drive.id}/`,
        then: { status, headers: { 'retry-after': '9' }, body: refusal('activityLimitReached') },
      });
      await expect(walk(connector, start)).rejects.toMatchObject({ kind: 'rate_limited', scope: 'account' });
    }
  });

  test.each([
    ['a long wait', 429, 3600, false],
    ['a long wait and another status', 503, 3600, false],
    ['repeated refusals', 429, 5, true],
  ])('throttling of one folder with %s is a gap of that folder', async (_what, status, seconds, isRepeated) => {
    open('personal');
    const [own] = ownFiles(1);
    const { folder } = share();
    microsoft.faults.add({
      path: `/drives/${other.drive.id}/`,
      then: { status, headers: { 'retry-after': `${seconds}` }, body: refusal('activityLimitReached') },
    });
    const { entries } = await walk(connect({}, isRepeated), start);
    expect(names(entries)).toEqual(['0.md']);
    expect(own).toBeDefined();
    expect(gaps(entries)).toEqual([
      expect.objectContaining({ externalId: expect.stringContaining(folder), retryAfterMs: seconds * 1000 }),
    ]);
  });

  test('if Graph as a whole does not answer, nothing is named as a gap either', async () => {
    open('personal');
    ownFiles(1);
    share();
    microsoft.switches.maxPage = 1;
    const first = await connector.listPage(start, calm);
    if (!first.next.more) throw new Error('one page only');
    microsoft.faults.add({ path: '/v1.0/', then: { status: 500, body: refusal('generalException') } });
    const next = connector.listPage({ at: 'cursor', cursor: first.next.cursor }, calm);
    await expect(next).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('a folder listed by its children', () => {
  const subfolder = (): { folder: string; inner: string } => {
    const folder = other.addFolder('Boats');
    other.share(folder, account);
    account.addShortcut('Boats of Bo', other, folder);
    other.addFile({ name: 'Alke.md', content: 'a', parent: folder });
    const inner = other.addFolder('Inner', folder);
    other.addFile({ name: 'Inner.md', content: 'b', parent: inner });
    return { folder, inner };
  };

  test.each([
    [500, refusal('generalException')],
    [423, refusal('notAllowed')],
    [403, refusal('accessDenied')],
    [200, '<html>'],
  ] as const)('that keeps answering %i %j is named, the others are listed', async (status, body) => {
    const { inner } = subfolder();
    microsoft.faults.add({ path: `/items/${inner}/children`, then: { status, body } });
    const { entries, end } = await walk(connector, start);
    expect(names(entries)).toEqual(['Alke.md']);
    expect(gaps(entries)).toMatchObject([{ externalId: other.externalId(inner), name: 'Inner' }]);
    expect(end).toMatchObject({ complete: true });
  });

  test('a page that repeats endlessly becomes a gap, after a limited number of calls', async () => {
    const { inner } = subfolder();
    let turn = 0;
    const file = { id: '01A', name: 'a.md', file: {}, parentReference: { id: inner } };
    const nextLink = () =>
      `https://graph.microsoft.com/v1.0/drives/${other.drive.id}/items/${inner}/children?$skiptoken=${turn++}`;
    microsoft.faults.add({
      path: `/items/${inner}/children`,
      then: {
        status: 200,
        get body() {
          return { value: [file], '@odata.nextLink': nextLink() };
        },
      },
    });
    const { entries } = await walk(connector, start);
    expect(gaps(entries)).toMatchObject([{ externalId: other.externalId(inner), code: 'endless_listing' }]);
    expect(turn).toBeLessThan(20);
  });
});

describe('a shared folder', () => {
  const children = (folder: string): string => `/items/${folder}/children`;
  const asFolder = (id: string, name: string) => ({ id, name, folder: { childCount: 1 } });

  test('that contains itself, at any depth, is listed once and keeps its place', async () => {
    ownFiles(1);
    const { folder } = share();
    const inner = other.addFolder('Inner', folder);
    other.addFile({ name: 'Berth.md', content: 'x', parent: inner });
    const parentReference = { driveId: other.drive.id, id: inner };
    const rewrite = (answer: unknown) => {
      const { value } = answer as { readonly value: readonly object[] };
      return { value: [...value, { ...asFolder(folder, 'Boats'), parentReference }, asFolder(inner, 'Inner')] };
    };
    microsoft.faults.add({ path: children(inner), then: { rewrite } });
    const { entries } = await walk(connector, start);
    expect(names(entries)).toEqual(['0.md', 'Alke.md', 'Berth.md']);
    expect(entries).toContainEqual(expect.objectContaining({ state: 'container', name: 'Boats of Bo' }));
    expect(microsoft.log.total).toBeLessThan(20);
  });

  test('of many folders is listed without a cursor that holds them all', async () => {
    const { folder } = share();
    for (let i = 0; i < 200; i++)
      other.addFile({ name: 'a.md', content: 'x', parent: other.addFolder(`${i}`, folder) });
    microsoft.switches.maxPage = 20;
    let longest = 0;
    const found: Entry[] = [];
    for (let position: Position = start; ;) {
      const { entries, next } = await connector.listPage(position, calm);
      found.push(...entries);
      if (!next.more) break;
      longest = Math.max(longest, next.cursor.length);
      position = { at: 'cursor', cursor: next.cursor };
    }
    expect(names(found).filter((name) => name === 'a.md')).toHaveLength(200);
    expect(longest).toBeLessThan(8000);
  });

  test('with an id that no address can contain is a gap, alone and inside another one', async () => {
    ownFiles(1);
    const { folder } = share();
    const rewrite = (answer: unknown) => {
      const { value } = answer as { readonly value: readonly object[] };
      return { value: [...value, asFolder('01X\ud800', 'Odd')] };
    };
    microsoft.faults.add({ path: children(folder), then: { rewrite } });
    for (const position of [start, { at: 'container', externalId: other.externalId(folder) }] as const) {
      const { entries } = await walk(connector, position);
      expect(names(entries)).toContain('Alke.md');
      expect(gaps(entries)).toMatchObject([{ name: 'Odd', code: 'id_not_storable' }]);
    }
  });
});

describe('case 11: the same page endlessly, each time with another next link', () => {
  test('ends with an error that says so, after a limited number of calls, and nothing is deleted', async () => {
    ownFiles(5);
    microsoft.switches.maxPage = 3;
    microsoft.switches.circles = true;
    microsoft.log.clear();
    await expect(walk(connector, start)).rejects.toMatchObject({
      code: 'endless_listing',
      remedy: 'stop_job',
      message: expect.stringMatching(/keeps returning.*Nothing was removed/),
    });
    expect(microsoft.log.total).toBeLessThan(20);
  });

  test('in a feed: everything is listed instead', async () => {
    const [first = ''] = ownFiles(5);
    const { end } = await walk(connector, start);
    account.update(first, 'changed');
    microsoft.switches.circles = true;
    await expect(walk(connector, from(end))).rejects.toMatchObject({ code: 'endless_listing', remedy: 'restart_full' });
  });

  test('of a shared folder: a gap', async () => {
    open('personal');
    ownFiles(2);
    const { folder } = share();
    const path = `/v1.0/drives/${other.drive.id}/items/${folder}/delta`;
    const value = [{ id: '01A', name: 'a.md', file: {} }];
    let turn = 0;
    microsoft.faults.add({
      path: `${path}$`,
      skip: 1,
      then: {
        status: 200,
        get body() {
          return { value, '@odata.nextLink': `https://graph.microsoft.com${path}?token=${turn++}` };
        },
      },
    });
    const { entries } = await walk(connector, start);
    expect(gaps(entries)).toMatchObject([{ externalId: other.externalId(folder), code: 'endless_listing' }]);
    expect(turn).toBeLessThan(20);
  });

  test('many empty pages, each with another next link, are not endless', async () => {
    ownFiles(2);
    let turn = 0;
    microsoft.faults.add({
      path: '/root/delta$',
      skip: 1,
      times: 300,
      then: {
        status: 200,
        get body() {
          const link = `https://graph.microsoft.com/v1.0/drives/${account.drive.id}/root/delta`;
          return { value: [], '@odata.nextLink': ++turn < 300 ? `${link}?token=${turn}` : link };
        },
      },
    });
    const { entries, end } = await walk(connector, start);
    expect(entries.filter(({ state }) => state === 'present')).toHaveLength(2);
    expect(end).toMatchObject({ complete: true });
  });

  test('endless empty pages end too', async () => {
    let turn = 0;
    microsoft.faults.add({
      path: '/root/delta$',
      skip: 1,
      then: {
        status: 200,
        get body() {
          return {
            value: [],
            '@odata.nextLink': `https://graph.microsoft.com/v1.0/me/drive/root/delta?token=${turn++}`,
          };
        },
      },
    });
    await expect(walk(connector, start)).rejects.toMatchObject({ code: 'endless_listing' });
    expect(turn).toBeLessThan(420);
  });
});

describe('an answer of the wrong shape', () => {
  const shapes = [
    '<html>Sign in to the harbour’s network</html>',
    '',
    {},
    [],
    'null',
    { value: {} },
    { value: [], error: refusal('x').error },
  ];
  test.each(shapes)('%j: no listing, no feed, no check, and nothing is deleted', async (body) => {
    const [id = ''] = ownFiles(2);
    const { end } = await walk(connector, start);
    microsoft.faults.add({ path: '/v1.0/', then: { status: 200, body } });
    const odd = { kind: 'unavailable', code: 'unexpected_answer' };
    await expect(connector.check(calm)).rejects.toMatchObject(odd);
    await expect(connector.listPage(start, calm)).rejects.toMatchObject(odd);
    await expect(connector.listPage(from(end), calm)).rejects.toMatchObject(odd);
    await expect(connector.lookUp([account.externalId(id)], calm)).rejects.toMatchObject(odd);
  });

  test.each([401, 403, 404, 410])('a proxy’s page with status %i proves nothing', async (status) => {
    const [id = ''] = ownFiles(1);
    const [item] = (await walk(connector, start)).items;
    microsoft.faults.add({ path: '/items/', then: { status, body: '<html>blocked by the firewall</html>' } });
    const odd = { kind: 'unavailable', code: 'unexpected_answer' };
    await expect(connector.fetch(item as ItemRef, calm)).rejects.toMatchObject({ ...odd, scope: 'item' });
    expect(await connector.lookUp([account.externalId(id)], calm)).toMatchObject([
      { state: 'gap', code: 'unexpected_answer' },
    ]);
  });
});

describe('an entry that cannot be read', () => {
  const odd = [
    { name: 'without an id.md', file: {} },
    { id: 4711, name: 'with a number as its id.md', file: {} },
    { id: '01X', name: 'neither file nor folder' },
    { id: '01X', name: 'gone?', deleted: 'perhaps' },
    { id: '01X', name: 'an error', file: {}, error: { code: 'accessDenied' } },
    { id: '01X', name: 'a broken shortcut', remoteItem: { id: 5 } },
    null,
    'text',
  ];
  const withOdd = async (entry: unknown, position: Position, first: readonly unknown[] = []): Promise<void> => {
    const path = position.at === 'start' ? '/root/delta$' : '/root/delta';
    const asked = await fetch(`${microsoft.url}/v1.0/drives/${account.drive.id}/root/delta`, {
      headers: { authorization: `Bearer ${microsoft.oauth.issue(account.email).accessToken}` },
    });
    const page = (await asked.json()) as { value: unknown[] };
    const body = { ...page, value: [...first, ...page.value, entry] };
    microsoft.faults.add({ path, skip: position.at === 'start' ? 1 : 0, times: 1, then: { status: 200, body } });
  };

  test.each(odd)('%j leaves a gap in its folder, and the others arrive', async (entry) => {
    ownFiles(2);
    await withOdd(entry, start);
    const { entries, end } = await walk(connector, start);
    expect(names(entries)).toEqual(['0.md', '1.md']);
    expect(gaps(entries)).toMatchObject([{ externalId: null, code: 'unreadable_entry' }]);
    expect(end).toMatchObject({ complete: true });
  });

  test('whose folder is known makes a gap of that folder only', async () => {
    const folder = account.addFolder('Plans');
    await withOdd({ name: 'x', file: {}, parentReference: { id: folder } }, start);
    const { entries } = await walk(connector, start);
    expect(gaps(entries)).toMatchObject([{ externalId: account.externalId(folder) }]);
  });

  test('in a feed keeps the feed’s position: it is reported again', async () => {
    ownFiles(1);
    const { end } = await walk(connector, start);
    const changed = account.addFile({ name: 'new.md', content: 'new' });
    await withOdd({ name: 'x', file: {} }, from(end));
    const feed = await walk(connector, from(end));
    expect(gaps(feed.entries)).toHaveLength(1);
    const again = await walk(connector, from(feed.end));
    expect(again.items.map((item) => item.externalId)).toContain(account.externalId(changed));
  });

  test('does not matter if the item can be read further down the page: the last occurrence counts', async () => {
    const folder = account.addFolder('Plans');
    const file = account.addFile({ name: 'plan.md', content: 'a plan', parent: folder });
    const { end } = await walk(connector, start);
    account.delete(file);
    const unreadable = { id: file, name: 'neither file nor folder', parentReference: { id: folder } };
    const tombstone = { id: file, deleted: { state: 'deleted' }, parentReference: { id: folder } };
    await withOdd(unreadable, from(end));
    const after = await walk(connector, from(end));
    expect(gaps(after.entries)).toHaveLength(1);
    await withOdd(tombstone, from(end), [unreadable]);
    const again = await walk(connector, from(end));
    expect(gaps(again.entries)).toEqual([]);
    expect(deleted(again.entries)).toEqual([{ state: 'deleted', externalId: account.externalId(file) }]);
  });

  test('a deletion needs no state to be one', async () => {
    open('personal');
    const [id = ''] = ownFiles(1);
    const { end } = await walk(connector, start);
    account.delete(id);
    expect((await walk(connector, from(end))).entries).toEqual([
      { state: 'deleted', externalId: account.externalId(id) },
    ]);
  });

  test('a shortcut that does not say that it points to a folder is still followed to one', async () => {
    open('personal');
    const { folder } = share();
    await withOdd(null, start);
    microsoft.faults.clear();
    const remoteItem = { id: folder, parentReference: { driveId: other.drive.id } };
    await withOdd({ id: '01S', name: 'Boats again', remoteItem }, start);
    const { entries } = await walk(connector, start);
    expect(names(entries)).toEqual(['Alke.md']);
    expect(gaps(entries)).toEqual([]);
  });
});

describe('the Personal Vault', () => {
  test('that is locked is a gap, not an empty folder', async () => {
    open('personal');
    const vault = account.addVault('My safe');
    const secret = account.addFile({ name: 'passport.md', content: 'x', parent: vault });
    ownFiles(1);
    expect(names((await walk(connector, start)).entries)).toEqual(['0.md', 'passport.md']);
    account.drive.vaultLocked = true;
    const { entries } = await walk(connector, start);
    expect(names(entries)).toEqual(['0.md']);
    expect(gaps(entries)).toMatchObject([
      { externalId: account.externalId(vault), name: 'My safe', code: 'vault_locked' },
    ]);
    expect(await connector.lookUp([account.externalId(secret)], calm)).toMatchObject([{ state: 'gap' }]);
  });
});

describe('single items', () => {
  test('case 16: a conversion that fails concerns that file', async () => {
    account.addFile({ name: 'old.doc', content: 'x' });
    const [item] = (await walk(connector, start)).items;
    microsoft.faults.add({ path: '/content$', then: { status: 500, body: refusal('OfficeConversion') } });
    await expect(connector.fetch(item as ItemRef, calm)).rejects.toMatchObject({ kind: 'unavailable', scope: 'item' });
  });

  test.each([400, 401, 403, 404, 406, 423, 500])(
    '%i on one file’s content concerns that file, and asks nobody to sign in',
    async (status) => {
      ownFiles(1);
      const [item] = (await walk(connector, start)).items;
      microsoft.faults.add({ path: '/content$', then: { status, body: refusal('someCode') } });
      const error: unknown = await connector.fetch(item as ItemRef, calm).catch((e: unknown) => e);
      expect(error).toMatchObject({ scope: 'item' });
      expect(error).not.toMatchObject({ remedy: 'sign_in' });
    },
  );

  test.each([
    ['a long wait', 300, false],
    ['repeated refusals', 9, true],
  ])(
    'that the download host limits with %s is left to a later job, if the account answers',
    async (_what, s, repeated) => {
      ownFiles(1);
      connector = connect({}, repeated);
      const [item] = (await walk(connector, start)).items;
      const limited = { status: 429, headers: { 'retry-after': `${s}` }, body: '' };
      microsoft.downloadHost.faults.add({ path: '^/download', then: limited });
      const limit = { kind: 'rate_limited', retryAfterMs: s * 1000 };
      await expect(connector.fetch(item as ItemRef, calm)).rejects.toMatchObject({ ...limit, remedy: 'defer' });
      microsoft.faults.add({ path: '/me/drive', then: { ...limited, body: refusal('activityLimitReached') } });
      await expect(connector.fetch(item as ItemRef, calm)).rejects.toMatchObject({ ...limit, remedy: 'retry' });
    },
  );

  test('a web page in place of a file without a hash, or of a PDF, is not the file', async () => {
    account.addFile({ name: 'fresh.md', content: 'x', hashed: false });
    account.addFile({ name: 'old.doc', content: 'x' });
    const { items } = await walk(connector, start);
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>sign in</html>' };
    microsoft.downloadHost.faults.add({ path: '^/download', then: page });
    for (const item of items)
      await expect(connector.fetch(item, calm)).rejects.toMatchObject({ code: 'unexpected_answer', scope: 'item' });
  });

  test('a missing permission is named', async () => {
    microsoft.faults.add({ path: '/root/delta', then: { status: 403, body: refusal('accessDenied') } });
    await expect(connector.listPage(start, calm)).rejects.toMatchObject({
      kind: 'insufficient_scope',
      scope: 'account',
      message: expect.stringMatching(/list and read.*Files\.Read\.All/),
    });
  });

  test('a quota concerns the item that it was met at, and of a shared folder that folder', async () => {
    const [own = ''] = ownFiles(1);
    const { folder } = share();
    const full = { status: 507, body: refusal('quotaLimitReached') };
    microsoft.faults.add({ path: `/items/${folder}/children`, then: full });
    const { entries, items } = await walk(connector, start);
    expect(gaps(entries)).toMatchObject([{ externalId: other.externalId(folder), code: 'quota_exhausted' }]);
    microsoft.faults.add({ path: `/items/${own}/content$`, then: full });
    await expect(connector.fetch(items[0] as ItemRef, calm)).rejects.toMatchObject({ remedy: 'defer' });
  });

  test('are not deleted by answers about another item', async () => {
    open('personal');
    const { file } = share();
    const id = other.externalId(file);
    const rewrite = (answer: unknown) => ({ ...(answer as object), id: 'ANOTHER!1' });
    microsoft.faults.add({ path: '/items/[^/]+$', then: { rewrite } });
    expect(await connector.lookUp([id], calm)).toMatchObject([{ state: 'gap', code: 'unexpected_answer' }]);
  });

  test('are looked up within the scope of a listing: an item without a shortcut to it is deleted, a refused one is neither', async () => {
    open('personal');
    const [own = ''] = ownFiles(1);
    const { folder, file } = share();
    const inner = other.addFile({ name: 'deep.md', content: 'd', parent: other.addFolder('deep', folder) });
    const outside = other.addFile({ name: 'outside.md', content: 'o' });
    other.share(outside, account);
    const ids = [account.externalId(own), ...[file, inner, outside].map((id) => other.externalId(id)), 'b!x:01'];
    const states = async () => (await connector.lookUp(ids, calm)).map((entry) => entry.state);
    expect(await states()).toEqual(['present', 'present', 'present', 'deleted', 'deleted']);
    microsoft.faults.add({ path: `/items/${own}$`, then: { status: 403, body: refusal('accessDenied') } });
    microsoft.faults.add({ path: `/items/${file}$`, then: { status: 423, body: refusal('notAllowed') } });
    expect(await states()).toEqual(['gap', 'gap', 'present', 'deleted', 'deleted']);
    microsoft.faults.clear();
    account.delete([...account.drive.items.values()].find((item) => item.kind === 'shortcut')?.id ?? '');
    expect(await states()).toEqual(['present', 'deleted', 'deleted', 'deleted', 'deleted']);
    connector = connect({ includeSharedFolders: false });
    expect(await states()).toEqual(['present', 'deleted', 'deleted', 'deleted', 'deleted']);
    expect(connector.lookUpBatchSize).toBeGreaterThan(1);
  });
});

test('a server that cannot be reached is named with the reason', async () => {
  const away = await startMicrosoft();
  const context = contextOf(() => ({ accessToken: 'token' }), 1024);
  const unreachable = createOneDriveConnector(oneDriveConfig.parse({}), context, away.url);
  await away[Symbol.asyncDispose]();
  await expect(unreachable.check(calm)).rejects.toMatchObject({
    code: 'no_answer',
    message: expect.stringMatching(
      /^OneDrive gave no usable answer\. Nothing listens at its address \(ECONNREFUSED\)\./,
    ),
  });
});
