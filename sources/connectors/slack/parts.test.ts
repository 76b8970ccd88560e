/** Tests that an unreadable channel, day or file of Slack is named, kept, retried, and affects nothing else. */

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Checkpoint, Entry, ItemRef, ListPage, Position } from '../../../domain/source.ts';
import { isSyncError } from '../../../domain/errors.ts';
import type { SimulatedCall } from '../../../tools/simulators/kit/faults.ts';
import { type SlackSimulator, startSlack } from '../../../tools/simulators/slack/server.ts';
import type { Connector } from '../connector.ts';
import { slackConfig } from './config.ts';
import { createSlackConnector } from './connector.ts';

const calm = new AbortController().signal;
const monday = Date.UTC(2026, 0, 5, 10);
const dayMs = 24 * 3_600_000;
const home = 'T0HARBOUR';
let slack: SlackSimulator;
let ana: string;
let general: string;
let ferry: string;

beforeEach(async () => {
  slack = await startSlack();
  ana = slack.state.user('ana', { displayName: 'Ana Okoye' });
  [general, ferry] = [slack.state.channel('general'), slack.state.channel('ferry')];
});
afterEach(async () => {
  expect(slack.log.mutating()).toEqual([]);
  await slack[Symbol.asyncDispose]();
});

function connector(config: object = {}, token = slack.oauth.issue(ana).accessToken): Connector {
  const tokens = { accessToken: async () => await Promise.resolve(token), invalidate: () => {} };
  const throttle = async (): Promise<void> => await Promise.resolve();
  const context = { tokens, throttle, logger: pino({ level: 'silent' }), maxItemBytes: 64 * 1024 };
  return createSlackConnector(slackConfig.parse(config), context, slack.url);
}

interface Walked {
  readonly entries: readonly Entry[];
  readonly paths: readonly string[];
  readonly gaps: readonly Extract<Entry, { state: 'gap' }>[];
  readonly end: Extract<ListPage['next'], { more: false }>;
}

/** Walks to the end as the engine does, including waiting for rate limits. */
async function walk(start: Position = { at: 'start' }, from = connector()): Promise<Walked> {
  const entries: Entry[] = [];
  for (let [position, pages] = [start, 0]; ; pages++) {
    expect(pages).toBeLessThan(200);
    const page = await from.listPage(position, calm).catch(async (error: unknown) => {
      if (!isSyncError(error) || error.kind !== 'rate_limited') throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs));
      return null;
    });
    if (page === null) continue;
    entries.push(...page.entries);
    if (!page.next.more) {
      const paths = entries.flatMap((entry) => (entry.state === 'present' ? (entry.path ?? '') : [])).toSorted();
      return { entries, paths, gaps: entries.filter((entry) => entry.state === 'gap'), end: page.next };
    }
    position = { at: 'cursor', cursor: page.next.cursor };
  }
}

const again = async ({ end }: Walked): Promise<Walked> =>
  await walk({ at: 'checkpoint', checkpoint: end.checkpoint ?? ('' as Checkpoint) });
const inContainer = async (externalId: string | null | undefined): Promise<Walked> =>
  await walk({ at: 'container', externalId: externalId ?? '' });

/** Misbehaves for one channel only; other channels use the same path. */
function refuse(method: string, channel: string, body: object | string): void {
  slack.faults.add({
    path: `/api/${method}$`,
    when: (asked) => argOf(asked, 'channel') === channel,
    then: { status: 200, body },
  });
}

function argOf({ body }: SimulatedCall, name: string): string | null {
  return new URLSearchParams(body.toString()).get(name);
}

const slug = (error: string, more: object = {}) => ({ ok: false, error, ...more });

