/** Resolves people and channels to names, and files of shared channels to what they are. */

import pLimit from 'p-limit';
import { isSyncError } from '../../../domain/errors.ts';
import type { AccessTokenProvider } from '../connector.ts';
import type { SlackCall } from './client.ts';
import { channelAnswer, fileAnswer, type SlackFile, type SlackMessage, userAnswer } from './wire.ts';

export interface Names {
  /** Returns the id itself if Slack does not return a name. */
  user(id: string, signal: AbortSignal): Promise<string>;
  channel(id: string, signal: AbortSignal): Promise<string>;
  /** Resolves all of these people and channels, each with one call. */
  all(ids: Iterable<string>, signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /**
   * Completes the files of messages in shared channels, which come as ids only, each with one call
   * (docs/vendors/slack.md#files).
   */
  files(messages: readonly SlackMessage[], signal: AbortSignal): Promise<SlackMessage[]>;
}

/** Maximum age of a cached name. */
const maxAgeMs = 15 * 60_000;
const maxAccounts = 100;
const maxNames = 10_000;
const callConcurrency = 4;
/** After this many failures for a name, its id is used for a while. */
const maxFailures = 3;
const retryAfterMs = 60_000;

interface Known {
  readonly name: string;
  readonly until: number;
}

interface KnownFile {
  /** Null: Slack does not provide it. */
  readonly file: Partial<SlackFile> | null;
  readonly until: number;
}

interface Account {
  readonly names: Map<string, Known>;
  readonly files: Map<string, KnownFile>;
  readonly failures: Map<string, number>;
}

/**
 * Cached by token, because different sign-ins see different names. Each batch of items has its own connector, so the
 * cache is shared.
 */
const remembered = new Map<string, Account>();

export function createNames(call: SlackCall, tokens: AccessTokenProvider): Names {
  const find = async (id: string, signal: AbortSignal, ask: () => Promise<string>): Promise<string> => {
    const account = accountOf(await tokens.accessToken(signal));
    const known = account.names.get(id);
    if (known !== undefined && known.until > Date.now()) return known.name;
    const name = await ask().catch((error: unknown) => orNothing(account, id, error));
    remember(account, id, name ?? id, name === null ? retryAfterMs : maxAgeMs);
    return name ?? id;
  };
  const findFile = async (id: string, signal: AbortSignal): Promise<Partial<SlackFile> | null> => {
    signal.throwIfAborted();
    const account = accountOf(await tokens.accessToken(signal));
    const known = account.files.get(id);
    if (known !== undefined && known.until > Date.now()) return known.file;
    const file = await askFile(call, id, signal).catch((error: unknown) => orNothing(account, id, error));
    if (account.files.size >= maxNames) account.files.clear();
    account.files.set(id, { file, until: Date.now() + (file === null ? retryAfterMs : maxAgeMs) });
    return file;
  };
  const names: Names = {
    user: (id, signal) => find(id, signal, () => askUser(call, id, signal)),
    channel: (id, signal) => find(id, signal, () => askChannel(call, id, signal)),
    all: async (ids, signal) => {
      const limit = pLimit(callConcurrency);
      const found = [...new Set(ids)].map((id) =>
        limit(async () => {
          signal.throwIfAborted();
          const name = /^[UW]/.test(id) ? await names.user(id, signal) : await names.channel(id, signal);
          return [id, name] as const;
        }),
      );
      return new Map(await Promise.all(found));
    },
    files: async (messages, signal) => {
      const limit = pLimit(callConcurrency);
      const complete = async (file: SlackFile): Promise<SlackFile> =>
        isIdOnly(file) ? { ...file, ...(await limit(() => findFile(file.id, signal))) } : file;
      return await Promise.all(
        messages.map(async (message) => ({ ...message, files: await Promise.all(message.files.map(complete)) })),
      );
    },
  };
  return names;
}

function accountOf(token: string): Account {
  const account = remembered.get(token) ?? { names: new Map(), files: new Map(), failures: new Map() };
  remembered.delete(token);
  remembered.set(token, account);
  const [oldest] = remembered.keys();
  if (remembered.size > maxAccounts && oldest !== undefined) remembered.delete(oldest);
  return account;
}

function remember({ names, failures }: Account, id: string, name: string, forMs: number): void {
  if (names.size >= maxNames) names.clear();
  names.set(id, { name, until: Date.now() + forMs });
  failures.delete(id);
}

/**
 * A name that Slack persistently fails to return must not keep messages from being read. @throws the error while it may
 * be temporary
 */
function orNothing({ failures }: Account, id: string, error: unknown): null {
  if (!isSyncError(error) || error.scope === 'account') throw error;
  if (error.kind === 'insufficient_scope' || error.code === 'unexpected_answer') return null;
  const count = (failures.get(id) ?? 0) + 1;
  failures.set(id, count);
  if (count < maxFailures) throw error;
  return null;
}

/** Asks for one person: no other call returns people of other organizations and former members. */
async function askUser(call: SlackCall, id: string, signal: AbortSignal): Promise<string> {
  try {
    const { user } = await call('item', 'users.info', { user: id }, userAnswer, signal);
    return user.profile?.display_name || user.profile?.real_name || user.real_name || user.name || id;
  } catch (error) {
    if (isSyncError(error) && (error.kind === 'not_found' || error.kind === 'forbidden')) return id;
    throw error;
  }
}

function isIdOnly({ name, file_access: access }: SlackFile): boolean {
  return access === 'check_file_info' && name === undefined;
}

async function askFile(call: SlackCall, id: string, signal: AbortSignal): Promise<Partial<SlackFile>> {
  try {
    return (await call('item', 'files.info', { file: id }, fileAnswer, signal)).file;
  } catch (error) {
    if (isSyncError(error) && (error.kind === 'not_found' || error.kind === 'forbidden'))
      return { file_access: 'file_not_found' };
    throw error;
  }
}

async function askChannel(call: SlackCall, id: string, signal: AbortSignal): Promise<string> {
  try {
    const { channel } = await call('item', 'conversations.info', { channel: id }, channelAnswer, signal);
    return channel.name || id;
  } catch (error) {
    if (isSyncError(error) && (error.kind === 'not_found' || error.kind === 'forbidden')) return id;
    throw error;
  }
}
