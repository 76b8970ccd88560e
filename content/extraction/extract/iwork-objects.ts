/**
 * Reads the objects of a file of Pages, Numbers or Keynote since 2013. Each part of the archive is a sequence of Snappy
 * blocks, which unpacked are a sequence of objects: a header with number, types and lengths, then Protocol Buffers
 * messages. Apple documents none of it; the numbers of types and fields are those of the `numbers-parser` and
 * `keynote-parser` projects (MIT), which took them from the applications.
 */

import { uncompress } from 'snappyjs';
import { type Archive, openArchive } from './archive.ts';
import { Message, VarintReader } from './protobuf.ts';
import { maxUnpacked } from './reading-limits.ts';

const blockHeader = 4;

export interface IworkObject {
  readonly id: number;
  readonly type: number;
  /** The part of the archive that contains it; each slide has one. */
  readonly part: string;
  readonly message: Message;
}

export interface IworkObjects {
  readonly all: readonly IworkObject[];
  readonly byId: ReadonlyMap<number, IworkObject>;
}

/** @param wanted the types of the objects that are read; there are many thousands of others, such as styles */
export function readObjects(archive: Archive, wanted: ReadonlySet<number>): IworkObjects {
  const all: IworkObject[] = [];
  let left = maxUnpacked;
  const { names, read } = withIndex(archive);
  for (const part of names.filter((name) => /(^|\/)[^/]+\.iwa$/.test(name))) {
    const bytes = unpackBlocks(read(part) ?? new Uint8Array(), left);
    left -= bytes.length;
    all.push(...objectsIn(bytes, part, wanted));
  }
  return { all, byId: new Map(all.map((object) => [object.id, object])) };
}

/** Adds the parts of a document that is a folder: they are in an archive of their own. */
function withIndex(archive: Archive): Archive {
  const index = archive.names.find((name) => /(^|\/)Index\.zip$/.test(name));
  const bytes = index === undefined ? undefined : archive.read(index);
  return bytes === undefined ? archive : openArchive(bytes);
}

/** A block is a zero, its length in three bytes, and Snappy's data without the checksums of its usual frames. */
function unpackBlocks(bytes: Uint8Array, left: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let room = left;
  for (let at = 0; at + blockHeader <= bytes.length && bytes[at] === 0;) {
    const [, low = 0, middle = 0, high = 0] = bytes.subarray(at, at + blockHeader);
    const end = at + blockHeader + low + middle * 0x100 + high * 0x10000;
    const part = uncompress(bytes.slice(at + blockHeader, end), room);
    room -= part.length;
    parts.push(part);
    at = end;
  }
  return Buffer.concat(parts);
}

function* objectsIn(bytes: Uint8Array, part: string, wanted: ReadonlySet<number>): Generator<IworkObject> {
  const reader = new VarintReader(bytes);
  while (reader.at < bytes.length) {
    const head = new Message(reader.take(reader.next()));
    const id = head.number(1) ?? 0;
    for (const info of head.messages(2)) {
      const type = info.number(1) ?? 0;
      const content = reader.take(info.number(3) ?? 0);
      if (wanted.has(type)) yield { id, type, part, message: new Message(content) };
    }
  }
}

/** @returns the object that a field refers to */
export function referred({ byId }: IworkObjects, reference: Message | undefined): IworkObject | undefined {
  return byId.get(reference?.number(1) ?? -1);
}