describe('a channel whose history is refused', () => {
  test.each([
    ['channel_not_found', slug('channel_not_found'), 'not_found'],
    ['not_in_channel', slug('not_in_channel'), 'forbidden'],
    ['missing_scope', slug('missing_scope', { needed: 'channels:history' }), 'insufficient_scope'],
    ['access_denied', slug('access_denied'), 'access_denied'],
    ['invalid_arguments', slug('invalid_arguments'), 'invalid_input'],
    ['internal_error every time', slug('internal_error'), 'unavailable'],
    ['invalid_cursor every time', slug('invalid_cursor'), 'checkpoint_expired'],
    ['HTML every time', '<html>sign in</html>', 'unexpected_answer'],
    ['no messages every time', { ok: true, has_more: false }, 'unexpected_answer'],
    ['messages that are not a list', { ok: true, messages: 'x' }, 'unexpected_answer'],
    ['more without a cursor', { ok: true, messages: [], has_more: true }, 'endless_listing'],
  ])('%s: it is a gap, the others are read, and the listing is otherwise complete', async (_name, answer, code) => {
    for (const channel of [general, ferry]) slack.state.post(channel, { text: 'a', at: monday });
    refuse('conversations.history', general, answer);
    const { paths, gaps, end } = await walk();
    expect(paths).toEqual(['#ferry/2026-01-05']);
    expect(gaps).toEqual([
      expect.objectContaining({
        externalId: `${home}/${general}`,
        name: '#general',
        code,
        message: expect.any(String),
      }),
    ]);
    expect(end).toMatchObject({ complete: true });
    slack.faults.clear();
    expect((await inContainer(gaps[0]?.externalId)).paths).toEqual(['#general/2026-01-05']);
  });

  describe.each([
    ['left out', undefined],
    ['null', null],
    ['text', 'false'],
    ['a number', 0],
  ])('of a history whose statement about more is %s', (_name, more) => {
    const rewrite = (body: unknown) => ({ ...(body as object), has_more: more });

    test('received messages are read, and the channel is a gap: Slack has not said that this is the end', async () => {
      slack.state.post(general, { text: 'a', at: monday });
      slack.faults.add({ path: 'conversations.history', then: { rewrite } });
      const { paths, gaps } = await walk();
      expect(paths).toEqual(['#general/2026-01-05']);
      expect(gaps.map(({ externalId, code }) => `${externalId} ${code}`).toSorted()).toEqual(
        [general, ferry].map((id) => `${home}/${id} unexpected_answer`).toSorted(),
      );
    });

    test('a thread is not taken for a shorter one', async () => {
      const ts = slack.state.post(general, { text: 'parent', at: monday });
      slack.state.post(general, { text: 'reply', at: monday + 1000, thread: ts });
      slack.faults.add({ path: 'conversations.replies', then: { rewrite } });
      const { paths, gaps } = await walk();
      expect(paths).toEqual([]);
      expect(gaps).toMatchObject([{ name: '#general, 2026-01-05', code: 'unexpected_answer' }]);
    });
  });

  test('a rate limit that affects only this channel and never ends: a gap, which says when to try again', async () => {
    for (const channel of [general, ferry]) slack.state.post(channel, { text: 'a', at: monday });
    const then = { status: 429, headers: { 'retry-after': '0.05' }, body: slug('ratelimited') };
    slack.faults.add({ path: 'conversations.history', when: (asked) => argOf(asked, 'channel') === general, then });
    const { paths, gaps } = await walk();
    expect(paths).toEqual(['#ferry/2026-01-05']);
    expect(gaps).toEqual([expect.objectContaining({ code: 'rate_limited', retryAfterMs: 50 })]);
  });

  test('an account that does not answer at all is not a gap, and nothing is reported about its channels', async () => {
    slack.state.post(general, { text: 'a', at: monday });
    slack.faults.add({ path: 'conversations.history', then: { status: 503 } });
    slack.faults.add({ path: 'auth.test', skip: 1, then: { status: 503 } });
    await expect(walk()).rejects.toMatchObject({ kind: 'unavailable', scope: 'account' });
  });

  test('a temporary failure leaves no gap', async () => {
    for (const channel of [general, ferry]) slack.state.post(channel, { text: 'a', at: monday });
    slack.faults.add({ path: 'conversations.history', times: 2, then: { status: 500 } });
    expect(await walk()).toMatchObject({ gaps: [], paths: ['#ferry/2026-01-05', '#general/2026-01-05'] });
  });

  test('the position does not move past it: the next listing reads it from where this one was to start', async () => {
    slack.state.post(general, { text: 'old', at: Date.now() - 20 * dayMs });
    const first = await walk();
    slack.state.post(general, { text: 'new', at: Date.now() - dayMs });
    refuse('conversations.history', general, slug('not_in_channel'));
    const second = await again(first);
    expect(second.entries.filter(({ state }) => state === 'all_listed' || state === 'deleted')).toHaveLength(8);
    // Three weeks later, the days before the last sync no longer reach back that far.
    const stale = JSON.parse(second.end.checkpoint ?? '') as { at: string };
    const later = JSON.stringify({ ...stale, at: `${Math.floor((Date.now() + 21 * dayMs) / 1000)}.000000` });
    slack.faults.clear();
    const third = await walk({ at: 'checkpoint', checkpoint: later as Checkpoint });
    expect(third.paths).toHaveLength(1);
  });

  test('one that the config names is a gap as well; one that does not exist is deleted', async () => {
    const config = { channels: [general, ferry] };
    slack.state.post(ferry, { text: 'a', at: monday });
    refuse('conversations.info', general, slug('missing_scope', { needed: 'groups:read' }));
    const { gaps, paths } = await walk({ at: 'start' }, connector(config));
    expect(gaps).toMatchObject([
      { externalId: `${home}/${general}`, message: expect.stringContaining('groups:read (to list private channels)') },
    ]);
    expect(paths).toEqual(['#ferry/2026-01-05']);
    slack.faults.clear();
    slack.state.channels.delete(general);
    expect((await inContainer(`${home}/${general}`)).entries).toEqual([
      { state: 'deleted', externalId: `${home}/${general}` },
    ]);
  });
});

