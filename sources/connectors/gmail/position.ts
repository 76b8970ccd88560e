/** Defines Gmail's cursor and checkpoint. Both are JSON with a version, and only this connector reads them. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { pageMemory } from '../page-memory.ts';
import { readStored } from '../stored-position.ts';

/** A position in the history. It is too large for a JavaScript number, so it stays a string. */
const historyId = z.string().regex(/^\d+$/);

const full = z.object({
  v: z.literal(2),
  kind: z.literal('full'),
  historyId,
  /** Label ids left to list, beginning with the current one; null: all mail. */
  segments: z.array(z.string().nullable()).min(1),
  token: z.string().nullable(),
  /** Set if Gmail returned no messages but estimated that there are some. */
  doubtful: z.boolean(),
  memory: pageMemory,
});
export type FullState = z.infer<typeof full>;

const feed = z.object({
  v: z.literal(2),
  kind: z.literal('feed'),
  since: historyId,
  /** The ids of the labels that the source is limited to; null: all mail. */
  labels: z.array(z.string()).nullable(),
  /** Set if the mailbox lacks some labels of the config: a message without the others may have had one of them. */
  lacksLabels: z.boolean().default(false),
  token: z.string().nullable(),
  /** Set if something could not be read: the next feed then starts where this one did. */
  held: z.boolean(),
  memory: pageMemory,
});
export type FeedState = z.infer<typeof feed>;

const checkpoint = z.object({ v: z.literal(1), historyId });

export function writeCursor(state: FullState | FeedState): Cursor {
  return JSON.stringify(state) as Cursor;
}

export function readCursor(cursor: Cursor): FullState | FeedState {
  return readStored(z.union([full, feed]), cursor);
}

export function writeCheckpoint(id: string): Checkpoint {
  return JSON.stringify({ v: 1, historyId: id }) as Checkpoint;
}

/** @returns the history id to continue from */
export function readCheckpoint(text: Checkpoint): string {
  return readStored(checkpoint, text).historyId;
}
