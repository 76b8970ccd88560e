/** Defines Slack's cursor and checkpoint. Both are JSON with a version, and only this connector reads them. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { noPages, pageMemory } from '../page-memory.ts';
import { readStored } from '../stored-position.ts';
import { channelTypeNames, timestamp } from './wire.ts';

/** The owner of the messages. */
const home = z.object({
  /** The organization's id if there is one (Enterprise Grid), else the workspace's: ids below it are unique. */
  id: z.string().min(1),
  /** The address at which its messages appear in a browser. */
  url: z.string(),
  /** A bot reads only channels it is a member of. */
  isBot: z.boolean(),
});
export type Home = z.infer<typeof home>;

/** A channel to read, with the start, and the end if it is not the listing's end. */
const channelToRead = z.object({
  id: z.string(),
  label: z.string(),
  oldest: timestamp,
  latest: timestamp.optional(),
  archived: z.boolean().default(false),
});

/** The single messages of one day, as far as they were read. */
const day = z.object({
  date: z.string(),
  hash: z.string(),
  latest: timestamp,
  /** Set if Slack withholds what was written in one of them. */
  isWithheld: z.boolean().default(false),
});

const channelWalk = z.object({
  channel: channelToRead,
  cursor: z.string().nullable(),
  /** Set once its history has no further page. */
  ended: z.boolean(),
  /** Threads in the history that are still to be read. */
  threads: z.array(timestamp),
  day: day.nullable(),
  /** The oldest message so far: each page must reach further back. */
  reached: timestamp.nullable().default(null),
  /** Number of pages since the last one that had a message. */
  idle: z.number().default(0),
  /** Number of failures of the next call, and the time of its retry (milliseconds since 1970). */
  tries: z.number().default(0),
  until: z.number().default(0),
  /** Number of times its history was restarted because Slack rejected its own cursor. */
  started: z.number().default(0),
  /** Days with something that could not be read. */
  unreadDays: z.array(z.string()).default([]),
  /** Set if unreadable messages were received, so their days are unknown. */
  isPartial: z.boolean().default(false),
});

/** The state of a listing. Each call to Slack advances it to the next state. */
const walk = z.object({
  v: z.literal(1),
  /** Whether everything is listed, rather than only the most recent days. */
  full: z.boolean(),
  /** The one channel or day that is listed. */
  container: z.string().nullable().default(null),
  home,
  /** The end of this listing, fixed when it began; the next one starts from it. */
  latest: timestamp,
  since: timestamp,
  /** Channels still to be found; null once all are known. */
  finding: z
    .object({
      /**
       * Workspaces whose channels are still to be listed (an empty id: the token's own), or the channels that the
       * config names.
       */
      queue: z.array(z.string()),
      /** False until a gap has been named for the workspaces that Slack did not return. */
      isQueueWhole: z.boolean().default(true),
      cursor: z.string().nullable(),
      /** Kinds of channels still to be listed one by one, because Slack refuses to list all together; null: together. */
      types: z.array(z.enum(channelTypeNames)).nullable().default(null),
      /** Channels that the last listing read. A channel not among them is read from its beginning. */
      known: z.array(z.string()).nullable(),
      /** The start of what the last listing did not read, by channel id. */
      behind: z.record(z.string(), timestamp).default({}),
      /** Archived channels that were read to their end. */
      resting: z.array(z.string()).default([]),
      /** The last pages of the list, to notice one that does not end. */
      memory: pageMemory.default(noPages),
      /** Number of failed look-ups of a channel that the config names, or of starts of a workspace's list. */
      tries: z.record(z.string(), z.number()).default({}),
      /** Names of the config that no channel has had so far; null if the list cannot show that one is missing. */
      missing: z.array(z.string()).nullable().default(null),
    })
    .nullable(),
  waiting: z.array(channelToRead),
  /** Channels whose last call failed; they are retried after all others. */
  later: z.array(channelWalk).default([]),
  /** Ids of all channels found. */
  found: z.array(z.string()),
  at: channelWalk.nullable(),
  behind: z.record(z.string(), timestamp).default({}),
  resting: z.array(z.string()).default([]),
  /** Slack allows no call before this time (milliseconds since 1970). */
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
