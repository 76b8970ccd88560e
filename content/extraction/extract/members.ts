/** Reads archives of files (zip, tar, gzip, zstd, bzip2, xz): each readable member becomes a document of its own. */

import { createHash } from 'node:crypto';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import { formatOf, mediaTypeOf } from '../media-types.ts';
import { maxTextLength } from '../normalize.ts';
import { confirmFormat } from '../sniff.ts';
import { openArchive } from './archive.ts';
import { compressionOf, uncompress } from './compressed.ts';
import type { ExtractedMember, ExtractedText } from './extracted-text.ts';
import { memberPath } from './member-path.ts';
import { readFormat } from './read-format.ts';
import { isTar, readTar } from './tar.ts';
import { maxUnpacked } from './reading-limits.ts';

/**
 * Limits over all archives within one file, beside the unpacked bytes: the number of members examined, and the depth of
 * nested archives. The texts of all members together have the limit of one document.
 */
const maxMembers = 2000;
const maxDepth = 3;
/** Files that file managers and version control add to people's files. */
const byProgram = /(^|\/)(__MACOSX|\.git|node_modules)\/|(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$/i;

interface Member {
  readonly name: string;
  readonly read: () => Uint8Array;
}

/** The remaining limits, and the members read so far. */
interface Run {
  bytesLeft: number;
  membersLeft: number;
  length: number;
  readonly members: ExtractedMember[];
  /** Paths of all members, also of those that cannot be read: see `memberPath`. */
  readonly paths: Map<string, number>;
  unread: number;
  encrypted: number;
}

/**
 * A member that cannot be read does not affect the others; the metadata states the number of such members. The text of
 * the archive itself is the list of its members' names. A single compressed file is read as that file.
 * @param file the archive's name, which is also that of a single compressed file
 * @throws SyncError `unreadable`: `unpacks_too_large`, `too_many_members`, `encrypted`, `no_text`
 */
export async function extractArchive(bytes: Uint8Array, file: string): Promise<ExtractedText> {
  const run: Run = {
    bytesLeft: maxUnpacked,
    membersLeft: maxMembers,
    length: 0,
    members: [],
    paths: new Map(),
    unread: 0,
    encrypted: 0,
  };
  await readMembers(run, { bytes, within: '', file, depth: 1 });
  const { members, paths, encrypted } = run;
  const [only] = members;
  if (only === undefined && encrypted > 0)
    throw new SyncError('unreadable', { code: 'encrypted', message: 'The archive is protected by a password.' });
  if (only === undefined)
    throw new SyncError('unreadable', { code: 'no_text', message: 'None of the files in this archive can be read.' });
  if (compressionOf(bytes) !== null && members.length === 1 && paths.size === 1 && !only.path.includes('/'))
    return only.extracted;
  const unread = run.unread + encrypted;
  return {
    text: [...paths.keys()].join('\n'),
    metadata: { members: members.length, ...(unread === 0 ? {} : { membersNotRead: unread }) },
    members,
  };
}

/** An archive, which may be a member of another one. */
interface Nested {
  readonly bytes: Uint8Array;
  /** The names of the archives around it, each followed by a slash. */
  readonly within: string;
  readonly file: string;
  readonly depth: number;
}

async function readMembers(run: Run, nested: Nested): Promise<void> {
  for await (const { name, read } of membersOf(run, nested)) {
    if (name.endsWith('/') || byProgram.test(name)) continue;
    countMember(run);
    await readMember(run, name, read, nested.depth);
  }
}

function countMember(run: Run): void {
  if (run.membersLeft-- > 0) return;
  throw new SyncError('unreadable', {
    code: 'too_many_members',
    message: `The archive contains more than ${maxMembers} files, the limit for reading.`,
  });
}

async function readMember(run: Run, name: string, read: () => Uint8Array, depth: number): Promise<void> {
  const path = memberPath(name, run.paths);
  const stated = formatOf(null, name);
  // Text recognition takes seconds per page, so it is not used for archives.
  if (stated === null || stated === 'picture' || run.length > maxTextLength) return void run.unread++;
  try {
    const bytes = read();
    if (bytes.byteLength === 0) return;
    const format = confirmFormat(bytes, stated);
    if (format === 'archive') {
      if (depth === maxDepth) return void run.unread++;
      run.paths.delete(path);
      await readMembers(run, { bytes, within: `${name}/`, file: name, depth: depth + 1 });
      return;
    }
    const contentHash = createHash('sha256').update(bytes).digest('hex');
    const size = bytes.byteLength;
    const extracted = await readFormat(format, bytes, null, name);
    if (extracted.text.trim() === '') return void run.unread++;
    run.length += extracted.text.length;
    run.members.push({ path, mimeType: mediaTypeOf('', name) || unknownType, size, contentHash, format, extracted });
  } catch (error) {
    if (isSyncError(error) && limits.has(error.code)) throw error;
    run.unread++;
  }
}

const unknownType = 'application/octet-stream';
const limits: ReadonlySet<string> = new Set(['unpacks_too_large', 'too_many_members']);

async function* membersOf(run: Run, { bytes, within, file }: Nested): AsyncGenerator<Member> {
  const take = (part: Uint8Array): Uint8Array => {
    run.bytesLeft -= part.byteLength;
    return part;
  };
  const compression = compressionOf(bytes);
  if (compression !== null) {
    const inner = take(await uncompress(bytes, compression, run.bytesLeft));
    if (isTar(inner)) yield* tarMembers(inner, within);
    else yield { name: `${within}${nameWithin(bytes, file)}`, read: () => inner };
  } else if (isTar(bytes)) yield* tarMembers(bytes, within);
  else {
    const archive = openArchive(bytes, () => run.bytesLeft);
    for (const name of archive.names) {
      if (archive.encrypted.has(name)) skipEncrypted(run, `${within}${name}`);
      else yield { name: `${within}${name}`, read: () => take(archive.read(name) ?? new Uint8Array()) };
    }
  }
}

function skipEncrypted(run: Run, name: string): void {
  countMember(run);
  run.encrypted++;
  memberPath(name, run.paths);
}

/** A tar file may contain a name several times; the last one counts, as when it is unpacked. */
function* tarMembers(bytes: Uint8Array, within: string): Generator<Member> {
  for (const [name, file] of new Map(readTar(bytes).map((one) => [one.name, one])))
    yield { name: `${within}${name}`, read: () => file.bytes };
}

/** Returns the name stored by gzip (RFC 1952, section 2.3), or the file's own without its last extension. */
function nameWithin(bytes: Uint8Array, file: string): string {
  const own = /(?:^|\/)([^/]+?)\.(gz|zst|z|bz2|xz)$/i.exec(file)?.[1] ?? 'content';
  if (compressionOf(bytes) !== 'gzip') return own;
  const [hasExtra, hasName] = [4, 8].map((bit) => ((bytes[3] ?? 0) & bit) !== 0);
  if (hasName !== true || hasExtra === true) return own;
  const end = bytes.indexOf(0, 10);
  return end < 0 ? own : new TextDecoder('latin1').decode(bytes.subarray(10, end));
}