describe('a thread', () => {
  const replies = (body: (messages: readonly { readonly ts: string }[]) => object): void => {
    const rewrite = (answer: unknown) => body((answer as { readonly messages: { readonly ts: string }[] }).messages);
    slack.faults.add({ path: 'conversations.replies$', then: { rewrite } });
  };
  let ts: string;
  beforeEach(() => {
    ts = slack.state.post(general, { text: 'When does the ferry leave?', at: monday });
    slack.state.post(general, { text: 'At nine.', at: monday + 1000, thread: ts });
  });

  test('whose first message is deleted still has its replies', async () => {
    replies((messages) => ({ ok: true, has_more: false, messages: messages.filter((message) => message.ts !== ts) }));
    const { entries, gaps } = await walk();
    expect(gaps).toEqual([]);
    const thread = entries.find(
      (entry) => entry.state === 'present' && entry.externalId === `${home}/${general}/${ts}`,
    );
    const { bytes } = await connector().fetch(thread as ItemRef & Entry, calm);
    expect(new TextDecoder().decode(bytes)).toContain('At nine.');
  });

  test.each([
    ['nothing at all', () => ({ ok: true, has_more: false, messages: [] }), 'unexpected_answer'],
    ['that its channel is not found', () => slug('channel_not_found'), 'forbidden'],
  ])('for which Slack returns %s is a gap of its day, not a deleted thread', async (_name, answer, code) => {
    replies(answer);
    expect((await walk()).gaps).toMatchObject([{ name: '#general, 2026-01-05', code }]);
  });
});

test('a message that Slack lists twice, on one page or on two, is no change', async () => {
  for (let i = 0; i < 4; i++) slack.state.post(general, { text: `${i}`, at: monday + i * 1000 });
  const fingerprints = async () =>
    (await walk()).entries.flatMap((entry) => (entry.state === 'present' ? [entry.fingerprint.value] : []));
  const before = await fingerprints();
  let last: object[] = [];
  const rewrite = (answer: unknown) => {
    const page = answer as { readonly messages: readonly object[] };
    const messages = [...last, ...page.messages.flatMap((message) => [message, message])];
    last = page.messages.slice(-1);
    return { ...page, messages };
  };
  slack.faults.add({
    path: 'conversations.history$',
    when: (asked) => argOf(asked, 'channel') === general,
    then: { rewrite },
  });
  expect(await fingerprints()).toEqual(before);
});

test.each(['auth.test', 'conversations.list'])('%s that answers "not found" is no answer', async (method) => {
  slack.faults.add({ path: `/api/${method}$`, then: { status: 200, body: slug('channel_not_found') } });
  await expect(walk()).rejects.toMatchObject({ code: 'unexpected_answer', remedy: 'retry' });
});

describe('an unreadable part of a channel', () => {
  test('a thread that is refused is a gap of its day; the rest of the channel is read', async () => {
    const thread = slack.state.post(general, { text: 'asked', at: monday });
    slack.state.post(general, { text: 'answered', thread, at: monday + 1000 });
    slack.state.post(general, { text: 'the day after', at: monday + dayMs });
    refuse('conversations.replies', general, slug('fatal_error'));
    const { gaps, paths } = await walk();
    expect(gaps).toMatchObject([{ externalId: `${home}/${general}/2026-01-05/all`, name: '#general, 2026-01-05' }]);
    expect(paths).toEqual(['#general/2026-01-06']);
    slack.faults.clear();
    const day = await inContainer(gaps[0]?.externalId);
    expect(day.paths).toEqual(['#general/2026-01-05/asked']);
    expect(day.entries).toContainEqual({ state: 'all_listed', externalId: gaps[0]?.externalId });
  });

  test.each([
    ['a message without a time', (message: Record<string, unknown>) => delete message['ts'], (id: string) => id],
    [
      'a file without an id',
      (message: Record<string, unknown>) => (message['files'] = [{ name: 'x' }]),
      (id: string) => `${id}/2026-01-05/all`,
    ],
    [
      'files that are not a list',
      (message: Record<string, unknown>) => (message['files'] = 'x'),
      (id: string) => `${id}/2026-01-05/all`,
    ],
  ])('%s: a gap, because it is unknown what is missing', async (_name, damage, gapOf) => {
    slack.state.post(general, { text: 'damaged', at: monday });
    slack.state.post(general, { text: 'whole', at: monday + 1000 });
    const rewrite = (body: unknown) => {
      const { messages } = body as { messages: Record<string, unknown>[] };
      for (const message of messages) if (message['text'] === 'damaged') damage(message);
      return body;
    };
    slack.faults.add({ path: 'conversations.history', then: { rewrite } });
    const { gaps, paths } = await walk();
    expect(gaps).toMatchObject([{ externalId: gapOf(`${home}/${general}`), code: 'unexpected_answer' }]);
    expect(paths).toEqual(['#general/2026-01-05']);
  });

  test('an incompletely described message is read anyway', async () => {
    const thread = slack.state.post(general, { text: 'asked', at: monday });
    slack.state.post(general, { text: 'answered', thread, at: monday + 1000 });
    const fields = [
      'reply_count',
      'reply_users_count',
      'thread_ts',
      'latest_reply',
      'user',
      'subtype',
      'edited',
      'blocks',
      'attachments',
      'bot_id',
      'username',
    ];
    for (const value of [null, 7, 'x', {}, []]) {
      for (const field of fields) {
        const rewrite = (body: unknown) => {
          for (const message of (body as { messages: Record<string, unknown>[] }).messages) message[field] = value;
          return body;
        };
        slack.faults.clear();
        slack.faults.add({ path: 'conversations.history', then: { rewrite } });
        const { entries, gaps } = await walk();
        const ids = entries.flatMap((entry) => (entry.state === 'present' ? [entry.externalId] : []));
        expect({ field, value, ids, gaps }).toEqual({ field, value, ids: [`${home}/${general}/${thread}`], gaps: [] });
      }
    }
  });
});

