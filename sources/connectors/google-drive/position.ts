/** What a Drive cursor and checkpoint hold. Both are JSON with a version; nobody outside reads them. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { pageMemory } from '../page-memory.ts';
import { readStored } from '../stored-position.ts';

const tokens = z.object({
  /** Position in the change log of the user (My Drive and what is shared with them). */
  user: z.string(),
  /** Position in each shared drive's own log. */
  drives: z.record(z.string(), z.string()),
});
export type LogTokens = z.infer<typeof tokens>;

/** A corpus is what one of Google's lists and one of its logs cover: the user's own, or one shared drive. */
const corpus = {
  scope: z.string().describe('"user" or a shared drive id'),
  name: z.string(),
  token: z.string().nullable(),
  /** Times that it has been refused in a row. */
  attempts: z.int(),
  memory: pageMemory,
};
const list = z.object({ how: z.literal('list'), ...corpus });
const changes = z.object({
  how: z.literal('changes'),
  ...corpus,
  /** Something in it could not be read: the next feed begins where this one did. */
  held: z.boolean(),
});

/** Folders to be listed with all below them. */
const tree = z.object({
  how: z.literal('tree'),
  /** Folders that the query asks for which `token` goes on with, and folders still to be asked for. */
  listing: z.array(z.string()),
  token: z.string().nullable(),
  pending: z.array(z.string()),
  /** Folders one query asks for; less after a refusal, until the refused one stands alone. */
  width: z.int(),
  attempts: z.int(),
  memory: pageMemory,
});

const segment = z.discriminatedUnion('how', [list, changes, tree]);
export type ListSegment = z.infer<typeof list>;
export type ChangesSegment = z.infer<typeof changes>;
export type TreeSegment = z.infer<typeof tree>;
export type Segment = z.infer<typeof segment>;

const walk = z.object({
  v: z.literal(2),
  /** A full listing, a feed, or one container: what its end says. */
  what: z.enum(['full', 'feed', 'container']),
  /** The first is under way. */
  queue: z.array(segment),
  tokens,
  /** Google itself called a listing of the user's corpus incomplete. */
  incomplete: z.boolean(),
  /** Folders of others that are listed by themselves, so that none is followed twice. */
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
