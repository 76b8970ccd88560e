/**
 * The Web API's reading methods (docs/vendors/slack.md#rate-tiers, docs/vendors/slack.md#files). Any other method
 * counts as a change.
 */

import type { Limits } from './limits.ts';
import { type Answer, type Args, fileJson, history, replies } from './messages.ts';
import type { Grant } from './oauth.ts';
import type { SimChannel, SimUser, SlackState } from './state.ts';

export interface MethodContext {
  readonly state: SlackState;
  readonly limits: Limits;
  readonly grant: Grant;
  readonly origin: string;
  /** Maximum number of channels or people per page. */
  readonly maxPage: number;
}

interface Method {
  /** One of these scopes is required; if null, it depends on the kind of channel. */
  readonly scope: string | null;
  readonly run: (context: MethodContext, args: Args) => Answer;
}

const kindScope = { public: 'channels', private: 'groups', im: 'im', mpim: 'mpim' } as const;
const typeKinds = { public_channel: 'public', private_channel: 'private', im: 'im', mpim: 'mpim' } as const;

const end = { next_cursor: '' };

export const readingMethods: Readonly<Record<string, Method>> = {
  'auth.test': { scope: '', run: authTest },
  'auth.teams.list': {
    scope: '',
    run: ({ state }) => ({ teams: [...state.teams].map(([id, name]) => ({ id, name })), response_metadata: end }),
  },
  'team.info': {
    scope: 'team:read',
    run: ({ state }) => ({ team: { id: [...state.teams.keys()][0], name: [...state.teams.values()][0] } }),
  },
  'conversations.list': { scope: null, run: (context, args) => listConversations(context, args) },
  'users.conversations': {
    scope: null,
    run: (context, args) =>
      listConversations(context, args, ({ members }) => members.has(args['user'] ?? context.grant.userId)),
  },
  'conversations.info': {
    scope: null,
    run: (context, args) => withChannel(context, args, 'read', (c) => ({ channel: toJson(context, c) })),
  },
  'conversations.members': {
    scope: null,
    run: (context, args) =>
      withChannel(context, args, 'read', ({ members }) => ({ members: [...members], response_metadata: end })),
  },
  'conversations.history': {
    scope: null,
    run: (context, args) =>
      withChannel(context, args, 'history', (channel) =>
        history(context.state, channel, args, context.limits.messages, context.origin),
      ),
  },
  'conversations.replies': {
    scope: null,
    run: (context, args) =>
      withChannel(context, args, 'history', (channel) =>
        replies(context.state, channel, args, context.limits.messages, context.origin),
      ),
  },
  'users.list': { scope: 'users:read', run: listUsers },
  'users.info': {
    scope: 'users:read',
    run: ({ state }, args) => {
      const user = state.users.get(args['user'] ?? '');
      return user === undefined ? 'user_not_found' : { user: userJson(user) };
    },
  },
  'files.info': {
    scope: 'files:read',
    run: ({ state, origin }, args) => {
      const file = state.files.get(args['file'] ?? '');
      if (file === undefined) return 'file_not_found';
      if (file.mode === 'tombstone') return 'file_deleted';
      const { access: _checked, ...known } = file;
      return { file: fileJson(state, known, origin), comments: [], response_metadata: end };
    },
  },
  'files.list': {
    scope: 'files:read',
    run: ({ state, origin }) => {
      const files = [...state.files.values()].map((file) => fileJson(state, file, origin));
      return { files, paging: { count: 100, total: files.length, page: 1, pages: 1 } };
    },
  },
};

export function missingScope({ grant }: MethodContext, needed: string): object | null {
  if (needed === '' || grant.scopes.includes(needed)) return null;
  return { ok: false, error: 'missing_scope', needed, provided: grant.scopes.join(',') };
}

function authTest({ state, grant }: MethodContext): Answer {
  const user = state.users.get(grant.userId);
  const [team] = state.teams;
  const { enterprise } = state;
  return {
    url: grant.isOrgWide ? 'https://harbour.enterprise.slack.com/' : 'https://harbour.slack.com/',
    team: grant.isOrgWide ? enterprise?.name : team?.[1],
    user: user?.name,
    team_id: grant.isOrgWide ? enterprise?.id : team?.[0],
    user_id: grant.userId,
    ...(grant.isBot ? { bot_id: 'B0SIM' } : {}),
    ...(enterprise === null ? {} : { enterprise_id: enterprise.id }),
    is_enterprise_install: grant.isOrgWide,
  };
}

