import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SyncError } from '../../domain/errors.ts';
import { decodePack, encodePack, hashOf, type Piece } from './packs.ts';
import { RecentBytes } from './recent-bytes.ts';
import type { Staging, StagingArea } from './staging.ts';

const jobIdShape = /^[0-9a-f-]{36}$/;
const areaShape = /^\d+\.\d+$/;
const hashShape = /^[0-9a-f]{64}$/;

/** Smaller pieces share a file with others. */
const smallBytes = 256 * 1024;
/** A writer collects this many bytes before it writes a file. */
const packBytes = 1024 * 1024;
/** Bytes that one process keeps in memory, besides the files. */
const recentBytes = 32 * 1024 * 1024;
const packEnding = '.pack';

/**
 * Staging in a folder that all workers share. Files appear atomically (written beside, then renamed) but are not synced
 * to disk: bytes lost in a power failure are downloaded again, because the database records what is missing.
 */
export function createFolderStaging(root: string): Staging {
  const jobFolder = (jobId: string): string => join(root, checked(jobId, jobIdShape));
  const areaFolder = (area: StagingArea): string =>
    join(jobFolder(area.jobId), checked(`${area.page}.${area.batch}`, areaShape));
  const recent = new RecentBytes(recentBytes);

  return {
    writeTo: (area) => {
      const folder = areaFolder(area);
      let pieces: Piece[] = [];
      let bytes = 0;
      const flush = async (): Promise<void> => {
        if (pieces.length === 0) return;
        const pack = pieces;
        [pieces, bytes] = [[], 0];
        await writeWhole(folder, `${randomUUID()}${packEnding}`, encodePack(pack));
        for (const piece of pack) recent.set(join(folder, piece.hash), piece.bytes);
      };
      return {
        put: async (content) => {
          const hash = hashOf(content);
          if (content.byteLength > smallBytes) await writeWhole(folder, hash, content);
          else {
            pieces.push({ hash, bytes: content });
            bytes += content.byteLength;
            if (bytes >= packBytes) await flush();
          }
          return hash;
        },
        flush,
      };
    },
    get: async (area, hash) => {
      const name = join(areaFolder(area), checked(hash, hashShape));
      const bytes = recent.get(name) ?? (await readIfThere(name)) ?? (await readPacked(areaFolder(area), hash, recent));
      if (bytes !== null) return bytes;
      throw new SyncError('not_found', {
        code: 'staged_bytes_missing',
        message: 'The downloaded file was lost before it was processed. The next sync downloads it again.',
      });
    },
    deleteArea: async (area) => {
      recent.deleteBelow(areaFolder(area));
      await rm(areaFolder(area), { recursive: true, force: true });
    },
    bytesOf: (jobId) => bytesBelow(jobFolder(jobId)),
    deleteJob: async (jobId) => {
      recent.deleteBelow(jobFolder(jobId));
      await rm(jobFolder(jobId), { recursive: true, force: true });
    },
    jobs: async () => {
      try {
        return (await readdir(root)).filter((name) => jobIdShape.test(name));
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
  };
}

async function writeWhole(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const beside = join(folder, `.${randomUUID()}`);
  try {
    await writeFile(beside, bytes, { mode: 0o600 });
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(beside, bytes, { mode: 0o600 });
  }
  await rename(beside, join(folder, name));
}

async function readIfThere(file: string): Promise<Buffer | null> {
  return await readFile(file).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
}

/** Another worker staged it, and the other pieces of its batch will be requested next. */
async function readPacked(folder: string, hash: string, recent: RecentBytes): Promise<Uint8Array | null> {
  const names = await readdir(folder).catch(() => []);
  let found: Uint8Array | null = null;
  for (const name of names.filter((file) => file.endsWith(packEnding))) {
    for (const piece of decodePack((await readIfThere(join(folder, name))) ?? Buffer.alloc(0))) {
      recent.set(join(folder, piece.hash), piece.bytes);
      if (piece.hash === hash) found = piece.bytes;
    }
  }
  return found;
}

/** A file that disappears while it is examined counts as 0 bytes. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (s) => s.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Names become paths, so only names that we generated are allowed. */
function checked(name: string, shape: RegExp): string {
  if (!shape.test(name)) throw new TypeError('not a name of a staged thing');
  return name;
}

function isMissing(error: unknown): boolean {
  return Error.isError(error) && 'code' in error && error.code === 'ENOENT';
}
