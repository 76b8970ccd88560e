/** Converts Dropbox's entries to items. Folders need no container entries, because every entry contains its path. */

import { foldCase } from '../../../domain/fold-case.ts';
import type { Entry, ItemRef, SkipReason } from '../../../domain/source.ts';
import type { DropboxEntry, FileEntry } from './wire.ts';

/** Export formats that can be read, best first. */
const exportFormats = ['markdown', 'html', 'plain_text', 'docx', 'xlsx'];

/**
 * Converts a page's entries in Dropbox's order: a deleted path removes what the page showed there before, but not what
 * follows. Folders themselves are not items, but a file that a folder replaces is deleted, and so is anything that a
 * file replaces, although Dropbox reports no deletion (docs/vendors/dropbox.md#listing-and-delta). In a full listing
 * the sweep does this.
 */
export function toEntries(
  page: readonly DropboxEntry[],
  { root, isFeed }: { readonly root: string | undefined; readonly isFeed: boolean },
): Entry[] {
  const deleted = new Map<string, Entry>();
  const present = new Map<string, { readonly path: string; readonly entry: Entry }>();
  for (const metadata of page) {
    if (metadata['.tag'] === 'unknown' || metadata['.tag'] === 'unreadable') continue;
    // A file that is not mounted has no path, so it replaces nothing.
    const path = placeOf(metadata);
    if (metadata['.tag'] === 'deleted') {
      if (path === null) continue;
      for (const [id, item] of present) if (isAtOrBelow(item.path, path)) present.delete(id);
      deleted.set(path, { state: 'deleted_path', path });
    } else if (metadata['.tag'] === 'file') {
      if (isFeed && path !== null) deleted.set(path, { state: 'deleted_path', path });
      present.set(metadata.id, { path: path ?? '', entry: { state: 'present', ...toItemRef(metadata, root) } });
    } else if (isFeed && path !== null && !deleted.has(path))
      deleted.set(path, { state: 'deleted_path', path, only: 'itself' });
  }
  return [...deleted.values(), ...[...present.values()].map(({ entry }) => entry)];
}

/** @param root the root of a team's paths; `fetch` needs it */
export function toItemRef(file: FileEntry, root: string | undefined): ItemRef {
  const format = exportFormatOf(file);
  const skip = skipReason(file, format);
  const { id, rev } = file;
  const display = file.path_display || file.path_lower;
  const name = file.name || display?.split('/').at(-1) || id;
  return {
    externalId: id,
    itemType: 'file',
    name,
    parentExternalId: null,
    path: pathOf(display ?? name),
    // Dropbox states no type, so the file name's extension decides.
    mimeType: format === null ? null : (exportTypes[format] ?? null),
    // The size of an export is unknown in advance.
    size: format === null ? (file.size ?? null) : null,
    // Dropbox's own clock. `client_modified` is set by the uploading program and not reliable
    // (docs/vendors/dropbox.md#hashes-and-times).
    modifiedAt: toTime(file.server_modified),
    fingerprint:
      file.content_hash === undefined || format !== null
        ? { kind: 'version', value: rev ?? file.server_modified ?? String(file.size ?? '') }
        : { kind: 'content_hash', value: file.content_hash },
    webUrl: display === undefined ? null : linkTo(display),
    fetchHints: {
      ...(rev === undefined ? {} : { rev }),
      ...(format === null ? {} : { format }),
      ...(root === undefined ? {} : { root }),
    },
    ...(skip === null ? {} : { skip }),
  };
}

export const exportTypes: Readonly<Record<string, string>> = {
  markdown: 'text/markdown',
  html: 'text/html',
  plain_text: 'text/plain',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** Cloud documents (such as Paper) cannot be downloaded, only exported. Null for an ordinary file. */
function exportFormatOf(file: FileEntry): string | null {
  const isFile = file.is_downloadable ?? (file.content_hash !== undefined || file.export_info === undefined);
  if (isFile) return null;
  const { export_as, export_options = [] } = file.export_info ?? {};
  return exportFormats.find((format) => export_options.includes(format)) ?? export_as ?? 'none';
}

function skipReason(file: FileEntry, format: string | null): SkipReason | null {
  if (file.symlink_info !== undefined && file.symlink_info !== null) {
    return { code: 'shortcut', message: 'This is a link to another file. That file is synced separately.' };
  }
  if (format !== null && exportTypes[format] === undefined) {
    return { code: 'not_exportable', message: 'Dropbox cannot export this kind of document in a readable format.' };
  }
  return null;
}

function linkTo(path: string): string {
  const parts = path.split('/').map((part) => encodeURIComponent(part.toWellFormed()));
  return `https://www.dropbox.com/home${parts.join('/')}`;
}

/** Our paths have no leading slash. */
function pathOf(path: string): string {
  return path.replace(/^\//, '');
}

/** The path without case, for capitals of any alphabet. Null if it has none. */
function placeOf({
  path_lower: lower,
  path_display: display,
}: {
  path_lower?: string | undefined;
  path_display?: string | undefined;
}): string | null {
  const path = foldCase(lower || display || '');
  return path === '' ? null : pathOf(path);
}

function toTime(text: string | undefined): string | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

function isAtOrBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}/`);
}
