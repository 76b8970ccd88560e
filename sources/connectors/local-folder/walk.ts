import { lstat, realpath, stat } from 'node:fs/promises';
import type { ErrorCode } from '../../../domain/error-codes.ts';
import { isSyncError } from '../../../domain/errors.ts';
import { isInside, type OpenFolder, openFolder } from './below-root.ts';
import { bytesOf, fullPath, shownAs, toId } from './names.ts';

/** The thing that exists at a path, determined without opening it. */
export type Found =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly size: bigint;
      readonly mtimeNs: bigint;
      readonly ctimeNs: bigint;
      /**
       * The latest change time of the folders above it, below the root: moving one of them changes nothing about the
       * file itself.
       */
      readonly folderCtimeNs: bigint;
    }
  /** It cannot be synced, with the reason. */
  | { readonly kind: 'refused'; readonly path: string; readonly code: ErrorCode; readonly message: string };

/** A folder or a file that could not be read: what is in it is unknown, so nothing in it may be swept. */
export interface Unread {
  /** Empty for the whole folder of the source. */
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface WalkFrom {
  /** `last` of the page before; null: from the start. */
  readonly after: string | null;
  /** A folder or a file below the root that is walked alone. */
  readonly top?: string | undefined;
  /** When the walk ends before the next folder, in milliseconds. */
  readonly maxMs?: number;
}

/**
 * A page ends after this time even if it found few files, in milliseconds: a hundred thousand folders without files take
 * minutes on a network share.
 */
const maxPageMs = 20_000;

export interface Walk {
  readonly found: readonly Found[];
  readonly unread: readonly Unread[];
  /** The next page starts after this file, or with this folder. Null: the walk is complete. */
  readonly last: string | null;
}

/**
 * Walks a folder in a fixed order (names by code unit, a folder's contents in its place), starting after `after`, until
 * `limit` things are found. Paths are relative to `root` and use `/`, as in ids. Hidden names (a leading dot) are left
 * out, as people expect of a folder of documents.
 * @param root a real path
 */
export async function walk(
  root: string,
  { after, top = '', maxMs = maxPageMs }: WalkFrom,
  limit: number,
  signal: AbortSignal,
): Promise<Walk> {
  const state = { found: [] as Found[], unread: [] as Unread[], last: null as string | null };
  const rest = after === null ? [] : after.slice(top === '' ? 0 : top.length + 1).split('/');
  const under = { root, top, limit, until: performance.now() + maxMs, state, signal };
  const ended = (await tookFile(under)) || (await walkFolder(under, top, 0n, rest));
  return { ...state, last: ended ? null : state.last };
}

/** Maximum number of unreadable parts that one page names. */
const maxNoted = 100;

interface WalkState {
  readonly found: Found[];
  readonly unread: Unread[];
  last: string | null;
}

interface Under {
  readonly root: string;
  readonly top: string;
  readonly limit: number;
  /** When the page ends, by `performance.now()`. */
  readonly until: number;
  readonly state: WalkState;
  readonly signal: AbortSignal;
}

interface Named {
  /** As part of an id. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** Takes what is walked alone if it is no folder. @returns whether it was none */
async function tookFile(under: Under): Promise<boolean> {
  const { top } = under;
  if (top === '') return false;
  const slash = top.lastIndexOf('/');
  const opened = await openOrNote(under, top.slice(0, Math.max(slash, 0)));
  if (opened === null) return true;
  await using folder = opened;
  const name = top.slice(slash + 1);
  const [entry] = await firstNames(under, folder, top, (found) => found === name);
  if (entry === undefined) return true;
  if ((await folderTime(folder, entry)) !== null) return false;
  await take(under, folder, entry, top, 0n);
  return true;
}

/** @returns false if the limit or the end of the page's time was reached inside */
async function walkFolder(
  under: Under,
  path: string,
  folderCtimeNs: bigint,
  after: readonly string[],
): Promise<boolean> {
  under.signal.throwIfAborted();
  const opened = await openOrNote(under, path);
  if (opened === null) return true;
  await using folder = opened;
  const [skipTo, ...deeper] = after;
  for await (const entry of inOrder(under, folder, path, skipTo ?? null)) {
    const resumed = entry.name === skipTo;
    const at = path === '' ? entry.name : `${path}/${entry.name}`;
    const own = await folderTime(folder, entry);
    if (own !== null) {
      if (!resumed && isTimeUp(under, at)) return false;
      const latest = own > folderCtimeNs ? own : folderCtimeNs;
      if (!(await walkFolder(under, at, latest, resumed ? deeper : []))) return false;
      continue;
    }
    if (resumed) continue;
    if (under.state.found.length >= under.limit) return false;
    await take(under, folder, entry, at, folderCtimeNs);
  }
  return true;
}

/** Each page enters at least one folder. The next page starts with this one. */
function isTimeUp({ until, state }: Under, folderPath: string): boolean {
  if (state.last === null || performance.now() <= until) {
    state.last ??= folderPath;
    return false;
  }
  state.last = folderPath;
  return true;
}

/** Names of one folder that are kept in order; a folder with more is read again for the next ones. */
const namesPerPage = 5000;

/** Yields the names of a folder in order, from this one on. */
async function* inOrder(under: Under, folder: OpenFolder, path: string, first: string | null): AsyncIterable<Named> {
  let isWanted = (name: string): boolean => first === null || name >= first;
  for (;;) {
    const names = await firstNames(under, folder, path, isWanted);
    yield* names;
    const last = names.at(-1)?.name;
    if (last === undefined || names.length < namesPerPage) return;
    isWanted = (name) => name > last;
  }
}

/** Returns the first of the wanted names; none of a folder that cannot be read, which is noted. */
async function firstNames(
  { state }: Under,
  folder: OpenFolder,
  path: string,
  isWanted: (name: string) => boolean,
): Promise<Named[]> {
  try {
    const ids: string[] = [];
    for (const bytes of await folder.names()) {
      const id = toId(bytes);
      if (!id.startsWith('.') && isWanted(id)) ids.push(id);
      if (ids.length >= 4 * namesPerPage) keepFirst(ids);
    }
    keepFirst(ids);
    return ids.map((name) => ({ name, bytes: bytesOf(name) }));
  } catch (error) {
    // The root itself must be readable.
    if (path === '') throw error;
    note(state, path, error);
    return [];
  }
}

function keepFirst(ids: string[]): void {
  ids.sort();
  ids.length = Math.min(ids.length, namesPerPage);
}

async function take(under: Under, folder: OpenFolder, entry: Named, at: string, folderCtimeNs: bigint): Promise<void> {
  const { state } = under;
  try {
    const found = await look(under.root, folder.pathOf(entry.bytes), at, folderCtimeNs);
    if (found !== null) state.found.push(found);
  } catch (error) {
    // A folder that may be listed and not searched fails at each of its entries.
    const folderPath = at.slice(0, Math.max(at.lastIndexOf('/'), 0));
    note(state, folderPath || at, error);
  }
  state.last = at;
}

/** Returns the change time of a folder; null for anything else. */
async function folderTime(folder: OpenFolder, { bytes }: Named): Promise<bigint | null> {
  return await lstat(folder.pathOf(bytes), { bigint: true }).then(
    (facts) => (facts.isDirectory() ? facts.ctimeNs : null),
    () => null,
  );
}

/** Null if it no longer exists, or could not be read and was noted. */
async function openOrNote({ root, state }: Under, path: string): Promise<OpenFolder | null> {
  try {
    return await openFolder(fullPath(root, path));
  } catch (error) {
    // The root itself must be readable. A folder below it that disappears during the walk counts as deleted.
    if (path === '') throw error;
    if (codeOf(error) !== 'ENOENT') note(state, path, error);
    return null;
  }
}

/** Notes each part once. Beyond a number that a person can look through, it is the whole that cannot be read. */
function note({ unread }: WalkState, part: string, error: unknown): void {
  const path = unread.length < maxNoted ? part : '';
  if (unread.some((known) => known.path === path)) return;
  unread.push({ path, ...reasonOf(error) });
}

function reasonOf(error: unknown): { readonly code: ErrorCode; readonly message: string } {
  const kept = 'Its synced files are kept, and the next sync reads it again.';
  switch (isSyncError(error) ? error.code : codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return { code: 'folder_unreadable', message: `Headwater has no permission to read this. ${kept}` };
    case 'link_leaves_folder':
    case 'ELOOP':
    case 'ENOTDIR':
      return { code: 'folder_replaced', message: `This was replaced by a link while it was read. ${kept}` };
    case undefined:
    default:
      return {
        code: 'folder_unreadable',
        message: `This cannot be read (${codeOf(error) ?? 'unknown'}). ${kept}`,
      };
  }
}

/** @returns null if it disappeared in the meantime @throws the system's error if it cannot be examined */
async function look(root: string, full: Buffer, path: string, folderCtimeNs: bigint): Promise<Found | null> {
  try {
    const own = await lstat(full, { bigint: true });
    const isLink = own.isSymbolicLink();
    if (isLink && !isInside(await realpath(full, 'buffer'), root)) {
      return { kind: 'refused', path, code: 'link_leaves_folder', message: 'The link points outside of the folder.' };
    }
    const facts = isLink ? await stat(full, { bigint: true }) : own;
    if (facts.isDirectory()) {
      return { kind: 'refused', path, code: 'link_to_folder', message: 'Links to folders are not followed.' };
    }
    if (!facts.isFile()) return { kind: 'refused', path, code: 'not_a_file', message: 'This is not a regular file.' };
    const { size, mtimeNs, ctimeNs } = facts;
    return { kind: 'file', path, size, mtimeNs, ctimeNs, folderCtimeNs };
  } catch (error) {
    if (codeOf(error) === 'ELOOP') {
      return { kind: 'refused', path, code: 'link_loop', message: 'The link is circular.' };
    }
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw error;
    return (await isDanglingLink(full))
      ? { kind: 'refused', path, code: 'link_dangling', message: 'The link points to nothing.' }
      : null;
  }
}

async function isDanglingLink(full: Buffer): Promise<boolean> {
  try {
    return (await lstat(full)).isSymbolicLink();
  } catch {
    return false;
  }
}

/** The name of a part in a gap. */
export function partName(root: string, path: string): string {
  return path === '' ? root : shownAs(path);
}

/** Returns the system's error code (`ENOENT`), if there is one. */
export function codeOf(error: unknown): string | undefined {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
