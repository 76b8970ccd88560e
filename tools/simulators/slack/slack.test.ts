/** Tests the simulator against Slack's documentation (docs/vendors/slack.md). */

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type SlackSimulator, simulatedSlackClient, startSlack } from './server.ts';

let slack: SlackSimulator;
let token: string;
let channel: string;
beforeEach(async () => {
  slack = await startSlack();
  token = slack.oauth.issue(slack.state.user('ana')).accessToken;
  channel = slack.state.channel('general');
});
afterEach(async () => await slack[Symbol.asyncDispose]());

interface Message {
  readonly ts: string;
  readonly text: string;
  readonly [name: string]: unknown;
}
interface Body {
  readonly ok: boolean;
  readonly error?: string;
  readonly messages: readonly Message[];
  readonly has_more?: boolean;
  readonly response_metadata?: { readonly next_cursor?: string };
  readonly [name: string]: unknown;
}
type Form = Readonly<Record<string, string>>;

async function call(method: string, form: Form = {}, bearer = token): Promise<Body> {
  const headers = { authorization: `Bearer ${bearer}` };
  const init = { method: 'POST', headers, body: new URLSearchParams(form) };
  return (await (await fetch(`${slack.url}/api/${method}`, init)).json()) as Body;
}
const history = async (form: Form = {}) => await call('conversations.history', { channel, ...form });
const textsOf = ({ messages }: Body): string[] => messages.map(({ text }) => text);
const postDays = (...days: number[]): string[] =>
  days.map((day) => slack.state.post(channel, { text: `day ${day}`, at: Date.UTC(2026, 0, day) }));

describe('a call', () => {
  test('may be GET or POST, with a form or JSON', async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const url = `${slack.url}/api/conversations.info`;
    const asked = [
      fetch(`${url}?channel=${channel}`, { headers }),
      fetch(url, { method: 'POST', headers, body: JSON.stringify({ channel }) }),
    ];
    for (const answer of await Promise.all(asked)) {
      expect(await answer.json()).toMatchObject({ ok: true, channel: { id: channel, name: 'general' } });
    }
  });

  test('fails with status 200 and an error code: for its token, its scope, its channel, its cursor', async () => {
    const scopes = ['channels:read'];
    const narrow = slack.oauth.issue(slack.state.user('ana'), { scopes }).accessToken;
    expect(await call('auth.test', {}, 'unknown')).toEqual({ ok: false, error: 'invalid_auth' });
    expect(await call('conversations.history', { channel }, narrow)).toEqual({
      ok: false,
      error: 'missing_scope',
      needed: 'channels:history',
      provided: 'channels:read',
    });
    expect(await history({ channel: 'C0NONE' })).toMatchObject({ error: 'channel_not_found' });
    expect(await history({ cursor: 'Zm9yZWlnbg==' })).toMatchObject({ error: 'invalid_cursor' });
    slack.oauth.expireAccessTokens();
    expect(await call('auth.test')).toMatchObject({ error: 'token_expired' });
  });

  test('that would change something is logged', async () => {
    await call('conversations.join', { channel });
    await call('chat.postMessage', { channel, text: 'a' });
    await call('conversations.history', { channel });
    expect(slack.log.mutating().map(({ path }) => path)).toEqual(['/api/conversations.join', '/api/chat.postMessage']);
    slack.log.clear();
  });
});

