/**
 * Tests what is specific to Slack: threads and days, channels, names and markup, files, both rate limit regimes, Grid,
 * and its errors.
 */

import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import type { Checkpoint, Entry, ItemRef, ListPage, Position } from '../../../domain/source.ts';
import type { Grant } from '../../../tools/simulators/slack/oauth.ts';
import { type SlackSimulator, startSlack } from '../../../tools/simulators/slack/server.ts';
import type { AccessTokenProvider, Connector } from '../connector.ts';
import { slackConfig } from './config.ts';
import { createSlackConnector } from './connector.ts';
import { slackOAuth } from './oauth.ts';

const calm = new AbortController().signal;
const maxItemBytes = 64 * 1024;
/** Ten o'clock, so that an hour more or less is on the same day. */
const monday = Date.UTC(2026, 0, 5, 10);
let slack: SlackSimulator;
let ana: string;
let general: string;
beforeEach(async () => {
  slack = await startSlack();
  ana = slack.state.user('ana', { displayName: 'Ana Okoye' });
  general = slack.state.channel('general', { members: [ana] });
});
afterEach(async () => {
  expect(slack.log.mutating()).toEqual([]);
  await slack[Symbol.asyncDispose]();
});

function connector(config: object = {}, over: Partial<Grant> = {}, tokens = tokensOf(over)): Connector {
  const throttle = async (): Promise<void> => await Promise.resolve();
  const context = { tokens, throttle, logger: pino({ level: 'silent' }), maxItemBytes };
  return createSlackConnector(slackConfig.parse(config), context, slack.url);
}

function tokensOf(over: Partial<Grant>): AccessTokenProvider {
  const { accessToken } = slack.oauth.issue(ana, over);
  return { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
}

interface Walked {
  readonly entries: readonly Entry[];
  readonly items: readonly ItemRef[];
  readonly end: Extract<ListPage['next'], { more: false }>;
}

async function walk(from: Connector, start: Position = { at: 'start' }): Promise<Walked> {
  const entries: Entry[] = [];
  for (let position = start; ;) {
    const page = await from.listPage(position, calm);
    entries.push(...page.entries);
    if (!page.next.more) {
      const items = entries.flatMap((entry) => (entry.state === 'present' ? [entry] : []));
      return { entries, items, end: page.next };
    }
    position = { at: 'cursor', cursor: page.next.cursor };
  }
}

const pathsOf = ({ items }: Walked): string[] => items.map((item) => item.path ?? '').toSorted();
const fingerprints = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await walk(connector())).items.map((item) => [item.path, item.fingerprint.value]));

async function textOf(item: ItemRef | undefined): Promise<string> {
  return new TextDecoder().decode((await connector().fetch(item as ItemRef, calm)).bytes);
}

