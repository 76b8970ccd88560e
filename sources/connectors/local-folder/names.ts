/**
 * Converts between file names, which are bytes and need not be UTF-8, and ids. A byte that is not UTF-8 becomes U+FFFD
 * and two hexadecimal digits, and so do the bytes of a real U+FFFD, so that every id stands for exactly one name.
 */

import { isUtf8 } from 'node:buffer';

const mark = '\uFFFD';
const escaped = /\uFFFD([0-9A-F]{2})/g;

export function toIdPart(name: Buffer): string {
  const text = name.toString('utf8');
  if (isUtf8(name) && !text.includes(mark)) return text;
  let id = '';
  for (let at = 0; at < name.length;) {
    const length = lengthOfCharacter(name, at);
    id +=
      length === 0
        ? `${mark}${name
            .subarray(at, at + 1)
            .toString('hex')
            .toUpperCase()}`
        : name.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return id;
}

/** @param name with a character for each byte */
export function toId(name: string): string {
  return /^[\0-\x7F]*$/.test(name) ? name : toIdPart(Buffer.from(name, 'latin1'));
}

/** The length in bytes of the character that begins here; 0 if none does, or if it would look like an escape. */
function lengthOfCharacter(name: Buffer, at: number): number {
  for (const length of [1, 2, 3, 4]) {
    const part = name.subarray(at, at + length);
    if (part.length === length && isUtf8(part)) return part.toString('utf8') === mark ? 0 : length;
  }
  return 0;
}

/** Returns the bytes of an id, or of a part of one. */
export function bytesOf(id: string): Buffer {
  const parts: Buffer[] = [];
  let end = 0;
  for (const match of id.matchAll(escaped)) {
    parts.push(Buffer.from(id.slice(end, match.index)), Buffer.from(match[1] ?? '', 'hex'));
    end = match.index + match[0].length;
  }
  return Buffer.concat([...parts, Buffer.from(id.slice(end))]);
}

/** @param id empty for the root itself, which is a path of the system and no id */
export function fullPath(root: string, id: string): Buffer {
  if (id === '') return Buffer.from(root);
  return Buffer.concat([Buffer.from(root.endsWith('/') ? root : `${root}/`), bytesOf(id)]);
}

/** For display: bytes that are not characters become a replacement character. */
export function shownAs(id: string): string {
  return id.replaceAll(escaped, mark);
}
