/** Finds the channels to read. It never joins one. */

import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { Choice } from '../connector.ts';
import type { SlackCall } from './client.ts';
import { endlessList, isRefusedByPolicy, missingScopes } from './errors.ts';
import { toGap } from './gaps.ts';
import { slackOAuth } from './oauth.ts';
import { forConfig } from '../oauth.ts';
import type { SlackConfig } from './config.ts';
import type { Home } from './position.ts';
import { isSelected, namesOnlyIds } from './selection.ts';
import type { Names } from './names.ts';
import {
  channelAnswer,
  channelsPage,
  type ChannelType,
  identity,
  type Identity,
  type SlackChannel,
  teamsPage,
} from './wire.ts';

/** Slack advises at most 200 (docs/vendors/slack.md#rate-tiers). */
const channelsPerPage = 200;
/** Maximum number of channels offered as choices. */
const maxChoices = 400;
/** Maximum number of pages per workspace that are requested for choices. */
const maxChoiceCalls = 20;
/** Maximum number of channels of the config that are requested to find one that can be read. */
const maxChecked = 20;

export async function whoAmI(call: SlackCall, signal: AbortSignal): Promise<Identity> {
  return await call('account', 'auth.test', {}, identity, signal);
}

export function toHome({ enterprise_id, team_id, url, bot_id }: Identity): Home {
  return { id: enterprise_id || team_id || '', url: url ?? '', isBot: Boolean(bot_id) };
}

/**
 * @throws SyncError `insufficient_scope` naming the scopes that this config needs and the token lacks, with their
 * purposes
 */
export function checkScopes(config: SlackConfig, { response_metadata: metadata }: Identity): void {
  const granted = metadata?.scopes;
  if (granted === undefined) return;
  const missing = forConfig(slackOAuth, config).scopes.filter((scope) => !granted.includes(scope));
  if (missing.length > 0) throw missingScopes(missing);
}

export interface Workspaces {
  readonly ids: readonly string[];
  /** Whether Slack returned all of them. */
  readonly isWhole: boolean;
}

/**
 * Finds the workspaces whose channels are listed: the token's own, or each one that an organization's token may access.
 */
export async function findWorkspaces(call: SlackCall, me: Identity, signal: AbortSignal): Promise<Workspaces> {
  const isOrganization = me.is_enterprise_install === true || (me.enterprise_id && me.team_id === me.enterprise_id);
  if (!isOrganization) return { ids: [''], isWhole: true };
  const ids = new Set<string>();
  for (let cursor: string | undefined; ;) {
    const { teams, response_metadata: metadata } = await call(
      'account',
      'auth.teams.list',
      { limit: channelsPerPage, cursor },
      teamsPage,
      signal,
    );
    const before = ids.size;
    for (const { id } of teams.read) ids.add(id);
    const next = metadata?.next_cursor;
    if (!next) return { ids: [...ids], isWhole: next === '' && teams.unread === 0 };
    if (next === cursor || ids.size === before)
      throw endlessList({ scope: 'account', method: 'auth.teams.list' }, 'nothing new on the next page');
    cursor = next;
  }
}

export interface FoundChannels {
  readonly channels: readonly SlackChannel[];
  /** What the page contains, readable or not, to notice pages that repeat. */
  readonly listed: readonly unknown[];
  readonly cursor: string | null;
  /** Whether these and the following pages contain all channels, none of them unreadable. */
  readonly isWhole: boolean;
}

interface ChannelsAsked {
  readonly home: Home;
  /** Empty: the token's own. */
  readonly workspace: string;
  readonly types: readonly ChannelType[];
  readonly cursor: string | null;
}

/** Lists one page of the channels of a workspace that the account can access. */
export async function listChannels(
  call: SlackCall,
  config: SlackConfig,
  { home, workspace, types, cursor }: ChannelsAsked,
  signal: AbortSignal,
): Promise<FoundChannels> {
  const args = {
    types: types.join(','),
    exclude_archived: !config.includeArchivedChannels,
    limit: channelsPerPage,
    ...(workspace === '' ? {} : { team_id: workspace }),
    ...(cursor === null ? {} : { cursor }),
  };
  const { channels, response_metadata: metadata } = await call(
    'account',
    // A bot reads only channels it is a member of, a few of the thousands that a large workspace may have.
    home.isBot ? 'users.conversations' : 'conversations.list',
    args,
    channelsPage,
    signal,
  );
  const next = metadata?.next_cursor;
  // The end is an empty cursor. If the cursor is missing, Slack has not said that this is the end.
  const { read, unread } = channels;
  const listed = [...read.map(({ id }) => id), ...Array.from({ length: unread })];
  return { channels: read, listed, cursor: next || null, isWhole: next !== undefined && unread === 0 };
}

