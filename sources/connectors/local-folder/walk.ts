import { lstat, realpath, stat } from 'node:fs/promises';
import type { ErrorCode } from '../../../domain/error-codes.ts';
import { isSyncError } from '../../../domain/errors.ts';
import { isInside, type OpenFolder, openFolder } from './below-root.ts';
import { bytesOf, shownAs, toIdPart } from './names.ts';

/** What exists at a path, determined without opening it. */
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

/** A folder that could not be read completely: its contents are unknown, so nothing in it may be swept. */
export interface Unread {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface Walk {
  readonly found: readonly Found[];
  readonly unread: readonly Unread[];
  /** The last path examined; the next page starts after it. Null: the walk is complete. */
  readonly last: string | null;
}

/**
 * Walks a folder in a fixed order (names by code unit, a folder's contents in its place), starting after `after`, until
 * `limit` things are found. Paths are relative to `root` and use `/`, as in ids. Hidden names (a leading dot) are left
 * out, as people expect of a folder of documents.
 * @param root a real path
 * @param from.top a folder below the root that is walked alone
 */
export async function walk(
  root: string,
  { after, top = '' }: { readonly after: string | null; readonly top?: string | undefined },
  limit: number,
  signal: AbortSignal,
): Promise<Walk> {
  const state = { found: [] as Found[], unread: [] as Unread[], last: null as string | null };
  const rest = after === null ? [] : after.slice(top === '' ? 0 : top.length + 1).split('/');
  const ended = await walkFolder({ root, top, limit, state, signal }, top, 0n, rest);
  return { ...state, last: ended ? null : state.last };
}

interface WalkState {
  readonly found: Found[];
  readonly unread: Unread[];
  last: string | null;
}

interface Under {
  readonly root: string;
  readonly top: string;
  readonly limit: number;
  readonly state: WalkState;
  readonly signal: AbortSignal;
}

interface Named {
  readonly name: string;
  readonly bytes: Buffer;
  readonly isFolder: boolean;
}

/** @returns false if the limit was reached inside */
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
  for (const entry of namesIn(folder)) {
    if (skipTo !== undefined && entry.name < skipTo) continue;
    const resumed = entry.name === skipTo;
    const at = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.isFolder) {
      const own = await ctimeOf(folder.pathOf(entry.bytes));
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

function namesIn(folder: OpenFolder): Named[] {
  return folder.entries
    .map(({ name, isFolder }) => ({ name: toIdPart(name), bytes: name, isFolder }))
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

async function take(under: Under, folder: OpenFolder, entry: Named, at: string, folderCtimeNs: bigint): Promise<void> {
  const { state } = under;
  try {
    const found = await look(under.root, folder.pathOf(entry.bytes), at, folderCtimeNs);
    if (found !== null) state.found.push(found);
  } catch (error) {
    note(state, at.slice(0, Math.max(at.lastIndexOf('/'), 0)), error);
  }
  state.last = at;
}

async function ctimeOf(folder: Buffer): Promise<bigint> {
  return await lstat(folder, { bigint: true }).then(
    (facts) => facts.ctimeNs,
    () => 0n,
  );
}

/** Null if it no longer exists, or could not be read and was noted. */
async function openOrNote({ root, top, state }: Under, path: string): Promise<OpenFolder | null> {
  try {
    return await openFolder(path === '' ? Buffer.from(root) : Buffer.concat([Buffer.from(`${root}/`), bytesOf(path)]));
  } catch (error) {
    // The root itself must be readable. A folder below it that disappears during the walk counts as deleted.
    if (path === '') throw error;
    const code = codeOf(error);
    // One that is walked alone since it could not be read before, and is no folder any more, is gone as such.
    if (code !== 'ENOENT' && (code !== 'ENOTDIR' || path !== top)) note(state, path, error);
    return null;
  }
}

/** Notes each folder once, even if several entries in it could not be read. */
function note({ unread }: WalkState, path: string, error: unknown): void {
  if (unread.some((known) => known.path === path)) return;
  unread.push({ path, ...reasonOf(error) });
}

function reasonOf(error: unknown): { readonly code: ErrorCode; readonly message: string } {
  const kept = 'Its synced files are kept, and the next sync reads it again.';
  switch (isSyncError(error) ? error.code : codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return { code: 'folder_unreadable', message: `Headwater has no permission to read this folder. ${kept}` };
    case 'link_leaves_folder':
    case 'ELOOP':
    case 'ENOTDIR':
      return { code: 'folder_replaced', message: `This folder was replaced by a link while it was read. ${kept}` };
    case undefined:
    default:
      return {
        code: 'folder_unreadable',
        message: `This folder cannot be read (${codeOf(error) ?? 'unknown'}). ${kept}`,
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

/** The name of the folder in a gap. */
export function folderName(root: string, path: string): string {
  return path === '' ? root : shownAs(path);
}

/** Returns the system's error code (`ENOENT`), if there is one. */
export function codeOf(error: unknown): string | undefined {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