describe('messages whose keys the organization has revoked', () => {
  test('are not what Slack shows in their place: the channel is a gap, and their day is not listed', async () => {
    const early = slack.state.post(general, { text: 'secret', at: monday });
    slack.state.post(general, { text: 'public', at: monday + 1000 });
    slack.state.post(general, { text: 'the day after', at: monday + dayMs });
    const before = (await walk()).entries.find((entry) => entry.state === 'present') as ItemRef;
    slack.state.withhold(general, early);
    const { gaps, paths } = await walk();
    expect(gaps).toMatchObject([{ externalId: `${home}/${general}`, code: 'ekm_access_denied' }]);
    expect(paths).toEqual(['#general/2026-01-06']);
    const day = { ...before, externalId: `${home}/${general}/2026-01-05` };
    const withheld = { kind: 'forbidden', code: 'ekm_access_denied', scope: 'item' };
    await expect(connector().fetch(day, calm)).rejects.toMatchObject(withheld);
    expect(await connector().lookUp([day.externalId], calm)).toMatchObject([{ state: 'gap' }]);
  });

  test.each(['withheld first', 'withheld last'])('keep their day although it is on two pages (%s)', async (order) => {
    const posted = Array.from({ length: 250 }, (_, i) => slack.state.post(general, { text: `${i}`, at: monday + i }));
    slack.state.withhold(general, posted.at(order === 'withheld first' ? -1 : 0) ?? '');
    expect(await walk()).toMatchObject({ paths: [], gaps: [{ externalId: `${home}/${general}` }] });
  });

  test('in a thread: its day is a gap', async () => {
    const thread = slack.state.post(general, { text: 'asked', at: monday });
    const reply = slack.state.post(general, { text: 'answered', thread, at: monday + 1000 });
    slack.state.withhold(general, reply);
    const { gaps, paths } = await walk();
    expect(gaps).toMatchObject([{ externalId: `${home}/${general}/2026-01-05/all`, code: 'ekm_access_denied' }]);
    expect(paths).toEqual([]);
  });
});

