/** `conversations.history` and `conversations.replies` (docs/vendors/slack.md#messages-and-threads). */

import type { SlackState, SimChannel, SimFile, SimMessage } from './state.ts';

export type Args = Readonly<Record<string, string>>;

/** A page, or the error code of a refusal. */
export type Answer = Readonly<Record<string, unknown>> | string;

/**
 * Newest first. Bounds are exclusive unless `inclusive`; with `oldest` alone, the messages closest to it are returned.
 * Replies are not included, unless they were also sent to the channel.
 */
export function history(state: SlackState, channel: SimChannel, args: Args, max: number, origin: string): Answer {
  const limit = limitOf(args, 100, max, 999);
  if (limit === null) return 'invalid_limit';
  const { oldest = '0', latest, inclusive } = args;
  if (!/^\d+(\.\d+)?$/.test(oldest)) return 'invalid_ts_oldest';
  if (latest !== undefined && !/^\d+(\.\d+)?$/.test(latest)) return 'invalid_ts_latest';
  const counts = inclusive === 'true' || inclusive === '1';
  const visible = channel.messages.filter((message) => !state.isHidden(message));
  const within = visible.filter(({ ts, threadTs, subtype }) => {
    if (threadTs !== undefined && subtype !== 'thread_broadcast') return false;
    const after = micros(ts) - micros(oldest);
    const before = latest === undefined ? 1n : micros(latest) - micros(ts);
    return (counts ? after >= 0n : after > 0n) && (counts ? before >= 0n : before > 0n);
  });
  const before = readCursor(args);
  if (before === undefined) return 'invalid_cursor';
  const left = before === null ? within : within.filter(({ ts }) => micros(ts) <= before);
  const fromOldest = args['oldest'] !== undefined && latest === undefined && before === null;
  const page = fromOldest ? left.slice(0, limit) : left.slice(-limit);
  const next = fromOldest ? left[limit] : left.at(-limit - 1);
  return {
    messages: page.toReversed().map((message) => toJson(state, channel, message, origin)),
    pin_count: 0,
    // Sent to free workspaces only: older messages exist, and their plan hides them.
    ...(visible.length < channel.messages.length && next === undefined ? { is_limited: true } : {}),
    ...paging(next, args),
  };
}

/** Oldest first, with the parent on every page. A message without replies is returned alone. */
export function replies(state: SlackState, channel: SimChannel, args: Args, max: number, origin: string): Answer {
  const limit = limitOf(args, 1000, max, 1000);
  if (limit === null) return 'invalid_limit';
  const asked = channel.messages.find(({ ts }) => ts === args['ts']);
  if (asked === undefined || state.isHidden(asked)) return 'thread_not_found';
  const after = readCursor(args);
  if (after === undefined) return 'invalid_cursor';
  const all = state.replies(channel, asked.ts);
  const left = after === null ? all : all.filter(({ ts }) => micros(ts) >= after);
  const page = left.slice(0, Math.max(1, limit - 1));
  return {
    messages: [asked, ...page].map((message) => toJson(state, channel, message, origin)),
    ...paging(left[page.length], args),
  };
}

export function fileJson(state: SlackState, file: SimFile, origin: string): object {
  if (file.mode === 'tombstone') return { id: file.id, mode: 'tombstone' };
  if (file.access === 'check_file_info')
    return { id: file.id, mode: 'file_access', file_access: file.access, created: 0, timestamp: 0, user: '' };
  const team = [...state.teams.keys()][0];
  const path = `${team}-${file.id}`;
  const isHere = file.access === undefined && file.mode !== 'external' && file.mode !== 'hidden_by_limit';
  const address = {
    url_private: `${origin}/files-pri/${path}/${encodeURIComponent(file.name)}`,
    url_private_download: `${origin}/files-pri/${path}/download/${encodeURIComponent(file.name)}`,
  };
  return {
    id: file.id,
    created: file.createdS,
    timestamp: file.createdS,
    name: file.name,
    title: file.name,
    mimetype: file.mimetype,
    filetype: 'text',
    size: file.bytes.length,
    mode: file.mode,
    is_external: file.mode === 'external',
    ...(file.access === undefined ? {} : { file_access: file.access }),
    ...(isHere ? address : {}),
    ...(file.mode === 'external' ? { url_private: 'https://docs.example.com/d/1' } : {}),
    permalink: `https://harbour.slack.com/files/U0/${file.id}/${encodeURIComponent(file.name)}`,
  };
}

