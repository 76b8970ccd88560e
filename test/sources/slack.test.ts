/** What is specific to Slack, through the engine: a day's messages as one document, days read again, the sign-in. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { slackConfig } from '../../sources/connectors/slack/config.ts';
import { createSlackConnector } from '../../sources/connectors/slack/connector.ts';
import { type SlackSimulator, simulatedSlackClient, startSlack } from '../../tools/simulators/slack/server.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { contentOf } from '../harness/state.ts';
import { describeEndToEnd } from './end-to-end.ts';

const paths = { authorize: '/oauth/v2/authorize', token: '/api/oauth.v2.access', revoke: '/api/auth.revoke' };
const dayMs = 24 * 3_600_000;

for (const kind of ['thread', 'lone message'] as const) {
  describe(`as a ${kind}`, () =>
    describeEndToEnd({
      sourceType: 'slack',
      vendor: 'slack',
      open: async () => {
        const server = await startSlack();
        const ana = server.state.user('ana');
        const channel = server.state.channel('harbour');
        const answers = new Map<string, string>();
        return {
          server,
          client: simulatedSlackClient,
          paths,
          account: 'ana',
          add: (name, text) => {
            if (kind === 'lone message') return server.state.post(channel, { user: ana, text });
            const thread = server.state.post(channel, { user: ana, text: name });
            answers.set(thread, server.state.post(channel, { user: ana, text, thread }));
            return thread;
          },
          update: (id, text) => server.state.edit(channel, answers.get(id) ?? id, text),
          remove: (id) => {
            for (const ts of [answers.get(id), id]) if (ts !== undefined) server.state.delete(channel, ts);
          },
        };
      },
    }));
}

describe('the engine reads some days again', () => {
  let slack: SlackSimulator;
  let headwater: TestHeadwater;
  let dataSourceId: string;
  let channel: string;
  let count = 0;
  let user: string;
  /** The bot whose token is used, if it is not a person's. */
  let bot: string | null;
  beforeAll(async () => {
    headwater = await startHeadwater({
      parts: {
        connectorFor: () => {
          const { accessToken } = slack.oauth.issue(bot ?? slack.state.user('ana'), { isBot: bot !== null });
          return createSlackConnector(
            slackConfig.parse({}),
            {
              tokens: { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} },
              throttle: async () => await Promise.resolve(),
              logger: pino({ level: 'silent' }),
              maxItemBytes: 1024 * 1024,
            },
            slack.url,
          );
        },
      },
    });
  }, 60_000);
  afterAll(async () => await headwater[Symbol.asyncDispose]());
  beforeEach(async () => {
    await slack?.[Symbol.asyncDispose]();
    slack = await startSlack();
    channel = slack.state.channel('general');
    bot = null;
    user = `user-${++count}`;
    dataSourceId = await headwater.createSource(user, 'slack');
  });
  afterAll(async () => await slack[Symbol.asyncDispose]());

  const sync = async (jobType: 'full_sync' | 'incremental') => {
    const { jobId } = await headwater.sync({ dataSourceId, jobType });
    expect(slack.log.mutating()).toEqual([]);
    return await headwater.job(user, jobId);
  };
  const held = async (): Promise<string[]> => Object.keys(await contentOf(headwater, user));
  const thread = (text: string, at: number, files: readonly string[] = []): string => {
    const first = slack.state.post(channel, { text, at });
    slack.state.post(channel, { text: `answer to ${text}`, thread: first, at: at + 1000, files });
    return first;
  };
  const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

  test('a deleted thread and its file are removed by the next incremental sync; the thread beside it stays', async () => {
    const at = Date.now() - dayMs;
    const file = slack.state.addFile({ name: 'plan.md', content: '# Plan' });
    const goes = thread('goes', at, [file]);
    thread('stays', at + 5000);
    slack.state.post(channel, { text: 'alone', at });
    await sync('full_sync');
    const day = `#general/${dateOf(at)}`;
    expect((await held()).toSorted()).toEqual([day, `${day}/goes`, `${day}/goes/plan.md`, `${day}/stays`]);
    for (const { ts } of slack.state.replies(slack.state.find(channel), goes)) slack.state.delete(channel, ts);
    slack.state.delete(channel, goes);
    expect(await sync('incremental')).toMatchObject({ status: 'completed', mode: 'window', removed: 2, unchanged: 2 });
    expect((await held()).toSorted()).toEqual([day, `${day}/stays`]);
  });

  test('deleting the last single message of a day deletes the day’s document; a first reply turns the message into a thread', async () => {
    const at = Date.now() - dayMs;
    slack.state.post(channel, { text: 'kept', at: at - dayMs });
    const [goes, grows] = ['goes', 'grows'].map((text) => slack.state.post(channel, { text, at }));
    await sync('full_sync');
    slack.state.delete(channel, goes ?? '');
    slack.state.post(channel, { text: 'indeed', thread: grows ?? '' });
    expect(await sync('incremental')).toMatchObject({ status: 'completed', created: 1, removed: 1 });
    expect((await held()).toSorted()).toEqual(
      [`#general/${dateOf(at - dayMs)}`, `#general/${dateOf(at)}/grows`].toSorted(),
    );
  });

  test('changes to older messages are found by the next full listing, and not before', async () => {
    const at = Date.now() - 30 * dayMs;
    const old = thread('old', at);
    slack.state.post(channel, { text: 'kept', at: at - dayMs });
    await sync('full_sync');
    slack.state.post(channel, { text: 'a late reply', thread: old });
    expect(await sync('incremental')).toMatchObject({ updated: 0 });
    expect(await sync('full_sync')).toMatchObject({ updated: 1 });
    for (const { ts } of slack.state.replies(slack.state.find(channel), old)) slack.state.delete(channel, ts);
    slack.state.delete(channel, old);
    expect(await sync('incremental')).toMatchObject({ removed: 0 });
    expect(await sync('full_sync')).toMatchObject({ removed: 1 });
    expect(await held()).toEqual([`#general/${dateOf(at - dayMs)}`]);
  });

  test('messages that the free plan hides by and by are kept; deleted ones beside them are removed', async () => {
    const at = Date.now() - 100 * dayMs;
    thread('old', at);
    slack.state.post(channel, { text: 'alone', at });
    const goes = thread('goes', Date.now() - 30 * dayMs);
    slack.state.post(channel, { text: 'kept', at: Date.now() - dayMs });
    await sync('full_sync');
    const before = await held();
    slack.state.hiddenBefore = Date.now() - 90 * dayMs;
    for (const { ts } of slack.state.replies(slack.state.find(channel), goes)) slack.state.delete(channel, ts);
    slack.state.delete(channel, goes);
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 1 });
    expect((await held()).toSorted()).toEqual(before.filter((path) => !path.endsWith('/goes')).toSorted());
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 0 });
  });

  test('an archived channel keeps its text', async () => {
    thread('a', Date.now() - dayMs);
    await sync('full_sync');
    slack.state.find(channel).archived = true;
    for (const jobType of ['full_sync', 'incremental'] as const)
      expect(await sync(jobType)).toMatchObject({ status: 'completed', removed: 0 });
    expect(await held()).toHaveLength(1);
  });

  test('an archived channel keeps what a bot has synced, although Slack removes the bot from it', async () => {
    bot = slack.state.user('sync', { isBot: true });
    channel = slack.state.channel('ferry', { members: [bot] });
    thread('a', Date.now() - dayMs);
    expect(await sync('full_sync')).toMatchObject({ created: 1 });
    slack.state.archive(channel);
    for (const jobType of ['incremental', 'full_sync'] as const)
      expect(await sync(jobType)).toMatchObject({ status: 'completed', removed: 0 });
    expect(await held()).toHaveLength(1);
  });

  test('a canvas can be fetched with what the ledger stores about it', async () => {
    const name = 'Tides';
    const file = slack.state.addFile({
      name,
      mimetype: 'application/vnd.slack-docs',
      mode: 'quip',
      content: '<h1>High water at six</h1>',
    });
    slack.state.post(channel, { text: 'see', files: [file], at: Date.now() - dayMs });
    expect(await sync('full_sync')).toMatchObject({ created: 2, failed: 0, skipped: 0 });
    expect(JSON.stringify(await contentOf(headwater, user))).toContain('High water at six');
  });

  test('four hundred threads: the first sync, an unchanged one, and a full one', async () => {
    slack.state.generate(channel, 400, 60);
    await sync('full_sync');
    expect(slack.log.counts()).toMatchObject({
      'POST /api/auth.test': 1,
      'POST /api/conversations.list': 1,
      'POST /api/conversations.history': 2,
      'POST /api/conversations.replies': 800,
    });
    slack.log.clear();
    const quiet = await sync('incremental');
    expect(quiet).toMatchObject({ created: 0, updated: 0, removed: 0 });
    const counts = slack.log.counts();
    expect(counts['POST /api/conversations.history']).toBe(1);
    // A page whose activity is repeated asks again for its threads.
    expect(counts['POST /api/conversations.replies']).toBeGreaterThanOrEqual(quiet.unchanged);
    expect(counts['POST /api/conversations.replies']).toBeLessThan(140);
    slack.log.clear();
    expect(await sync('full_sync')).toMatchObject({ unchanged: 400 });
    expect(slack.log.calls).toHaveLength(404);
  }, 240_000);
});
