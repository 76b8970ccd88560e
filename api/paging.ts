/** Paged lists: reads the cursor of a request and makes the cursor of the next page. */

import { validate as validateUuid } from 'uuid';
import { z } from 'zod';
import {
  decodeCursor,
  decodeTextCursor,
  encodeCursor,
  encodeTextCursor,
  type PagePosition,
} from '../db/access/cursors.ts';
import { invalidField } from './problem.ts';

/** @throws Problem 400 if the cursor is invalid */
export function readCursor(cursor: string | undefined): PagePosition | null {
  if (cursor === undefined) return null;
  return decodeCursor(cursor) ?? refuseCursor();
}

/** @throws Problem 400 if the cursor is invalid */
export function readTextCursor(cursor: string): string {
  return decodeTextCursor(cursor) ?? refuseCursor();
}

/** @returns null on the first page @throws Problem 400 if the cursor is invalid */
export function readIdCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const id = decodeTextCursor(cursor);
  return id !== null && id.length === 36 && validateUuid(id) ? id : refuseCursor();
}

const sortCursors = {
  title: z.string(),
  modified: z.iso.datetime(),
  tokens: z.string().regex(/^\d{1,9}$/),
} as const;

/**
 * Reads the cursor of a list that is sorted by a value: its order, the last value and the last id.
 * @throws Problem 400 if the cursor is invalid, or of another order
 */
export function readSortCursor(
  cursor: string | undefined,
  order: keyof typeof sortCursors,
): { readonly value: string; readonly id: string } | null {
  if (cursor === undefined) return null;
  const parts = z.tuple([z.literal(order), sortCursors[order], z.uuid()]).safeParse(parseJson(readTextCursor(cursor)));
  return parts.success ? { value: parts.data[1], id: parts.data[2] } : refuseCursor();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refuseCursor(): never {
  throw invalidField('cursor', 'must be the `nextCursor` of the previous page of this list');
}

interface Page<Row> {
  readonly page: readonly Row[];
  /** Null after the last page. */
  readonly nextCursor: string | null;
}

/**
 * @param rows up to `limit + 1`; an extra row means that there is another page @param placeOf where the next page
 * begins
 */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (last: Row) => PagePosition | string,
): Page<Row> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { page, nextCursor: null };
  const place = placeOf(last);
  return { page, nextCursor: typeof place === 'string' ? encodeTextCursor(place) : encodeCursor(place) };
}
