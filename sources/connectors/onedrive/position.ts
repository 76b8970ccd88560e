/** Defines OneDrive's cursor and checkpoint. Both are JSON with a version, and only this connector reads them. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { noPages, pageMemory } from '../page-memory.ts';
import { readStored } from '../stored-position.ts';
import { graphLink } from './wire.ts';

/** Maximum number of tries for a folder within one listing before it is named as a gap. */
export const maxTries = 3;

/** The range of one feed: a whole drive, or (with an id) a folder in somebody else's drive. */
const top = z.object({ driveId: z.string(), itemId: z.string().nullable() });
export type Top = z.infer<typeof top>;

/** Somebody else's folder that a shortcut in the own drive points to. */
const sharedFolder = z.object({
  /** The shortcut's id in the own drive: its tombstone means that the folder is no longer ours to read. */
  shortcutId: z.string(),
  driveId: z.string(),
  itemId: z.string(),
  /** Null if the drive offers no feed of a folder: business drives have only one of the whole drive. */
  link: graphLink.nullable(),
  /** The shortcut's name, shown to people if the folder cannot be listed. */
  name: z.string().optional(),
  /** Set if it could not be listed when this was written: the next job starts by listing all of it. */
  refused: z.boolean().optional(),
});
export type SharedFolder = z.infer<typeof sharedFolder>;

/** Delta links of the own drive, and of each shared folder. */
const positions = z.object({ driveId: z.string(), link: graphLink, shared: z.array(sharedFolder) });
export type Positions = z.infer<typeof positions>;

/** A folder by its id; the name is shown to people if it cannot be listed. */
const pendingFolder = z.union([
  // The format written by versions without names.
  z.string().transform((id): NamedFolder => ({ id, name: id, tries: 0 })),
  z.object({
    id: z.string(),
    name: z.string(),
    tries: z.number(),
    /** The container that the engine asked for: if it does not exist, the engine has to know. */
    isTop: z.literal(true).optional(),
    /** The drive of a shared folder, if it differs from the walk's. */
    driveId: z.string().optional(),
    /** The folders above it in this walk: a folder that contains itself is listed once. */
    above: z.array(z.string()).optional(),
    /** The place where its listing continues after the folders on its earlier pages. */
    rest: z.object({ link: graphLink, memory: pageMemory }).optional(),
  }),
]);
interface NamedFolder {
  readonly id: string;
  readonly name: string;
  readonly tries: number;
  readonly isTop?: true | undefined;
  readonly driveId?: string | undefined;
  readonly above?: readonly string[] | undefined;
  readonly rest?: { readonly link: string; readonly memory: z.infer<typeof pageMemory> } | undefined;
}
export type PendingFolder = z.infer<typeof pendingFolder>;

/** Folders whose children are still to be listed; `link` continues with `folder`. */
const folders = z.object({
  driveId: z.string(),
  folder: pendingFolder.nullable(),
  link: graphLink.nullable(),
  pending: z.array(pendingFolder),
  memory: pageMemory.default(noPages),
});
export type Folders = z.infer<typeof folders>;

/** The progress of a feed. */
const course = {
  memory: pageMemory.default(noPages),
  /** Number of consecutive failures, for the feed of a folder. */
  tries: z.number().default(0),
};

/**
 * One segment of work. `list` enumerates everything that a feed covers, `changes` reads the feed from `link` on,
 * `follow` retries a folder that could not be listed before. `held`: something in this feed could not be read, so its
 * position stays unchanged.
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
  /** The first segment is the current one. */
  queue: z.array(segment),
  positions,
  /** An enumeration without the root item is incomplete, whatever else it says. */
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
