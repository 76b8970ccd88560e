/** From an empty installation to a search result, as a user of the API proceeds. */

import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { type Answer, startApiOf } from '../harness/api.ts';
import { api, headwater, runHeadwater } from '../harness/running.ts';
import { until } from '../harness/until.ts';

let account: GoogleAccount;

runHeadwater(() => ({ rotate: true }));
beforeAll(async () => {
  account = headwater.google.state.account('ana@example.com');
  account.addFile({ name: 'Ferry timetable.md', content: '# Ferry\n\nThe last ferry to the island leaves at 21:40.' });
  account.addFile({ name: 'Recipe.md', content: 'Bread needs flour, water, salt and time.' });
  for (let i = 0; i < 7; i++) account.addFile({ name: `note ${i}.md`, content: `An ordinary note, number ${i}.` });
  account.addFile({ name: 'photo.png', mimeType: 'image/png', content: 'x' });
}, 60_000);

test('a Google Drive: create, sign in with consent, sync, watch, inspect, search, sign out, delete', async () => {
  const created = await api.call('POST', '/api/data-sources', {
    body: { name: 'My Drive', sourceType: 'google_drive' },
  });
  expect(created).toMatchObject({ status: 201, body: { dataSource: { connectionStatus: 'disconnected' } } });
  const { id } = created.body.dataSource;

  // It is not connected yet, so a sync is refused with a message
  expect(await startSync(id)).toMatchObject({ status: 409, body: { code: 'needs_sign_in' } });

  const { authorizationUrl } = (await api.call('GET', `/api/data-sources/${id}/connect`)).body;
  const asked = new URL(authorizationUrl).searchParams;
  expect(asked.get('code_challenge_method')).toBe('S256');
  expect(asked.get('scope')).toBe('https://www.googleapis.com/auth/drive.readonly');
  expect(asked.get('access_type')).toBe('offline');
  const callback = await consent(authorizationUrl, account.email);
  const back = await api.call('GET', callback);
  expect(back).toMatchObject({
    status: 200,
    body: { dataSource: { accountLabel: account.email, connectionStatus: 'connected' } },
  });
  // The request was logged without the parameters with which others could finish the sign-in (P7)
  expect(headwater.logged()).toContain('"path":"/api/oauth/callback"');
  for (const name of ['code', 'state']) {
    expect(headwater.logged()).not.toContain(new URL(callback, 'http://local').searchParams.get(name));
  }
  // The public callback is in its owner's audit log too
  expect((await api.call('GET', '/api/audit-events?action=source.sign_in')).body.events).toMatchObject([
    { outcome: 'done', actor: 'user', targetId: id, address: '127.0.0.1' },
  ]);
  // The state is used up: the same URL does nothing a second time
  expect(await api.call('GET', callback)).toMatchObject({ status: 400, body: { code: 'state_unknown' } });

  const started = await startSync(id);
  expect(started).toMatchObject({ status: 202, body: { job: { jobType: 'full_sync', trigger: 'api' } } });
  const job = await untilEnded(started.body.job.id);
  expect(job).toMatchObject({ status: 'completed', counts: { found: 10, created: 9, skipped: 1, failed: 0 } });

  // A link to Temporal's Web UI, where somebody has said where it is, and only there
  expect(job.temporalUrl).toBeNull();
  const temporal = { ...headwater.config.temporal, uiUrl: 'https://temporal.example.com' };
  await using linked = await startApiOf(headwater, { temporal });
  expect((await linked.call('GET', `/api/data-sources/sync/${job.id}`)).body.job.temporalUrl).toBe(
    `https://temporal.example.com/namespaces/default/workflows/${encodeURIComponent(`sync/${job.id}`)}`,
  );

  const items = await api.call('GET', `/api/data-sources/sync/${job.id}/items?outcome=skipped`);
  expect(items.body.items).toMatchObject([{ path: 'My Drive/photo.png', errorCode: 'unsupported_type' }]);
  const hits = (await api.call('POST', '/api/search', { body: { query: 'when does the last ferry leave?' } })).body
    .hits;
  expect(hits[0]).toMatchObject({ title: 'Ferry timetable.md', path: 'My Drive/Ferry timetable.md' });
  expect(hits[0].snippet).toContain('21:40');
  const document = await api.call('GET', `/api/documents/${hits[0].documentId}?chunks=true`);
  expect(document.body.document.text).toContain('leaves at 21:40');
  expect(document.body.document.chunks).toHaveLength(1);

  expect(await api.call('POST', `/api/data-sources/${id}/disconnect`)).toMatchObject({
    status: 200,
    body: { dataSource: { connectionStatus: 'disconnected' } },
  });
  expect(headwater.google.log.calls.some((call) => call.path === '/revoke')).toBe(true);
  expect(await startSync(id)).toMatchObject({ status: 409, body: { code: 'needs_sign_in' } });

  expect(await api.call('DELETE', `/api/data-sources?id=${id}`)).toMatchObject({ status: 202 });
  await until(async () => (await api.call('GET', '/api/data-sources')).body.dataSources.length === 0);
  expect((await api.call('POST', '/api/search', { body: { query: 'ferry' } })).body.hits).toEqual([]);
  expect((await api.call('GET', '/api/documents')).body.documents).toEqual([]);
}, 60_000);

