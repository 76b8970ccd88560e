/** Identity providers use user ids of up to 200 characters; Temporal accepts fairness keys of 64 bytes. */

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { userKey } from '../../domain/user-key.ts';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';
import { signToken } from '../harness/user-token.ts';

const jwtSecret = 'a secret of at least thirty-two characters';
const longUser = `auth0|${'ü'.repeat(97)}`;
let headwater: TestHeadwater;
let api: TestApi;

beforeAll(async () => {
  headwater = await startHeadwater();
  api = await startApiOf(headwater, { auth: { jwtSecret, jwksUrl: undefined, adminToken: undefined } });
}, 60_000);
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
});

test('a user id of 200 bytes syncs, searches, has a schedule and is erased; Temporal sees only a hash of it', async () => {
  expect(Buffer.byteLength(longUser)).toBe(200);
  const path = await mkdtemp(join(tmpdir(), 'headwater-long-user-'));
  await writeFile(join(path, 'ferry.md'), 'The last ferry leaves at 21:40.');
  const { id } = (
    await call('POST', '/api/data-sources', {
      name: 'Folder',
      sourceType: 'local_folder',
      config: { path },
      syncFrequency: 'daily',
    })
  ).body.dataSource;

  const started = await call('POST', '/api/data-sources/sync', { dataSourceId: id, jobType: 'full_sync' });
  expect(started.status).toBe(202);
  const { id: jobId, workflowId } = started.body.job;
  await until(async () => (await call('GET', `/api/data-sources/sync/${jobId}`)).body.job.status === 'completed');
  expect((await call('POST', '/api/search', { query: 'last ferry' })).body.hits).toHaveLength(1);

  const { typedSearchAttributes, raw } = await headwater.temporal.workflow.getHandle(workflowId).describe();
  expect(JSON.stringify(typedSearchAttributes)).toContain(userKey(longUser));
  expect(JSON.stringify(typedSearchAttributes)).not.toContain('auth0');
  expect(raw.workflowExecutionInfo?.priority?.fairnessKey).toBe(userKey(longUser));

  const erasure = await call('POST', '/api/user/erase', { confirm: 'erase everything' });
  expect(erasure.status).toBe(202);
  const shown = async () =>
    (await call('GET', `/api/deletions?id=${encodeURIComponent(erasure.body.deletion.id)}`)).body;
  await until(async () => (await shown()).deletion.status === 'completed');
  expect(erasure.body.deletion.id).toBe(`erase/${userKey(longUser)}`);
});

test('a user id that no database can store is rejected as a token, not with a server error', async () => {
  for (const subject of ['nu\0l', 'lone\ud800', 'x'.repeat(201)])
    expect(await call('GET', '/api/data-sources', undefined, subject)).toMatchObject({ status: 401 });
});

async function call(method: 'GET' | 'POST', path: string, body?: object, subject = longUser) {
  const token = await signToken(subject, jwtSecret);
  return await api.call(method, path, { body, headers: { authorization: `Bearer ${token}` } });
}
