import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StagedFile, StagedFiles } from './staged-files.ts';

/**
 * Staged files in a folder that all workers share. Files appear atomically (written beside, then renamed) but are not
 * synced to disk: bytes lost in a power failure are downloaded again, because the database records what is missing.
 */
export function createFolderFiles(root: string): StagedFiles {
  return {
    write: (key, ...parts) => writeWhole(join(root, key), parts),
    read: (key) => readIfThere(join(root, key)),
    list: async (folder) => {
      const files = await readdir(join(root, folder), { withFileTypes: true, recursive: true }).catch(none);
      const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
      return await Promise.all(paths.map((path) => sizeOf(root, path)));
    },
    topFolders: async () => await readdir(root).catch(none),
    deleteFolder: (folder) => rm(join(root, folder), { recursive: true, force: true }),
  };
}

async function writeWhole(file: string, parts: Uint8Array[]): Promise<void> {
  const beside = join(dirname(file), `.${randomUUID()}`);
  try {
    await writeParts(beside, parts);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeParts(beside, parts);
  }
  await rename(beside, file);
}

/** Without a copy of all parts in one piece: most of what a sync stages is written this way. */
async function writeParts(file: string, parts: Uint8Array[]): Promise<void> {
  await using handle = await open(file, 'w', 0o600);
  const { bytesWritten } = await handle.writev(parts);
  const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  // A full disk takes some of them; writing the rest reports why.
  if (bytesWritten < bytes) await handle.writeFile(Buffer.concat(parts).subarray(bytesWritten));
}

async function readIfThere(file: string): Promise<Buffer | null> {
  return await readFile(file).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
}

/** A file that disappears while it is examined counts as 0 bytes. */
async function sizeOf(root: string, path: string): Promise<StagedFile> {
  const size = await stat(path).then(
    (file) => file.size,
    () => 0,
  );
  return { key: path.slice(root.length + 1), size };
}

/** A folder that was never written contains nothing. */
function none(error: unknown): never[] {
  if (isMissing(error)) return [];
  throw error;
}

function isMissing(error: unknown): boolean {
  return Error.isError(error) && 'code' in error && error.code === 'ENOENT';
}
