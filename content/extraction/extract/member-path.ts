import { createHash } from 'node:crypto';
import { storableText } from '../../../domain/storable.ts';

/** Names in an archive are the sender's. With the item's id, the path must fit into an index (`maxIdBytes`). */
const maxBytes = 500;
const hashLength = 8;

/**
 * Turns a name in an archive into a path that can be stored, displayed and exported: no NUL or line ends, no way out of
 * the folder, not too long, and different from all paths before.
 * @param used the paths so far with the last number that was added to each; the new path is added
 */
export function memberPath(name: string, used: Map<string, number>): string {
  const parts = storableText(name)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .split('/')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  const wanted = bounded(parts.join('/') || 'unnamed');
  let number = used.get(wanted) ?? 0;
  let path = wanted;
  while (used.has(path)) path = `${wanted} (${++number + 1})`;
  used.set(wanted, number);
  used.set(path, used.get(path) ?? 0);
  return path;
}

/** A longer path keeps its end, which is the file's name, and a hash of the whole. */
function bounded(path: string): string {
  if (Buffer.byteLength(path) <= maxBytes) return path;
  const hash = createHash('sha256').update(path).digest('hex').slice(0, hashLength);
  const room = maxBytes - Buffer.byteLength(`${hash}…`);
  const end = Buffer.from(path).subarray(-room).toString();
  return `${hash}…${end.replace(/^\uFFFD+/u, '')}`;
}