describe('endless lists', () => {
  const endless = (name: string, page: (body: Record<string, unknown>, n: number) => object): void => {
    let calls = 0;
    const rewrite = (body: unknown) => ({ ...(body as object), ...page(body as Record<string, unknown>, ++calls) });
    slack.faults.add({ path: `/api/${name}$`, then: { rewrite } });
  };
  const next = (cursor: string) => ({ has_more: true, response_metadata: { next_cursor: cursor } });

  test.each([
    ['a repeated cursor', () => next('same')],
    ['the same page with ever new cursors', (_body: object, n: number) => next(`c${n}`)],
    ['empty pages with ever new cursors', (_body: object, n: number) => ({ messages: [], ...next(`c${n}`) })],
  ])('of messages (%s): a gap after few calls', async (_name, page) => {
    slack.state.post(general, { text: 'a', at: monday });
    endless('conversations.history', (body, n) => ({
      ok: true,
      messages: body['messages'] ?? [{ ts: '1767607200.000000', text: 'a' }],
      ...page(body, n),
    }));
    const { gaps } = await walk();
    expect(gaps.map(({ externalId, code }) => `${externalId} ${code}`).toSorted()).toEqual(
      [general, ferry].map((id) => `${home}/${id} endless_listing`).toSorted(),
    );
    expect(slack.log.calls.length).toBeLessThan(60);
  });

  test.each([
    ['a repeated cursor', () => ({ response_metadata: { next_cursor: 'same' } })],
    ['ever new cursors', (_body: object, n: number) => ({ response_metadata: { next_cursor: `c${n}` } })],
  ])('of channels (%s): the listed ones are read, and nothing is removed', async (_name, page) => {
    slack.state.post(general, { text: 'a', at: monday });
    endless('conversations.list', (_body, n) => ({
      ok: true,
      channels: [{ id: general, name: 'general' }],
      ...page({}, n),
    }));
    const { gaps, paths } = await walk();
    expect(gaps).toMatchObject([{ externalId: null, code: 'endless_listing' }]);
    expect(paths).toEqual(['#general/2026-01-05']);
    expect(slack.log.calls.length).toBeLessThan(120);
  });

  test.each([
    ['channels that are not selected', () => {}],
    ['archived channels, which Slack leaves out of a page', (id: string) => slack.state.archive(id)],
  ])('of channels do not end after many pages of %s', async (_name, change) => {
    slack.switches.maxPage = 1;
    for (const id of [general, ferry]) change(id);
    for (let i = 0; i < 300; i++) change(slack.state.channel(`other-${i}`));
    slack.state.post(slack.state.channel('last'), { text: 'a', at: monday });
    const config = { channels: ['last'], includeArchivedChannels: false };
    const { gaps, paths, end } = await walk({ at: 'start' }, connector(config));
    expect(gaps).toEqual([]);
    expect(paths).toEqual(['#last/2026-01-05']);
    expect(end.complete).toBe(true);
  });

  test('of channels are short for a bot, which is offered all that it may read', async () => {
    slack.switches.maxPage = 1;
    const bot = slack.state.user('sync', { isBot: true });
    for (let i = 0; i < 40; i++) slack.state.channel(`other-${i}`);
    const last = slack.state.channel('last', { members: [bot] });
    slack.state.post(last, { text: 'a', at: monday });
    const reader = connector({}, slack.oauth.issue(bot, { isBot: true }).accessToken);
    expect(await reader.choices?.['channels']?.(null, calm)).toEqual([
      { value: last, label: '#last', hasChildren: false },
    ]);
    slack.log.clear();
    expect(await walk({ at: 'start' }, reader)).toMatchObject({ gaps: [], paths: ['#last/2026-01-05'] });
    expect(slack.log.calls.length).toBeLessThan(5);
  });

  test.each([
    ['no word about the end', { response_metadata: {} }],
    ['a channel without an id', { channels: [{ name: 'x' }] }],
  ])('of channels with %s: nothing is removed', async (_name, damage) => {
    endless('conversations.list', () => damage);
    expect((await walk()).gaps).toMatchObject([{ externalId: null, code: 'unexpected_answer' }]);
  });

  test('of channels whose cursors Slack does not accept', async () => {
    slack.switches.maxPage = 1;
    for (const channel of [general, ferry]) slack.state.post(channel, { text: 'a', at: monday });
    const then = { status: 200, body: slug('invalid_cursor') };
    slack.faults.add({ path: 'conversations.list', when: (asked) => argOf(asked, 'cursor') !== null, then });
    expect(await walk()).toMatchObject({ gaps: [{ externalId: null }], paths: ['#general/2026-01-05'] });
  });

  test('of messages whose cursors Slack does not accept: restarted a few times, then a gap', async () => {
    for (let i = 0; i < 250; i++) slack.state.post(general, { text: `${i}`, at: monday + i * 1000 });
    const then = { status: 200, body: slug('invalid_cursor') };
    slack.faults.add({ path: 'conversations.history', when: (asked) => argOf(asked, 'cursor') !== null, then });
    expect((await walk()).gaps).toMatchObject([{ externalId: `${home}/${general}`, code: 'checkpoint_expired' }]);
    expect(slack.log.calls.length).toBeLessThan(40);
  });

  test('of replies: that thread’s day is a gap', async () => {
    const thread = slack.state.post(general, { text: 'asked', at: monday });
    slack.state.post(general, { text: 'answered', thread, at: monday + 1000 });
    slack.faults.add({
      path: 'conversations.replies',
      then: {
        rewrite: (body) =>
          typeof body === 'object' && body !== null && 'messages' in body
            ? { ...body, ...next('same') }
            : { ok: true, messages: [{ ts: thread, text: 'asked' }], ...next('same') },
      },
    });
    expect((await walk()).gaps).toMatchObject([
      { externalId: `${home}/${general}/2026-01-05/all`, code: 'endless_listing' },
    ]);
  });
});

