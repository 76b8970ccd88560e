/** Walks an account: the user's own corpus, each shared drive, and folders whose contents no list includes. */

import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Entry, ListPage } from '../../../domain/source.ts';
import { isEndless, noPages, type PageMemory, rememberPage } from '../page-memory.ts';
import { isTriedAgain, retryDelayMs } from '../part-tries.ts';
import { isOfAccount, readEach } from '../read-each.ts';
import { type DriveFile, readFiles, type SharedDrive } from './answers.ts';
import { changesToEntries } from './changes.ts';
import { folderType, nowhere, toGap, toLost, toMissing } from './map.ts';
import {
  type ChangesSegment,
  type ListSegment,
  type LogTokens,
  readCheckpoint,
  type Segment,
  type WalkState,
  writeCheckpoint,
  writeCursor,
} from './position.ts';
import {
  accountOf,
  askDrive,
  type DriveListing,
  getAccount,
  getRoot,
  getStartToken,
  listAllDrives,
  listChanges,
  listFiles,
} from './requests.ts';
import { isDriveInScope, isOfUser, isOthers } from './scope.ts';
import { toEntries } from './shortcuts.ts';
import { findFolders } from './folders.ts';
import { newTree, stepTree } from './tree.ts';

const drivesAskedConcurrency = 8;
/** Maximum number of other people's folders remembered as followed. */
const maxFollowed = 1000;

/**
 * Starts a full listing. The positions of the logs are taken first, so that the next delta repeats changes made during
 * the walk.
 */
export async function startFull(listing: DriveListing): Promise<ListPage> {
  if (listing.config.folders.length > 0) return await startFolders(listing);
  const shown = await findDrives(listing, []);
  const [user, root] = await Promise.all([getStartToken(listing, 'user'), getRoot(listing)]);
  const corpora = [{ id: 'user', name: 'My Drive' }, ...shown.drives];
  const queue = [...corpora.flatMap((each) => foldersFirst(listing, each)), ...corpora.map(listOf)];
  const page = await step(listing, { ...newWalk('full', { user, drives: {} }), queue });
  const top = root === null ? [] : [toContainer({ id: root.id, name: root.name ?? 'My Drive' })];
  return { ...page, entries: [...top, ...shown.drives.map(toContainer), ...shown.entries, ...page.entries] };
}

/** Starts a full listing of the selected folders alone. Their logs are the user's and those of the drives they are in. */
async function startFolders(listing: DriveListing): Promise<ListPage> {
  const user = await getStartToken(listing, 'user');
  const { folders, drives, entries } = await findFolders(listing);
  const { tokens, gaps } = await startTokensOf(listing, drives);
  const walk = newWalk('full', { user, drives: tokens });
  const queue = folders.length === 0 ? [] : [newTree(folders)];
  const page = await step(listing, { ...walk, queue, followed: [...folders] });
  return { ...page, entries: [...entries, ...gaps, ...page.entries] };
}

/**
 * The positions of shared drives with selected folders. A feed lists only what has a position, so a drive that refuses
 * its own is a gap of unknown extent: the next job lists everything again.
 */
async function startTokensOf(listing: DriveListing, drives: readonly string[]) {
  const { read, unread } = await readEach(
    drives,
    drivesAskedConcurrency,
    (id) => getStartToken(listing, id),
    accountOf(listing),
  );
  return { tokens: Object.fromEntries(read), gaps: [...unread].map(([id, error]) => toGap(null, id, error)) };
}

/**
 * Lists the changes since the checkpoint: every log, and all of each new drive. A drive that was lost is deleted with
 * everything in it.
 */
