/** The routes that read files (docs/vendors/dropbox.md). */

import type { SimRequest, SimResponse } from '../kit/server.ts';
import { contentHash } from './content-hash.ts';
import { badRequest, endpointError, invalidRoot } from './errors.ts';
import { type DropboxAccount, isBelow, type SimFile } from './state.ts';

export interface DropboxSwitches {
  /** Maximum number of entries per page. */
  maxPage: number;
  /** Every page is followed by an empty one that has more. */
  emptyPages: boolean;
  /** Downloads return bytes that do not match their hash. */
  corruptDownloads: boolean;
}

interface View {
  readonly account: DropboxAccount;
  /** The prefix of every path for this caller: a member's home folder, or nothing. */
  readonly prefix: string;
}

interface CursorState {
  readonly root: string;
  /** The paths of the listing that are still to come; null once all have been returned. */
  readonly listing: readonly string[] | null;
  readonly at: number;
  readonly seq: number;
  readonly blank: boolean;
  /** The account's `epoch` when the cursor was issued. */
  readonly epoch: number;
}

const listFields = new Set([
  'path',
  'recursive',
  'limit',
  'include_deleted',
  'include_media_info',
  'include_has_explicit_shared_members',
  'include_mounted_folders',
  'include_non_downloadable_files',
  'shared_link',
  'include_property_groups',
]);

/** Remembers the cursors it has issued. */
export class FileRoutes {
  readonly #cursors = new Map<string, CursorState>();
  readonly #switches: DropboxSwitches;

  constructor(switches: DropboxSwitches) {
    this.#switches = switches;
  }

  /** @returns null for a route that does not read */
  handle(route: string, account: DropboxAccount, request: SimRequest): SimResponse | null {
    const view = viewOf(account, request);
    if ('status' in view) return view;
    if (route === 'files/download' || route === 'files/export') return this.#content(route, view, request);
    const { body, refusal } = parseBody(route, request);
    if (refusal !== null) return refusal;
    switch (route) {
      case 'files/list_folder':
        return this.#list(view, body);
      case 'files/list_folder/continue':
        return this.#continue(view, body);
      case 'files/get_metadata':
        return getMetadata(view, body);
      default:
        return null;
    }
  }

  #list(view: View, body: Readonly<Record<string, unknown>>): SimResponse {
    const route = 'files/list_folder';
    const unknown = Object.keys(body).find((field) => !listFields.has(field));
    if (unknown !== undefined) return badRequest(route, `request body: unknown field '${unknown}'`);
    const { path, limit = 2000 } = body;
    if (typeof path !== 'string') return badRequest(route, "request body: missing required field 'path'");
    if (path === '/')
      return badRequest(route, 'request body: path: Specify the root folder as an empty string rather than as "/".');
    if (typeof limit !== 'number' || limit < 1 || limit > 2000)
      return badRequest(route, 'request body: limit: out of range');
    const root = `${view.prefix}${path}`.toLowerCase();
    if (root !== '' && !view.account.folders.has(root))
      return endpointError('path', view.account.fileAt(root) === undefined ? 'not_found' : 'not_folder');
    const { files, folders, journal } = view.account;
    const listing = [...folders.keys(), ...[...files.values()].map((file) => file.path.toLowerCase())].filter(
      (known) =>
        (root === '' || isBelow(known, root)) &&
        (body['recursive'] === true || !known.slice(root.length + 1).includes('/')),
    );
    return this.#page(view, { root, listing, at: 0, seq: journal.length, blank: false, epoch: view.account.epoch });
  }

  #continue(view: View, body: Readonly<Record<string, unknown>>): SimResponse {
    const route = 'files/list_folder/continue';
    if (Object.keys(body).join() !== 'cursor') return badRequest(route, 'request body: only "cursor" is allowed');
    const state = this.#cursors.get(String(body['cursor']));
    if (state === undefined) return badRequest(route, 'Invalid "cursor" parameter');
    if (state.epoch !== view.account.epoch) return endpointError('reset');
    return this.#page(view, state);
  }

  /** Returns existing entries first, then the changes since: one chain. */
  #page(view: View, state: CursorState): SimResponse {
    if (this.#switches.emptyPages && !state.blank) return this.#answer([], { ...state, blank: true }, true);
    const { journal } = view.account;
    const size = this.#switches.maxPage;
    if (state.listing !== null) {
      const paths = state.listing.slice(state.at, state.at + size);
      const at = state.at + paths.length;
      const isDone = at >= state.listing.length;
      const next = { ...state, at, listing: isDone ? null : state.listing, blank: false };
      const entries = paths.flatMap((path) => entryAt(view, path) ?? []);
      return this.#answer(entries, next, !isDone || journal.length > state.seq);
    }
    const changes = journal.slice(state.seq, state.seq + size);
    const shown = changes.filter(({ path, within }) => within === null || isReported(view, path, within));
    const entries = [...new Set(shown.map(({ path }) => path))].filter(
      (path) => state.root === '' || isBelow(path, state.root),
    );
    const next = { ...state, seq: state.seq + changes.length, blank: false };
    return this.#answer(
      entries.map((path) => entryAt(view, path) ?? deletedAt(view, path)),
      next,
      next.seq < journal.length,
    );
  }

  #answer(entries: readonly object[], next: CursorState, more: boolean): SimResponse {
    const cursor = `AAH${this.#cursors.size.toString(36).padStart(8, '0')}`;
    this.#cursors.set(cursor, next);
    return { status: 200, body: { entries, cursor, has_more: more } };
  }

  #content(route: string, view: View, request: SimRequest): SimResponse {
    const argument = request.headers['dropbox-api-arg'];
    if (typeof argument !== 'string') return badRequest(route, 'Must provide HTTP header "Dropbox-API-Arg".');
    if (request.headers['content-type']?.includes('json') === true)
      return badRequest(route, 'Bad HTTP "Content-Type" header: "application/json".');
    const { path, export_format: format } = JSON.parse(argument) as { path: string; export_format?: string };
    const file = findFile(view, path);
    if (file === undefined) return endpointError('path', 'not_found');
    if (route === 'files/export') return exported(view, file, format);
    if (file.exportAs !== undefined) return endpointError('unsupported_file');
    const body = this.#switches.corruptDownloads ? Buffer.concat([file.bytes, Buffer.from('!')]) : file.bytes;
    return withResult(fileMetadata(view, file), body);
  }
}

