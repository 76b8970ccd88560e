/** The cursor of the feed of changes, which the export shares. */

import { z } from 'zod';
import type { FeedPosition } from '../db/documents/changes.ts';
import { invalidField, Problem } from './problem.ts';
import { instant } from './schemas.ts';

const parts = z.tuple([z.uuid(), z.string().regex(/^(0|[1-9]\d{0,18})$/), instant]);
const maxPosition = 2n ** 63n - 1n;

export function encodeFeedCursor({ feed, position, caughtUpAt }: FeedPosition): string {
  return Buffer.from(JSON.stringify([feed, position, caughtUpAt])).toString('base64url');
}

/** @throws Problem 400 if it is no cursor of this feed */
export function readFeedCursor(cursor: string): FeedPosition {
  const read = parts.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!read.success || BigInt(read.data[1]) > maxPosition)
    throw invalidField('cursor', 'must be a cursor from the feed of changes or from an export');
  const [feed, position, caughtUpAt] = read.data;
  return { feed, position, caughtUpAt };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function cursorExpired(): Problem {
  return new Problem(
    410,
    'cursor_expired',
    'The changes after this cursor are no longer complete: it is older than 30 days, everything was erased, or a backup was restored. Export everything again, without a cursor.',
  );
}
