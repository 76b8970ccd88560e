/** People and channels by name. */

import pLimit from 'p-limit';
import type { AccessTokenProvider } from '../connector.ts';
import { isLost, type SlackCall } from './client.ts';
import { channelAnswer, userAnswer } from './wire.ts';

export interface Names {
  /** The id itself where Slack tells no name. */
  user(id: string, signal: AbortSignal): Promise<string>;
  channel(id: string, signal: AbortSignal): Promise<string>;
  /** All of these people and channels, each asked for once. */
  all(ids: Iterable<string>, signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
}

/** A name is believed for so long. */
const maxAgeMs = 15 * 60_000;
const mostAccounts = 100;
const mostNames = 10_000;
const parallelCalls = 4;

interface Known {
  readonly name: string;
  readonly until: number;
}

/** By token: what one sign-in may see is not another's to know. Each batch of items has a connector of its own. */
const remembered = new Map<string, Map<string, Known>>();

export function createNames(call: SlackCall, tokens: AccessTokenProvider): Names {
  const find = async (id: string, signal: AbortSignal, ask: () => Promise<string>): Promise<string> => {
    const known = namesOf(await tokens.accessToken(signal));
    const found = known.get(id);
    if (found !== undefined && found.until > Date.now()) return found.name;
    const name = await ask();
    if (known.size >= mostNames) known.clear();
    known.set(id, { name, until: Date.now() + maxAgeMs });
    return name;
  };
  const names: Names = {
    user: async (id, signal) => await find(id, signal, async () => await askUser(call, id, signal)),
    channel: async (id, signal) => await find(id, signal, async () => await askChannel(call, id, signal)),
    all: async (ids, signal) => {
      const limit = pLimit(parallelCalls);
      const found = [...new Set(ids)].map(
        async (id) =>
          await limit(async () => {
            signal.throwIfAborted();
            const name = /^[UW]/.test(id) ? await names.user(id, signal) : await names.channel(id, signal);
            return [id, name] as const;
          }),
      );
      return new Map(await Promise.all(found));
    },
  };
  return names;
}

function namesOf(token: string): Map<string, Known> {
  const known = remembered.get(token) ?? new Map<string, Known>();
  remembered.delete(token);
  remembered.set(token, known);
  const [oldest] = remembered.keys();
  if (remembered.size > mostAccounts && oldest !== undefined) remembered.delete(oldest);
  return known;
}

/** People of other organisations and those who have left are known to this call only. */
async function askUser(call: SlackCall, id: string, signal: AbortSignal): Promise<string> {
  try {
    const { user } = await call('item', 'users.info', { user: id }, userAnswer, signal);
    return user.profile?.display_name || user.profile?.real_name || user.real_name || user.name || id;
  } catch (error) {
    if (isLost(error)) return id;
    throw error;
  }
}

async function askChannel(call: SlackCall, id: string, signal: AbortSignal): Promise<string> {
  try {
    const { channel } = await call('item', 'conversations.info', { channel: id }, channelAnswer, signal);
    return channel.name ?? id;
  } catch (error) {
    if (isLost(error)) return id;
    throw error;
  }
}
