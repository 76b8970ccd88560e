/** What Slack answers, as far as it is read here [reference 5.3 to 5.6, appendix A]. */

import { z } from 'zod';

const text = z.string().nullish();
const flag = z.boolean().nullish();

/** A message's id within its channel: seconds and microseconds, never a number [reference 5.4]. */
export const timestamp = z.string().regex(/^\d{10}\.\d{6}$/);

/** An empty cursor is the end, as is none. */
const paging = z.object({ next_cursor: text }).nullish();

export const identity = z.object({
  url: z.string(),
  team: text,
  user: text,
  team_id: text,
  bot_id: text,
  enterprise_id: text,
  is_enterprise_install: flag,
});
export type Identity = z.infer<typeof identity>;

export const channel = z.object({
  id: z.string().min(1),
  name: text,
  user: text,
  is_im: flag,
  is_mpim: flag,
  is_private: flag,
  is_archived: flag,
  is_member: flag,
});
export type SlackChannel = z.infer<typeof channel>;

const file = z.object({
  id: z.string().min(1),
  name: text,
  title: text,
  mimetype: text,
  size: z.number().nullish(),
  timestamp: z.number().nullish(),
  edit_timestamp: z.number().nullish(),
  mode: text,
  file_access: text,
  permalink: text,
  url_private: text,
  url_private_download: text,
});
export type SlackFile = z.infer<typeof file>;

const attachment = z.object({
  fallback: text,
  pretext: text,
  title: text,
  text: text,
  from_url: text,
  is_share: flag,
});
export type SlackAttachment = z.infer<typeof attachment>;

export const message = z.object({
  ts: timestamp,
  thread_ts: timestamp.nullish(),
  subtype: text,
  user: text,
  bot_id: text,
  username: text,
  bot_profile: z.object({ name: text }).nullish(),
  text: text,
  blocks: z.array(z.unknown()).nullish(),
  attachments: z.array(attachment).nullish(),
  files: z.array(file).nullish(),
  edited: z.object({ ts: z.string() }).nullish(),
  reply_count: z.number().nullish(),
  latest_reply: text,
});
export type SlackMessage = z.infer<typeof message>;

export const channelsPage = z.object({ channels: z.array(channel), response_metadata: paging });
export const teamsPage = z.object({ teams: z.array(z.object({ id: z.string() })), response_metadata: paging });
export const messagesPage = z.object({ messages: z.array(message), has_more: flag, response_metadata: paging });
export const channelAnswer = z.object({ channel });
export const fileAnswer = z.object({ file });
export const userAnswer = z.object({
  user: z.object({
    name: text,
    real_name: text,
    profile: z.object({ display_name: text, real_name: text }).nullish(),
  }),
});
