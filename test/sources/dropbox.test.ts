/**
 * What is specific to Dropbox: paths instead of ids, moves reported as two entries, team roots, exports, and its
 * errors.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { pino } from 'pino';
import { contentHash } from '../../sources/connectors/dropbox/content-hash.ts';
import { createDropboxConnector } from '../../sources/connectors/dropbox/connector.ts';
import { dropboxConfig } from '../../sources/connectors/dropbox/config.ts';
import type { Entry, ItemRef, Position } from '../../domain/source.ts';
import { type DropboxSimulator, simulatedDropboxClient, startDropbox } from '../../tools/simulators/dropbox/server.ts';
import type { DropboxAccount } from '../../tools/simulators/dropbox/state.ts';
import { walk } from '../conformance/suite.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { contentOf } from '../harness/state.ts';
import { describeEndToEnd } from './end-to-end.ts';

const paths = { authorize: '/oauth2/authorize', token: '/oauth2/token', revoke: '/2/auth/token/revoke' };
const calm = new AbortController().signal;
let dropbox: DropboxSimulator;
let account: DropboxAccount;

beforeAll(async () => {
  dropbox = await startDropbox();
});
afterAll(async () => await dropbox[Symbol.asyncDispose]());
let count = 0;
beforeEach(() => {
  dropbox.faults.clear();
  Object.assign(dropbox.switches, { maxPage: 2000, emptyPages: false, corruptDownloads: false });
  account = dropbox.state.account(`ana${++count}@example.com`);
});

const connectorOf = (email = account.email, config: object = {}) => {
  const { accessToken } = dropbox.oauth.issue(email);
  return createDropboxConnector(
    dropboxConfig.parse(config),
    {
      tokens: { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} },
      throttle: async () => await Promise.resolve(),
      logger: pino({ level: 'silent' }),
      maxItemBytes: 1024 * 1024,
    },
    dropbox.url,
  );
};
const list = async (config: object = {}) => await walk(connectorOf(account.email, config), { at: 'start' });

describeEndToEnd({
  sourceType: 'dropbox',
  vendor: 'dropbox',
  open: async () => {
    const server = await startDropbox();
    const mine = server.state.account('ana@example.com');
    return {
      server,
      client: simulatedDropboxClient,
      paths,
      account: mine.email,
      add: (name, text) => mine.addFile({ path: `/${name}`, content: text }),
      update: (id, text) => mine.update(id, text),
      remove: (id) => mine.delete(id),
    };
  },
});

describe('the content hash', () => {
  // From rclone's tests.
  test.each([
    [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [1, '1cd6ef71e6e0ff46ad2609d403dc3fee244417089aa4461245a4e4fe23a55e42'],
    [4_194_305, '8f553da8d00d0bf509d8470e242888be33019c20c0544811f5b2b89e98360b92'],
  ])('of %i bytes equals the published one', (length, hash) => {
    expect(contentHash(Buffer.alloc(length, 'A'))).toBe(hash);
  });

  test('that does not match is a damaged transfer, never content', async () => {
    account.addFile({ path: '/a.md', content: 'a' });
    const [item] = (await list()).items;
    dropbox.switches.corruptDownloads = true;
    await expect(connectorOf().fetch(item as ItemRef, calm)).rejects.toMatchObject({ code: 'checksum_mismatch' });
  });
});

describe('listing', () => {
  test('shows only the selected folder', async () => {
    account.addFile({ path: '/Reports/2026/Q1.md', content: 'a' });
    account.addFile({ path: '/Reportage.md', content: 'b' });
    const { items } = await list({ folders: ['/reports'] });
    expect(items.map((item) => item.path)).toEqual(['Reports/2026/Q1.md']);
    await expect(list({ folders: ['/nowhere'] })).rejects.toMatchObject({ kind: 'invalid_input' });
    // If this counted as temporary, it would be retried forever and never reported
    await expect(list({ folders: ['/Reportage.md'] })).rejects.toMatchObject({ kind: 'invalid_input' });
  });

  test('of several folders covers what is above them, and the selection is theirs', async () => {
    account.addFile({ path: '/Reports/Q1.md', content: 'a' });
    account.addFile({ path: '/Other/b.md', content: 'b' });
    const several = connectorOf(account.email, { folders: ['/reports', '/plans'] });
    const { items } = await list({ folders: ['/reports', '/plans'] });
    const selected = items.filter((item) =>
      several.selects?.({ kind: 'item', containers: [], ...item, path: item.path ?? '' }),
    );
    expect(selected.map((item) => item.path)).toEqual(['Reports/Q1.md']);
  });

  test('of several folders names those that are gone, also when a feed reports it', async () => {
    for (const folder of ['Reports', 'Plans', 'Above/Notes'])
      account.addFile({ path: `/${folder}/a.md`, content: 'a' });
    const folders = ['/reports', '/Plans', '/Above/Notes', '/nowhere'];
    const gapsOf = ({ entries }: { readonly entries: readonly Entry[] }) =>
      entries.flatMap((entry) => (entry.state === 'gap' ? [`${entry.code} ${entry.externalId}`] : []));
    const named = (...gone: string[]) => gone.map((path) => `selected_folder_missing selected folder ${path}`);
    const first = await list({ folders });
    expect(gapsOf(first)).toEqual(named('/nowhere'));
    const checkpoint = first.end.more ? null : first.end.checkpoint;
    account.moveFolder('/Reports', '/Report');
    account.deleteFolder('/Above');
    account.deleteFolder('/Plans');
    account.addFile({ path: '/Plans/b.md', content: 'b' });
    const feed = await walk(connectorOf(account.email, { folders }), { at: 'checkpoint', checkpoint } as Position);
    expect(gapsOf(feed)).toEqual(named('/reports', '/Above/Notes'));
    expect(gapsOf(await list({ folders }))).toEqual(named('/reports', '/Above/Notes', '/nowhere'));
    // A refusal proves nothing.
    dropbox.faults.add({ path: 'get_metadata', then: { status: 500 } });
    expect(gapsOf(await list({ folders }))).toEqual([]);
  });

  test('links to each file, whatever its name contains', async () => {
    account.addFile({ path: '/C# notes/100 % ready?.md', content: 'a' });
    const [item] = (await list()).items;
    expect(item?.webUrl).toBe('https://www.dropbox.com/home/C%23%20notes/100%20%25%20ready%3F.md');
  });

  test.each(['/', 'Reports', '/Reports/'])('a folder such as "%s" is refused with a correction', (folder) => {
    expect(dropboxConfig.safeParse({ folders: [folder] }).error?.issues[0]?.message).toMatch(
      /a path such as \/Reports/,
    );
  });

  test('shows the team’s folders in a team as well, and a changed root invalidates the position', async () => {
    account = dropbox.state.account(`team${count}@example.com`, { rootId: '7', homePath: '/Ana Okoye' });
    account.addFile({ path: '/Ana Okoye/mine.md', content: 'a' });
    account.addFile({ path: '/All hands/ours.md', content: 'b' });
    const { items, end } = await list();
    expect(items.map((item) => item.path).toSorted((a = '', b = '') => a.localeCompare(b))).toEqual([
      'All hands/ours.md',
      'Ana Okoye/mine.md',
    ]);
    dropbox.faults.add({
      path: 'list_folder/continue',
      then: { status: 422, body: { error: { '.tag': 'invalid_root' } } },
    });
    const checkpoint = end.more ? null : end.checkpoint;
    await expect(
      connectorOf().listPage({ at: 'checkpoint', checkpoint: checkpoint ?? ('' as never) }, calm),
    ).rejects.toMatchObject({ kind: 'checkpoint_expired' });
  });

  test('a Paper document is exported as Markdown, and a link is skipped', async () => {
    account.addFile({ path: '/Notes.paper', content: '# Notes', exportAs: ['html', 'markdown'] });
    account.addFile({ path: '/odd.paper', content: 'x', exportAs: ['papyrus'] });
    account.addFile({ path: '/link.md', content: '', symlinkTo: '/Notes.paper' });
    const { items } = await list();
    const byName = new Map(items.map((item) => [item.name, item]));
    expect(byName.get('link.md')?.skip?.code).toBe('shortcut');
    expect(byName.get('odd.paper')?.skip?.code).toBe('not_exportable');
    const { bytes, mimeType } = await connectorOf().fetch(byName.get('Notes.paper') as ItemRef, calm);
    expect([Buffer.from(bytes).toString(), mimeType]).toEqual(['# Notes', 'text/markdown']);
  });
});

describe('every error is mapped to its kind', () => {
  const tagged = (...tags: string[]) => ({
    error_summary: `${tags.join('/')}/..`,
    error: tags.reduceRight<object>((inner, tag) => ({ '.tag': tag, [tag]: inner }), {}),
  });
  test.each([
    ['401 expired', 401, tagged('expired_access_token'), 'unauthorized'],
    ['401 missing scope', 401, tagged('missing_scope'), 'insufficient_scope'],
    ['409 not found', 409, tagged('path', 'not_found'), 'not_found'],
    ['409 a rights complaint', 409, tagged('path', 'restricted_content'), 'unsupported'],
    ['409 not downloadable', 409, tagged('unsupported_file'), 'unsupported'],
    ['409 locked', 409, tagged('path', 'locked'), 'forbidden'],
    ['403 for one file', 403, tagged('no_permission'), 'forbidden'],
    ['429 as JSON', 429, tagged('too_many_requests'), 'rate_limited'],
    ['429 as text', 429, 'slow down', 'rate_limited'],
    ['503 as HTML', 503, '<html>busy</html>', 'unavailable'],
    ['400', 400, 'Error in call to API function', 'invalid_input'],
  ])('%s', async (_name, status, body, kind) => {
    account.addFile({ path: '/a.md', content: 'a' });
    const [item] = (await list()).items;
    dropbox.faults.add({ path: 'files/download', then: { status, body, headers: { 'retry-after': '15' } } });
    const error = await connectorOf()
      .fetch(item as ItemRef, calm)
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'SyncError', kind });
    if (kind === 'rate_limited') expect(error).toMatchObject({ retryAfterMs: 15_000 });
    expect(JSON.stringify(error)).not.toContain('sl.u.');
  });

  test('the wait may be stated in the body alone', async () => {
    const error = { reason: { '.tag': 'too_many_requests' }, retry_after: 300 };
    dropbox.faults.add({ path: 'list_folder', then: { status: 429, body: { error_summary: 'x', error } } });
    await expect(list()).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 300_000 });
  });

  test.each([{ reset: true }, { truncate: 0.5 }])('a connection that breaks (%j) is not content', async (then) => {
    account.addFile({ path: '/a.md', content: 'a'.repeat(50_000) });
    const [item] = (await list()).items;
    dropbox.faults.add({ path: 'files/download', then });
    await expect(connectorOf().fetch(item as ItemRef, calm)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('the engine tracks paths', () => {
  let headwater: TestHeadwater;
  let dataSourceId: string;
  beforeAll(async () => {
    headwater = await startHeadwater({ parts: { connectorFor: () => connectorOf() } });
  }, 60_000);
  afterAll(async () => await headwater[Symbol.asyncDispose]());
  beforeEach(async () => {
    dataSourceId = await headwater.createSource(account.email, 'dropbox');
  });
  const sync = async (jobType: 'full_sync' | 'incremental') => {
    const { jobId } = await headwater.sync({ dataSourceId, jobType });
    return await headwater.job(account.email, jobId);
  };
  const held = async () => await contentOf(headwater, account.email);

  test('a deleted folder deletes everything below it, and nothing beside it', async () => {
    for (const path of ['/Plans/a.md', '/Plans/Deep/b.md', '/Planschbecken.md', '/other.md'])
      account.addFile({ path, content: path });
    await sync('full_sync');
    account.deleteFolder('/Plans');
    expect(await sync('incremental')).toMatchObject({ status: 'completed', removed: 2 });
    expect(Object.keys(await held())).toEqual(['Planschbecken.md', 'other.md']);
  });

  test.each([2000, 1])('a moved file keeps its document, when reported in pages of %i', async (maxPage) => {
    const id = account.addFile({ path: '/Plans/a.md', content: 'the text' });
    account.addFile({ path: '/Plans/b.md', content: 'b' });
    await sync('full_sync');
    const before = await documentOf(id);
    dropbox.switches.maxPage = maxPage;
    account.move(id, '/Archive/ä ö.md');
    expect(await sync('incremental')).toMatchObject({ status: 'completed', failed: 0 });
    expect(await held()).toEqual({ 'Archive/ä ö.md': 'the text', 'Plans/b.md': 'b' });
    if (maxPage > 1) expect(await documentOf(id)).toEqual(before);
  });

  test('a moved folder, a new file at the same path, and a lost cursor end with the state of the source', async () => {
    const ids = ['/A/1.md', '/A/B/2.md', '/A/3.md'].map((path) => account.addFile({ path, content: path }));
    await sync('full_sync');
    account.moveFolder('/A', '/Z');
    account.delete(ids[2] ?? '');
    account.addFile({ path: '/Z/3.md', content: 'made anew' });
    await sync('incremental');
    expect(await held()).toEqual({ 'Z/1.md': '/A/1.md', 'Z/B/2.md': '/A/B/2.md', 'Z/3.md': 'made anew' });
    account.delete(ids[0] ?? '');
    account.expireCursors();
    expect(await sync('incremental')).toMatchObject({ removed: 1, progressData: { fallback: 'checkpoint_expired' } });
    expect(Object.keys(await held())).toEqual(['Z/3.md', 'Z/B/2.md']);
  });

  const ids = async () =>
    await headwater.as(account.email, async (trx) =>
      (await trx.selectFrom('syncItems').select('externalId').where('dataSourceId', '=', dataSourceId).execute()).map(
        (row) => row.externalId,
      ),
    );

  test('a file deleted and created again at its path replaces the old one, although no deletion is reported (docs/vendors/dropbox.md#listing-and-delta)', async () => {
    account.delete(account.addFile({ path: '/Plans/b.md', content: 'nothing' }));
    const kept = account.addFile({ path: '/kept.md', content: 'kept' });
    const old = account.addFile({ path: '/Plans/a.md', content: 'old' });
    await sync('full_sync');
    account.delete(old);
    const anew = account.addFile({ path: '/Plans/a.md', content: 'new' });
    await sync('incremental');
    expect((await ids()).toSorted()).toEqual([anew, kept].toSorted());
  });

  test('a file that is replaced by a folder is deleted, and so are a folder’s files when it is replaced by a file', async () => {
    const kept = account.addFile({ path: '/kept.md', content: 'kept' });
    const file = account.addFile({ path: '/x', content: 'a file' });
    account.addFile({ path: '/F/inside.md', content: 'b' });
    await sync('full_sync');
    account.delete(file);
    const below = account.addFile({ path: '/x/below.md', content: 'c' });
    account.deleteFolder('/F');
    const instead = account.addFile({ path: '/F', content: 'd' });
    await sync('incremental');
    expect((await ids()).toSorted()).toEqual([below, instead, kept].toSorted());
  });

  test('a folder that is deleted and created again has only its new files', async () => {
    const kept = account.addFile({ path: '/kept.md', content: 'kept' });
    account.addFile({ path: '/F/old.md', content: 'a' });
    account.addFile({ path: '/F/deep/older.md', content: 'b' });
    await sync('full_sync');
    account.deleteFolder('/F');
    const anew = account.addFile({ path: '/F/new.md', content: 'c' });
    await sync('incremental');
    expect((await ids()).toSorted()).toEqual([anew, kept].toSorted());
  });

  test('a file that could not be read under its name is read under another one, with the same content', async () => {
    const names = ['picture.png', 'no.pdf'].map((name) =>
      account.addFile({ path: `/${name}`, content: 'plain words' }),
    );
    await sync('full_sync');
    expect(await held()).toEqual({});
    names.forEach((id, i) => account.move(id, `/words ${i}.md`));
    await sync('incremental');
    expect(await held()).toEqual({ 'words 0.md': 'plain words', 'words 1.md': 'plain words' });
  });

  test('a folder that is deleted and restored unchanged keeps its files', async () => {
    const id = account.addFile({ path: '/Plans/a.md', content: 'the text' });
    await sync('full_sync');
    const page = (await (
      await fetch(`${dropbox.url}/2/files/list_folder`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${dropbox.oauth.issue(account.email).accessToken}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ path: '', recursive: true }),
      })
    ).json()) as { readonly entries: readonly object[] };
    const deleted = { '.tag': 'deleted', name: 'Plans', path_lower: '/plans', path_display: '/Plans' };
    const body = { ...page, entries: [deleted, ...page.entries] };
    dropbox.faults.add({ path: 'list_folder/continue', times: 1, then: { status: 200, body } });
    await sync('incremental');
    expect(await ids()).toEqual([id]);
  });

  test('a deleted path is found whatever the alphabet of its capital letters', async () => {
    const deleted = ['/ÜBERSICHT/Ж.md', '/ΟΔΟΣ/ΕΤΑΙΡΕΙΑΣ.md', '/İşler/İzin.md'].map((path) =>
      account.addFile({ path, content: path }),
    );
    const other = account.addFile({ path: '/other.md', content: 'y' });
    await sync('full_sync');
    for (const id of deleted) account.delete(id);
    await sync('incremental');
    expect(await ids()).toEqual([other]);
  });

  test('a thousand files cost a listing and their downloads; unchanged ones cost a single call', async () => {
    for (let i = 0; i < 1000; i++) account.addFile({ path: `/f${i}.md`, content: `file ${i}` });
    dropbox.log.clear();
    await sync('full_sync');
    expect(dropbox.log.counts()).toEqual({
      'POST /2/users/get_current_account': 1,
      'POST /2/files/list_folder': 1,
      'POST /2/files/download': 1000,
    });
    dropbox.log.clear();
    expect(await sync('incremental')).toMatchObject({ found: 0 });
    expect(dropbox.log.counts()).toEqual({ 'POST /2/files/list_folder/continue': 1 });
  }, 60_000);

  async function documentOf(externalId: string) {
    return await headwater.as(
      account.email,
      async (trx) =>
        await trx
          .selectFrom('syncItems')
          .select('localDocumentId')
          .where('externalId', '=', externalId)
          .executeTakeFirst(),
    );
  }
});

describe('Dropbox’s own specification', () => {
  const specification = join(import.meta.dirname, '../specs/dropbox.schemas.json');
  const { routes, $defs } = JSON.parse(readFileSync(specification, 'utf8')) as Specification;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const check = (part: object | undefined, value: unknown): unknown => {
    const validate = ajv.compile({ ...part, $defs });
    return validate(value) ? null : validate.errors;
  };
  const post = async (route: string, body: object): Promise<unknown> => {
    const { accessToken } = dropbox.oauth.issue(account.email);
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    return await (
      await fetch(`${dropbox.url}${route}`, { method: 'POST', headers, body: JSON.stringify(body) })
    ).json();
  };

  test('allows the simulator’s answers', async () => {
    const id = account.addFile({ path: '/Plans/a.md', content: 'a' });
    account.addFile({ path: '/Notes.paper', content: '# Notes', exportAs: ['markdown'] });
    const route = '/2/files/list_folder';
    const listed = (await post(route, { path: '', recursive: true })) as { cursor: string };
    expect(check(routes[route]?.result, listed)).toBeNull();
    account.delete(id);
    const changes = await post(`${route}/continue`, { cursor: listed.cursor });
    expect(check(routes[`${route}/continue`]?.result, changes)).toBeNull();
    const account1 = await post('/2/users/get_current_account', {});
    expect(check(routes['/2/users/get_current_account']?.result, account1)).toBeNull();
    account.expireCursors();
    const lost = (await post(`${route}/continue`, { cursor: listed.cursor })) as { error: unknown };
    expect(check(routes[`${route}/continue`]?.error, lost.error)).toBeNull();
  });
});

interface Specification {
  readonly routes: Record<string, { readonly result?: object; readonly error?: object }>;
  readonly $defs: object;
}
