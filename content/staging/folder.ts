import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SyncError } from '../../domain/errors.ts';
import type { Staging, StagingArea } from './staging.ts';

const jobIdShape = /^[0-9a-f-]{36}$/;
const areaShape = /^\d+\.\d+$/;
const hashShape = /^[0-9a-f]{64}$/;

/**
 * Staging in a folder that all workers share. A file appears whole (written beside, then renamed) and is not forced to
 * disk: bytes that a power cut takes are fetched again, the ledger says which.
 */
export function createFolderStaging(root: string): Staging {
  const jobFolder = (jobId: string): string => join(root, checked(jobId, jobIdShape));
  const areaFolder = (area: StagingArea): string =>
    join(jobFolder(area.jobId), checked(`${area.page}.${area.batch}`, areaShape));
  const fileOf = (area: StagingArea, hash: string): string => join(areaFolder(area), checked(hash, hashShape));

  return {
    put: async (area, bytes) => {
      const hash = createHash('sha256').update(bytes).digest('hex');
      const beside = join(areaFolder(area), `.${randomUUID()}`);
      try {
        await writeFile(beside, bytes, { mode: 0o600 });
      } catch (error) {
        if (!isMissing(error)) throw error;
        await mkdir(areaFolder(area), { recursive: true, mode: 0o700 });
        await writeFile(beside, bytes, { mode: 0o600 });
      }
      await rename(beside, fileOf(area, hash));
      return hash;
    },
    get: async (area, hash) => {
      try {
        return await readFile(fileOf(area, hash));
      } catch (error) {
        if (!isMissing(error)) throw error;
        throw new SyncError('not_found', {
          code: 'staged_bytes_missing',
          message: 'The downloaded file was lost on the way; the next sync fetches it again.',
          cause: error,
        });
      }
    },
    deleteArea: async (area) => await rm(areaFolder(area), { recursive: true, force: true }),
    bytesOf: async (jobId) => await bytesBelow(jobFolder(jobId)),
    deleteJob: async (jobId) => await rm(jobFolder(jobId), { recursive: true, force: true }),
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

/** A file that vanishes while it is looked at weighs nothing. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(
    files.map(
      async (file) =>
        await stat(file).then(
          (s) => s.size,
          () => 0,
        ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Names become paths: nothing but what we made ourselves may. */
function checked(name: string, shape: RegExp): string {
  if (!shape.test(name)) throw new TypeError('not a name of a staged thing');
  return name;
}

function isMissing(error: unknown): boolean {
  return Error.isError(error) && 'code' in error && error.code === 'ENOENT';
}
