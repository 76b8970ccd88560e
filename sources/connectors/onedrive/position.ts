/** What a OneDrive cursor and checkpoint hold. Both are JSON with a version; nobody outside reads them. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { noPages, pageMemory } from '../page-memory.ts';
import { readStored } from '../stored-position.ts';
import { graphLink } from './wire.ts';

/** A folder that Graph fails to list is tried so often within one listing before it is named as a gap. */
export const maxTries = 3;

/** What one feed covers: a whole drive, or (with an id) a folder that lies in somebody else's. */
const top = z.object({ driveId: z.string(), itemId: z.string().nullable() });
export type Top = z.infer<typeof top>;

/** A folder of somebody else's that a shortcut in the own drive leads to. */
const sharedFolder = z.object({
  /** The shortcut's id in the own drive: its tombstone says that the folder is no longer ours to read. */
  shortcutId: z.string(),
  driveId: z.string(),
  itemId: z.string(),
  /** Null where the drive offers no feed of a folder: business drives have one of the whole drive only. */
  link: graphLink.nullable(),
  /** The shortcut's, for whoever has to be told that it cannot be listed. */
  name: z.string().optional(),
  /** It could not be listed when this was written: the next job begins by listing it whole. */
  refused: z.boolean().optional(),
});
export type SharedFolder = z.infer<typeof sharedFolder>;

/** Delta links: of the own drive, and of each shared folder. */
const positions = z.object({ driveId: z.string(), link: graphLink, shared: z.array(sharedFolder) });
export type Positions = z.infer<typeof positions>;

/** A folder by its id; its name is for whoever has to be told that it cannot be listed. */
const pendingFolder = z.union([
  // As written by versions without names.
  z.string().transform((id): { id: string; name: string; tries: number; driveId?: string | undefined } => ({
    id,
    name: id,
    tries: 0,
  })),
  z.object({
    id: z.string(),
    name: z.string(),
    tries: z.number(),
    /** Of a shared folder, where it is another than the walk's. */
    driveId: z.string().optional(),
  }),
]);
export type PendingFolder = z.infer<typeof pendingFolder>;

/** Folders still to list by their children; `link` goes on with `folder`. */
const folders = z.object({
  driveId: z.string(),
  folder: pendingFolder.nullable(),
  link: graphLink.nullable(),
  pending: z.array(pendingFolder),
  memory: pageMemory.default(noPages),
});
export type Folders = z.infer<typeof folders>;

/** How a feed has been going. */
const course = {
  memory: pageMemory.default(noPages),
  /** How often it has failed in a row, where it is a folder's. */
  tries: z.number().default(0),
};

/**
 * One stretch of work. `list` enumerates all that a feed covers, `changes` reads it from `link` on, `follow` takes up a
 * folder that could not be listed before. `held`: something of this feed could not be read, so its position stays.
 */
const segment = z.discriminatedUnion('how', [
  z.object({ how: z.literal('list'), top, link: graphLink.nullable(), ...course }),
  z.object({ how: z.literal('changes'), top, link: graphLink, held: z.boolean().default(false), ...course }),
  z.object({
    how: z.literal('follow'),
    top: z.object({ driveId: z.string(), itemId: z.string() }),
    name: z.string(),
    tries: z.number(),
  }),
  z.object({ how: z.literal('children'), folders }),
]);
export type Segment = z.infer<typeof segment>;
export type FeedSegment = Extract<Segment, { how: 'list' | 'changes' }>;

const walk = z.object({
  v: z.literal(1),
  kind: z.literal('walk'),
  full: z.boolean(),
  /** The first is under way. */
  queue: z.array(segment),
  positions,
  /** An enumeration without the root item is not whole, whatever else it says. */
  rootSeen: z.boolean(),
});
export type WalkState = z.infer<typeof walk>;

const subtree = z.object({ v: z.literal(1), kind: z.literal('subtree'), folders });
export type SubtreeState = z.infer<typeof subtree>;

const checkpoint = z.object({ v: z.literal(1), positions });

export function writeCursor(state: WalkState | SubtreeState): Cursor {
  return JSON.stringify(state) as Cursor;
}

export function readCursor(cursor: Cursor): WalkState | SubtreeState {
  return readStored(z.discriminatedUnion('kind', [walk, subtree]), cursor);
}

export function writeCheckpoint(value: Positions): Checkpoint {
  return JSON.stringify({ v: 1, positions: value }) as Checkpoint;
}

export function readCheckpoint(text: Checkpoint): Positions {
  return readStored(checkpoint, text).positions;
}
