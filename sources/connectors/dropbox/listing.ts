import type { files } from 'dropbox';
import type { ListPage, Position } from '../../../domain/source.ts';
import { type DropboxCall, findRoot } from './client.ts';
import type { DropboxConfig } from './config.ts';
import { toEntries } from './map.ts';
import { type DropboxPosition, readPosition, writeCheckpoint, writeCursor } from './position.ts';

/** Approximate: a page may hold a few more, or none and yet have a next [reference 2.3]. */
export const pageSize = 2000;

/**
 * One chain of cursors serves listing and feed: what changes while everything is listed comes later in the same chain or
 * after it, so the last cursor is a position from before the walk as much as from after it.
 */
export async function listPage(
  call: DropboxCall,
  config: DropboxConfig,
  position: Position,
  signal: AbortSignal,
): Promise<ListPage> {
  switch (position.at) {
    case 'start': {
      const root = await findRoot(call, signal);
      const at = { subject: 'account', root } as const;
      const page = await call(at, signal, async (dropbox) => await dropbox.filesListFolder(listing(config)));
      return toPage(page, true, root);
    }
    case 'container':
      // Never asked for: no container of ours comes out of Dropbox.
      return { entries: [], next: { more: false, checkpoint: null, complete: false } };
    case 'checkpoint':
      return await goOn(call, readPosition(position.checkpoint), signal);
    case 'cursor':
      return await goOn(call, readPosition(position.cursor), signal);
  }
}

async function goOn(call: DropboxCall, position: DropboxPosition, signal: AbortSignal): Promise<ListPage> {
  const { cursor, full, root } = position;
  const at = { subject: 'position', root } as const;
  return toPage(
    await call(at, signal, async (dropbox) => await dropbox.filesListFolderContinue({ cursor })),
    full,
    root,
  );
}

function listing(config: DropboxConfig): files.ListFolderArg {
  return {
    path: config.folder,
    recursive: true,
    limit: pageSize,
    include_deleted: false,
    include_mounted_folders: config.includeMountedFolders,
    include_non_downloadable_files: true,
    include_has_explicit_shared_members: false,
  };
}

function toPage(
  { entries, cursor, has_more }: files.ListFolderResult,
  full: boolean,
  root: string | undefined,
): ListPage {
  const position = { cursor, ...(root === undefined ? {} : { root }) };
  return {
    entries: toEntries(entries, { root, isFeed: !full }),
    next: has_more
      ? { more: true, cursor: writeCursor({ ...position, full }) }
      : { more: false, checkpoint: writeCheckpoint(position), complete: full },
  };
}
