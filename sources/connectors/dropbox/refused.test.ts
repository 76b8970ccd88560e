/**
 * Tests that refused, partial or unreadable answers never count as empty (P13) and affect nothing else (P12): case 17
 * and similar ones.
 */

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Entry, ItemRef, ListPage, Position } from '../../../domain/source.ts';
import { walk } from '../../../test/conformance/suite.ts';
import { contextOf } from '../../../test/harness/connectors.ts';
import { type DropboxSimulator, startDropbox } from '../../../tools/simulators/dropbox/server.ts';
import type { DropboxAccount, Team } from '../../../tools/simulators/dropbox/state.ts';
import type { Connector } from '../connector.ts';
import { dropboxConfig } from './config.ts';
import { createDropboxConnector } from './connector.ts';

const calm = new AbortController().signal;
const start: Position = { at: 'start' };
let dropbox: DropboxSimulator;
let account: DropboxAccount;
let connector: Connector;
beforeEach(async () => {
  dropbox = await startDropbox();
  open();
});
afterEach(async () => await dropbox[Symbol.asyncDispose]());

function open(config: object = {}, team: Team | null = null): void {
  account = dropbox.state.account('ana@example.com', team);
  const context = contextOf(() => dropbox.oauth.issue(account.email), 1024 * 1024);
  connector = createDropboxConnector(dropboxConfig.parse(config), context, dropbox.url);
}

const from = (end: ListPage['next']): Position => {
  if (end.more || end.checkpoint === null) throw new Error('no position to go on from');
  return { at: 'checkpoint', checkpoint: end.checkpoint };
};
const names = (entries: readonly Entry[]): string[] =>
  entries.flatMap((entry) => (entry.state === 'present' ? [entry.name] : [])).toSorted();
const gaps = (entries: readonly Entry[]) => entries.filter((entry) => entry.state === 'gap');
const addFiles = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => account.addFile({ path: `/${i}.md`, content: `text ${i}` }));
const tagged = (...tags: string[]) => ({
  error_summary: `${tags.join('/')}/..`,
  error: tags.reduceRight<object>((inner, tag) => ({ '.tag': tag, [tag]: inner }), {}),
});
const file = (name: string) => ({
  '.tag': 'file',
  name,
  id: `id:${name.padEnd(22, 'x')}`,
  rev: '5f00',
  path_lower: `/${name}`,
  path_display: `/${name}`,
});

describe('an endless listing', () => {
  const forEver = (cursorOf: (turn: number) => string, entries: readonly object[]) => {
    const calls = { turns: 0 };
    dropbox.faults.add({
      path: 'list_folder',
      then: {
        status: 200,
        get body() {
          return { entries, cursor: cursorOf(calls.turns++), has_more: true };
        },
      },
    });
    return calls;
  };

  test.each([
    ['the same cursor', () => 'AAH1', [file('a.md')]],
    ['another cursor and the same page', (turn: number) => `AAH${turn}`, [file('a.md')]],
    ['empty pages', (turn: number) => `AAH${turn}`, []],
  ])(
    '%s with has_more that never ends: an error that says so, a limited number of calls',
    async (_name, cursorOf, entries) => {
      const calls = forEver(cursorOf, entries);
      await expect(walk(connector, start)).rejects.toMatchObject({ code: 'endless_listing', remedy: 'stop_job' });
      expect(calls.turns).toBeLessThan(420);
    },
  );

  test('in a feed: everything is listed instead', async () => {
    addFiles(2);
    const { end } = await walk(connector, start);
    forEver((turn) => `AAH${turn}`, [file('a.md')]);
    await expect(walk(connector, from(end))).rejects.toMatchObject({
      code: 'endless_listing',
      remedy: 'restart_full',
    });
  });

  test('case 17: "continue" that answers reset each time is a lost position each time, never an end', async () => {
    addFiles(5);
    dropbox.switches.maxPage = 2;
    dropbox.faults.add({ path: 'list_folder/continue', then: { status: 409, body: tagged('reset') } });
    for (let run = 0; run < 3; run++)
      await expect(walk(connector, start)).rejects.toMatchObject({ kind: 'checkpoint_expired' });
  });
});

