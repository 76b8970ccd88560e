/**
 * Files and folders are opened by handle, and the handle is asked where it leads: a folder that is swapped for a link at this
 * very moment leads nobody out of the root.
 */

import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readlink, realpath } from 'node:fs/promises';
import { SyncError } from '../../../domain/errors.ts';

/** macOS refuses any link on the way, and has no place that tells where a handle leads. */
const noLinkOnTheWay = process.platform === 'darwin' ? 0x2000_0000 : 0;
const reading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | noLinkOnTheWay;

/**
 * An ordinary file, by its real path. A pipe, a device or a socket is not even opened.
 * @throws SyncError `forbidden` for what leads out of the root, `unsupported` for what is no ordinary file
 */
export async function openFile(path: Buffer, root: string): Promise<FileHandle> {
  const real = await realpath(path, 'buffer');
  if (!isInside(real, root)) throw linkLeaves();
  if (!(await lstat(real)).isFile()) throw notAFile();
  const handle = await open(real, reading);
  try {
    if (!isInside(await whereItLeads(handle, real), root)) throw linkLeaves();
    if (!(await handle.stat()).isFile()) throw notAFile();
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export interface OpenFolder extends AsyncDisposable {
  /** Names as bytes, with what they are. */
  readonly entries: readonly { readonly name: Buffer; readonly isFolder: boolean }[];
  /** Of one of its entries, by this handle: whatever has taken the folder's place meanwhile. */
  pathOf(name: Buffer): Buffer;
}

/**
 * A folder by its real path, listed by its handle.
 * @throws SyncError `forbidden` where something else has taken its place
 */
export async function openFolder(path: Buffer): Promise<OpenFolder> {
  const handle = await open(path, reading | constants.O_DIRECTORY);
  try {
    if (!(await whereItLeads(handle, path)).equals(path)) throw linkLeaves();
    const place = process.platform === 'linux' ? Buffer.from(`/proc/self/fd/${handle.fd}`) : path;
    const found = await readdir(place, { withFileTypes: true, encoding: 'buffer' });
    if (place === path && !(await realpath(path, 'buffer')).equals(path)) throw linkLeaves();
    return {
      entries: found.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() })),
      pathOf: (name) => Buffer.concat([place, Buffer.from('/'), name]),
      [Symbol.asyncDispose]: async () => await handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Is `path` the root itself or below it? Both must be real paths. */
export function isInside(path: Buffer, root: string): boolean {
  const above = Buffer.from(root.endsWith('/') ? root : `${root}/`);
  return path.equals(Buffer.from(root)) || path.subarray(0, above.length).equals(above);
}

/** Elsewhere than on Linux the path is all there is to ask; there the handle was opened without any link on the way. */
async function whereItLeads(handle: FileHandle, path: Buffer): Promise<Buffer> {
  if (process.platform === 'linux') return await readlink(`/proc/self/fd/${handle.fd}`, 'buffer');
  return await realpath(path, 'buffer');
}

function linkLeaves(): SyncError {
  return new SyncError('forbidden', {
    code: 'link_leaves_folder',
    message: 'The link points out of the folder.',
    scope: 'item',
  });
}

function notAFile(): SyncError {
  return new SyncError('unsupported', { code: 'not_a_file', message: 'This is no ordinary file.', scope: 'item' });
}
