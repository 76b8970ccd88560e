/**
 * Drive v3's reading calls (docs/vendors/google-drive.md). Any other call succeeds as at Google, and is marked as
 * mutating.
 */

import { createHash } from 'node:crypto';
import type { SimRequest, SimResponse } from '../kit/server.ts';
import { apiError, invalidPageToken, notFound } from './errors.ts';
import { applyFields } from './fields.ts';
import type { Grant } from '../kit/oauth.ts';
import { parentsOf, parseQuery } from './query.ts';
import { type Corpus, folderType, type GoogleState, type SimFile, shortcutType } from './state.ts';

const native = 'application/vnd.google-apps.';
const office = 'application/vnd.openxmlformats-officedocument';
const maxExport = 10 * 1024 * 1024;
const readScopes = ['https://www.googleapis.com/auth/drive.readonly', 'https://www.googleapis.com/auth/drive'];
const metadataScope = 'https://www.googleapis.com/auth/drive.metadata.readonly';

/** The names of the formats in the addresses of `exportLinks`. */
const formatNames: Readonly<Record<string, string>> = {
  'text/markdown': 'markdown',
  'text/plain': 'txt',
  'text/html': 'html',
  'text/csv': 'csv',
  'application/pdf': 'pdf',
  'image/png': 'png',
  [`${office}.wordprocessingml.document`]: 'docx',
  [`${office}.spreadsheetml.sheet`]: 'xlsx',
  [`${office}.presentationml.presentation`]: 'pptx',
};

const exportTable: Readonly<Record<string, readonly string[]>> = {
  document: ['text/markdown', 'text/plain', 'text/html', 'application/pdf', `${office}.wordprocessingml.document`],
  spreadsheet: [`${office}.spreadsheetml.sheet`, 'text/csv', 'application/pdf'],
  presentation: [`${office}.presentationml.presentation`, 'text/plain', 'application/pdf'],
  drawing: ['application/pdf', 'image/png'],
};

/** Switches that make listings misbehave as Google's may. */
export interface DriveSwitches {
  /** Listings say that results may be missing. */
  incompleteSearch: boolean;
  /** Every page is followed by an empty one that has a cursor. */
  emptyPages: boolean;
  /** A listing suddenly returns nothing. */
  emptyListing: boolean;
  /** Maximum number of entries per page, however many are requested. */
  maxPage: number;
  /** An unknown page token is accepted as the first page, which exposes clients that follow tokens forever. */
  acceptsAnyToken: boolean;
  /** A page reports each change twice, first in an intermediate state. */
  repeats: boolean;
  /** A query for the children of several folders returns those of so many only, without a word. */
  maxParents: number;
}

/** Answers one call of a signed-in account. */
export function handleDrive(
  state: GoogleState,
  switches: DriveSwitches,
  grant: Grant,
  request: SimRequest,
): SimResponse {
  const path = request.path.replace(/^\/drive\/v3/, '');
  if (request.method !== 'GET') return { status: 200, body: { kind: 'drive#file' }, mutating: true };
  const mayRead = grant.scopes.some((scope) => readScopes.includes(scope));
  const needsContent = request.query['alt'] === 'media' || path.endsWith('/export') || path.startsWith('/drives');
  if (!mayRead && (needsContent || !grant.scopes.includes(metadataScope))) {
    return apiError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
  }
  const context = { state, switches, email: grant.email, query: request.query, headers: request.headers };
  if (path === '/about') return about(context);
  if (path === '/files') return listFiles(context);
  if (path === '/changes/startPageToken') return startPageToken(context);
  if (path === '/changes') return listChanges(context);
  if (path === '/drives') return listDrives(context);
  const [, room, id = '', rest] = path.split('/');
  if (room === 'drives') return getDrive(context, id);
  if (room === 'files' && rest === 'export') return exportFile(context, id);
  if (room === 'files' && rest === 'permissions') return listPermissions(context, id);
  if (room === 'files' && rest === undefined) return getFile(context, id);
  return { status: 404, body: '<!DOCTYPE html><title>Error 404 (Not Found)</title>' };
}

interface Context {
  readonly state: GoogleState;
  readonly switches: DriveSwitches;
  readonly email: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: SimRequest['headers'];
}

