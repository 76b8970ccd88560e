import { realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { ErrorCode } from '../../../domain/error-codes.ts';
import { SyncError } from '../../../domain/errors.ts';
import { isInside } from './below-root.ts';

/**
 * Resolves a folder that a user named, including its links, and refuses it if it is not below an allowed root.
 * @throws SyncError `invalid_input` with a message that says what to do
 */
export async function resolveBelowRoots(path: string, roots: readonly string[]): Promise<string> {
  if (!isAbsolute(path)) throw refused('path_not_absolute', 'The path of the folder must be absolute.');
  if (roots.length === 0) {
    throw refused(
      'no_roots',
      'No folder may be read. The operator must list the allowed folders in LOCAL_FOLDER_ROOTS.',
    );
  }
  const real = await realpathOrNull(path);
  const allowed = (await Promise.all(roots.map(realpathOrNull))).filter((root) => root !== null);
  // The message must not reveal whether a forbidden path exists, so both cases use the same one.
  if (real === null || !allowed.some((root) => isInside(Buffer.from(real), root))) {
    throw refused('path_not_allowed', 'The path is not a folder inside one of the folders in LOCAL_FOLDER_ROOTS.');
  }
  if (!(await stat(real)).isDirectory()) throw refused('not_a_folder', 'What the path leads to is not a folder.');
  return real;
}

async function realpathOrNull(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch {
    return null;
  }
}

function refused(code: ErrorCode, message: string): SyncError {
  return new SyncError('invalid_input', { code, message });
}
