/**
 * Opens files and folders by handle and then checks the handle's real path, so that a folder replaced by a link at that
 * very moment leads nobody out of the root.
 */

import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readlink, realpath } from 'node:fs/promises';
import { SyncError } from '../../../domain/errors.ts';

/** macOS can refuse any link in the path, but cannot return the real path of a handle. */
const noLinkOnTheWay = process.platform === 'darwin' ? 0x2000_0000 : 0;
const reading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | noLinkOnTheWay;

/**
 * Opens a regular file by its real path. Pipes, devices and sockets are not even opened.
 * @throws SyncError `forbidden` if the path leads out of the root, `unsupported` if it is not a regular file
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
  /**
   * Returns the names in the order of the file system, as texts with a character for each byte: a million of them take
   * 60 MB, and ten times that as objects.
   */
  names(): Promise<readonly string[]>;
  /**
   * Returns the path of an entry through this handle, so it stays correct if something else has replaced the folder.
   */
  pathOf(name: Buffer): Buffer;
}

/**
 * Opens a folder by its real path and lists it through its handle.
 * @throws SyncError `forbidden` if something else has replaced it
 */
export async function openFolder(path: Buffer): Promise<OpenFolder> {
  const handle = await open(path, reading | constants.O_DIRECTORY);
  try {
    if (!(await whereItLeads(handle, path)).equals(path)) throw linkLeaves();
    const place = process.platform === 'linux' ? Buffer.from(`/proc/self/fd/${handle.fd}`) : path;
    return {
      names: async () => {
        const names = await readdir(place, 'latin1');
        if (place === path && !(await realpath(path, 'buffer')).equals(path)) throw linkLeaves();
        return names;
      },
      pathOf: (name) => Buffer.concat([place, Buffer.from('/'), name]),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Checks whether `path` is the root itself or below it. Both must be real paths. */
export function isInside(path: Buffer, root: string): boolean {
  const above = Buffer.from(root.endsWith('/') ? root : `${root}/`);
  return path.equals(Buffer.from(root)) || path.subarray(0, above.length).equals(above);
}

/**
 * Only Linux can resolve a handle. Elsewhere the path is used, and the handle was opened without following any link.
 */
async function whereItLeads(handle: FileHandle, path: Buffer): Promise<Buffer> {
  if (process.platform === 'linux') return await readlink(`/proc/self/fd/${handle.fd}`, 'buffer');
  return await realpath(path, 'buffer');
}

function linkLeaves(): SyncError {
  return new SyncError('forbidden', {
    code: 'link_leaves_folder',
    message: 'The link points outside of the folder.',
    scope: 'item',
  });
}

function notAFile(): SyncError {
  return new SyncError('unsupported', { code: 'not_a_file', message: 'This is not a regular file.', scope: 'item' });
}