describe('documents', () => {
  test('a thread is one document, and so are the single messages of a day (UTC)', async () => {
    const thread = slack.state.post(general, { text: 'Who has the key?', at: monday });
    slack.state.post(general, { text: 'Bo has', thread, at: monday + 90_000 });
    slack.state.post(general, { text: 'fog', at: monday + 60_000 });
    slack.state.post(general, { text: 'sun', at: monday + 120_000 });
    slack.state.post(general, { text: 'just after midnight', at: Date.UTC(2026, 0, 6, 0, 0, 1) });
    const walked = await walk(connector());
    expect(pathsOf(walked)).toEqual([
      '#general/2026-01-05',
      '#general/2026-01-05/Who has the key?',
      '#general/2026-01-06',
    ]);
    const [question, day] = ['Who has the key?', '#general, 2026-01-05'].map((name) =>
      walked.items.find((item) => item.name === name),
    );
    expect(question).toMatchObject({
      externalId: `T0HARBOUR/${general}/${thread}`,
      itemType: 'message',
      modifiedAt: '2026-01-05T10:01:30.000Z',
      webUrl: `https://harbour.slack.com/archives/${general}/p${thread.replace('.', '')}`,
    });
    expect(await textOf(question)).toBe(
      '# #general, 2026-01-05\n\nAna Okoye, 2026-01-05 10:00 UTC:\nWho has the key?\n\nAna Okoye, 2026-01-05 10:01 UTC:\nBo has',
    );
    expect(await textOf(day)).toContain('10:01 UTC:\nfog\n\nAna Okoye, 2026-01-05 10:02 UTC:\nsun');
    expect(walked.end).toMatchObject({ complete: true });
  });

  test('a thread is titled by its first line, links by their text', async () => {
    const markup = 'When? See <https://x.example/a?b=1&amp;c=2|the timetable>\nand more';
    const thread = slack.state.post(general, { markup, at: monday });
    slack.state.post(general, { text: 'at nine', thread, at: monday + 1000 });
    expect((await walk(connector())).items.map((item) => item.name)).toEqual(['When? See the timetable']);
  });

  test('a fingerprint changes with every edit, reply and deletion in its document, and only then', async () => {
    const thread = slack.state.post(general, { text: 'thread', at: monday });
    const reply = slack.state.post(general, { text: 'one', thread, at: monday + 1000 });
    const lone = slack.state.post(general, { text: 'lone', at: monday });
    const [threadPath, dayPath] = ['#general/2026-01-05/thread', '#general/2026-01-05'];
    const changes: readonly (readonly [() => void, string | null])[] = [
      [() => slack.state.edit(general, reply, 'two'), threadPath],
      [() => void slack.state.post(general, { text: 'more', thread, at: monday + 5000 }), threadPath],
      [() => slack.state.delete(general, reply), threadPath],
      [() => slack.state.edit(general, lone, 'alone'), dayPath],
      [() => void slack.state.post(general, { text: 'another', at: monday + 9000 }), dayPath],
      [() => slack.state.delete(general, lone), dayPath],
      [() => slack.state.react(general, thread), null],
      [() => void slack.state.post(general, { markup: 'joined', subtype: 'channel_join', at: monday }), null],
    ];
    for (const [change, changed] of changes) {
      const before = await fingerprints();
      change();
      const after = await fingerprints();
      expect(Object.keys(after).filter((path) => after[path] !== before[path])).toEqual(
        changed === null ? [] : [changed],
      );
    }
  });

  test('a deleted first message leaves its replies; a reply that was also sent to the channel belongs to its thread', async () => {
    const thread = slack.state.post(general, { text: 'gone soon', at: monday });
    slack.state.post(general, { text: 'an answer', thread, at: monday + 1000, subtype: 'thread_broadcast' });
    slack.state.delete(general, thread);
    const walked = await walk(connector());
    expect(pathsOf(walked)).toContain('#general/2026-01-05/an answer');
    expect(new Set(pathsOf(walked)).size).toBe(1);
    expect(await textOf(walked.items[0])).toContain('(This message was deleted.)');
  });

  test('a day and a thread with more messages than one call returns are complete', async () => {
    const thread = slack.state.post(general, { text: 'long', at: monday });
    for (let i = 0; i < 450; i++) {
      slack.state.post(general, { text: `reply ${i}`, thread, at: monday + 1000 * i });
      slack.state.post(general, { text: `lone ${i}`, at: monday + 1000 * i });
    }
    const { items } = await walk(connector());
    expect(items).toHaveLength(2);
    for (const item of items) expect((await textOf(item)).match(/UTC:/g)?.length).toBeGreaterThanOrEqual(450);
  });

  test('markup becomes names, links and characters', async () => {
    const bo = slack.state.user('bo', { displayName: 'Bo Lind' });
    const markup = `<@${bo}> in <#${general}>: <https://x.example/a?b=1&amp;c=2|the log> &lt;now&gt; :tada: :parrot: <!here> <!subteam^S1|@crew> <mailto:a@b.c|a@b.c>`;
    slack.state.post(general, { markup, at: monday });
    const attachments = [{ fallback: 'build failed' }, { from_url: 'https://x.example', text: 'a preview' }];
    slack.state.post(general, { text: '', attachments, at: monday + 1000 });
    const text = await textOf((await walk(connector())).items[0]);
    expect(text).toContain(
      '@Bo Lind in #general: [the log](https://x.example/a?b=1&c=2) <now> 🎉 :parrot: @here @crew a@b.c',
    );
    expect(text).toContain('build failed');
    expect(text).not.toContain('preview');
  });

  test('text in attachments and blocks of apps counts as well: reading a long thread ends when it is too much', async () => {
    const attachments = [{ text: 'x'.repeat(1000) }];
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(1000) } }];
    for (const written of [{ attachments }, { blocks }]) {
      const thread = slack.state.post(general, { markup: '', ...written, at: monday });
      for (let i = 1; i < 600; i++)
        slack.state.post(general, { markup: '', ...written, thread, at: monday + i * 1000 });
      const { items } = await walk(connector());
      slack.log.clear();
      await expect(textOf(items.at(-1))).rejects.toMatchObject({ kind: 'too_large' });
      expect(slack.log.counts()['POST /api/conversations.replies']).toBe(1);
    }
  });

  test('a thread too long even for a listing is skipped, and the listing goes on', async () => {
    const thread = slack.state.post(general, { text: 'alerts', at: monday });
    const text = 'x'.repeat(130_000);
    for (let i = 1; i < 530; i++) slack.state.post(general, { text, thread, at: monday + i * 1000 });
    slack.state.post(general, { text: 'fog', at: monday - 3_600_000 });
    const { items, end } = await walk(connector());
    expect(items.map((item) => [item.externalId.split('/')[2], item.skip?.code])).toEqual([
      [thread, 'too_large'],
      ['2026-01-05', undefined],
    ]);
    expect(end).toMatchObject({ complete: true });
    const [looked] = await connector().lookUp([items[0]?.externalId ?? ''], calm);
    expect(looked).toMatchObject({ skip: { code: 'too_large' } });
  });

  test('one that is too large is skipped while it is read', async () => {
    for (let i = 0; i < 10; i++) slack.state.post(general, { text: 'x'.repeat(10_000), at: monday + i });
    const [day] = (await walk(connector())).items;
    await expect(textOf(day)).rejects.toMatchObject({ kind: 'too_large' });
  });
});

