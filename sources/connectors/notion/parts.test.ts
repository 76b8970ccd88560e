/** Tests that an unreadable page, database or search of Notion is named, kept, retried, and affects nothing else. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Checkpoint, Entry, ItemRef, Position } from '../../../domain/source.ts';
import { walk } from '../../../test/conformance/suite.ts';
import type { SimulatedCall } from '../../../tools/simulators/kit/faults.ts';
import { block } from '../../../tools/simulators/notion/blocks.ts';
import { defaultSwitches, type NotionSimulator, startNotion } from '../../../tools/simulators/notion/server.ts';
import type { NotionWorkspace, SimDatabase, SimParent } from '../../../tools/simulators/notion/state.ts';
import { notionConfig } from './config.ts';
import { createNotionConnector } from './connector.ts';

const calm = new AbortController().signal;
let notion: NotionSimulator;
let workspace: NotionWorkspace;
let count = 0;

beforeAll(async () => {
  notion = await startNotion();
});
afterAll(async () => {
  expect(notion.log.mutating()).toEqual([]);
  await notion[Symbol.asyncDispose]();
});
beforeEach(() => {
  notion.faults.clear();
  notion.log.clear();
  Object.assign(notion.switches, defaultSwitches());
  notion.state.skewMs = -3_600_000;
  workspace = notion.state.workspace(`bo${++count}@example.com`);
});

const connector = (
  config: object = {},
  token = notion.oauth.issue(workspace.email).accessToken,
  isRefusedRepeatedly = false,
) => {
  const tokens = { accessToken: async () => await Promise.resolve(token), invalidate: () => {} };
  const throttle = async () => await Promise.resolve();
  const context = {
    tokens,
    throttle,
    logger: pino({ level: 'silent' }),
    maxItemBytes: 1024 * 1024,
    isRefusedRepeatedly,
  };
  return createNotionConnector(notionConfig.parse(config), context, notion.url);
};
const list = async (config: object = {}, from: Position = { at: 'start' }) => {
  const { entries, items, end } = await walk(connector(config), from);
  const gaps = entries.filter((entry): entry is Extract<Entry, { state: 'gap' }> => entry.state === 'gap');
  return { entries, names: items.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b)), gaps, end };
};
const inPage = (id: string): SimParent => ({ type: 'page_id', id });
const error = (code: string, message = 'no') => ({ object: 'error', code, message, request_id: '1' });

const pageOf = (title: string) => {
  const { id } = [...workspace.pages.values()].find((page) => page.title === title) ?? { id: '' };
  const properties = { title: { id: 'title', type: 'title', title: [{ plain_text: title }] } };
  const parent = { type: 'workspace', workspace: true };
  return { object: 'page', id, parent, properties, last_edited_time: new Date().toISOString() };
};

test('case 3: a root whose blocks are refused is a gap: refused is not empty', async () => {
  const root = workspace.addPage({ title: 'Handbook' });
  for (const title of ['a', 'b', 'c']) workspace.addPage({ title, parent: inPage(root) });
  const body = error('validation_error', 'Block type x is not supported via the API.');
  notion.faults.add({ path: `/blocks/${root}/children$`, then: { status: 400, body } });
  const { names, gaps } = await list({ roots: [root] });
  expect(names).toEqual(['Handbook']);
  expect(gaps).toMatchObject([{ externalId: root, name: 'Handbook', code: 'unsupported' }]);
  notion.faults.clear();
  const again = await list({ roots: [root] }, { at: 'container', externalId: root });
  expect(again).toMatchObject({
    names: ['a', 'b', 'c', 'Handbook'],
    gaps: [],
    end: { complete: true, checkpoint: null },
  });
});

test('a root that the connection no longer sees, or that is in the trash, keeps no other one from being synced', async () => {
  const [kept, hidden, trashed] = ['kept', 'hidden', 'trashed'].map((title) => workspace.addPage({ title }));
  const roots = [hidden, kept, trashed];
  workspace.addPage({ title: 'child', parent: inPage(kept ?? '') });
  workspace.unshare(hidden ?? '');
  workspace.trash(trashed ?? '');
  const { names, gaps, entries, end } = await list({ roots });
  expect(names).toEqual(['child', 'kept']);
  expect(gaps).toMatchObject([
    // A gap of the page's own id would keep it and what is in it.
    {
      name: 'trashed',
      code: 'unknown_root',
      externalId: `selected page ${trashed}`,
      message: expect.stringContaining('in the trash'),
    },
    { externalId: hidden, code: 'unknown_root' },
  ]);
  expect(entries).toContainEqual({ state: 'deleted', externalId: trashed });
  expect(end).toMatchObject({ complete: true });
  await expect(list({ roots: [hidden] })).rejects.toMatchObject({ code: 'unknown_root', scope: 'account' });
});

test('a database that is a root and in the trash is named, and its rows are not listed', async () => {
  const [repairs, kept] = ['Repairs', 'Kept'].map((title) => workspace.addDatabase(title, { type: 'workspace' }));
  for (const each of [repairs, kept]) workspace.addRow(each as SimDatabase, `row of ${each?.title}`, {});
  workspace.trash(repairs?.id ?? '');
  for (const id of [repairs?.id, repairs?.dataSourceId]) {
    const { names, gaps } = await list({ roots: [id, kept?.id] });
    expect(names).toEqual(['row of Kept']);
    expect(gaps).toMatchObject([{ name: 'Repairs', code: 'unknown_root', externalId: `selected database ${id}` }]);
  }
});

test('case 13: rows that keep answering 503: everything else is listed, that database is named', async () => {
  const top = workspace.addPage({ title: 'top' });
  const database = workspace.addDatabase('Repairs', inPage(top));
  const row = workspace.addRow(database, 'row', {});
  workspace.unsearchable.add(row);
  workspace.addPage({ title: 'beside', parent: inPage(top) });
  notion.faults.add({ path: '/query$', then: { status: 503, body: error('service_unavailable') } });
  const { names, gaps, end } = await list();
  expect(names).toEqual(['beside', 'top']);
  expect(gaps).toMatchObject([{ externalId: database.dataSourceId, name: 'Repairs', code: 'unavailable' }]);
  expect(end).toMatchObject({ complete: true });
  notion.faults.clear();
  expect((await list({}, { at: 'container', externalId: database.dataSourceId })).names).toEqual(['row']);
});

test('case 14: search that refuses its own cursor: its results and their contents are listed, and nothing is removed', async () => {
  for (let i = 0; i < 6; i++) workspace.addPage({ title: `${i}`, parent: { type: 'workspace' } });
  const [first] = [...workspace.pages.keys()];
  workspace.unsearchable.add(workspace.addPage({ title: 'below', parent: inPage(first ?? '') }));
  notion.switches.maxPage = 2;
  const isNext = ({ body }: SimulatedCall): boolean => body.toString().includes('"start_cursor":"');
  const body = error('validation_error', 'start_cursor provided is invalid: x');
  notion.faults.add({ path: '/search$', when: isNext, then: { status: 400, body } });
  const { names, gaps } = await list();
  // All were created within one minute, so search shows the same two from either end.
  expect(names).toEqual(expect.arrayContaining(['0', '1', 'below']));
  expect(gaps).toContainEqual(
    expect.objectContaining({ externalId: null, name: 'search', code: 'checkpoint_expired' }),
  );
});

test('search whose cursor Notion forgets during a walk is read on from there, to its end', async () => {
  for (let i = 0; i < 700; i++) workspace.addPage({ title: `${i}`, parent: { type: 'workspace' } });
  const isForgotten = ({ body }: SimulatedCall): boolean =>
    body.toString().includes('"start_cursor":"') && notion.log.calls.at(-2)?.path !== '/v1/search';
  const body = error('validation_error', 'The start_cursor provided is invalid: x');
  notion.faults.add({ path: '/search$', when: isForgotten, then: { status: 400, body } });
  const { names, gaps, end } = await list();
  expect(gaps).toEqual([]);
  expect(new Set(names).size).toBe(700);
  expect(end).toMatchObject({ complete: true });
  expect(notion.log.calls.filter(({ path }) => path === '/v1/search').length).toBeLessThan(30);
});

test('rows whose cursor Notion forgets during a walk are read on from there', async () => {
  const top = workspace.addPage({ title: 'top' });
  const database = workspace.addDatabase('Log', inPage(top));
  for (let i = 0; i < 12; i++) {
    notion.state.skewMs = -3_600_000 + i * 60_000;
    workspace.unsearchable.add(workspace.addRow(database, `${i}`, {}));
  }
  notion.state.skewMs = 0;
  notion.switches.maxPage = 2;
  const isForgotten = ({ body }: SimulatedCall): boolean => body.toString().includes('"start_cursor":"');
  const body = error('validation_error', 'The start_cursor provided is invalid: x');
  notion.faults.add({ path: '/query$', when: isForgotten, then: { status: 400, body } });
  const { names, gaps } = await list();
  expect(gaps).toEqual([]);
  expect(new Set(names).size).toBe(13);
});

describe('search that fails for ever because of one result', () => {
  const patient = (from: Position = { at: 'start' }) => {
    const { accessToken } = notion.oauth.issue(workspace.email);
    return walk(connector({}, accessToken, true), from);
  };
  const named = ({ items }: Awaited<ReturnType<typeof walk>>): string[] => items.map(({ name }) => name).toSorted();

  test('shows the others from both ends, and nothing is removed', async () => {
    for (const [i, title] of ['a', 'b', 'broken', 'd', 'e'].entries()) {
      notion.state.skewMs = -i * 60_000 - 3_600_000;
      workspace.addPage({ title, parent: { type: 'workspace' } });
    }
    notion.state.skewMs = -3_600_000;
    notion.switches.maxPage = 1;
    notion.switches.brokenPage = pageOf('broken').id;
    const listed = await patient();
    expect(named(listed)).toEqual(['a', 'b', 'd', 'e']);
    expect(listed.entries).toContainEqual(
      expect.objectContaining({ state: 'gap', externalId: null, code: 'unavailable', message: expect.any(String) }),
    );
    await expect(list()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('on the latest changes is read around by a full listing', async () => {
    const { end } = await list();
    notion.state.skewMs = 0;
    notion.switches.brokenPage = workspace.addPage({ title: 'broken', parent: { type: 'workspace' } });
    const checkpoint = (end.more ? null : end.checkpoint) ?? ('' as Checkpoint);
    await expect(patient({ at: 'checkpoint', checkpoint })).rejects.toMatchObject({ kind: 'checkpoint_expired' });
  });

  test('and shows nothing at all is an outage, and so is one while Notion does not answer', async () => {
    const down = { status: 500, body: error('internal_server_error') };
    notion.faults.add({ path: '/search$', then: down });
    await expect(patient()).rejects.toMatchObject({ kind: 'unavailable' });
    notion.faults.add({ path: '/users/me$', then: down });
    await expect(patient()).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

test('an edited page whose blocks are refused, or that shows a synced block of a page not shared, arrives anyway', async () => {
  const { end } = await list();
  notion.state.skewMs = 0;
  const [refused, synced] = ['refused', 'synced'].map((title) => workspace.addPage({ title }));
  const [copy, file] = [
    block('synced_block', null, {}, [block('paragraph', 'x')]),
    block('pdf', null, { name: 'a.pdf' }),
  ];
  workspace.setBlocks(synced ?? '', [copy, file]);
  const missing = { status: 404, body: error('object_not_found') };
  notion.faults.add({ path: `/blocks/${copy.id}/children$`, then: missing });
  const then = { status: 400, body: error('validation_error') };
  notion.faults.add({ path: `/blocks/${refused}/children$`, then });
  const checkpoint = end.more ? null : end.checkpoint;
  const { names, gaps } = await list({}, { at: 'checkpoint', checkpoint: checkpoint ?? ('' as Checkpoint) });
  expect(names).toEqual(['a.pdf', 'refused', 'synced']);
  expect(gaps).toMatchObject([{ externalId: refused, code: 'unsupported' }]);
});

test('a block that the API does not support, but that says it has contents, is no gap', async () => {
  const { end } = await list();
  notion.state.skewMs = 0;
  const top = workspace.addPage({ title: 'top' });
  const pdf = block('pdf', null, { name: 'a.pdf' });
  workspace.setBlocks(top, [
    block('unsupported', null, {}, [block('paragraph', 'x')]),
    block('toggle', 't', {}, [pdf]),
  ]);
  const child = workspace.addPage({ title: 'child', parent: inPage(top) });
  workspace.unsearchable.add(child);
  expect(await list()).toMatchObject({ names: ['a.pdf', 'child', 'top'], gaps: [] });
  const checkpoint = (end.more ? null : end.checkpoint) ?? ('' as Checkpoint);
  expect(await list({}, { at: 'checkpoint', checkpoint })).toMatchObject({ names: ['a.pdf', 'top'], gaps: [] });
});

test('a temporary failure leaves no gap', async () => {
  const top = workspace.addPage({ title: 'top' });
  workspace.unsearchable.add(workspace.addPage({ title: 'child', parent: inPage(top) }));
  notion.faults.add({ path: '/children$', times: 2, then: { status: 500, body: error('internal_server_error') } });
  expect(await list()).toMatchObject({ names: ['child', 'top'], gaps: [] });
});

test('pages of one place that are looked up together are all inside of its root', async () => {
  const root = workspace.addPage({ title: 'root' });
  const middle = workspace.addPage({ title: 'middle', parent: inPage(root) });
  const ids = ['one', 'two', 'three'].map((title) => workspace.addPage({ title, parent: inPage(middle) }));
  const found = await connector({ roots: [root] }).lookUp(ids, calm);
  expect(found.map(({ state }) => state)).toEqual(['present', 'present', 'present']);
});

describe('a page of which Notion does not say where it, or a page above it, is', () => {
  const unreadableParents = [undefined, { type: 'page_id' }, { type: 'agent_id', agent_id: 'x' }];
  test.each(unreadableParents)('is neither inside nor outside of the root: %j', async (parent) => {
    const root = workspace.addPage({ title: 'root' });
    const middle = workspace.addPage({ title: 'middle', parent: inPage(root) });
    const page = workspace.addPage({ title: 'page', parent: inPage(middle) });
    const other = workspace.addPage({ title: 'other' });
    const config = { roots: [root] };
    const { end } = await list(config);
    if (end.more || end.checkpoint === null) throw new Error('no position to go on from');
    const rewrite = (body: unknown) => ({ ...(body as object), parent });
    notion.faults.add({ path: `/pages/${middle}$`, then: { rewrite } });
    const gap = { state: 'gap', externalId: page, code: 'unexpected_answer' };
    expect(await connector(config).lookUp([page], calm)).toMatchObject([gap]);
    notion.state.skewMs = 0;
    workspace.move(page, inPage(middle));
    expect((await list(config, { at: 'checkpoint', checkpoint: end.checkpoint })).entries).toMatchObject([gap]);
    expect((await list(config, { at: 'container', externalId: page })).entries).toMatchObject([gap]);
    notion.faults.clear();
    expect((await list(config, { at: 'container', externalId: page })).names).toEqual(['page']);
    const outside = [{ state: 'deleted', externalId: other }];
    expect((await list(config, { at: 'container', externalId: other })).entries).toEqual(outside);
  });
});

test('a page that is limited for a long time is a gap at once: in the walk, and in the latest changes', async () => {
  const [bad, good] = ['bad', 'good'].map((title) => workspace.addPage({ title }));
  const then = { status: 429, headers: { 'retry-after': '3600' }, body: error('rate_limited') };
  notion.faults.add({ path: `/blocks/${bad}/children$`, then });
  const limited = { code: 'rate_limited', retryAfterMs: 3_600_000 };
  const walked = await list();
  expect(walked.gaps).toEqual([expect.objectContaining({ ...limited, externalId: bad })]);
  expect(walked.names).toEqual(['bad', 'good']);
  const { next } = await connector({ roots: [good] }).listPage({ at: 'start' }, calm);
  if (next.more || next.checkpoint === null) throw new Error('more than one page');
  notion.state.skewMs = 0;
  const children = ['one', 'two'].map((title) => workspace.addPage({ title, parent: inPage(bad ?? '') }));
  notion.faults.add({ path: `/pages/${bad}$`, then });
  const changed = await list({ roots: [good] }, { at: 'checkpoint', checkpoint: next.checkpoint });
  expect(new Set(changed.gaps.map(({ externalId }) => externalId))).toEqual(new Set(children));
  expect(changed.gaps).toMatchObject([limited, limited]);
  expect(changed.entries.filter(({ state }) => state === 'deleted')).toEqual([]);
  notion.faults.add({ path: '/users/me$', then });
  await expect(list()).rejects.toMatchObject({ kind: 'rate_limited', scope: 'account' });
});

test('an account that does not answer at all is not a gap', async () => {
  workspace.addPage({ title: 'top' });
  for (const path of ['/children$', '/users/me$']) notion.faults.add({ path, then: { status: 503 } });
  await expect(list()).rejects.toMatchObject({ kind: 'unavailable', scope: 'account' });
});

test('for a refused sign-in on one page, the account is checked before anybody must sign in', async () => {
  const top = workspace.addPage({ title: 'top' });
  const then = { status: 401, body: error('unauthorized') };
  notion.faults.add({ path: '/children$', then });
  expect((await list()).gaps).toMatchObject([{ externalId: top, code: 'unauthorized' }]);
  notion.faults.add({ path: '/users/me$', then });
  await expect(list()).rejects.toMatchObject({ kind: 'unauthorized', scope: 'account', remedy: 'sign_in' });
});

test.each(['<html>sign in</html>', '', {}, [], 'null', { object: 'list' }, { object: 'user', id: 'x', results: [] }])(
  'with status 200, %j is an error',
  async (body) => {
    const top = workspace.addPage({ title: 'top' });
    const { entries } = await list();
    const item = entries.find(({ state }) => state === 'present') as ItemRef;
    const unexpected = { kind: 'unavailable', code: 'unexpected_answer' };
    notion.faults.add({ path: '/(children|markdown)$', then: { status: 200, body } });
    expect((await list()).gaps).toMatchObject([{ externalId: top, code: 'unexpected_answer' }]);
    await expect(connector().fetch(item, calm)).rejects.toMatchObject({ ...unexpected, scope: 'item' });
    notion.faults.add({ path: '/search$', then: { status: 200, body } });
    await expect(list()).rejects.toMatchObject({ ...unexpected, scope: 'account' });
  },
);

test.each([400, 401, 403, 404, 410])('a proxy’s page with status %i proves nothing', async (status) => {
  const top = workspace.addPage({ title: 'top' });
  const item = (await list()).entries.find(({ state }) => state === 'present') as ItemRef;
  for (const body of ['<html>Sign in</html>', '', {}, { message: 'no Route matched' }]) {
    notion.faults.add({ path: '', then: { status, body } });
    const unexpected = { kind: 'unavailable', code: 'unexpected_answer' };
    await expect(list()).rejects.toMatchObject({ ...unexpected, scope: 'account' });
    await expect(connector().check(calm)).rejects.toMatchObject(unexpected);
    // It is neither present nor deleted: the look-up returns a gap.
    await expect(connector().lookUp([top], calm)).resolves.toMatchObject([{ state: 'gap', code: 'unexpected_answer' }]);
    await expect(connector().fetch(item, calm)).rejects.toMatchObject({ ...unexpected, scope: 'item' });
    notion.faults.clear();
  }
});

describe('endless lists', () => {
  const endless = (path: string, page: (n: number) => object): void => {
    let calls = 0;
    notion.faults.add({ path, then: { rewrite: (body) => ({ ...(body as object), ...page(++calls) }) } });
  };
  test.each([
    ['the same cursor', () => ({ has_more: true, next_cursor: 'same' })],
    ['two cursors in a circle', (n: number) => ({ has_more: true, next_cursor: `c${n % 2}` })],
    ['more without a cursor', () => ({ has_more: true, next_cursor: null })],
  ])('of blocks (%s): that page is a gap', async (_name, page) => {
    const top = workspace.addPage({ title: 'top', content: 'x' });
    endless('/children$', page);
    expect((await list()).gaps).toMatchObject([{ externalId: top }]);
    expect(notion.log.calls.length).toBeLessThan(40);
  });

  test.each(['/comments$', '/children$'])('of a page’s content (%s) fail that page after a few calls', async (path) => {
    workspace.addPage({ title: 'top', content: 'x' });
    const { accessToken } = notion.oauth.issue(workspace.email, ['read_content', 'read_comments']);
    const reader = connector({ includeComments: true }, accessToken);
    const [item] = (await walk(reader, { at: 'start' })).items;
    notion.faults.add({ path: '/markdown$', then: { status: 400, body: error('validation_error', 'no Markdown') } });
    // The simulator itself refuses cursors that it did not issue.
    for (let n = 0; n < 40; n++) {
      const body = { object: 'list', results: [], has_more: true, next_cursor: `c${n % 3}` };
      notion.faults.add({ path, times: 1, then: { status: 200, body } });
    }
    notion.log.clear();
    await expect(reader.fetch(item as ItemRef, calm)).rejects.toMatchObject({ code: 'endless_listing', scope: 'item' });
    expect(notion.log.calls.length).toBeLessThan(30);
  });

  test('of search results: the results are walked, and nothing is removed', async () => {
    workspace.addPage({ title: 'top' });
    endless('/search$', () => ({ has_more: true, next_cursor: 'same' }));
    expect(await list()).toMatchObject({ names: ['top'], gaps: [{ externalId: null }] });
    expect(notion.log.calls.length).toBeLessThan(60);
  });
});

test('a look-up with an unusable answer for one page leaves that page open and returns the others', async () => {
  const [broken, fine] = ['broken', 'fine'].map((title) => workspace.addPage({ title }));
  notion.faults.add({ path: `/pages/${broken}$`, then: { status: 200, body: '<html>Sign in to the Wi-Fi</html>' } });
  const found = await connector().lookUp([broken ?? '', fine ?? ''], calm);
  expect(found).toMatchObject([
    { state: 'gap', externalId: broken, code: 'unexpected_answer' },
    { state: 'present', externalId: fine },
  ]);
});

test('a look-up reports refused pages as unknown, and missing ones as deleted', async () => {
  const [open, closed, trashed] = ['open', 'closed', 'trashed'].map((title) => workspace.addPage({ title }));
  workspace.trash(trashed ?? '');
  notion.faults.add({ path: `/pages/${closed}$`, then: { status: 403, body: error('restricted_resource') } });
  const unknown = '00000000-0000-4000-8000-000000000000';
  const found = await connector().lookUp([open ?? '', closed ?? '', trashed ?? '', unknown], calm);
  expect(found.map(({ state }) => state)).toEqual(['present', 'gap', 'deleted', 'deleted']);
  expect(connector().lookUpBatchSize).toBeGreaterThan(0);
});

test('a look-up of a page that was turned into a database says that the page is deleted', async () => {
  const [page, refused] = ['a', 'b'].map((title) => workspace.addPage({ title }));
  const then = { status: 400, body: error('validation_error', 'Provided ID is a database, not a page.') };
  notion.faults.add({ path: '/v1/pages/', then });
  const body = { object: 'database', id: page, title: [], data_sources: [] };
  notion.faults.add({ path: `/databases/${page}$`, then: { status: 200, body } });
  expect(await connector().lookUp([page ?? '', refused ?? ''], calm)).toMatchObject([
    { state: 'deleted', externalId: page },
    { state: 'gap', externalId: refused },
  ]);
});

test('a look-up answered with another page deletes nothing', async () => {
  const id = workspace.addPage({ title: 'a' });
  const rewrite = (body: unknown) => ({ ...(body as object), id: 'another', in_trash: true });
  notion.faults.add({ path: `/pages/${id}$`, then: { rewrite } });
  expect(await connector().lookUp([id], calm)).toMatchObject([{ state: 'gap', code: 'unexpected_answer' }]);
});

test('a linked view of a database in its own rows, and in many pages, costs no second listing of its rows', async () => {
  const home = workspace.addPage({ title: 'Home' });
  const repairs = workspace.addDatabase('Repairs', inPage(home));
  const rows = ['Winch', 'Lamp', 'Crane'].map((title) => workspace.addRow(repairs, title, {}));
  const views = rows.map((row) => ({ row, id: randomUUID() }));
  for (const { row, id } of views) {
    const view = {
      object: 'block',
      id,
      type: 'child_database',
      has_children: false,
      child_database: { title: 'Open' },
    };
    const rewrite = (body: unknown) => ({ ...(body as object), results: [view] });
    notion.faults.add({ path: `/blocks/${row}/children$`, then: { rewrite } });
    const data_sources = [{ id: repairs.dataSourceId, name: 'Repairs' }];
    notion.faults.add({
      path: `/databases/${id}$`,
      then: { status: 200, body: { object: 'database', id, title: [], data_sources } },
    });
  }
  const { names, entries, gaps } = await list();
  expect({ names, gaps }).toEqual({ names: ['Crane', 'Home', 'Lamp', 'Winch'], gaps: [] });
  const places = entries.filter((entry) => entry.state === 'container' && entry.externalId === repairs.dataSourceId);
  expect(new Set(places.map((entry) => 'parentExternalId' in entry && entry.parentExternalId))).toEqual(
    new Set([home]),
  );
  expect(notion.log.calls.filter(({ path }) => path.endsWith('/query'))).toHaveLength(1);
});

test('a page that contains itself is listed once and keeps its place', async () => {
  const root = workspace.addPage({ title: 'Handbook' });
  const page = workspace.addPage({ title: 'Loop', content: 'words', parent: inPage(root) });
  const itself = { object: 'block', type: 'child_page', has_children: true };
  const rewrite = (body: unknown) => {
    const blocks = body as { readonly results: readonly object[] };
    const above = [root, page].map((id) => ({ ...itself, id, child_page: { title: 'Again' } }));
    return { ...blocks, results: [...blocks.results, ...above] };
  };
  notion.faults.add({ path: `/blocks/${page}/children$`, then: { rewrite } });
  const { names, entries } = await list();
  expect(names).toEqual(['Handbook', 'Loop']);
  expect(entries).toContainEqual(
    expect.objectContaining({ state: 'present', externalId: page, parentExternalId: root }),
  );
});

test('an empty page of search is not the end of what was edited; endless ones are', async () => {
  workspace.addPage({ title: 'old' });
  const { end } = await list();
  notion.state.skewMs = 0;
  workspace.addPage({ title: 'new' });
  let pages = 0;
  const empty = { object: 'list', results: [], has_more: true };
  const body = () => ({ ...empty, next_cursor: `empty-${++pages}` });
  const then = {
    status: 200,
    get body() {
      return body();
    },
  };
  // The first page after the empty ones is asked for with their cursor.
  const isOfTrash = ({ body: asked }: SimulatedCall) => asked.includes('in_trash');
  const fresh = ({ body: asked }: SimulatedCall) =>
    asked.includes('start_cursor":"empty') && !isOfTrash({ body: asked } as SimulatedCall);
  notion.faults.add({ path: '/search$', when: (asked) => !isOfTrash(asked), times: 2, then });
  const results = { ...empty, has_more: false, next_cursor: null, results: [pageOf('new')] };
  notion.faults.add({ path: '/search$', when: fresh, then: { status: 200, body: results } });
  if (end.more || end.checkpoint === null) throw new Error('no position to go on from');
  const from: Position = { at: 'checkpoint', checkpoint: end.checkpoint };
  expect((await list({}, from)).names).toEqual(['new']);
  notion.faults.clear();
  notion.faults.add({ path: '/search$', then });
  const { gaps } = await list({}, from);
  expect(gaps).toMatchObject([{ externalId: null, code: 'endless_listing' }]);
  expect(pages).toBeLessThan(60);
});

test('line 16: a page for which Notion returns only the id is requested', async () => {
  const id = workspace.addPage({ title: 'whole' });
  const rewrite = (body: unknown) => ({ ...(body as object), results: [{ object: 'page', id }] });
  notion.faults.add({ path: '/search$', then: { rewrite } });
  expect((await list()).names).toEqual(['whole']);
});

describe('line 16: the text of a page', () => {
  const textOf = async (name: string, reader = connector(), isLastTry = false): Promise<string> => {
    const { items } = await walk(connector(), { at: 'start' });
    const item = items.find((each) => each.name === name) as ItemRef;
    return Buffer.from((await reader.fetch(item, calm, isLastTry)).bytes).toString();
  };

  test('a rollup and a list of people of more than 25 values are whole', async () => {
    const database = workspace.addDatabase('Repairs');
    const numbers = Array.from({ length: 130 }, (_, i) => ({ type: 'number', number: 1000 + i }));
    workspace.addRow(database, 'Winch', {
      Sum: { type: 'rollup', rollup: { type: 'array', function: 'show_original', array: numbers } },
    });
    const text = await textOf('Winch');
    for (const value of [1000, 1024, 1025, 1129]) expect(text).toContain(String(value));
  });

  test('a property that does not match its type loses only its own value', async () => {
    const database = workspace.addDatabase('Repairs');
    const odd = { type: 'multi_select', multi_select: 'x' };
    const values = [
      odd,
      { type: 'date', date: 7 },
      { type: 'unique_id', unique_id: null },
      { type: 'formula', formula: null },
      { type: 'brand_new', brand_new: {} },
      { type: 'people', people: [null, 7, { id: 'u' }] },
    ];
    const named = Object.fromEntries(values.map((value, i) => [`p${i}`, value]));
    workspace.addRow(database, 'Winch', { ...named, Cost: { type: 'number', number: 7 } }, 'Needs oil.');
    expect(await textOf('Winch')).toBe('# Winch\n\nCost: 7\n\nNeeds oil.\n');
  });

  test('says that there are blocks which the API does not provide', async () => {
    const id = workspace.addPage({ title: 'a' });
    workspace.setBlocks(id, [block('unsupported', null, { block_type: 'ai_block' }), block('paragraph', 'read')]);
    notion.switches.noMarkdown = true;
    expect(await textOf('a')).toContain('(Notion does not provide this ai block in its API.)');
  });

  test('with blocks of another shape has the others, and says so', async () => {
    const id = workspace.addPage({ title: 'a' });
    workspace.setBlocks(id, [block('paragraph', 'read')]);
    notion.switches.noMarkdown = true;
    const rewrite = (body: unknown) => {
      const answer = body as { readonly results: readonly unknown[] };
      return { ...answer, results: [null, ...answer.results, { object: 'block' }] };
    };
    notion.faults.add({ path: `/blocks/${id}/children$`, then: { rewrite } });
    expect(await textOf('a')).toMatch(/read[^]*Headwater cannot read 2 of the blocks here/);
  });

  test('refused both ways is not empty text: the page fails and is retried, even if unedited', async () => {
    const id = workspace.addPage({ title: 'a' });
    const then = { status: 400, body: error('validation_error', 'Block type x is not supported via the API.') };
    for (const path of [`/pages/${id}/markdown$`, `/blocks/${id}/children$`]) notion.faults.add({ path, then });
    await expect(textOf('a')).rejects.toMatchObject({ kind: 'invalid_input', scope: 'item', code: 'page_refused' });
  });

  test.each([
    [403, 'restricted_resource', 'forbidden'],
    [404, 'object_not_found', 'not_found'],
  ])('refused as Markdown only (%i %s) is read block by block', async (status, code, kind) => {
    const id = workspace.addPage({ title: 'a', content: 'first' });
    const then = { status, body: error(code) };
    notion.faults.add({ path: `/pages/${id}/markdown$`, then });
    expect(await textOf('a')).toContain('first');
    const item = (await walk(connector(), { at: 'start' })).items.find(({ name }) => name === 'a') as ItemRef;
    notion.faults.add({ path: `/blocks/${id}/children$`, then });
    await expect(connector().fetch(item, calm)).rejects.toMatchObject({ kind, scope: 'item' });
  });

  test('that is cut and does not say what is missing is read block by block', async () => {
    const id = workspace.addPage({ title: 'a', content: 'first\n\nlast' });
    const rewrite = (answer: unknown) => ({ ...(answer as object), markdown: 'first', truncated: true });
    notion.faults.add({ path: `/pages/${id}/markdown$`, then: { rewrite } });
    expect(await textOf('a')).toMatch(/first[^]*last/);
  });

  test.each([500, 502, 503, 504])(
    'for which Notion needs too long (%i) is read block by block at the last try, and not before',
    async (status) => {
      const id = workspace.addPage({ title: 'a', content: 'first\n\nlast' });
      notion.faults.add({ path: `/pages/${id}/markdown$`, then: { status, body: error('gateway_timeout') } });
      await expect(textOf('a')).rejects.toMatchObject({ kind: 'unavailable', scope: 'item' });
      expect(await textOf('a', connector(), true)).toMatch(/first[^]*last/);
      const item = (await walk(connector(), { at: 'start' })).items.find(({ name }) => name === 'a') as ItemRef;
      // Notion may have been down only for a while, so the next listing finds a difference.
      const { fingerprint } = await connector().fetch(item, calm, true);
      expect(fingerprint?.value).not.toBe(item.fingerprint.value);
      notion.faults.clear();
      expect((await connector().fetch(item, calm, true)).fingerprint).toBeUndefined();
    },
  );

  test('is not read block by block if Notion is down, limits the rate, or is not what answers', async () => {
    const id = workspace.addPage({ title: 'a', content: 'x' });
    const path = `/pages/${id}/markdown$`;
    for (const then of [
      { status: 503, headers: { 'retry-after': '30' }, body: error('service_unavailable') },
      { status: 429, body: error('rate_limited') },
      { status: 200, body: '<html>Sign in</html>' },
    ]) {
      notion.faults.add({ path, then });
      notion.log.clear();
      await expect(textOf('a', connector(), true)).rejects.toMatchObject({ scope: expect.any(String) });
      notion.faults.clear();
    }
    for (const each of [path, '/children$']) notion.faults.add({ path: each, then: { status: 503 } });
    await expect(textOf('a', connector(), true)).rejects.toMatchObject({ kind: 'unavailable', scope: 'item' });
  });

  test('that has more lists of blocks than are read says that it is cut', async () => {
    const id = workspace.addPage({ title: 'a' });
    workspace.setBlocks(
      id,
      Array.from({ length: 301 }, (_, i) => block('toggle', `toggle ${i}`, {}, [block('paragraph', `inside ${i}`)])),
    );
    notion.switches.noMarkdown = true;
    const text = await textOf('a');
    expect(text).toContain('inside 200');
    expect(text).not.toContain('inside 300');
    expect(text).toMatch(/longer than Headwater reads[^]*$/);
  });

  test('names the people and pages that Notion mentions without a name', async () => {
    const [ana, unknown] = [randomUUID(), randomUUID()];
    workspace.people.set(ana, 'Ana {Okoye}');
    const plan = workspace.addPage({ title: 'Plan *B*' });
    const database = workspace.addDatabase('Repairs');
    const id = workspace.addPage({ title: 'a', content: 'x' });
    const markdown = [
      `by <mention-user url="user://${ana}"/>, <mention-user url="user://${unknown}"/>`,
      `see <mention-page url="https://www.notion.so/${plan.replaceAll('-', '')}"/>`,
      `in <mention-data-source url="https://www.notion.so/${database.dataSourceId}"/>`,
      `or <mention-page url="https://www.notion.so/${unknown}">Tides</mention-page>`,
      `not \`<mention-user url="user://${ana}"/>\``,
    ].join('; ');
    const rewrite = (answer: unknown) => ({ ...(answer as object), markdown });
    notion.faults.add({ path: `/pages/${id}/markdown$`, then: { rewrite } });
    const words = `see Plan *B*; in Repairs; or Tides; not \`<mention-user url="user://${ana}"/>\``;
    expect(await textOf('a')).toContain(`by @Ana {Okoye}, ; ${words}`);
    const { accessToken } = notion.oauth.issue(workspace.email, ['read_content']);
    expect(await textOf('a', connector({}, accessToken))).toContain(`by , ; ${words}`);
  });

  test.each([503, 200])(
    'waits for the name of a person and a related page that Notion fails to provide (%i), and at the last try is read without',
    async (status) => {
      const [ana, related] = [randomUUID(), workspace.addPage({ title: 'Harbour plan' })];
      workspace.people.set(ana, 'Ana');
      const relation = { type: 'relation', relation: [{ id: related }] };
      const row = workspace.addRow(workspace.addDatabase('Repairs'), 'Winch', { Plan: relation });
      workspace.setBlocks(row, [block('paragraph', 'asked', { mention: { kind: 'user', id: ana } })]);
      const { items } = await walk(connector(), { at: 'start' });
      const item = items.find(({ name }) => name === 'Winch') as ItemRef;
      for (const path of [`/users/${ana}$`, `/pages/${related}$`]) {
        notion.faults.add({ path, then: { status, body: '<html>busy</html>' } });
        await expect(connector().fetch(item, calm)).rejects.toMatchObject({ kind: 'unavailable' });
        const { bytes } = await connector().fetch(item, calm, true);
        expect(Buffer.from(bytes).toString()).toMatch(path.includes('users') ? /Plan: Harbour plan[^]*asked/ : /@Ana/);
        notion.faults.clear();
      }
    },
  );

  test('of a row of which Notion fails to provide all values, or one block, waits, and at the last try is read without', async () => {
    const people = Array.from({ length: 30 }, (_, i) => ({ object: 'user', id: randomUUID(), name: `Person ${i}` }));
    const row = workspace.addRow(workspace.addDatabase('Repairs'), 'Winch', { Crew: { type: 'people', people } });
    workspace.setBlocks(row, [block('bookmark', null, { url: 'https://x.org' }), block('paragraph', 'read')]);
    const { items } = await walk(connector(), { at: 'start' });
    const item = items.find(({ name }) => name === 'Winch') as ItemRef;
    const then = { status: 504, body: error('gateway_timeout') };
    for (const path of ['/properties/', '^/v1/blocks/[^/]+$']) {
      notion.faults.add({ path, then });
      await expect(connector().fetch(item, calm)).rejects.toMatchObject({ kind: 'unavailable', scope: 'item' });
    }
    const text = Buffer.from((await connector().fetch(item, calm, true)).bytes).toString();
    expect(text).toMatch(/Crew: Person 0, [^]*Person 24\n[^]*Notion does not provide this bookmark[^]*read/);
  });

  test('has a note in place of a block that may not be read', async () => {
    const id = workspace.addPage({ title: 'a' });
    workspace.setBlocks(id, [
      block('paragraph', 'before'),
      block('bookmark', null, { url: 'https://x.org' }),
      block('paragraph', 'after'),
    ]);
    const then = { status: 403, body: error('restricted_resource') };
    notion.faults.add({ path: '^/v1/blocks/[^/]+$', then });
    expect(await textOf('a')).toMatch(/before[^]*Notion does not provide this bookmark[^]*after/);
  });

  const inaccessible = [
    [403, 'restricted_resource'],
    [404, 'object_not_found'],
  ] as const;

  test.each(inaccessible)(
    'with a part that is not shared (%i %s) has the others, and says so: in its Markdown and in its blocks',
    async (status, code) => {
      const id = workspace.addPage({ title: 'a' });
      const part = block('synced_block', null, {}, [block('paragraph', 'hidden')]);
      workspace.setBlocks(id, [block('paragraph', 'before'), part, block('paragraph', 'after')]);
      const cut = `before\n<unknown url="https://www.notion.so/x#${part.id.replaceAll('-', '')}" alt="synced_block"/>\nafter`;
      const rewrite = (answer: unknown) => ({ ...(answer as object), markdown: cut, unknown_block_ids: [part.id] });
      notion.faults.add({ path: `/pages/${id}/markdown$`, then: { rewrite } });
      const then = { status, body: error(code) };
      for (const path of [`/pages/${part.id}/markdown$`, `/blocks/${part.id}/children$`])
        notion.faults.add({ path, then });
      const expected = /before[^]*Notion does not provide the contents of this block[^]*after/;
      expect(await textOf('a')).toMatch(expected);
      notion.switches.noMarkdown = true;
      notion.faults.clear();
      notion.faults.add({ path: `/blocks/${part.id}/children$`, then });
      expect(await textOf('a')).toMatch(expected);
    },
  );

  test('block by block, a copy of a synced block is read from its original if it cannot be read itself', async () => {
    const original = block('synced_block', null, { synced_from: null }, [block('paragraph', 'shown in both')]);
    workspace.setBlocks(workspace.addPage({ title: 'first' }), [original]);
    const from = { synced_from: { type: 'block_id', block_id: original.id } };
    const copy = block('synced_block', null, from, [block('paragraph', 'x')]);
    workspace.setBlocks(workspace.addPage({ title: 'a' }), [copy]);
    notion.switches.noMarkdown = true;
    notion.faults.add({ path: `/blocks/${copy.id}/children$`, then: { status: 404, body: error('object_not_found') } });
    expect(await textOf('a')).toContain('shown in both');
  });

  test('nested deeper than is read says so', async () => {
    const deepest = Array.from({ length: 32 }).reduce<ReturnType<typeof block>>(
      (inner, _each, i) => block('toggle', `level ${i}`, {}, [inner]),
      block('paragraph', 'the bottom'),
    );
    workspace.setBlocks(workspace.addPage({ title: 'a' }), [deepest]);
    notion.switches.noMarkdown = true;
    const text = await textOf('a');
    expect(text).toMatch(/level 31[^]*level 4[^]*nested deeper than Headwater reads/);
    expect(text).not.toContain('the bottom');
  });

  test('names people who have only an address', async () => {
    const people = [{ object: 'user', id: randomUUID(), name: null, person: { email: 'bo@example.com' } }];
    workspace.addRow(workspace.addDatabase('Repairs'), 'Winch', { Asked: { type: 'people', people } });
    expect(await textOf('Winch')).toContain('Asked: bo@example.com');
  });

  test('with one part refused both ways has the others, and says so', async () => {
    const id = workspace.addPage({ title: 'a' });
    const part = block('toggle', 'closed', {}, [block('paragraph', 'refused')]);
    workspace.setBlocks(id, [block('paragraph', 'before'), part, block('paragraph', 'after')]);
    notion.switches.noMarkdown = true;
    const then = { status: 400, body: error('validation_error') };
    notion.faults.add({ path: `/blocks/${part.id}/children$`, then });
    expect(await textOf('a')).toMatch(
      /before[^]*closed[^]*Notion does not provide the contents of this block[^]*after/,
    );
  });
});