export async function startFeed(listing: DriveListing, checkpoint: Checkpoint): Promise<ListPage> {
  const before = readCheckpoint(checkpoint);
  const shown = await findDrives(listing, Object.keys(before.drives));
  const kept = Object.entries(before.drives).filter(([id]) => !shown.lost.has(id));
  const names = new Map(shown.drives.map(({ id, name }) => [id, name]));
  const fresh = shown.drives.filter(({ id }) => before.drives[id] === undefined);
  const queue: Segment[] = [
    changesOf({ id: 'user', name: 'My Drive' }, before.user),
    ...kept.filter(([id]) => names.has(id)).map(([id, token]) => changesOf({ id, name: names.get(id) }, token)),
    ...(listing.config.folders.length > 0 ? [] : fresh.map(listOf)),
  ];
  const tokens: LogTokens = { user: before.user, drives: Object.fromEntries(kept) };
  const page = await step(listing, { ...newWalk('feed', tokens), queue });
  return { ...page, entries: [...shown.drives.map(toContainer), ...shown.entries, ...page.entries] };
}

export function newWalk(what: WalkState['what'], tokens: LogTokens): WalkState {
  return { v: 2, what, queue: [], tokens, incomplete: false, followed: [] };
}

/** Lists the next page of a walk: the first segment of the queue that need not wait, starting at its token. */
export async function step(listing: DriveListing, state: WalkState): Promise<ListPage> {
  const segment = await nextSegment(state.queue, listing.signal);
  if (segment === undefined) return endOf(state, []);
  const rest = state.queue.filter((each) => each !== segment);
  if (segment.how === 'tree') return await listTree(listing, { ...state, queue: rest }, segment);
  try {
    return segment.how === 'list'
      ? await stepList(listing, state, segment, rest)
      : await stepChanges(listing, state, segment, rest);
  } catch (error) {
    if (segment.scope === 'user' || !isSyncError(error) || isOfAccount(error)) throw error;
    return await withoutDrive(listing, { ...state, queue: rest }, segment, error);
  }
}

/** A segment that failed waits for its time only if nothing else is left to list. */
async function nextSegment(queue: readonly Segment[], signal: AbortSignal): Promise<Segment | undefined> {
  const now = Date.now();
  const [first] = queue.toSorted((a, b) => Math.max(a.until - now, 0) - Math.max(b.until - now, 0));
  if (first !== undefined && first.until > now) await sleep(first.until - now, undefined, { signal });
  return first;
}

interface FoundDrives {
  /** Drives in scope, to be listed or followed. */
  readonly drives: readonly SharedDrive[];
  /** Drives that were followed before and are now deleted or out of scope. */
  readonly lost: ReadonlySet<string>;
  /** Entries for drives that are deleted and for drives that are refused; the latter keep their positions. */
  readonly entries: readonly Entry[];
}

/**
 * Returns the shared drives in scope. The list may be incomplete, so a drive that was followed or that the config names
 * is requested by id if the list does not include it.
 */
async function findDrives(listing: DriveListing, followed: readonly string[]): Promise<FoundDrives> {
  const { config } = listing;
  const outOfScope = followed.filter((id) => !isDriveInScope(config, id));
  if (!config.includeSharedDrives)
    return { drives: [], lost: new Set(outOfScope), entries: outOfScope.flatMap(toLost) };
  const { drives, refusal } = await listKnownDrives(listing);
  const listed = new Set(drives.map(({ id }) => id));
  const expected = new Set([...followed.filter((id) => isDriveInScope(config, id)), ...(config.sharedDriveIds ?? [])]);
  const asked = await askDrives(
    listing,
    [...expected].filter((id) => !listed.has(id)),
  );
  const lost = [...outOfScope, ...asked.deleted.filter((id) => followed.includes(id))];
  const isNamed = (id: string): boolean => config.sharedDriveIds?.includes(id) === true;
  // A feed names it once, when it is lost, and a full listing each time.
  const missing = asked.deleted
    .filter((id) => isNamed(id) && (followed.length === 0 || followed.includes(id)))
    .map((id) => toMissing('shared drive', id, id, nowhere));
  const unknown: Entry[] = refusal === null ? [] : [toGap(null, 'Shared drives', refusal)];
  return {
    drives: [...drives.filter(({ id }) => isDriveInScope(config, id)), ...asked.there],
    lost: new Set(lost),
    entries: [...lost.flatMap(toLost), ...missing, ...asked.gaps, ...unknown],
  };
}

