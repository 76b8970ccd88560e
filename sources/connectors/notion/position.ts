/** Defines Notion's cursor and checkpoint. Both are JSON with a version, and only this connector reads them. */

import { z } from 'zod';
import type { Checkpoint, Cursor } from '../../../domain/source.ts';
import { readStored } from '../stored-position.ts';

const page = z.string().nullable();

/** The name shown to people, and the first entry of the last page, which the next page must not repeat. */
const progress = {
  name: z.string().default(''),
  first: z.string().default(''),
  /** Number of times its list was restarted because Notion rejected its own cursor. */
  started: z.number().default(0),
};

/** An object whose contents are still to be listed. */
const frame = z.discriminatedUnion('in', [
  /** The blocks of a page (`id` equals `page`) or of a block within it. */
  z.object({
    in: z.literal('block'),
    id: z.string(),
    page: z.string(),
    cursor: page,
    /** The pages and blocks above it in this walk: what contains itself is listed once. */
    above: z.array(z.string()).default([]),
    isUnsupported: z.literal(true).optional(),
    ...progress,
  }),
  z.object({ in: z.literal('database'), id: z.string(), page, above: z.array(z.string()).default([]), ...progress }),
  /** The rows of a data source, starting with those created at `since`. */
  z.object({
    in: z.literal('rows'),
    id: z.string(),
    cursor: page,
    since: page,
    /** The time at which the last row that was read was created. */
    latest: page.default(null),
    /** The data sources and pages above it: a wiki contains databases. */
    above: z.array(z.string()).default([]),
    ...progress,
  }),
  z.object({ in: z.literal('root'), id: z.string(), ...progress }),
]);
export type Frame = z.infer<typeof frame>;

/**
 * A frame whose call has failed `tries` times. It is tried again after everything else has been listed, and not before
 * `until` (milliseconds since 1970).
 */
const failed = z.object({ frame, tries: z.number(), until: z.number() });

/** A search result. The walk begins there unless it reaches it through its parent. */
const top = z.object({ frame, parent: z.string().nullable() });
export type Top = z.infer<typeof top>;

const full = z.object({
  v: z.literal(1),
  kind: z.literal('full'),
  startedAt: z.number(),
  /** Null after the end of the search; `again` while the results are read a second time, in reverse order. */
  search: z
    .object({
      cursor: page,
      again: z.boolean().default(false),
      /** Number of pages of the first pass since the last one that showed something new. */
      idle: z.number().default(0),
      /** Number of pages read since this pass began, or began again because Notion no longer accepted its cursor. */
      depth: z.number().default(0),
      /** Maximum depth at which Notion has rejected the cursor of this pass. */
      deepest: z.number().default(0),
      /** Number of times in a row that it was rejected without getting any deeper. */
      rejected: z.number().default(0),
      /** Depth of the first pass, which the second one should not exceed by much. */
      firstDepth: z.number().default(0),
    })
    .nullable(),
  tops: z.array(top),
  /** The most recent search results. */
  seen: z.array(z.string()),
  /** The last parent that was looked up. */
  asked: z.object({ parent: z.string(), visible: z.boolean() }).nullable(),
  /** The last frame is the current one. */
  stack: z.array(frame),
  complete: z.boolean(),
  /** The one page or data source that is listed. */
  container: z.string().nullable().default(null),
  /** Number of roots that the connection cannot see. */
  unknownRoots: z.number().default(0),
  later: z.array(failed).default([]),
  /** Number of failures of the current frame. */
  tries: z.number().default(0),
  /** Notion allows no call before this time (milliseconds since 1970). */
  heldUntil: z.number().default(0),
});
export type FullState = z.infer<typeof full>;
export type SearchPass = NonNullable<FullState['search']>;

export const firstPass: SearchPass = {
  cursor: null,
  again: false,
  idle: 0,
  depth: 0,
  deepest: 0,
  rejected: 0,
  firstDepth: 0,
};

const window = z.object({
  v: z.literal(1),
  kind: z.literal('window'),
  startedAt: z.number(),
  since: z.number(),
  /** Set in the second half, which lists pages in the trash. */
  trash: z.boolean(),
  cursor: page,
  /** Number of pages without any result since the last one that had some. */
  idle: z.number().default(0),
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

/** @returns when the listing behind this checkpoint began, in milliseconds */
export function readCheckpoint(text: Checkpoint): number {
  return readStored(checkpoint, text).startedAt;
}
