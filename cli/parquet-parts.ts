/** An export as Parquet in parts: each file is complete, and the last one says where the next begins. */

import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ExportOptions } from './api-client.ts';

/** The facts that the API writes at the end of each file. */
interface FileEnd {
  readonly cursor: string;
  /** Null in files of earlier versions, which did not say. */
  readonly options: ExportOptions | null;
  readonly hasMore: boolean;
  /** Documents that were added, changed or deleted. */
  readonly changes: number;
  /** Those of them that are deletions; 0 in files of earlier versions, which did not say. */
  readonly deletions: number;
}

/** What an export has added to a folder. */
export interface Added {
  readonly files: number;
  /** Documents that were added or changed. */
  readonly documents: number;
  readonly deletions: number;
}

type Read = (cursor: string | undefined) => Promise<AsyncIterable<Uint8Array>>;

/**
 * The cursor after the last part, once nothing has changed since: a part's own is good for 30 days, however often nothing
 * changes. Programs that read a folder of Parquet files leave names with this beginning out.
 */
const nextName = '_next.json';

const partName = /^part-(\d{5,})\.parquet$/;
/** The metadata of a file with some thousand groups of rows is larger, but what is read here comes after all of them. */
const tailBytes = 16_384;

interface LastPart {
  readonly number: number;
  /** The cursor in the file. */
  readonly partCursor: string;
  /** With the cursor to continue from, which may be later. */
  readonly end: FileEnd;
}

/** Makes the folder if it is missing. @returns null if it has no part yet */
export async function findLastPart(folder: string): Promise<LastPart | null> {
  await mkdir(folder, { recursive: true });
  const numbers = (await readdir(folder)).flatMap((name) => {
    const digits = partName.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  if (numbers.length === 0) return null;
  const number = numbers.reduce((a, b) => Math.max(a, b));
  const end = await readEnd(join(folder, nameOf(number)));
  const cursor = (await readNext(folder, end)) ?? end.cursor;
  return { number, partCursor: end.cursor, end: { ...end, cursor } };
}

interface Next {
  /** The cursor of the part that it comes after. */
  readonly after: string;
  readonly cursor: string;
}

/** @returns null if nothing is noted, or for another part than the last one */
async function readNext(folder: string, { cursor }: FileEnd): Promise<string | null> {
  const text = await readFile(join(folder, nextName), 'utf8').catch(() => null);
  const next = text === null ? null : (JSON.parse(text) as Next);
  return next?.after === cursor ? next.cursor : null;
}

async function noteNext(folder: string, next: Next): Promise<void> {
  const file = join(folder, nextName);
  await writeFile(`${file}.unfinished`, JSON.stringify(next));
  await rename(`${file}.unfinished`, file);
}

/** As wide as most folders need; a hundred thousandth part is found by its number. */
function nameOf(part: number): string {
  return `part-${String(part).padStart(5, '0')}.parquet`;
}

/**
 * Continues after the last part that is there. What is interrupted leaves complete parts, so the same command goes on.
 * @returns what was added
 */
export async function exportParts(
  read: Read,
  folder: string,
  last: LastPart | null,
  from: string | undefined,
): Promise<Added> {
  let number = last?.number ?? 0;
  let cursor = last?.end.cursor ?? from;
  let partCursor = last?.partCursor;
  let [files, documents, deletions] = [0, 0, 0];
  for (let hasMore = true; hasMore;) {
    const file = join(folder, nameOf(++number));
    const end = await writePart(await read(cursor), file);
    ({ cursor, hasMore } = end);
    documents += end.changes - end.deletions;
    deletions += end.deletions;
    if (end.changes > 0) {
      files++;
      partCursor = end.cursor;
      continue;
    }
    if (partCursor !== undefined) await noteNext(folder, { after: partCursor, cursor: end.cursor });
    await rm(file);
  }
  return { files, documents, deletions };
}

/** The file appears when it is complete: its end is what makes it one. */
export async function writePart(bytes: AsyncIterable<Uint8Array>, file: string): Promise<FileEnd> {
  const unfinished = `${file}.unfinished`;
  try {
    await pipeline(bytes, createWriteStream(unfinished));
    const end = await readEnd(unfinished);
    await rename(unfinished, file);
    return end;
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function readEnd(file: string): Promise<FileEnd> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const from = Math.max(0, size - tailBytes);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
  const tail = buffer.subarray(0, bytesRead);
  const cursor = valueOf(tail, 'headwater.cursor');
  if (cursor === null)
    throw new Error(`${file} was not written by an export of this version, so it cannot be continued.`);
  const options = valueOf(tail, 'headwater.options');
  return {
    cursor,
    options: options === null ? null : (JSON.parse(options) as ExportOptions),
    hasMore: valueOf(tail, 'headwater.hasMore') === 'true',
    changes: Number(valueOf(tail, 'headwater.changes')),
    deletions: Number(valueOf(tail, 'headwater.deletions')),
  };
}

/**
 * A key of the file's metadata is followed by its value: a byte for the type, the length as a varint, the text
 * (Thrift's compact protocol). Reading the rest of the metadata would need a reader of Parquet.
 */
function valueOf(tail: Buffer, key: string): string | null {
  const at = tail.lastIndexOf(key);
  if (at < 0) return null;
  let [index, length, shift] = [at + key.length + 1, 0, 0];
  for (let byte = 0x80; byte >= 0x80; shift += 7) {
    byte = tail[index++] ?? 0;
    length |= (byte & 0x7f) << shift;
  }
  return tail.toString('utf8', index, index + length);
}