function about({ email, query }: Context): SimResponse {
  if (query['fields'] === undefined)
    return apiError(400, 'required', "The 'fields' parameter is required for this method.", 'fields');
  const user = {
    kind: 'drive#user',
    displayName: email.split('@')[0],
    emailAddress: email,
    me: true,
    permissionId: '0123',
  };
  return { status: 200, body: applyFields({ kind: 'drive#about', user }, query['fields']) };
}

function listFiles(context: Context): SimResponse {
  const { state, switches, query } = context;
  const corpus = corpusOf(context, query['corpora'] === 'drive' ? query['driveId'] : undefined);
  if (corpus === null) return apiError(404, 'notFound', `Shared drive not found: ${query['driveId']}`, 'driveId');
  const position = readToken(query) ?? (switches.acceptsAnyToken ? { at: 0, empty: false } : null);
  if (position === null) return invalidPageToken();
  let predicate;
  try {
    predicate = query['q'] === undefined ? () => true : parseQuery(query['q'], context);
  } catch {
    return apiError(400, 'invalid', 'Invalid Value', 'q');
  }
  const size = Math.min(Number(query['pageSize'] ?? 100), 1000, switches.maxPage);
  const unknown = unknownParent(context);
  if (unknown !== undefined) return notFound(unknown);
  const ids = candidates(context, corpus);
  const files: SimFile[] = [];
  let at = position.at;
  const empty = switches.emptyPages && !position.empty;
  const room = empty ? 0 : size;
  for (; at < ids.length && files.length < room; at++) {
    const file = state.files.get(ids[at] ?? '');
    if (file !== undefined && isVisible(context, corpus, file) && predicate(file)) files.push(file);
  }
  const more = at < ids.length && !switches.emptyListing;
  const answer = {
    kind: 'drive#fileList',
    incompleteSearch: switches.incompleteSearch,
    ...(more ? { nextPageToken: writeToken(query, at, empty) } : {}),
    files: switches.emptyListing ? [] : files.map((file) => toWire(context, file)),
  };
  return {
    status: 200,
    body: applyFields(answer, query['fields'] ?? 'kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType)'),
  };
}

/** With `'X' in parents`, only the children of those folders are searched. */
function candidates({ state, switches, query, email }: Context, corpus: Corpus): readonly string[] {
  const parents = parentsOf(query['q'] ?? '');
  if (parents === null) return corpus.order;
  const answered = parents.length > 1 ? parents.slice(0, switches.maxParents) : parents;
  return answered.flatMap((id) => [...(state.children.get(id === 'root' ? state.account(email).rootId : id) ?? [])]);
}

/** A query that names a folder invisible to the account is refused as a whole. */
function unknownParent({ state, query, email }: Context): string | undefined {
  return parentsOf(query['q'] ?? '')?.find((id) => {
    if (id === 'root' || id === state.account(email).rootId || state.drives.get(id)?.members.has(email) === true)
      return false;
    const folder = state.files.get(id);
    return folder === undefined || !state.canRead(email, folder);
  });
}

/** Files in somebody else's folder are listed only in queries for that folder's children. */
function isVisible({ state, email, query }: Context, corpus: Corpus, file: SimFile): boolean {
  if (file.driveId !== null && query['includeItemsFromAllDrives'] !== 'true') return false;
  const asksWithin = parentsOf(query['q'] ?? '') !== null;
  return corpus.members.has(file.id) || ((file.driveId !== null || asksWithin) && state.canRead(email, file));
}

function corpusOf({ state, email, query }: Context, driveId: string | undefined): Corpus | null {
  if (driveId === undefined) return state.account(email).corpus;
  const drive = state.drives.get(driveId);
  return drive?.members.has(email) === true && query['supportsAllDrives'] === 'true' ? drive.corpus : null;
}

