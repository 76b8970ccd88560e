import { createHash } from 'node:crypto';
import { SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Content, Cursor, Entry, ItemRef, ListPage, Position } from '../../../domain/source.ts';
import { deletionsKeptMs, type UploadedFile, type UploadedFiles } from '../../../domain/uploads.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { selecting } from '../selection.ts';
import { tooLargeToRead } from '../too-large.ts';
import type { UploadConfig } from './config.ts';

const pageSize = 500;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The state of a listing: the last id shown, and the revision at which the next job starts. */
interface Listing {
  readonly after: string | null;
  readonly revision: number;
  readonly startedMs: number;
}

interface SavedPosition {
  readonly revision: number;
  /** When the job began that saved it. */
  readonly time: number;
}

/**
 * Files that were uploaded to Headwater. Their store keeps a feed of changes with deletions, and a file keeps its id when
 * it is replaced, so this source behaves like a vendor with a change feed.
 */
export function createUploadConnector(config: UploadConfig, { uploads, maxItemBytes }: ConnectorContext): Connector {
  const store = (): UploadedFiles => {
    if (uploads === undefined) throw new Error('uploaded files are listed of an existing source only');
    return uploads;
  };
  return {
    sourceType: 'upload',
    reportsDeletions: true,
    hasChangeFeed: true,
    maxPageSize: pageSize,
    lookUpBatchSize: pageSize,
    ...selecting(config),
    check: () => Promise.resolve({ account: 'Files uploaded here' }),
    listPage: async (position, signal) => {
      signal.throwIfAborted();
      return await listPage(store(), position);
    },
    fetch: async (ref, signal) => await fetchFile(store(), ref, maxItemBytes, signal),
    lookUp: async (externalIds) => {
      const found = new Map((await store().find(externalIds.filter((id) => uuid.test(id)))).map((f) => [f.id, f]));
      return externalIds.map((externalId) => toEntry(externalId, found.get(externalId) ?? null));
    },
  };
}

async function listPage(uploads: UploadedFiles, position: Position): Promise<ListPage> {
  switch (position.at) {
    case 'start':
      return await listAll(uploads, {
        after: null,
        revision: await uploads.latestRevision(),
        startedMs: Date.now(),
      });
    case 'cursor':
      return await continueAt(uploads, position.cursor);
    case 'checkpoint':
      return await listChanges(uploads, readCheckpoint(position.checkpoint), Date.now());
    case 'container':
      // There are none: a path is all that a file has of its folder.
      return { entries: [], next: { more: false, checkpoint: null, complete: false } };
  }
}

async function continueAt(uploads: UploadedFiles, cursor: Cursor): Promise<ListPage> {
  const state = JSON.parse(cursor) as Listing | { readonly changesAfter: number; readonly startedMs: number };
  return 'changesAfter' in state
    ? await listChanges(uploads, state.changesAfter, state.startedMs)
    : await listAll(uploads, state);
}

async function listAll(uploads: UploadedFiles, listing: Listing): Promise<ListPage> {
  const files = await uploads.list(listing.after, pageSize);
  const entries = files.map((file) => toEntry(file.id, file));
  const last = files.at(-1);
  if (last !== undefined && files.length === pageSize)
    return { entries, next: { more: true, cursor: JSON.stringify({ ...listing, after: last.id }) as Cursor } };
  const checkpoint = toCheckpoint({ revision: listing.revision, time: listing.startedMs });
  return { entries, next: { more: false, checkpoint, complete: true } };
}

async function listChanges(uploads: UploadedFiles, after: number, startedMs: number): Promise<ListPage> {
  const changes = await uploads.changes(after, pageSize);
  const entries = changes.map(({ id, file }) => toEntry(id, file));
  const revision = changes.at(-1)?.revision ?? after;
  if (changes.length === pageSize)
    return { entries, next: { more: true, cursor: JSON.stringify({ changesAfter: revision, startedMs }) as Cursor } };
  return { entries, next: { more: false, checkpoint: toCheckpoint({ revision, time: startedMs }), complete: false } };
}

function toCheckpoint(position: SavedPosition): Checkpoint {
  return JSON.stringify(position) as Checkpoint;
}

/** @throws SyncError `checkpoint_expired` if deletions since then may be forgotten */
function readCheckpoint(checkpoint: Checkpoint): number {
  const { revision, time } = parse(checkpoint);
  if (typeof revision === 'number' && typeof time === 'number' && Date.now() - time < deletionsKeptMs) return revision;
  throw new SyncError('checkpoint_expired', {
    message: 'The saved position is too old or cannot be read, so everything is listed again.',
  });
}

function parse(checkpoint: Checkpoint): Partial<Record<keyof SavedPosition, unknown>> {
  try {
    const value: unknown = JSON.parse(checkpoint);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function toEntry(externalId: string, file: UploadedFile | null): Entry {
  if (file === null) return { state: 'deleted', externalId };
  return {
    state: 'present',
    externalId,
    itemType: 'file',
    name: file.path.slice(file.path.lastIndexOf('/') + 1),
    parentExternalId: null,
    path: file.path,
    mimeType: null,
    size: file.size,
    modifiedAt: file.uploadedAt.toISOString(),
    fingerprint: { kind: 'sha256', value: file.sha256 },
    webUrl: null,
  };
}

async function fetchFile(
  uploads: UploadedFiles,
  { externalId }: ItemRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Content> {
  signal.throwIfAborted();
  const opened = uuid.test(externalId) ? await uploads.open(externalId) : undefined;
  if (opened === undefined) throw new SyncError('not_found', { message: 'The file was deleted.' });
  const { file, parts } = opened;
  if (file.size > maxBytes) throw tooLargeToRead('file', maxBytes);
  const [sha256, read] = [createHash('sha256'), [] as Uint8Array[]];
  for await (const part of parts) {
    signal.throwIfAborted();
    sha256.update(part);
    read.push(part);
  }
  if (sha256.digest('hex') !== file.sha256)
    throw new SyncError('unavailable', {
      code: 'changed_while_reading',
      message: 'The file was replaced while it was read. It is read again automatically.',
      scope: 'item',
    });
  return {
    bytes: Buffer.concat(read),
    mimeType: 'application/octet-stream',
    fingerprint: { kind: 'sha256', value: file.sha256 },
  };
}
