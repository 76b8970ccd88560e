import type { drive_v3 } from 'googleapis/build/src/apis/drive/v3.js';
import pLimit from 'p-limit';
import { isSyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Entry, ListPage } from '../../../domain/source.ts';
import { callTimeoutMs, type DriveCall } from './client.ts';
import type { GoogleDriveConfig } from './config.ts';
import { fileFields, folderType } from './map.ts';
import {
  type LogTokens,
  readCheckpoint,
  type Stretch,
  type SubtreeState,
  type WalkState,
  writeCheckpoint,
  writeCursor,
} from './position.ts';
import { isOthers, toEntries } from './shortcuts.ts';

export const pageSize = 1000;
const drivesPerPage = 100;
const parallelCalls = 8;
/** Folders whose contents one query asks for. */
const foldersPerQuery = 40;

export interface DriveListing {
  readonly call: DriveCall;
  readonly config: GoogleDriveConfig;
  readonly signal: AbortSignal;
}

/** A full listing: the logs' positions are taken first, so that changes during the walk are replayed by the next delta. */
export async function startFull(listing: DriveListing): Promise<ListPage> {
  const shown = await listSharedDrives(listing);
  const [user, root, driveTokens] = await Promise.all([
    startToken(listing, null),
    findRoot(listing),
    startTokens(listing, shown),
  ]);
  const drives = shown.filter(({ externalId }) => driveTokens[externalId] !== undefined);
  const tokens: LogTokens = { user, drives: driveTokens };
  const scopes = ['user', ...drives.map((drive) => drive.externalId)];
  const queue = scopes.map((scope): Stretch => ({ scope, how: 'list', token: null }));
  const page = await step(listing, { v: 1, kind: 'walk', full: true, queue, tokens, incomplete: false });
  return { ...page, entries: [root, ...drives, ...page.entries] };
}

/** What changed since the checkpoint: every log, and whole drives that are new to us. A drive we lost is gone with all in it. */
export async function startFeed(listing: DriveListing, checkpoint: Checkpoint): Promise<ListPage> {
  const before = readCheckpoint(checkpoint);
  const drives = await listSharedDrives(listing);
  const now = new Set(drives.map((drive) => drive.externalId));
  const fresh = drives.filter((drive) => before.drives[drive.externalId] === undefined);
  const freshTokens = await startTokens(listing, fresh);
  const joined = fresh.filter(({ externalId }) => freshTokens[externalId] !== undefined);
  const left = Object.keys(before.drives).filter((id) => !now.has(id));
  const kept = Object.entries(before.drives).filter(([id]) => now.has(id));
  const tokens: LogTokens = { user: before.user, drives: { ...Object.fromEntries(kept), ...freshTokens } };
  const queue: Stretch[] = [
    { scope: 'user', how: 'changes', token: before.user },
    ...kept.map(([scope, token]): Stretch => ({ scope, how: 'changes', token })),
    ...joined.map((drive): Stretch => ({ scope: drive.externalId, how: 'list', token: null })),
  ];
  const page = await step(listing, { v: 1, kind: 'walk', full: false, queue, tokens, incomplete: false });
  const gone = left.map((externalId): Entry => ({ state: 'gone', externalId }));
  return { ...page, entries: [...drives, ...gone, ...page.entries] };
}

/** The next page of a walk: the first stretch of the queue, from its token on. */
export async function step(listing: DriveListing, state: WalkState): Promise<ListPage> {
  const [stretch, ...rest] = state.queue;
  if (stretch === undefined) return endOf(state, []);
  try {
    return stretch.how === 'list'
      ? await stepList(listing, state, stretch, rest)
      : await stepChanges(listing, state, stretch, rest);
  } catch (error) {
    if (stretch.scope === 'user' || !(await isDriveLost(listing, stretch.scope, error))) throw error;
    const { [stretch.scope]: _lost, ...drives } = state.tokens.drives;
    return goOn({ ...state, tokens: { ...state.tokens, drives }, queue: rest }, [
      { state: 'gone', externalId: stretch.scope },
    ]);
  }
}