describe('lists', () => {
  test('are paged by cursor, contain each row once, and can be filtered', async () => {
    const id = await connectedDrive();
    await untilEnded((await startSync(id)).body.job.id);
    await untilEnded((await startSync(id)).body.job.id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Answer = await api.call(
        'GET',
        `/api/documents?dataSourceId=${id}&limit=4${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.body.documents.map((d: { id: string }) => d.id));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(9);
    expect(new Set(seen).size).toBe(9);

    const exported = await api.call('GET', `/api/documents/export?dataSourceId=${id}`);
    expect(exported.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const lines = exported.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(lines.slice(0, -1).map(({ document }) => document.id))).toEqual(new Set(seen));
    const since = await api.call('GET', `/api/documents/changes?cursor=${lines.at(-1).cursor}`);
    expect(since.body).toMatchObject({ changes: [], hasMore: false, nextCursor: expect.any(String) });
    const changes = await api.call('GET', '/api/documents/changes?limit=3');
    expect(changes.body).toMatchObject({ changes: [{}, {}, {}], hasMore: true });

    const first = await api.call('GET', `/api/data-sources/sync?dataSourceId=${id}&limit=1`);
    const second = await api.call(
      'GET',
      `/api/data-sources/sync?dataSourceId=${id}&limit=1&cursor=${first.body.nextCursor}`,
    );
    expect(first.body.jobs[0].counts).toMatchObject({ unchanged: 9 });
    expect(second.body.jobs[0].counts).toMatchObject({ created: 9 });
    expect(second.body.nextCursor).toBeNull();

    const found = await api.call('GET', `/api/documents?dataSourceId=${id}&text=${encodeURIComponent('note 3')}`);
    expect(found.body.documents).toHaveLength(1);
    const filtered = await api.call('POST', '/api/search', {
      body: { query: 'note', filters: { dataSourceIds: [id], modifiedAfter: '2030-01-01T00:00:00Z' } },
    });
    expect(filtered.body.hits).toEqual([]);
  }, 60_000);
});

describe('starting and controlling', () => {
  test('a second start is refused and returns the running job; the same Idempotency-Key returns the same job', async () => {
    const id = await connectedDrive();
    headwater.google.faults.add({ path: '^/drive/v3/files$', then: { delayMs: 20_000 } });
    const key = { 'idempotency-key': `key-${id}` };
    const first = await startSync(id, key);
    const again = await startSync(id, key);
    expect(again).toMatchObject({ status: 202, body: { job: { id: first.body.job.id } } });
    const other = await api.call('POST', '/api/data-sources/sync', {
      body: { dataSourceId: id, dryRun: true },
      headers: key,
    });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    const second = await startSync(id);
    expect(second).toMatchObject({ status: 409, body: { code: 'already_running', job: { id: first.body.job.id } } });
    const cancelled = await api.call('DELETE', `/api/data-sources/sync?jobId=${first.body.job.id}`);
    expect(cancelled.status).toBe(202);
    headwater.google.faults.clear();
    expect(await untilEnded(first.body.job.id)).toMatchObject({ status: 'cancelled' });
    expect((await startSync(id, key)).body.job.id).toBe(first.body.job.id);
    await api.call('PUT', '/api/data-sources', { body: { id, isActive: false } });
    expect((await startSync(id, key)).body.job.id).toBe(first.body.job.id);
    expect(await startSync(id)).toMatchObject({ status: 409, body: { code: 'source_inactive' } });
  }, 60_000);

  test('of concurrent starts with one Idempotency-Key, one starts a job, and the others get it or a refusal', async () => {
    const [id, otherId] = [await connectedDrive(), await connectedDrive()];
    const key = { 'idempotency-key': `key-${id}` };
    const answers = await Promise.all([startSync(id, key), startSync(otherId, key)]);
    const [started, refused] = answers.toSorted((a, b) => a.status - b.status);
    expect(started?.status).toBe(202);
    expect(refused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    await untilEnded(started?.body.job.id);

    const again = { 'idempotency-key': `again-${id}` };
    const same = await Promise.all([startSync(id, again), startSync(id, again), startSync(id, again)]);
    expect(same.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(same.map(({ body }) => body.job.id)).size).toBe(1);
    await untilEnded(same[0]?.body.job.id);
  }, 60_000);

  test('a job whose worker is away shows as pending, not as an error, and an unknown job status is refused', async () => {
    const id = await connectedDrive();
    const done = await untilEnded((await startSync(id)).body.job.id);
    for (const verb of ['pause', 'resume', 'approve', 'keep']) {
      expect(await api.call('POST', `/api/data-sources/sync/${done.id}/${verb}`)).toMatchObject({
        status: 409,
        body: { code: 'wrong_state' },
      });
    }
    const retried = await api.call('POST', `/api/data-sources/sync/${done.id}/retry`);
    expect(retried).toMatchObject({ status: 202, body: { job: { trigger: 'retry' } } });
    expect(await untilEnded(retried.body.job.id)).toMatchObject({ status: 'completed' });
  }, 60_000);

  test('a start says that no worker is running, and only then', async () => {
    const id = await connectedDrive();
    const started = await startSync(id);
    expect(started.body.warning).toBeNull();
    await untilEnded(started.body.job.id);
    await using unserved = await startApiOf({ ...headwater, taskQueue: `unserved-${id}` });
    const waiting = await unserved.call('POST', '/api/data-sources/sync', { body: { dataSourceId: id } });
    expect(waiting).toMatchObject({ status: 202, body: { warning: expect.stringContaining('No worker is running') } });
    await api.call('DELETE', `/api/data-sources/sync?jobId=${waiting.body.job.id}`);
  }, 60_000);

  test('events report on the job until it ends', async () => {
    const id = await connectedDrive();
    const { job } = (await startSync(id)).body;
    const stream = await api.call('GET', `/api/data-sources/sync/${job.id}/events`);
    expect(stream.headers['content-type']).toBe('text/event-stream');
    const events = [...stream.text.matchAll(/^data: (.+)$/gm)].map((match) => JSON.parse(match[1] ?? '').job);
    expect(events.at(-1)).toMatchObject({ id: job.id, status: 'completed' });
  }, 60_000);
});

test('what is changed or deleted has an address of its own, for the same call', async () => {
  const { id } = (await api.call('POST', '/api/tags', { body: { name: 'urgent' } })).body.tag;
  const address = `/api/tags/${id}`;
  expect(await api.call('PATCH', address, { body: { name: 'late' } })).toMatchObject({
    body: { tag: { name: 'late' } },
  });
  expect((await api.call('GET', address)).body.tag).toMatchObject({ id, name: 'late' });
  expect(await api.call('PATCH', address, { body: { id, name: 'x' } })).toMatchObject({ status: 400 });
  expect(await api.call('PATCH', address, { body: {} })).toMatchObject({ status: 400 });
  expect(await api.call('DELETE', `${address}?id=${id}`)).toMatchObject({ status: 400 });
  expect(await api.call('DELETE', address)).toMatchObject({ status: 200, body: { deleted: { id } } });
  expect(await api.call('PATCH', address, { body: { name: 'x' } })).toMatchObject({ status: 404 });
});

/** The client needs 3.11; it is tried where a Python of that age is installed. */
const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']).status === 0;

(hasPython ? test : test.skip)(
  `the Python client compiles, uploads, syncs, searches and exports${hasPython ? '' : ' (left out: no Python 3.11 here)'}`,
  async () => {
    const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
    const folder = await mkdtemp(join(tmpdir(), 'headwater-python-'));
    const root = join(import.meta.dirname, '..', '..');
    const python = async (...args: string[]): Promise<string> => {
      const env = { PATH: process.env['PATH'], PYTHONPATH: folder, NO_PROXY: '127.0.0.1' };
      return (await promisify(execFile)('python3', args, { env, timeout: 120_000 })).stdout;
    };
    try {
      await cp(join(root, 'client', 'python', 'headwater_client'), join(folder, 'headwater_client'), {
        recursive: true,
      });
      await python('-W', 'error', '-m', 'compileall', '-q', folder);
      const script = join(root, 'test', 'client', 'try_client.py');
      const said = await python('-W', 'error', script, url, join(folder, 'Snake.md'));
      expect(said.trimEnd().split('\n')).toEqual([
        'uploaded Animals/Snake.md 31',
        'job completed',
        "documents ['Gull.md', 'Snake.md']",
        'found Snake.md',
        "exported ['document', 'document', 'end'] 1",
        "parquet b'PAR1'",
        expect.stringMatching(/^tag renamed \{'deleted': \{'id': '/),
        'refused 404 not_found []',
        "refused 400 invalid_request ['query']",
        'refused 0 unreachable []',
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  150_000,
);

describe('an existing token', () => {
  test('is verified before it is stored; a wrong or expired one is refused with a message', async () => {
    const { id } = (await api.call('POST', '/api/data-sources', { body: { name: 'D', sourceType: 'google_drive' } }))
      .body.dataSource;
    const put = async (body: object) => await api.call('PUT', `/api/data-sources/${id}/credentials`, { body });
    expect(await put({ accessToken: 'ya29.wrong' })).toMatchObject({ status: 422, body: { code: 'unauthorized' } });
    expect(await put({ accessToken: 'x', expiresAt: '2001-01-01T00:00:00Z' })).toMatchObject({
      status: 400,
      body: { code: 'token_expired' },
    });
    const { accessToken } = headwater.google.oauth.issue(account.email);
    expect(await put({ accessToken })).toMatchObject({
      status: 200,
      body: { dataSource: { accountLabel: account.email } },
    });
  });
});

describe('a local folder', () => {
  test('is verified when it is created: a folder outside the allowed roots, a missing one, or a link that leaves them is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headwater-end-to-end-'));
    await writeFile(join(folder, 'a.md'), 'text of a');
    const create = async (path: string) =>
      await api.call('POST', '/api/data-sources', {
        body: { name: 'F', sourceType: 'local_folder', config: { path } },
      });
    expect(await create(folder)).toMatchObject({
      status: 201,
      body: { dataSource: { connectionStatus: 'connected' } },
    });
    for (const path of ['/etc', `${folder}/../../etc`, `${folder}/nowhere`, 'relative', `${folder}\u0000/etc`]) {
      const refused = await create(path);
      expect([path, refused.status]).toEqual([path, expect.any(Number)]);
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(refused.status).toBeLessThan(500);
    }
  });
});

async function consent(authorizationUrl: string, choose: string): Promise<string> {
  const page = await (await fetch(authorizationUrl)).text();
  expect(page).toContain(`Allow as ${choose}`);
  const answer = await fetch(`${authorizationUrl}&choose=${choose}`, { redirect: 'manual' });
  const location = new URL(answer.headers.get('location') ?? '');
  return `${location.pathname}${location.search}`;
}

async function connectedDrive(): Promise<string> {
  const { id } = (await api.call('POST', '/api/data-sources', { body: { name: 'Drive', sourceType: 'google_drive' } }))
    .body.dataSource;
  const { accessToken, refreshToken } = headwater.google.oauth.issue(account.email);
  await api.call('PUT', `/api/data-sources/${id}/credentials`, { body: { accessToken, refreshToken } });
  return id;
}

async function startSync(dataSourceId: string, headers: Record<string, string> = {}) {
  return await api.call('POST', '/api/data-sources/sync', { body: { dataSourceId, jobType: 'full_sync' }, headers });
}

async function untilEnded(jobId: string) {
  for (;;) {
    const { job } = (await api.call('GET', `/api/data-sources/sync/${jobId}`)).body;
    if (job.status !== 'pending' && job.status !== 'running') return job;
  }
}
