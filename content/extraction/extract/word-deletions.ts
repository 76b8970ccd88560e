/** Finds what tracked changes have deleted in files of Word from before 2007 ([MS-DOC] 2.4.6.2 and 2.6.1). */

import type { Piece } from 'word-extractor/lib/word-ole-extractor.js';

/** Where the stream states the place and size of the table of the pages that list the formats of characters. */
const [tableAt, tableSizeAt] = [0xfa, 0xfe];
const pageLength = 512;
/** The property of deleted characters. */
const deleted = 0x0800;
/** Bytes of a property's value, by the last three bits of its number. Of kind 6, the first byte says how many follow. */
const valueLengths = [1, 1, 2, 4, 2, 2, 0, 3] as const;

type Range = readonly [from: number, to: number];

/** Puts zeros in place of the deleted characters, which are removed from the text later. */
export function eraseDeleted(pieces: readonly Piece[], stream: Buffer, table: Buffer): void {
  const ranges = deletedIn(stream, table);
  if (ranges.length > 0) for (const piece of pieces) piece.text = withoutDeleted(piece, ranges);
}

function withoutDeleted({ startFilePos, size, bpc, text }: Piece, ranges: readonly Range[]): string {
  const parts: string[] = [];
  let done = 0;
  for (let i = firstBehind(ranges, startFilePos); i < ranges.length; i++) {
    const [from, to] = ranges[i] ?? [0, 0];
    if (from >= startFilePos + size) break;
    const start = Math.max(0, Math.floor((from - startFilePos) / bpc));
    const end = Math.min(text.length, Math.floor((to - startFilePos) / bpc));
    parts.push(text.slice(done, start), '\0'.repeat(Math.max(0, end - start)));
    done = end;
  }
  return `${parts.join('')}${text.slice(done)}`;
}

/** Returns the place of the first range that ends behind a position, which is looked up once for each piece. */
function firstBehind(ranges: readonly Range[], position: number): number {
  let [from, to] = [0, ranges.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if ((ranges[middle]?.[1] ?? 0) > position) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** @returns ranges of bytes in the stream, in their order and apart from each other */
function deletedIn(stream: Buffer, table: Buffer): Range[] {
  const start = stream.readUInt32LE(tableAt);
  const pages = table.subarray(start, start + stream.readUInt32LE(tableSizeAt));
  const count = Math.max(0, Math.floor((pages.length - 4) / 8));
  // A damaged file may name a page any number of times.
  const numbers = new Set(Array.from({ length: count }, (_, i) => pages.readUInt32LE(4 * (count + 1) + 4 * i)));
  const found = [...numbers].flatMap((number) => {
    const page = stream.subarray(number * pageLength, (number + 1) * pageLength);
    return page.length === pageLength ? deletedOn(page) : [];
  });
  const apart: Range[] = [];
  for (const [from, to] of found.toSorted(([a], [b]) => a - b)) {
    const behind = Math.max(from, apart.at(-1)?.[1] ?? 0);
    if (to > behind) apart.push([behind, to]);
  }
  return apart;
}

/** A page states the ends of runs, then for each run the place of its properties on the page, halved. */
function deletedOn(page: Buffer): Range[] {
  const count = Math.min(page[pageLength - 1] ?? 0, 0x65);
  const ranges: Range[] = [];
  for (let i = 0; i < count; i++) {
    const at = 2 * (page[4 * (count + 1) + i] ?? 0);
    const properties = page.subarray(at + 1, at + 1 + (page[at] ?? 0));
    if (at > 0 && isDeleted(properties)) ranges.push([page.readUInt32LE(4 * i), page.readUInt32LE(4 * i + 4)]);
  }
  return ranges;
}

function isDeleted(properties: Buffer): boolean {
  for (let at = 0; at + 2 < properties.length;) {
    const property = properties.readUInt16LE(at);
    const value = properties[at + 2] ?? 0;
    if (property === deleted) return (value & 1) === 1;
    const length = valueLengths[property >> 13] ?? 0;
    at += 2 + (length === 0 ? 1 + value : length);
  }
  return false;
}