describe('line 16: an archived channel', () => {
  test('keeps its text, is not read repeatedly, and is read again once it is unarchived', async () => {
    slack.state.post(general, { text: 'a', at: Date.now() - dayMs });
    slack.state.find(general).archived = true;
    const first = await walk();
    expect(first.paths).toHaveLength(1);
    slack.log.clear();
    const second = await again(first);
    expect(slack.log.counts()['POST /api/conversations.history']).toBe(1);
    expect(second.entries.filter(({ state }) => state === 'deleted')).toEqual([]);
    slack.state.find(general).archived = false;
    slack.state.post(general, { text: 'b', at: Date.now() - 1000 });
    expect((await again(second)).paths.length).toBeGreaterThan(0);
  });

  test('is left out if the config says so', async () => {
    slack.state.post(general, { text: 'a', at: monday });
    slack.state.find(general).archived = true;
    expect((await walk({ at: 'start' }, connector({ includeArchivedChannels: false }))).paths).toEqual([]);
  });
});

describe('files', () => {
  const itemOf = async (): Promise<ItemRef> => {
    const { entries } = await walk();
    const file = entries.find((entry) => entry.state === 'present' && entry.itemType === 'file');
    // These are the fields that the database keeps.
    const { fetchedAs: _ofListing, ...kept } = file as ItemRef;
    return kept;
  };
  const canvas = { name: 'Tides', mimetype: 'application/vnd.slack-docs', content: '<h1>High water at six</h1>' };

  test.each(['quip', 'canvas', 'hosted'])('case 10: a canvas (mode %s) is returned as HTML, and read', async (mode) => {
    slack.state.post(general, { text: 'see', files: [slack.state.addFile({ ...canvas, mode })], at: monday });
    const { bytes, mimeType } = await connector().fetch(await itemOf(), calm);
    expect([mimeType, new TextDecoder().decode(bytes)]).toEqual(['text/html', canvas.content]);
  });

  test('case 10: Slack’s login page is never taken for a canvas', async () => {
    slack.state.post(general, { text: 'see', files: [slack.state.addFile({ ...canvas, mode: 'quip' })], at: monday });
    const item = await itemOf();
    slack.faults.add({ path: '^/files-pri/', then: { status: 200, body: '<title>Sign in | Slack</title>' } });
    await expect(connector().fetch(item, calm)).rejects.toMatchObject({ code: 'login_page', scope: 'item' });
  });
});

describe('names', () => {
  test('a person whose name Slack never returns is shown by id; no message is lost because of it', async () => {
    slack.state.post(general, { user: ana, text: 'a', at: monday });
    for (const answer of [slug('internal_error'), slug('missing_scope', { needed: 'users:read' }), { ok: true }]) {
      slack.faults.clear();
      slack.faults.add({ path: 'users.info', then: { status: 200, body: answer } });
      const from = connector();
      const { entries } = await walk({ at: 'start' }, from);
      const item = entries.find((entry) => entry.state === 'present') as ItemRef;
      let text = '';
      for (let tries = 0; tries < 3 && text === ''; tries++)
        text = await from.fetch(item, calm).then(
          ({ bytes }) => new TextDecoder().decode(bytes),
          () => '',
        );
      expect(text).toContain(`${ana}, 2026-01-05 10:00 UTC:\na`);
    }
  });
});

describe('an organization', () => {
  let second: string;
  beforeEach(() => {
    slack.state.enterprise = { id: 'E0ORG', name: 'Harbours' };
    slack.state.teams.set('T0SECOND', 'Second');
    second = slack.state.channel('second', { teams: ['T0SECOND'] });
    for (const id of [general, second]) slack.state.post(id, { text: 'a', at: monday });
  });
  const ofOrganization = () => connector({}, slack.oauth.issue(ana, { isOrgWide: true }).accessToken);

  test.each([
    ['with no word about the end', { teams: [{ id: 'T0HARBOUR' }], response_metadata: {} }],
    ['with a workspace without an id', { teams: [{ id: 'T0HARBOUR' }, { name: 'Second' }] }],
  ])('whose list of workspaces is one %s: the listed ones are read, and nothing is removed', async (_name, damage) => {
    const rewrite = (body: unknown) => ({ ...(body as object), ...damage });
    slack.faults.add({ path: '/api/auth.teams.list$', then: { rewrite } });
    const { gaps, paths } = await walk({ at: 'start' }, ofOrganization());
    expect(gaps).toMatchObject([{ externalId: null, code: 'unexpected_answer' }]);
    expect(paths).toEqual(['#general/2026-01-05']);
  });

  test('whose list of workspaces has no readable one is a gap, not a rejected request', async () => {
    slack.faults.add({
      path: '/api/auth.teams.list$',
      then: { rewrite: (body) => ({ ...(body as object), teams: [{}] }) },
    });
    expect(await walk({ at: 'start' }, ofOrganization())).toMatchObject({ paths: [], gaps: [{ externalId: null }] });
  });

  /** What Slack answers when the channels of the first workspace are requested. */
  const refuseFirst = (body: object) => {
    const when = (asked: SimulatedCall) => argOf(asked, 'team_id') === 'T0HARBOUR';
    slack.faults.add({ path: '/api/conversations.list$', when, then: { status: 200, body } });
  };

  test.each([
    'accesslimited',
    'access_denied',
    'enterprise_is_restricted',
    'org_login_required',
    'team_access_not_granted',
    'two_factor_setup_required',
  ])('of which one workspace answers %s: the others are read, and nothing is removed', async (error) => {
    refuseFirst(slug(error));
    const { gaps, paths } = await walk({ at: 'start' }, ofOrganization());
    expect(gaps).toMatchObject([{ externalId: null, name: 'workspace T0HARBOUR', code: error }]);
    expect(paths).toEqual(['#second/2026-01-05']);
    const offered = await ofOrganization().choices?.['channels']?.(null, calm);
    expect(offered?.map(({ value }) => value)).toEqual([second]);
  });

  test.each([
    ['internal_error', 'unavailable'],
    ['ratelimited', 'rate_limited'],
    ['token_revoked', 'unauthorized'],
  ])('of which one workspace answers %s: the account waits, and no workspace is left out', async (error, kind) => {
    refuseFirst(slug(error));
    const failed = ofOrganization().listPage({ at: 'start' }, calm);
    await expect(failed).rejects.toMatchObject({ kind, scope: 'account' });
  });
});

