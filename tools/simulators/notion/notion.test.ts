/** Tests the simulator against Notion's documentation (docs/vendors/notion.md). */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { defaultSwitches, type NotionSimulator, startNotion } from './server.ts';
import type { NotionWorkspace } from './state.ts';

let notion: NotionSimulator;
let workspace: NotionWorkspace;
let token: string;
let count = 0;

beforeAll(async () => {
  notion = await startNotion();
});
afterAll(async () => await notion[Symbol.asyncDispose]());
beforeEach(() => {
  Object.assign(notion.switches, defaultSwitches());
  notion.state.skewMs = 0;
  workspace = notion.state.workspace(`ana${++count}@example.com`);
  token = notion.oauth.issue(workspace.email).accessToken;
});

const ask = async (method: string, path: string, body?: object, version: string | null = '2026-03-11') => {
  const response = await fetch(`${notion.url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(version === null ? {} : { 'notion-version': version }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test is about
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
};

test('without a version there is no answer; an older one still has `archived`', async () => {
  const id = workspace.addPage({ title: 'a' });
  expect(await ask('GET', `pages/${id}`, undefined, null)).toMatchObject({
    status: 400,
    body: { code: 'missing_version' },
  });
  expect((await ask('GET', `pages/${id}`)).body).not.toHaveProperty('archived');
  expect((await ask('GET', `pages/${id}`, undefined, '2025-09-03')).body).toMatchObject({ archived: false });
});

test('an unknown token is refused', async () => {
  token = 'ntn_unknown';
  expect(await ask('GET', 'users/me')).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
});

test('pages through a list with cursors that are bound to their query', async () => {
  for (let i = 0; i < 3; i++) workspace.addPage({ title: `${i}` });
  const first = await ask('POST', 'search', { page_size: 2 });
  expect(first.body).toMatchObject({ object: 'list', has_more: true });
  const start_cursor = first.body.next_cursor as string;
  expect((await ask('POST', 'search', { page_size: 2, start_cursor })).body).toMatchObject({
    has_more: false,
    next_cursor: null,
  });
  const other = await ask('POST', 'search', { start_cursor, filter: { property: 'object', value: 'page' } });
  expect(other).toMatchObject({ status: 400, body: { code: 'validation_error' } });
});

test('times have minute precision, and search lags behind', async () => {
  const id = workspace.addPage({ title: 'a' });
  const { last_edited_time: edited } = (await ask('GET', `pages/${id}`)).body;
  expect(edited).toMatch(/:00\.000Z$/);
  notion.switches.searchLagMs = 60_000;
  expect((await ask('POST', 'search', {})).body.results).toEqual([]);
});

test('trashing a page includes its contents; unshared pages do not exist', async () => {
  const top = workspace.addPage({ title: 'top' });
  const child = workspace.addPage({ title: 'child', parent: { type: 'page_id', id: top } });
  workspace.trash(top);
  expect((await ask('GET', `pages/${child}`)).body).toMatchObject({ in_trash: true });
  expect((await ask('POST', 'search', {})).body.results).toEqual([]);
  expect((await ask('POST', 'search', { filter: { in_trash: true } })).body.results).toHaveLength(2);
  workspace.unshare(top);
  expect(await ask('GET', `pages/${child}`)).toMatchObject({ status: 404, body: { code: 'object_not_found' } });
});

test('a query with more rows than it returns says so', async () => {
  const database = workspace.addDatabase('Repairs');
  for (let i = 0; i < 3; i++) workspace.addRow(database, `${i}`, {});
  notion.switches.resultCap = 2;
  expect((await ask('POST', `data_sources/${database.dataSourceId}/query`, {})).body).toMatchObject({
    has_more: false,
    request_status: { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' },
  });
});

test('too many calls in a minute are refused with the time to wait', async () => {
  notion.switches.callsPerMinute = 1;
  await ask('GET', 'users/me');
  const refused = await ask('GET', 'users/me');
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', additional_data: expect.anything() } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
});

test('a file’s address differs at each reading, needs no token, and is refused after it expires', async () => {
  const page = workspace.addPage({ title: 'a' });
  workspace.setBlocks(page, [
    { id: page.replace(/^./, 'f'), type: 'pdf', text: '', value: { name: 'a.pdf' }, children: [] },
  ]);
  const address = async (): Promise<string> =>
    (await ask('GET', `blocks/${page}/children`)).body.results[0].pdf.file.url as string;
  const url = new URL(await address());
  expect(await address()).not.toBe(url.href);
  expect((await fetch(url)).status).toBe(200);
  url.searchParams.set('until', '1');
  expect((await fetch(url)).status).toBe(403);
});

test('a call that would change something is marked', async () => {
  await ask('PATCH', `pages/${workspace.addPage({ title: 'a' })}`, { in_trash: true });
  expect(notion.log.mutating()).toHaveLength(1);
  notion.log.clear();
});
