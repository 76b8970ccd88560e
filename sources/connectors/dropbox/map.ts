/** Theirs to ours: Dropbox's entries as items. Folders need no containers of ours: every entry carries its path. */

import type { files } from 'dropbox';
import type { Entry, ItemRef, SkipReason } from '../../../domain/source.ts';

type Metadata = files.FileMetadataReference | files.FolderMetadataReference | files.DeletedMetadataReference;

/** Export formats we can read, best first. */
const exportFormats = ['markdown', 'html', 'plain_text', 'docx', 'xlsx'];

/**
 * A page's entries in Dropbox's order: a deleted path takes with it what the page showed there before; what comes after
 * it stays. Folders themselves are nothing to us, but a file whose place one takes is gone, and so is whatever a file
 * takes the place of, though no deletion is told [reference 2.3]; a listing of everything leaves that to the sweep.
 */
export function toEntries(
  page: readonly Metadata[],
  { root, isFeed }: { readonly root: string | undefined; readonly isFeed: boolean },
): Entry[] {
  const gone = new Map<string, Entry>();
  const present = new Map<string, { readonly path: string; readonly entry: Entry }>();
  for (const metadata of page) {
    const path = pathOf(metadata.path_lower ?? '');
    if (metadata['.tag'] === 'deleted') {
      for (const [id, item] of present) if (isAtOrBelow(item.path, path)) present.delete(id);
      gone.set(path, { state: 'gone_path', path });
    } else if (metadata['.tag'] === 'file') {
      if (isFeed) gone.set(path, { state: 'gone_path', path });
      present.set(metadata.id, { path, entry: { state: 'present', ...toItemRef(metadata, root) } });
    } else if (isFeed && !gone.has(path)) gone.set(path, { state: 'gone_path', path, only: 'itself' });
  }
  return [...gone.values(), ...[...present.values()].map(({ entry }) => entry)];
}

/** @param root of a team: where its paths begin; `fetch` needs it */
export function toItemRef(file: files.FileMetadata, root: string | undefined): ItemRef {
  const format = exportFormatOf(file);
  const skip = skipReason(file, format);
  return {
    externalId: file.id,
    itemType: 'file',
    name: file.name,
    parentExternalId: null,
    path: pathOf(file.path_display ?? file.name),
    // Dropbox states none: the name's ending decides.
    mimeType: format === null ? null : (exportTypes[format] ?? null),
    // What an export weighs nobody says beforehand.
    size: format === null ? file.size : null,
    // Dropbox's own clock; `client_modified` is whatever the uploading program said [reference 2.4].
    modifiedAt: file.server_modified,
    fingerprint:
      file.content_hash === undefined || format !== null
        ? { kind: 'version', value: file.rev }
        : { kind: 'content_hash', value: file.content_hash },
    webUrl: file.path_display === undefined ? null : linkTo(file.path_display),
    hints: { rev: file.rev, ...(format === null ? {} : { format }), ...(root === undefined ? {} : { root }) },
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
function exportFormatOf(file: files.FileMetadata): string | null {
  if (file.is_downloadable !== false) return null;
  const { export_as, export_options = [] } = file.export_info ?? {};
  return exportFormats.find((format) => export_options.includes(format)) ?? export_as ?? 'none';
}

function skipReason(file: files.FileMetadata, format: string | null): SkipReason | null {
  if (file.symlink_info !== undefined) {
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

function isAtOrBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}/`);
}
