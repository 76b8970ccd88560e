/** One user's requests do not affect the others (P14). */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { signToken } from '../harness/user-token.ts';

const jwtSecret = 'a secret of at least thirty-two characters';
let headwater: TestHeadwater;
let api: TestApi;

beforeAll(async () => {
  headwater = await startHeadwater({ openai: true });
  const maxPerUser = { ...headwater.config.maxPerUser, sources: 1, tags: 1 };
  api = await startApiOf(headwater, { auth: { jwtSecret, jwksUrl: undefined, adminToken: undefined }, maxPerUser });
}, 120_000);
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
});

test('fifty slow searches of one user: another user’s call is answered at once, and excess requests are refused with a Retry-After', async () => {
  const embedder = Promise.withResolvers<void>();
  headwater.openai.faults.add({ path: '/embeddings$', then: { until: embedder.promise } });
  const searches = Array.from(
    { length: 50 },
    async () => await call('busy', 'POST', '/api/search', { query: 'ferry' }),
  );
  // None of them is answered before the other user's call is.
  expect(await call('other', 'GET', '/api/data-sources')).toMatchObject({ status: 200 });
  embedder.resolve();
  const answers = await Promise.all(searches);
  headwater.openai.faults.clear();
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(25);
  expect(refused[0]).toMatchObject({ body: { code: 'too_many_concurrent' }, headers: { 'retry-after': '2' } });
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(20);
});

test('a batch of more than ten MCP calls is refused', async () => {
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  const answer = await call(
    'one',
    'POST',
    '/mcp',
    Array.from({ length: 11 }, () => ping),
  );
  expect(answer).toMatchObject({ status: 400, body: { code: 'batch_too_long' } });
});

test('the number of sources and tags is limited, and the refusal names the limit', async () => {
  const source = { name: 'Drive', sourceType: 'google_drive' };
  expect((await call('many', 'POST', '/api/data-sources', source)).status).toBe(201);
  const refused = {
    status: 409,
    body: { code: 'too_many', detail: expect.stringMatching(/1 sources .*MAX_PER_USER/) },
  };
  expect(await call('many', 'POST', '/api/data-sources', source)).toMatchObject(refused);
  expect((await call('others', 'POST', '/api/data-sources', source)).status).toBe(201);
  expect((await call('many', 'POST', '/api/tags', { name: 'a' })).status).toBe(201);
  expect(await call('many', 'POST', '/api/tags', { name: 'b' })).toMatchObject({
    status: 409,
    body: { code: 'too_many' },
  });
});

test("a lone surrogate is refused with the field's name, not with a server error", async () => {
  const answer = await call('one', 'POST', '/api/data-sources', { name: 'x\ud800', sourceType: 'google_drive' });
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'name' }] } });
});

async function call(user: string, method: 'GET' | 'POST', path: string, body?: unknown) {
  const token = await signToken(user, jwtSecret);
  return await api.call(method, path, {
    body,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json, text/event-stream' },
  });
}