test('an author of another organization, whom Slack does not return by id, has the name in the message', async () => {
  const profile = { display_name: 'Cleo', real_name: 'Cleo Moreau', team: 'T0OTHER' };
  slack.state.post(general, { user: 'U0OTHER', text: 'from afar', profile, at: monday });
  slack.state.post(general, { user: 'U0OTHER', text: 'without', profile: 7 as never, at: monday + 1000 });
  const [item] = (await walk(connector())).items;
  const text = await textOf(item);
  expect(text).toMatch(/^Cleo, .*:\nfrom afar$/m);
  expect(text).toMatch(/^U0OTHER, .*:\nwithout$/m);
});

describe('files', () => {
  const share = (file: Parameters<typeof slack.state.addFile>[0]): string => {
    const id = slack.state.addFile(file);
    slack.state.post(general, { text: 'see', files: [id], at: monday });
    return id;
  };
  const fileItems = async () => (await walk(connector())).items.filter((item) => item.itemType === 'file');

  test('are separate items that belong to their thread or day', async () => {
    const id = share({ name: 'Maße.csv', mimetype: 'text/csv', content: 'a,b' });
    const [file] = await fileItems();
    expect(file).toMatchObject({
      externalId: `T0HARBOUR/${general}/2026-01-05/${id}`,
      parentExternalId: `T0HARBOUR/${general}/2026-01-05`,
      path: '#general/2026-01-05/Maße.csv',
      mimeType: 'text/csv',
      size: 3,
    });
    expect(await textOf(file)).toBe('a,b');
  });

  test.each([
    ['external', 'external_file'],
    ['hidden_by_limit', 'hidden_file'],
    ['tombstone', 'deleted_file'],
  ])('of mode %s are skipped with a reason', async (mode, code) => {
    share({ name: 'a.md', content: 'a', mode });
    expect((await fileItems()).map((item) => item.skip?.code)).toEqual([code]);
  });

  test('shorter than Slack states are downloaded again, and accepted at the last try if they arrived as sent', async () => {
    share({ name: 'a.md', content: 'the whole file', mimetype: 'text/markdown' });
    const [file] = await fileItems();
    const body = Buffer.from('the file');
    slack.faults.add({ path: '^/files-pri/', then: { status: 200, body } });
    await expect(textOf(file)).rejects.toMatchObject({ kind: 'unavailable', code: 'cut_short' });
    const { bytes } = await connector().fetch(file as ItemRef, calm, true);
    expect(Buffer.from(bytes).toString()).toBe('the file');
    slack.faults.clear();
    slack.faults.add({ path: '^/files-pri/', then: { truncate: 0.5 } });
    await expect(connector().fetch(file as ItemRef, calm, true)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('of a message that Slack itself writes, such as the notes of a huddle, are items', async () => {
    const id = slack.state.addFile({ name: 'notes.md', content: 'We agreed.', mimetype: 'text/markdown' });
    slack.state.post(general, { text: 'A huddle happened', subtype: 'huddle_thread', at: monday, files: [id] });
    slack.state.post(general, { text: 'joined', subtype: 'channel_join', at: monday + 1000 });
    const [file] = await fileItems();
    expect(await textOf(file)).toBe('We agreed.');
    const day = (await walk(connector())).items.find(({ itemType }) => itemType === 'message');
    expect(await textOf(day)).not.toContain('joined');
  });

  test('of a forwarded message belong to the message that forwards it', async () => {
    const file = { id: 'F0PLAN', name: 'plan.md', mimetype: 'text/markdown', mode: 'hosted' };
    const forwarded = {
      is_share: true,
      from_url: 'https://harbour.slack.com/archives/C1/p1',
      text: 'a',
      files: [file],
    };
    const preview = { from_url: 'https://x.example', title: 'b', files: [{ ...file, id: 'F0OTHER' }] };
    slack.state.post(general, { text: 'see', at: monday, attachments: [forwarded, preview] });
    expect(pathsOf(await walk(connector()))).toEqual(['#general/2026-01-05', '#general/2026-01-05/plan.md']);
  });

  test('of shared channels, which come as ids only, have their name, type and address requested', async () => {
    share({ name: 'a.md', content: 'theirs', mimetype: 'text/markdown', access: 'check_file_info' });
    const [file] = await fileItems();
    expect(file).toMatchObject({ name: 'a.md', mimeType: 'text/markdown' });
    expect(await textOf(file)).toBe('theirs');
    expect(slack.log.counts()['POST /api/files.info']).toBe(1);
    const day = (await walk(connector())).items.find(({ itemType }) => itemType === 'message');
    expect(await textOf(day)).toContain('Files: a.md');
  });

  test.each(['file_not_found', 'internal_error', 'missing_scope'])(
    'of shared channels for which Slack answers %s concern only that file',
    async (error) => {
      share({ name: 'a.md', content: 'theirs', access: 'check_file_info' });
      share({ name: 'b.md', content: 'ours' });
      slack.faults.add({ path: '/files.info$', then: { status: 200, body: { ok: false, error } } });
      const { items, entries } = await walk(connector());
      expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['unnamed file', 'b.md']));
      expect(entries.filter(({ state }) => state === 'gap')).toEqual([]);
    },
  );

  test.each(['html', 'redirect'] as const)(
    'a login page (%s) is never taken for a file, and a lost sign-in is reported as such',
    async (loginPage) => {
      share({ name: 'a.md', content: 'a' });
      const [file] = await fileItems();
      slack.switches.loginPage = loginPage;
      const scopes = slackOAuth.scopes.filter((scope) => scope !== 'files:read');
      const open = async (from: Connector) => await from.fetch(file as ItemRef, calm);
      await expect(open(connector({}, { scopes }))).rejects.toMatchObject({ kind: 'insufficient_scope' });
      const signedOut = connector();
      slack.oauth.revokeGrants(ana);
      await expect(open(signedOut)).rejects.toMatchObject({ kind: 'unauthorized' });
    },
  );

  test('for which only the login page is returned concern only that file', async () => {
    share({ name: 'a.md', content: 'a' });
    const [file] = await fileItems();
    slack.faults.add({ path: '^/files-pri/', then: { status: 200, body: '<title>Sign in | Slack</title>' } });
    await expect(connector().fetch(file as ItemRef, calm)).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'login_page',
    });
  });

  test('are downloaded with the next token if theirs expires in the middle of a sync', async () => {
    share({ name: 'a.md', content: 'a' });
    const [file] = await fileItems();
    const tokens = [slack.oauth.issue(ana).accessToken];
    const provider: AccessTokenProvider = {
      accessToken: async () => await Promise.resolve(tokens.at(-1) ?? ''),
      invalidate: () => void tokens.push(slack.oauth.issue(ana).accessToken),
    };
    slack.oauth.expireAccessTokens();
    const { bytes } = await connector({}, {}, provider).fetch(file as ItemRef, calm);
    expect(new TextDecoder().decode(bytes)).toBe('a');
  });

  test('the token goes to Slack’s own host only', async () => {
    share({ name: 'a.md', content: 'a' });
    const [file] = await fileItems();
    const elsewhere = { ...file, fetchHints: { url: 'http://127.0.0.1:9/files-pri/T-F/a' } } as ItemRef;
    await expect(connector().fetch(elsewhere, calm)).rejects.toMatchObject({ code: 'foreign_file' });
  });
});

