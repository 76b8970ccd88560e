import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Choices } from '../connector.ts';
import { fileSystemError } from './file-system-error.ts';
import { resolveBelowRoots } from './roots.ts';

/** Nobody reads a longer list; another folder can be typed in. */
const maxShown = 500;

/**
 * Lists folders of this machine: the allowed roots, then the folders in them. Hidden ones are left out, as in a
 * listing.
 */
export function folderChoices(roots: readonly string[]): Choices {
  return async (within) => {
    if (within === null) return roots.map((root) => ({ value: root, label: root, hasChildren: true }));
    try {
      return await foldersIn(await resolveBelowRoots(within, roots));
    } catch (error) {
      throw fileSystemError(error, 'folder');
    }
  };
}

async function foldersIn(folder: string): ReturnType<Choices> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .slice(0, maxShown)
    .map(({ name }) => ({ value: join(folder, name), label: name, hasChildren: true }));
}
