import type { files } from 'dropbox';
import { SyncError } from '../../../domain/errors.ts';
import type { Entry, ListPage, Position } from '../../../domain/source.ts';
import { isEndless, noPages, type PageMemory, rememberPage } from '../page-memory.ts';
import { type DropboxCall, findRoot } from './client.ts';
import type { DropboxConfig } from './config.ts';
import { toEntries } from './map.ts';
import { type DropboxPosition, readPosition, writeCheckpoint, writeCursor } from './position.ts';
import { type Listing, listing, metadata } from './wire.ts';

/**
 * Approximate: a page may contain a few more, or none and still have a next page
 * (docs/vendors/dropbox.md#listing-and-delta).
 */
export const pageSize = 2000;

/**
 * One chain of cursors serves the listing and the feed. Changes made during the listing appear later in the same chain
 * or after it, so the last cursor is also valid as a position from before the walk.
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
      const to = { subject: 'account', root, name: 'files/list_folder', schema: listing } as const;
      const page = await call(to, signal, async (dropbox) => await dropbox.filesListFolder(argument(config)));
      return toPage(page, { full: true, root, asked: null, memory: noPages, held: undefined });
    }
    case 'container':
      return await listGap(call, position.externalId, signal);
    case 'checkpoint':
      return await goOn(call, readPosition(position.checkpoint), signal);
    case 'cursor':
      return await goOn(call, readPosition(position.cursor), signal);
  }
}

async function goOn(call: DropboxCall, position: DropboxPosition, signal: AbortSignal): Promise<ListPage> {
  const { cursor, root } = position;
  const to = { subject: 'position', root, name: 'files/list_folder/continue', schema: listing } as const;
  const page = await call(to, signal, async (dropbox) => await dropbox.filesListFolderContinue({ cursor }));
  return toPage(page, { ...position, asked: cursor });
}

/** What an earlier listing could not read, by its path: no other container of ours comes out of Dropbox. */
async function listGap(call: DropboxCall, path: string, signal: AbortSignal): Promise<ListPage> {
  const root = await findRoot(call, signal);
  const to = { subject: 'item', root, name: 'files/get_metadata', schema: metadata } as const;
  const found = await call(to, signal, async (dropbox) => await dropbox.filesGetMetadata({ path }));
  const entries = toEntries([found], { root, isFeed: false });
  return { entries, next: { more: false, checkpoint: null, complete: true } };
}

function argument(config: DropboxConfig): files.ListFolderArg {
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

interface Reading {
  readonly full: boolean;
  readonly root?: string | undefined;
  /** The cursor that this page was requested with; null: the first page. */
  readonly asked: string | null;
  readonly memory: PageMemory;
  readonly held?: string | undefined;
}

/** If part of a page could not be read, the page is requested again: the next job starts with it. */
function toPage(page: Listing, { full, root, asked, held, ...before }: Reading): ListPage {
  const { cursor, has_more: more } = page;
  const { read, unread } = page.entries;
  const known = read.filter((entry) => entry['.tag'] !== 'unreadable');
  const gaps = gapsOf(
    read.flatMap((entry) => (entry['.tag'] === 'unreadable' ? entry.path : [])),
    unread,
  );
  const memory = rememberPage(before.memory, [...read, ...Array.from({ length: unread })]);
  if (more && (cursor === asked || isEndless(memory))) throw endless(full);
  const kept = held ?? (gaps.length > 0 ? (asked ?? undefined) : undefined);
  const position = { ...(root === undefined ? {} : { root }), ...(kept === undefined ? {} : { held: kept }) };
  return {
    entries: [...toEntries(known, { root, isFeed: !full }), ...gaps],
    next: more
      ? { more: true, cursor: writeCursor({ ...position, cursor, full, memory }) }
      : {
          more: false,
          checkpoint: writeCheckpoint({ ...(root === undefined ? {} : { root }), cursor: kept ?? cursor }),
          complete: full,
        },
  };
}

/** Of one page; beyond that it is the page that is in doubt. */
const maxNamedGaps = 20;

/** @param paths of entries that say where they lie @param unread entries that say nothing: it is not known what is missing */
function gapsOf(paths: readonly string[], unread: number): Entry[] {
  const isNamed = unread === 0 && paths.length <= maxNamedGaps;
  if (isNamed) return paths.map((path) => gapOf(path, path, 'this entry'));
  return [gapOf(null, 'Dropbox', `${unread + paths.length} of its entries`)];
}

function gapOf(externalId: string | null, name: string, what: string): Entry {
  return {
    state: 'gap',
    externalId,
    name,
    code: 'unreadable_entry',
    message: `Dropbox described ${what} in a way that Headwater cannot read. Nothing there is removed, and the next sync requests it again.`,
    retryAfterMs: null,
  };
}

/** An endless feed counts as a lost position; an endless listing cannot be completed. */
function endless(full: boolean): SyncError {
  return full
    ? new SyncError('invalid_input', {
        code: 'endless_listing',
        message:
          'Dropbox keeps returning the same page of its listing, so it cannot be listed completely. Nothing was removed. Sync again later; if this persists, report it to Dropbox.',
        scope: 'account',
      })
    : new SyncError('checkpoint_expired', {
        code: 'endless_listing',
        message: 'Dropbox keeps reporting the same changes, so everything is listed instead.',
        scope: 'account',
      });
}