describe('channels', () => {
  test('are all public ones, none of which is joined; private ones and direct messages only if configured', async () => {
    const bo = slack.state.user('bo', { displayName: 'Bo Lind' });
    const kinds = { public: 'open', private: 'crew', im: 'im', mpim: 'mpdm-ana--bo-1' } as const;
    for (const [kind, name] of Object.entries(kinds) as [keyof typeof kinds, string][]) {
      const id = slack.state.channel(name, { kind, members: kind === 'public' ? [] : [ana, bo] });
      slack.state.post(id, { text: kind, at: monday });
    }
    slack.state.post(slack.state.channel('secret', { kind: 'private', members: [bo] }), {
      text: 'not mine',
      at: monday,
    });
    const labels = async (config: object) => pathsOf(await walk(connector(config))).map((path) => path.split('/')[0]);
    expect(await labels({})).toEqual(['#open']);
    expect(await labels({ includePrivateChannels: true })).toEqual(['#crew', '#open']);
    expect(await labels({ includeDirectMessages: true })).toEqual(['#open', '@Bo Lind', '@ana, bo']);
  });

  test('can be chosen: by id, from a list, with a note about those that cannot be read', async () => {
    const ferry = slack.state.channel('ferry');
    for (const id of [general, ferry]) slack.state.post(id, { text: 'a', at: monday });
    expect(pathsOf(await walk(connector({ channels: [ferry] })))).toEqual(['#ferry/2026-01-05']);
    const choices = await connector().choices?.['channels']?.(null, calm);
    expect(choices?.map(({ value, label }) => [value, label])).toEqual([
      [ferry, '#ferry'],
      [general, '#general'],
    ]);
    await expect(connector({ channels: ['C0NOWHERE'] }).check(calm)).rejects.toMatchObject({ code: 'unknown_channel' });
    // One of several that is gone is named by each job, and must not refuse a new sign-in.
    await connector({ channels: ['C0NOWHERE', ferry] }).check(calm);
    const crew = slack.state.channel('crew', { kind: 'private', members: [ana] });
    await expect(connector({ channels: [crew] }).check(calm)).rejects.toThrow(/includePrivateChannels/);
    expect(slackConfig.safeParse({ channels: ['a b'] }).error?.issues[0]?.message).toMatch(/channel’s name/);
  });

  test('are selected by names and patterns, without those excluded, from a day on', async () => {
    const ferry = slack.state.channel('ferry');
    for (const id of [general, ferry, slack.state.channel('ferry-alerts')])
      for (const at of [monday, monday + 3 * 86_400_000]) slack.state.post(id, { text: 'a', at });
    const paths = async (config: object) => pathsOf(await walk(connector(config)));
    const chosen = { channels: ['#ferry*'], excludeChannels: ['*-alerts'] };
    expect(await paths(chosen)).toEqual(['#ferry/2026-01-05', '#ferry/2026-01-08']);
    const since = connector({ ...chosen, since: '2026-01-06' });
    expect(pathsOf(await walk(since))).toEqual(['#ferry/2026-01-08']);
    expect((await walk(since)).end).toMatchObject({ complete: true });
    const before = (await walk(connector(chosen))).items.at(-1);
    expect(since.selects?.({ kind: 'item', path: '', containers: [], ...(before as ItemRef) })).toBe(false);
    const excluded = connector({ excludeChannels: [ferry] });
    expect(await excluded.lookUp([before?.externalId ?? ''], calm)).toMatchObject([{ state: 'deleted' }]);
  });

  test('are listed in pages, with cursors that end in "="', async () => {
    slack.switches.maxPage = 2;
    for (let i = 0; i < 5; i++) slack.state.post(slack.state.channel(`c${i}`), { text: 'a', at: monday });
    expect(pathsOf(await walk(connector()))).toHaveLength(5);
  });

  test('a bot’s token reads where the bot is a member', async () => {
    for (const id of [general, slack.state.channel('elsewhere')]) slack.state.post(id, { text: 'a', at: monday });
    expect(pathsOf(await walk(connector({}, { isBot: true })))).toEqual(['#general/2026-01-05']);
  });

  test('that the config names and the account no longer has are named, by id and by name', async () => {
    const [ferry, gone, crew] = [
      slack.state.channel('ferry'),
      slack.state.channel('gone'),
      slack.state.channel('crew', { kind: 'private', members: [ana] }),
    ];
    for (const id of [ferry, gone, crew]) slack.state.post(id, { text: 'a', at: monday });
    const lost = async (config: object, start?: Position) =>
      (await walk(connector(config), start)).entries.flatMap((entry) =>
        entry.state === 'gap' ? [`${entry.code} ${entry.name} ${entry.externalId}`] : [],
      );
    const ids = { channels: [ferry, gone] };
    const { end } = await walk(connector(ids));
    slack.state.channels.delete(gone);
    slack.state.find(ferry).name = 'boats';
    const named = [`unknown_channel #${gone} selected channel ${gone}`];
    expect(await lost(ids)).toEqual(named);
    // A window names it once, when it is lost.
    const window = await walk(connector(ids), { at: 'checkpoint', checkpoint: end.checkpoint as Checkpoint });
    expect(window.entries).toContainEqual(expect.objectContaining({ state: 'gap', code: 'unknown_channel' }));
    expect(await lost(ids, { at: 'checkpoint', checkpoint: window.end.checkpoint as Checkpoint })).toEqual([]);

    slack.switches.maxPage = 1;
    const names = { channels: ['general', 'ferry', 'Boats', 'crew', 'proj-*', gone] };
    const missing = ['ferry', 'crew', gone].map((name) => `unknown_channel #${name} selected channel ${name}`);
    expect(await lost(names)).toEqual(missing);
    expect(await lost({ ...names, includePrivateChannels: true })).toEqual([missing[0], missing[2]]);
    // A list that was not read to its end proves nothing.
    slack.faults.add({
      path: '/api/conversations.list',
      times: 1,
      then: { status: 200, body: { ok: true, channels: [] } },
    });
    expect(await lost(names)).toEqual([expect.stringContaining('unexpected_answer channels')]);
  });

  test('that were archived keep what a bot has read, although Slack removes the bot from them', async () => {
    const bot = slack.state.user('sync', { isBot: true });
    const [ferry, left, secret] = [
      slack.state.channel('ferry', { members: [ana, bot] }),
      slack.state.channel('left', { members: [ana, bot] }),
      slack.state.channel('secret', { kind: 'private', members: [ana, bot] }),
    ];
    for (const id of [ferry, left, secret]) slack.state.post(id, { text: 'a', at: monday });
    const { accessToken } = slack.oauth.issue(bot, { isBot: true });
    const tokens = { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
    const all = { includePrivateChannels: true };
    const ids = (await walk(connector(all, {}, tokens))).items.map((item) => item.externalId);
    expect(ids).toHaveLength(3);
    slack.state.archive(ferry);
    slack.state.archive(secret);
    slack.state.find(left).members.delete(bot);
    const found = async (config: object) => await connector(config, {}, tokens).lookUp(ids.toSorted(), calm);
    const ofFerry = { state: 'gap', code: 'archived_channel', externalId: `T0HARBOUR/${ferry}/2026-01-05/all` };
    // Slack says of a private channel only that it does not exist.
    expect(await found(all)).toMatchObject([ofFerry, { state: 'deleted' }, { state: 'deleted' }]);
    expect(await found({ includeArchivedChannels: false })).toMatchObject([{ state: 'deleted' }, {}, {}]);
    expect(await found({ excludeChannels: ['ferry'] })).toMatchObject([{ state: 'deleted' }, {}, {}]);
    const container = { at: 'container', externalId: `T0HARBOUR/${ferry}` } as const;
    for (const walked of [
      await walk(connector({}, {}, tokens), container),
      await walk(connector({ channels: [ferry] }, {}, tokens)),
    ])
      expect(walked.entries).toMatchObject([{ ...ofFerry, externalId: `T0HARBOUR/${ferry}` }]);
  });

  test('an organization’s token reads all its workspaces, shared channels once; ids are the organization’s', async () => {
    slack.state.enterprise = { id: 'E0ORG', name: 'Harbours' };
    slack.state.teams.set('T0SECOND', 'Second');
    const shared = slack.state.channel('shared', { teams: ['T0HARBOUR', 'T0SECOND'] });
    const second = slack.state.channel('second', { teams: ['T0SECOND'] });
    for (const id of [shared, second]) slack.state.post(id, { text: 'a', at: monday });
    const { items } = await walk(connector({}, { isOrgWide: true }));
    expect(items.map((item) => item.externalId).toSorted()).toEqual([
      `E0ORG/${shared}/2026-01-05`,
      `E0ORG/${second}/2026-01-05`,
    ]);
  });
});

describe('the days that are read again', () => {
  const again = async (from: Connector, end: Walked['end']): Promise<Walked> =>
    await walk(from, { at: 'checkpoint', checkpoint: end.checkpoint ?? ('' as Checkpoint) });
  const daysAgo = (days: number): number => Date.now() - days * 24 * 3_600_000;

  test('are those before the last sync; their items are reported as complete', async () => {
    slack.state.post(general, { text: 'old', at: daysAgo(9) });
    slack.state.post(general, { text: 'new', at: daysAgo(1) });
    const { end } = await walk(connector());
    const walked = await again(connector(), end);
    expect(walked.items).toHaveLength(1);
    expect(walked.entries.filter((entry) => entry.state === 'all_listed')).toHaveLength(8);
    expect(walked.end).toMatchObject({ complete: false });
    expect((await again(connector({ rescanDays: 10 }), end)).items).toHaveLength(2);
  });

  test('a channel that is new to the account is read from its beginning', async () => {
    const crew = slack.state.channel('crew', { kind: 'private' });
    slack.state.post(crew, { text: 'long ago', at: daysAgo(90) });
    const from = connector({ includePrivateChannels: true });
    const { end } = await walk(from);
    slack.state.find(crew).members.add(ana);
    expect((await again(from, end)).items).toHaveLength(1);
  });
});

test('a worker whose clock is slow deletes nothing that another has just listed', async () => {
  slack.state.post(general, { text: 'just now' });
  const from = connector();
  const { items, end } = await walk(from);
  const late = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 60_000);
  const again = await walk(from, { at: 'checkpoint', checkpoint: end.checkpoint ?? ('' as Checkpoint) });
  late.mockRestore();
  expect(again.items.map((item) => item.fingerprint)).toEqual(items.map((item) => item.fingerprint));
});