function getFile(context: Context, asked: string): SimResponse {
  const { state, email, query, headers } = context;
  const id = asked === 'root' ? state.account(email).rootId : asked;
  const drive = state.drives.get(id);
  if (drive?.members.has(email) === true && query['supportsAllDrives'] === 'true') return driveAsFolder(drive, query);
  const file = state.files.get(id);
  const isRoot = id === state.account(email).rootId;
  if (file === undefined || (!isRoot && !state.canRead(email, file))) return notFound(asked);
  if (file.driveId !== null && query['supportsAllDrives'] !== 'true') return notFound(asked);
  if (query['alt'] !== 'media')
    return { status: 200, body: applyFields(toWire(context, file), query['fields'] ?? 'kind,id,name,mimeType') };
  if (file.mimeType.startsWith(native)) {
    return apiError(
      403,
      'fileNotDownloadable',
      'Only files with binary content can be downloaded. Use Export with Docs Editors files.',
      'alt',
    );
  }
  if (!file.canDownload) return apiError(403, 'cannotDownloadFile', 'This file cannot be downloaded by the user.');
  return withRange(state.contentOf(file), headers.range, file.mimeType);
}

/** The root folder of a shared drive has the drive's id and is called "Drive" (docs/vendors/google-drive.md#items). */
function driveAsFolder({ id }: { readonly id: string }, query: Readonly<Record<string, string>>): SimResponse {
  const file = { kind: 'drive#file', id, name: 'Drive', mimeType: folderType, driveId: id, trashed: false };
  return { status: 200, body: applyFields(file, query['fields'] ?? 'kind,id,name,mimeType') };
}

function withRange(bytes: Buffer, range: string | undefined, type: string): SimResponse {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (asked === null) return { status: 200, headers: { 'content-type': type }, body: bytes };
  const from = Number(asked[1]);
  const to = asked[2] === '' ? bytes.length - 1 : Math.min(Number(asked[2]), bytes.length - 1);
  return {
    status: 206,
    headers: { 'content-type': type, 'content-range': `bytes ${from}-${to}/${bytes.length}` },
    body: bytes.subarray(from, to + 1),
  };
}

function exportFile({ state, email, query }: Context, id: string): SimResponse {
  const file = state.files.get(id);
  if (file === undefined || !state.canRead(email, file)) return notFound(id);
  const targets = exportTable[file.mimeType.replace(native, '')];
  if (targets === undefined || !file.mimeType.startsWith(native)) {
    return apiError(403, 'fileNotExportable', 'Export only supports Docs Editors files.');
  }
  const target = query['mimeType'] ?? '';
  if (!targets.includes(target))
    return apiError(400, 'badRequest', 'The requested conversion is not supported.', 'convertTo');
  const bytes = state.contentOf(file);
  if (bytes.length > maxExport || file.tooLargeAs?.includes(target) === true) {
    return apiError(403, 'exportSizeLimitExceeded', 'This file is too large to be exported.');
  }
  return { status: 200, headers: { 'content-type': target }, body: bytes };
}

const linkPath = '/feeds/download/Export';
const ticketPath = '/export-ticket/';

/** Whether a request is for the address of an export, which is at Google's editors and not at the API. */
export function isExportLink({ path }: SimRequest): boolean {
  return path === linkPath || path.startsWith(ticketPath);
}

/**
 * Exports a document by its link, whatever its size: the editors redirect to an address that is valid without a token,
 * at a host that must not see any. They answer people's browsers, so their errors are pages.
 */
export function handleExportLink(
  state: GoogleState,
  grant: Grant | null,
  { path, query, headers }: SimRequest,
): SimResponse {
  const page = (status: number, text: string): SimResponse => ({
    status,
    body: `<!DOCTYPE html><title>${text}</title>`,
  });
  const [id = '', format = ''] = path.startsWith(ticketPath)
    ? path.slice(ticketPath.length).split('/')
    : [query['id'], query['exportFormat']];
  const file = state.files.get(id);
  if (path === linkPath) {
    if (grant === null)
      return { status: 302, headers: { location: 'https://accounts.google.com/ServiceLogin?service=wise' } };
    if (file === undefined || !state.canRead(grant.email, file)) return page(404, 'Page Not Found');
    return { status: 307, headers: { location: `http://${headers.host}${ticketPath}${id}/${format}` } };
  }
  const type = Object.entries(formatNames).find(([, name]) => name === format)?.[0];
  if (file === undefined || type === undefined) return page(400, 'Bad Request');
  return { status: 200, headers: { 'content-type': type }, body: state.contentOf(file) };
}

