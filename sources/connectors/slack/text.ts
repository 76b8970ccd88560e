/** Renders what people wrote as text: Slack's markup becomes names, links and characters. */

import { createHash } from 'node:crypto';
import { withEmoji } from './emoji.ts';
import { dateOf, toIso } from './time.ts';
import type { SlackMessage } from './wire.ts';

/** Subtypes of messages that Slack itself writes about people joining and leaving. */
const noise = new Set([
  'channel_join',
  'channel_leave',
  'channel_archive',
  'channel_unarchive',
  'channel_convert_to_private',
  'channel_posting_permissions',
  'group_join',
  'group_leave',
  'group_archive',
  'group_unarchive',
  'bot_add',
  'bot_remove',
  'bot_enable',
  'bot_disable',
  'pinned_item',
  'unpinned_item',
  'reminder_add',
  'huddle_thread',
]);

/** A deleted message with replies leaves this in its place. */
export const isTombstone = (message: SlackMessage): boolean => message.subtype === 'tombstone';

/**
 * An organization that has revoked its keys withholds the message, and Slack shows a notice in its place
 * (docs/vendors/slack.md#messages-and-threads).
 */
export const isWithheld = (message: SlackMessage): boolean =>
  message.subtype === 'ekm_access_denied' || message.user === 'UREVOKEDU';

export function isContent(message: SlackMessage): boolean {
  // A file, such as the notes of a huddle, is content whoever wrote the message.
  if (noise.has(message.subtype ?? '')) return message.files.length > 0;
  // A message whose text is missing still counts as a message.
  return isTombstone(message) || message.written !== '' || message.files.length > 0 || !message.hasText;
}

const mark = /<([^<>]+)>/g;

/** Returns the people and channels whose names a text needs. */
export function idsIn(text: string): string[] {
  return [...text.matchAll(mark)].flatMap(([, inner = '']) => {
    const [, id, label] = /^[@#]([UWCGD][A-Z0-9]+)(?:\|(.*))?$/.exec(inner) ?? [];
    return id === undefined || (label !== undefined && label !== '') ? [] : [id];
  });
}

export function namesNeededBy(message: SlackMessage): string[] {
  const author = message.username || message.bot_profile?.name ? [] : [message.user ?? ''];
  return [...author, ...idsIn(message.written)].filter((id) => /^[UWCGD]/.test(id));
}

/** Renders Slack's markup as people see it [https://docs.slack.dev/messaging/formatting-message-text]. */
export function toPlain(text: string, names: ReadonlyMap<string, string>): string {
  let plain = '';
  let end = 0;
  for (const match of text.matchAll(mark)) {
    plain += withEmoji(unescape(text.slice(end, match.index))) + unescape(meaningOf(match[1] ?? '', names));
    end = match.index + match[0].length;
  }
  return plain + withEmoji(unescape(text.slice(end)));
}

/** Renders all messages, each below its author and time. @param order oldest first */
export function renderMessages(
  label: string,
  order: readonly SlackMessage[],
  names: ReadonlyMap<string, string>,
): string {
  const [first] = order;
  const heading = first === undefined ? '' : `# ${label}, ${dateOf(first.ts)}\n\n`;
  return heading + order.map((message) => renderOne(message, names)).join('\n\n');
}

/**
 * Changes whenever anybody edits, adds or removes anything that is read here, but not for reactions or read markers.
 */
export function chainHash(before: string, message: SlackMessage): string {
  const facts = [
    message.ts,
    message.user ?? message.bot_id ?? '',
    message.username ?? '',
    message.edited?.ts ?? '',
    isTombstone(message),
    message.written,
    message.files.map((file) => [file.id, file.name, file.mode === 'tombstone']),
  ];
  return createHash('sha256').update(before).update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}

export const isChainHash = (value: string): boolean => /^[0-9a-f]{32}$/.test(value);

function renderOne(message: SlackMessage, names: ReadonlyMap<string, string>): string {
  const author = message.username || message.bot_profile?.name || nameOf(message, names) || 'an app';
  const head = `${author}, ${toIso(message.ts).slice(0, 16).replace('T', ' ')} UTC:`;
  const files = message.files.flatMap((file) => file.name ?? file.title ?? []);
  const parts = [
    isTombstone(message) ? '(This message was deleted.)' : toPlain(message.written, names),
    ...(files.length === 0 ? [] : [`Files: ${files.join(', ')}`]),
  ];
  return `${head}\n${parts.filter((part) => part !== '').join('\n')}`;
}

/** Slack does not return all people of other organizations by id, but their messages contain their names. */
function nameOf({ user = '', user_profile: profile }: SlackMessage, names: ReadonlyMap<string, string>): string {
  const known = names.get(user) ?? user;
  if (known !== user) return known;
  return profile?.display_name || profile?.real_name || profile?.name || user;
}

function meaningOf(inner: string, names: ReadonlyMap<string, string>): string {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? '' : inner.slice(bar + 1);
  const [kind, id] = [target[0], target.slice(1)];
  if (kind === '@' || kind === '#') return `${kind}${label || names.get(id) || id}`;
  if (kind === '!') return label || `@${id.split('^')[0] ?? id}`;
  if (label === '' || target === `mailto:${label}`) return target.replace(/^mailto:/, '');
  return label === target ? target : `[${label}](${target})`;
}

/** Slack escapes these three characters and no others. */
function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
