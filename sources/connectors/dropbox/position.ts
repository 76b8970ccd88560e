/** Dropbox's cursors, wrapped: a page of one listing and the start of the next are the same thing there. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { noPages, pageMemory } from '../page-memory.ts';
import { readStored } from '../stored-position.ts';

const stored = z.object({
  v: z.literal(1),
  cursor: z.string().min(1),
  /** Does the chain of cursors begin with a listing of everything? */
  full: z.boolean(),
  /** Of a team: where its paths begin. */
  root: z.string().optional(),
  memory: pageMemory.default(noPages),
  /** Where the next feed begins, if something of this chain could not be read. */
  held: z.string().optional(),
});
export type DropboxPosition = z.infer<typeof stored>;

export function writeCursor(position: Omit<DropboxPosition, 'v'>): Cursor {
  return JSON.stringify({ v: 1, ...position } satisfies DropboxPosition) as Cursor;
}

/** Where the next feed begins. */
export function writeCheckpoint(position: Omit<DropboxPosition, 'v' | 'full' | 'memory' | 'held'>): Checkpoint {
  return JSON.stringify({ v: 1, ...position, full: false, memory: noPages } satisfies DropboxPosition) as Checkpoint;
}

/** @throws SyncError `checkpoint_expired` for what is none of ours */
export function readPosition(text: Cursor | Checkpoint): DropboxPosition {
  return readStored(stored, text);
}
