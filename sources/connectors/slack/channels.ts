/** Which channels there are to read. None is ever joined. */

import { SyncError } from '../../../domain/errors.ts';
import type { Choice } from '../connector.ts';
import { isLost, type SlackCall } from './client.ts';
import type { SlackConfig } from './config.ts';
import type { Home } from './position.ts';
import type { Names } from './names.ts';
import { channelAnswer, channelsPage, identity, type Identity, type SlackChannel, teamsPage } from './wire.ts';

/** Slack advises no more than 200 [reference 5.2]. */
const channelsPerPage = 200;
/** Channels that are offered to choose from. */
const mostChoices = 400;

export async function whoAmI(call: SlackCall, signal: AbortSignal): Promise<Identity> {
  return await call('account', 'auth.test', {}, identity, signal);
}

export function toHome({ enterprise_id, team_id, url, bot_id }: Identity): Home {
  return { id: enterprise_id || team_id || 'slack', url, isBot: Boolean(bot_id) };
}

/** Where channels are listed: the token's own workspace, or each of those that an organisation's token was given. */
export async function findWorkspaces(call: SlackCall, me: Identity, signal: AbortSignal): Promise<string[]> {
  if (me.is_enterprise_install !== true) return [''];
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await call('account', 'auth.teams.list', { limit: channelsPerPage, cursor }, teamsPage, signal);
    ids.push(...page.teams.map((team) => team.id));
    cursor = page.response_metadata?.next_cursor || undefined;
  } while (cursor !== undefined);
  return ids;
}

export interface FoundChannels {
  readonly channels: readonly SlackChannel[];
  readonly cursor: string | null;
}

/** One page of a workspace's channels that are open to the account; archived ones are not. */
export async function listChannels(
  call: SlackCall,
  config: SlackConfig,
  workspace: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<FoundChannels> {
  const args = {
    types: typesOf(config).join(','),
    exclude_archived: true,
    limit: channelsPerPage,
    ...(workspace === '' ? {} : { team_id: workspace }),
    ...(cursor === null ? {} : { cursor }),
  };
  const page = await call('position', 'conversations.list', args, channelsPage, signal);
  return { channels: page.channels, cursor: page.response_metadata?.next_cursor || null };
}

/** @returns null for a channel that is not there, or not open to the account */
export async function findChannel(call: SlackCall, id: string, signal: AbortSignal): Promise<SlackChannel | null> {
  try {
    return (await call('item', 'conversations.info', { channel: id }, channelAnswer, signal)).channel;
  } catch (error) {
    if (isLost(error)) return null;
    throw error;
  }
}

/** Is it one of those that the config means? A channel that is named is meant, but only if its kind is. */
export function isWanted(config: SlackConfig, home: Home, channel: SlackChannel): boolean {
  const isDirect = channel.is_im === true || channel.is_mpim === true;
  if (channel.is_archived === true) return false;
  if (isDirect) return config.includeDirectMessages;
  if (channel.is_private === true) return config.includePrivateChannels;
  return !home.isBot || channel.is_member === true;
}

/** As people call it: `#general`, `@Bo Lind`. */
export async function labelOf(channel: SlackChannel, names: Names, signal: AbortSignal): Promise<string> {
  if (channel.is_im === true) return `@${await names.user(channel.user ?? '', signal)}`;
  // `mpdm-ana--bo--carol-1`
  const members = channel.is_mpim === true ? /^mpdm-(.+)-\d+$/.exec(channel.name ?? '')?.[1] : undefined;
  if (members !== undefined) return members.replaceAll('--', ', ').replace(/^/, '@');
  return `#${channel.name ?? channel.id}`;
}

/** @throws SyncError `invalid_input` naming the first channel of the config that cannot be read */
export async function checkChannels(
  call: SlackCall,
  config: SlackConfig,
  home: Home,
  signal: AbortSignal,
): Promise<void> {
  for (const id of config.channels.slice(0, 20)) {
    const channel = await findChannel(call, id, signal);
    const problem = channel === null ? 'is not there, or not open to this account' : problemOf(config, home, channel);
    if (problem !== null) {
      throw new SyncError('invalid_input', { code: 'unknown_channel', message: `The channel ${id} ${problem}.` });
    }
  }
}

function problemOf(config: SlackConfig, home: Home, channel: SlackChannel): string | null {
  if (isWanted(config, home, channel)) return null;
  if (channel.is_archived === true) return 'is archived';
  if (channel.is_im === true || channel.is_mpim === true)
    return 'is a direct message: switch includeDirectMessages on, and connect again';
  if (channel.is_private === true) return 'is private: switch includePrivateChannels on, and connect again';
  return 'is not open to the bot: invite it in Slack';
}

/** What the field `channels` can be, for people to choose from. */
export async function chooseChannels(
  call: SlackCall,
  config: SlackConfig,
  names: Names,
  signal: AbortSignal,
): Promise<readonly Choice[]> {
  const me = await whoAmI(call, signal);
  const found = new Map<string, Choice>();
  for (const workspace of await findWorkspaces(call, me, signal)) {
    let cursor: string | null = null;
    do {
      const page: FoundChannels = await listChannels(call, config, workspace, cursor, signal);
      for (const channel of page.channels) {
        if (!isWanted(config, toHome(me), channel)) continue;
        found.set(channel.id, {
          value: channel.id,
          label: await labelOf(channel, names, signal),
          hasChildren: false,
        });
      }
      cursor = page.cursor;
    } while (cursor !== null && found.size < mostChoices);
  }
  return [...found.values()].slice(0, mostChoices).toSorted((a, b) => a.label.localeCompare(b.label));
}

function typesOf(config: SlackConfig): string[] {
  return [
    'public_channel',
    ...(config.includePrivateChannels ? ['private_channel'] : []),
    ...(config.includeDirectMessages ? ['im', 'mpim'] : []),
  ];
}