function exportLinksOf({ headers }: Context, file: SimFile): Readonly<Record<string, string>> | undefined {
  const types =
    file.mimeType.startsWith(native) && file.hasNoLinks !== true
      ? exportTable[file.mimeType.replace(native, '')]
      : undefined;
  if (types === undefined) return undefined;
  const address = `http://${headers.host}${linkPath}?id=${file.id}&exportFormat=`;
  return Object.fromEntries(types.map((type) => [type, `${address}${formatNames[type]}`]));
}

function startPageToken(context: Context): SimResponse {
  const corpus = corpusOf(context, context.query['driveId']);
  if (corpus === null) return apiError(404, 'notFound', 'Shared drive not found', 'driveId');
  return { status: 200, body: { kind: 'drive#startPageToken', startPageToken: String(corpus.seq) } };
}

/** Returns each file once, with its latest state; at the end of the log, the position to continue from. */
function listChanges(context: Context): SimResponse {
  const { query, switches } = context;
  const corpus = corpusOf(context, query['driveId']);
  if (corpus === null) return apiError(404, 'notFound', 'Shared drive not found', 'driveId');
  const from = /^\d+$/.test(query['pageToken'] ?? '') ? Number(query['pageToken']) : Number.NaN;
  if (Number.isNaN(from) || from < corpus.floor || from > corpus.seq) return invalidPageToken();
  const size = Math.min(Number(query['pageSize'] ?? 100), 1000, switches.maxPage);
  const changes: DriveChange[] = [];
  let last = from;
  let more = false;
  for (let i = firstAfter(corpus, from); i < corpus.log.length; i++) {
    const change = corpus.log[i];
    if (change === undefined) break;
    if (changes.length >= size) {
      more = true;
      break;
    }
    last = change.seq;
    if (corpus.latest.get(change.fileId) === change.seq) changes.push(toChange(context, corpus, change));
  }
  const answer = {
    kind: 'drive#changeList',
    ...(more ? { nextPageToken: String(last) } : { newStartPageToken: String(corpus.seq) }),
    changes: switches.repeats ? [...changes.map(outdated), ...changes] : changes,
  };
  return { status: 200, body: applyFields(answer, query['fields'] ?? '*') };
}

/** Inverts the change: a deleted file existed a moment ago, and an existing one did not. */
function outdated({ file: _file, ...change }: DriveChange): DriveChange {
  if (!change.removed || change.fileId === undefined) return { ...change, removed: true };
  const before = { id: change.fileId, name: 'outdated', mimeType: 'text/markdown', md5Checksum: '0'.repeat(32) };
  return { ...change, removed: false, file: { ...before, trashed: false, ownedByMe: true } };
}

interface DriveChange {
  readonly kind: 'drive#change';
  readonly changeType: 'file' | 'drive';
  readonly time: string;
  readonly removed: boolean;
  readonly fileId?: string;
  readonly driveId?: string;
  readonly file?: Readonly<Record<string, unknown>>;
}

function toChange(context: Context, corpus: Corpus, change: Corpus['log'][number]): DriveChange {
  const { state, email, query } = context;
  const time = new Date(state.now()).toISOString();
  if (change.kind === 'drive_removed')
    return { kind: 'drive#change', changeType: 'drive', time, removed: true, driveId: change.driveId ?? '' };
  const file = state.files.get(change.fileId);
  const common = { kind: 'drive#change', changeType: 'file', time, fileId: change.fileId } as const;
  const isHere = change.kind !== 'removed' && corpus.members.has(change.fileId);
  if (file !== undefined && isHere) return { ...common, removed: false, file: toWire(context, file) };
  // It moved to another corpus, and can be read there (docs/vendors/google-drive.md#change-log).
  const isElsewhere = file !== undefined && query['includeCorpusRemovals'] === 'true' && state.canRead(email, file);
  return { ...common, removed: true, ...(isElsewhere ? { file: toWire(context, file) } : {}) };
}

