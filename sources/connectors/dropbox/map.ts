/** Theirs to ours: Dropbox's entries as items. Folders need no containers of ours: every entry carries its path. */

import type { Entry, ItemRef, SkipReason } from '../../../domain/source.ts';
import type { DropboxEntry, FileEntry } from './wire.ts';

/** Export formats we can read, best first. */
const exportFormats = ['markdown', 'html', 'plain_text', 'docx', 'xlsx'];

/**
 * A page's entries in Dropbox's order: a deleted path takes with it what the page showed there before; what comes after
 * it stays. Folders themselves are nothing to us, but a file whose place one takes is gone, and so is whatever a file
 * takes the place of, though no deletion is told (docs/vendors/dropbox.md#listing-and-delta); a listing of everything leaves that to the sweep.
 */
export function toEntries(
  page: readonly DropboxEntry[],
  { root, isFeed }: { readonly root: string | undefined; readonly isFeed: boolean },
): Entry[] {
  const deleted = new Map<string, Entry>();
  const present = new Map<string, { readonly path: string; readonly entry: Entry }>();
  for (const metadata of page) {
    if (metadata['.tag'] === 'unknown') continue;
    // What is mounted nowhere has no path, and so takes nobody's place.
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

/** @param root of a team: where its paths begin; `fetch` needs it */
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
    // Dropbox states none: the name's ending decides.
    mimeType: format === null ? null : (exportTypes[format] ?? null),
    // What an export weighs nobody says beforehand.
    size: format === null ? (file.size ?? null) : null,
    // Dropbox's own clock; `client_modified` is whatever the uploading program said (docs/vendors/dropbox.md#hashes-and-times).
    modifiedAt: toTime(file.server_modified),
    fingerprint:
      file.content_hash === undefined || format !== null
        ? { kind: 'version', value: rev ?? file.server_modified ?? String(file.size ?? '') }
        : { kind: 'content_hash', value: file.content_hash },
    webUrl: display === undefined ? null : linkTo(display),
    hints: {
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

/** Cloud documents (Paper and their kin) cannot be downloaded, only exported. Null for an ordinary file. */
function exportFormatOf(file: FileEntry): string | null {
  const isFile = file.is_downloadable ?? (file.content_hash !== undefined || file.export_info === undefined);
  if (isFile) return null;
  const { export_as, export_options = [] } = file.export_info ?? {};
  return exportFormats.find((format) => export_options.includes(format)) ?? export_as ?? 'none';
}

function skipReason(file: FileEntry, format: string | null): SkipReason | null {
  if (file.symlink_info !== undefined && file.symlink_info !== null) {
    return { code: 'shortcut', message: 'A link to another file; what it points to is synced itself.' };
  }
  if (format !== null && exportTypes[format] === undefined) {
    return { code: 'not_exportable', message: 'Dropbox offers no export of this kind of document that can be read.' };
  }
  return null;
}

function linkTo(path: string): string {
  const parts = path.split('/').map((part) => encodeURIComponent(part.toWellFormed()));
  return `https://www.dropbox.com/home${parts.join('/')}`;
}

/** Ours have no slash in front. */
function pathOf(path: string): string {
  return path.replace(/^\//, '');
}

/** In lower case, whatever alphabet its capitals are of. Null: it has none. */
function placeOf({
  path_lower: lower,
  path_display: display,
}: {
  path_lower?: string | undefined;
  path_display?: string | undefined;
}): string | null {
  const path = lower || display?.toLowerCase() || '';
  return path === '' ? null : pathOf(path);
}

function toTime(text: string | undefined): string | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

function isAtOrBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}/`);
}
