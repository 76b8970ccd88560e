/**
 * Tests what is specific to Notion: incomplete search, times in minutes, databases, Markdown in parts, addresses that
 * expire.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { createOAuthClient } from '../../credentials/oauth-client.ts';
import type { Checkpoint, ItemRef } from '../../../domain/source.ts';
import { block, richText } from '../../../tools/simulators/notion/blocks.ts';
import { notionPaths } from '../../../tools/simulators/notion/oauth.ts';
import {
  defaultSwitches,
  type NotionSimulator,
  simulatedNotionClient,
  startNotion,
} from '../../../tools/simulators/notion/server.ts';
import type { NotionWorkspace, SimParent } from '../../../tools/simulators/notion/state.ts';
import { walk } from '../../../test/conformance/suite.ts';
import { notionConfig, toId } from './config.ts';
import { createNotionConnector } from './connector.ts';
import { isOfFileStore } from './files.ts';
import { notionOAuth } from './oauth.ts';

const calm = new AbortController().signal;
let notion: NotionSimulator;
let workspace: NotionWorkspace;
let count = 0;

beforeAll(async () => {
  notion = await startNotion();
});
afterAll(async () => await notion[Symbol.asyncDispose]());
beforeEach(() => {
  notion.faults.clear();
  notion.log.clear();
  Object.assign(notion.switches, defaultSwitches());
  notion.state.skewMs = -3_600_000;
  workspace = notion.state.workspace(`ana${++count}@example.com`);
});

const connectorOf = (config: object = {}, token = notion.oauth.issue(workspace.email).accessToken) =>
  createNotionConnector(
    notionConfig.parse(config),
    {
      tokens: { accessToken: async () => await Promise.resolve(token), invalidate: () => {} },
      throttle: async () => await Promise.resolve(),
      logger: pino({ level: 'silent' }),
      maxItemBytes: 1024 * 1024,
    },
    notion.url,
  );
const list = async (config: object = {}) => await walk(connectorOf(config), { at: 'start' });
const names = async (config: object = {}) =>
  (await list(config)).items.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b));
const since = async (checkpoint: Checkpoint, config: object = {}) =>
  await walk(connectorOf(config), { at: 'checkpoint', checkpoint });
const textOf = async (name: string, config: object = {}): Promise<string> => {
  const item = (await list(config)).items.find((each) => each.name === name);
  const { bytes } = await connectorOf(config).fetch(item as ItemRef, calm);
  return Buffer.from(bytes).toString();
};
const inPage = (id: string): SimParent => ({ type: 'page_id', id });

describe('a full listing', () => {
  test('finds what search misses: pages in pages, in toggles and in rows', async () => {
    const top = workspace.addPage({ title: 'top' });
    const toggle = block('toggle', 'more', {}, [block('paragraph', 'x')]);
    workspace.setBlocks(top, [toggle]);
    const child = workspace.addPage({ title: 'child', parent: inPage(top) });
    const database = workspace.addDatabase('Repairs', inPage(child));
    const row = workspace.addRow(database, 'row', {});
    const missed = [
      child,
      database.id,
      row,
      workspace.addPage({ title: 'grandchild', parent: inPage(child) }),
      workspace.addPage({ title: 'in a row', parent: inPage(row) }),
      workspace.addPage({ title: 'in a toggle', parent: { type: 'block_id', id: toggle.id } }),
    ];
    for (const id of missed) workspace.unsearchable.add(id);
    const { end } = await list();
    expect(await names()).toEqual(['child', 'grandchild', 'in a row', 'in a toggle', 'row', 'top']);
    expect(end).toMatchObject({ complete: true });
  });

  test('finds the databases in a wiki, which a query returns beside its pages', async () => {
    const wiki = workspace.addDatabase('Wiki');
    workspace.addRow(wiki, 'article', {});
    const inside = workspace.addDatabase('Repairs', { type: 'data_source_id', id: wiki.dataSourceId });
    const row = workspace.addRow(inside, 'row', {});
    for (const id of [inside.id, row]) workspace.unsearchable.add(id);
    const { items, entries } = await list();
    expect(items.map(({ name }) => name).toSorted()).toEqual(['article', 'row']);
    expect(entries.filter(({ state }) => state === 'gap')).toEqual([]);
    const { dataSourceId: externalId } = inside;
    const container = { state: 'container', externalId, name: 'Repairs', parentExternalId: wiki.dataSourceId };
    expect(entries).toContainEqual(container);
  });

  test('returns the same facts of a page however it was found, and reads no page twice', async () => {
    const top = workspace.addPage({ title: 'top' });
    const toggle = block('toggle', 'more', {}, [block('paragraph', 'x')]);
    workspace.setBlocks(top, [toggle]);
    workspace.addPage({ title: 'child', parent: inPage(top) });
    const nested = workspace.addPage({ title: 'nested', parent: { type: 'block_id', id: toggle.id } });
    const listed = (await list()).items;
    const lists = notion.log.calls.filter(({ path }) => path.endsWith('/children')).map(({ path }) => path);
    expect(new Set(lists).size).toBe(lists.length);
    for (const id of [top, nested]) workspace.unsearchable.add(id);
    workspace.share(nested);
    const found = await connectorOf().lookUp(
      listed.map((item) => item.externalId),
      calm,
    );
    const byId = (a: { externalId?: string }, b: { externalId?: string }) =>
      (a.externalId ?? '').localeCompare(b.externalId ?? '');
    expect([...found].toSorted(byId as never)).toEqual([...listed].toSorted(byId));
  });

  test('begins below a page that is not shared, at the contents that are', async () => {
    const hidden = workspace.addPage({ title: 'hidden' });
    const shared = workspace.addPage({ title: 'shared', parent: inPage(hidden) });
    workspace.unsearchable.add(workspace.addPage({ title: 'below', parent: inPage(shared) }));
    workspace.unshare(hidden);
    workspace.share(shared);
    expect(await names()).toEqual(['below', 'shared']);
  });

  test('reads all rows of a database that has more than one query returns', async () => {
    const database = workspace.addDatabase('Repairs');
    for (let i = 0; i < 25; i++) {
      notion.state.skewMs += 60_000;
      workspace.unsearchable.add(workspace.addRow(database, `row ${i}`, {}));
    }
    notion.switches.resultCap = 10;
    const { items, end } = await list();
    expect(items).toHaveLength(25);
    expect(end).toMatchObject({ complete: true });
  });

  test('is incomplete if search ends early, so that it removes nothing', async () => {
    for (let i = 0; i < 12; i++) workspace.addPage({ title: `${i}` });
    notion.switches.resultCap = 10;
    expect((await list()).end).toMatchObject({ complete: false });
  });

  test('names a database that exists but refuses to return its rows', async () => {
    const database = workspace.addDatabase('Repairs');
    workspace.addRow(database, 'row', {});
    const answer = { object: 'error', code: 'validation_error', message: 'no', request_id: '1' };
    notion.faults.add({ path: '/query$', then: { status: 400, body: answer } });
    expect((await list()).entries).toContainEqual(
      expect.objectContaining({
        state: 'gap',
        externalId: database.dataSourceId,
        name: 'Repairs',
        code: 'unsupported',
      }),
    );
  });

  test('loses no page when another goes to the trash between two pages of search', async () => {
    const ids = ['0', '1', '2', '3', '4', '5'].map((title) => workspace.addPage({ title }));
    notion.switches.maxPage = 2;
    const add = notion.log.add.bind(notion.log);
    const searches = (): number => notion.log.calls.filter(({ path }) => path === '/v1/search').length;
    const afterFirst = jest.spyOn(notion.log, 'add').mockImplementation((call) => {
      add(call);
      if (searches() === 1) workspace.trash(ids[0] ?? '');
    });
    const { items } = await list();
    afterFirst.mockRestore();
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['1', '2', '3', '4', '5']));
  });

  test('is never shorter because a call failed: the failed page is a gap', async () => {
    const top = workspace.addPage({ title: 'top' });
    workspace.addPage({ title: 'child', parent: inPage(top) });
    notion.faults.add({ path: '/children$', then: { status: 502, body: '<html>Bad gateway</html>' } });
    expect((await list()).entries).toContainEqual(
      expect.objectContaining({ state: 'gap', externalId: top, name: 'top' }),
    );
  });

  test('of roots lists these and their contents; a root that does not exist is reported', async () => {
    const handbook = workspace.addPage({ title: 'handbook' });
    workspace.addPage({ title: 'child', parent: inPage(handbook) });
    workspace.addPage({ title: 'other' });
    const database = workspace.addDatabase('Repairs');
    workspace.addRow(database, 'row', {});
    const address = `https://www.notion.so/acme/Handbook-${handbook.replaceAll('-', '')}?pvs=4`;
    expect(await names({ roots: [address] })).toEqual(['child', 'handbook']);
    expect(await names({ roots: [database.id] })).toEqual(['row']);
    expect(await names({ roots: [database.dataSourceId] })).toEqual(['row']);
    const unknown = '00000000-0000-4000-8000-000000000000';
    await expect(list({ roots: [unknown] })).rejects.toMatchObject({ kind: 'invalid_input', code: 'unknown_root' });
  });

  test.each([
    ['https://www.notion.so/Plan-598337872cf94fdf8782e53db20768a5?v=1', '59833787-2cf9-4fdf-8782-e53db20768a5'],
    ['59833787-2cf9-4fdf-8782-e53db20768a5', '59833787-2cf9-4fdf-8782-e53db20768a5'],
    ['https://www.notion.so/x/abc?p=598337872cf94fdf8782e53db20768a5', '59833787-2cf9-4fdf-8782-e53db20768a5'],
    ['https://www.notion.so/Cafe-bed-598337872cf94fdf8782e53db20768a5', '59833787-2cf9-4fdf-8782-e53db20768a5'],
    ['My handbook', null],
  ])('the id in "%s" is %s', (text, id) => expect(toId(text)).toBe(id));

  test('offers what can be chosen as a root', async () => {
    const handbook = workspace.addPage({ title: 'handbook' });
    const child = workspace.addPage({ title: 'child', parent: inPage(handbook) });
    const { choices } = connectorOf();
    expect(await choices?.['roots']?.(null, calm)).toEqual([{ value: handbook, label: 'handbook', hasChildren: true }]);
    expect(await choices?.['roots']?.(handbook, calm)).toEqual([{ value: child, label: 'child', hasChildren: false }]);
  });
});

describe('the time window', () => {
  const checkpointOf = async (config: object = {}): Promise<Checkpoint> => {
    const { end } = await list(config);
    return (end.more ? '' : end.checkpoint) as Checkpoint;
  };

  test('shows changes late if search indexes them late', async () => {
    const checkpoint = await checkpointOf();
    notion.state.skewMs = 0;
    workspace.addPage({ title: 'new' });
    notion.switches.searchLagMs = 60_000;
    const first = await since(checkpoint);
    expect(first.items).toEqual([]);
    notion.switches.searchLagMs = 0;
    const next = await since((first.end.more ? '' : first.end.checkpoint) as Checkpoint);
    expect(next.items.map(({ name }) => name)).toEqual(['new']);
  });

  test('an edit in the minute of the last listing is not lost: such a page is fetched again', async () => {
    notion.state.skewMs = 0;
    const id = workspace.addPage({ title: 'a', content: 'one' });
    const first = await list();
    workspace.update(id, 'two');
    workspace.page(id).editedMs = workspace.page(id).createdMs;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 5 * 60_000);
    const later = await since((first.end.more ? '' : first.end.checkpoint) as Checkpoint);
    const again = await since((later.end.more ? '' : later.end.checkpoint) as Checkpoint);
    clock.mockRestore();
    expect(later.items[0]?.modifiedAt).toBe(first.items[0]?.modifiedAt);
    expect(later.items[0]?.fingerprint).not.toEqual(first.items[0]?.fingerprint);
    expect(again.items[0]?.fingerprint).toEqual(later.items[0]?.fingerprint);
  });

  test('names pages that went to the trash; without that search, nothing counts as deleted', async () => {
    const id = workspace.addPage({ title: 'a' });
    const checkpoint = await checkpointOf();
    notion.state.skewMs = 0;
    workspace.trash(id);
    expect((await since(checkpoint)).entries).toContainEqual({ state: 'deleted', externalId: id });
    notion.switches.noTrashSearch = true;
    expect((await since(checkpoint)).entries).toEqual([]);
  });

  test('of roots leaves out pages elsewhere', async () => {
    const handbook = workspace.addPage({ title: 'handbook' });
    const config = { roots: [handbook] };
    const checkpoint = await checkpointOf(config);
    notion.state.skewMs = 0;
    const child = workspace.addPage({ title: 'child', parent: inPage(handbook) });
    workspace.addPage({ title: 'grandchild', parent: inPage(child) });
    workspace.addPage({ title: 'other' });
    const { items } = await since(checkpoint, config);
    expect(items.map(({ name }) => name).toSorted()).toEqual(['child', 'grandchild']);
  });

  test('that exceeds what search can return is a lost position', async () => {
    const checkpoint = await checkpointOf();
    notion.state.skewMs = 0;
    for (let i = 0; i < 12; i++) workspace.addPage({ title: `${i}` });
    notion.switches.resultCap = 10;
    await expect(since(checkpoint)).rejects.toMatchObject({ kind: 'checkpoint_expired' });
  });

  test('a page of search that is no longer accepted is a lost position', async () => {
    for (let i = 0; i < 150; i++) workspace.addPage({ title: `${i}` });
    notion.faults.add({
      path: '/search$',
      skip: 1,
      then: { status: 400, body: { code: 'validation_error', message: 'start_cursor provided is invalid: x' } },
    });
    await expect(list()).rejects.toMatchObject({ kind: 'checkpoint_expired' });
  });
});

describe('content', () => {
  const rich = [
    block('heading_1', 'Lamps'),
    block('toggle', 'Prices {in} euro', {}, [
      block('bulleted_list_item', 'Fresnel: 4 * 100', {}, [block('paragraph', 'deep')]),
    ]),
    block('code', 'a \\* b'),
    block('pdf', 'The rota', { name: 'rota ö.pdf' }),
  ];

  test('is plain Markdown, without tags, escapes or addresses that expire', async () => {
    workspace.setBlocks(workspace.addPage({ title: 'Lamps' }), rich);
    const text = await textOf('Lamps');
    for (const part of ['# Lamps', 'Prices {in} euro', 'Fresnel: 4 * 100', 'deep', 'a \\* b', 'The rota (rota ö.pdf)'])
      expect(text).toContain(part);
    expect(text).not.toMatch(/X-Amz|<\/?\w/);
  });

  test('that does not fit into one answer is fetched in parts, each in its place', async () => {
    workspace.setBlocks(workspace.addPage({ title: 'Lamps' }), rich);
    notion.switches.markdownBlocks = 2;
    const text = await textOf('Lamps');
    expect(text.indexOf('deep')).toBeGreaterThan(text.indexOf('Fresnel'));
    expect(text.indexOf('rota')).toBeGreaterThan(text.indexOf('deep'));
    expect(text).not.toContain('unknown');
  });

  test('without Markdown (bookmarks, embeds, previews, template buttons) is read by id; the rest leaves a note', async () => {
    const id = workspace.addPage({ title: 'page' });
    workspace.setBlocks(id, [
      block('bookmark', null, { url: 'https://example.com/tides', caption: richText('The tide table') }),
      block('toggle', 'more', {}, [block('embed', null, { url: 'https://example.com/map', caption: [] })]),
      block('link_preview', null, { url: 'https://example.com/issue/7' }),
      block('template', 'New entry'),
      block('breadcrumb', null),
      block('unsupported', null, { block_type: 'ai_block' }),
      block('code', '<unknown url="https://www.notion.so/x#1" alt="bookmark"/>'),
    ]);
    const text = await textOf('page');
    expect(
      text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    ).toEqual([
      '# page',
      'The tide table https://example.com/tides',
      'more',
      'https://example.com/map',
      'https://example.com/issue/7',
      'New entry',
      '(Notion does not provide this ai block in its API.)',
      '```',
      '<unknown url="https://www.notion.so/x#1" alt="bookmark"/>',
      '```',
    ]);
    const body = { object: 'error', status: 400, code: 'validation_error', message: 'not supported' };
    notion.faults.add({ path: '^/v1/blocks/[^/]+$', then: { status: 400, body } });
    expect(await textOf('page')).toContain('(Notion does not provide this link preview in its API.)');
    notion.faults.clear();
    notion.faults.add({ path: '^/v1/blocks/[^/]+$', then: { status: 503 } });
    await expect(textOf('page')).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('without Markdown is read up to a hundred times', async () => {
    const id = workspace.addPage({ title: 'page' });
    workspace.setBlocks(
      id,
      Array.from({ length: 103 }, (_, i) => block('bookmark', null, { url: `https://x.org/${i}` })),
    );
    const text = await textOf('page');
    expect(text.match(/https:/g)).toHaveLength(100);
    expect(text.match(/does not provide this bookmark/g)).toHaveLength(3);
  });

  test('includes the transcript of a meeting', async () => {
    const id = workspace.addPage({ title: 'page' });
    workspace.setBlocks(id, [
      block('transcription', 'Weekly', { notes: 'Order oil.', transcript: 'Ana: the winch squeaks.' }),
    ]);
    const text = await textOf('page');
    expect(text.split(/\s*\n\s*/)).toEqual(['# page', 'Weekly', 'Order oil.', 'Ana: the winch squeaks.', '']);
  });

  test('that Notion cannot render as Markdown is read block by block', async () => {
    workspace.setBlocks(workspace.addPage({ title: 'Lamps' }), rich);
    notion.switches.noMarkdown = true;
    notion.switches.maxPage = 2;
    const text = await textOf('Lamps');
    for (const part of ['# Lamps', 'Prices {in} euro', '- Fresnel: 4 * 100', 'deep', 'a \\* b', 'The rota'])
      expect(text).toContain(part);
    expect(text).not.toContain('X-Amz');
  });

  test('of a row begins with its properties', async () => {
    const database = workspace.addDatabase('Repairs');
    const crane = workspace.addPage({ title: 'Crane 3' });
    const person = (name: string) => ({ object: 'user', id: name, name });
    workspace.addRow(
      database,
      'Winch',
      {
        Status: { type: 'status', status: { id: '1', name: 'In progress', color: 'red' } },
        Tags: { type: 'multi_select', multi_select: [{ name: 'oil' }, { name: 'rust' }] },
        Due: { type: 'date', date: { start: '2026-05-01', end: '2026-05-08', time_zone: null } },
        Tide: { type: 'date', date: { start: '2026-05-01T09:00:00', end: null, time_zone: 'Europe/Paris' } },
        Cost: { type: 'number', number: 84000 },
        Done: { type: 'checkbox', checkbox: false },
        Crew: { type: 'people', people: Array.from({ length: 30 }, (_, i) => person(`P${i}`)) },
        Machine: { type: 'relation', relation: [{ id: crane }] },
        Rest: { type: 'formula', formula: { type: 'string', string: '3 weeks' } },
        Sum: {
          type: 'rollup',
          rollup: { type: 'array', function: 'show_original', array: [{ type: 'number', number: 7 }] },
        },
        Number: { type: 'unique_id', unique_id: { prefix: 'REP', number: 12 } },
        Plan: {
          type: 'files',
          files: [{ name: 'plan.pdf', type: 'file', file: { url: 'https://x/?X-Amz-Signature=1' } }],
        },
        Empty: { type: 'select', select: null },
      },
      'Needs oil.',
    );
    const text = await textOf('Winch');
    const lines = [
      'Status: In progress',
      'Tags: oil, rust',
      'Due: 2026-05-01 to 2026-05-08',
      'Tide: 2026-05-01T09:00:00 (Europe/Paris)',
      'Cost: 84000',
      'Done: no',
    ];
    lines.push('Machine: Crane 3', 'Rest: 3 weeks', 'Sum: 7', 'Number: REP-12', 'Plan: plan.pdf', 'Needs oil.');
    for (const line of lines) expect(text.split('\n')).toContain(line);
    expect(text).toContain('P29');
    expect(text).not.toMatch(/Empty|X-Amz/);
  });

  test('includes the comments if they are configured and may be read', async () => {
    workspace.comment(workspace.addPage({ title: 'a', content: 'x' }), 'Please oil the winch.');
    expect(await textOf('a')).not.toContain('winch');
    const [item] = (await list()).items;
    const config = { includeComments: true };
    await expect(connectorOf(config).fetch(item as ItemRef, calm)).rejects.toMatchObject({
      code: 'comments_not_allowed',
      scope: 'item',
    });
    const { accessToken } = notion.oauth.issue(workspace.email, ['read_content', 'read_comments']);
    const { bytes } = await connectorOf(config, accessToken).fetch(item as ItemRef, calm);
    expect(Buffer.from(bytes).toString()).toContain('## Comments\n\n- Ana: Please oil the winch.');
  });
});