/** The log is sorted by sequence. */
function firstAfter(corpus: Corpus, seq: number): number {
  let [low, high] = [0, corpus.log.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((corpus.log[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

function listDrives({ state, email, query }: Context): SimResponse {
  const all = [...state.drives.values()].filter((drive) => drive.members.has(email));
  const size = Math.min(Number(query['pageSize'] ?? 10), 100);
  const position = readToken(query);
  if (position === null) return invalidPageToken();
  const page = all.slice(position.at, position.at + size);
  const end = position.at + page.length;
  const answer = {
    kind: 'drive#driveList',
    ...(end < all.length ? { nextPageToken: writeToken(query, end, false) } : {}),
    drives: page.map(({ id, name }) => ({ kind: 'drive#drive', id, name, hidden: false })),
  };
  return { status: 200, body: applyFields(answer, query['fields'] ?? '*') };
}

function getDrive({ state, email }: Context, id: string): SimResponse {
  const drive = state.drives.get(id);
  if (drive?.members.has(email) !== true) return apiError(404, 'notFound', `Shared drive not found: ${id}`, 'driveId');
  return { status: 200, body: { kind: 'drive#drive', id, name: drive.name, hidden: false } };
}

function listPermissions({ state, email }: Context, id: string): SimResponse {
  const file = state.files.get(id);
  if (file === undefined || !state.canRead(email, file)) return notFound(id);
  const permission = { kind: 'drive#permission', id: '0123', type: 'user', role: 'owner', emailAddress: file.owner };
  return { status: 200, body: { kind: 'drive#permissionList', permissions: [permission] } };
}

/** Returns a file in Google's form: checksums only for stored content, numbers as text. */
function toWire(context: Context, file: SimFile): Record<string, unknown> {
  const { state, email } = context;
  const exportLinks = exportLinksOf(context, file);
  const stored = !file.mimeType.startsWith(native);
  const target = file.shortcutTo === undefined ? undefined : state.files.get(file.shortcutTo);
  const parent = file.parent === null ? undefined : state.files.get(file.parent);
  const parentVisible =
    (file.driveId === null ? file.owner === email : state.isMember(email, file.driveId)) ||
    (parent !== undefined && state.canRead(email, parent));
  return {
    kind: 'drive#file',
    id: file.id,
    name: file.name,
    mimeType: file.mimeType,
    ...(stored
      ? {
          md5Checksum: state.md5Of(file),
          size: String(state.contentOf(file).length),
          headRevisionId: `0B${file.version}`,
        }
      : {}),
    modifiedTime: new Date(file.modifiedMs).toISOString(),
    createdTime: new Date(file.createdMs).toISOString(),
    version: String(file.version),
    ...(parentVisible && file.parent !== null ? { parents: [file.parent] } : {}),
    ...(file.driveId === null
      ? { ownedByMe: file.owner === email, owners: [{ kind: 'drive#user', emailAddress: file.owner }] }
      : { driveId: file.driveId }),
    trashed: state.isTrashed(file),
    explicitlyTrashed: file.trashed,
    webViewLink: `https://drive.google.com/file/d/${file.id}/view`,
    capabilities: { canDownload: file.canDownload },
    ...(exportLinks === undefined ? {} : { exportLinks }),
    ...(file.mimeType === shortcutType
      ? {
          shortcutDetails: {
            targetId: file.shortcutTo,
            targetMimeType: target?.mimeType ?? 'application/octet-stream',
          },
        }
      : {}),
  };
}

/** Page tokens are bound to the query that created them. */
function writeToken(query: Readonly<Record<string, string>>, at: number, empty: boolean): string {
  return Buffer.from(JSON.stringify({ at, empty, of: queryHash(query) })).toString('base64url');
}

function readToken(query: Readonly<Record<string, string>>): { readonly at: number; readonly empty: boolean } | null {
  if (query['pageToken'] === undefined) return { at: 0, empty: false };
  try {
    const token = JSON.parse(Buffer.from(query['pageToken'], 'base64url').toString()) as {
      at: number;
      empty: boolean;
      of: string;
    };
    return token.of === queryHash(query) ? token : null;
  } catch {
    return null;
  }
}

function queryHash(query: Readonly<Record<string, string>>): string {
  const { pageToken: _token, ...rest } = query;
  return createHash('md5')
    .update(JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex')
    .slice(0, 12);
}
