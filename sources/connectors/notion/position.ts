/** What a Notion cursor and checkpoint hold. Both are JSON with a version; nobody outside reads them. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { readStored } from '../stored-position.ts';

const page = z.string().nullable();

/** Its name, for a person; and the first that the last page of it showed, which the next page must not show again. */
const progress = {
  name: z.string().default(''),
  first: z.string().default(''),
  /** How often its list was begun anew, because Notion did not know its own cursor. */
  begun: z.number().default(0),
};

/** Something whose contents are still to be listed. */
const frame = z.discriminatedUnion('in', [
  /** The blocks of a page (`id` is `page`) or of a block within it. */
  z.object({ in: z.literal('block'), id: z.string(), page: z.string(), cursor: page, ...progress }),
  z.object({ in: z.literal('database'), id: z.string(), page, ...progress }),
  /** The rows of a data source, from those on that were created `since`. */
  z.object({ in: z.literal('rows'), id: z.string(), cursor: page, since: page, ...progress }),
  z.object({ in: z.literal('root'), id: z.string(), ...progress }),
]);
export type Frame = z.infer<typeof frame>;

/** One whose call has failed so often; it is made again when all else has been listed, not before `until` (milliseconds since 1970). */
const failed = z.object({ frame, tries: z.number(), until: z.number() });

/** Found by search: the walk begins there unless it will come by anyhow, by way of what this lies in. */
const top = z.object({ frame, parent: z.string().nullable() });
export type Top = z.infer<typeof top>;

const full = z.object({
  v: z.literal(1),
  kind: z.literal('full'),
  startedAt: z.number(),
  /** Null: search has ended. `again`: it is gone through once more, the other way round. */
  search: z
    .object({
      cursor: page,
      again: z.boolean().default(false),
      /** Pages since the last that showed something new; going through it again, all pages. */
      idle: z.number().default(0),
      pages: z.number().default(0),
    })
    .nullable(),
  tops: z.array(top),
  /** What search has found so far, the latest of it. */
  seen: z.array(z.string()),
  /** The last parent that was asked for. */
  asked: z.object({ parent: z.string(), visible: z.boolean() }).nullable(),
  /** The last is under way. */
  stack: z.array(frame),
  complete: z.boolean(),
  /** The one page or data source that is listed. */
  container: z.string().nullable().default(null),
  later: z.array(failed).default([]),
  /** How often the frame under way has failed. */
  tries: z.number().default(0),
  /** Notion grants no call before this moment (milliseconds since 1970). */
  heldUntil: z.number().default(0),
});
export type FullState = z.infer<typeof full>;

const window = z.object({
  v: z.literal(1),
  kind: z.literal('window'),
  startedAt: z.number(),
  since: z.number(),
  /** Of the second half: what has gone to the trash. */
  trash: z.boolean(),
  cursor: page,
});
export type WindowState = z.infer<typeof window>;

const checkpoint = z.object({ v: z.literal(1), startedAt: z.number() });

export function writeCursor(state: FullState | WindowState): Cursor {
  return JSON.stringify(state) as Cursor;
}

export function readCursor(cursor: Cursor): FullState | WindowState {
  return readStored(z.discriminatedUnion('kind', [full, window]), cursor);
}

export function writeCheckpoint(startedAt: number): Checkpoint {
  return JSON.stringify({ v: 1, startedAt }) as Checkpoint;
}

/** @returns when the listing began that it stands for, in milliseconds */
export function readCheckpoint(text: Checkpoint): number {
  return readStored(checkpoint, text).startedAt;
}
