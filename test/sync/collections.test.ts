/** Projects and tags: their documents, assigned by hand and by rules, across syncs, moves and deletions. */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { deletionOf } from '../harness/api.ts';
import { api, headwater, runHeadwater } from '../harness/running.ts';

let account: GoogleAccount;
let dataSourceId: string;
let tides: string;
let budget: string;

runHeadwater();
beforeAll(async () => {
  account = headwater.google.state.account(`${randomUUID()}@example.com`);
  const reports = account.addFolder('Reports');
  tides = account.addFile({ name: 'tides.md', content: 'High water at the pier is at noon.' });
  budget = account.addFile({ name: 'budget.md', parent: reports, content: 'Paint for the pier: 120 euros.' });
  dataSourceId = await headwater.createDrive('local', account.email);
  await headwater.sync({ dataSourceId, jobType: 'full_sync' });
}, 60_000);

async function add(kind: 'project' | 'tag', name: string): Promise<string> {
  const { status, body } = await api.call('POST', `/api/${kind}s`, { body: { name } });
  expect([status, body[kind]]).toEqual([201, expect.objectContaining({ name, documents: 0 })]);
  return body[kind].id;
}

async function documents(query = ''): Promise<{ id: string; title: string; projects: { name: string }[] }[]> {
  return (await api.call('GET', `/api/documents?dataSourceId=${dataSourceId}${query}`)).body.documents;
}
const titles = async (query: string) => (await documents(query)).map((document) => document.title).toSorted();
const idOf = async (title: string) => (await documents()).find((document) => document.title === title)?.id ?? '';
const sync = async () => await headwater.sync({ dataSourceId, jobType: 'incremental' });

describe.each(['project', 'tag'] as const)('a %s', (kind) => {
  test('is added, renamed, listed and deleted; a second one with the same name is refused, and other users are not affected', async () => {
    const id = await add(kind, `Pier ${kind}`);
    expect((await api.call('POST', `/api/${kind}s`, { body: { name: `Pier ${kind}` } })).body).toMatchObject({
      status: 409,
      code: 'name_taken',
    });
    const other = await add(kind, 'Other');
    expect((await api.call('PUT', `/api/${kind}s`, { body: { id: other, name: `Pier ${kind}` } })).status).toBe(409);
    expect((await api.call('PUT', `/api/${kind}s`, { body: { id: other, name: 'Another' } })).body[kind].name).toBe(
      'Another',
    );
    expect((await api.call('DELETE', `/api/${kind}s?id=${other}`)).status).toBe(200);
    expect((await api.call('GET', `/api/${kind}s`)).body[`${kind}s`]).toMatchObject([{ id, name: `Pier ${kind}` }]);
    await api.call('DELETE', `/api/${kind}s?id=${id}`);
  });

  test('keeps documents that were added by hand, also when they change; lists and search filter by it', async () => {
    const id = await add(kind, 'By hand');
    await api.call('POST', `/api/${kind}s/${id}/assign`, { body: { documentIds: [await idOf('tides.md')] } });
    account.update(tides, `High water at the pier is at ${randomUUID()}.`);
    await sync();
    expect(await titles(`&${kind}Id=${id}`)).toEqual(['tides.md']);
    const filters = { [`${kind}Ids`]: [id] };
    const { hits } = (await api.call('POST', '/api/search', { body: { query: 'pier', filters } })).body;
    expect(hits.map((hit: { title: string }) => hit.title)).toEqual(['tides.md']);
    expect((await api.call('GET', `/api/documents/${await idOf('tides.md')}`)).body.document[`${kind}s`]).toMatchObject(
      [{ name: 'By hand' }],
    );
    await api.call('DELETE', `/api/${kind}s?id=${id}`);
  }, 30_000);

  test('gets documents below a path by rule, now and later, and a manual removal is remembered', async () => {
    const id = await add(kind, 'By rule');
    const rule = await api.call('POST', `/api/${kind}s/${id}/rules`, {
      body: { dataSourceId, path: 'my drive/Reports' },
    });
    expect([rule.status, await titles(`&${kind}Id=${id}`)]).toEqual([201, ['budget.md']]);

    const later = account.addFile({
      name: `later ${kind}.md`,
      parent: account.addFolder('New', reportsOf(account)),
      content: `Ropes ${kind}`,
    });
    await sync();
    expect(await titles(`&${kind}Id=${id}`)).toEqual(['budget.md', `later ${kind}.md`]);

    await api.call('POST', `/api/${kind}s/${id}/remove`, { body: { documentIds: [await idOf('budget.md')] } });
    account.update(budget, `Paint for the pier: ${randomUUID()}`);
    await sync();
    await api.call('POST', `/api/${kind}s/${id}/rules`, { body: { dataSourceId } });
    expect(await titles(`&${kind}Id=${id}`)).toEqual([`later ${kind}.md`, 'tides.md'].toSorted());

    const { rules } = (await api.call('GET', `/api/${kind}s/${id}/rules`)).body;
    for (const { id: ruleId } of rules) await api.call('DELETE', `/api/${kind}s/${id}/rules?ruleId=${ruleId}`);
    expect(await titles(`&${kind}Id=${id}`)).toEqual([]);
    account.delete(later);
    await sync();
    await api.call('DELETE', `/api/${kind}s?id=${id}`);
  }, 30_000);
});

test('another user’s collection, document, source or rule is a 404', async () => {
  const unknown = '00000000-0000-7000-8000-00000000dead';
  const id = await add('project', 'Mine');
  for (const [path, body] of [
    [`/api/projects/${unknown}/assign`, { documentIds: [await idOf('tides.md')] }],
    [`/api/projects/${id}/assign`, { documentIds: [unknown] }],
    [`/api/projects/${unknown}/rules`, { dataSourceId }],
    [`/api/projects/${id}/rules`, { dataSourceId: unknown }],
  ] as const)
    expect([path, (await api.call('POST', path, { body })).status]).toEqual([path, 404]);
  expect((await api.call('DELETE', `/api/projects/${id}/rules?ruleId=${unknown}`)).status).toBe(404);
  expect((await api.call('DELETE', `/api/tags?id=${id}`)).status).toBe(404);
});

test('deleting a document deletes its assignments, and counts them', async () => {
  const id = await add('tag', 'Going');
  const documentId = await idOf('tides.md');
  await api.call('POST', `/api/tags/${id}/assign`, { body: { documentIds: [documentId] } });
  const { deletion } = (await api.call('DELETE', `/api/documents/${documentId}`)).body;
  expect(await deletionOf(api, deletion.id)).toMatchObject({
    status: 'completed',
    result: { removed: { documents: 1, otherRows: 1 }, left: { otherRows: 0 } },
  });
  expect((await api.call('GET', '/api/tags')).body.tags).toMatchObject([{ name: 'Going', documents: 0 }]);
}, 30_000);

function reportsOf({ email }: GoogleAccount): string {
  const folder = [...headwater.google.state.files.values()].find(
    (file) => file.name === 'Reports' && file.owner === email,
  );
  return folder?.id ?? '';
}
