import type { FaultEffect } from '../../../simulators/kit/faults.ts';
import { simulatedSlackClient, startSlack } from '../../../simulators/slack/server.ts';
import type { SlackState } from '../../../simulators/slack/state.ts';
import {
  isOutOfOrder,
  networkEffects,
  oftenManyCalls,
  oftenSignIn,
  oneByOne,
  poison,
  type SoakAccount,
  type SoakVendor,
  tokenEffects,
  wordsOf,
} from './vendor.ts';

const dayMs = 24 * 3_600_000;

/** One workspace, whose public channels all its people read. */
export async function openSlack(stack: AsyncDisposableStack): Promise<SoakVendor> {
  const slack = stack.use(await startSlack());
  const workspace = openWorkspace(slack.state);
  return {
    sourceType: 'slack',
    environment: {
      SLACK_CLIENT_ID: simulatedSlackClient.clientId,
      SLACK_CLIENT_SECRET: simulatedSlackClient.clientSecret,
      SLACK_API_BASE_URL: slack.url,
      SLACK_TOKEN_URL: `${slack.url}/api/oauth.v2.access`,
    },
    log: slack.log,
    faults: [
      {
        faults: slack.faults,
        path: '^/api/conversations.(history|replies)$',
        effects: [{ status: 500, body: '' }],
        when: (asked) => workspace.channels.some((id) => wordsOf(asked).includes(id) && isOutOfOrder(id)),
      },
      {
        faults: slack.faults,
        path: '^/api/(?!oauth)',
        effects: [...refusals, ...networkEffects],
        often: oftenManyCalls,
      },
      { faults: slack.faults, path: '^/files-pri/', effects: networkEffects },
      { faults: slack.faults, path: '^/api/oauth.v2.access$', effects: tokenEffects, often: oftenSignIn },
    ],
    account: (email) => ({ email, signIn: () => slack.oauth.issue(slack.state.user(email)), ...workspace.account }),
  };
}

/** Messages of the last three days, threads and files; each contains one fact, which an edit replaces. */
function openWorkspace(state: SlackState): {
  readonly channels: readonly string[];
  readonly account: Omit<SoakAccount, 'email' | 'signIn'>;
} {
  const channels = ['general', 'harbour', 'boats'].map((name) => state.channel(name));
  let last = 0;
  const newFact = (): string => `fact${++last}x`;
  const messages = () => channels.flatMap((id) => state.find(id).messages.map((message) => ({ id, message })));
  const post = (random: () => number): void => {
    const channel = channels[Math.floor(random() * channels.length)] ?? '';
    const open = state.find(channel).messages.filter(({ threadTs, tombstone }) => threadTs === undefined && !tombstone);
    const thread = random() < 0.5 ? open[Math.floor(random() * open.length)]?.ts : undefined;
    const files = random() < 0.1 ? [state.addFile({ name: `f${last}.txt`, content: `about ${newFact()}` })] : [];
    const at = Date.now() - Math.floor(random() * 3 * dayMs);
    state.post(channel, {
      text: `It is said that ${newFact()} ${poison}`,
      files,
      ...(thread === undefined ? { at } : { thread }),
    });
  };
  const changeOne = (random: () => number): void => {
    const all = messages().filter(({ message }) => !message.tombstone);
    const picked = all[Math.floor(random() * all.length)];
    const kind = random();
    if (kind < 0.5 || picked === undefined) post(random);
    else if (kind < 0.7) state.edit(picked.id, picked.message.ts, `No: ${newFact()}`);
    else if (kind < 0.8) state.react(picked.id, picked.message.ts);
    else state.delete(picked.id, picked.message.ts);
  };
  const account: Omit<SoakAccount, 'email' | 'signIn'> = {
    ...oneByOne(post, changeOne),
    truth: () => ({
      kind: 'facts',
      facts: messages()
        .filter(({ message }) => !message.tombstone)
        .flatMap(({ message }) => [message.text, ...message.files.map((id) => String(state.files.get(id)?.bytes))])
        .map((text) => /fact[0-9]+x/.exec(text)?.[0] ?? ''),
    }),
  };
  return { channels, account };
}

/** Slack refuses with status 200. */
const refusals: readonly FaultEffect[] = [
  { status: 200, body: { ok: false, error: 'internal_error' } },
  { status: 200, body: { ok: false, error: 'token_expired' } },
  { status: 503, body: '' },
  { status: 429, headers: { 'retry-after': '1' }, body: { ok: false, error: 'ratelimited' } },
];