test('choices that the only workspace refuses are not an empty list', async () => {
  slack.faults.add({ path: '/api/conversations.list$', then: { status: 200, body: slug('access_denied') } });
  await expect(connector().choices?.['channels']?.(null, calm)).rejects.toMatchObject({ code: 'access_denied' });
});

test('a look-up that Slack refuses to answer is not a deletion', async () => {
  slack.state.post(general, { text: 'a', at: monday });
  const id = `${home}/${general}/2026-01-05`;
  refuse('conversations.history', general, slug('not_in_channel'));
  expect(await connector().lookUp([id], calm)).toMatchObject([{ state: 'gap', externalId: `${id}/all` }]);
  slack.faults.clear();
  slack.faults.add({ path: 'conversations.info', then: { status: 200, body: slug('internal_error') } });
  expect(await connector().lookUp([id], calm)).toMatchObject([{ state: 'gap' }]);
  slack.faults.clear();
  expect(await connector().lookUp([id], calm)).toMatchObject([{ state: 'present', externalId: id }]);
});

describe('a kind of channels that the sign-in may not list', () => {
  const scopes = ['channels:read', 'channels:history', 'users:read', 'files:read', 'im:read', 'im:history'];
  const config = { includePrivateChannels: true, includeDirectMessages: true };
  const asAna = (more: readonly string[] = []) =>
    connector(config, slack.oauth.issue(ana, { scopes: [...scopes, ...more] }).accessToken);

  test('is a gap, and the other kinds are synced', async () => {
    const bo = slack.state.user('bo', { displayName: 'Bo' });
    const council = slack.state.channel('council', { kind: 'private', members: [ana] });
    const direct = slack.state.channel('', { kind: 'im', members: [ana, bo] });
    for (const channel of [general, council, direct]) slack.state.post(channel, { text: 'a', at: monday });
    const { paths, gaps, end } = await walk({ at: 'start' }, asAna());
    expect(paths).toEqual(['#general/2026-01-05', '@Bo/2026-01-05']);
    expect(gaps).toMatchObject([
      { externalId: `${home}/private_channel`, name: 'private channels', code: 'insufficient_scope' },
      { externalId: `${home}/mpim`, name: 'group direct messages', message: expect.stringContaining('mpim:read') },
    ]);
    expect(end.complete).toBe(true);
    const council1 = `${home}/${council}/2026-01-05`;
    expect(await asAna().lookUp([council1], calm)).toMatchObject([{ state: 'gap' }]);
  });

  test('closes its gap once the permission is there', async () => {
    const gap: Position = { at: 'container', externalId: `${home}/private_channel` };
    expect((await walk(gap, asAna())).gaps).toMatchObject([gap].map(({ externalId }) => ({ externalId })));
    expect((await walk(gap, asAna(['groups:read', 'groups:history']))).entries).toEqual([]);
    expect((await walk(gap, connector())).entries).toEqual([]);
  });

  test('stops the listing if it is that of public channels', async () => {
    const none = connector(config, slack.oauth.issue(ana, { scopes: ['groups:read'] }).accessToken);
    await expect(walk({ at: 'start' }, none)).rejects.toMatchObject({ kind: 'insufficient_scope', scope: 'account' });
  });
});