/** The next page of one container's subtree, breadth first. */
export async function stepSubtree(listing: DriveListing, state: SubtreeState): Promise<ListPage> {
  const folders = state.token === null ? state.pending.slice(-foldersPerQuery) : state.listing;
  const pending = state.token === null ? state.pending.slice(0, -foldersPerQuery) : state.pending;
  if (folders.length === 0) return { entries: [], next: { more: false, checkpoint: null, complete: false } };
  const within = folders.map((id) => `'${escapeQuery(id)}' in parents`).join(' or ');
  const data = await listFiles(listing, {
    q: `trashed = false and (${within})`,
    includeItemsFromAllDrives: true,
    ...(state.token === null ? {} : { pageToken: state.token }),
  });
  const files = data.files ?? [];
  // The last found are listed first: what waits stays small, whatever the tree's width below.
  const found = files.filter((file) => file.mimeType === folderType).flatMap((file) => file.id ?? []);
  const next: SubtreeState = {
    v: 1,
    kind: 'subtree',
    listing: folders,
    token: data.nextPageToken ?? null,
    pending: [...pending, ...found],
  };
  const entries = await toEntries(files, listing);
  const more = next.token !== null || next.pending.length > 0;
  return { entries, next: more ? { more, cursor: writeCursor(next) } : { more, checkpoint: null, complete: false } };
}

async function stepList(
  listing: DriveListing,
  state: WalkState,
  stretch: Stretch,
  rest: readonly Stretch[],
): Promise<ListPage> {
  const corpus =
    stretch.scope === 'user'
      ? {
          corpora: 'user',
          q: listing.config.includeSharedWithMe ? 'trashed = false' : `trashed = false and 'me' in owners`,
        }
      : { corpora: 'drive', driveId: stretch.scope, includeItemsFromAllDrives: true, q: 'trashed = false' };
  const data = await listFiles(listing, { ...corpus, ...(stretch.token === null ? {} : { pageToken: stretch.token }) });
  const entries = await toEntries(data.files ?? [], listing);
  const incomplete = state.incomplete || data.incompleteSearch === true;
  const token = data.nextPageToken ?? null;
  const queue = token === null ? [...rest] : [{ ...stretch, token }, ...rest];
  return goOn({ ...state, incomplete, queue }, entries);
}

async function stepChanges(
  listing: DriveListing,
  state: WalkState,
  stretch: Stretch,
  rest: readonly Stretch[],
): Promise<ListPage> {
  const { call, signal } = listing;
  const data = await call(
    'position',
    'list',
    signal,
    async (drive) =>
      await drive.changes.list(
        {
          pageToken: stretch.token ?? '',
          pageSize,
          includeRemoved: true,
          includeCorpusRemovals: true,
          supportsAllDrives: true,
          includeItemsFromAllDrives: true,
          ...(stretch.scope === 'user' ? {} : { driveId: stretch.scope }),
          fields: `nextPageToken,newStartPageToken,changes(changeType,fileId,driveId,removed,file(${fileFields}))`,
        },
        { signal, timeout: callTimeoutMs },
      ),
  );
  const entries = await changesToEntries(listing, state, stretch.scope, data.changes ?? []);
  if (data.nextPageToken)
    return goOn({ ...state, queue: [{ ...stretch, token: data.nextPageToken }, ...rest] }, entries);
  const token = data.newStartPageToken ?? stretch.token ?? '';
  const tokens =
    stretch.scope === 'user'
      ? { ...state.tokens, user: token }
      : { ...state.tokens, drives: { ...state.tokens.drives, [stretch.scope]: token } };
  return goOn({ ...state, tokens, queue: [...rest] }, entries);
}

/** `removed` means deleted or no longer accessible; trash is not removal for Drive, but it is for us. */
async function changesToEntries(
  listing: DriveListing,
  state: WalkState,
  scope: string,
  changes: readonly drive_v3.Schema$Change[],
): Promise<Entry[]> {
  const entries: Entry[] = [];
  const present: drive_v3.Schema$File[] = [];
  for (const change of lastOfEach(changes)) {
    if (change.changeType === 'drive') {
      if (change.removed === true && change.driveId) entries.push({ state: 'gone', externalId: change.driveId });
      continue;
    }
    const { file, fileId } = change;
    const home = file?.driveId ?? 'user';
    const isFollowed = home === 'user' || state.tokens.drives[home] !== undefined;
    // A shared drive has a log of its own; the user's log tells of its files a second time.
    if (file && home !== scope && isFollowed && change.removed !== true) continue;
    // What moved to another drive is gone from this log only, and the other may have been read already.
    const isThere = file && isFollowed && (change.removed !== true || home !== scope);
    if (!isThere || file.trashed === true || isOthers(listing.config, file)) {
      if (fileId) entries.push({ state: 'gone', externalId: fileId });
    } else present.push(file);
  }
  return [...entries, ...(await toEntries(present, listing))];
}

/** That a file shows only once, with its latest state, is nowhere promised [reference 3.4]. */
function lastOfEach(changes: readonly drive_v3.Schema$Change[]): drive_v3.Schema$Change[] {
  const latest = new Map(changes.map((change) => [change.fileId ?? change.driveId, change]));
  return [...latest.values()];
}