/** Shown in place of a message whose key was revoked [https://docs.slack.dev/reference/events/message/ekm_access_denied]. */
function withheldJson({ ts }: SimMessage): object {
  const text = 'Your admins have suspended everyone’s access to this content.';
  return { type: 'message', subtype: 'ekm_access_denied', ts, text, user: 'UREVOKEDU' };
}

function toJson(state: SlackState, channel: SimChannel, message: SimMessage, origin: string): object {
  if (message.withheld === true) return withheldJson(message);
  const answers = message.threadTs === undefined ? state.replies(channel, message.ts) : [];
  const files = message.files.flatMap((id) => state.files.get(id) ?? []);
  const user = state.users.get(message.user);
  return {
    type: 'message',
    ts: message.ts,
    user: message.tombstone === true ? 'USLACKBOT' : message.user,
    text: message.tombstone === true ? 'This message was deleted.' : message.text,
    ...(message.tombstone === true ? { subtype: 'tombstone', hidden: true } : {}),
    ...(message.subtype === undefined ? {} : { subtype: message.subtype }),
    ...(user?.isBot === true ? { bot_id: 'B0SIM', bot_profile: { id: 'B0SIM', name: user.displayName } } : {}),
    // Comes with messages of people of other organizations, whom `users.info` may not return.
    ...(message.profile === undefined ? {} : { user_profile: message.profile }),
    ...(message.attachments === undefined ? {} : { attachments: message.attachments }),
    ...(message.blocks === undefined ? {} : { blocks: message.blocks }),
    ...(files.length === 0 || message.tombstone === true
      ? {}
      : { files: files.map((file) => fileJson(state, file, origin)), upload: false }),
    ...(message.editedTs === undefined ? {} : { edited: { user: message.user, ts: message.editedTs } }),
    ...(message.reactions === 0 ? {} : { reactions: [{ name: 'eyes', users: [], count: message.reactions }] }),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs, parent_user_id: message.user }),
    ...(answers.length === 0 ? {} : parentFacts(message, answers)),
  };
}

function parentFacts({ ts }: SimMessage, answers: readonly SimMessage[]): object {
  const people = [...new Set(answers.map((answer) => answer.user))];
  return {
    thread_ts: ts,
    reply_count: answers.length,
    reply_users_count: people.length,
    reply_users: people,
    latest_reply: answers.at(-1)?.ts,
    is_locked: false,
    subscribed: false,
  };
}

function limitOf(args: Args, usual: number, max: number, highest: number): number | null {
  const asked = args['limit'] === undefined ? usual : Number(args['limit']);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, max, highest) : null;
}

/** Bound to the query that it continues, and ending in `=` as base64 does. */
function paging(next: SimMessage | undefined, args: Args): object {
  if (next === undefined) return { has_more: false };
  const cursor = Buffer.from(`next_ts:${micros(next.ts)} ${bindingOf(args)}`).toString('base64');
  return { has_more: true, response_metadata: { next_cursor: cursor } };
}

/** @returns null without a cursor, undefined for a foreign one */
function readCursor(args: Args): bigint | null | undefined {
  if (args['cursor'] === undefined || args['cursor'] === '') return null;
  const [, at, binding] = /^next_ts:(\d+) (.*)$/.exec(Buffer.from(args['cursor'], 'base64').toString()) ?? [];
  return at === undefined || binding !== bindingOf(args) ? undefined : BigInt(at);
}

function bindingOf({ channel = '', ts = '', oldest = '', latest = '' }: Args): string {
  return `${channel} ${ts} ${oldest} ${latest}`;
}

function micros(ts: string): bigint {
  const [seconds = '0', fraction = ''] = ts.split('.');
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6) || '0');
}