/** @returns null if the channel does not exist, or the account cannot access it */
export async function findChannel(call: SlackCall, id: string, signal: AbortSignal): Promise<SlackChannel | null> {
  try {
    return (await call('container', 'conversations.info', { channel: id }, channelAnswer, signal)).channel;
  } catch (error) {
    if (isSyncError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

function isDirect({ id, name, is_im: isIm, is_mpim: isMpim }: SlackChannel): boolean {
  return isIm === true || isMpim === true || id.startsWith('D') || name?.startsWith('mpdm-') === true;
}

function isPrivate({ is_private: byFlag, is_group: isGroup }: SlackChannel): boolean {
  return byFlag === true || isGroup === true;
}

/** Checks whether the config includes the channel. A named channel is included only if its kind is. */
export function isWanted(config: SlackConfig, home: Home, channel: SlackChannel): boolean {
  if (!isSelected(config, channel)) return false;
  if (channel.is_archived === true && !config.includeArchivedChannels) return false;
  if (isDirect(channel)) return config.includeDirectMessages;
  if (isPrivate(channel)) return config.includePrivateChannels;
  return !home.isBot || channel.is_member !== false;
}

/**
 * Checks whether Slack has removed the bot from a channel only because it was archived. It then refuses the bot what
 * everybody else may still read (docs/vendors/slack.md#channels).
 */
export function isClosedToBot(config: SlackConfig, home: Home, channel: SlackChannel): boolean {
  const ofPerson = { ...home, isBot: false };
  return channel.is_archived === true && !isWanted(config, home, channel) && isWanted(config, ofPerson, channel);
}

/** Returns the name as people know it: `#general`, `@Bo Lind`; the id if Slack does not return a name. */
export async function labelOf(channel: SlackChannel, names: Names, signal: AbortSignal): Promise<string> {
  if (channel.is_im === true || channel.id.startsWith('D')) return `@${await partnerOf(channel, names, signal)}`;
  // `mpdm-ana--bo--carol-1`
  const members = isDirect(channel) ? /^mpdm-(.+)-\d+$/.exec(channel.name ?? '')?.[1] : undefined;
  if (members !== undefined) return members.replaceAll('--', ', ').replace(/^/, '@');
  return `#${channel.name || channel.id}`;
}

async function partnerOf({ id, user }: SlackChannel, names: Names, signal: AbortSignal): Promise<string> {
  if (!user) return id;
  try {
    return await names.user(user, signal);
  } catch (error) {
    if (!isSyncError(error) || error.scope === 'account') throw error;
    return user;
  }
}

/**
 * Checks that a channel of the config can be read; listings name the others.
 * @throws SyncError `invalid_input` naming the first channel if none of them can
 */
export async function checkChannels(
  call: SlackCall,
  config: SlackConfig,
  home: Home,
  signal: AbortSignal,
): Promise<void> {
  const ids = namesOnlyIds(config) ? config.channels.slice(0, maxChecked) : [];
  let message: string | null = null;
  for (const id of ids) {
    const problem = problemOf(config, home, await findChannel(call, id, signal));
    if (problem === null) return;
    message ??= `The channel ${id} ${problem}.`;
  }
  if (message !== null) throw new SyncError('invalid_input', { code: 'unknown_channel', message });
}

/** Says why a channel is not read, as the ending of "The channel …". @returns null if it is read */
export function problemOf(config: SlackConfig, home: Home, channel: SlackChannel | null): string | null {
  if (channel === null) return 'does not exist, or this account cannot access it';
  if (isWanted(config, home, channel)) return null;
  if (!isSelected(config, channel)) return 'is among excludeChannels';
  if (channel.is_archived === true && !config.includeArchivedChannels)
    return 'is archived. Enable includeArchivedChannels to sync it';
  if (isDirect(channel)) return 'is a direct message. Enable includeDirectMessages to sync it, and connect again';
  if (isPrivate(channel)) return 'is private. Enable includePrivateChannels to sync it, and connect again';
  return 'is not visible to the bot. Invite the bot to it in Slack';
}

/**
 * Lists the possible values of the field `channels`, for people to choose from. @throws SyncError the refusal of a
 * workspace if no other one has channels
 */
export async function chooseChannels(
  call: SlackCall,
  config: SlackConfig,
  names: Names,
  signal: AbortSignal,
): Promise<readonly Choice[]> {
  const me = await whoAmI(call, signal);
  const home = toHome(me);
  const found = new Map<string, Choice>();
  let refusal: SyncError | null = null;
  for (const workspace of (await findWorkspaces(call, me, signal)).ids) {
    let cursor: string | null = null;
    let calls = 0;
    do {
      const page: FoundChannels | SyncError = await listChannels(
        call,
        config,
        { home, workspace, types: typesOf(config), cursor },
        signal,
      ).catch((error: unknown) => {
        if (isRefusedByPolicy(error)) return error;
        throw error;
      });
      if (isSyncError(page)) {
        refusal = page;
        break;
      }
      for (const channel of page.channels) {
        if (!isWanted(config, home, channel)) continue;
        found.set(channel.id, {
          value: channel.id,
          label: await labelOf(channel, names, signal),
          hasChildren: false,
        });
      }
      cursor = page.cursor;
    } while (cursor !== null && found.size < maxChoices && ++calls < maxChoiceCalls);
  }
  if (found.size === 0 && refusal !== null) throw refusal;
  return [...found.values()].slice(0, maxChoices).toSorted((a, b) => a.label.localeCompare(b.label));
}

const labels: Readonly<Record<ChannelType, string>> = {
  public_channel: 'public channels',
  private_channel: 'private channels',
  im: 'direct messages',
  mpim: 'group direct messages',
};

/** Makes the gap for a kind of channels that the sign-in may not list. */
export function toTypeGap({ id }: Home, type: ChannelType, error: SyncError): Entry {
  return toGap(`${id}/${type}`, labels[type], error);
}

export function isChannelType(text: string): text is ChannelType {
  return Object.hasOwn(labels, text);
}

/** The kinds that the config includes, public channels first. */
export function typesOf(config: SlackConfig): ChannelType[] {
  return [
    'public_channel',
    ...(config.includePrivateChannels ? (['private_channel'] as const) : []),
    ...(config.includeDirectMessages ? (['im', 'mpim'] as const) : []),
  ];
}