/** @param isListed which of the visible channels are listed; only the other method says who is a member */
function listConversations(context: MethodContext, args: Args, isListed?: (channel: SimChannel) => boolean): Answer {
  const { state, grant, maxPage } = context;
  const types = (args['types'] ?? 'public_channel').split(',');
  if (types.some((type) => !Object.hasOwn(typeKinds, type))) return 'invalid_types';
  const kinds = types.map((type) => typeKinds[type as keyof typeof typeKinds]);
  const lacking = kinds.map((kind) => missingScope(context, `${kindScope[kind]}:read`)).find((found) => found !== null);
  if (lacking !== undefined) return { ...lacking };
  if (grant.isOrgWide && args['team_id'] === undefined) return 'missing_argument';
  const team = args['team_id'] ?? [...state.teams.keys()][0] ?? '';
  const all = [...state.channels.values()].filter(
    (channel) =>
      kinds.includes(channel.kind) &&
      channel.teams.includes(team) &&
      isListed?.(channel) !== false &&
      (channel.kind === 'public' || channel.members.has(grant.userId)),
  );
  const isShown = ({ archived }: SimChannel): boolean => !(args['exclude_archived'] === 'true' && archived);
  const json = (channel: SimChannel): object =>
    isListed === undefined ? toJson(context, channel) : { ...toJson(context, channel), is_member: undefined };
  return paged(all, 'channels', args, maxPage, json, isShown);
}

function listUsers({ state, maxPage }: MethodContext, args: Args): Answer {
  if (args['limit'] === undefined && state.users.size > 1000) return 'limit_required';
  return paged([...state.users.values()], 'members', args, maxPage, userJson);
}

/**
 * Cursors are base64 with its trailing `=`; an empty one means the end. Slack filters a page after it has filled it, so
 * a page may be short, or empty, although more follow (docs/vendors/slack.md#rate-tiers).
 */
function paged<T extends { readonly id: string }>(
  all: readonly T[],
  name: string,
  args: Args,
  maxPage: number,
  json: (item: T) => object,
  isShown: (item: T) => boolean = () => true,
): Answer {
  const cursor = args['cursor'] ? /^team:(\S+) $/.exec(Buffer.from(args['cursor'], 'base64').toString())?.[1] : '';
  const from = cursor === '' ? 0 : all.findIndex(({ id }) => id === cursor);
  if (from < 0) return 'invalid_cursor';
  const size = Math.min(Number(args['limit'] ?? 100) || 100, maxPage, 1000);
  const next = all[from + size];
  const next_cursor = next === undefined ? '' : Buffer.from(`team:${next.id} `).toString('base64');
  return {
    [name]: all
      .slice(from, from + size)
      .filter(isShown)
      .map(json),
    response_metadata: { next_cursor },
  };
}

/** Private channels do not exist for nonmembers; a bot reads only channels it is a member of. */
function withChannel(
  context: MethodContext,
  args: Args,
  right: 'read' | 'history',
  work: (channel: SimChannel) => Answer,
): Answer {
  const { state, grant } = context;
  const channel = state.channels.get(args['channel'] ?? '');
  if (channel === undefined) return 'channel_not_found';
  const lacking = missingScope(context, `${kindScope[channel.kind]}:${right}`);
  if (lacking !== null) return { ...lacking };
  const isMember = channel.members.has(grant.userId);
  if (channel.kind !== 'public' && !isMember) return 'channel_not_found';
  if (right === 'history' && grant.isBot && !isMember) return 'not_in_channel';
  return work(channel);
}

function toJson({ grant }: MethodContext, channel: SimChannel): object {
  const { id, name, kind, archived, members, teams } = channel;
  const other = [...members].find((member) => member !== grant.userId) ?? grant.userId;
  if (kind === 'im') return { id, created: 1449252889, is_im: true, is_archived: archived, user: other };
  return {
    id,
    name,
    name_normalized: name,
    created: 1449252889,
    is_channel: kind === 'public',
    is_group: kind === 'private',
    is_im: false,
    is_mpim: kind === 'mpim',
    is_private: kind !== 'public',
    is_archived: archived,
    is_member: members.has(grant.userId),
    shared_team_ids: teams,
    num_members: members.size,
  };
}

function userJson({ id, name, displayName, isBot, deleted }: SimUser): object {
  return {
    id,
    name,
    real_name: displayName,
    deleted,
    is_bot: isBot,
    profile: { display_name: displayName, real_name: displayName },
  };
}