describe('rate limits', () => {
  test('a page takes few enough calls to be repeated; Retry-After is passed on', async () => {
    slack.limits.regime = 'standard';
    slack.state.generate(general, 100);
    const from = connector();
    let skewMs = 0;
    const now = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + skewMs);
    let position: Position = { at: 'start' };
    let refused = 0;
    for (let pages = 0; ; pages++) {
      expect(pages).toBeLessThan(100);
      const page: ListPage | { readonly retryAfterMs: number } = await from
        .listPage(position, calm)
        .catch((error: unknown) => error as { readonly retryAfterMs: number });
      if (!('entries' in page)) {
        expect(page).toMatchObject({ kind: 'rate_limited', retryAfterMs: expect.any(Number) });
        refused++;
        skewMs += page.retryAfterMs;
      } else if (page.next.more) position = { at: 'cursor', cursor: page.next.cursor };
      else break;
    }
    clock.mockRestore();
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(5);
  });

  test('with a call a minute, each page is one call and no thread is read to list it', async () => {
    slack.state.generate(general, 40);
    slack.limits.regime = 'restricted';
    const from = connector({ rateLimit: 'restricted' });
    const items: ItemRef[] = [];
    for (let position: Position = { at: 'start' }; ;) {
      slack.limits.skewMs += 60_000;
      const page = await from.listPage(position, calm);
      items.push(...page.entries.flatMap((entry) => (entry.state === 'present' ? [entry] : [])));
      if (!page.next.more) break;
      position = { at: 'cursor', cursor: page.next.cursor };
    }
    expect(items).toHaveLength(40);
    expect(slack.log.counts()['POST /api/conversations.replies']).toBeUndefined();
  });

  test('a refusal in the middle of a thread is waited for: restarted, it would never end', async () => {
    const thread = slack.state.post(general, { text: 'long', at: monday });
    for (let i = 0; i < 450; i++) slack.state.post(general, { text: `${i}`, thread, at: monday + 1000 * i });
    const [item] = (await walk(connector())).items;
    const then = { status: 429, headers: { 'retry-after': '1' }, body: { ok: false, error: 'ratelimited' } };
    slack.faults.add({ path: 'conversations.replies', skip: 1, times: 1, then });
    expect(await textOf(item)).toContain('449');
    slack.faults.clear();
    slack.faults.add({ path: 'conversations.replies', times: 1, then });
    await expect(textOf(item)).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 1000 });
  });
});

