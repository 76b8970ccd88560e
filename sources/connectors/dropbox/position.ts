/** Wraps Dropbox's cursors, which mark both a page of one listing and the start of the next. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { noPages, pageMemory } from '../page-memory.ts';
import { readStored } from '../stored-position.ts';

const stored = z.object({
  v: z.literal(1),
  cursor: z.string().min(1),
  /** Whether the chain of cursors began with a full listing. */
  full: z.boolean(),
  /** The root of a team's paths. */
  root: z.string().optional(),
  memory: pageMemory.default(noPages),
  /** The start of the next feed, if something in this chain could not be read. */
  held: z.string().optional(),
});
export type DropboxPosition = z.infer<typeof stored>;

export function writeCursor(position: Omit<DropboxPosition, 'v'>): Cursor {
  return JSON.stringify({ v: 1, ...position } satisfies DropboxPosition) as Cursor;
}

/** Writes the start of the next feed. */
export function writeCheckpoint(position: Omit<DropboxPosition, 'v' | 'full' | 'memory' | 'held'>): Checkpoint {
  return JSON.stringify({ v: 1, ...position, full: false, memory: noPages } satisfies DropboxPosition) as Checkpoint;
}

/** @throws SyncError `checkpoint_expired` for a position that this connector did not write */
export function readPosition(text: Cursor | Checkpoint): DropboxPosition {
  return readStored(stored, text);
}
