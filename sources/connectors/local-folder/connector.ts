import type { FileHandle } from 'node:fs/promises';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Content, Cursor, Entry, ItemRef, ListPage, Position } from '../../../domain/source.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import type { LocalFolderConfig } from './config.ts';
import { openFile, openFolder } from './below-root.ts';
import { fileSystemError } from './file-system-error.ts';
import { createIsListed } from './listed-names.ts';
import { fullPath, shownAs } from './names.ts';
import { selecting } from '../selection.ts';
import { tooLargeToRead } from '../too-large.ts';
import { resolveBelowRoots } from './roots.ts';
import { partName, type Found, type Unread, walk } from './walk.ts';

const pageSize = 1000;
/** File servers' clocks differ from ours, so changes from this long before the last sync are checked again. */
const overlapMs = 10 * 60 * 1000;

/** The state of a listing: its position, the time since which it counts changes, and its start. */
interface ListState {
  readonly after: string | null;
  readonly sinceMs: number | null;
  readonly startedMs: number;
  /** The path of a part of the folder that could not be read before. */
  readonly top?: string;
}

/**
 * A folder of this machine. A file's id is its path below the folder, because a file system offers no id that survives
 * how editors save (write beside, rename over). A renamed file is therefore one deleted and one new file; its text is
 * not embedded again.
 */
export function createLocalFolderConnector(
  config: LocalFolderConfig,
  context: ConnectorContext,
  roots: readonly string[],
): Connector {
  const rootFolder = (): Promise<string> => resolveBelowRoots(config.path, roots);
  return {
    sourceType: 'local_folder',
    reportsDeletions: false,
    hasChangeFeed: false,
    maxPageSize: pageSize,
    ...selecting(config),
    check: async () => {
      const root = await rootFolder();
      await readable(() => proveReadable(root));
      return { account: root };
    },
    listPage: async (position, signal) => {
      signal.throwIfAborted();
      return await list(await rootFolder(), stateOf(position), signal);
    },
    fetch: async (ref, signal) => await fetchFile(await rootFolder(), ref, context.maxItemBytes, signal),
    lookUpBatchSize: pageSize,
    lookUp: async (externalIds) => {
      const root = await rootFolder();
      const isListed = createIsListed(root, externalIds);
      return await Promise.all(externalIds.map((id) => lookUpOne(root, id, isListed)));
    },
  };
}

async function proveReadable(root: string): Promise<void> {
  await using folder = await openFolder(Buffer.from(root));
  await folder.names();
}

function stateOf(position: Position): ListState {
  switch (position.at) {
    case 'start':
      return { after: null, sinceMs: null, startedMs: Date.now() };
    case 'checkpoint':
      return { after: null, sinceMs: readCheckpoint(position.checkpoint), startedMs: Date.now() };
    case 'cursor':
      return JSON.parse(position.cursor) as ListState;
    case 'container':
      return { after: null, sinceMs: null, startedMs: Date.now(), top: position.externalId };
  }
}

function readCheckpoint(checkpoint: Checkpoint): number {
  const { time } = JSON.parse(checkpoint) as { readonly time?: unknown };
  if (typeof time !== 'number')
    throw new SyncError('checkpoint_expired', {
      message: 'The saved position cannot be read, so everything is listed again.',
    });
  return time - overlapMs;
}

async function list(root: string, state: ListState, signal: AbortSignal): Promise<ListPage> {
  const { after, top } = state;
  const { found, unread, last } = await readable(() => walk(root, { after, top }, pageSize, signal));
  const entries = [
    ...found.filter((file) => isDue(file, state.sinceMs)).map(toEntry),
    ...unread.map((part) => toGap(root, part)),
  ];
  if (last !== null) {
    return { entries, next: { more: true, cursor: JSON.stringify({ ...state, after: last }) as Cursor } };
  }
  const checkpoint = top === undefined ? (JSON.stringify({ time: state.startedMs }) as Checkpoint) : null;
  return { entries, next: { more: false, checkpoint, complete: state.sinceMs === null } };
}

/** Ids begin with paths, so the items inside of a folder that cannot be read are known by its path. */
function toGap(root: string, { path, code, message }: Unread): Entry {
  const externalId = path === '' ? null : path;
  return { state: 'gap', externalId, name: partName(root, path), code, message, retryAfterMs: null };
}

/**
 * A copied file keeps its modified time but not its change time, and a file in a moved folder keeps both, so the
 * folder's change time counts too.
 */
