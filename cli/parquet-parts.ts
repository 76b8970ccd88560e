/** An export as Parquet in parts: each file is complete, and the last one says where the next begins. */

import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What the API writes into the end of each file. */
interface FileEnd {
  readonly cursor: string;
  readonly hasMore: boolean;
  /** Documents that were added, changed or deleted. */
  readonly changes: number;
}

type Read = (cursor: string | undefined) => Promise<AsyncIterable<Uint8Array>>;

const partName = /^part-(\d{5,})\.parquet$/;
/** The metadata of a file with some thousand groups of rows is larger, but what is read here comes after all of them. */
const tailBytes = 16_384;

/**
 * Continues after the last part that is there. What is interrupted leaves complete parts, so the same command goes on.
 * @returns what was added
 */
export async function exportParts(
  read: Read,
  folder: string,
  from: string | undefined,
): Promise<{ readonly files: number; readonly changes: number }> {
  await mkdir(folder, { recursive: true });
  const last = (await readdir(folder))
    .filter((name) => partName.test(name))
    .toSorted()
    .at(-1);
  let number = last === undefined ? 0 : Number(partName.exec(last)?.[1]);
  let cursor = last === undefined ? from : (await readEnd(join(folder, last))).cursor;
  let [files, changes] = [0, 0];
  for (let hasMore = true; hasMore;) {
    const file = join(folder, `part-${String(++number).padStart(5, '0')}.parquet`);
    const end = await writePart(await read(cursor), file);
    ({ cursor, hasMore } = end);
    changes += end.changes;
    if (end.changes > 0) files++;
    else await rm(file);
  }
  return { files, changes };
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
  return {
    cursor,
    hasMore: valueOf(tail, 'headwater.hasMore') === 'true',
    changes: Number(valueOf(tail, 'headwater.changes')),
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