describe('every error has its kind', () => {
  const body = (code: string) => ({ object: 'error', code, message: 'no', request_id: '1' });
  test.each([
    ['401', 401, body('unauthorized'), 'unauthorized'],
    ['403 of a page', 403, body('restricted_resource'), 'forbidden'],
    ['404', 404, body('object_not_found'), 'not_found'],
    ['409', 409, body('conflict_error'), 'unavailable'],
    ['429', 429, body('rate_limited'), 'rate_limited'],
    ['529', 529, body('service_overload'), 'rate_limited'],
    ['500', 500, body('internal_server_error'), 'unavailable'],
    ['502 as HTML', 502, '<html>Bad gateway</html>', 'unavailable'],
    ['503 with a code of its own', 503, body('database_connection_unavailable'), 'unavailable'],
    ['504', 504, body('gateway_timeout'), 'unavailable'],
    ['530 from the edge', 530, 'origin DNS error', 'unavailable'],
    ['200 with HTML', 200, '<html>Hello</html>', 'unavailable'],
  ])('%s', async (_name, status, answer, kind) => {
    workspace.addPage({ title: 'a' });
    const [item] = (await list()).items;
    notion.faults.add({
      path: '/(markdown|children)$',
      then: { status, body: answer, headers: { 'retry-after': '15' } },
    });
    const error: unknown = await connectorOf()
      .fetch(item as ItemRef, calm)
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'SyncError', kind });
    if (kind === 'rate_limited') expect(error).toMatchObject({ retryAfterMs: 15_000 });
    expect(JSON.stringify(error)).not.toContain('ntn_');
  });

  test.each([{ reset: true }, { truncate: 0.5 }])('a connection that breaks (%j) returns no content', async (then) => {
    workspace.addPage({ title: 'a', content: 'a'.repeat(50_000) });
    const [item] = (await list()).items;
    notion.faults.add({ path: '/markdown$', then });
    await expect(connectorOf().fetch(item as ItemRef, calm)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('a connection that may not read content must be changed in Notion', async () => {
    const { accessToken } = notion.oauth.issue(workspace.email, []);
    const listing = connectorOf({}, accessToken).listPage({ at: 'start' }, calm);
    await expect(listing).rejects.toMatchObject({ kind: 'insufficient_scope' });
  });
});

describe('the sign-in', () => {
  const client = () =>
    createOAuthClient(notionOAuth, {
      ...simulatedNotionClient,
      apiBaseUrl: notion.url,
      authUrl: `${notion.url}${notionPaths.authorize}`,
      tokenUrl: `${notion.url}${notionPaths.token}`,
      revokeUrl: `${notion.url}${notionPaths.revoke}`,
    });
  const request = { redirectUri: 'http://127.0.0.1:3000/api/oauth/callback', state: 'st4te', verifier: 'v'.repeat(43) };
  const signIn = async () => {
    const url = new URL(await client().authorizationUrl(request));
    expect([...url.searchParams.keys()].toSorted()).toEqual([
      'client_id',
      'owner',
      'redirect_uri',
      'response_type',
      'state',
    ]);
    url.searchParams.set('choose', workspace.email);
    const answer = await fetch(url, { redirect: 'manual' });
    return new URL(answer.headers.get('location') ?? '');
  };

  test('exchanges, refreshes with a new refresh token each time, and ends at Notion', async () => {
    const tokens = await client().exchange(await signIn(), request);
    expect(tokens).toMatchObject({ expiresAt: null, refreshToken: expect.stringMatching(/^nrt_/) });
    const fresh = await client().refresh(tokens.refreshToken ?? '');
    expect(fresh.refreshToken).not.toBe(tokens.refreshToken);
    await expect(client().refresh(tokens.refreshToken ?? '')).rejects.toMatchObject({ kind: 'unauthorized' });
    expect(await connectorOf({}, fresh.accessToken).check(calm)).toEqual({ account: `Harbour (${workspace.email})` });
    await client().revoke(fresh);
    await expect(connectorOf({}, fresh.accessToken).check(calm)).rejects.toMatchObject({ kind: 'unauthorized' });
  });

  test('a code works once, and a wrong secret is for the operator to fix', async () => {
    const callback = await signIn();
    await client().exchange(callback, request);
    await expect(client().exchange(callback, request)).rejects.toMatchObject({ code: 'invalid_grant' });
    const wrong = createOAuthClient(notionOAuth, {
      clientId: simulatedNotionClient.clientId,
      clientSecret: 'wrong',
      apiBaseUrl: undefined,
      authUrl: undefined,
      tokenUrl: `${notion.url}${notionPaths.token}`,
      revokeUrl: undefined,
    });
    await expect(wrong.refresh('x')).rejects.toMatchObject({ kind: 'invalid_input', code: 'invalid_client' });
  });

  test('the secret of an internal connection works as well', async () => {
    const connector = connectorOf({}, notion.oauth.issueInternal(workspace.email));
    expect(await connector.check(calm)).toEqual({ account: 'Harbour' });
  });
});

describe('files in pages', () => {
  const pdf = block('pdf', 'the manual', { name: 'Winch manual.pdf' });
  const inToggle = block('file', null, { name: 'Parts.csv' });
  const linked = block('file', null, { external: { url: 'http://127.0.0.1:9/secret' }, name: 'elsewhere.pdf' });
  let pageId: string;
  beforeEach(() => {
    notion.state.files.set('Winch manual.pdf', Buffer.from('%PDF-1.7 the manual'));
    pageId = workspace.addPage({ title: 'Winch' });
    workspace.setBlocks(pageId, [pdf, linked, block('toggle', 'more', {}, [inToggle])]);
  });
  const files = async (config: object = {}) =>
    (await list(config)).items
      .filter(({ itemType }) => itemType === 'file')
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));

  test('are items inside their page, and downloaded without a token', async () => {
    const [parts, manual, elsewhere] = await files();
    expect([parts?.name, manual?.name, elsewhere?.name]).toEqual(['Parts.csv', 'Winch manual.pdf', 'elsewhere.pdf']);
    expect([parts?.parentExternalId, manual?.parentExternalId]).toEqual([pageId, pageId]);
    const { bytes } = await connectorOf().fetch(manual as ItemRef, calm);
    expect(Buffer.from(bytes).toString()).toBe('%PDF-1.7 the manual');
    // The text of a page still names its files and holds no address.
    expect(await textOf('Winch')).not.toContain('X-Amz-Signature');
    expect(await files({ includeFiles: false })).toEqual([]);
  });

  test('a link to another site is listed with the reason and never requested, whatever the config', async () => {
    const elsewhere = (await files()).at(-1);
    expect(elsewhere?.skip).toMatchObject({ code: 'foreign_file' });
    await expect(connectorOf().fetch(elsewhere as ItemRef, calm)).rejects.toMatchObject({
      kind: 'unsupported',
      code: 'foreign_file',
      scope: 'item',
    });
  });

  test.each([
    ['https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.pdf?X-Amz-Signature=1', true],
    ['https://s3.us-west-2.amazonaws.com/secure.notion-static.com/a/b.pdf', true],
    ['https://file.notion.so/f/f/a/b.pdf', true],
    ['http://prod-files-secure.s3.us-west-2.amazonaws.com/a', false],
    ['https://prod-files-secure.s3.us-west-2.amazonaws.com.evil.example/a', false],
    ['https://prod-files-secure.s3.us-west-2.amazonaws.com@evil.example/a', false],
    ['https://user:pw@file.notion.so/a', false],
    ['https://s3.us-west-2.amazonaws.com/another-bucket/a', false],
    ['https://s3.us-west-2.amazonaws.com/x/../another-bucket/secure.notion-static.com/', false],
    ['https://169.254.169.254/latest/meta-data', false],
    ['file:///etc/passwd', false],
    ['', false],
  ])('%s is one of Notion’s stores: %s', (address, isStore) => {
    expect(isOfFileStore(address, null)).toBe(isStore);
  });

  test('a web page in place of a file is not the file, unless it is one by its name', async () => {
    const [parts, manual] = await files();
    const page = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>Blocked</html>' };
    notion.faults.add({ path: '^/files/', then: page });
    for (const ref of [parts, manual])
      await expect(connectorOf().fetch(ref as ItemRef, calm)).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'unexpected_answer',
        scope: 'item',
      });
    const { mimeType } = await connectorOf().fetch({ ...(manual as ItemRef), name: 'Manual.html' }, calm);
    expect(mimeType).toContain('text/html');
  });

  test('an expired address, a large file and a deleted one concern that file only', async () => {
    const manual = (await files()).find(({ name }) => name === 'Winch manual.pdf') as ItemRef;
    notion.faults.add({ path: '^/files/', then: { status: 403, body: '<Error/>' } });
    await expect(connectorOf().fetch(manual, calm)).rejects.toMatchObject({ kind: 'unavailable', scope: 'item' });
    notion.faults.clear();
    notion.state.files.set('Winch manual.pdf', Buffer.alloc(1024 * 1024 + 1));
    await expect(connectorOf().fetch(manual, calm)).rejects.toMatchObject({ kind: 'too_large', scope: 'item' });
    workspace.setBlocks(pageId, []);
    await expect(connectorOf().fetch(manual, calm)).rejects.toMatchObject({ kind: 'not_found' });
    expect(await connectorOf().lookUp([manual.externalId], calm)).toEqual([
      { state: 'deleted', externalId: manual.externalId },
    ]);
  });

  test('of an edited page are listed by the next incremental sync; one that is looked up is inside of the roots', async () => {
    const { end } = await list();
    notion.state.skewMs = 0;
    workspace.setBlocks(pageId, [pdf, block('image', null, { name: 'Rope.png' })]);
    const checkpoint = (end as { checkpoint: Checkpoint }).checkpoint;
    const found = (await since(checkpoint)).items.map(({ name }) => name);
    expect(found.toSorted()).toEqual(['Rope.png', 'Winch', 'Winch manual.pdf']);
    const id = `file/${pdf.id}`;
    expect(await connectorOf({ roots: [pageId] }).lookUp([id], calm)).toMatchObject([{ state: 'present' }]);
    const other = workspace.addPage({ title: 'other' });
    expect(await connectorOf({ roots: [other] }).lookUp([id], calm)).toMatchObject([{ state: 'deleted' }]);
  });
});
