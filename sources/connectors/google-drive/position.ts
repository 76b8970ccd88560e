/** What a Drive cursor and checkpoint hold. Both are JSON with a version; nobody outside reads them. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { readStored } from '../stored-position.ts';

const tokens = z.object({
  /** Position in the change log of the user (My Drive and what is shared with them). */
  user: z.string(),
  /** Position in each shared drive's own log. */
  drives: z.record(z.string(), z.string()),
});
export type LogTokens = z.infer<typeof tokens>;

/** One stretch of work: list a whole corpus, or read a change log from `token` on. */
const stretch = z.object({
  scope: z.string().describe('"user" or a shared drive id'),
  how: z.enum(['list', 'changes']),
  token: z.string().nullable(),
});
export type Stretch = z.infer<typeof stretch>;

const walk = z.object({
  v: z.literal(1),
  kind: z.literal('walk'),
  full: z.boolean(),
  /** The first is under way. */
  queue: z.array(stretch),
  tokens,
  incomplete: z.boolean(),
});
export type WalkState = z.infer<typeof walk>;

const subtree = z.object({
  v: z.literal(1),
  kind: z.literal('subtree'),
  /** Folders being listed by the query that `token` goes on with, and folders still to list. */
  listing: z.array(z.string()),
  token: z.string().nullable(),
  pending: z.array(z.string()),
});
export type SubtreeState = z.infer<typeof subtree>;

const checkpoint = z.object({ v: z.literal(1), tokens });

export function writeCursor(state: WalkState | SubtreeState): Cursor {
  return JSON.stringify(state) as Cursor;
}

export function readCursor(cursor: Cursor): WalkState | SubtreeState {
  return readStored(z.union([walk, subtree]), cursor);
}

export function writeCheckpoint(value: LogTokens): Checkpoint {
  return JSON.stringify({ v: 1, tokens: value }) as Checkpoint;
}

export function readCheckpoint(text: Checkpoint): LogTokens {
  return readStored(checkpoint, text).tokens;
}
