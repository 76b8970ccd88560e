import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SyncError } from '../domain/errors.ts';
import type { Staging } from './staging.ts';

const jobIdShape = /^[0-9a-f-]{36}$/;
const hashShape = /^[0-9a-f]{64}$/;

/**
 * Staging in a folder that all workers share. A file appears whole (written beside, then renamed) and is not forced to
 * disk: bytes that a power cut takes are fetched again, the ledger says which.
 */
export function createFolderStaging(root: string): Staging {
  const folderOf = (jobId: string): string => join(root, checked(jobId, jobIdShape));
  const fileOf = (jobId: string, hash: string): string => join(folderOf(jobId), checked(hash, hashShape));
  const made = new Set<string>();

  async function makeFolder(jobId: string): Promise<void> {
    if (made.has(jobId)) return;
    await mkdir(folderOf(jobId), { recursive: true, mode: 0o700 });
    made.add(jobId);
  }

  return {
    put: async (jobId, bytes) => {
      const hash = createHash('sha256').update(bytes).digest('hex');
      await makeFolder(jobId);
      const beside = join(folderOf(jobId), `.${hash}.${randomUUID()}`);
      await writeFile(beside, bytes, { mode: 0o600 });
      await rename(beside, fileOf(jobId, hash));
      return hash;
    },
    get: async (jobId, hash) => {
      try {
        return await readFile(fileOf(jobId, hash));
      } catch (error) {
        if (!isMissing(error)) throw error;
        throw new SyncError('unavailable', {
          code: 'staged_bytes_missing',
          message: 'A downloaded file was lost before it was read; it will be fetched again.',
          cause: error,
        });
      }
    },
    delete: async (jobId, hashes) => {
      await Promise.all(
        hashes.filter((hash) => hash !== '').map(async (hash) => await rm(fileOf(jobId, hash), { force: true })),
      );
    },
    deleteJob: async (jobId) => {
      made.delete(jobId);
      await rm(folderOf(jobId), { recursive: true, force: true });
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

/** Names become paths: nothing but what we made ourselves may. */
function checked(name: string, shape: RegExp): string {
  if (!shape.test(name)) throw new TypeError('not a name of a staged thing');
  return name;
}

function isMissing(error: unknown): boolean {
  return Error.isError(error) && 'code' in error && error.code === 'ENOENT';
}