describe('every error has its kind', () => {
  const slug = (error: string, more: object = {}) => ({ status: 200, body: { ok: false, error, ...more } });
  test.each([
    ['token_expired', slug('token_expired'), 'unauthorized'],
    ['token_revoked', slug('token_revoked'), 'unauthorized'],
    ['account_inactive', slug('account_inactive'), 'unauthorized'],
    ['missing_scope', slug('missing_scope', { needed: 'channels:history' }), 'insufficient_scope'],
    ['no_permission', slug('no_permission'), 'insufficient_scope'],
    ['invalid_cursor', slug('invalid_cursor'), 'unavailable'],
    ['invalid_arguments', slug('invalid_arguments'), 'invalid_input'],
    ['an organization that revoked its keys', slug('ekm_access_denied'), 'forbidden'],
    ['internal_error', slug('internal_error'), 'unavailable'],
    ['an unknown error code', slug('brand_new_error'), 'unavailable'],
    ['429', { status: 429, headers: { 'retry-after': '30' }, body: slug('ratelimited').body }, 'rate_limited'],
    ['429 without a time', { status: 429, headers: {}, body: 'slow' }, 'rate_limited'],
    ['503', { status: 503, headers: { 'retry-after': '5' }, body: '' }, 'unavailable'],
    ['a closed connection', { reset: true }, 'unavailable'],
    ['a truncated body', { truncate: 0.5 }, 'unavailable'],
  ])('%s', async (name, then, kind) => {
    slack.state.post(general, { text: 'a', at: monday });
    const [day] = (await walk(connector())).items;
    slack.faults.add({ path: 'conversations.history', then });
    const error = await textOf(day).catch((thrown: unknown) => thrown);
    const isOfAccount = ['rate_limited', 'unauthorized'].includes(kind);
    expect(error).toMatchObject({ name: 'SyncError', kind, scope: isOfAccount ? 'account' : 'item' });
    if (name === '429') expect(error).toMatchObject({ retryAfterMs: 30_000 });
    for (const token of slack.oauth.everIssued()) expect(inspect(error, { depth: 9 })).not.toContain(token);
  });

  test.each([
    ['an HTML page', '<html>maintenance</html>'],
    ['nothing', ''],
    ['an empty object', {}],
    ['an array', []],
    ['null', 'null'],
    ['ok without the requested fields', { ok: true }],
    ['another kind of object', { ok: true, messages: { ts: '1' } }],
  ])('%s with status 200 is an error', async (_name, body) => {
    slack.state.post(general, { text: 'a', at: monday });
    const [day] = (await walk(connector())).items;
    for (const path of ['conversations.history', 'auth.test', 'conversations.list'])
      slack.faults.add({ path, then: { status: 200, body } });
    const unexpected = { kind: 'unavailable', code: 'unexpected_answer' };
    await expect(textOf(day)).rejects.toMatchObject({ ...unexpected, scope: 'item' });
    await expect(walk(connector())).rejects.toMatchObject({ ...unexpected, scope: 'account' });
    const refusal = await connector()
      .check(calm)
      .catch((thrown: unknown) => thrown);
    expect(refusal).toMatchObject(unexpected);
    expect(inspect(refusal)).not.toContain('<html>');
  });

  test('a missing permission is named, with its purpose', async () => {
    const scopes = slackOAuth.scopes.filter((scope) => scope !== 'channels:history');
    const named = {
      kind: 'insufficient_scope',
      message: expect.stringContaining('channels:history (to read messages in public channels)'),
    };
    await expect(connector({}, { scopes }).check(calm)).rejects.toMatchObject({ ...named, scope: 'account' });
    expect((await walk(connector({}, { scopes }))).entries).toContainEqual(
      expect.objectContaining({ state: 'gap', code: 'insufficient_scope', message: named.message }),
    );
    const withPrivate = (): Connector => connector({ includePrivateChannels: true }, { scopes: slackOAuth.scopes });
    const message = expect.stringContaining('groups:read (to list private channels)');
    await expect(withPrivate().check(calm)).rejects.toMatchObject({ ...named, message, scope: 'account' });
    expect((await walk(withPrivate())).entries).toContainEqual(
      expect.objectContaining({ state: 'gap', code: 'insufficient_scope', message }),
    );
  });

  test('a refused token is replaced once', async () => {
    let token = 'stale';
    const fresh = slack.oauth.issue(ana).accessToken;
    const tokens: AccessTokenProvider = {
      accessToken: async () => await Promise.resolve(token),
      invalidate: () => {
        token = fresh;
      },
    };
    expect((await connector({}, {}, tokens).check(calm)).account).toBe('ana in Harbour');
    slack.oauth.revokeGrants(ana);
    await expect(connector({}, {}, tokens).check(calm)).rejects.toMatchObject({ remedy: 'sign_in' });
  });
});
