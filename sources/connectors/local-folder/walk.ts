import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isInside } from './roots.ts';

/** What lies at a path, told apart without opening it. */
export type Found =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly size: bigint;
      readonly mtimeNs: bigint;
      readonly ctimeNs: bigint;
      /** The latest of the folders it lies in, below the root: moving one of them changes nothing of the file itself. */
      readonly folderCtimeNs: bigint;
    }
  /** Cannot be taken, and why. */
  | { readonly kind: 'refused'; readonly path: string; readonly code: string; readonly message: string };

export interface Walk {
  readonly found: readonly Found[];
  /** The last path looked at; the next page starts after it. Null: the walk is at its end. */
  readonly last: string | null;
  /** A folder could not be read: what lies in it is unknown, so nothing may be swept. */
  readonly incomplete: boolean;
}

/**
 * Walks a folder in a fixed order (names by code unit, a folder's contents in its place) from after `after` on, until
 * `limit` things are found. Paths are relative to `root`, with `/`. Hidden names (a leading dot) are left out, as people
 * expect of a folder of documents.
 */
export async function walk(root: string, after: string | null, limit: number): Promise<Walk> {
  const state = { found: [] as Found[], incomplete: false, last: null as string | null };
  const ended = await walkFolder({ root, limit, state }, '', 0n, after?.split('/') ?? []);
  return { found: state.found, last: ended ? null : state.last, incomplete: state.incomplete };
}

interface WalkState {
  readonly found: Found[];
  incomplete: boolean;
  last: string | null;
}

interface Under {
  readonly root: string;
  readonly limit: number;
  readonly state: WalkState;
}

/** @returns false when the limit was reached inside */
async function walkFolder(
  under: Under,
  folder: string,
  folderCtimeNs: bigint,
  after: readonly string[],
): Promise<boolean> {
  const { root, limit, state } = under;
  const [skipTo, ...deeper] = after;
  for (const entry of await readFolder(root, folder, state)) {
    if (skipTo !== undefined && entry.name < skipTo) continue;
    const resumed = entry.name === skipTo;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const own = await ctimeOf(join(root, path));
      const latest = own > folderCtimeNs ? own : folderCtimeNs;
      if (!(await walkFolder(under, path, latest, resumed ? deeper : []))) return false;
      continue;
    }
    if (resumed) continue;
    if (state.found.length >= limit) return false;
    const found = await look(root, path, folderCtimeNs);
    if (found !== null) state.found.push(found);
    state.last = path;
  }
  return true;
}

async function ctimeOf(folder: string): Promise<bigint> {
  return await lstat(folder, { bigint: true }).then(
    (facts) => facts.ctimeNs,
    () => 0n,
  );
}

async function readFolder(root: string, folder: string, state: WalkState) {
  try {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    return entries
      .filter((entry) => !entry.name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    // The root itself must be readable; a folder below that vanished during the walk is a folder that is gone.
    if (folder === '') throw error;
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    state.incomplete = true;
    state.found.push({
      kind: 'refused',
      path: folder,
      code: 'folder_unreadable',
      message: 'This folder may not be read.',
    });
    return [];
  }
}

/** @returns null for what vanished meanwhile */
async function look(root: string, path: string, folderCtimeNs: bigint): Promise<Found | null> {
  const full = join(root, path);
  try {
    if (path.includes('\uFFFD')) {
      return {
        kind: 'refused',
        path,
        code: 'name_not_unicode',
        message: 'The file name is not valid Unicode; rename the file.',
      };
    }
    if ((await lstat(full)).isSymbolicLink() && !isInside(await realpath(full), root)) {
      return { kind: 'refused', path, code: 'link_leaves_folder', message: 'The link points out of the folder.' };
    }
    const facts = await stat(full, { bigint: true });
    if (facts.isDirectory()) {
      return { kind: 'refused', path, code: 'link_to_folder', message: 'Links to folders are not followed.' };
    }
    if (!facts.isFile()) return { kind: 'refused', path, code: 'not_a_file', message: 'This is no ordinary file.' };
    const { size, mtimeNs, ctimeNs } = facts;
    return { kind: 'file', path, size, mtimeNs, ctimeNs, folderCtimeNs };
  } catch (error) {
    if (codeOf(error) === 'ELOOP') {
      return { kind: 'refused', path, code: 'link_loop', message: 'The link leads in a circle.' };
    }
    if (codeOf(error) === 'ENOENT') {
      return (await isDanglingLink(full))
        ? { kind: 'refused', path, code: 'link_dangling', message: 'The link leads nowhere.' }
        : null;
    }
    return { kind: 'refused', path, code: 'unreadable', message: 'This file may not be looked at.' };
  }
}

async function isDanglingLink(full: string): Promise<boolean> {
  try {
    return (await lstat(full)).isSymbolicLink();
  } catch {
    return false;
  }
}

/** The system's error code (`ENOENT`), where there is one. */
export function codeOf(error: unknown): string | undefined {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
