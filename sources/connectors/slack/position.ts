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

/** A channel to be read, and from when on. */
const channelToRead = z.object({ id: z.string(), label: z.string(), oldest: timestamp });

/** The messages of one day that stand alone, as far as they were read. */
const day = z.object({ date: z.string(), hash: z.string(), latest: timestamp });

/** A listing under way. Each call to Slack leads from one of these to the next. */
const walk = z.object({
  v: z.literal(1),
  /** All there is, rather than what is not older than some days. */
  full: z.boolean(),
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
    })
    .nullable(),
  waiting: z.array(channelToRead),
  /** Ids of all channels found. */
  found: z.array(z.string()),
  at: z
    .object({
      channel: channelToRead,
      cursor: z.string().nullable(),
      /** No further page of its history is to come. */
      ended: z.boolean(),
      /** Threads that the history named, still to be read. */
      threads: z.array(timestamp),
      day: day.nullable(),
    })
    .nullable(),
});
export type Walk = z.infer<typeof walk>;
export type ChannelWalk = NonNullable<Walk['at']>;

const checkpoint = z.object({ v: z.literal(1), at: timestamp, channels: z.array(z.string()) });
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