function isDue(found: Found, sinceMs: number | null): boolean {
  if (sinceMs === null || found.kind !== 'file') return true;
  return [found.mtimeNs, found.ctimeNs, found.folderCtimeNs].some((time) => Number(time / 1_000_000n) >= sinceMs);
}

function toEntry(found: Found): Entry {
  const common = {
    state: 'present',
    externalId: found.path,
    itemType: 'file',
    name: shownAs(found.path.slice(found.path.lastIndexOf('/') + 1)),
    parentExternalId: null,
    path: shownAs(found.path),
    mimeType: null,
    // A page must not link to files of the machine that runs it.
    webUrl: null,
  } as const;
  if (found.kind === 'refused') {
    const { code, message } = found;
    return {
      ...common,
      size: null,
      modifiedAt: null,
      fingerprint: { kind: 'stat', value: code },
      skip: { code, message },
    };
  }
  return {
    ...common,
    size: Number(found.size),
    modifiedAt: timeOf(found.mtimeNs),
    fingerprint: { kind: 'stat', value: fingerprintOf(found) },
  };
}

/** Some file systems store any time they are given, even one outside the calendar: null. */
function timeOf(mtimeNs: bigint): string | null {
  const time = new Date(Number(mtimeNs / 1_000_000n));
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function fingerprintOf(facts: { readonly size: bigint; readonly mtimeNs: bigint; readonly ctimeNs: bigint }): string {
  return `${facts.size}-${facts.mtimeNs}-${facts.ctimeNs}`;
}

/**
 * What a listing no longer shows is deleted, even if it can be opened. If access is denied, the file counts as neither
 * present nor deleted.
 */
async function lookUpOne(root: string, path: string, isListed: (path: string) => Promise<boolean>): Promise<Entry> {
  const deleted = { state: 'deleted', externalId: path } as const;
  const isOurs = !path.split('/').some((part) => part === '' || part.startsWith('.')) && !path.includes('\0');
  if (!isOurs) return deleted;
  try {
    if (!(await isListed(path))) return deleted;
    await using file = await openFile(fullPath(root, path), root);
    const facts = await file.stat({ bigint: true });
    return toEntry({ kind: 'file', path, folderCtimeNs: 0n, ...pick(facts) });
  } catch (thrown) {
    const error = fileSystemError(thrown);
    if (!isSyncError(error)) throw error;
    const isDeleted = error.kind === 'not_found' || error.kind === 'unsupported' || error.code === 'link_leaves_folder';
    return isDeleted ? deleted : { ...gapOf(error), externalId: path, name: shownAs(path) };
  }
}

function gapOf({ code, message }: SyncError) {
  return { state: 'gap', code, message, retryAfterMs: null } as const;
}

function pick(facts: { readonly size: bigint; readonly mtimeNs: bigint; readonly ctimeNs: bigint }) {
  return { size: facts.size, mtimeNs: facts.mtimeNs, ctimeNs: facts.ctimeNs };
}

/** Resolves the path again, because a file that was listed may by now be a link out of the folder. */
async function fetchFile(root: string, ref: ItemRef, maxBytes: number, signal: AbortSignal): Promise<Content> {
  signal.throwIfAborted();
  try {
    await using file = await openFile(fullPath(root, ref.externalId), root);
    return await readCapped(file, maxBytes, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw fileSystemError(error);
  }
}

/** Reads up to the limit, whatever size was stated, and refuses a file that changed in the meantime. */
async function readCapped(file: FileHandle, maxBytes: number, signal: AbortSignal): Promise<Content> {
  const read = fingerprintOf(await file.stat({ bigint: true }));
  const parts: Buffer[] = [];
  let total = 0;
  for await (const part of file.createReadStream({ autoClose: false, signal })) {
    total += (part as Buffer).length;
    if (total > maxBytes) throw tooLargeToRead('file', maxBytes);
    parts.push(part as Buffer);
  }
  if (fingerprintOf(await file.stat({ bigint: true })) !== read) {
    throw new SyncError('unavailable', {
      code: 'changed_while_reading',
      message: 'The file changed while it was read. It is read again automatically.',
      scope: 'item',
    });
  }
  const fingerprint = { kind: 'stat', value: read } as const;
  return { bytes: Buffer.concat(parts), mimeType: 'application/octet-stream', fingerprint };
}

async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileSystemError(error);
  }
}
