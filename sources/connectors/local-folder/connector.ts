import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Content, Cursor, Entry, ItemRef, ListPage, Position } from '../../../domain/source.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import type { LocalFolderConfig } from './config.ts';
import { isInside, resolveBelowRoots } from './roots.ts';
import { codeOf, type Found, walk } from './walk.ts';

const pageSize = 1000;
/** Clocks of file servers differ from ours; what changed this long before the last sync is looked at again. */
const overlapMs = 10 * 60 * 1000;

/** A listing under way: where it is, since when it counts changes, and when it began. */
interface ListState {
  readonly after: string | null;
  readonly sinceMs: number | null;
  readonly startedMs: number;
  readonly incomplete: boolean;
}

/**
 * A folder of this machine. Its files are named by their path below the folder: a file system offers no id that survives
 * how editors save (write beside, rename over), so a renamed file is one gone and one new; its text is not embedded again.
 */
export function createLocalFolderConnector(
  config: LocalFolderConfig,
  context: ConnectorContext,
  roots: readonly string[],
): Connector {
  const rootFolder = async (): Promise<string> => await resolveBelowRoots(config.path, roots);
  return {
    sourceType: 'local_folder',
    reportsDeletions: false,
    hasChangeFeed: false,
    maxPageSize: pageSize,
    check: async () => {
      const root = await rootFolder();
      await readable(async () => await readdir(root));
      return { account: root };
    },
    listPage: async (position, signal) => {
      signal.throwIfAborted();
      return await list(await rootFolder(), stateOf(position));
    },
    fetch: async (ref, signal) => await fetchFile(await rootFolder(), ref, context.maxItemBytes, signal),
    lookUp: async (externalIds) => {
      const root = await rootFolder();
      const entries = await Promise.all(externalIds.map(async (id) => await lookUpOne(root, id)));
      return entries;
    },
  };
}

function stateOf(position: Position): ListState {
  switch (position.at) {
    case 'start':
      return { after: null, sinceMs: null, startedMs: Date.now(), incomplete: false };
    case 'checkpoint':
      return { after: null, sinceMs: readCheckpoint(position.checkpoint), startedMs: Date.now(), incomplete: false };
    case 'cursor':
      return JSON.parse(position.cursor) as ListState;
    case 'container':
      throw new SyncError('invalid_input', { message: 'A local folder has no containers of its own.' });
  }
}

function readCheckpoint(checkpoint: Checkpoint): number {
  const { time } = JSON.parse(checkpoint) as { readonly time?: unknown };
  if (typeof time !== 'number')
    throw new SyncError('checkpoint_expired', { message: 'The saved position cannot be read.' });
  return time - overlapMs;
}

async function list(root: string, state: ListState): Promise<ListPage> {
  const { found, last, incomplete: gap } = await readable(async () => await walk(root, state.after, pageSize));
  const incomplete = state.incomplete || gap;
  const entries = found.filter((file) => isDue(file, state.sinceMs)).map(toEntry);
  if (last !== null) {
    return { entries, next: { more: true, cursor: JSON.stringify({ ...state, after: last, incomplete }) as Cursor } };
  }
  const checkpoint = JSON.stringify({ time: state.startedMs }) as Checkpoint;
  return { entries, next: { more: false, checkpoint, complete: !incomplete && state.sinceMs === null } };
}

/** A copy keeps its old modified time but not its change time, and what is moved in a folder keeps both: each makes a file due. */
function isDue(found: Found, sinceMs: number | null): boolean {
  if (sinceMs === null || found.kind !== 'file') return true;
  return [found.mtimeNs, found.ctimeNs, found.folderCtimeNs].some((time) => Number(time / 1_000_000n) >= sinceMs);
}

function toEntry(found: Found): Entry {
  const common = {
    state: 'present',
    externalId: found.path,
    itemType: 'file',
    name: basename(found.path),
    parentExternalId: null,
    path: found.path,
    mimeType: null,
    // A page may not lead to files of the machine that shows it.
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
    modifiedAt: new Date(Number(found.mtimeNs / 1_000_000n)).toISOString(),
    fingerprint: { kind: 'stat', value: fingerprintOf(found) },
  };
}

function fingerprintOf(facts: { readonly size: bigint; readonly mtimeNs: bigint; readonly ctimeNs: bigint }): string {
  return `${facts.size}-${facts.mtimeNs}-${facts.ctimeNs}`;
}

async function lookUpOne(root: string, path: string): Promise<Entry> {
  const gone = { state: 'gone', externalId: path } as const;
  if (path.split('/').some((part) => part === '..' || part === '' || part.startsWith('.'))) return gone;
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const real = await realpath(join(root, folder)).catch(() => null);
  if (real === null || !isInside(real, root)) return gone;
  const handle = await open(join(root, path), constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (handle === null) return gone;
  await using file = handle;
  const facts = await file.stat({ bigint: true });
  return facts.isFile() ? toEntry({ kind: 'file', path, folderCtimeNs: 0n, ...pick(facts) }) : gone;
}

function pick(facts: { readonly size: bigint; readonly mtimeNs: bigint; readonly ctimeNs: bigint }) {
  return { size: facts.size, mtimeNs: facts.mtimeNs, ctimeNs: facts.ctimeNs };
}

/** The path is resolved again at this moment: what was a file when it was listed may be a link out of the folder now. */
async function fetchFile(root: string, ref: ItemRef, maxBytes: number, signal: AbortSignal): Promise<Content> {
  signal.throwIfAborted();
  try {
    const real = await realpath(join(root, ref.externalId));
    if (!isInside(real, root)) {
      throw new SyncError('forbidden', { code: 'link_leaves_folder', message: 'The link points out of the folder.' });
    }
    await using file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return { bytes: await readCapped(file, maxBytes, signal), mimeType: 'application/octet-stream' };
  } catch (error) {
    throw toSyncError(error);
  }
}

/** Reads up to the cap whatever the stated size, and refuses a file that changed meanwhile. */
async function readCapped(file: FileHandle, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const before = await file.stat({ bigint: true });
  if (!before.isFile())
    throw new SyncError('unsupported', { code: 'not_a_file', message: 'This is no ordinary file.' });
  const parts: Buffer[] = [];
  let total = 0;
  for await (const part of file.createReadStream({ autoClose: false, signal })) {
    total += (part as Buffer).length;
    if (total > maxBytes) {
      throw new SyncError('too_large', { message: `The file has more than the ${maxBytes} bytes that are read.` });
    }
    parts.push(part as Buffer);
  }
  if (fingerprintOf(await file.stat({ bigint: true })) !== fingerprintOf(before)) {
    throw new SyncError('unavailable', {
      code: 'changed_while_reading',
      message: 'The file changed while it was read.',
    });
  }
  return Buffer.concat(parts);
}

async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toSyncError(error);
  }
}

function toSyncError(error: unknown): unknown {
  switch (codeOf(error) ?? '') {
    case 'EACCES':
    case 'EPERM':
      return new SyncError('forbidden', { message: 'This file may not be read (permissions).', cause: error });
    case 'ENOENT':
    case 'ENOTDIR':
      return new SyncError('not_found', { message: 'The file is no longer there.', cause: error });
    case 'ELOOP':
      return new SyncError('forbidden', { code: 'link_leaves_folder', message: 'The file was replaced by a link.' });
    default:
      return error;
  }
}