test('a position on which Dropbox fails again and again is a lost one, if the account answers', async () => {
  addFiles(2);
  const { end } = await walk(connector, start);
  dropbox.faults.add({ path: 'list_folder/continue', then: { status: 500, body: '' } });
  await expect(walk(connector, from(end))).rejects.toMatchObject({ kind: 'unavailable' });
  const context = { ...contextOf(() => dropbox.oauth.issue(account.email), 1024 * 1024), isRefusedRepeatedly: true };
  const again = createDropboxConnector(dropboxConfig.parse({}), context, dropbox.url);
  await expect(walk(again, from(end))).rejects.toMatchObject({ kind: 'checkpoint_expired', remedy: 'restart_full' });
  dropbox.faults.add({ path: 'users/', then: { status: 500, body: '' } });
  await expect(walk(again, from(end))).rejects.toMatchObject({ kind: 'unavailable', remedy: 'retry' });
});

describe('an answer of the wrong shape', () => {
  const page = { entries: [], cursor: 'AAH1', has_more: false };
  test.each([
    '<html>Sign in to the harbour’s network</html>',
    '',
    {},
    [],
    'null',
    { ...page, entries: {} },
    { ...page, cursor: null },
    { ...page, has_more: 'no' },
    { entries: [], cursor: 'AAH1' },
  ])('%j: no listing, no feed, no check, and nothing is deleted', async (body) => {
    const [id = ''] = addFiles(2);
    const { end } = await walk(connector, start);
    const odd = { kind: 'unavailable', code: 'unexpected_answer', scope: 'account' };
    dropbox.faults.add({ path: 'list_folder', then: { status: 200, body } });
    await expect(connector.listPage(start, calm)).rejects.toMatchObject(odd);
    await expect(connector.listPage(from(end), calm)).rejects.toMatchObject(odd);
    dropbox.faults.add({ path: 'users/', then: { status: 200, body } });
    await expect(connector.check(calm)).rejects.toMatchObject(odd);
    await expect(connector.lookUp([id], calm)).rejects.toMatchObject(odd);
  });

  test('a web page in place of a file is not the file', async () => {
    addFiles(1);
    const [item] = (await walk(connector, start)).items;
    dropbox.faults.add({ path: 'files/download', then: { status: 200, body: '<html>sign in</html>' } });
    await expect(connector.fetch(item as ItemRef, calm)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test.each([401, 403, 404, 409])('a proxy’s page with status %i proves nothing', async (status) => {
    const [id = ''] = addFiles(1);
    const [item] = (await walk(connector, start)).items;
    dropbox.faults.add({ path: '/2/files/', then: { status, body: '<html>blocked by the firewall</html>' } });
    const odd = { kind: 'unavailable', code: 'unexpected_answer', scope: 'item' };
    await expect(connector.fetch(item as ItemRef, calm)).rejects.toMatchObject(odd);
    expect(await connector.lookUp([id], calm)).toMatchObject([{ state: 'gap', code: 'unexpected_answer' }]);
  });

  test('nothing is listed without the root of the account: a team’s folders would be missing', async () => {
    account.addFile({ path: '/a.md', content: 'a' });
    const body = { account_id: 'dbid:1', email: 'ana@example.com' };
    dropbox.faults.add({ path: 'users/', then: { status: 200, body } });
    await expect(connector.listPage(start, calm)).rejects.toMatchObject({ code: 'unexpected_answer' });
  });
});

describe('an entry that cannot be read', () => {
  const deleted = { '.tag': 'deleted', name: 'x' };
  const withEntry = (entry: unknown, times = 1): void => {
    const body = { entries: [file('a.md'), entry], cursor: 'AAH00000000', has_more: false };
    dropbox.faults.add({ path: 'list_folder', times, then: { status: 200, body } });
  };

  test.each<[unknown, string | null]>([
    [{ ...file('b.md'), id: undefined }, '/b.md'],
    [{ ...file('b.md'), id: 5 }, '/b.md'],
    [{ ...file('b.md'), id: undefined, '.tag': undefined, path_lower: null }, '/b.md'],
    [{ '.tag': 7, id: 'id:someItem', path_lower: '/b.md' }, 'id:someItem'],
    [{ id: 'id:someItem' }, 'id:someItem'],
    [{ ...deleted, id: 'id:someItem' }, 'id:someItem'],
    [{ ...file('b.md'), id: null, path_lower: null, path_display: 7 }, null],
    [deleted, null],
    [{ ...deleted, path_lower: null }, null],
    [{ name: 'nothing else' }, null],
    [{ '.tag': 7, name: 'x' }, null],
    // It may be a deletion.
    [{ '.tag': 7, name: 'x', path_lower: '/x' }, null],
    [{ ...deleted, '.tag': 'deleted_v2', path_lower: '/x' }, null],
    [null, null],
    ['text', null],
  ])('%j is a gap (%s), and the others arrive', async (entry, externalId) => {
    withEntry(entry);
    const { entries, end } = await walk(connector, start);
    expect(names(entries)).toEqual(['a.md']);
    expect(gaps(entries)).toMatchObject([{ externalId, code: 'unreadable_entry' }]);
    expect(end).toMatchObject({ complete: true });
  });

  test('is left to a later job if requests for it are limited for a long time, and the account answers', async () => {
    const id = account.addFile({ path: '/b.md', content: 'b' });
    const limited = { status: 429, headers: { 'retry-after': '3600' }, body: tagged('too_many_requests') };
    dropbox.faults.add({ path: 'get_metadata', then: limited });
    const again = walk(connector, { at: 'container', externalId: id });
    await expect(again).rejects.toMatchObject({ remedy: 'defer', scope: 'item', retryAfterMs: 3_600_000 });
    dropbox.faults.add({ path: 'get_current_account', skip: 1, then: limited });
    const refused = walk(connector, { at: 'container', externalId: id });
    await expect(refused).rejects.toMatchObject({ remedy: 'retry', retryAfterMs: 3_600_000 });
  });

  test('is asked for by itself: it is listed, was deleted, or lies outside of what is synced', async () => {
    const id = account.addFile({ path: '/Harbour/b.md', content: 'b' });
    account.addFile({ path: '/Harbour/inner/c.md', content: 'c' });
    const again = async (externalId: string) => (await walk(connector, { at: 'container', externalId })).entries;
    for (const about of [id, '/harbour/b.md'])
      expect((await again(about)).at(-1)).toMatchObject({ state: 'present', externalId: id });
    expect(names(await again('/harbour/inner'))).toEqual([]);
    expect(await again('/harbour/gone.md')).toEqual([]);
    expect(await again('id:gone')).toEqual([{ state: 'deleted', externalId: 'id:gone' }]);
    open({ folders: ['/Reports'] });
    expect(await again('/harbour/b.md')).toEqual([]);
    expect(await again(id)).toEqual([{ state: 'deleted', externalId: id }]);
    dropbox.faults.add({ path: 'get_metadata', then: { status: 200, body: { ...file('b.md'), id: null } } });
    await expect(again('/b.md')).rejects.toMatchObject({ code: 'unexpected_answer', scope: 'item' });
  });

  test('so many of them on one page leave the page in doubt', async () => {
    const many = Array.from({ length: 21 }, (_, i) => ({ ...file(`${i}.md`), id: null }));
    const body = { entries: many, cursor: 'AAH1', has_more: false };
    dropbox.faults.add({ path: 'list_folder', then: { status: 200, body } });
    expect(gaps((await walk(connector, start)).entries)).toMatchObject([{ externalId: null }]);
  });

  test.each([deleted, { ...deleted, path_lower: '' }, { ...file('b.md'), path_lower: null, path_display: null }])(
    'without a path, %j replaces nothing in a feed',
    async (entry) => {
      addFiles(1);
      const { end } = await walk(connector, start);
      withEntry(entry);
      const { entries } = await walk(connector, from(end));
      expect(entries.filter((one) => one.state === 'deleted_path' && one.path !== 'a.md')).toEqual([]);
    },
  );

  test('keeps the feed’s position: it is reported again', async () => {
    addFiles(1);
    const { end } = await walk(connector, start);
    account.addFile({ path: '/new.md', content: 'new' });
    withEntry({ name: 'nothing else' });
    const feed = await walk(connector, from(end));
    expect(gaps(feed.entries)).toHaveLength(1);
    expect(names((await walk(connector, from(feed.end))).entries)).toEqual(['new.md']);
  });

  test('a file whose tag is missing or new is a file; entries of a new kind are left out', async () => {
    const body = {
      entries: [
        { ...file('a.md'), '.tag': undefined },
        { ...file('b.md'), '.tag': 'file_v3' },
        { '.tag': 'workspace', name: 'Boats', id: 'ws:1' },
      ],
      cursor: 'AAH1',
      has_more: false,
    };
    dropbox.faults.add({ path: 'list_folder', then: { status: 200, body } });
    const { entries } = await walk(connector, start);
    expect(names(entries)).toEqual(['a.md', 'b.md']);
    expect(gaps(entries)).toEqual([]);
  });

  test.each(['rev', 'size', 'server_modified', 'content_hash', 'path_lower', 'path_display', 'name'])(
    'a file without %s is listed',
    async (field) => {
      for (const value of [undefined, null, { odd: true }, -1]) {
        dropbox.faults.clear();
        withEntry({ ...file('b.md'), size: 3, server_modified: '2026-01-15T15:51:02Z', [field]: value });
        const { items } = await walk(connector, start);
        expect(items).toHaveLength(2);
        expect(items[1]?.name).not.toBe('');
      }
    },
  );
});

describe('single files', () => {
  test.each([400, 401, 403, 409, 500])(
    '%i on one file’s content concerns that file, and asks nobody to sign in',
    async (status) => {
      addFiles(1);
      const [item] = (await walk(connector, start)).items;
      dropbox.faults.add({ path: 'files/download', then: { status, body: tagged('path', 'other') } });
      const error: unknown = await connector.fetch(item as ItemRef, calm).catch((e: unknown) => e);
      expect(error).toMatchObject({ scope: 'item' });
      expect(error).not.toMatchObject({ remedy: 'sign_in' });
    },
  );

  test('a missing permission is named, with its purpose', async () => {
    addFiles(1);
    const [item] = (await walk(connector, start)).items;
    const error = { '.tag': 'missing_scope', required_scope: 'files.content.read' };
    dropbox.faults.add({ path: 'files/download', then: { status: 401, body: { error_summary: 'x', error } } });
    await expect(connector.fetch(item as ItemRef, calm)).rejects.toMatchObject({
      kind: 'insufficient_scope',
      scope: 'account',
      message: expect.stringMatching(/"files\.content\.read", which is needed to read the text of files/),
    });
  });

  test.each(['users/get_current_account', 'files/list_folder', 'files/list_folder/continue', 'files/download'])(
    'a permission that the application itself lacks (%s) is named, with who can turn it on; nothing is listed again for it',
    async (route) => {
      addFiles(1);
      const { items, end } = await walk(connector, start);
      const scope = 'files.content.read';
      const body = `Error in call to API function "${route}": Your app (ID: 1234567) is not permitted to access this endpoint because it does not have the required scope '${scope}'. The owner of the app can enable the scope for the app using the Permissions tab on the App Console.`;
      dropbox.faults.add({ path: `${route}$`, then: { status: 400, body } });
      const [item] = items;
      const call = {
        'users/get_current_account': () => connector.check(calm),
        'files/list_folder': () => connector.listPage(start, calm),
        'files/list_folder/continue': () => connector.listPage(from(end), calm),
        'files/download': () => connector.fetch(item as ItemRef, calm),
      }[route];
      await expect(call?.()).rejects.toMatchObject({
        kind: 'insufficient_scope',
        scope: 'account',
        message: expect.stringMatching(/application .* lacks the permission "files\.content\.read".*App Console/),
      });
    },
  );

  test.each([
    'The given OAuth 2 access token is malformed.',
    'Invalid authorization value in HTTP header "Authorization": "Bearer x". Expecting "Bearer <oauth2-access-token>".',
  ])('a text that is no token asks for a new sign-in: %s', async (why) => {
    const body = `Error in call to API function "users/get_current_account": ${why}`;
    dropbox.faults.add({ path: 'users/', then: { status: 400, body } });
    await expect(connector.check(calm)).rejects.toMatchObject({ kind: 'unauthorized', remedy: 'sign_in' });
    // One that has become invalid is replaced once.
    dropbox.faults.clear();
    dropbox.faults.add({ path: 'users/', times: 1, then: { status: 400, body } });
    await expect(connector.check(calm)).resolves.toMatchObject({ account: 'ana@example.com' });
  });

  test('are not deleted by a refusal of the request or of the root, an entry of a new kind, or one of another file', async () => {
    const [id = '', another = ''] = addFiles(2);
    const answers = [
      { status: 409, body: tagged('path', 'malformed_path') },
      { status: 422, body: tagged('no_permission') },
      { status: 200, body: { '.tag': 'workspace', id, name: '0.md' } },
      { status: 200, body: { '.tag': 'file', id: another, name: '1.md', path_lower: '/1.md' } },
    ];
    for (const then of answers) {
      dropbox.faults.clear();
      dropbox.faults.add({ path: 'get_metadata', then });
      expect(await connector.lookUp([id], calm)).toMatchObject([{ state: 'gap', externalId: id }]);
    }
  });

  test.each(['/ΟΔΟΣ', '/İşler', '/Ж'])(
    'that the same page shows as deleted in %s are deleted, although only the path as displayed is stated',
    async (folder) => {
      account.addFile({ path: `${folder}/a.md`, content: 'a' });
      account.addFile({ path: '/other.md', content: 'b' });
      const rewrite = (answer: unknown) => {
        const { entries, ...rest } = answer as { entries: object[] };
        return { ...rest, entries: [...entries, { '.tag': 'deleted', name: folder.slice(1), path_display: folder }] };
      };
      dropbox.faults.add({ path: 'list_folder$', then: { rewrite } });
      expect((await walk(connector, start)).items).toMatchObject([{ path: 'other.md' }]);
    },
  );

  test.each(['/ΟΔΟΣ', '/İşler', '/ÜBERSICHT', '/Ж'])(
    'are looked up below the folder %s, whose name Dropbox lowers in another way than JavaScript',
    async (folder) => {
      const id = account.addFile({ path: `${folder}/a.md`, content: 'a' });
      open({ folders: [folder] });
      expect((await walk(connector, start)).items).toMatchObject([{ externalId: id }]);
      expect(await connector.lookUp([id], calm)).toMatchObject([{ state: 'present', externalId: id }]);
    },
  );

  test('are looked up within the scope of a listing; a refused one is neither present nor deleted', async () => {
    const ids = ['/Reports/a.md', '/other.md', '/Reports/b.md'].map((path) => account.addFile({ path, content: path }));
    const states = async () => (await connector.lookUp([...ids, 'id:none', 'none'], calm)).map(({ state }) => state);
    expect(await states()).toEqual(['present', 'present', 'present', 'deleted', 'deleted']);
    open({ folders: ['/Reports'] });
    expect(await states()).toEqual(['present', 'deleted', 'present', 'deleted', 'deleted']);
    dropbox.faults.add({ path: 'get_metadata', times: 3, then: { status: 500, body: 'busy' } });
    expect((await states()).filter((state) => state === 'gap')).toHaveLength(3);
    expect(connector.lookUpBatchSize).toBeGreaterThan(1);
    const unmounted = { '.tag': 'file', id: ids[0], name: 'a.md', rev: '5f00' };
    dropbox.faults.clear();
    dropbox.faults.add({ path: 'get_metadata', then: { status: 200, body: unmounted } });
    expect(await connector.lookUp([ids[0] ?? ''], calm)).toEqual([{ state: 'deleted', externalId: ids[0] }]);
  });
});

test('a suspended account is not told to connect again, which does not help', async () => {
  const [id = ''] = addFiles(1);
  const { entries } = await walk(connector, start);
  dropbox.faults.add({ path: '/2/', then: { status: 401, body: tagged('user_suspended') } });
  const suspended = { kind: 'forbidden', scope: 'account', code: 'account_suspended', remedy: 'stop_job' };
  await expect(connector.check(calm)).rejects.toMatchObject(suspended);
  await expect(walk(connector, start)).rejects.toMatchObject(suspended);
  const item = entries.find((entry) => 'externalId' in entry && entry.externalId === id) as ItemRef;
  await expect(connector.fetch(item, calm)).rejects.toMatchObject(suspended);
});

test('a disabled application is neither a lost position nor a missing folder', async () => {
  addFiles(1);
  const { end } = await walk(connector, start);
  const body = 'Error in call to API function "files/list_folder": This app is currently disabled.';
  dropbox.faults.add({ path: '/2/', then: { status: 400, body } });
  const disabled = { kind: 'invalid_input', scope: 'account', code: 'application_disabled' };
  await expect(connector.check(calm)).rejects.toMatchObject(disabled);
  await expect(walk(connector, start)).rejects.toMatchObject(disabled);
  await expect(walk(connector, from(end))).rejects.toMatchObject(disabled);
});

test('a token of a whole team is named', async () => {
  const body =
    'Error in call to API function "users/get_current_account": This API function operates on a single Dropbox account, but the OAuth 2 access token you provided is for an entire Dropbox Business team. Since your API app key has team member file access permissions, you can operate on a team member\'s Dropbox by providing the "Dropbox-API-Select-User" HTTP header.';
  dropbox.faults.add({ path: '/2/', then: { status: 400, body } });
  await expect(connector.check(calm)).rejects.toMatchObject({
    kind: 'unauthorized',
    message: expect.stringContaining('whole Dropbox team'),
  });
});

test('a server that cannot be reached is named with the reason', async () => {
  const away = await startDropbox();
  const unreachable = createDropboxConnector(
    dropboxConfig.parse({}),
    contextOf(() => ({ accessToken: 'token' }), 1024),
    away.url,
  );
  await away[Symbol.asyncDispose]();
  await expect(unreachable.check(calm)).rejects.toMatchObject({
    code: 'no_answer',
    message: expect.stringMatching(
      /^Dropbox gave no usable answer\. Nothing listens at its address \(ECONNREFUSED\)\./,
    ),
  });
});