function goOn(state: WalkState, entries: readonly Entry[]): ListPage {
  return state.queue.length === 0
    ? endOf(state, entries)
    : { entries, next: { more: true, cursor: writeCursor(state) } };
}

function endOf(state: WalkState, entries: readonly Entry[]): ListPage {
  return {
    entries,
    next: { more: false, checkpoint: writeCheckpoint(state.tokens), complete: state.full && !state.incomplete },
  };
}

async function listFiles(
  listing: DriveListing,
  params: drive_v3.Params$Resource$Files$List,
): Promise<drive_v3.Schema$FileList> {
  const { call, signal } = listing;
  return await call(
    'position',
    'list',
    signal,
    async (drive) =>
      await drive.files.list(
        {
          pageSize,
          spaces: 'drive',
          supportsAllDrives: true,
          fields: `nextPageToken,incompleteSearch,files(${fileFields})`,
          ...params,
        },
        { signal, timeout: callTimeoutMs },
      ),
  );
}

/** The shared drives in scope, as containers. */
async function listSharedDrives(listing: DriveListing): Promise<Extract<Entry, { state: 'container' }>[]> {
  const { call, config, signal } = listing;
  if (!config.includeSharedDrives) return [];
  const wanted = config.sharedDriveIds === undefined ? null : new Set(config.sharedDriveIds);
  const drives: Extract<Entry, { state: 'container' }>[] = [];
  let pageToken: string | null | undefined;
  do {
    const data: drive_v3.Schema$DriveList = await call(
      'account',
      'list',
      signal,
      async (drive) =>
        await drive.drives.list(
          { pageSize: drivesPerPage, ...(pageToken ? { pageToken } : {}), fields: 'nextPageToken,drives(id,name)' },
          { signal, timeout: callTimeoutMs },
        ),
    );
    for (const { id, name } of data.drives ?? []) {
      if (id && (wanted === null || wanted.has(id)))
        drives.push({ state: 'container', externalId: id, name: name ?? id, parentExternalId: null });
    }
    pageToken = data.nextPageToken;
  } while (pageToken);
  return drives;
}

/** Positions by drive; one that was lost since it was listed has none. */
async function startTokens(
  listing: DriveListing,
  drives: readonly { readonly externalId: string }[],
): Promise<Record<string, string>> {
  const found = await Promise.all(
    drives.map(async ({ externalId }): Promise<[string, string][]> => {
      try {
        return [[externalId, await startToken(listing, externalId)]];
      } catch (error) {
        if (await isDriveLost(listing, externalId, error)) return [];
        throw error;
      }
    }),
  );
  return Object.fromEntries(found.flat());
}

const startTokenLimit = pLimit(parallelCalls);

async function startToken(listing: DriveListing, driveId: string | null): Promise<string> {
  const { call, signal } = listing;
  const data = await startTokenLimit(
    async () =>
      await call(
        'account',
        'read',
        signal,
        async (drive) =>
          await drive.changes.getStartPageToken(
            { supportsAllDrives: true, ...(driveId === null ? {} : { driveId }) },
            { signal, timeout: callTimeoutMs },
          ),
      ),
  );
  return data.startPageToken ?? '';
}

/** `root` is an alias; files name the real id as their parent. */
async function findRoot({ call, signal }: DriveListing): Promise<Entry> {
  const file = await call(
    'account',
    'read',
    signal,
    async (drive) => await drive.files.get({ fileId: 'root', fields: 'id,name' }, { signal, timeout: callTimeoutMs }),
  );
  return { state: 'container', externalId: file.id ?? 'root', name: file.name ?? 'My Drive', parentExternalId: null };
}

/**
 * Was access to a shared drive lost on the way? Its items are gone then, and the walk goes on. Drive answers 403 or 404, and
 * for a position in its log the same 404 as for an expired one: only the drive itself tells what is lost.
 */
async function isDriveLost(listing: DriveListing, driveId: string, error: unknown): Promise<boolean> {
  if (!isSyncError(error) || !['forbidden', 'not_found', 'checkpoint_expired'].includes(error.kind)) return false;
  return !(await driveExists(listing, driveId));
}

async function driveExists({ call, signal }: DriveListing, driveId: string): Promise<boolean> {
  try {
    await call(
      'item',
      'read',
      signal,
      async (drive) => await drive.drives.get({ driveId }, { signal, timeout: callTimeoutMs }),
    );
    return true;
  } catch (error) {
    if (isSyncError(error) && error.remedy === 'skip_item') return false;
    throw error;
  }
}

function escapeQuery(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