async function askDrives(listing: DriveListing, ids: readonly string[]) {
  const limit = pLimit(drivesAskedConcurrency);
  const answers = await Promise.all(
    ids.map(async (id) => await limit(async () => ({ id, answer: await askDrive(listing, id) }))),
  );
  return {
    there: answers.flatMap(({ id, answer }) => (answer.is === 'there' ? [{ id, name: answer.name }] : [])),
    deleted: answers.flatMap(({ id, answer }) => (answer.is === 'deleted' ? [id] : [])),
    gaps: answers.flatMap(({ id, answer }): Entry[] => (answer.is === 'refused' ? [toGap(id, id, answer.error)] : [])),
  };
}

/**
 * Lists the shared drives. A list that is refused, or that does not end, while the account answers hides drives that are
 * not known yet, and nothing else: the account's own files are listed, and known drives are requested by id.
 */
async function listKnownDrives(
  listing: DriveListing,
): Promise<{ readonly drives: readonly SharedDrive[]; readonly refusal: SyncError | null }> {
  const { read, unread } = await readEach(['drives'], 1, () => listAllDrives(listing), accountOf(listing));
  const found = read.get('drives');
  if (found === undefined) return { drives: [], refusal: unread.get('drives') ?? unreadDrive() };
  return { drives: found.drives, refusal: found.unread === 0 ? null : unreadDrive() };
}

function unreadDrive(): SyncError {
  return new SyncError('unavailable', {
    code: 'unexpected_answer',
    message: 'Google Drive lists a shared drive that Headwater cannot read. The next sync lists it again.',
    scope: 'container',
  });
}

/** Lists a whole corpus, page by page. The position of a drive's log is requested before the drive's first page. */
async function stepList(
  listing: DriveListing,
  state: WalkState,
  segment: ListSegment,
  rest: readonly Segment[],
): Promise<ListPage> {
  const { scope, token } = segment;
  const isUser = scope === 'user';
  const known = isUser || state.tokens.drives[scope] !== undefined;
  const tokens = known ? state.tokens : withToken(state.tokens, scope, await getStartToken(listing, scope));
  const data = await listFiles(listing, isUser ? 'account' : 'container', {
    ...corpusOf(listing, segment),
    ...(token === null ? {} : { pageToken: token }),
  });
  const { files: read, gaps } = readFiles(data.files, isUser ? null : scope);
  const drives = new Set([...Object.keys(tokens.drives), ...drivesIn(rest)]);
  const files = isUser ? read.filter((file) => isOfUser(listing.config, drives, file)) : read;
  const { entries, follow } = await toEntries(files, listing);
  const next = data.nextPageToken ?? null;
  const queue =
    next === null
      ? [...rest]
      : [
          { ...segment, token: next, attempts: 0, until: 0, memory: rememberOrRefuse(segment, next, data.files) },
          ...rest,
        ];
  const followed = state.what === 'full' && isUser ? foldersOfOthers(files) : [];
  const incomplete = data.incompleteSearch ? [incompleteSearch(segment)] : [];
  return goOn(
    following({ ...state, tokens, queue, incomplete: state.incomplete || (isUser && data.incompleteSearch) }, [
      ...followed,
      ...follow,
    ]),
    [...entries, ...gaps.map((gap): Entry => ({ state: 'gap', ...gap })), ...incomplete],
  );
}

function corpusOf({ config }: DriveListing, { scope, only }: ListSegment) {
  const what = only === undefined ? 'trashed = false' : `trashed = false and mimeType = '${folderType}'`;
  if (scope !== 'user') return { corpora: 'drive', driveId: scope, includeItemsFromAllDrives: true, q: what };
  if (!config.includeSharedWithMe) return { corpora: 'user', q: `${what} and 'me' in owners` };
  // Also files in shared drives that were shared directly (docs/vendors/google-drive.md#full-listing).
  return { corpora: 'user', includeItemsFromAllDrives: config.includeSharedDrives, q: what };
}

