/** Defines Drive's cursor and checkpoint. Both are JSON with a version, and only this connector reads them. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { pageMemory } from '../page-memory.ts';
import { readStored } from '../stored-position.ts';

const tokens = z.object({
  /** Position in the user's change log (My Drive and files shared with the user). */
  user: z.string(),
  drives: z.record(z.string(), z.string()),
});
export type LogTokens = z.infer<typeof tokens>;

const tries = {
  /** Number of consecutive refusals. */
  attempts: z.int(),
  /** It is not tried again before this time, in milliseconds since 1970. Cursors of earlier versions have none. */
  until: z.number().default(0),
};

/** A corpus is what one of Google's lists and logs covers: the user's own files, or one shared drive. */
const corpus = {
  scope: z.string().describe('"user" or a shared drive id'),
  name: z.string(),
  token: z.string().nullable(),
  ...tries,
  memory: pageMemory,
};
const list = z.object({
  how: z.literal('list'),
  ...corpus,
  /** Set if only its folders are listed, before all of it: the config excludes some of them. */
  only: z.literal('folders').optional(),
});
const changes = z.object({
  how: z.literal('changes'),
  ...corpus,
  /** Set if something in it could not be read: the next feed then starts where this one did. */
  held: z.boolean(),
});

/** Folders to list with their whole subtrees. */
const tree = z.object({
  how: z.literal('tree'),
  /** The folders in the query that `token` continues, and the folders still to be queried. */
  listing: z.array(z.string()),
  token: z.string().nullable(),
  pending: z.array(z.string()),
  /** Folders in the query of which no page has shown any child so far. */
  unseen: z.array(z.string()).default([]),
  /** Folders to be queried by themselves, because a query for several showed nothing of them. */
  alone: z.array(z.string()).default([]),
  /** Number of folders per query. It is reduced after a refusal until the refused folder stands alone. */
  width: z.int(),
  ...tries,
  memory: pageMemory,
});

const segment = z.discriminatedUnion('how', [list, changes, tree]);
export type ListSegment = z.infer<typeof list>;
export type ChangesSegment = z.infer<typeof changes>;
export type TreeSegment = z.infer<typeof tree>;
export type Segment = z.infer<typeof segment>;

const walk = z.object({
  v: z.literal(2),
  /** A full listing, a feed, or one container; it decides what the last page returns. */
  what: z.enum(['full', 'feed', 'container']),
  /** The first segment is the current one. */
  queue: z.array(segment),
  tokens,
  /** Set if Google marked a listing of the user's corpus as incomplete. */
  incomplete: z.boolean(),
  /** Other people's folders that are listed separately; each is followed only once. */
  followed: z.array(z.string()),
});
export type WalkState = z.infer<typeof walk>;

const checkpoint = z.object({ v: z.literal(1), tokens });

export function writeCursor(state: WalkState): Cursor {
  return JSON.stringify(state) as Cursor;
}

export function readCursor(cursor: Cursor): WalkState {
  return readStored(walk, cursor);
}

export function writeCheckpoint(value: LogTokens): Checkpoint {
  return JSON.stringify({ v: 1, tokens: value }) as Checkpoint;
}

export function readCheckpoint(text: Checkpoint): LogTokens {
  return readStored(checkpoint, text).tokens;
}
