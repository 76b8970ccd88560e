/** What a Gmail cursor and checkpoint hold. Both are JSON with a version; nobody outside reads them. */

import { z } from 'zod';
import { SyncError } from '../../domain/errors.ts';
import type { Checkpoint, Cursor } from '../../domain/source.ts';

/** A position in the history: a number too large for JavaScript, kept as Gmail writes it [reference 4.4]. */
const historyId = z.string().regex(/^\d+$/);

const full = z.object({
  v: z.literal(1),
  kind: z.literal('full'),
  /** Where the history stood before the listing began. */
  historyId,
  /** Label ids to list, the first under way; null: all mail. */
  stretches: z.array(z.string().nullable()).min(1),
  token: z.string().nullable(),
});
export type FullState = z.infer<typeof full>;

const feed = z.object({
  v: z.literal(1),
  kind: z.literal('feed'),
  since: historyId,
  /** The ids of the labels that the source is limited to; null: all mail. */
  labels: z.array(z.string()).nullable(),
  token: z.string().nullable(),
});
export type FeedState = z.infer<typeof feed>;

const checkpoint = z.object({ v: z.literal(1), historyId });

export function writeCursor(state: FullState | FeedState): Cursor {
  return JSON.stringify(state) as Cursor;
}

export function readCursor(cursor: Cursor): FullState | FeedState {
  return read(z.union([full, feed]), cursor);
}

export function writeCheckpoint(id: string): Checkpoint {
  return JSON.stringify({ v: 1, historyId: id }) as Checkpoint;
}

/** @returns the history id to go on from */
export function readCheckpoint(text: Checkpoint): string {
  return read(checkpoint, text).historyId;
}

/** A position that cannot be read is as lost as one the vendor no longer knows. */
function read<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new SyncError('checkpoint_expired', {
      message: 'The saved position cannot be read; everything is listed again.',
      cause: error,
    });
  }
}