/** The shared drives that are still to be listed. */
function drivesIn(queue: readonly Segment[]): string[] {
  return queue.flatMap((segment) => (segment.how === 'tree' || segment.scope === 'user' ? [] : [segment.scope]));
}

/** Drive lists files and folders in any order, and whether a file is excluded depends on the folders above it. */
function foldersFirst({ config }: DriveListing, corpus: SharedDrive): ListSegment[] {
  return config.exclude.length === 0 ? [] : [{ ...listOf(corpus), only: 'folders' }];
}

/**
 * The contents of a folder shared by somebody else, also from a shared drive, are in none of the account's lists until
 * the account opens them there.
 */
function foldersOfOthers(files: readonly DriveFile[]): string[] {
  return files
    .filter((file) => file.mimeType === folderType && (isOthers(file) || file.driveId !== undefined))
    .map(({ id }) => id);
}

function incompleteSearch({ scope, name }: ListSegment): Entry {
  return {
    state: 'gap',
    externalId: scope === 'user' ? null : scope,
    name,
    code: 'incomplete_search',
    message:
      'Google Drive reports that its answer is missing some files. Nothing is removed, and the next sync lists them again.',
    retryAfterMs: null,
  };
}

/** Queues folders to be listed separately after everything else, each once. */
function following(state: WalkState, folders: readonly string[]): WalkState {
  const fresh = [...new Set(folders)].filter((id) => !state.followed.includes(id));
  if (fresh.length === 0) return state;
  const last = state.queue.at(-1);
  const tree = last?.how === 'tree' ? { ...last, pending: [...last.pending, ...fresh] } : newTree(fresh);
  const others = last?.how === 'tree' ? state.queue.slice(0, -1) : state.queue;
  return { ...state, queue: [...others, tree], followed: [...state.followed, ...fresh].slice(0, maxFollowed) };
}

async function listTree(
  listing: DriveListing,
  state: WalkState,
  segment: Extract<Segment, { how: 'tree' }>,
): Promise<ListPage> {
  const { entries, folders, follow, next } = await stepTree(listing, segment, new Set(state.followed));
  const queue = next === null ? state.queue : [next, ...state.queue];
  const followed = [...state.followed, ...folders].slice(0, maxFollowed);
  // Beyond this limit, folders are no longer remembered, so following more could lead in a circle.
  const mayFollow = followed.length < maxFollowed;
  return goOn(following({ ...state, queue, followed }, mayFollow ? follow : []), entries);
}

/** Reads a log, page by page. Its position stays unchanged if anything in it could not be read. */
async function stepChanges(
  listing: DriveListing,
  state: WalkState,
  segment: ChangesSegment,
  rest: readonly Segment[],
): Promise<ListPage> {
  const { scope } = segment;
  const data = await listChanges(listing, scope, segment.token ?? '');
  const followed = new Set(Object.keys(state.tokens.drives));
  const { entries, lostDrives, unread } = await changesToEntries(listing, { scope, followed }, data.changes);
  const held = segment.held || unread > 0;
  const all = [...entries, ...(unread > 0 ? [unreadChanges(segment)] : [])];
  const left = withoutDrives({ ...state, queue: [...rest] }, lostDrives);
  const next = data.nextPageToken ?? null;
  if (next !== null) {
    const memory = rememberOrRefuse(segment, next, data.changes);
    return goOn(
      { ...left, queue: [{ ...segment, token: next, held, attempts: 0, until: 0, memory }, ...left.queue] },
      all,
    );
  }
  const token = data.newStartPageToken ?? null;
  return goOn(held || token === null ? left : { ...left, tokens: withToken(left.tokens, scope, token) }, all);
}