function viewOf(account: DropboxAccount, request: SimRequest): View | SimResponse {
  const { team } = account;
  if (team === null) return { account, prefix: '' };
  const header = request.headers['dropbox-api-path-root'];
  if (typeof header !== 'string') return { account, prefix: team.homePath };
  const { root } = JSON.parse(header) as { readonly root?: string };
  return root === team.rootId ? { account, prefix: '' } : invalidRoot(team.rootId);
}

function parseBody(
  route: string,
  request: SimRequest,
): { readonly body: Readonly<Record<string, unknown>>; readonly refusal: SimResponse | null } {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('application/json'))
    return { body: {}, refusal: badRequest(route, `Bad HTTP "Content-Type" header: "${type}".`) };
  try {
    return { body: JSON.parse(request.body.toString()) as Readonly<Record<string, unknown>>, refusal: null };
  } catch {
    return { body: {}, refusal: badRequest(route, 'request body: could not decode input as JSON') };
  }
}

function getMetadata(view: View, { path }: Readonly<Record<string, unknown>>): SimResponse {
  if (typeof path !== 'string' || !/^(\/|id:|ns:)/.test(path))
    return badRequest('files/get_metadata', `request body: path: '${String(path)}' did not match pattern`);
  const file = findFile(view, path);
  const found = file === undefined ? entryAt(view, `${view.prefix}${path}`.toLowerCase()) : fileMetadata(view, file);
  return found === null ? endpointError('path', 'not_found') : { status: 200, body: found };
}

function findFile({ account, prefix }: View, path: string): SimFile | undefined {
  const found = path.startsWith('rev:')
    ? [...account.files.values()].find((file) => file.rev === path.slice(4))
    : path.startsWith('id:')
      ? account.files.get(path)
      : account.fileAt(`${prefix}${path}`.toLowerCase());
  return found !== undefined && (prefix === '' || isBelow(found.path, prefix)) ? found : undefined;
}

function exported(view: View, file: SimFile, format: string | undefined): SimResponse {
  if (file.exportAs === undefined) return endpointError('non_exportable');
  if (format !== undefined && !file.exportAs.includes(format)) return endpointError('invalid_export_format');
  const metadata = {
    name: `${file.path.split('/').at(-1)}.md`,
    size: file.bytes.length,
    export_hash: contentHash(file.bytes),
  };
  return withResult({ export_metadata: metadata, file_metadata: fileMetadata(view, file) }, file.bytes);
}

function withResult(metadata: object, body: Buffer): SimResponse {
  // Headers contain only ASCII, so everything else is escaped.
  const result = JSON.stringify(metadata).replaceAll(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', 'dropbox-api-result': result },
    body,
  };
}

function entryAt(view: View, path: string): object | null {
  if (view.prefix !== '' && !isBelow(path, view.prefix)) return null;
  const file = view.account.fileAt(path);
  if (file !== undefined) return fileMetadata(view, file);
  const folder = view.account.folders.get(path);
  return folder === undefined ? null : { '.tag': 'folder', id: folder.id, ...names(view, folder.path) };
}

/** What was deleted with a folder is reported by itself only if there is something at the folder's path again. */
function isReported(view: View, path: string, within: string): boolean {
  return entryAt(view, path) !== null || entryAt(view, within) !== null;
}

function deletedAt(view: View, path: string): object {
  return { '.tag': 'deleted', ...names(view, path) };
}

function names({ prefix }: View, path: string) {
  const shown = path.slice(prefix.length);
  return { name: shown.split('/').at(-1), path_lower: lowered(shown), path_display: shown };
}

/** Without the rules that JavaScript has for some letters (docs/vendors/dropbox.md#listing-and-delta). */
function lowered(path: string): string {
  return path.replaceAll('İ', 'i').replaceAll('Σ', 'σ').toLowerCase();
}

function fileMetadata(view: View, file: SimFile): object {
  const time = file.serverModified.toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    '.tag': 'file',
    id: file.id,
    ...names(view, file.path),
    client_modified: '2001-01-01T00:00:00Z',
    server_modified: time,
    rev: file.rev,
    size: file.exportAs === undefined ? file.bytes.length : 0,
    is_downloadable: file.exportAs === undefined,
    ...(file.exportAs === undefined
      ? { content_hash: contentHash(file.bytes) }
      : { export_info: { export_as: file.exportAs[0], export_options: file.exportAs } }),
    ...(file.symlinkTo === undefined ? {} : { symlink_info: { target: file.symlinkTo } }),
  };
}
