/** Theirs to ours: Drive's files as entries. */

import type { drive_v3 } from 'googleapis/build/src/apis/drive/v3.js';
import type { Entry, Fingerprint, ItemRef, SkipReason } from '../../../domain/source.ts';

const native = 'application/vnd.google-apps.';
export const folderType = `${native}folder`;
export const shortcutType = `${native}shortcut`;

const office = 'application/vnd.openxmlformats-officedocument';

/**
 * How Google's own types leave Drive, best first; the later ones are smaller and are tried when a document is over the
 * export limit. Spreadsheets as XLSX: their CSV export holds the first sheet only.
 */
export const exportTypes: Readonly<Record<string, readonly string[]>> = {
  [`${native}document`]: ['text/markdown', 'text/plain'],
  [`${native}spreadsheet`]: [`${office}.spreadsheetml.sheet`, 'text/csv'],
  [`${native}presentation`]: [`${office}.presentationml.presentation`, 'text/plain'],
  [`${native}drawing`]: ['application/pdf'],
};

/** What is asked of every file, in listings, changes and look-ups alike. */
export const fileFields =
  'id,name,mimeType,md5Checksum,sha256Checksum,size,modifiedTime,parents,driveId,trashed,ownedByMe,webViewLink,resourceKey,shortcutDetails,capabilities(canDownload)';

/** A file that is present, as an entry. Shortcuts are resolved elsewhere. */
export function toEntry(file: drive_v3.Schema$File): Entry {
  if (file.mimeType === folderType) return toContainer(file);
  return { state: 'present', ...toItemRef(file) };
}

function toContainer(file: drive_v3.Schema$File): Entry {
  return {
    state: 'container',
    externalId: file.id ?? '',
    name: file.name ?? '',
    parentExternalId: file.parents?.[0] ?? file.driveId ?? null,
  };
}

export function toItemRef(file: drive_v3.Schema$File): ItemRef {
  const skip = skipReason(file);
  return {
    externalId: file.id ?? '',
    itemType: 'file',
    name: file.name ?? '',
    // In the root of a shared drive the parent is the drive itself.
    parentExternalId: file.parents?.[0] ?? file.driveId ?? null,
    mimeType: file.mimeType ?? null,
    // A native file's size is not that of its export.
    size: file.size === undefined || file.size === null || isNative(file) ? null : Number(file.size),
    modifiedAt: file.modifiedTime ?? null,
    fingerprint: fingerprintOf(file),
    webUrl: file.webViewLink ?? null,
    ...(file.resourceKey ? { hints: { resourceKey: file.resourceKey } } : {}),
    ...(skip === null ? {} : { skip }),
  };
}

/**
 * Stored content has checksums. Google's own documents have none: `modifiedTime` moves with every edit, while `version`
 * also moves for changes nobody can see and would cost an export each time.
 */
function fingerprintOf(file: drive_v3.Schema$File): Fingerprint {
  if (file.sha256Checksum) return { kind: 'sha256', value: file.sha256Checksum };
  if (file.md5Checksum) return { kind: 'md5', value: file.md5Checksum };
  return { kind: 'modified_at', value: file.modifiedTime ?? '' };
}

function skipReason(file: drive_v3.Schema$File): SkipReason | null {
  if (file.mimeType === shortcutType)
    return { code: 'shortcut', message: 'A shortcut; what it points to is synced itself.' };
  if (isNative(file) && exportTypes[file.mimeType ?? ''] === undefined) {
    return { code: 'not_exportable', message: 'Google offers no export of this kind of document.' };
  }
  if (file.capabilities?.canDownload === false) {
    return { code: 'download_forbidden', message: 'The owner does not allow downloads of this file.' };
  }
  return null;
}

function isNative(file: drive_v3.Schema$File): boolean {
  return file.mimeType?.startsWith(native) === true;
}
