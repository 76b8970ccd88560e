/**
 * Looks up single files by id within the scope of a listing: the folders of the config, and shared folders if they are
 * included.
 */

import pLimit from 'p-limit';
import type { z } from 'zod';
import { isSyncError, type SyncError } from '../../../domain/errors.ts';
import { foldCase } from '../../../domain/fold-case.ts';
import type { Entry } from '../../../domain/source.ts';
import { unexpectedAnswer } from '../answers.ts';
import { type DropboxCall, findRoot } from './client.ts';
import { type DropboxConfig, listedFolder } from './config.ts';
import { toItemRef } from './map.ts';
import { type FileEntry, metadata } from './wire.ts';

/** Each id needs its own call. */
export const lookUpBatchSize = 50;
const maxConcurrency = 8;

export async function lookUp(
  call: DropboxCall,
  config: DropboxConfig,
  externalIds: readonly string[],
  signal: AbortSignal,
): Promise<Entry[]> {
  const limit = pLimit(maxConcurrency);
  const root = await findRoot(call, signal);
  const ask = (id: string): Promise<Entry> => lookUpOne({ call, config, root, signal }, id);
  return await Promise.all(externalIds.map(async (id) => await limit(() => ask(id))));
}

interface LookUp {
  readonly call: DropboxCall;
  readonly config: DropboxConfig;
  readonly root: string | undefined;
  readonly signal: AbortSignal;
}

/** If Dropbox refuses to answer for a file, it is a gap: neither present nor deleted. */
async function lookUpOne({ config, ...at }: LookUp, externalId: string): Promise<Entry> {
  const deleted = { state: 'deleted', externalId } as const;
  // Dropbox rejects anything but a file id as malformed; it is not one of our items.
  if (!externalId.startsWith('id:')) return deleted;
  try {
    const found = await findEntry(at, externalId);
    if (found === null) return deleted;
    // An entry of a new kind, or of another id, does not say what became of this file.
    if (found['.tag'] === 'unknown' || (found['.tag'] === 'file' && found.id !== externalId))
      return toGap(externalId, oddEntry());
    const isOurs = found['.tag'] === 'file' && isInScope(found, config);
    return isOurs ? { state: 'present', ...toItemRef(found, at.root) } : deleted;
  } catch (error) {
    if (!isSyncError(error) || error.scope === 'account') throw error;
    return toGap(externalId, error);
  }
}

/** @param at an id or a path @returns null if nothing is there */
export async function findEntry(
  { call, root, signal }: Omit<LookUp, 'config'>,
  at: string,
): Promise<z.infer<typeof metadata> | null> {
  const to = { subject: 'item', root, name: 'files/get_metadata', schema: metadata } as const;
  try {
    return await call(to, signal, async (dropbox) => await dropbox.filesGetMetadata({ path: at }));
  } catch (error) {
    if (isSyncError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

/** A listing shows files that are mounted and below the folder of the config. */
export function isInScope(file: FileEntry, config: DropboxConfig): boolean {
  const folder = listedFolder(config);
  const path = file.path_lower ?? file.path_display;
  if (path === undefined || !(folder === '' || foldCase(path).startsWith(`${foldCase(folder)}/`))) return false;
  return config.includeMountedFolders || file.sharing_info?.parent_shared_folder_id === undefined;
}

function oddEntry(): SyncError {
  return unexpectedAnswer({ vendor: 'Dropbox', call: 'files/get_metadata' }, 'an entry of another kind or id');
}

function toGap(externalId: string, { code, message, retryAfterMs }: SyncError): Entry {
  return { state: 'gap', externalId, name: externalId, code, message, retryAfterMs: retryAfterMs ?? null };
}