function unreadChanges({ scope, name }: ChangesSegment): Entry {
  return {
    state: 'gap',
    externalId: scope === 'user' ? null : scope,
    name,
    code: 'unexpected_answer',
    message:
      'Google Drive reported a change that Headwater cannot read. Nothing is removed, and the next sync reads the changes again.',
    retryAfterMs: null,
  };
}

/**
 * Leaves a shared drive out of this walk and names it as a gap if it is refused, or does not answer while the account
 * does. Its position stays unchanged. Only a drive that Drive itself reports as deleted is deleted.
 * @throws SyncError `checkpoint_expired` if the drive exists but its position is lost
 */
async function withoutDrive(
  listing: DriveListing,
  state: WalkState,
  segment: ListSegment | ChangesSegment,
  error: SyncError,
): Promise<ListPage> {
  const { scope, name, attempts } = segment;
  if (['forbidden', 'not_found', 'checkpoint_expired'].includes(error.kind)) {
    const answer = await askDrive(listing, scope);
    if (answer.is === 'deleted') return goOn(withoutDrives(state, [scope]), toLost(scope));
    if (answer.is === 'there' && error.kind === 'checkpoint_expired') throw error;
  }
  if (error.kind === 'unavailable') {
    const tries = attempts + 1;
    if (isTriedAgain(error, tries)) {
      const again = { ...segment, attempts: tries, until: Date.now() + retryDelayMs(error, tries) };
      return goOn({ ...state, queue: [...state.queue, again] }, []);
    }
    await getAccount(listing);
  }
  return goOn(state, [toGap(scope, name, error)]);
}

function withoutDrives(state: WalkState, ids: readonly string[]): WalkState {
  if (ids.length === 0) return state;
  const drives = Object.fromEntries(Object.entries(state.tokens.drives).filter(([id]) => !ids.includes(id)));
  const queue = state.queue.filter((segment) => segment.how === 'tree' || !ids.includes(segment.scope));
  return { ...state, queue, tokens: { ...state.tokens, drives } };
}

/** Remembers the page. @throws SyncError `endless_listing`, for the one drive or for the account */
function rememberOrRefuse(
  { scope, name, token, memory, how }: ListSegment | ChangesSegment,
  next: string,
  page: readonly unknown[],
): PageMemory {
  const remembered = rememberPage(memory, page);
  if (next !== token && !isEndless(remembered)) return remembered;
  const isFeed = scope === 'user' && how === 'changes';
  throw new SyncError(scope === 'user' ? (isFeed ? 'checkpoint_expired' : 'invalid_input') : 'forbidden', {
    code: 'endless_listing',
    message: `Google Drive keeps returning the same pages of ${name}, so ${isFeed ? 'everything is listed instead' : 'it cannot be listed completely'}. Nothing was removed.`,
    scope: scope === 'user' ? 'account' : 'container',
  });
}

function goOn(state: WalkState, entries: readonly Entry[]): ListPage {
  return state.queue.length === 0
    ? endOf(state, entries)
    : { entries, next: { more: true, cursor: writeCursor(state) } };
}

function endOf({ what, tokens, incomplete }: WalkState, entries: readonly Entry[]): ListPage {
  const checkpoint = what === 'container' ? null : writeCheckpoint(tokens);
  return { entries, next: { more: false, checkpoint, complete: what !== 'feed' && !incomplete } };
}

function withToken(tokens: LogTokens, scope: string, token: string): LogTokens {
  return scope === 'user' ? { ...tokens, user: token } : { ...tokens, drives: { ...tokens.drives, [scope]: token } };
}

export function listOf({ id, name }: SharedDrive): ListSegment {
  return { how: 'list', scope: id, name: name ?? id, token: null, attempts: 0, until: 0, memory: noPages };
}

function changesOf({ id, name }: SharedDrive, token: string): ChangesSegment {
  return { how: 'changes', scope: id, name: name ?? id, token, attempts: 0, until: 0, memory: noPages, held: false };
}

function toContainer({ id, name }: SharedDrive): Entry {
  return { state: 'container', externalId: id, name: name ?? id, parentExternalId: null };
}
