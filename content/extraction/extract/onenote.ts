/**
 * Reads sections of OneNote ([MS-ONE], [MS-ONESTORE]): the texts in all property sets of the file. The file is a log of
 * revisions, so a text may be one that was changed later; OneNote removes those when it tidies the file up.
 */

import type { ExtractedText } from './extracted-text.ts';

/** `RichEditTextUnicode` and `TextExtendedAscii` ([MS-ONE] 2.2.23, 2.2.77). */
const properties = [
  { id: 0x1c001c22, encoding: 'utf-16le' },
  { id: 0x1c003498, encoding: 'windows-1252' },
] as const;
/** A property set is the number of its properties in two bytes, their ids in four each, and then their values. */
const idBytes = 4;
const countBytes = 2;
const maxProperties = 128;
/** Sizes of values by their type, which is part of the id ([MS-ONESTORE] 2.6.6). Ids of objects are kept elsewhere. */
const sizes: Readonly<Record<number, number>> = {
  1: 0,
  2: 0,
  3: 1,
  4: 2,
  5: 4,
  6: 8,
  8: 0,
  9: 4,
  10: 0,
  11: 4,
  12: 0,
  13: 4,
};
/** A value that begins with its length in four bytes. */
const lengthFollows = 7;
const maxTexts = 100_000;

export function extractOneNote(bytes: Uint8Array): ExtractedText {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = properties.flatMap(({ id, encoding }) => {
    const decoder = new TextDecoder(encoding);
    return [...positionsOf(data, id)].flatMap((at) => {
      const value = valueAt(data, at);
      return value === null ? [] : [{ at, text: shown(decoder.decode(value)) }];
    });
  });
  const texts = found.toSorted((a, b) => a.at - b.at).map(({ text }) => text);
  return { text: [...new Set(texts)].filter((text) => text !== '').join('\n\n') };
}

function* positionsOf(data: Buffer, id: number): Generator<number> {
  const pattern = Buffer.alloc(idBytes);
  pattern.writeUInt32LE(id);
  let count = 0;
  for (let at = data.indexOf(pattern); at >= 0 && count < maxTexts; at = data.indexOf(pattern, at + 1), count++)
    yield at;
}

/**
 * Looks back for the beginning of the set: the only place whose count includes this property and whose ids all have
 * types. @returns null if there is none
 */
function valueAt(data: Buffer, property: number): Buffer | null {
  for (let before = 0; before < maxProperties; before++) {
    const start = property - before * idBytes - countBytes;
    if (start < 0 || (before > 0 && typeOf(data, property - before * idBytes) === null)) return null;
    const count = data.readUInt16LE(start);
    if (count <= before || count > maxProperties) continue;
    const value = valueIn(data, start + countBytes, count, before);
    if (value !== null) return value;
  }
  return null;
}

function valueIn(data: Buffer, ids: number, count: number, wanted: number): Buffer | null {
  let at = ids + count * idBytes;
  for (let i = 0; i <= wanted; i++) {
    const type = typeOf(data, ids + i * idBytes);
    if (type !== lengthFollows) {
      const size = type === null ? undefined : sizes[type];
      if (size === undefined) return null;
      at += size;
      continue;
    }
    if (at + idBytes > data.length) return null;
    const end = at + idBytes + data.readUInt32LE(at);
    if (end > data.length) return null;
    if (i === wanted) return data.subarray(at + idBytes, end);
    at = end;
  }
  return null;
}

/** @returns null if these bytes are no property's id */
function typeOf(data: Buffer, at: number): number | null {
  if (at < 0 || at + idBytes > data.length) return null;
  const type = (data.readUInt32LE(at) >>> 26) & 0x1f;
  return type >= 1 && type <= 0x11 ? type : null;
}

/** The target of a link is written before its text, between a mark and the text. */
function shown(text: string): string {
  return text
    .replaceAll(/\uFDDFHYPERLINK "[^"]*"/gu, '')
    .replaceAll(/[\0\uFDDF]/gu, '')
    .replaceAll(/[\r\v]/g, '\n')
    .trim();
}
