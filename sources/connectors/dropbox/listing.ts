import type { files } from 'dropbox';
import { SyncError } from '../../../domain/errors.ts';
import type { Entry, ListPage, Position } from '../../../domain/source.ts';
import { isEndless, noPages, type PageMemory, rememberPage } from '../page-memory.ts';
import { type DropboxCall, findRoot } from './client.ts';
import { type DropboxConfig, listedFolder } from './config.ts';
import { toEntries } from './map.ts';
import { findEntry, isInScope } from './look-up.ts';
import { nameMissing, reportedDeleted } from './selected-folders.ts';
import { type DropboxPosition, readPosition, writeCheckpoint, writeCursor } from './position.ts';
import { type Listing, listing } from './wire.ts';

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
      const missing = await nameMissing({ call, root, signal }, severalOf(config));
      return withEntries(missing, toPage(page, { full: true, root, cursor: null, memory: noPages, held: undefined }));
    }
    case 'container':
      return await listGap(call, config, position.externalId, signal);
    case 'checkpoint':
      return await goOn(call, config, readPosition(position.checkpoint), signal);
    case 'cursor':
      return await goOn(call, config, readPosition(position.cursor), signal);
  }
}

async function goOn(
  call: DropboxCall,
  config: DropboxConfig,
  position: DropboxPosition,
  signal: AbortSignal,
): Promise<ListPage> {
  const { cursor, root } = position;
  const to = { subject: 'position', root, name: 'files/list_folder/continue', schema: listing } as const;
  const page = await call(to, signal, async (dropbox) => await dropbox.filesListFolderContinue({ cursor }));
  const deleted = position.full ? [] : reportedDeleted(page.entries.read, severalOf(config));
  return withEntries(await nameMissing({ call, root, signal }, deleted), toPage(page, { ...position, cursor }));
}

/** The folders of the config, if they are selected from a listing of all of Dropbox. */
function severalOf({ folders }: DropboxConfig): readonly string[] {
  return folders.length > 1 ? folders : [];
}

function withEntries(entries: readonly Entry[], page: ListPage): ListPage {
  return { ...page, entries: [...entries, ...page.entries] };
}

/** Asks for one entry that an earlier page could not read. Dropbox takes an id where it takes a path. */
async function listGap(
  call: DropboxCall,
  config: DropboxConfig,
  about: string,
  signal: AbortSignal,
): Promise<ListPage> {
  const root = await findRoot(call, signal);
  const found = await findEntry({ call, root, signal }, about);
  const isOurs = found !== null && (found['.tag'] !== 'file' || isInScope(found, config));
  // The feed reports a deletion by a path, and this item's may not be known here.
  const nothing: Entry[] = about.startsWith('id:') ? [{ state: 'deleted', externalId: about }] : [];
  const entries = isOurs ? toEntries([found], { root, isFeed: true }) : nothing;
  return { entries, next: { more: false, checkpoint: null, complete: true } };
}

function argument(config: DropboxConfig): files.ListFolderArg {
  return {
    path: listedFolder(config),
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
  readonly cursor: string | null;
  readonly memory: PageMemory;
  readonly held?: string | undefined;
}

/** Maximum number of entries of one page that are asked for singly. */
const maxNamedGaps = 20;

/**
 * An entry that cannot be read is a gap of its own if it says what it is about. Otherwise the page is requested again:
 * the next job starts with it.
 */
function toPage(page: Listing, { full, root, cursor: requested, held, ...before }: Reading): ListPage {
  const { cursor, has_more: more } = page;
  const { read, unread } = page.entries;
  const named = new Map(read.flatMap((entry) => (entry['.tag'] === 'unreadable' ? [[entry.about, entry.name]] : [])));
  const isUnknown = unread > 0 || named.size > maxNamedGaps;
  const gaps = isUnknown ? [unknownGap(unread + named.size)] : [...named].map(([about, name]) => gapOf(about, name));
  const memory = rememberPage(before.memory, [...read, ...Array.from({ length: unread })]);
  if (more && (cursor === requested || isEndless(memory))) throw endless(full);
  const kept = held ?? (isUnknown ? (requested ?? undefined) : undefined);
  const position = { ...(root === undefined ? {} : { root }), ...(kept === undefined ? {} : { held: kept }) };
  return {
    entries: [...toEntries(read, { root, isFeed: !full }), ...gaps],
    next: more
      ? { more: true, cursor: writeCursor({ ...position, cursor, full, memory }) }
      : {
          more: false,
          checkpoint: writeCheckpoint({ ...(root === undefined ? {} : { root }), cursor: kept ?? cursor }),
          complete: full,
        },
  };
}

function gapOf(externalId: string, name: string): Entry {
  return {
    state: 'gap',
    externalId,
    name,
    code: 'unreadable_entry',
    message:
      'Dropbox returned this entry in a form that Headwater cannot read. What is known of it is kept, and the next sync requests it again.',
    retryAfterMs: null,
  };
}

/** Without an id and a path, the location of an unreadable entry is unknown. */
function unknownGap(unread: number): Entry {
  return {
    state: 'gap',
    externalId: null,
    name: 'Dropbox',
    code: 'unreadable_entry',
    message: `Dropbox returned ${unread} entries that Headwater cannot read. Nothing is removed, and the next sync requests them again.`,
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
