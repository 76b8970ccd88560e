import { isSyncError, SyncError } from '../../../domain/errors.ts';
import { codeOf } from './walk.ts';

/**
 * What a failure of the file system means. The system's own message has the path, which belongs in no log (P7).
 * @returns another kind of error as it is
 */
export function fileSystemError(error: unknown, what: 'file' | 'folder' = 'file'): unknown {
  if (isSyncError(error)) return error;
  const code = codeOf(error);
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return new SyncError('forbidden', {
        message: `Headwater has no permission to read this ${what}. Change the ${what}’s permissions.`,
        cause: error,
      });
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ERR_INVALID_ARG_VALUE':
      return new SyncError('not_found', { message: `The ${what} no longer exists.`, cause: error });
    case 'ELOOP':
      return new SyncError('forbidden', { code: 'link_leaves_folder', message: `The ${what} was replaced by a link.` });
    case undefined:
      return error;
    default:
      return new SyncError('unavailable', {
        code: 'read_error',
        message: `The file system could not read this (${code}). Reading is retried automatically.`,
        cause: error,
      });
  }
}
