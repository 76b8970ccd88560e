/** What a Slack cursor and checkpoint hold. Both are JSON with a version; nobody outside reads them. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { timestamp } from './wire.ts';
import { readStored } from '../stored-position.ts';

/** Whose messages these are. */
const home = z.object({
  /** Of the organisation where there is one (Enterprise Grid), else of the workspace: ids below it are unique. */
  id: z.string().min(1),
  /** Where its messages show in a browser. */
  url: z.string(),
  /** A bot reads only what it is a member of. */
  isBot: z.boolean(),
});
export type Home = z.infer<typeof home>;

/** A channel to be read, from when on, and to when if not to the listing's end. */
const channelToRead = z.object({
  id: z.string(),
  label: z.string(),
  oldest: timestamp,
  latest: timestamp.optional(),
  archived: z.boolean().default(false),
});

/** The messages of one day that stand alone, as far as they were read. */
const day = z.object({ date: z.string(), hash: z.string(), latest: timestamp });

const channelWalk = z.object({
  channel: channelToRead,
  cursor: z.string().nullable(),
  /** No further page of its history is to come. */
  ended: z.boolean(),
  /** Threads that the history named, still to be read. */
  threads: z.array(timestamp),
  day: day.nullable(),
  /** The oldest message so far: each page has to lead further back. */
  reached: timestamp.nullable().default(null),
  /** Pages without a message since the last that had one. */
  idle: z.number().default(0),
  /** How often the next call has failed, and when it is made again (milliseconds since 1970). */
  tries: z.number().default(0),
  until: z.number().default(0),
  /** How often its history was begun anew, because Slack did not know its own cursor. */
  begun: z.number().default(0),
  /** Days of which something could not be read. */
  unreadDays: z.array(z.string()).default([]),
  /** Messages came that could not be read: nobody knows of which day. */
  isPartial: z.boolean().default(false),
});

/** A listing under way. Each call to Slack leads from one of these to the next. */
const walk = z.object({
  v: z.literal(1),
  /** All there is, rather than what is not older than some days. */
  full: z.boolean(),
  /** The one channel or day that is listed. */
  container: z.string().nullable().default(null),
  home,
  /** Where this listing ends, fixed when it began: where the next one starts from. */
  latest: timestamp,
  since: timestamp,
  /** Channels still to be found; null once all are known. */
  finding: z
    .object({
      /** Workspaces to ask for their channels (an empty id: the token's own), or the channels that the config names. */
      queue: z.array(z.string()),
      cursor: z.string().nullable(),
      /** Channels that the last listing read. One that is new to it is read from its beginning. */
      known: z.array(z.string()).nullable(),
      /** What the last listing did not read of a channel begins here, by the channel's id. */
      behind: z.record(z.string(), timestamp).default({}),
      /** Archived channels that were read to their end. */
      resting: z.array(z.string()).default([]),
      /** Pages without a new channel since the last that had one. */
      idle: z.number().default(0),
      /** How often a channel that the config names could not be found out about, or the list of a workspace was begun. */
      tries: z.record(z.string(), z.number()).default({}),
    })
    .nullable(),
  waiting: z.array(channelToRead),
  /** Channels whose last call failed, to be tried again when all others have been read. */
  later: z.array(channelWalk).default([]),
  /** Ids of all channels found. */
  found: z.array(z.string()),
  at: channelWalk.nullable(),
  behind: z.record(z.string(), timestamp).default({}),
  resting: z.array(z.string()).default([]),
  /** Slack grants no call before this moment (milliseconds since 1970). */
  heldUntil: z.number().default(0),
});
export type Walk = z.infer<typeof walk>;
export type ChannelWalk = z.infer<typeof channelWalk>;
export type ChannelToRead = z.infer<typeof channelToRead>;

const checkpoint = z.object({
  v: z.literal(1),
  at: timestamp,
  channels: z.array(z.string()),
  behind: z.record(z.string(), timestamp).default({}),
  resting: z.array(z.string()).default([]),
});
export type SlackCheckpoint = z.infer<typeof checkpoint>;

export function writeCursor(state: Walk): Cursor {
  return JSON.stringify(state) as Cursor;
}

export function readCursor(cursor: Cursor): Walk {
  return readStored(walk, cursor);
}

export function writeCheckpoint(state: Omit<SlackCheckpoint, 'v'>): Checkpoint {
  return JSON.stringify({ v: 1, ...state } satisfies SlackCheckpoint) as Checkpoint;
}

export function readCheckpoint(text: Checkpoint): SlackCheckpoint {
  return readStored(checkpoint, text);
}