describe('messages that the free plan hides', () => {
  const day = (daysAgo: number): string => new Date(Date.now() - daysAgo * dayMs).toISOString().slice(0, 10);
  const noon = (daysAgo: number): number => Date.parse(`${day(daysAgo)}T12:00:00Z`);

  test('are not deleted: a look-up leaves them open, and still tells what was deleted', async () => {
    const old = slack.state.post(general, { text: 'old', at: noon(120) });
    slack.state.post(general, { text: 'indeed', thread: old, at: noon(120) + 1000 });
    slack.state.post(general, { text: 'alone', at: noon(119) });
    const recent = slack.state.post(general, { text: 'recent', at: noon(5) });
    const ids = (await walk()).entries.flatMap((entry) => (entry.state === 'present' ? [entry.externalId] : []));
    expect(ids).toHaveLength(3);
    slack.state.hiddenBefore = noon(90);
    slack.state.post(general, { text: 'kept', at: noon(10) });
    slack.state.delete(general, recent);
    const found = await connector().lookUp(ids, calm);
    const open = { state: 'gap', code: 'hidden_messages' };
    expect(found).toMatchObject([
      { state: 'deleted', externalId: `${home}/${general}/${day(5)}` },
      { ...open, externalId: `${home}/${general}/${day(120)}/all` },
      { ...open, externalId: `${home}/${general}/${day(119)}/all` },
    ]);
  });

  test.each([89, 90, 91, 95])(
    'do not shorten the day of which they hide the beginning, even if Slack hides early or late: %i days',
    async (age) => {
      slack.state.post(general, { text: 'morning', at: noon(age) - 3_600_000 });
      slack.state.post(general, { text: 'evening', at: noon(age) + 3_600_000 });
      slack.state.post(general, { text: 'recent', at: noon(5) });
      slack.state.hiddenBefore = noon(age);
      const id = `${home}/${general}/${day(age)}`;
      expect((await walk()).paths).toEqual([`#general/${day(5)}`]);
      expect(await connector().lookUp([id], calm)).toMatchObject([{ state: 'gap', code: 'hidden_messages' }]);
    },
  );

  test('are found out once for each channel, not once for each thread', async () => {
    for (let i = 0; i < 30; i++) {
      const thread = slack.state.post(general, { text: `question ${i}`, at: noon(150 - i) });
      slack.state.post(general, { text: 'answer', thread, at: noon(150 - i) + 1000 });
    }
    slack.state.post(general, { text: 'recent', at: noon(5) });
    const ids = (await walk()).entries.flatMap((entry) => (entry.state === 'present' ? [entry.externalId] : []));
    const old = ids.filter((id) => !id.endsWith(day(5))).toSorted();
    expect(old).toHaveLength(30);
    slack.state.hiddenBefore = noon(90);
    slack.log.clear();
    const reader = connector();
    for (const batch of [old.slice(0, 15), old.slice(15)])
      expect(new Set((await reader.lookUp(batch, calm)).map(({ state }) => state))).toEqual(new Set(['gap']));
    const calls = slack.log.calls.filter(({ path }) => /history|replies/.test(path));
    expect(calls.length).toBeLessThanOrEqual(2);
  });

  test('are not deleted if Slack says only beside visible messages that the plan limits them', async () => {
    const old = slack.state.post(general, { text: 'old', at: noon(120) });
    slack.state.post(general, { text: 'indeed', thread: old, at: noon(120) + 1000 });
    const recent = slack.state.post(general, { text: 'recent', at: noon(5) });
    slack.state.hiddenBefore = noon(90);
    const rewrite = (body: unknown) => {
      const { is_limited: limited, ...answer } = body as { messages?: readonly object[]; is_limited?: boolean };
      return limited === true && answer.messages?.length !== 0 ? body : answer;
    };
    slack.faults.add({ path: 'conversations.history', then: { rewrite } });
    const id = `${home}/${general}/${old}`;
    expect(await connector().lookUp([id], calm)).toMatchObject([{ state: 'gap', code: 'hidden_messages' }]);
    slack.state.hiddenBefore = null;
    slack.state.find(general).messages = slack.state.find(general).messages.filter(({ ts }) => ts === recent);
    expect(await connector().lookUp([id], calm)).toMatchObject([{ state: 'deleted', externalId: id }]);
  });
});

test.each([400, 401, 403, 404, 410])('a proxy’s page with status %i proves nothing', async (status) => {
  slack.state.post(general, { text: 'a', at: monday });
  const item = (await walk()).entries.find((entry) => entry.state === 'present') as ItemRef;
  for (const body of ['<html>Sign in</html>', '', {}, { message: 'no Route matched' }]) {
    slack.faults.add({ path: '', then: { status, body } });
    const unexpected = { kind: 'unavailable', code: 'unexpected_answer' };
    await expect(connector().check(calm)).rejects.toMatchObject({ ...unexpected, scope: 'account' });
    await expect(walk()).rejects.toMatchObject({ ...unexpected, scope: 'account' });
    await expect(connector().fetch(item, calm)).rejects.toMatchObject({ ...unexpected, scope: 'item' });
    slack.faults.clear();
  }
});