describe('history', () => {
  test('is newest first, between bounds that are exclusive by default', async () => {
    const [first = '', , third = ''] = postDays(1, 2, 3);
    expect(textsOf(await history())).toEqual(['day 3', 'day 2', 'day 1']);
    expect(textsOf(await history({ oldest: first, latest: third }))).toEqual(['day 2']);
    expect(textsOf(await history({ oldest: first, latest: third, inclusive: 'true' }))).toHaveLength(3);
  });

  test('begins at the newest, but at the oldest if only that bound is given', async () => {
    const [first = ''] = postDays(1, 2, 3, 4);
    expect(textsOf(await history({ limit: '2' }))).toEqual(['day 4', 'day 3']);
    expect(textsOf(await history({ limit: '2', oldest: first }))).toEqual(['day 3', 'day 2']);
  });

  test('continues by a cursor that is bound to its query, and ends without one', async () => {
    postDays(1, 2, 3);
    const first = await history({ limit: '2' });
    expect(first).toMatchObject({ has_more: true });
    const cursor = first.response_metadata?.next_cursor ?? '';
    const last = await history({ limit: '2', cursor });
    expect([textsOf(last), last.has_more]).toEqual([['day 1'], false]);
    expect(await history({ channel: slack.state.channel('other'), cursor })).toMatchObject({ error: 'invalid_cursor' });
  });

  test('leaves out replies unless they were also sent to the channel; the parent states their number', async () => {
    const [thread = ''] = postDays(1);
    slack.state.post(channel, { text: 'hidden', thread });
    const reported = slack.state.post(channel, { text: 'told', thread, subtype: 'thread_broadcast' });
    const listed = await history();
    expect(textsOf(listed)).toEqual(['told', 'day 1']);
    expect(listed.messages[1]).toMatchObject({ thread_ts: thread, reply_count: 2, latest_reply: reported });
    const page = await call('conversations.replies', { channel, ts: thread, limit: '2' });
    expect([textsOf(page), page.has_more]).toEqual([['day 1', 'hidden'], true]);
    const cursor = page.response_metadata?.next_cursor ?? '';
    expect(textsOf(await call('conversations.replies', { channel, ts: thread, limit: '2', cursor }))).toEqual([
      'day 1',
      'told',
    ]);
  });

  test('shows edits; a deleted parent is a tombstone while it has replies', async () => {
    const [thread = ''] = postDays(1);
    slack.state.edit(channel, thread, 'edited');
    expect((await history()).messages[0]).toMatchObject({ text: 'edited', edited: { ts: expect.any(String) } });
    const reply = slack.state.post(channel, { text: 'r', thread });
    slack.state.delete(channel, thread);
    expect((await history()).messages[0]).toMatchObject({ subtype: 'tombstone', reply_count: 1 });
    slack.state.delete(channel, reply);
    expect((await history()).messages).toEqual([]);
  });

  test('restricted: fifteen messages, once a minute, then 429 with the remaining time', async () => {
    for (let i = 0; i < 20; i++) slack.state.post(channel, { text: `${i}` });
    slack.limits.regime = 'restricted';
    expect((await history({ limit: '200' })).messages).toHaveLength(15);
    const headers = { authorization: `Bearer ${token}` };
    const refused = await fetch(`${slack.url}/api/conversations.history?channel=${channel}`, { headers });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toEqual({ ok: false, error: 'ratelimited' });
    slack.limits.skewMs = 61_000;
    expect(await history()).toMatchObject({ ok: true });
  });
});

test('people, channels and workspaces are returned in pages or one by one', async () => {
  const ana = slack.state.user('ana');
  expect(await call('users.list', { limit: '1' })).toMatchObject({ members: [{ id: ana, deleted: false }] });
  expect(await call('users.info', { user: 'U0NONE' })).toMatchObject({ error: 'user_not_found' });
  expect(await call('conversations.list', { types: 'odd' })).toMatchObject({ error: 'invalid_types' });
  expect(await call('auth.test')).toMatchObject({ team_id: 'T0HARBOUR', user_id: ana, is_enterprise_install: false });
});

test('a refresh token works for one refresh, a code for one exchange', async () => {
  const { refreshToken } = slack.oauth.issue(slack.state.user('ana'));
  const { clientId, clientSecret } = simulatedSlackClient;
  const form = {
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
  };
  expect(await call('oauth.v2.access', form)).toMatchObject({ ok: true, token_type: 'user', expires_in: 43_200 });
  expect(await call('oauth.v2.access', form)).toEqual({ ok: false, error: 'invalid_refresh_token' });
  expect(await call('oauth.v2.access', { ...form, client_secret: 'x' })).toMatchObject({ error: 'bad_client_secret' });
});
