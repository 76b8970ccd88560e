/**
 * Schemas of Slack's answers (docs/vendors/slack.md#channels, docs/vendors/slack.md#files). An answer as a whole is
 * parsed strictly: `ok` and the requested list are required. Items are parsed leniently: only an id is required, and
 * any other field that is absent, null or of another type counts as missing.
 */

import { z } from 'zod';
import { lenient, readableOf } from '../answers.ts';
import { fieldsOf, listOf } from '../loose.ts';
import { isForwarded, writtenIn } from './written.ts';

const timestampText = z.string().regex(/^\d{10}\.\d{6}$/);

/**
 * A message's id within its channel: seconds and microseconds (docs/vendors/slack.md#messages-and-threads). A number is
 * converted to text.
 */
export const timestamp = z.union([
  timestampText,
  z
    .number()
    .transform((seconds) => seconds.toFixed(6))
    .pipe(timestampText),
]);
const moment = timestamp.optional().catch(undefined);
const id = z.string().min(1);

/** Some answers contain a person's record where others contain the id. */
const person = z
  .union([z.string(), z.object({ id }).transform((user) => user.id)])
  .optional()
  .catch(undefined);

const paging = lenient.object({ next_cursor: lenient.text });
const ok = z.literal(true);

/** Items' ids begin with the workspace's id, so it is required: without it, every item would be a different one. */
export const identity = z
  .object({
    ok,
    url: lenient.text,
    team: lenient.anyText,
    user: lenient.anyText,
    team_id: lenient.text,
    bot_id: lenient.anyText,
    enterprise_id: lenient.text,
    is_enterprise_install: lenient.boolean,
    /** The client adds the token's scopes from the answer's headers. */
    response_metadata: lenient.object({ scopes: z.array(z.string()).optional().catch(undefined) }),
  })
  .refine(({ team_id, enterprise_id }) => Boolean(enterprise_id || team_id));
export type Identity = z.infer<typeof identity>;

/** Slack's names of the kinds of channels (docs/vendors/slack.md#channels). */
export const channelTypeNames = ['public_channel', 'private_channel', 'im', 'mpim'] as const;
export type ChannelType = (typeof channelTypeNames)[number];

export const channel = z.object({
  id,
  name: lenient.anyText,
  user: person,
  is_im: lenient.boolean,
  is_mpim: lenient.boolean,
  is_group: lenient.boolean,
  is_private: lenient.boolean,
  is_archived: lenient.boolean,
  is_member: lenient.boolean,
});
export type SlackChannel = z.infer<typeof channel>;

const file = z.object({
  id,
  name: lenient.anyText,
  title: lenient.anyText,
  mimetype: lenient.text,
  filetype: lenient.text,
  size: lenient.number,
  timestamp: lenient.number,
  edit_timestamp: lenient.number,
  updated: lenient.number,
  mode: lenient.text,
  file_access: lenient.text,
  permalink: lenient.text,
  url_private: lenient.text,
  url_private_download: lenient.text,
  initial_comment: lenient.object({ comment: lenient.anyText }),
});
export type SlackFile = z.infer<typeof file>;

const noFiles: { readonly read: SlackFile[]; readonly unread: number } = { read: [], unread: 0 };

/** Files that cannot be identified are counted, so that they are not taken for deleted. */
const files = z
  .unknown()
  .optional()
  .transform((value) => {
    if (value === null || value === undefined) return { ...noFiles, isAbsent: true };
    return { isAbsent: false, ...(readableOf(file).safeParse(value).data ?? { ...noFiles, unread: 1 }) };
  });

const forwardedFiles = lenient.list(file);

/** The files of a forwarded message are in its attachment. */
function filesForwarded(attachments: unknown): SlackFile[] {
  return listOf(attachments)
    .filter(isForwarded)
    .flatMap((attachment) => forwardedFiles.parse(fieldsOf(attachment)['files']));
}

/**
 * The parts of a message that are read. The text, blocks and attachments are joined at once, because the raw form is
 * many times as large.
 */
export const message = z
  .object({
    ts: timestamp,
    thread_ts: moment,
    subtype: lenient.text,
    user: person,
    bot_id: lenient.anyText,
    username: lenient.anyText,
    bot_profile: lenient.object({ name: lenient.anyText }),
    /** Sent for people of other organizations. */
    user_profile: lenient.object({ display_name: lenient.anyText, real_name: lenient.anyText, name: lenient.anyText }),
    text: lenient.anyText,
    blocks: z.unknown().optional(),
    attachments: z.unknown().optional(),
    comment: lenient.object({ comment: lenient.anyText }),
    files,
    upload: z.unknown().optional(),
    edited: lenient.object({ ts: moment }),
    /** A negative reply count counts as missing. */
    reply_count: z.number().nonnegative().optional().catch(undefined),
    reply_users_count: z.number().nonnegative().optional().catch(undefined),
    latest_reply: moment,
  })
  .transform(({ text, blocks, attachments, comment, files: shared, upload, ...facts }) => ({
    ...facts,
    written: writtenIn({
      text,
      blocks,
      attachments,
      isByApp: facts.bot_id !== undefined || facts.subtype === 'bot_message',
      comments: [comment?.comment, ...shared.read.map((one) => one.initial_comment?.comment)],
    }),
    /** Slack always sends a text, even if it is empty. */
    hasText: text !== undefined,
    files: [...shared.read, ...filesForwarded(attachments)],
    // Slack says only for messages with files whether these were uploaded with them.
    unreadFiles: shared.unread + (typeof upload === 'boolean' && shared.isAbsent ? 1 : 0),
  }));
export type SlackMessage = z.infer<typeof message>;

export const channelsPage = z.object({ ok, channels: readableOf(channel), response_metadata: paging });
export const teamsPage = z.object({ ok, teams: readableOf(z.object({ id })), response_metadata: paging });
export const messagesPage = z.object({
  ok,
  messages: readableOf(message),
  has_more: lenient.boolean,
  /** Sent to workspaces on the free plan: older messages exist, and the plan hides them. */
  is_limited: lenient.boolean,
  response_metadata: paging,
});
export const channelAnswer = z.object({ ok, channel });
export const fileAnswer = z.object({ ok, file });
export const userAnswer = z.object({
  ok,
  user: z.object({
    id: z.unknown().optional(),
    name: lenient.anyText,
    real_name: lenient.anyText,
    profile: lenient.object({ display_name: lenient.anyText, real_name: lenient.anyText }),
  }),
});
